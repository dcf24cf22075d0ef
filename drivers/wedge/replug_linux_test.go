package wedge_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/wedge"
)

// TestDeviceIsGrabbedAgainEachTime unplugs the scanner in the middle of a code and plugs it in again, a hundred times: it is read alone from
// the first key on, each time.
func TestDeviceIsGrabbedAgainEachTime(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	node := filepath.Join(t.TempDir(), "event5")
	var device *os.File // the kernel's end
	opened := make(chan *os.File, 1)
	grabs := make(chan struct{}, 1000)
	states, scans := make(chan drivers.State, 1000), make(chan drivers.Scan, 1000)
	d, err := wedge.NewDevice(wedge.Options{Address: node, OnState: func(s drivers.State) { states <- s }})
	if err != nil {
		t.Fatal(err)
	}
	find := func() (string, error) {
		if _, err := os.Stat(node); err != nil {
			return "", drivers.Missing(node)
		}
		return node, nil
	}
	controls := wedge.NewControls(false, func() error { grabs <- struct{}{}; return nil }, func() error { return nil }, func() (bool, error) { return false, nil })
	attachment := d.SetOpen(find, func() (f *os.File, _ wedge.Controls, err error) { return <-opened, controls, nil }, func(s drivers.Scan) { scans <- s })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- attachment.Run(ctx) }()
	until := func(is func(drivers.State) bool) {
		t.Helper()
		for limit := time.After(soon); ; {
			select {
			case s := <-states:
				if is(s) {
					return
				}
			case <-limit:
				t.Fatal("the state never came")
			}
		}
	}
	next := func() drivers.Scan {
		t.Helper()
		select {
		case s := <-scans:
			return s
		case <-time.After(soon):
			t.Fatal("no scan came")
			panic("unreachable")
		}
	}
	for n := range 100 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		device = w
		opened <- r
		if err := os.WriteFile(node, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		until(func(s drivers.State) bool { return s.Connected })
		<-grabs
		code := fmt.Sprintf("HX1%03d", n)
		if _, err := device.Write(records(usText(code + "\rHX1HALF"))); err != nil {
			t.Fatal(err)
		}
		if s := next(); s.Text != code || s.Damaged {
			t.Fatalf("read %q (%v), want %q", s.Text, s, code)
		}
		if err := os.Remove(node); err != nil {
			t.Fatal(err)
		}
		device.Close()
		if s := next(); !s.Damaged || s.Cause != drivers.Lost {
			t.Fatalf("unplugged inside a code: %v", s)
		}
		until(func(s drivers.State) bool { return s.Problem.Code == "missing" })
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(grabs) != 0 {
		t.Errorf("grabbed %d times more than it was plugged in", len(grabs))
	}
	settles(t, goroutines)
}

// settles waits until there are no more goroutines than before.
func settles(t *testing.T, before int) {
	t.Helper()
	limit := time.Now().Add(soon)
	for runtime.NumGoroutine() > before {
		if time.Now().After(limit) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
