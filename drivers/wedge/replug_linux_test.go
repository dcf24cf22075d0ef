package wedge_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"hexiao/drivers"
	"hexiao/drivers/driverstest"
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
	d, err := wedge.NewDevice(wedge.Options{Address: node, Framing: drivers.Framing{Idle: -1}, OnState: func(s drivers.State) { states <- s }})
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
		driverstest.State(t, states, "connected")
		<-grabs
		code := fmt.Sprintf("HX1%03d", n)
		if _, err := device.Write(records(usText(code + "\rHX1HALF"))); err != nil {
			t.Fatal(err)
		}
		if s := driverstest.Next(t, scans, "a scan"); s.Text != code || s.Damaged {
			t.Fatalf("read %q (%v), want %q", s.Text, s, code)
		}
		if err := os.Remove(node); err != nil {
			t.Fatal(err)
		}
		device.Close()
		if s := driverstest.Next(t, scans, "a scan"); !s.Damaged || s.Cause != drivers.Lost {
			t.Fatalf("unplugged inside a code: %v", s)
		}
		driverstest.State(t, states, "missing")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if len(grabs) != 0 {
		t.Errorf("grabbed %d times more than it was plugged in", len(grabs))
	}
	driverstest.Settles(t, goroutines)
}
