package wedge_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/driverstest"
	"hexiao/drivers/wedge"
)

// scanner is a keyboard scanner at the end of a pipe: the records of the kernel without the kernel.
type scanner struct {
	t       *testing.T
	w       *os.File
	scans   chan drivers.Scan
	ended   chan error
	end     context.CancelFunc
	grabs   chan struct{}
	early   []wedge.Event // what waits in the device when it is opened
	held    []bool        // what is answered when asked whether a key is down, one after the other; then none
	grabErr error
	let     int // how often the device was let go
}

func newScanner(t *testing.T) *scanner {
	return &scanner{t: t, scans: make(chan drivers.Scan, 100), ended: make(chan error, 1), grabs: make(chan struct{}, 100)}
}

func (s *scanner) run(options wedge.Options) *wedge.Device {
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.w = w
	s.send(s.early)
	options.Address, options.Device = "/dev/input/event5", "counter"
	d, err := wedge.NewDevice(options)
	if err != nil {
		s.t.Fatal(err)
	}
	controls := wedge.NewControls(false, func() error { s.grabs <- struct{}{}; return s.grabErr }, func() error { s.let++; return nil }, s.keyHeld)
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	go func() {
		s.ended <- d.Read(ctx, r, controls, func(scan drivers.Scan) { s.scans <- scan })
		r.Close()
	}()
	s.t.Cleanup(func() { cancel(); w.Close() })
	return d
}

func (s *scanner) keyHeld() (bool, error) {
	if len(s.held) == 0 {
		return false, nil
	}
	answer := s.held[0]
	s.held = s.held[1:]
	return answer, nil
}

// send writes the events as the kernel would, in one go.
func (s *scanner) send(events []wedge.Event) {
	s.write(records(events))
}

func records(events []wedge.Event) []byte {
	var b []byte
	for _, e := range events {
		b = append(b, make([]byte, 2*strconv.IntSize/8)...)
		b = append(b, wedge.Fields(e)...)
	}
	return b
}

func (s *scanner) write(b []byte) {
	s.t.Helper()
	if _, err := s.w.Write(b); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scanner) scan() drivers.Scan {
	s.t.Helper()
	return driverstest.Next(s.t, s.scans, "a scan")
}

func (s *scanner) read(want string) {
	s.t.Helper()
	driverstest.Reads(s.t, s.scans, want)
}

func (s *scanner) wait() error {
	s.t.Helper()
	return driverstest.Next(s.t, s.ended, "the end of reading")
}

func TestDeviceReadsScans(t *testing.T) {
	s := newScanner(t)
	d := s.run(wedge.Options{Framing: drivers.Framing{Idle: 500 * time.Millisecond}}) // on a busy machine 80 ms may pass between two writes
	s.send(usText(code + "\r"))
	s.read(code)
	s.send(usText("]Q1hx1{~}\r"))
	s.read("hx1{~}")
	for _, b := range records(usText("HX1BYTEWISE\r")) {
		s.write([]byte{b})
	}
	s.read("HX1BYTEWISE")
	s.send(usText("HX1 without Enter"))
	s.read("HX1 without Enter")
	s.send(usText("HX1AAA\rHX1AAA\rHX1BBB\r"))
	s.read("HX1AAA")
	s.read("HX1BBB")
	if d.Repeats() != 1 {
		t.Errorf("counted %d repeats, want 1", d.Repeats())
	}
	s.end()
	if err := s.wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if len(s.grabs) != 1 {
		t.Errorf("grabbed %d times, want once", len(s.grabs))
	}
}

func logTo(b *bytes.Buffer) *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func TestDeviceDiscardsAScanWithDroppedKeys(t *testing.T) {
	var log bytes.Buffer
	s := newScanner(t)
	s.run(wedge.Options{Log: logTo(&log)})
	s.send(strokes(usText("HX1AA"), []wedge.Event{wedge.NewEvent(0, 3, 0), down(30), report()}, usText("AAA\rHX1BBB\r")))
	if scan := s.scan(); !scan.Damaged || scan.Cause != drivers.Lost {
		t.Errorf("keys were dropped: %v, want a damaged scan", scan)
	}
	s.read("HX1BBB")
	s.end()
	_ = s.wait()
	if !strings.Contains(log.String(), "dropped") || !strings.Contains(log.String(), "counter") {
		t.Errorf("the log does not say so: %s", log.String())
	}
}

func TestDeviceGrabsOnlyWhenNoKeyIsDown(t *testing.T) {
	s := newScanner(t)
	s.held = []bool{true, true, false, true, false, false} // down, down; grabbed but one came in between, let go; then free
	s.run(wedge.Options{})
	<-s.grabs
	<-s.grabs
	s.send(usText("HX1AAA\r"))
	s.read("HX1AAA")
	s.end()
	_ = s.wait()
	if len(s.grabs) != 0 || s.let != 1 {
		t.Errorf("grabbed %d times more, let go %d times; want 0 and 1", len(s.grabs), s.let)
	}
}

func TestDeviceLeavesKeysFromBeforeTheGrabToOthers(t *testing.T) {
	s := newScanner(t)
	s.held, s.early = []bool{true}, usText("typed\r")
	s.run(wedge.Options{})
	<-s.grabs
	s.send(usText("HX1AAA\r"))
	s.read("HX1AAA")
	if len(s.scans) != 0 {
		t.Errorf("also read %v", <-s.scans)
	}
}

// The beginning of such a code went to the other programs; its rest is no code.
func TestACodeUnderWayAtTheGrabIsDamaged(t *testing.T) {
	s := newScanner(t)
	s.held, s.early = []bool{true}, usText("HX1ABC\rHX1")
	s.run(wedge.Options{Framing: drivers.Framing{Idle: -1}})
	<-s.grabs
	s.send(usText("DEFGH\r" + "HX1AAA\r"))
	if scan := s.scan(); !scan.Damaged || scan.Cause != drivers.Lost {
		t.Errorf("read %q (%v), want a damaged scan", scan.Text, scan)
	}
	s.read("HX1AAA")
}

func TestDeviceOfAnotherProgram(t *testing.T) {
	s := newScanner(t)
	s.grabErr = syscall.EBUSY
	s.run(wedge.Options{})
	var p drivers.Problem
	if err := s.wait(); !errors.As(err, &p) || p.Code != "busy" || !strings.Contains(p.ZH, "占用") {
		t.Errorf("ended with %v, want the problem busy", err)
	}
}

// A window that shows the scanner as there each time it is tried would flicker.
func TestDeviceOfAnotherProgramIsNotConnectedForAMoment(t *testing.T) {
	states := make(chan drivers.State, 100)
	d, err := wedge.NewDevice(wedge.Options{Address: "/dev/input/event5", OnState: func(s drivers.State) { states <- s }})
	if err != nil {
		t.Fatal(err)
	}
	busy := true
	controls := wedge.NewControls(false, func() error {
		if busy {
			busy = false
			return syscall.EBUSY
		}
		return nil
	}, func() error { return nil }, func() (bool, error) { return false, nil })
	attachment := d.SetOpen(func() (string, error) { return "", nil }, func() (*os.File, wedge.Controls, error) {
		r, w, err := os.Pipe()
		t.Cleanup(func() { w.Close() })
		return r, controls, err
	}, func(drivers.Scan) {})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- attachment.Run(ctx) }()
	for _, want := range []string{"busy", ""} {
		if s := driverstest.Next(t, states, "a state"); s.Problem.Code != want || s.Connected != (want == "") {
			t.Errorf("it is said to be %+v, want the problem %q", s, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestDeviceUnpluggedInsideACode(t *testing.T) {
	s := newScanner(t)
	s.run(wedge.Options{Framing: drivers.Framing{Idle: -1}})
	s.send(usText("HX1HALF"))
	s.w.Close()
	if scan := s.scan(); !scan.Damaged || scan.Cause != drivers.Lost {
		t.Errorf("%v, want a damaged scan", scan)
	}
	if err := s.wait(); !errors.Is(err, io.EOF) {
		t.Errorf("ended with %v", err)
	}
}

// state runs a Device on the address and returns the first state with a problem.
func state(t *testing.T, address string) drivers.State {
	t.Helper()
	states := make(chan drivers.State, 100)
	d, err := wedge.NewDevice(wedge.Options{Address: address, OnState: func(s drivers.State) { states <- s }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx, func(drivers.Scan) { t.Error("a scan from nowhere") }) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	}()
	return driverstest.Next(t, states, "a state")
}

func TestDeviceNamesTheCure(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, address, code, says string }{
		{"not plugged in", filepath.Join(dir, "event9"), "missing", "event9"},
		{"no such USB device", "usb:FFFF:FFFE", "missing", "usb:FFFF:FFFE"},
		{"no input device", fifo, "not_a_scanner", "/dev/input"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := state(t, c.address)
			if s.Connected || s.Problem.Code != c.code || !strings.Contains(s.Problem.ZH, c.says) || !strings.Contains(s.Problem.EN, c.says) {
				t.Errorf("%+v, want the problem %s", s, c.code)
			}
		})
	}
}

func TestDeviceIsFoundByItsUSBIds(t *testing.T) {
	sys := t.TempDir()
	add := func(event, vendor, product, uniq, keys string) {
		for file, text := range map[string]string{"id/vendor": vendor, "id/product": product, "uniq": uniq, "capabilities/key": keys} {
			path := filepath.Join(sys, event, "device", file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	const keyboardKeys, volumeKeys = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe", "3e000b00000000 0 0 0"
	add("event3", "046d", "c31c", "", keyboardKeys)
	add("event5", "0c2e", "0b61", "A1", keyboardKeys)
	add("event6", "0c2e", "0b61", "A1", volumeKeys)
	add("event7", "0c2e", "0b61", "B2", keyboardKeys)
	add("event8", "1eab", "0001", "", "")
	for _, c := range []struct{ address, path, problem string }{
		{"usb:046D:C31C", "/dev/input/event3", ""},
		{"usb:0C2E:0B61:A1", "/dev/input/event5", ""},
		{"usb:0C2E:0B61", "", "ambiguous"},
		{"usb:1EAB:0001", "", "missing"},
	} {
		usb, _, err := drivers.ParseUSB(c.address)
		if err != nil {
			t.Fatal(err)
		}
		path, err := wedge.FindIn(usb, sys, "/dev/input")
		var p drivers.Problem
		errors.As(err, &p)
		if path != c.path || p.Code != c.problem {
			t.Errorf("%s: %s, %v; want %s %s", c.address, path, err, c.path, c.problem)
		}
	}
}

func TestNewDeviceRefusesWrongAddresses(t *testing.T) {
	for _, address := range []string{"", "  ", "usb:0C2E"} {
		if _, err := wedge.NewDevice(wedge.Options{Address: address}); err == nil || !strings.Contains(err.Error(), "usb:VID:PID") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
