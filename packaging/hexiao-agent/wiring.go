package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
)

// fitting is one device of this PC while the agent runs: how it is set up, what reads or serves it until ctx ends, and
// what is to be done when it was taken away. Two with an equal setup are the same device.
type fitting struct {
	setup  any // comparable
	part   part
	forget func()
}

// fittings are the devices that run. They can be exchanged while the till works: those whose setup stays are not touched.
type fittings struct {
	log    *slog.Logger
	first  []fitting
	change chan exchange
	ended  chan struct{} // closed when Run has returned
}

// exchange is the wish for other devices.
type exchange struct {
	to   []fitting
	done chan<- error
}

// running is one fitting that was started.
type running struct {
	fitting
	stop  context.CancelFunc
	ended chan error // has room for its end
}

var errNoMore = errors.New("the agent is ending")

func newFittings(first []fitting, log *slog.Logger) *fittings {
	return &fittings{log: log, first: first, change: make(chan exchange), ended: make(chan struct{})}
}

// Run runs the devices until ctx ends or one of them does, which is a failure as in together.
func (f *fittings) Run(ctx context.Context) error {
	defer close(f.ended)
	failed := make(chan error) // of whichever ends by itself; received here or after the end
	now := map[any]*running{}
	for _, one := range f.first {
		now[one.setup] = f.start(ctx, one, failed)
	}
	var err error
	for err == nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		case x := <-f.change:
			x.done <- f.exchange(ctx, now, x.to, failed)
		}
	}
	for _, r := range now {
		r.stop()
	}
	for _, r := range now {
		err = errors.Join(err, <-r.ended)
	}
	return err
}

// Exchange has other devices run and returns when they do. The error says what did not end: a restart is needed then.
func (f *fittings) Exchange(ctx context.Context, to []fitting) error {
	done := make(chan error, 1)
	select {
	case f.change <- exchange{to, done}:
		return <-done
	case <-f.ended:
		return errNoMore
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fittings) exchange(ctx context.Context, now map[any]*running, to []fitting, failed chan<- error) (err error) {
	for setup, r := range now {
		if slices.ContainsFunc(to, func(one fitting) bool { return one.setup == setup }) {
			continue
		}
		r.stop()
		err = errors.Join(err, <-r.ended)
		delete(now, setup)
		r.forget()
		f.log.Info("device taken away", "device", r.part.name)
	}
	for _, one := range to {
		if now[one.setup] == nil {
			now[one.setup] = f.start(ctx, one, failed)
			f.log.Info("device set up", "device", one.part.name)
		}
	}
	return err
}

func (f *fittings) start(ctx context.Context, one fitting, failed chan<- error) *running {
	own, stop := context.WithCancel(ctx)
	r := &running{fitting: one, stop: stop, ended: make(chan error, 1)}
	go func() {
		err := one.part.run(own)
		if own.Err() == nil {
			if err == nil {
				err = errors.New(one.part.name + " ended by itself")
			}
			select {
			case failed <- err:
				err = nil // it has been said
			case <-own.Done():
			}
		}
		r.ended <- err
	}()
	return r
}
