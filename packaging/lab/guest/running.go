//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hexiao/drivers"
)

// running is a driver that runs. It keeps what the driver says of its device until it is asked for.
type running struct {
	states chan drivers.State
	cancel context.CancelFunc // nil: stopped
	ended  chan error
}

func newRunning() *running {
	return &running{states: make(chan drivers.State, 1000), ended: make(chan error, 1)}
}

// on is what the driver calls with each change of its device.
func (r *running) on(state drivers.State) { r.states <- state }

// start runs the driver until the end of the scenario.
func (r *running) start(l *lab, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.ended <- run(ctx) }()
	l.later(func() { _ = r.stop() })
}

// stop ends the driver and waits for it; a second time it does nothing.
func (r *running) stop() error {
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

// forget lets go what the driver has said so far.
func (r *running) forget() {
	for len(r.states) > 0 {
		<-r.states
	}
}

// connected waits until the driver says that the device is there.
func (r *running) connected(ctx context.Context) error {
	_, err := r.state(ctx, func(s drivers.State) bool { return s.Connected })
	return err
}

// lost waits until the driver says that the device is gone, and gives the code of its problem.
func (r *running) lost(ctx context.Context) (string, error) {
	s, err := r.state(ctx, func(s drivers.State) bool { return !s.Connected && s.Problem.Code != "" })
	return s.Problem.Code, err
}

func (r *running) state(ctx context.Context, is func(drivers.State) bool) (drivers.State, error) {
	last := drivers.State{}
	for {
		select {
		case last = <-r.states:
			if is(last) {
				return last, nil
			}
		case err := <-r.ended:
			r.ended <- err
			return last, fmt.Errorf("the driver ended: %v", err)
		case <-ctx.Done():
			return last, fmt.Errorf("the driver did not say so; it last said: connected %v, problem %q", last.Connected, last.Problem.EN)
		}
	}
}
