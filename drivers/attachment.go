package drivers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	lookEvery   = 250 * time.Millisecond // how often a missing device is looked for: a stat, or a walk through a dozen links of /sys
	retryAtMost = 5 * time.Second
	steadyAfter = 10 * time.Second // a connection that lasted this long was a good one
)

// Attachment keeps one device read for as long as it runs, however often it is unplugged: it looks for the device, has it served, and after a
// failure waits and looks again. Its owner sets the fields before Run; State may be called from anywhere.
type Attachment struct {
	Place   string                                                  // the device's address as people know it
	Find    func() (path string, err error)                         // where the device is now; a Problem when it is not there. Must not open it
	Serve   func(ctx context.Context, path string, up func()) error // opens and reads until ctx ends or the device is lost; calls up once open
	OnState func(State)                                             // called from Run's goroutine on every change; nil: nobody wants to know
	Log     *slog.Logger                                            // nil: silence
	Now     func() time.Time                                        // nil: time.Now

	mu    sync.Mutex // guards state
	state State
}

// Run blocks until ctx ends and then returns nil, or what Serve could not bring to an end.
func (a *Attachment) Run(ctx context.Context) error {
	pause := lookEvery
	for ctx.Err() == nil {
		steady, err := a.once(ctx)
		if ctx.Err() != nil {
			a.set(State{Since: a.now()})
			return err
		}
		problem := problemOf(a.Place, err)
		a.set(State{Problem: problem, Since: a.now()})
		if steady || problem.Code == "missing" {
			pause = lookEvery
		}
		wait(ctx, pause)
		pause = min(2*pause, retryAtMost)
	}
	return nil
}

// State is how the device is now.
func (a *Attachment) State() State {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state
}

// once finds and serves the device once. It reports whether the connection had been a lasting one.
func (a *Attachment) once(ctx context.Context) (steady bool, err error) {
	path, err := a.Find()
	if err != nil {
		return false, err
	}
	var since time.Time
	err = a.Serve(ctx, path, func() {
		since = a.now()
		a.set(State{Connected: true, Since: since})
	})
	if err == nil && ctx.Err() == nil {
		err = Unplugged(a.Place, errEnded)
	}
	return !since.IsZero() && a.now().Sub(since) >= steadyAfter, err
}

var errEnded = errors.New("end of data")

// set keeps the state, and tells when it is news. A new problem of a device that was away already does not move Since.
func (a *Attachment) set(next State) {
	a.mu.Lock()
	old := a.state
	if !next.Connected && !old.Connected && !old.Since.IsZero() {
		next.Since = old.Since
	}
	news := next.Connected != old.Connected || next.Problem != old.Problem || old.Since.IsZero()
	a.state = next
	a.mu.Unlock()
	if !news {
		return
	}
	a.log().Info("scanner state changed", "place", a.Place, "connected", next.Connected, "problem", next.Problem.Code)
	if a.OnState != nil {
		a.OnState(next)
	}
}

func (a *Attachment) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

func (a *Attachment) log() *slog.Logger {
	if a.Log != nil {
		return a.Log
	}
	return slog.New(slog.DiscardHandler)
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
