//go:build linux

package main

import (
	"context"
	"errors"

	"hexiao/packaging/lab/line"
)

const (
	deviceIgnored = "ID_MM_DEVICE_IGNORE" // ModemManager leaves the whole device alone
	portIgnored   = "ID_MM_PORT_IGNORE"
	ourScanner    = "ID_HEXIAO_SCANNER"
)

// udevRules holds the rules that ship with the agent to real devices: who may open what, and what ModemManager leaves alone.
func udevRules(l *lab) {
	l.see("buses", func(context.Context) (string, error) {
		return "ready", errors.Join(load("xhci-pci", "ftdi_sio", "cdc-acm", "usbhid", "hid-generic", "evdev", "usblp"),
			gadgetBus("usb_f_acm", "usb_f_hid", "usb_f_printer"))
	})
	l.see("FTDI adapter of no known maker", l.byHost(line.Ask{Do: line.PlugSerial, ID: "a", Serial: "U-1"}, nodeAt("/dev/ttyUSB0"),
		want{group: "dialout", agentMay: true, left: portIgnored}))
	l.see("anybody's USB keyboard", l.byHost(line.Ask{Do: line.PlugKeyboard, ID: "keyboard"}, named(qemuKeyboardName),
		want{group: "input", notMarked: ourScanner}))
	l.see("serial scanner of a known maker", l.byUs(serialGadget("scanner", "U-2", 0), nodeAt("/dev/ttyACM0"),
		want{group: "dialout", agentMay: true, left: deviceIgnored}))
	typing := hidGadget("wedge", "U-3", 0, bootKeyboard, 8, true)
	l.see("keyboard scanner of a known maker", l.byUs(typing, named(typing.inputName()),
		want{group: "hexiao-agent", agentMay: true}))
	known := hidGadget("pos", "U-5", 0, posDescriptor, posLength, false)
	l.see("HID POS scanner of a known maker", l.byUs(known, nodeAt("/dev/hidraw0"), want{group: "hexiao-agent", agentMay: true}))
	unknown := hidGadget("pos too", "U-6", 0, posDescriptor, posLength, false)
	unknown.vendor = "1d6b"
	l.see("HID POS scanner of no known maker", l.byUs(unknown, nodeAt("/dev/hidraw0"),
		want{group: "hexiao-agent", agentMay: true, notMarked: ourScanner}))
	keyboard := hidGadget("keyboard too", "U-7", 0, bootKeyboard, 8, true)
	keyboard.vendor = "1d6b"
	l.see("raw side of anybody's keyboard", l.byUs(keyboard, nodeAt("/dev/hidraw0"), want{group: "root", untouched: true, notMarked: ourScanner}))
	l.see("receipt printer", l.byUs(printerGadget(), nodeAt(printerNode), want{group: "lp", agentMay: true}))
	l.see("camera", func(ctx context.Context) (string, error) {
		if err := load("vivid"); err != nil {
			return "", err
		}
		seen, err := nodeAt("/dev/video0").look(ctx, want{group: "video", agentMay: true})
		return seen, errors.Join(err, unload("vivid"))
	})
	modem := serialGadget("modem", "U-4", 0)
	modem.vendor, modem.functions = "12d1", append(modem.functions, function{kind: "acm.1"})
	l.see("mobile modem with four interfaces", l.byUs(modem, nodeAt("/dev/ttyACM1"),
		want{group: "dialout", agentMay: true, notMarked: portIgnored}))
}

// place says where a device's node comes: at a path, or for the input device of a name.
type place struct{ path, name string }

func nodeAt(path string) place { return place{path: path} }

func named(name string) place { return place{name: name} }

// free waits until the device that was there before has gone.
func (p place) free(ctx context.Context) error {
	if p.path == "" {
		return nil
	}
	return until(ctx, func() bool { return !exists(p.path) })
}

// look waits for the node and holds it to what is wanted.
func (p place) look(ctx context.Context, w want) (seen string, err error) {
	if p.path == "" {
		if p.path, err = inputNode(ctx, p.name); err != nil {
			return "", err
		}
	}
	n, err := settled(ctx, p.path, w)
	if err != nil {
		return "", err
	}
	return n.hold(w)
}

// byHost has a device plugged in by the host for as long as it is looked at.
func (l *lab) byHost(ask line.Ask, at place, w want) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := at.free(ctx); err != nil {
			return "", err
		}
		if _, err := l.host.ask(ask); err != nil {
			return "", err
		}
		seen, err := at.look(ctx, w)
		_, gone := l.host.ask(line.Ask{Do: line.Unplug, ID: ask.ID})
		return seen, errors.Join(err, gone)
	}
}

// byUs plugs a device of our own in for as long as it is looked at.
func (l *lab) byUs(g *gadget, at place, w want) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		defer g.remove()
		if err := errors.Join(at.free(ctx), g.make(), g.plug()); err != nil {
			return "", err
		}
		return at.look(ctx, w)
	}
}
