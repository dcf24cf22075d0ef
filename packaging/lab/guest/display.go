//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/display"
	"hexiao/packaging/lab/line"
)

const (
	posSide     = ftdiIDs + ":POS-SIDE"
	displaySide = ftdiIDs + ":DISPLAY"
	at2400      = time.Second / 240 // a byte at 2400 baud, 8N1
)

// customerDisplay plays a POS on one serial adapter and the customer's display on another, with our tap between them.
func customerDisplay(l *lab) {
	d := &displayPlay{lab: l, posPort: newRunning(), port: newRunning(), bills: make(chan int64, 100)}
	l.see("both plugged in", d.plugIn)
	l.see("the POS shows a total", d.total("\x0c\x1bQATOTAL          58.00\r", 5800, 0))
	l.see("what the voucher takes off is shown", d.answer)
	l.see("the next total, at 2400 baud", d.total("\x0c\x1bQATOTAL         126.50\r", 12650, at2400))
	l.see("the display is unplugged", d.without)
	l.see("the display is plugged in again", d.again)
	l.see("the POS's line is unplugged", d.noPOS)
}

type displayPlay struct {
	lab           *lab
	tap           *display.Tap
	posPort, port *running
	bills         chan int64
}

func (d *displayPlay) plugIn(ctx context.Context) (string, error) {
	err := load("xhci-pci", "ftdi_sio")
	if err != nil {
		return "", err
	}
	d.tap, err = display.New(display.Options{From: posSide, To: displaySide, Bill: func(fen int64) { d.bills <- fen },
		OnState: func(address string, s drivers.State) {
			map[string]*running{posSide: d.posPort, displaySide: d.port}[address].on(s)
		}})
	if err != nil {
		return "", err
	}
	d.posPort.start(d.lab, d.tap.Run)
	if err := errors.Join(d.plug(ctx, "a", "POS-SIDE", d.posPort), d.plug(ctx, "b", "DISPLAY", d.port)); err != nil {
		return "", err
	}
	for _, wire := range []string{"a", "b"} {
		d.lab.later(func() { _, _ = d.lab.host.ask(line.Ask{Do: line.Unplug, ID: wire}) })
	}
	return "POS: " + portWith("POS-SIDE") + "; display: " + portWith("DISPLAY"), nil
}

func (d *displayPlay) plug(ctx context.Context, wire, serial string, r *running) error {
	_, err := d.lab.host.ask(line.Ask{Do: line.PlugSerial, ID: wire, Serial: serial})
	return errors.Join(err, r.connected(ctx))
}

// total has the POS write a message, and wants it at the display byte for byte and its sum as the bill.
func (d *displayPlay) total(message string, fen int64, pace time.Duration) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := d.lab.sendTo("a", message, pace); err != nil {
			return "", err
		}
		if err := d.shown(message); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d bytes on to the display; bill of %d fen", len(message), fen), d.bill(ctx, fen)
	}
}

// shown wants these bytes at the display.
func (d *displayPlay) shown(message string) error {
	got, err := d.lab.host.ask(line.Ask{Do: line.Receive, ID: "b", Data: []byte(message)})
	if err == nil && string(got) != message {
		err = fmt.Errorf("the display got %q, want %q", got, message)
	}
	return err
}

func (d *displayPlay) bill(ctx context.Context, fen int64) error {
	select {
	case got := <-d.bills:
		if got != fen {
			return fmt.Errorf("a bill of %d fen, want %d", got, fen)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("no bill of %d fen", fen)
	}
}

func (d *displayPlay) answer(context.Context) (string, error) {
	const want = "\x0c\x1bQAVOUCHER        10.00\r\x1bQBTO PAY         48.00\r"
	d.tap.Show(1000, 4800)
	return "VOUCHER 10.00, TO PAY 48.00", d.shown(want)
}

// without has the POS go on while the display is away.
func (d *displayPlay) without(ctx context.Context) (string, error) {
	if _, err := d.lab.host.ask(line.Ask{Do: line.Unplug, ID: "b"}); err != nil {
		return "", err
	}
	problem, err := d.port.lost(ctx)
	if err != nil {
		return "", err
	}
	if err := d.lab.sendTo("a", "\x0c\x1bQATOTAL           9.90\r", 0); err != nil {
		return "", err
	}
	return "display: " + problem + "; still a bill of 990 fen", d.bill(ctx, 990)
}

func (d *displayPlay) again(ctx context.Context) (string, error) {
	if err := d.plug(ctx, "b", "DISPLAY", d.port); err != nil {
		return "", err
	}
	return d.total("\x0c\x1bQATOTAL          20.00\r", 2000, 0)(ctx)
}

// noPOS wants the bill taken back: nobody sees the next one.
func (d *displayPlay) noPOS(ctx context.Context) (string, error) {
	if _, err := d.lab.host.ask(line.Ask{Do: line.Unplug, ID: "a"}); err != nil {
		return "", err
	}
	problem, err := d.posPort.lost(ctx)
	return "POS's line: " + problem + "; the bill is taken back", errors.Join(err, d.bill(ctx, 0))
}
