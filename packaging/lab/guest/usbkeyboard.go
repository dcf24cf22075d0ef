//go:build linux

package main

import (
	"context"
	"strings"

	"hexiao/packaging/lab/line"
)

// qemuKeyboard are the ids and the name of the USB keyboard that QEMU emulates.
const (
	qemuKeyboard     = "usb:0627:0001"
	qemuKeyboardName = "QEMU QEMU USB Keyboard"
)

// usbKeyboard plays a scanner that is a keyboard on a real (emulated) USB controller, whose keys come from outside the machine.
func usbKeyboard(l *lab) {
	k := &keyboardPlay{lab: l}
	l.see("plugged in", k.plugIn)
	l.see("a code typed, read alone", k.types)
	l.see("unplugged", func(ctx context.Context) (string, error) {
		if err := k.draw(); err != nil {
			return "", err
		}
		problem, err := k.reading.lost(ctx)
		return "device: " + problem, err
	})
	l.see("plugged in again", func(ctx context.Context) (string, error) {
		if _, err := k.bound(ctx); err != nil {
			return "", err
		}
		return k.types(ctx)
	})
	l.later(func() { _ = k.draw() })
}

type keyboardPlay struct {
	lab     *lab
	marker  *typewriter
	spies   *spies
	reading *reading
}

func (k *keyboardPlay) plugIn(ctx context.Context) (string, error) {
	err := load("xhci-pci", "usbhid", "hid-generic", "evdev", "uinput")
	if err != nil {
		return "", err
	}
	if k.marker, err = newTypewriter(ctx, "lab marker keyboard", 0x1234, 1); err != nil {
		return "", err
	}
	k.lab.later(k.marker.unplug)
	if k.reading, err = k.lab.read(keyboardScanner(qemuKeyboard)); err != nil {
		return "", err
	}
	return k.bound(ctx)
}

func (k *keyboardPlay) bound(ctx context.Context) (string, error) {
	if _, err := k.lab.host.ask(line.Ask{Do: line.PlugKeyboard, ID: "keyboard"}); err != nil {
		return "", err
	}
	if err := k.reading.connected(ctx); err != nil {
		return "", err
	}
	node, err := inputNode(ctx, qemuKeyboardName)
	if err != nil {
		return "", err
	}
	if k.spies, err = spyOn(node, k.marker); err != nil {
		return "", err
	}
	return isGrabbed(ctx, node)
}

func (k *keyboardPlay) draw() error {
	if k.spies != nil {
		k.spies.close()
	}
	_, err := k.lab.host.ask(line.Ask{Do: line.Unplug, ID: "keyboard"})
	return err
}

func (k *keyboardPlay) types(ctx context.Context) (string, error) {
	names := strings.Join(strings.Split(code, ""), " ") + " ret"
	if _, err := k.lab.host.ask(line.Ask{Do: line.Type, Data: []byte(names)}); err != nil {
		return "", err
	}
	seen, err := k.reading.whole(ctx, code)
	if err != nil {
		return "", err
	}
	others, err := k.spies.silent()
	return seen + "; " + others, err
}
