//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

const cdcIDs = "usb:1EAB:0C06"

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

// byPath plays two scanners of one model that have no serial numbers: the sockets tell them apart.
func byPath(l *lab) {
	both := []*gadget{serialGadget("left scanner", "", 0), serialGadget("right scanner", "", 1)}
	links := make([]string, 2)
	l.see("plugged in", func(ctx context.Context) (string, error) {
		if err := gadgetBus("usb_f_acm"); err != nil {
			return "", err
		}
		for i, g := range both {
			if err := g.make(); err != nil {
				return "", err
			}
			l.later(g.remove)
			if err := g.plug(); err != nil {
				return "", err
			}
			link, err := newLink(ctx, "/dev/serial/by-path/*", links[:i])
			if err != nil {
				return "", err
			}
			links[i] = link
		}
		return fmt.Sprintf("udev: %s and %s", filepath.Base(links[0]), filepath.Base(links[1])), nil
	})
	var read [2]*reading
	l.see("a code from each, by path", func(ctx context.Context) (string, error) {
		for i := range both {
			var err error
			if read[i], err = l.read(serialScanner(links[i])); err != nil {
				return "", err
			}
			if err := read[i].connected(ctx); err != nil {
				return "", err
			}
		}
		return eachSays(ctx, both, read)
	})
	l.see("both out, and in in the other order", func(ctx context.Context) (string, error) {
		before := whereTo(links)
		for i, g := range both {
			if err := g.unplug(); err != nil {
				return "", err
			}
			if _, err := read[i].lost(ctx); err != nil {
				return "", err
			}
		}
		for _, i := range []int{1, 0} {
			if err := both[i].plug(); err != nil {
				return "", err
			}
			if err := read[i].connected(ctx); err != nil {
				return "", err
			}
		}
		after := whereTo(links)
		if after == before {
			return "", fmt.Errorf("the ports kept their numbers (%s), so this shows nothing", after)
		}
		seen, err := eachSays(ctx, both, read)
		return seen + "; ports were " + before + ", are " + after, err
	})
}

// eachSays has a code sent by each of two devices and wants each at its own reader alone.
func eachSays(ctx context.Context, devices []*gadget, read [2]*reading) (string, error) {
	codes := []string{code, second}
	for i, g := range devices {
		if err := g.say(codes[i] + "\r"); err != nil {
			return "", err
		}
	}
	for i := range devices {
		if _, err := read[i].whole(ctx, codes[i]); err != nil {
			return "", fmt.Errorf("%s: %w", devices[i].name, err)
		}
	}
	return "each at its own reader", errors.Join(read[0].nothing(), read[1].nothing())
}

// newLink waits for a link of udev's that was not there before.
func newLink(ctx context.Context, pattern string, known []string) (string, error) {
	var link string
	err := until(ctx, func() bool {
		found, _ := filepath.Glob(pattern)
		for _, f := range found {
			if !slices.Contains(known, f) {
				link = f
			}
		}
		return link != ""
	})
	if err != nil {
		return "", fmt.Errorf("udev made no link %s: %w", pattern, err)
	}
	return link, nil
}

// whereTo names what the links point to.
func whereTo(links []string) string {
	var names []string
	for _, link := range links {
		to, err := filepath.EvalSymlinks(link)
		if err != nil {
			to = err.Error()
		}
		names = append(names, filepath.Base(to))
	}
	return strings.Join(names, " and ")
}
