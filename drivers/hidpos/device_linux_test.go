package hidpos_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
	"hexiao/drivers"
	"hexiao/drivers/driverstest"
	"hexiao/drivers/hidpos"
)

// scanner is a HID POS scanner whose device file is one end of a socket pair, which keeps reports apart as hidraw does.
type scanner struct {
	t      testing.TB
	device *hidpos.Device
	scans  chan drivers.Scan
	states chan drivers.State
	ended  chan error
	end    context.CancelFunc
	emit   func(drivers.Scan) // nil: into scans

	mu   sync.Mutex // guards the rest
	ours int        // our end; -1: not plugged in
	file *os.File   // the device's end, until it is opened
	link string     // a file that is there while the device is, so that the watch sees it come
}

func newScanner(t testing.TB, options hidpos.Options) *scanner {
	s := &scanner{
		t: t, ours: -1, link: filepath.Join(t.TempDir(), "hidraw0"),
		scans: make(chan drivers.Scan, 5000), states: make(chan drivers.State, 1000), ended: make(chan error, 1),
	}
	options.Address, options.Device = s.link, "counter"
	options.OnState = func(state drivers.State) { s.states <- state }
	device, err := hidpos.New(options)
	if err != nil {
		t.Fatal(err)
	}
	s.device = device
	return s
}

func (s *scanner) run() {
	ctx, cancel := context.WithCancel(context.Background())
	s.end = cancel
	emit := s.emit
	if emit == nil {
		emit = func(scan drivers.Scan) { s.scans <- scan }
	}
	attachment := s.device.SetOpen(s.find, s.open, emit)
	go func() { s.ended <- attachment.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if s.ours >= 0 {
			unix.Close(s.ours)
		}
	})
}

func (s *scanner) find() (string, error) {
	if _, err := os.Stat(s.link); err != nil {
		return "", drivers.Missing(s.link)
	}
	return s.link, nil
}

func (s *scanner) open() (*os.File, hidpos.Parsed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.file
	s.file = nil
	if f == nil {
		return nil, hidpos.Parsed{}, drivers.Missing(s.link)
	}
	return f, parsed(s.t, honeywellLike), nil
}

func (s *scanner) plug() {
	s.t.Helper()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.ours, s.file = ends[0], os.NewFile(uintptr(ends[1]), s.link)
	s.mu.Unlock()
	if err := os.WriteFile(s.link, nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scanner) unplug() {
	if err := os.Remove(s.link); err != nil {
		s.t.Fatal(err)
	}
	unix.Close(s.ours)
	s.ours = -1
}

func (s *scanner) send(reports ...[]byte) {
	s.t.Helper()
	for _, r := range reports {
		if err := unix.Sendto(s.ours, r, 0, nil); err != nil {
			s.t.Fatal(err)
		}
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

func (s *scanner) state(want string) {
	s.t.Helper()
	driverstest.State(s.t, s.states, want)
}

func (s *scanner) stop() {
	s.t.Helper()
	s.end()
	if err := driverstest.Next(s.t, s.ended, "the end of Run"); err != nil {
		s.t.Errorf("Run ended with %v", err)
	}
}

func TestDeviceReadsScans(t *testing.T) {
	s := newScanner(t, hidpos.Options{})
	s.plug()
	s.run()
	s.state("connected")
	s.send(honeywellLike.reports(voucher, "]Q1")...)
	if scan := s.scan(); scan.Text != voucher || scan.Symbology != "]Q1" || scan.Damaged {
		t.Errorf("%v", scan)
	}
	s.send(honeywellLike.reports("6901234567892\r", "]E0")...)
	s.send(honeywellLike.reports("6901234567892\r", "]E0")...)
	s.send(honeywellLike.reports("HX1AAA", "]Q1")...)
	s.read("6901234567892")
	s.read("HX1AAA")
	if s.device.Repeats() != 1 {
		t.Errorf("counted %d repeats, want 1", s.device.Repeats())
	}
	s.stop()
}

func TestDeviceSaysWhenTheEndOfACodeDoesNotCome(t *testing.T) {
	s := newScanner(t, hidpos.Options{})
	s.plug()
	s.run()
	s.state("connected")
	s.send(honeywellLike.reports(voucher, "]Q1")[:2]...)
	if scan := s.scan(); !scan.Damaged || scan.Cause != drivers.Lost || scan.Text != "" {
		t.Errorf("%v, want a damaged scan", scan)
	}
	s.stop()
}

// The reader stops for so long after a report that the kernel's queue is full: all that is in it is read, and one scan is said to be lost.
func TestAFullQueueIsSaidOnce(t *testing.T) {
	for _, before := range []int{1, 5} {
		s := newScanner(t, hidpos.Options{Framing: drivers.Framing{Repeat: -1}})
		goOn, stopped := make(chan bool), make(chan bool)
		first := true
		s.emit = func(scan drivers.Scan) {
			s.scans <- scan
			if first {
				first = false
				close(stopped)
				<-goOn
			}
		}
		s.plug()
		code := func(n int) string { return fmt.Sprintf("HX1%03d", n) }
		for n := range before { // which wait when it begins to read
			s.send(honeywellLike.reports(code(n), "]Q1")...)
		}
		s.run()
		driverstest.Next(t, stopped, "the first scan")
		for n := range 63 { // what the kernel keeps, of as many as may have come
			s.send(honeywellLike.reports(code(before+n), "]Q1")...)
		}
		close(goOn)
		for n := range before + 63 {
			s.read(code(n))
		}
		if scan := s.scan(); !scan.Damaged || scan.Cause != drivers.Lost {
			t.Errorf("a queue that was full: %v, want a damaged scan", scan)
		}
		s.send(honeywellLike.reports("HX1NEXT", "]Q1")...)
		s.read("HX1NEXT")
		s.stop()
	}
}

// TestDeviceIsBoundAgainAHundredTimes plugs it out in the middle of a code and in again, a hundred times.
func TestDeviceIsBoundAgainAHundredTimes(t *testing.T) {
	before := runtime.NumGoroutine()
	s := newScanner(t, hidpos.Options{})
	s.run()
	s.state("missing")
	for i := range 100 {
		s.plug()
		s.state("connected")
		s.send(honeywellLike.reports(fmt.Sprintf("HX1%03d", i), "]Q1")...)
		s.read(fmt.Sprintf("HX1%03d", i))
		s.send(honeywellLike.reports(voucher, "]Q1")[0])
		s.unplug()
		if scan := s.scan(); !scan.Damaged || scan.Cause != drivers.Lost {
			t.Fatalf("unplugged inside a code: %v", scan)
		}
		s.state("lost")
		s.state("missing")
	}
	s.stop()
	driverstest.Settles(t, before)
}

// TestDeviceNamesTheCure runs devices that are none of ours.
func TestDeviceNamesTheCure(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, address, code, says string }{
		{"not plugged in", filepath.Join(dir, "hidraw9"), "missing", "hidraw9"},
		{"no such USB device", "usb:FFFF:FFFE", "missing", "usb:FFFF:FFFE"},
		{"no device in that socket", "usb-path:nowhere-1", "missing", "usb-path:nowhere-1"},
		{"no HID device", fifo, "not_a_scanner", "HID POS"},
		{"the kinds to try on either system", fifo, "not_a_scanner", `"rawinput"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			states := make(chan drivers.State, 100)
			d, err := hidpos.New(hidpos.Options{Address: c.address, OnState: func(s drivers.State) { states <- s }})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error)
			go func() { ended <- d.Run(ctx, func(drivers.Scan) {}) }()
			s := <-states
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if s.Connected || s.Problem.Code != c.code || !strings.Contains(s.Problem.ZH, c.says) || !strings.Contains(s.Problem.EN, c.says) {
				t.Errorf("%+v, want the problem %s", s, c.code)
			}
		})
	}
}

func TestDeviceSaysWhoMayOpenIt(t *testing.T) {
	for _, c := range []struct {
		err  error
		code string
		says string
	}{
		{syscall.EACCES, "permission", "hexiao-agent"}, {syscall.EPERM, "permission", "udev"}, {syscall.ENODEV, "missing", "usb:0C2E:0B8F"},
		{syscall.ENOENT, "missing", "usb:0C2E:0B8F"}, {syscall.EIO, "missing", "usb:0C2E:0B8F"}, {syscall.ENOTTY, "not_a_scanner", "/dev/hidraw0"},
	} {
		var p drivers.Problem
		err := hidpos.OpenProblem("usb:0C2E:0B8F", "/dev/hidraw0", &os.PathError{Op: "open", Path: "/dev/hidraw0", Err: c.err})
		if !errors.As(err, &p) || p.Code != c.code || !strings.Contains(p.ZH, c.says) || !strings.Contains(p.EN, c.says) {
			t.Errorf("%v: %v, want the problem %s that names %s", c.err, err, c.code, c.says)
		}
	}
}

func TestNewRefusesWrongAddresses(t *testing.T) {
	for _, address := range []string{"", "  ", "usb:0C2E", "usb-path:"} {
		if _, err := hidpos.New(hidpos.Options{Address: address}); err == nil || !strings.Contains(err.Error(), "usb") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// hidrawTree is a small /sys/class/hidraw: two equal scanners without serial numbers, one with, one in keyboard mode, and a mouse.
func hidrawTree(t *testing.T) string {
	sys := t.TempDir()
	add := func(node, id, uniq, phys string, descriptor []byte) {
		dir := filepath.Join(sys, node, "device")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		uevent := "DRIVER=hid-generic\nHID_ID=" + id + "\nHID_NAME=Scanner " + node + "\nHID_PHYS=" + phys + "\nHID_UNIQ=" + uniq + "\n"
		for name, b := range map[string][]byte{"uevent": []byte(uevent), "report_descriptor": descriptor} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	keyboard := []byte{0x05, 0x01, 0x09, 0x06, 0xA1, 0x01, 0x05, 0x07, 0x75, 0x08, 0x95, 0x08, 0x09, 0x04, 0x81, 0x02, 0xC0}
	add("hidraw0", "0003:0000046D:0000C077", "", "usb-0000:00:14.0-1/input0", keyboard)
	add("hidraw1", "0003:00000C2E:00000B8F", "", "usb-0000:00:14.0-2/input0", honeywellLike.descriptor)
	add("hidraw2", "0003:00000C2E:00000B8F", "", "usb-0000:00:14.0-3.1/input0", honeywellLike.descriptor)
	add("hidraw3", "0003:00001EAB:00008003", "N1", "usb-0000:00:14.0-4/input0", models[2].descriptor)
	add("hidraw4", "0003:00001EAB:00008003", "N1", "usb-0000:00:14.0-4/input1", keyboard)
	add("hidraw5", "0005:000005E0:00001900", "B1", "11:22:33:44:55:66", models[3].descriptor)
	return sys
}

func TestDeviceIsFoundByItsUSBIdsAndItsDescriptor(t *testing.T) {
	sys := hidrawTree(t)
	there, err := hidpos.ListIn(sys, "/dev")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ address, path, problem string }{
		{"usb:1EAB:8003", "/dev/hidraw3", ""},
		{"usb:1EAB:8003:N1", "/dev/hidraw3", ""},
		{"usb:05E0:1900", "/dev/hidraw5", ""},
		{"usb:0C2E:0B8F", "", "ambiguous"},
		{"usb-path:0000:00:14.0-2", "/dev/hidraw1", ""},
		{"usb-path:0000:00:14.0-3.1", "/dev/hidraw2", ""},
		{"usb:046D:C077", "", "missing"},
	} {
		usb, _, err := drivers.ParseUSB(c.address)
		if err != nil {
			t.Fatal(err)
		}
		path, err := usb.Pick(there)
		var p drivers.Problem
		errors.As(err, &p)
		if path != c.path || p.Code != c.problem {
			t.Errorf("%s: %s, %v; want %s %s", c.address, path, err, c.path, c.problem)
		}
		if c.problem == "ambiguous" && (!strings.Contains(p.EN, "/dev/hidraw2 = usb-path:0000:00:14.0-3.1") || !strings.Contains(p.ZH, "usb-path:0000:00:14.0-2")) {
			t.Errorf("the sentence does not tell them apart: %s", p.EN)
		}
	}
}

func TestAnotherDeviceUnderTheSameNumberIsNotTaken(t *testing.T) {
	opened := drivers.USB{Vendor: "0C2E", Product: "0B8F", Socket: "0000:00:14.0-2"} // of a kernel that tells no serial number
	for address, want := range map[string]bool{
		"usb:0C2E:0B8F": true, "usb:0C2E:0B8F:A1": true, "usb:1EAB:0B8F": false, "usb-path:0000:00:14.0-2": true, "usb-path:0000:00:14.0-3": false, "/dev/hidraw0": true,
	} {
		d, err := hidpos.New(hidpos.Options{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Meant(opened); got != want {
			t.Errorf("%s: taken for the one that was opened: %v", address, got)
		}
	}
}
