//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"hexiao/drivers"
)

// scanner is what all drivers of scanners have in common.
type scanner interface {
	Run(ctx context.Context, emit func(drivers.Scan)) error
	State() drivers.State
}

// reading is a scanner's driver that runs. It keeps what the driver reads until it is asked for.
type reading struct {
	*running
	scans chan drivers.Scan
	gate  sync.Mutex    // held while the driver has to wait with a scan
	waits chan struct{} // one for each scan, before it passes the gate
}

// read starts the driver that open makes, and ends it with the scenario.
func (l *lab) read(open func(onState func(drivers.State)) (scanner, error)) (*reading, error) {
	r := &reading{running: newRunning(), scans: make(chan drivers.Scan, 1000), waits: make(chan struct{}, 1000)}
	s, err := open(r.on)
	if err != nil {
		return nil, err
	}
	r.start(l, func(ctx context.Context) error { return s.Run(ctx, r.take) })
	return r, nil
}

// take is where the driver hands its scans to the till, which may be busy.
func (r *reading) take(scan drivers.Scan) {
	select {
	case r.waits <- struct{}{}:
	default:
	}
	r.gate.Lock()
	defer r.gate.Unlock()
	r.scans <- scan
}

// hold makes the till busy from the next scan on, until goOn is called.
func (r *reading) hold() (goOn func()) {
	r.gate.Lock()
	for len(r.waits) > 0 {
		<-r.waits
	}
	return r.gate.Unlock
}

// held waits until the driver stands there with a scan and cannot go on.
func (r *reading) held(ctx context.Context) error {
	select {
	case <-r.waits:
		return nil
	case <-ctx.Done():
		return errors.New("no scan came")
	}
}

// scan waits for the next scan.
func (r *reading) scan(ctx context.Context) (drivers.Scan, error) {
	select {
	case s := <-r.scans:
		return s, nil
	case err := <-r.ended:
		r.ended <- err
		return drivers.Scan{}, fmt.Errorf("the driver ended: %v", err)
	case <-ctx.Done():
		return drivers.Scan{}, errors.New("no scan came")
	}
}

// whole waits for the next scan and holds it to the code that was sent.
func (r *reading) whole(ctx context.Context, code string) (string, error) {
	s, err := r.scan(ctx)
	switch {
	case err != nil:
		return "", err
	case s.Damaged:
		return "", fmt.Errorf("the scan is damaged (%s)", s.Cause)
	case s.Text != code:
		return "", fmt.Errorf("read %q, sent %q", s.Text, code)
	}
	return fmt.Sprintf("%d characters, whole", len(code)), nil
}

// damaged waits for the next scan, which has to be a damaged one.
func (r *reading) damaged(ctx context.Context) (string, error) {
	s, err := r.scan(ctx)
	switch {
	case err != nil:
		return "", err
	case !s.Damaged:
		return "", fmt.Errorf("%q was taken as a whole code", s.Text)
	}
	return fmt.Sprintf("scan again (%s)", s.Cause), nil
}

// nothing says that no scan is waiting.
func (r *reading) nothing() error {
	select {
	case s := <-r.scans:
		return fmt.Errorf("it also read %q", s.Text)
	default:
		return nil
	}
}

// onlyDamaged takes the scans that wait, of which none may pass for a whole code.
func (r *reading) onlyDamaged() error {
	for {
		select {
		case s := <-r.scans:
			if !s.Damaged {
				return fmt.Errorf("it also read %q", s.Text)
			}
		default:
			return nil
		}
	}
}
