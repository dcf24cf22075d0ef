package drivers_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
)

// bench is a device on a bench: the test plugs it in and out and makes its opening fail.
type bench struct {
	start  time.Time
	unplug chan struct{}
	events chan struct{} // what the watch tells
	armed  atomic.Int32
	closed atomic.Bool

	mu      sync.Mutex // guards the rest
	plugged bool
	broken  error
	opened  []time.Duration // since start, of every try to open
	states  []string
}

func newBench(plugged bool, broken error) (*bench, *drivers.Attachment) {
	b := &bench{start: time.Now(), unplug: make(chan struct{}), events: make(chan struct{}, 1), plugged: plugged, broken: broken}
	watch := func(string) drivers.Watch { return b }
	return b, &drivers.Attachment{Place: "/dev/scanner", Find: b.find, Serve: b.serve, Watch: watch, OnState: b.tell}
}

// The bench is its own Watch: a test in a bubble cannot wait for the kernel.
func (b *bench) Changed() <-chan struct{} { return b.events }
func (b *bench) Pace() time.Duration      { return 5 * time.Second }
func (b *bench) Arm()                     { b.armed.Add(1) }
func (b *bench) Close()                   { b.closed.Store(true) }

// set plugs the device in or out, of which the system tells, or leaves it and changes what opening it says, of which it does not.

func (b *bench) set(plugged bool, broken error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if plugged != b.plugged {
		b.event()
	}
	b.plugged, b.broken = plugged, broken
}

func (b *bench) event() {
	select {
	case b.events <- struct{}{}:
	default:
	}
}

// seen is when it was tried to open the device, and what was told of its state.
func (b *bench) seen() ([]time.Duration, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.opened), strings.Join(b.states, ",")
}

func (b *bench) tell(s drivers.State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.states = append(b.states, strings.TrimSpace(map[bool]string{true: "connected", false: "away"}[s.Connected]+" "+s.Problem.Code))
}

func (b *bench) find() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.plugged {
		return "", drivers.Missing("/dev/scanner")
	}
	return "/dev/scanner", nil
}

func (b *bench) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened = append(b.opened, time.Since(b.start))
	return b.broken
}

func (b *bench) serve(ctx context.Context, path string, up func()) error {
	if err := b.open(); err != nil {
		return err
	}
	up()
	select {
	case <-ctx.Done():
		return nil
	case <-b.unplug:
		return drivers.Unplugged(path, errors.New("no such device"))
	}
}

// Who ends the program while the device is being looked for or opened has not met a failure, and what cannot be ended is one.
func TestAttachmentEndsWellWhileTheDeviceIsAway(t *testing.T) {
	hangs := errors.New("reading did not end")
	for _, c := range []struct {
		name           string
		plugged        bool
		opening, wants error
	}{
		{"missing", false, nil, nil}, {"busy", true, drivers.Busy("/dev/scanner"), nil}, {"hanging", true, hangs, hangs},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, a := newBench(c.plugged, c.opening)
			ctx, cancel := context.WithCancel(t.Context())
			a.Find = func() (string, error) { cancel(); return b.find() }
			if err := a.Run(ctx); !errors.Is(err, c.wants) {
				t.Errorf("ended with %v", err)
			}
			if s := a.State(); s.Problem.Code != "" {
				t.Errorf("at the end: %+v", s)
			}
		})
	}
}

func TestAttachmentFollowsTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := newBench(false, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()

		time.Sleep(11 * time.Second)
		if s := a.State(); s.Connected || s.Problem.Code != "missing" || s.Problem.ZH == "" || !s.Since.Equal(b.start) {
			t.Errorf("not plugged in: %+v", s)
		}
		b.set(true, nil)
		synctest.Wait()
		if s := a.State(); !s.Connected || s.Problem.Code != "" || time.Since(s.Since) != 0 {
			t.Errorf("when it was plugged in: %+v", s)
		}
		time.Sleep(time.Minute)
		b.set(false, nil)
		b.unplug <- struct{}{}
		time.Sleep(time.Second)
		if s := a.State(); s.Connected || s.Problem.Code != "missing" || time.Since(s.Since) != time.Second {
			t.Errorf("a second after the unplug: %+v", s)
		}
		b.set(true, nil)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if !b.closed.Load() {
			t.Error("the watch goes on after the end")
		}
		if a.State().Connected {
			t.Error("connected after the end")
		}
		want := "away missing,connected,away lost,away missing,connected,away"
		if _, got := b.seen(); got != want {
			t.Errorf("told %s\nwant %s", got, want)
		}
	})
}

func TestAttachmentBacksOffWhileOpeningFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := newBench(true, drivers.Denied("/dev/scanner", "dialout"))
		go a.Run(t.Context())
		time.Sleep(30 * time.Second)
		want := []time.Duration{0, 250, 750, 1750, 3750, 7750, 12750, 17750, 22750, 27750}
		opened, told := b.seen()
		for i, at := range want {
			if len(opened) != len(want) || opened[i] != at*time.Millisecond {
				t.Fatalf("tried at %v, want %v (ms)", opened, want)
			}
		}
		if s := a.State(); s.Problem.Code != "permission" || !strings.Contains(s.Problem.EN, "dialout") || !strings.Contains(s.Problem.ZH, "dialout") {
			t.Errorf("the state does not name the cure: %+v", s)
		}
		if told != "away permission" {
			t.Errorf("told %s, want one change", told)
		}
	})
}

func TestAttachmentLooksNowAndThenWhenNoEventTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := newBench(false, nil)
		go a.Run(t.Context())
		synctest.Wait()
		b.set(true, nil)
		<-b.events // lost
		time.Sleep(5*time.Second - time.Millisecond)
		if a.State().Connected {
			t.Error("the device was found without an event, before it was time to look")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !a.State().Connected {
			t.Error("the device is not found when its event was lost")
		}
		if n := b.armed.Load(); n != 2 {
			t.Errorf("looked %d times, want twice: at the start and after 5 s", n)
		}
	})
}

func TestAttachmentTakesAStormOfEventsCalmly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, a := newBench(false, nil)
		go a.Run(t.Context())
		for range 1000 {
			b.event()
			time.Sleep(time.Millisecond)
		}
		if n := b.armed.Load(); n < 25 || n > 51 {
			t.Errorf("looked %d times in a second of events, want at most one every 20 ms", n)
		}
	})
}

func TestAttachmentWaitsForTheRightsOfADeviceThatHasJustCome(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		want  string
	}{
		{"udev is quick: nobody hears of it", 300 * time.Millisecond, "away missing,connected"},
		{"the rights never come", time.Minute, "away missing,away permission,connected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, a := newBench(false, nil)
				go a.Run(t.Context())
				time.Sleep(time.Minute)
				b.set(true, drivers.Denied("/dev/scanner", "dialout"))
				time.Sleep(c.after)
				b.set(true, nil)
				b.event()
				time.Sleep(50 * time.Millisecond)
				synctest.Wait()
				if _, got := b.seen(); got != c.want {
					t.Errorf("told %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestAttachmentGivesAnyErrorASentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a := newBench(true, errors.New("input/output error"))
		go a.Run(t.Context())
		synctest.Wait()
		if p := a.State().Problem; p.Code != "failed" || !strings.Contains(p.ZH, "input/output error") || !strings.Contains(p.EN, "/dev/scanner") {
			t.Errorf("%+v", p)
		}
	})
}

func TestAttachmentForgetsOldFailuresAfterALastingConnection(t *testing.T) {
	for _, c := range []struct {
		name  string
		lasts time.Duration
		want  time.Duration
	}{
		{"a connection of a second was none", time.Second, 4 * time.Second},
		{"a connection of a minute was a good one", time.Minute, 250 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, a := newBench(true, errors.New("input/output error"))
				go a.Run(t.Context())
				time.Sleep(3 * time.Second)
				b.set(true, nil)
				time.Sleep(750 * time.Millisecond)
				synctest.Wait()
				time.Sleep(c.lasts)
				b.unplug <- struct{}{}
				lost := time.Since(b.start)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				opened, _ := b.seen()
				if got := opened[len(opened)-1] - lost; got != c.want {
					t.Errorf("opened again %v after the loss, want %v", got, c.want)
				}
			})
		})
	}
}
