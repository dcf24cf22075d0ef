//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hexiao/drivers/serialport"
	"hexiao/drivers/typist"
	"hexiao/packaging/lab/line"
)

const fastRun = 20 // codes passed on one after the other

// passOn plays a scanner that two programs share: what is not for us is typed for the other program, which is the console tty1 here, or
// written to its serial port.
func passOn(l *lab) {
	p := &passOnPlay{wedgePlay: wedgePlay{lab: l}}
	l.see("our keyboard", p.plugIn)
	l.see("a code read alone, then typed for the POS", p.once)
	l.see("letters while Caps Lock is on", p.caps)
	l.see(fmt.Sprintf("%d codes in a row", fastRun), p.row)
	l.see("to the POS's serial port", p.serial)
}

type passOnPlay struct {
	wedgePlay
	keyboard *typist.Keyboard
}

func (p *passOnPlay) plugIn(ctx context.Context) (string, error) {
	err := load("uinput", "evdev")
	if err != nil {
		return "", err
	}
	if p.marker, err = newTypewriter(ctx, "lab marker keyboard", 0x1234, 1); err != nil {
		return "", err
	}
	p.lab.later(p.marker.unplug)
	r := newRunning()
	if p.keyboard, err = typist.New(typist.Options{OnState: r.on}); err != nil {
		return "", err
	}
	r.start(p.lab, p.keyboard.Run)
	if err := r.connected(ctx); err != nil {
		return "", err
	}
	scanner, err := p.wedgePlay.plugIn(ctx)
	p.lab.later(p.unplug)
	return "there; scanner at " + scanner, err
}

// pass hands a code on and waits until it was typed.
func (p *passOnPlay) pass(ctx context.Context, text string) error {
	typed := make(chan error, 1)
	if !p.keyboard.Type(text, func(err error) { typed <- err }) {
		return fmt.Errorf("%q was not taken", text)
	}
	select {
	case err := <-typed:
		return err
	case <-ctx.Done():
		return errors.New("it was not typed")
	}
}

// reached wants that tty1 has got exactly this since it was last asked.
func (p *passOnPlay) reached(want string) error {
	_, text, err := p.spies.heard()
	if err == nil && text != want {
		err = fmt.Errorf("tty1 got %q, want %q", text, want)
	}
	return err
}

func (p *passOnPlay) once(ctx context.Context) (string, error) {
	read, err := p.types(ctx, code)
	if err != nil {
		return "", err
	}
	if err := p.pass(ctx, code); err != nil {
		return "", err
	}
	return read + "; then tty1 the code and Enter, once", p.reached(code + "\r")
}

// caps has somebody press Caps Lock before and after.
func (p *passOnPlay) caps(ctx context.Context) (string, error) {
	lock := key{code: 58}
	if err := p.marker.send(lock.events()); err != nil {
		return "", err
	}
	err := p.pass(ctx, voucherLike)
	if err := errors.Join(err, p.marker.send(lock.events())); err != nil {
		return "", err
	}
	return "letters as they were", p.reached(voucherLike + "\r")
}

func (p *passOnPlay) row(ctx context.Context) (string, error) {
	var want strings.Builder
	for i := range fastRun {
		text := fmt.Sprintf("%018d", i)
		if err := p.pass(ctx, text); err != nil {
			return "", err
		}
		want.WriteString(text + "\r")
	}
	return "all there, in order", p.reached(want.String())
}

func (p *passOnPlay) serial(ctx context.Context) (string, error) {
	if err := load("xhci-pci", "ftdi_sio"); err != nil {
		return "", err
	}
	r := newRunning()
	w, err := serialport.NewWriter(serialport.WriterOptions{Address: ftdiIDs + ":POS", OnState: r.on})
	if err != nil {
		return "", err
	}
	r.start(p.lab, w.Run)
	if _, err := p.lab.host.ask(line.Ask{Do: line.PlugSerial, ID: "a", Serial: "POS"}); err != nil {
		return "", err
	}
	p.lab.later(func() { _, _ = p.lab.host.ask(line.Ask{Do: line.Unplug, ID: "a"}) })
	if err := r.connected(ctx); err != nil {
		return "", err
	}
	if !w.Send([]byte(code+"\r"), nil) {
		return "", errors.New("it was not taken")
	}
	got, err := p.lab.host.ask(line.Ask{Do: line.Receive, ID: "a", Data: []byte(code + "\r")})
	if err == nil && string(got) != code+"\r" {
		err = fmt.Errorf("the POS got %q", got)
	}
	return "the POS got the code and CR", err
}
