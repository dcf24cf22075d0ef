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
		return "ready", errors.Join(load("xhci-pci", "ftdi_sio", "cdc-acm", "usbhid", "hid-generic", "evdev"), gadgetBus("usb_f_acm", "usb_f_hid"))
	})
	l.see("FTDI adapter of no known maker", l.byHost(line.Ask{Do: line.PlugSerial, ID: "a", Serial: "U-1"}, path("/dev/ttyUSB0"),
		want{group: "dialout", agentMay: true, left: portIgnored}))
	l.see("anybody's USB keyboard", l.byHost(line.Ask{Do: line.PlugKeyboard, ID: "keyboard"}, named(qemuKeyboardName),
		want{group: "input", notMarked: ourScanner}))
	l.see("serial scanner of a known maker", l.byUs(serialGadget("scanner", "U-2", 0), path("/dev/ttyACM0"),
		want{group: "dialout", agentMay: true, left: deviceIgnored}))
	l.see("keyboard scanner of a known maker", l.byUs(hidGadget("wedge", "U-3", 0, bootKeyboard, 8, true), named("hexiao lab wedge"),
		want{group: "hexiao-agent", agentMay: true}))
	modem := serialGadget("modem", "U-4", 0)
	modem.vendor, modem.functions = "12d1", append(modem.functions, function{kind: "acm.1"})
	l.see("mobile modem with four interfaces", l.byUs(modem, path("/dev/ttyACM1"),
		want{group: "dialout", agentMay: true, notMarked: portIgnored}))
}

// path and named say where a device's node comes.
func path(p string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return p, nil }
}

func named(name string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) { return inputNode(ctx, name) }
}

// byHost has a device plugged in by the host for as long as it is looked at.
func (l *lab) byHost(ask line.Ask, where func(context.Context) (string, error), w want) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if _, err := l.host.ask(ask); err != nil {
			return "", err
		}
		seen, err := look(ctx, where, w)
		_, gone := l.host.ask(line.Ask{Do: line.Unplug, ID: ask.ID})
		return seen, errors.Join(err, gone)
	}
}

// byUs plugs a device of our own in for as long as it is looked at.
func (l *lab) byUs(g *gadget, where func(context.Context) (string, error), w want) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		defer g.remove()
		if err := errors.Join(g.make(), g.plug()); err != nil {
			return "", err
		}
		return look(ctx, where, w)
	}
}

func look(ctx context.Context, where func(context.Context) (string, error), w want) (string, error) {
	at, err := where(ctx)
	if err != nil {
		return "", err
	}
	n, err := settled(ctx, at)
	if err != nil {
		return "", err
	}
	return n.hold(w)
}
