//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// bootKeyboard is the report descriptor of HID 1.11, appendix E.6.
var bootKeyboard = []byte{
	0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x19, 0xE0, 0x29, 0xE7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
	0x95, 0x01, 0x75, 0x08, 0x81, 0x03, 0x95, 0x05, 0x75, 0x01, 0x05, 0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03,
	0x91, 0x03, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05, 0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00, 0xC0,
}

// hidGadget is a USB device of the guest's with one HID interface.
func hidGadget(name, serial string, port int, descriptor []byte, length int, boot bool) *gadget {
	attributes := map[string]string{
		"report_desc": string(descriptor), "report_length": strconv.Itoa(length), "protocol": "0", "subclass": "0",
	}
	if boot {
		attributes["protocol"], attributes["subclass"] = "1", "1"
	}
	return &gadget{name: name, vendor: "1eab", product: "0022", serial: serial, port: port,
		functions: []function{{kind: fmt.Sprintf("hid.%d", port), attributes: attributes}}}
}

// hidEnd opens the device's end of it.
func (g *gadget) hidEnd() (*os.File, error) {
	number, err := g.read("functions/" + g.functions[0].kind + "/dev") // "236:1": the second is hidg1's
	if err != nil {
		return nil, err
	}
	_, minor, _ := strings.Cut(number, ":")
	return os.OpenFile("/dev/hidg"+minor, os.O_RDWR, 0)
}

// inputName is what the input device of a HID gadget is called.
func (g *gadget) inputName() string { return maker + " " + g.name }

// typeReports types a text as reports of a boot keyboard. It returns when the last was taken.
func typeReports(f *os.File, text string) error {
	for i := range len(text) {
		k, err := keyOf(text[i])
		if err != nil {
			return err
		}
		down := make([]byte, 8)
		if down[2] = k.usage; k.shift {
			down[0] = usageShift
		}
		for _, report := range [][]byte{down, make([]byte, 8)} {
			if _, err := f.Write(report); err != nil {
				return err
			}
		}
	}
	return nil
}

// twoReceivers plays the radio receivers of two cordless scanners of one model: USB keyboards with equal ids.
func twoReceivers(l *lab) {
	l.device = "two receivers of one model"
	both := []*gadget{hidGadget("receiver", "R-1", 0, bootKeyboard, 8, true), hidGadget("receiver 2", "R-2", 1, bootKeyboard, 8, true)}
	var read [2]*reading
	var ends [2]*os.File
	l.see("plugged in", func(ctx context.Context) (string, error) {
		if err := errors.Join(load("usbhid", "hid-generic", "evdev"), gadgetBus("usb_f_hid")); err != nil {
			return "", err
		}
		for i, g := range both {
			if err := g.make(); err != nil {
				return "", err
			}
			l.later(g.remove)
			var err error
			if read[i], err = l.read(keyboardScanner("usb:1EAB:0022:" + g.serial)); err != nil {
				return "", err
			}
			if err := errors.Join(g.plug(), read[i].connected(ctx)); err != nil {
				return "", err
			}
			node, err := inputNode(ctx, g.inputName())
			if err != nil {
				return "", err
			}
			if _, err := isGrabbed(ctx, node); err != nil { // what is typed before goes to everybody
				return "", err
			}
			if ends[i], err = g.hidEnd(); err != nil {
				return "", err
			}
			l.later(func() { ends[i].Close() })
		}
		return "bound by serial numbers " + both[0].serial + " and " + both[1].serial, nil
	})
	l.see("both scan at the same time", func(ctx context.Context) (string, error) {
		typed := make(chan error, 2)
		codes := []string{voucherLike, second}
		for i, f := range ends {
			go func() { typed <- typeReports(f, codes[i]+"\r") }()
		}
		for i := range both {
			if _, err := read[i].whole(ctx, codes[i]); err != nil {
				return "", fmt.Errorf("%s: %w", both[i].serial, err)
			}
		}
		return "each whole at its own reader", errors.Join(<-typed, <-typed, read[0].nothing(), read[1].nothing())
	})
	l.see("the first is unplugged", func(ctx context.Context) (string, error) {
		if err := both[0].unplug(); err != nil {
			return "", err
		}
		if _, err := read[0].lost(ctx); err != nil {
			return "", err
		}
		if err := typeReports(ends[1], code+"\r"); err != nil {
			return "", err
		}
		seen, err := read[1].whole(ctx, code)
		return "the second goes on: " + seen, err
	})
}
