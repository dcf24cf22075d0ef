package printer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hexiao/drivers"
	"hexiao/drivers/printer"
)

// places are the kinds of printer, each with a machine at its other end.
var places = map[string]func(t *testing.T, m *machine) string{
	"network":      func(t *testing.T, m *machine) string { return m.onNet(t) },
	"printer file": func(t *testing.T, m *machine) string { to, _ := m.onPTY(t, "lp0"); return to },
	"serial":       func(t *testing.T, m *machine) string { to, _ := m.onPTY(t, "ttyS0"); return to },
}

func everywhere(t *testing.T, test func(t *testing.T, m *machine, to string)) {
	for name, at := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			test(t, m, at(t, m))
		})
	}
}

func TestPrints(t *testing.T) {
	everywhere(t, func(t *testing.T, m *machine, to string) {
		x := run(t, to)
		x.state("")
		if err := x.Check(t.Context()); err != nil {
			t.Error(err)
		}
		for i := range 3 {
			if err := x.print(fmt.Sprint("第", i+1, "张")); err != nil {
				t.Fatal(err)
			}
		}
		if p := m.paper(t, 3); p.cuts != 3 || !slices.Equal(p.lines, []string{"第1张", "第2张", "第3张"}) {
			t.Errorf("%d cuts, %q", p.cuts, p.lines)
		}
	})
}

// TestAPrinterThatSaysNothing: many answer no question.
func TestAPrinterThatSaysNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, m *machine, to string) {
		m.set(func(m *machine) { m.says, m.turns = nil, false })
		x := run(t, to)
		x.state("")
		if err := x.print("小票"); err != nil {
			t.Fatal(err)
		}
		if p := m.paper(t, 1); !slices.Equal(p.lines, []string{"小票"}) {
			t.Errorf("%q", p.lines)
		}
	})
}

func TestWhatThePrinterSays(t *testing.T) {
	for _, c := range []struct {
		name  string
		says  map[byte]byte
		noise []byte // before each answer
		code  string
	}{
		{"no paper", map[byte]byte{1: 0x1a, 2: 0x32, 4: 0x72}, nil, "no_paper"},
		{"no paper, by the sensor alone", map[byte]byte{1: 0x12, 2: 0x12, 4: 0x72}, nil, "no_paper"},
		{"no paper, by having stopped alone", map[byte]byte{1: 0x1a, 2: 0x32, 4: 0x12}, nil, "no_paper"},
		{"cover open, and so no paper is seen", map[byte]byte{1: 0x1a, 2: 0x36, 4: 0x72}, nil, "cover_open"},
		{"offline", map[byte]byte{1: 0x1a, 2: 0x12, 4: 0x12}, nil, "offline"},
		{"the knife is stuck", map[byte]byte{1: 0x1a, 2: 0x52, 4: 0x12}, nil, "failed"},
		{"the roll is near its end", map[byte]byte{1: 0x12, 2: 0x12, 4: 0x1e}, nil, ""},
		{"in order, among what it says unasked", inOrder(), []byte{0x14, 0, 0, 0, 0x11}, ""}, // an automatic status, and XON
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			m.says, m.noise = c.says, c.noise
			x := run(t, m.onNet(t))
			x.state(c.code)
			if c.code == "" {
				if err := x.print("小票"); err != nil {
					t.Error(err)
				}
				return
			}
			x.failed("小票", c.code, false)
			if p := m.paper(t, 0); len(p.lines) > 0 {
				t.Errorf("printed all the same: %q", p.lines)
			}
			m.set(func(m *machine) { m.says = inOrder() })
			x.state("") // it is noticed that somebody saw to it
			if err := x.print("小票"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestThePaperEndsInTheMiddle: the page was taken whole, and comes out when there is paper again.
func TestThePaperEndsInTheMiddle(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.heard = func(m *machine) {
		if len(m.got) > 20 {
			m.says, m.turns = map[byte]byte{1: 0x1a, 2: 0x32, 4: 0x72}, false
		}
	}
	x := run(t, m.onNet(t))
	x.state("")
	x.failed(strings.Repeat("长", 30), "no_paper", true)
	m.set(func(m *machine) { m.heard, m.says, m.turns = nil, inOrder(), true })
	x.state("")
	if err := x.print("下一张"); err != nil {
		t.Fatal(err)
	}
	if p := m.paper(t, 2); p.cuts != 2 {
		t.Errorf("a page that came out whole is cut again: %d cuts of %q", p.cuts, p.lines)
	}
}

// TestAnAutomaticStatusIsNoTurn: a printer that the POS has set to tell its state unasked (GS a) tells of its empty roll in the middle of a page, and
// three of those four bytes look like the answer that the page is out.
func TestAnAutomaticStatusIsNoTurn(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.heard = func(m *machine) {
		if len(m.got) > 20 {
			m.says, m.turns, m.noise = map[byte]byte{1: 0x1a, 2: 0x32, 4: 0x72}, false, []byte{0x18, 0x00, 0x0c, 0x00}
		}
	}
	x := run(t, m.onNet(t))
	x.state("")
	x.failed(strings.Repeat("长", 30), "no_paper", true)
}

func TestAPrinterThatCountsNoTurns(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.turns = false
	x := run(t, m.onNet(t))
	for range 2 {
		if err := x.print("小票"); err != nil {
			t.Fatal(err)
		}
	}
	m.set(func(m *machine) {
		if n := strings.Count(string(m.all), "\x1dr\x01"); n != 1 {
			t.Errorf("it was asked %d times", n)
		}
	})
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	for to, code := range map[string]string{"tcp:" + free: "unreachable", dir + "/lp0": "missing", dir + "/ttyUSB9": "missing"} {
		x := run(t, to)
		x.state(code)
		if is, ok := errors.AsType[drivers.Problem](x.Check(t.Context())); !ok || is.Code != code {
			t.Errorf("checked: %+v", is)
		}
		if f := x.failed("小票", code, false); !strings.Contains(f.ZH, to) || !strings.Contains(f.EN, to) {
			t.Errorf("%+v does not name %s", f, to)
		}
	}
}

func TestNoPrinterAtAll(t *testing.T) {
	for _, name := range []string{"lp0", "ttyS0"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		x := run(t, file)
		x.state("not_a_printer")
		x.failed("小票", "not_a_printer", false)
		if b, _ := os.ReadFile(file); len(b) > 0 {
			t.Errorf("%s was written to: %q", name, b)
		}
	}
}

// TestAFIFOIsNoPrinter: it is not even opened.
func TestAFIFOIsNoPrinter(t *testing.T) {
	for _, name := range []string{"lp0", "ttyS0"} {
		path, opened := woken(t, name)
		x := run(t, path)
		x.state("not_a_printer")
		x.failed("小票", "not_a_printer", false)
		if opened() {
			t.Errorf("%s was opened", name)
		}
	}
}

// woken makes a FIFO and gives its name, and whether anybody has opened it to write since.
func woken(t *testing.T, name string) (path string, yes func() bool) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return path, func() bool {
		is := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(is, 0); err != nil {
			t.Fatal(err)
		}
		return is[0].Revents != 0 // POLLHUP: a writer came and went
	}
}

func TestUnpluggedAndPluggedInAgain(t *testing.T) {
	t.Parallel()
	m := newMachine()
	to, unplug := m.onPTY(t, "lp0")
	x := run(t, to)
	x.state("")
	unplug()
	x.state("missing")
	x.failed("小票", "missing", false)
	other, _ := m.onPTY(t, "lp0")
	if err := os.Symlink(other, to); err != nil {
		t.Fatal(err)
	}
	x.state("")
	if err := x.print("小票"); err != nil {
		t.Error(err)
	}
}

// TestCutOffInTheMiddle: the connection breaks within a page. The next page does not hang on the torn one.
func TestCutOffInTheMiddle(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	whole := make(chan []byte, 1)
	go func() {
		for i := 0; ; i++ {
			c, err := l.Accept()
			switch {
			case err != nil:
				return
			case i == 1: // 0 is the first look
				io.ReadFull(c, make([]byte, 5000))
				c.(*net.TCPConn).SetLinger(0)
				c.Close()
			default:
				go func() {
					b, _ := io.ReadAll(c)
					if len(b) > 100 {
						whole <- b
					}
				}()
			}
		}
	}()
	x := run(t, "tcp:"+l.Addr().String())
	x.state("")
	x.failure(x.Print(t.Context(), endless), "lost", false)
	if err := x.print(strings.Repeat("下一张", 20)); err != nil {
		t.Fatal(err)
	}
	b := <-whole
	_, page, _ := strings.Cut(string(b), "\x10\x04\x01")
	if !strings.HasPrefix(page, "\x00\x00\x1b@\n\x1bd\x03\x1dV\x42\x00\x1b@\x1b@\x1c&") {
		t.Errorf("it begins with %q", page[:20])
	}
}

// never is a printer that takes nothing.
func never(t *testing.T, name string) string {
	t.Helper()
	m := newMachine()
	if name != "network" {
		lock := make(chan struct{})
		m.heard = func(m *machine) {
			if len(m.got) > 0 {
				<-lock
			}
		}
		to := places[name](t, m)
		t.Cleanup(func() { close(lock) }) // before the machine is waited for
		return to
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "tcp:" + l.Addr().String()
}

func TestAPrinterThatTakesNothing(t *testing.T) {
	for name := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := run(t, never(t, name), func(p *printer.Printer) { p.SetPatience(time.Second) })
			f := x.failure(x.Print(t.Context(), endless), "stuck", false)
			if x.State().Problem != f.Problem {
				t.Errorf("the state is %+v", x.State())
			}
		})
	}
}

// TestMoreThanCanWait: who asks for more than a printer can do is told at once, and those who went away are not printed for.
func TestMoreThanCanWait(t *testing.T) {
	m := newMachine()
	blocked, free := make(chan struct{}, 100), make(chan struct{})
	m.heard = func(m *machine) {
		if len(m.got) > 0 {
			blocked <- struct{}{}
			<-free
		}
	}
	x := run(t, m.onNet(t))
	first := make(chan error, 1)
	go func() { first <- x.print("第一张") }()
	<-blocked
	gone, leave := context.WithCancel(context.Background())
	left := make(chan error, 8)
	for range 8 {
		go func() { left <- x.Print(gone, printer.Page([]printer.Line{{Text: "走了"}})) }()
	}
	for full := false; !full; { // the eight are in the queue when a ninth finds no room
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		err := x.Print(ctx, nil)
		var f printer.Failure
		if !errors.As(err, &f) || f.Code != "busy" {
			t.Fatalf("%v", err)
		}
		full = x.Waiting() == 8
	}
	leave()
	for range 8 {
		if err := <-left; err == nil {
			t.Error("printed for one who went away")
		}
	}
	close(free)
	if err := <-first; err != nil {
		t.Error(err)
	}
	for x.Waiting() > 0 {
		<-time.After(time.Millisecond)
	}
	if err := x.print("后来"); err != nil {
		t.Error(err)
	}
	if p := m.paper(t, 2); !slices.Equal(p.lines, []string{"第一张", "后来"}) {
		t.Errorf("%q", p.lines)
	}
}

// TestTheEndOfTheProgram: a page that is being printed gets a little time, and whoever waits is told.
func TestTheEndOfTheProgram(t *testing.T) {
	t.Parallel()
	m := newMachine()
	begun := make(chan struct{}, 100)
	m.heard = func(m *machine) {
		m.turns = false
		if len(m.got) > 0 {
			begun <- struct{}{}
			m.says = nil
		}
	}
	x := run(t, m.onNet(t))
	said := make(chan error, 2)
	go func() { said <- x.print("最后") }()
	<-begun
	go func() { said <- x.print("太晚") }()
	x.end()
	for range 2 {
		if err := <-said; err == nil {
			t.Error("said to be printed")
		}
	}
	x.failed("之后", "ended", false)
}

// TestSlowly: a byte at a time, a page comes out whole.
// one reads a byte at a time.
