//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hexiao/drivers"
)

// scanner is what all drivers of scanners have in common.
type scanner interface {
	Run(ctx context.Context, emit func(drivers.Scan)) error
	State() drivers.State
}

// reading is a driver that runs. It keeps what the driver says until it is asked for.
type reading struct {
	scans  chan drivers.Scan
	states chan drivers.State
	cancel context.CancelFunc
	ended  chan error
	gate   sync.Mutex    // held while the driver has to wait with a scan
	waits  chan struct{} // one for each scan, before it passes the gate
}

// read starts the driver that open makes, and ends it with the scenario.
func (l *lab) read(open func(onState func(drivers.State)) (scanner, error)) (*reading, error) {
	r := &reading{scans: make(chan drivers.Scan, 1000), states: make(chan drivers.State, 1000), ended: make(chan error, 1),
		waits: make(chan struct{}, 1000)}
	s, err := open(func(state drivers.State) { r.states <- state })
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.ended <- s.Run(ctx, r.take) }()
	l.later(func() { _ = r.stop() })
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

// stop ends the driver and waits for it; a second time it does nothing.
func (r *reading) stop() error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	r.cancel = nil
	select {
	case err := <-r.ended:
		return err
	case <-time.After(5 * time.Second):
		return errors.New("the driver does not end")
	}
}

// connected waits until the driver says that the device is there.
func (r *reading) connected(ctx context.Context) error {
	_, err := r.state(ctx, func(s drivers.State) bool { return s.Connected })
	return err
}

// lost waits until the driver says that the device is gone, and gives the code of its problem.
func (r *reading) lost(ctx context.Context) (string, error) {
	s, err := r.state(ctx, func(s drivers.State) bool { return !s.Connected && s.Problem.Code != "" })
	return s.Problem.Code, err
}

func (r *reading) state(ctx context.Context, is func(drivers.State) bool) (drivers.State, error) {
	last := drivers.State{}
	for {
		select {
		case last = <-r.states:
			if is(last) {
				return last, nil
			}
		case <-ctx.Done():
			return last, fmt.Errorf("the driver did not say so; it last said: connected %v, problem %q", last.Connected, last.Problem.EN)
		}
	}
}

// scan waits for the next scan.
func (r *reading) scan(ctx context.Context) (drivers.Scan, error) {
	select {
	case s := <-r.scans:
		return s, nil
	case err := <-r.ended:
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
