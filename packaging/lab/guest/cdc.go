//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

const (
	cdcIDs   = "usb:1EAB:0C06"
	udevPath = "/dev/serial/by-path/platform-"
)

// cdc plays scanners that are a USB serial port themselves.
func cdc(l *lab) {
	g := serialGadget("cdc scanner", "CDC-1", 0)
	var r *reading
	l.see("plugged in", func(ctx context.Context) (string, error) {
		if err := errors.Join(load("cdc-acm"), gadgetBus("usb_f_acm"), g.make()); err != nil {
			return "", err
		}
		l.later(g.remove)
		var err error
		if r, err = l.read(serialScanner(cdcIDs + ":CDC-1")); err != nil {
			return "", err
		}
		return g.plugIn(ctx, r)
	})
	for _, c := range []struct{ event, sent, code string }{
		{"a code", code + "\r", code},
		{"an AIM prefix and 200 characters", "]Q1" + strings.Repeat("0123456789", 20) + "\r\n", strings.Repeat("0123456789", 20)},
	} {
		l.see(c.event, func(ctx context.Context) (string, error) {
			if err := g.say(c.sent); err != nil {
				return "", err
			}
			return r.whole(ctx, c.code)
		})
	}
	l.see("unplugged within a code", func(ctx context.Context) (string, error) {
		if err := g.say(second + "\r2812345678"); err != nil {
			return "", err
		}
		if _, err := r.whole(ctx, second); err != nil {
			return "", err
		}
		if err := g.unplug(); err != nil {
			return "", err
		}
		return r.halfThenLost(ctx)
	})
	l.see("plugged in again", func(ctx context.Context) (string, error) {
		if _, err := g.plugIn(ctx, r); err != nil {
			return "", err
		}
		if err := g.say(code + "\r"); err != nil {
			return "", err
		}
		return r.whole(ctx, code)
	})
	l.see("taken away", func(context.Context) (string, error) {
		err := r.stop()
		g.remove()
		return "driver ended", err
	})
	l.device += "s, two equal, without serial numbers"
	byPath(l)
}

// plugIn plugs the device in and waits until the driver reads it.
func (g *gadget) plugIn(ctx context.Context, r *reading) (string, error) {
	if err := g.plug(); err != nil {
		return "", err
	}
	if err := r.connected(ctx); err != nil {
		return "", err
	}
	return "bound: " + portWith(g.serial), nil
}

// byPath plays two scanners of one model that have no serial numbers: udev's links tell them apart, and so do the names of the sockets.
func byPath(l *lab) {
	p := &pair{lab: l, open: serialScanner, devices: [2]*gadget{serialGadget("left scanner", "", 0), serialGadget("right scanner", "", 1)}}
	p.say = func(i int, text string) error { return p.devices[i].say(text + "\r") }
	p.node = func(address string) string {
		to, err := filepath.EvalSymlinks(address)
		if err != nil {
			return "none"
		}
		return to
	}
	l.see("plugged in", func(ctx context.Context) (string, error) {
		if err := gadgetBus("usb_f_acm"); err != nil {
			return "", err
		}
		return p.plugIn(ctx, [2]string{udevPath + "dummy_hcd.0-usb-0:1:1.0", udevPath + "dummy_hcd.1-usb-0:1:1.0"})
	})
	l.see("a code from each, by udev's path", p.eachSays)
	l.see("both out, and in in the other order", p.swap)
	l.see("a code from each, by USB path", func(ctx context.Context) (string, error) {
		for i := range p.devices {
			if err := p.read[i].stop(); err != nil {
				return "", err
			}
			p.addresses[i] = fmt.Sprintf("usb-path:dummy_hcd.%d-1", i)
			if err := p.listen(ctx, i); err != nil {
				return "", err
			}
		}
		return p.eachSays(ctx)
	})
}
