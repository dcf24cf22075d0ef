//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/hidpos"
)

const (
	posIDs     = "usb:0C2E:0B81"
	posInARow  = 40 // scans while the till is busy; the kernel keeps 63 reports
	posTooMany = 100
	aPerson    = time.Second // until a person who is told so scans again
	posScanner = "HID POS scanner"
)

// posScannerAt opens a scanner in HID POS mode the way the agent does.
func posScannerAt(address string) func(func(drivers.State)) (scanner, error) {
	return func(onState func(drivers.State)) (scanner, error) {
		return hidpos.New(hidpos.Options{Address: address, OnState: onState, Framing: drivers.Framing{Repeat: -1}})
	}
}

// hidPOS plays scanners in HID POS mode: one without a bus, then two equal ones on USB.
func hidPOS(l *lab) {
	p := &posPlay{lab: l}
	l.see("plugged in", p.plugIn)
	l.see("a code", p.code(code))
	l.see("a code in three reports", p.code(strings.Repeat("0123456789", 15)+"abc"))
	l.see(fmt.Sprintf("%d codes in a row while the till is busy", posInARow), p.inARow)
	l.see(fmt.Sprintf("%d, of which the kernel keeps 63", posTooMany), p.tooMany)
	l.see("unplugged within a code", p.halfCode)
	l.see("plugged in again", func(ctx context.Context) (string, error) {
		if err := p.plug(ctx); err != nil {
			return "", err
		}
		return p.code(code)(ctx)
	})
	l.see("taken away", func(context.Context) (string, error) {
		p.device.unplug()
		return "driver ended", p.reading.stop()
	})
	l.device = "HID POS scanners on USB, two equal, without serial numbers"
	posPair(l)
}

type posPlay struct {
	lab     *lab
	device  *uhidDevice
	reading *reading
}

func (p *posPlay) plugIn(ctx context.Context) (seen string, err error) {
	if err := load("uhid", "hid-generic"); err != nil {
		return "", err
	}
	if p.reading, err = p.lab.read(posScannerAt(posIDs + ":POS-1")); err != nil {
		return "", err
	}
	if err := p.plug(ctx); err != nil {
		return "", err
	}
	return "bound: " + posNodes(), nil
}

func (p *posPlay) plug(ctx context.Context) (err error) {
	if p.device, err = newUHID("lab "+posScanner, "POS-1", 0x0C2E, 0x0B81, posDescriptor); err != nil {
		return err
	}
	return p.reading.connected(ctx)
}

// posNodes lists what the driver takes for scanners.
func posNodes() string {
	there, err := hidpos.List()
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, p := range there {
		all = append(all, fmt.Sprintf("%s is %s", p.Path, p.USB))
	}
	return strings.Join(all, ", ")
}

func (p *posPlay) send(reports [][]byte) error {
	for _, r := range reports {
		if err := p.device.report(r); err != nil {
			return err
		}
	}
	return nil
}

func (p *posPlay) code(text string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := p.send(posReports(text)); err != nil {
			return "", err
		}
		return p.reading.whole(ctx, text)
	}
}

// inARow wants all codes, in order, that come while the till is busy with the first.
func (p *posPlay) inARow(ctx context.Context) (string, error) {
	goOn := p.reading.hold()
	var failed error
	for i := range posInARow {
		failed = errors.Join(failed, p.send(posReports(fmt.Sprintf("%018d", i))))
	}
	failed = errors.Join(failed, p.reading.held(ctx))
	goOn()
	if failed != nil {
		return "", failed
	}
	for i := range posInARow {
		if _, err := p.reading.whole(ctx, fmt.Sprintf("%018d", i)); err != nil {
			return "", fmt.Errorf("code %d: %w", i+1, err)
		}
	}
	return "all there, in order", p.reading.nothing()
}

// tooMany wants those that the kernel has dropped to be noticed, and the code after that to be whole.
func (p *posPlay) tooMany(ctx context.Context) (string, error) {
	goOn := p.reading.hold()
	var failed error
	for i := range posTooMany {
		failed = errors.Join(failed, p.send(posReports(fmt.Sprintf("%018d", posInARow+i))))
	}
	failed = errors.Join(failed, p.reading.held(ctx))
	goOn()
	if failed != nil {
		return "", failed
	}
	for whole := 0; ; whole++ {
		s, err := p.reading.scan(ctx)
		switch {
		case err != nil:
			return "", fmt.Errorf("after %d whole codes: %w", whole, err)
		case s.Damaged:
			if err := errors.Join(pause(ctx, aPerson), p.reading.onlyDamaged()); err != nil {
				return "", err
			}
			seen, err := p.code(code)(ctx)
			return fmt.Sprintf("%d whole, then scan again (%s); the next: %s", whole, s.Cause, seen), err
		case s.Text != fmt.Sprintf("%018d", posInARow+whole):
			return "", fmt.Errorf("code %d is %q", whole+1, s.Text)
		}
	}
}

func (p *posPlay) halfCode(ctx context.Context) (string, error) {
	reports := append(posReports(second), posReports(strings.Repeat("0123456789", 10))[0])
	if err := p.send(reports); err != nil {
		return "", err
	}
	if _, err := p.reading.whole(ctx, second); err != nil {
		return "", err
	}
	p.device.unplug()
	return p.reading.halfThenLost(ctx)
}

// posPair plays two scanners of one model on USB that have no serial numbers.
func posPair(l *lab) {
	p := &pair{lab: l, open: posScannerAt, devices: [2]*gadget{
		hidGadget("left "+posScanner, "", 0, posDescriptor, posLength, false),
		hidGadget("right "+posScanner, "", 1, posDescriptor, posLength, false),
	}}
	p.say = func(i int, text string) error {
		f, err := p.devices[i].hidEnd()
		if err != nil {
			return err
		}
		defer f.Close()
		for _, r := range posReports(text) {
			if _, err := f.Write(r); err != nil {
				return err
			}
		}
		return nil
	}
	p.node = func(address string) string {
		there, _ := hidpos.List()
		for _, d := range there {
			if d.USB.Socket != "" && "usb-path:"+d.USB.Socket == address {
				return d.Path
			}
		}
		return "none"
	}
	l.see("plugged in", func(ctx context.Context) (string, error) {
		if err := errors.Join(load("usbhid", "hid-generic"), gadgetBus("usb_f_hid")); err != nil {
			return "", err
		}
		return p.plugIn(ctx, [2]string{"usb-path:dummy_hcd.0-1", "usb-path:dummy_hcd.1-1"})
	})
	l.see("a code from each, by USB path", p.eachSays)
	l.see("both out, and in in the other order", p.swap)
}
