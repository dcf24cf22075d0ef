//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hexiao/drivers"
	"hexiao/drivers/wedge"
)

const (
	voucherLike = "HX1ABCDEFGH23456789" // letters need Shift
	wedgeIDs    = "usb:1EAB:0006"
	wedgeName   = "lab wedge scanner"
)

// keyboardScanner opens a scanner that types, the way the agent does. As in serialScanner, only Enter ends its codes.
func keyboardScanner(address string) func(func(drivers.State)) (scanner, error) {
	return func(onState func(drivers.State)) (scanner, error) {
		return wedge.NewDevice(wedge.Options{Address: address, OnState: onState, Framing: drivers.Framing{Idle: -1, Repeat: -1}})
	}
}

// wedgeScanner plays a scanner that types like a keyboard, and those who must not hear it.
func wedgeScanner(l *lab) {
	w := &wedgePlay{lab: l}
	l.see("without us, its keys reach others", w.unread)
	l.see("our program begins within a code", w.begun)
	l.see("another program has it, then lets go", w.taken)
	l.see("plugged in", w.bound)
	l.see("a code, read alone", w.alone)
	l.see("unplugged within a code", w.halfCode)
	l.see("plugged in again", w.again)
	l.see("keys dropped by the kernel", w.dropped)
	l.see("the code after that", func(ctx context.Context) (string, error) { return w.types(ctx, code) })
	l.see("our program ends", w.released)
	l.end()
	twoReceivers(l)
}

type wedgePlay struct {
	lab     *lab
	scanner *typewriter
	marker  *typewriter
	spies   *spies
	reading *reading
}

// unread proves that the spies hear: else their silence later would say nothing.
func (w *wedgePlay) unread(ctx context.Context) (string, error) {
	err := load("uinput", "evdev")
	if err != nil {
		return "", err
	}
	if w.marker, err = newTypewriter(ctx, "lab marker keyboard", 0x1234, 1); err != nil {
		return "", err
	}
	w.lab.later(w.marker.unplug)
	if err := w.plug(ctx); err != nil {
		return "", err
	}
	defer w.unplug()
	return w.overheard()
}

// overheard types what fits into the second reader's 64 events, and wants it at both.
func (w *wedgePlay) overheard() (string, error) {
	const few = "HX12345678"
	if err := w.scanner.write(few + "\r"); err != nil {
		return "", err
	}
	keys, text, err := w.spies.heard()
	shift := strings.Count(few, "H") + strings.Count(few, "X")
	if err == nil && (keys != len(few)+1+shift || text != few+"\r") {
		err = fmt.Errorf("they should hear all of it, but the second reader got %d keys and tty1 %q", keys, text)
	}
	return fmt.Sprintf("second reader %d keys, tty1 %d characters", keys, len(text)), err
}

func (w *wedgePlay) plug(ctx context.Context) (err error) {
	if w.scanner, err = newTypewriter(ctx, wedgeName, 0x1EAB, 6); err != nil {
		return err
	}
	w.spies, err = spyOn(w.scanner.node, w.marker)
	return err
}

func (w *wedgePlay) unplug() {
	w.spies.close()
	w.scanner.unplug()
}

func (w *wedgePlay) plugIn(ctx context.Context) (seen string, err error) {
	if w.reading, err = w.lab.read(keyboardScanner(wedgeIDs)); err != nil {
		return "", err
	}
	return w.bound(ctx)
}

// begun starts our driver while a key is down, so that it cannot have the device for itself before some of the code has gone to others.
func (w *wedgePlay) begun(ctx context.Context) (seen string, err error) {
	if err := w.plug(ctx); err != nil {
		return "", err
	}
	first, err := keyOf('1')
	if err != nil {
		return "", err
	}
	down, up := first.events()[:2], first.events()[2:]
	if err := w.scanner.send(down); err != nil {
		return "", err
	}
	if w.reading, err = w.lab.read(keyboardScanner(wedgeIDs)); err != nil {
		return "", err
	}
	if err := w.reading.connected(ctx); err != nil {
		return "", err
	}
	if err := errors.Join(w.scanner.write("234"), w.scanner.send(up)); err != nil {
		return "", err
	}
	if _, err := isGrabbed(ctx, w.scanner.node); err != nil {
		return "", err
	}
	if err := w.scanner.write("56789\r" + second + "\r"); err != nil {
		return "", err
	}
	half, err := w.reading.damaged(ctx)
	if err != nil {
		return "", err
	}
	whole, err := w.reading.whole(ctx, second)
	if err != nil {
		return "", err
	}
	w.unplug()
	_, err = w.reading.lost(ctx)
	return half + "; the next: " + whole, errors.Join(err, w.reading.nothing())
}

// taken has another program read the scanner alone before ours finds it.
func (w *wedgePlay) taken(ctx context.Context) (string, error) {
	if err := w.reading.stop(); err != nil {
		return "", err
	}
	if err := w.plug(ctx); err != nil {
		return "", err
	}
	if err := control(w.spies.second, eviocGrab, 1); err != nil {
		return "", err
	}
	var err error
	if w.reading, err = w.lab.read(keyboardScanner(wedgeIDs)); err != nil {
		return "", err
	}
	first, err := w.reading.state(ctx, func(drivers.State) bool { return true })
	if err == nil && (first.Connected || first.Problem.Code != "busy") {
		err = fmt.Errorf("it is said to be connected %v, problem %q", first.Connected, first.Problem.Code)
	}
	if err := errors.Join(err, control(w.spies.second, eviocGrab, 0), w.reading.connected(ctx)); err != nil {
		return "", err
	}
	seen, err := w.types(ctx, code)
	if err != nil {
		return "", err
	}
	w.unplug()
	_, err = w.reading.lost(ctx)
	return "busy; then " + seen, err
}

// bound plugs the scanner in and waits until it is ours alone.
func (w *wedgePlay) bound(ctx context.Context) (string, error) {
	if err := w.plug(ctx); err != nil {
		return "", err
	}
	if err := w.reading.connected(ctx); err != nil {
		return "", err
	}
	return isGrabbed(ctx, w.scanner.node)
}

func isGrabbed(ctx context.Context, node string) (string, error) {
	var ours bool
	var err error
	if until(ctx, func() bool { ours, err = grabbed(node); return ours || err != nil }) != nil {
		err = errors.New("it is not grabbed")
	}
	return node + ", grabbed", err
}

func (w *wedgePlay) alone(ctx context.Context) (string, error) { return w.types(ctx, voucherLike) }

// types has a code typed and wants it whole here, and nowhere else.
func (w *wedgePlay) types(ctx context.Context, text string) (string, error) {
	if err := w.scanner.write(text + "\r"); err != nil {
		return "", err
	}
	seen, err := w.reading.whole(ctx, text)
	if err != nil {
		return "", err
	}
	others, err := w.spies.silent()
	return seen + "; " + others, err
}

func (w *wedgePlay) halfCode(ctx context.Context) (string, error) {
	if err := w.scanner.write(second + "\r2812345678"); err != nil {
		return "", err
	}
	if _, err := w.reading.whole(ctx, second); err != nil {
		return "", err
	}
	w.unplug()
	return w.reading.halfThenLost(ctx)
}

func (w *wedgePlay) again(ctx context.Context) (string, error) {
	if _, err := w.bound(ctx); err != nil {
		return "", err
	}
	seen, err := w.types(ctx, code)
	return "grabbed again; " + seen, err
}

// dropped holds the driver up while more keys come than the kernel keeps: the till being busy with the scan before.
func (w *wedgePlay) dropped(ctx context.Context) (string, error) {
	goOn := w.reading.hold()
	if err := w.scanner.write(code + "\r"); err != nil {
		return "", err
	}
	if err := w.reading.held(ctx); err != nil {
		return "", err
	}
	err := w.scanner.burst(strings.Repeat("0123456789", 20) + "\r")
	goOn()
	if err != nil {
		return "", err
	}
	if _, err := w.reading.whole(ctx, code); err != nil {
		return "", err
	}
	return w.reading.damaged(ctx)
}

// released wants the keys to reach the others again.
func (w *wedgePlay) released(ctx context.Context) (string, error) {
	if err := w.reading.stop(); err != nil {
		return "", err
	}
	defer w.unplug()
	seen, err := w.overheard()
	return "it types for all again: " + seen, err
}
