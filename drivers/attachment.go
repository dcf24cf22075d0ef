package drivers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	retryFirst  = 250 * time.Millisecond // after a failure to open; doubled each time
	retryAtMost = 5 * time.Second
	steadyAfter = 10 * time.Second      // a connection that lasted this long was a good one
	breath      = 20 * time.Millisecond // between two looks, so that a loose plug does not keep us looking all the time
	// settleFor is how long the system may take to set the rights of a device that was just plugged in. It is not called forbidden before.
	settleFor = time.Second
)

// Attachment keeps one device read for as long as it runs, however often it is unplugged: it watches for the device, has it served, and after a
// failure waits and looks again. Its owner sets the fields before Run; State may be called from anywhere.
type Attachment struct {
	Place   string                                                  // the device's address as people know it
	Find    func() (path string, err error)                         // where the device is now; a Problem when it is not there. Must not open it
	Serve   func(ctx context.Context, path string, up func()) error // opens and reads until ctx ends or the device is lost; calls up once open
	Watch   func(place string) Watch                                // nil: NewWatch. A test in a synctest bubble needs one of its own
	OnState func(State)                                             // called from Run's goroutine on every change; nil: nobody wants to know
	Log     *slog.Logger                                            // nil: silence
	Now     func() time.Time                                        // nil: time.Now

	away  bool       // the last look did not find it; this and the next are Run's own
	came  time.Time  // when it was found after that, and might not be opened
	mu    sync.Mutex // guards state
	state State
}

// Run blocks until ctx ends and then returns nil, or what Serve could not bring to an end. No goroutine of its own is left then.
func (a *Attachment) Run(ctx context.Context) error {
	watch := a.watch()
	defer watch.Close()
	pause := retryFirst
	for ctx.Err() == nil {
		clear(watch)
		steady, err := a.once(ctx)
		if ctx.Err() != nil {
			a.set(State{Since: a.now()})
			if errors.As(err, new(Problem)) { // the device's, met while the end came; it holds nobody up
				return nil
			}
			return err
		}
		problem := problemOf(a.Place, err)
		if !a.settling(problem) {
			a.set(State{Problem: problem, Since: a.now()})
		}
		if steady || problem.Code == "missing" {
			pause = retryFirst
		}
		a.wait(ctx, watch, problem, pause)
		if problem.Code != "missing" {
			pause = min(2*pause, retryAtMost)
		}
	}
	return nil
}

func (a *Attachment) watch() Watch {
	if a.Watch != nil {
		return a.Watch(a.Place)
	}
	return NewWatch(a.Place)
}

// clear forgets what was told before the look that follows, and has the watch stand before it.
func clear(watch Watch) {
	select {
	case <-watch.Changed():
	default:
	}
	watch.Arm()
}

// settling tells whether the problem may pass by itself: a device that has just come belongs to root until udev has been there.
func (a *Attachment) settling(p Problem) bool {
	if p.Code != "permission" {
		a.away, a.came = true, time.Time{}
		return false
	}
	if a.away {
		a.away, a.came = false, a.now()
	}
	return !a.came.IsZero() && a.now().Sub(a.came) < settleFor
}

// wait waits for news of devices, and at most as long as the pause, or the watch's own pace while the device is away.
func (a *Attachment) wait(ctx context.Context, watch Watch, p Problem, pause time.Duration) {
	if p.Code == "missing" {
		pause = watch.Pace()
	}
	if !wait(ctx, nil, breath) {
		return
	}
	wait(ctx, watch.Changed(), pause-breath)
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

// wait reports whether the time has passed; it comes back early with news or when ctx ends.
func wait(ctx context.Context, news <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-news:
	case <-ctx.Done():
	}
	return false
}
