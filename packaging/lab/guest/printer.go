//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"hexiao/drivers/printer"
)

const (
	printerNode = "/dev/usb/lp0"
	longSlip    = 8000                   // lines: more than the printer keeps (80 KB)
	posPrints   = 500 * time.Millisecond // how long the POS holds the printer
)

// receiptPrinter plays a USB printer that speaks ESC/POS.
func receiptPrinter(l *lab) {
	p := &printPlay{lab: l, gadget: printerGadget()}
	l.see("plugged in", p.plugIn)
	l.see("a slip in Chinese", p.slip)
	l.see("out of paper", p.noPaper)
	l.see("a new roll", p.slip)
	l.see("the POS has it open, then lets go", p.busy)
	l.see("unplugged while it prints", p.cut)
	l.see("plugged in again, and the slip once more", p.again)
}

type printPlay struct {
	lab     *lab
	gadget  *gadget
	paper   *paper
	printer *printer.Printer
	running *running
}

func (p *printPlay) plugIn(ctx context.Context) (string, error) {
	if err := errors.Join(load("usblp"), gadgetBus("usb_f_printer"), p.gadget.make()); err != nil {
		return "", err
	}
	p.lab.later(p.gadget.remove)
	p.running = newRunning()
	var err error
	if p.printer, err = printer.New(printer.Options{To: printerNode, OnState: p.running.on}); err != nil {
		return "", err
	}
	p.running.start(p.lab, p.printer.Run)
	if err := p.plug(ctx); err != nil {
		return "", err
	}
	name, err := printer.Identify(printerNode)
	return printerNode + " is " + name, err
}

// plug plugs the printer in, switched on, and waits until the driver is content with it.
func (p *printPlay) plug(ctx context.Context) (err error) {
	p.running.forget() // it said so when the paper was in again, too
	if err := p.gadget.plug(); err != nil {
		return err
	}
	if p.paper, err = newPaper(ctx); err != nil {
		return err
	}
	p.lab.later(p.paper.close)
	return p.running.connected(ctx)
}

// page is a slip of some length, whose first line says which it is.
func page(title string, lines int) []byte {
	all := []printer.Line{{Text: title, Large: true}, {Text: "满 50 减 10，实付 ¥48.00"}}
	for range lines {
		all = append(all, printer.Line{Text: strings.Repeat("券", 16)})
	}
	return printer.Page(all)
}

// put prints a page and wants exactly that to come out.
func (p *printPlay) put(ctx context.Context, b []byte) (string, error) {
	if err := p.printer.Print(ctx, b); err != nil {
		return "", err
	}
	all, err := p.paper.came(ctx, b)
	if err == nil && !bytes.Equal(all, b) {
		err = fmt.Errorf("%d bytes came out for a page of %d", len(all), len(b))
	}
	return fmt.Sprintf("%d bytes, byte for byte", len(b)), err
}

func (p *printPlay) slip(ctx context.Context) (string, error) {
	return p.put(ctx, page("核销成功", 10))
}

func (p *printPlay) noPaper(ctx context.Context) (string, error) {
	if err := p.paper.paperOut(true); err != nil {
		return "", err
	}
	seen, err := refused(p.printer.Print(ctx, page("缺纸", 10)), "no_paper", false)
	return seen, errors.Join(err, p.paper.blank(), p.paper.paperOut(false))
}

// refused wants a page to have failed for that reason.
func refused(err error, code string, perhaps bool) (string, error) {
	var f printer.Failure
	if !errors.As(err, &f) || f.Code != code || f.Perhaps != perhaps {
		return "", fmt.Errorf("the page ended as %q %v (%v), want %q", f.Code, f.Perhaps, err, code)
	}
	return "not printed: " + f.Code, nil
}

// busy has another program hold the printer's file while ours wants it.
func (p *printPlay) busy(ctx context.Context) (string, error) {
	var other *os.File
	err := until(ctx, func() (is bool) { // ours looks at it now and then
		var err error
		other, err = os.OpenFile(printerNode, os.O_RDWR, 0)
		return err == nil
	})
	if err != nil {
		return "", err
	}
	b := page("稍等", 10)
	printed := make(chan error, 1)
	go func() { printed <- p.printer.Print(ctx, b) }()
	if err := pause(ctx, posPrints); err != nil {
		return "", errors.Join(err, other.Close())
	}
	if len(printed) > 0 {
		return "", errors.Join(errors.New("it did not wait"), <-printed, other.Close())
	}
	if err := errors.Join(p.paper.blank(), other.Close(), <-printed); err != nil {
		return "", err
	}
	all, err := p.paper.came(ctx, b)
	if err == nil && !bytes.Equal(all, b) {
		err = errors.New("something else came out")
	}
	return "waited, then printed", err
}

// cut has the printer stop taking anything in the middle of a long page, and then draws it.
func (p *printPlay) cut(ctx context.Context) (string, error) {
	p.paper.sleep(true)
	printed := make(chan error, 1)
	go func() { printed <- p.printer.Print(ctx, page("断线", longSlip)) }()
	if err := p.paper.dozing(ctx); err != nil {
		return "", err
	}
	if err := p.gadget.unplug(); err != nil {
		return "", err
	}
	seen, err := refused(<-printed, "lost", false)
	p.paper.close()
	return seen, err
}

// again wants the page whole, behind whatever ends the half one.
func (p *printPlay) again(ctx context.Context) (string, error) {
	if err := p.plug(ctx); err != nil {
		return "", err
	}
	b := page("补打", 10)
	if err := p.printer.Print(ctx, b); err != nil {
		return "", err
	}
	all, err := p.paper.came(ctx, b)
	if err == nil && len(all) == len(b) {
		err = errors.New("nothing came before it that ends the half page")
	}
	return fmt.Sprintf("%d bytes, and %d before them that end the half page", len(b), len(all)-len(b)), err
}
