package serialport_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.bug.st/serial"
	"hexiao/drivers"
	"hexiao/drivers/driverstest"
	"hexiao/drivers/serialport"
)

// counter is a till's counter: a link that a scanner is plugged into, and a Port that reads it.
type counter struct {
	t      testing.TB
	link   string
	master *os.File
	scans  chan drivers.Scan
	states chan drivers.State
	ended  chan error
	end    context.CancelFunc
	port   *serialport.Port
}

func newCounter(t testing.TB, options serialport.Options) *counter {
	c := &counter{
		t: t, link: filepath.Join(t.TempDir(), "scanner"),
		scans: make(chan drivers.Scan, 2000), states: make(chan drivers.State, 1000), ended: make(chan error, 1),
	}
	if options.Address == "" {
		options.Address = c.link
	}
	options.Device = "counter"
	options.OnState = func(s drivers.State) { c.states <- s }
	port, err := serialport.New(options)
	if err != nil {
		t.Fatal(err)
	}
	c.port = port
	return c
}

func (c *counter) run() {
	ctx, cancel := context.WithCancel(context.Background())
	c.end = cancel
	gone := make(chan bool)
	go func() {
		defer close(gone)
		c.ended <- c.port.Run(ctx, func(s drivers.Scan) { c.scans <- s })
	}()
	c.t.Cleanup(func() {
		cancel()
		driverstest.Next(c.t, gone, "the end of Run")
	})
}

// plug puts a new scanner in the place of the link. The link goes before it in any case: the system gives a pseudo-terminal's number to whoever
// asks next, which may be another room's test that runs beside, and whose bytes a Port of ours would take.
func (c *counter) plug() {
	master, slave, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	name := slave.Name()
	slave.Close()
	driverstest.Link(c.t, c.link, name)
	c.master = master
	c.t.Cleanup(func() {
		os.Remove(c.link)
		master.Close()
	})
}

// unplug takes the scanner away.
func (c *counter) unplug() {
	c.t.Helper()
	if err := errors.Join(os.Remove(c.link), c.master.Close()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) send(text string) {
	if _, err := c.master.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) connected() {
	c.t.Helper()
	driverstest.State(c.t, c.states, "connected")
}

func (c *counter) problem(code string) drivers.Problem {
	c.t.Helper()
	return driverstest.State(c.t, c.states, code).Problem
}

func (c *counter) scan() drivers.Scan {
	c.t.Helper()
	return driverstest.Next(c.t, c.scans, "a scan")
}

func (c *counter) read(want ...string) {
	c.t.Helper()
	driverstest.Reads(c.t, c.scans, want...)
}

func (c *counter) stop() error {
	c.t.Helper()
	c.end()
	return driverstest.Next(c.t, c.ended, "the end of Run")
}

// patient is for codes that are sent in pieces: on a busy machine 80 ms may pass between two of them.
var patient = drivers.Framing{Idle: 500 * time.Millisecond}

func TestPortReadsScans(t *testing.T) {
	c := newCounter(t, serialport.Options{Framing: patient})
	c.plug()
	c.run()
	c.connected()
	for _, part := range []string{"HX1", "AAA", "\r"} {
		c.send(part)
	}
	c.read("HX1AAA")
	c.send("\n\x02]Q1HX1BBB\r\n" + strings.Repeat("C", 3000) + "\r\n")
	c.read("HX1BBB", strings.Repeat("C", 3000))
	c.send("芦山消费券\r")
	c.read("芦山消费券")
	c.send("HX1 without a suffix")
	c.read("HX1 without a suffix")
	c.send("HX1DDD\rHX1DDD\rHX1EEE\r")
	c.read("HX1DDD", "HX1EEE")
	if c.port.Repeats() != 1 {
		t.Errorf("counted %d repeats, want 1", c.port.Repeats())
	}
}

func TestPortSurvivesUnplugging(t *testing.T) {
	c := newCounter(t, serialport.Options{Framing: drivers.Framing{Idle: -1}})
	c.run()
	if p := c.problem("missing"); !strings.Contains(p.EN, c.link) || !strings.Contains(p.ZH, "没有找到") {
		t.Errorf("before it is plugged in: %+v", p)
	}
	for i := range 3 {
		c.plug()
		c.connected()
		c.send(fmt.Sprintf("HX1%03d\rHX1HALF", i)) // one write is one read
		c.read(fmt.Sprintf("HX1%03d", i))
		c.unplug()
		if s := c.scan(); !s.Damaged || s.Cause != drivers.Lost || s.Text != "" {
			t.Errorf("unplugged inside a code: %v", s)
		}
		c.problem("lost")
		c.problem("missing")
	}
	if s := c.port.State(); s.Connected || s.Since.IsZero() {
		t.Errorf("state after the unplug: %+v", s)
	}
}

func TestPortFollowsALinkThatPointsElsewhere(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	c.plug()
	c.run()
	c.connected()
	old := c.master
	c.plug()
	c.problem("lost")
	c.connected()
	c.send("HX1NEW\r")
	c.read("HX1NEW")
	old.Close()
}

func TestPortEndsCleanly(t *testing.T) {
	before := descriptors(t)
	for range 20 {
		c := newCounter(t, serialport.Options{})
		c.plug()
		c.run()
		c.connected()
		if err := c.stop(); err != nil {
			t.Errorf("Run ended with %v", err)
		}
		c.master.Close()
	}
	if n := reading(); n != 0 {
		t.Errorf("%d goroutines left in serialport", n)
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors open, %d before", after, before)
	}
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// reading counts the goroutines that are inside the package.
func reading() int {
	buf := make([]byte, 1<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), "serialport.(*Port).read(")
}

// fakePort is a port of the library that misbehaves.
type fakePort struct {
	serial.Port
	read   func() (int, error)
	closed chan struct{}
}

func (p *fakePort) Read([]byte) (int, error)           { return p.read() }
func (p *fakePort) SetReadTimeout(time.Duration) error { return nil }
func (p *fakePort) Close() error                       { close(p.closed); return nil }

func TestPortOutlivesAMisbehavingDriver(t *testing.T) {
	cases := []struct {
		name string
		read func() (int, error)
		want string
	}{
		{"a read that answers at once with nothing, for ever", func() (int, error) { return 0, nil }, "lost"},
		{"a read that panics", func() (int, error) { panic("driver") }, "lost"},
		{"an input/output error", func() (int, error) { return 0, errors.New("input/output error") }, "lost"},
		{"an index out of range in the descriptor set", func() (int, error) { n := 16; return [16]int{}[n%17], nil }, "descriptor_limit"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := newCounter(t, serialport.Options{})
			c.plug()
			fake := &fakePort{read: tc.read, closed: make(chan struct{})}
			opened := false
			c.port.SetOpen(func(path string, mode *serial.Mode) (serial.Port, error) {
				if opened {
					return serial.Open(path, mode)
				}
				opened = true
				return fake, nil
			})
			c.run()
			c.problem(tc.want)
			<-fake.closed
			c.connected()
			c.send("HX1AAA\r")
			c.read("HX1AAA")
		})
	}
}

func TestPortLeavesAStuckReadBehind(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	c.plug()
	release := make(chan struct{})
	fake := &fakePort{closed: make(chan struct{}), read: func() (int, error) { <-release; return 1, nil }}
	c.port.SetOpen(func(string, *serial.Mode) (serial.Port, error) { return fake, nil })
	c.port.SetPatience(time.Millisecond)
	c.run()
	c.connected()
	if err := c.stop(); err == nil || !strings.Contains(err.Error(), c.link) {
		t.Errorf("a read that never returns: Run ended with %v", err)
	}
	close(release)
	<-fake.closed
	if len(c.scans) != 0 {
		t.Error("a scan was emitted after the end")
	}
}

func TestPortSaysWhatIsWrongWithTooManyFiles(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	c.plug()
	var files []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Skip("this machine allows less than 1024 open files: the trap cannot close")
		}
		files = append(files, f)
		t.Cleanup(func() { f.Close() })
		if f.Fd() >= 1024 {
			break
		}
	}
	c.run()
	if p := c.problem("descriptor_limit"); !strings.Contains(p.ZH, "重启") || !strings.Contains(p.EN, "restart") {
		t.Errorf("no cure in %+v", p)
	}
	for _, f := range files {
		f.Close()
	}
	c.connected()
	c.send("HX1AAA\r")
	c.read("HX1AAA")
}

func BenchmarkLastByteToScan(b *testing.B) {
	c := newCounter(b, serialport.Options{Framing: drivers.Framing{Repeat: -1}})
	c.plug()
	c.run()
	c.connected()
	code := "HX1" + strings.Repeat("ABCDEFG234567", 12)[:151]
	for b.Loop() {
		c.send(code + "\r")
		c.scan()
	}
}
