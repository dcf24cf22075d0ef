//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/serialport"
	"hexiao/packaging/lab/line"
)

const (
	code      = "281234567890123456" // an 18-digit payment code's length
	second    = "919876543210987654"
	perByte   = time.Second / 960 // at 9600 baud, 8N1
	oftenOut  = 10
	ftdiIDs   = "usb:0403:6001"
	holdsOpen = "held by another program"
)

// serialScanner opens a scanner of that address the way the agent does. Only a suffix ends its codes, so that a cable drawn in the middle of
// one is not raced by the silence that ends codes of scanners without one.
func serialScanner(address string) func(func(drivers.State)) (scanner, error) {
	return func(onState func(drivers.State)) (scanner, error) {
		return serialport.New(serialport.Options{
			Address: address, OnState: onState, Framing: drivers.Framing{Idle: -1, Repeat: -1},
		})
	}
}

// ftdi plays scanners behind an FTDI adapter, which QEMU emulates down to its registers.
func ftdi(l *lab) {
	var a *reading
	l.see("plugged in", func(ctx context.Context) (string, error) {
		if err := load("xhci-pci", "ftdi_sio"); err != nil {
			return "", err
		}
		var err error
		if a, err = l.read(serialScanner(ftdiIDs + ":SCAN-A")); err != nil {
			return "", err
		}
		return l.plugIn(ctx, a, "a", "SCAN-A", "1")
	})
	l.later(func() { _, _ = l.host.ask(line.Ask{Do: line.Unplug, ID: "a"}) })
	serialCodes(l, func(data string, pace time.Duration) error { return l.sendTo("a", data, pace) }, &a)

	l.see("unplugged within a code", func(ctx context.Context) (string, error) {
		if err := l.sendTo("a", second+"\r2812345678", 0); err != nil {
			return "", err
		}
		if _, err := a.whole(ctx, second); err != nil { // so the half behind it has been read, too
			return "", err
		}
		if _, err := l.host.ask(line.Ask{Do: line.Unplug, ID: "a"}); err != nil {
			return "", err
		}
		return a.halfThenLost(ctx)
	})
	l.see("plugged in again", func(ctx context.Context) (string, error) { return l.plugIn(ctx, a, "a", "SCAN-A", "1") })
	l.see("replugged, old port "+holdsOpen, func(ctx context.Context) (string, error) { return l.whileHeld(ctx, a) })
	l.see(fmt.Sprintf("out and in %d times", oftenOut), func(ctx context.Context) (string, error) { return l.outAndIn(ctx, a) })
	twoEqual(l, &a)
}

// serialCodes are the codes that a serial scanner sends.
func serialCodes(l *lab, send func(data string, pace time.Duration) error, r **reading) {
	for _, c := range []struct {
		event, code string
		pace        time.Duration
	}{
		{"a code", code, 0},
		{"a code at 9600 baud, byte by byte", second, perByte},
		{"300 characters at once", strings.Repeat("0123456789", 30), 0},
	} {
		l.see(c.event, func(ctx context.Context) (string, error) {
			if err := send(c.code+"\r\n", c.pace); err != nil {
				return "", err
			}
			return (*r).whole(ctx, c.code)
		})
	}
}

func (l *lab) sendTo(wire, data string, pace time.Duration) error {
	_, err := l.host.ask(line.Ask{Do: line.Send, ID: wire, Data: []byte(data), Pace: pace})
	return err
}

// plugIn has the host plug in an adapter, and waits until the driver reads it.
func (l *lab) plugIn(ctx context.Context, r *reading, wire, serial, port string) (string, error) {
	if _, err := l.host.ask(line.Ask{Do: line.PlugSerial, ID: wire, Serial: serial, Port: port}); err != nil {
		return "", err
	}
	if err := r.connected(ctx); err != nil {
		return "", err
	}
	return "bound: " + portWith(serial), nil
}

// portWith describes the port of the device with that serial number, as the driver lists it.
func portWith(serial string) string {
	found, err := serialport.List()
	if err != nil {
		return err.Error()
	}
	for _, f := range found {
		if f.USB.Serial == serial {
			return fmt.Sprintf("%s is %s", f.Path, f.USB)
		}
	}
	return "not in the list"
}

// halfThenLost wants the half code as a damaged scan, and the device gone.
func (r *reading) halfThenLost(ctx context.Context) (string, error) {
	half, err := r.damaged(ctx)
	if err != nil {
		return "", err
	}
	problem, err := r.lost(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("half code: %s; device: %s", half, problem), r.nothing()
}

// whileHeld replugs while somebody still has the old port open, so that the new one gets another number.
func (l *lab) whileHeld(ctx context.Context, a *reading) (string, error) {
	before := portWith("SCAN-A")
	held, err := openRaw(strings.Fields(before)[0])
	if err != nil {
		return "", err
	}
	defer held.Close()
	if _, err := l.host.ask(line.Ask{Do: line.Unplug, ID: "a"}); err != nil {
		return "", err
	}
	if _, err := a.lost(ctx); err != nil {
		return "", err
	}
	seen, err := l.plugIn(ctx, a, "a", "SCAN-A", "1")
	if err == nil && portWith("SCAN-A") == before {
		err = errors.New("the port kept its number, so this shows nothing")
	}
	return seen, err
}

// outAndIn replugs often, reads a code each time, and counts what is left behind.
func (l *lab) outAndIn(ctx context.Context, a *reading) (string, error) {
	before, err := leftovers()
	if err != nil {
		return "", err
	}
	for range oftenOut {
		if _, err := l.host.ask(line.Ask{Do: line.Unplug, ID: "a"}); err != nil {
			return "", err
		}
		if _, err := a.lost(ctx); err != nil {
			return "", err
		}
		if _, err := l.plugIn(ctx, a, "a", "SCAN-A", "1"); err != nil {
			return "", err
		}
		if err := l.sendTo("a", code+"\r", 0); err != nil {
			return "", err
		}
		if _, err := a.whole(ctx, code); err != nil {
			return "", err
		}
	}
	after, err := leftovers()
	if err == nil && (after.goroutines > before.goroutines || after.files > before.files) {
		err = fmt.Errorf("before: %v; after: %v", before, after)
	}
	return fmt.Sprintf("bound and read each time; before: %v; after: %v", before, after), err
}

// left is what a driver could leave behind.
type left struct{ goroutines, files int }

func (l left) String() string { return fmt.Sprintf("%d goroutines, %d files", l.goroutines, l.files) }

func leftovers() (left, error) {
	runtime.GC() // closes files that nobody holds any more, such as those of pipes of ended programs
	files, err := os.ReadDir("/proc/self/fd")
	return left{runtime.NumGoroutine(), len(files)}, err
}

// twoEqual plays two scanners of one model.
func twoEqual(l *lab, a **reading) {
	var b *reading
	l.see("a second one of the model", func(ctx context.Context) (string, error) {
		var err error
		if b, err = l.read(serialScanner(ftdiIDs + ":SCAN-B")); err != nil {
			return "", err
		}
		return l.plugIn(ctx, b, "b", "SCAN-B", "2")
	})
	l.later(func() { _, _ = l.host.ask(line.Ask{Do: line.Unplug, ID: "b"}) })
	l.see("a code from each, by serial number", func(ctx context.Context) (string, error) { return l.eachItsOwn(ctx, *a, b) })
	l.see("two, and no serial number in the address", func(ctx context.Context) (string, error) {
		r, err := l.read(serialScanner(ftdiIDs))
		if err != nil {
			return "", err
		}
		problem, err := r.lost(ctx)
		if err == nil && problem != "ambiguous" {
			err = fmt.Errorf("the problem is %q", problem)
		}
		return "refused: " + problem, errors.Join(err, r.stop())
	})
	l.see("the first is unplugged", func(ctx context.Context) (string, error) {
		if _, err := l.host.ask(line.Ask{Do: line.Unplug, ID: "a"}); err != nil {
			return "", err
		}
		if _, err := (*a).lost(ctx); err != nil {
			return "", err
		}
		if err := l.sendTo("b", second+"\r", 0); err != nil {
			return "", err
		}
		seen, err := b.whole(ctx, second)
		return "the second goes on: " + seen, err
	})
}

// eachItsOwn sends a code from each of two scanners and wants each at its own reader alone.
func (l *lab) eachItsOwn(ctx context.Context, a, b *reading) (string, error) {
	if err := errors.Join(l.sendTo("a", code+"\r", 0), l.sendTo("b", second+"\r", 0)); err != nil {
		return "", err
	}
	if _, err := a.whole(ctx, code); err != nil {
		return "", fmt.Errorf("first: %w", err)
	}
	if _, err := b.whole(ctx, second); err != nil {
		return "", fmt.Errorf("second: %w", err)
	}
	return "each at its own reader, at no other", errors.Join(a.nothing(), b.nothing())
}
