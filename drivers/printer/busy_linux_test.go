package printer

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
)

// shared is a printer that another program holds for a while, or for good.
type shared struct {
	held atomic.Int32 // so many tries to open it fail; below 0: all
	got  []byte
}

func (s *shared) find() error { return nil }

func (s *shared) open(context.Context) (line, error) {
	if n := s.held.Load(); n != 0 {
		s.held.Store(max(n-1, -1))
		return nil, busy("/dev/usb/lp0")
	}
	return sharedLine{s}, nil
}

type sharedLine struct{ *shared }

func (l sharedLine) write(_ context.Context, b []byte) (int, error) {
	l.got = append(l.got, b...)
	return len(b), nil
}

func (l sharedLine) read(ctx context.Context, _ []byte, within time.Duration) (int, error) {
	select {
	case <-time.After(within):
	case <-ctx.Done():
	}
	return 0, nil
}

func (l sharedLine) trouble() (drivers.Problem, bool) { return drivers.Problem{}, false }

func (l sharedLine) close() {}

// TestAPrinterThatThePOSUsesToo: it is waited for, and only who wants to print is told that it is never free.
func TestAPrinterThatThePOSUsesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(shared)
		s.held.Store(4)
		p, err := New(Options{To: "/dev/usb/lp0"})
		if err != nil {
			t.Fatal(err)
		}
		p.way = s
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		synctest.Wait()
		if st := p.State(); !st.Connected {
			t.Errorf("a printer in use is said to be away: %+v", st)
		}
		if err := p.Print(t.Context(), []byte("page")); err != nil {
			t.Error(err)
		}
		s.held.Store(-1)
		began := time.Now()
		var f Failure
		if err := p.Print(t.Context(), []byte("page")); !errors.As(err, &f) || f.Code != "busy" || f.Perhaps {
			t.Errorf("%v", err)
		}
		if waited := time.Since(began); waited < patience-time.Second || waited > patience+time.Second {
			t.Errorf("it was waited for %v", waited)
		}
		if st := p.State(); st.Connected || st.Problem.Code != "busy" {
			t.Errorf("%+v", st)
		}
		s.held.Store(0)
		time.Sleep(2 * lookMost) // the bubble's clock
		synctest.Wait()
		if st := p.State(); !st.Connected {
			t.Errorf("it is not seen that it is free again: %+v", st)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
