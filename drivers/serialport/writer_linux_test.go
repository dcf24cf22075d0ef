package serialport_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/driverstest"
	"hexiao/drivers/serialport"
)

// far is the other end of a port that a Writer writes to.
type far struct {
	*counter
	writer *serialport.Writer
}

func newFar(t *testing.T, o serialport.WriterOptions) *far {
	f := &far{counter: newCounter(t, serialport.Options{})}
	o.Address, o.OnState = f.link, func(s drivers.State) { f.states <- s }
	w, err := serialport.NewWriter(o)
	if err != nil {
		t.Fatal(err)
	}
	f.writer = w
	return f
}

func (f *far) run() {
	ctx, cancel := context.WithCancel(context.Background())
	f.end = cancel
	gone := make(chan bool)
	go func() {
		defer close(gone)
		f.ended <- f.writer.Run(ctx)
	}()
	f.t.Cleanup(func() {
		cancel()
		driverstest.Next(f.t, gone, "the end of Run")
	})
}

// sends puts bytes in and gives what became of them.
func (f *far) sends(b string) chan error {
	f.t.Helper()
	done := make(chan error, 1)
	if !f.writer.Send([]byte(b), func(err error) { done <- err }) {
		f.t.Fatal("not taken")
	}
	return done
}

func (f *far) became(done chan error) error {
	f.t.Helper()
	return driverstest.Next(f.t, done, "what became of it")
}

func (f *far) receives(want string) {
	f.t.Helper()
	got := make([]byte, len(want))
	driverstest.Within(f.t, "receive "+want, func() error { _, err := io.ReadFull(f.master, got); return err })
	if string(got) != want {
		f.t.Fatalf("received %q, want %q", got, want)
	}
}

func TestWriterSendsInOrderThroughUnplugging(t *testing.T) {
	f := newFar(t, serialport.WriterOptions{})
	if f.writer.Send([]byte("before Run"), nil) {
		t.Error("taken before it runs")
	}
	f.run()
	f.problem("missing")
	if f.writer.Send([]byte("not plugged in"), nil) {
		t.Error("taken while nothing is plugged in")
	}
	for range 3 {
		f.plug()
		f.connected()
		var all bytes.Buffer
		var last chan error
		for i := range 20 {
			text := strings.Repeat(string(rune('a'+i)), i+1) + "\r"
			all.WriteString(text)
			last = f.sends(text)
		}
		f.receives(all.String())
		if err := f.became(last); err != nil {
			t.Error(err)
		}
		f.unplug()
		driverstest.State(f.t, f.states, "away")
	}
	if err := f.stop(); err != nil {
		t.Error(err)
	}
}

// A far end that takes nothing: what waits is refused when there is no room, told when its time is over, and the port is left and opened anew.
func TestWriterLeavesAFarEndThatTakesNothing(t *testing.T) {
	f := newFar(t, serialport.WriterOptions{Patience: 50 * time.Millisecond, Room: 2, Mode: "4000000 8N1"})
	f.plug()
	f.run()
	f.connected()
	hangs := f.sends(strings.Repeat("x", 100_000)) // a pseudo-terminal holds 18,432
	waits := []chan error{}
	for range 3 { // one may be on its way out of the queue already
		done := make(chan error, 1)
		if f.writer.Send([]byte("y"), func(err error) { done <- err }) {
			waits = append(waits, done)
		}
	}
	if len(waits) > 2 {
		t.Errorf("%d wait where there is room for 2", len(waits))
	}
	var p drivers.Problem
	if err := f.became(hangs); !errors.As(err, &p) || p.Code != "stuck" || !strings.Contains(p.ZH, f.link) {
		t.Errorf("what hung became %v", err)
	}
	for _, done := range waits {
		if err := f.became(done); err == nil {
			t.Error("what waited was sent")
		}
	}
	f.problem("stuck")
	if f.writer.Send([]byte("z"), nil) {
		t.Error("taken while it is stuck")
	}
	go io.Copy(io.Discard, f.master) // it wakes up
	f.connected()
	if err := f.became(f.sends("z")); err != nil {
		t.Error(err)
	}
}

// Who ends the program, or sets up another device, while bytes go out has not met a fault of the port.
func TestWriterEndsInTheMiddleOfAMessage(t *testing.T) {
	f := newFar(t, serialport.WriterOptions{Patience: driverstest.Soon, Room: 2})
	f.plug()
	f.run()
	f.connected()
	hangs := f.sends(strings.Repeat("x", 100_000)) // a pseudo-terminal holds 18,432
	driverstest.Within(t, "it begins to send", func() error { _, err := io.ReadFull(f.master, make([]byte, 1)); return err })
	waits := f.sends("y")
	if err := f.stop(); err != nil {
		t.Errorf("the end of Run: %v", err)
	}
	if f.became(hangs) == nil || f.became(waits) == nil {
		t.Error("what did not go out is said to have")
	}
	go io.Copy(io.Discard, f.master) // so that the write that was left behind comes to its end
}

func TestReaderGivesEveryByteAsItCame(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	r, err := serialport.NewReader(serialport.Options{Address: c.link, OnState: func(s drivers.State) { c.states <- s }})
	if err != nil {
		t.Fatal(err)
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	came, quiet := make(chan []byte, 1000), make(chan bool, 1000)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	c.plug()
	go func() {
		ended <- r.Run(ctx, func(b []byte) { came <- bytes.Clone(b) }, func() { quiet <- true })
	}()
	c.connected()
	c.send(string(every))
	var got []byte
	for len(got) < len(every) {
		got = append(got, driverstest.Next(t, came, "the rest of the bytes")...)
	}
	if !bytes.Equal(got, every) {
		t.Errorf("got % x", got)
	}
	driverstest.Next(t, quiet, "silence")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// What waits behind bytes that the far end takes late is not sent when its time is over, nor when it was dropped for something newer.
func TestWriterSendsNothingThatIsOld(t *testing.T) {
	var late atomic.Bool
	f := newFar(t, serialport.WriterOptions{Patience: driverstest.Soon, Room: 2, Now: func() time.Time {
		if late.Load() {
			return time.Now().Add(2 * driverstest.Soon)
		}
		return time.Now()
	}})
	f.plug()
	f.run()
	f.connected()
	much := strings.Repeat("x", 100_000) // a pseudo-terminal holds 18,432
	hangs := f.sends(much)
	driverstest.Within(t, "it begins to send", func() error { _, err := io.ReadFull(f.master, make([]byte, 1)); return err })
	dropped := []chan error{f.sends("a"), f.sends("b")}
	if f.writer.Send([]byte("c"), nil) {
		t.Error("taken where there is no room")
	}
	f.writer.Drop()
	for _, done := range dropped {
		if err := f.became(done); !errors.Is(err, drivers.ErrLate) {
			t.Errorf("what was dropped became %v", err)
		}
	}
	old := f.sends("d")
	late.Store(true)
	fresh := f.sends("e")
	f.receives(much[1:] + "e")
	if err := errors.Join(f.became(hangs), f.became(fresh)); err != nil {
		t.Error(err)
	}
	if err := f.became(old); !errors.Is(err, drivers.ErrLate) {
		t.Errorf("what was too late became %v", err)
	}
}

// The time that bytes need at the line's speed is no time in which the far end takes nothing.
func TestWriterGivesTheLineItsTime(t *testing.T) {
	noon := time.Date(2023, 12, 11, 12, 0, 0, 0, time.UTC)
	f := newFar(t, serialport.WriterOptions{Patience: time.Millisecond, Now: func() time.Time { return noon }})
	f.plug()
	f.run()
	f.connected()
	much := strings.Repeat("x", 1_000_000)
	done := f.sends(much)
	f.receives(much)
	if err := f.became(done); err != nil {
		t.Error(err)
	}
}
