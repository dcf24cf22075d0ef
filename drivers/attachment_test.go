package drivers_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
)

// bench is a device on a bench: the test plugs it in and out and makes its opening fail.
type bench struct {
	plugged bool
	broken  error
	unplug  chan struct{}
	opened  []time.Duration // since start, of every try to open
	start   time.Time
	states  []string
}

func (b *bench) attachment() *drivers.Attachment {
	b.start, b.unplug = time.Now(), make(chan struct{})
	return &drivers.Attachment{Place: "/dev/scanner", Find: b.find, Serve: b.serve, OnState: func(s drivers.State) {
		b.states = append(b.states, strings.TrimSpace(map[bool]string{true: "connected", false: "away"}[s.Connected]+" "+s.Problem.Code))
	}}
}

func (b *bench) find() (string, error) {
	if !b.plugged {
		return "", drivers.Missing("/dev/scanner")
	}
	return "/dev/scanner", nil
}

func (b *bench) serve(ctx context.Context, path string, up func()) error {
	b.opened = append(b.opened, time.Since(b.start))
	if b.broken != nil {
		return b.broken
	}
	up()
	select {
	case <-ctx.Done():
		return nil
	case <-b.unplug:
		return drivers.Unplugged(path, errors.New("no such device"))
	}
}

func TestAttachmentFollowsTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{}
		a := b.attachment()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()

		time.Sleep(10 * time.Second)
		if s := a.State(); s.Connected || s.Problem.Code != "missing" || s.Problem.ZH == "" || !s.Since.Equal(b.start) {
			t.Errorf("not plugged in: %+v", s)
		}
		b.plugged = true
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		if s := a.State(); !s.Connected || s.Problem.Code != "" || time.Since(s.Since) > 250*time.Millisecond {
			t.Errorf("a quarter of a second after it was plugged in: %+v", s)
		}
		time.Sleep(time.Minute)
		b.plugged = false
		b.unplug <- struct{}{}
		time.Sleep(time.Second)
		if s := a.State(); s.Connected || s.Problem.Code != "missing" || time.Since(s.Since) != time.Second {
			t.Errorf("a second after the unplug: %+v", s)
		}
		b.plugged = true
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
		if a.State().Connected {
			t.Error("connected after the end")
		}
		want := "away missing,connected,away lost,away missing,connected,away"
		if got := strings.Join(b.states, ","); got != want {
			t.Errorf("told %s\nwant %s", got, want)
		}
	})
}

func TestAttachmentBacksOffWhileOpeningFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{plugged: true, broken: drivers.Denied("/dev/scanner", "dialout")}
		a := b.attachment()
		go a.Run(t.Context())
		time.Sleep(30 * time.Second)
		want := []time.Duration{0, 250, 750, 1750, 3750, 7750, 12750, 17750, 22750, 27750}
		for i, at := range want {
			if len(b.opened) != len(want) || b.opened[i] != at*time.Millisecond {
				t.Fatalf("tried at %v, want %v (ms)", b.opened, want)
			}
		}
		if s := a.State(); s.Problem.Code != "permission" || !strings.Contains(s.Problem.EN, "dialout") || !strings.Contains(s.Problem.ZH, "dialout") {
			t.Errorf("the state does not name the cure: %+v", s)
		}
		if len(b.states) != 1 {
			t.Errorf("told %v, want one change", b.states)
		}
	})
}

func TestAttachmentGivesAnyErrorASentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{plugged: true, broken: errors.New("input/output error")}
		a := b.attachment()
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
				b := &bench{plugged: true, broken: errors.New("input/output error")}
				a := b.attachment()
				go a.Run(t.Context())
				time.Sleep(3 * time.Second)
				b.broken = nil
				time.Sleep(750 * time.Millisecond)
				synctest.Wait()
				time.Sleep(c.lasts)
				b.unplug <- struct{}{}
				lost := time.Since(b.start)
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if got := b.opened[len(b.opened)-1] - lost; got != c.want {
					t.Errorf("opened again %v after the loss, want %v", got, c.want)
				}
			})
		})
	}
}
