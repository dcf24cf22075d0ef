package printer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"hexiao/drivers"
	"hexiao/drivers/printer"
)

// soon is how long a test waits for what must come; nothing in here waits for it to pass.
const soon = 20 * time.Second

// machine is a receipt printer by hand. It answers what it is asked, keeps what it is sent, and can be opened, emptied of paper and so on.
type machine struct {
	mu    sync.Mutex // guards everything below
	got   []byte     // without the questions
	all   []byte
	rest  []byte // the begin of a question, until its end has come
	says  map[byte]byte
	noise []byte // said before each answer, and instead of one to GS r
	turns bool   // it answers GS r 1
	asked int
	heard func(m *machine) // called with the lock held after each reading
	news  *sync.Cond       // of mu: something was read
}

// inOrder are the answers of a printer with paper, closed and online.
func inOrder() map[byte]byte { return map[byte]byte{1: 0x12, 2: 0x12, 4: 0x12} }

func newMachine() *machine {
	m := &machine{says: inOrder(), turns: true}
	m.news = sync.NewCond(&m.mu)
	return m
}

// serve talks to one program until it goes.
func (m *machine) serve(c io.ReadWriter) {
	buf := make([]byte, 512)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			if answers := m.hear(buf[:n]); len(answers) > 0 {
				c.Write(answers)
			}
		}
		if err != nil {
			return
		}
	}
}

func (m *machine) hear(b []byte) (answers []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, b...)
	b = append(m.rest, b...)
	m.rest = nil
	for len(b) > 0 {
		question := slices.Contains([]string{"\x10\x04", "\x1dr"}, string(b[:min(2, len(b))]))
		switch {
		case (b[0] == 0x10 || b[0] == 0x1d) && len(b) < 2, question && len(b) < 3:
			m.rest, b = slices.Clone(b), nil
		case question && b[0] == 0x10:
			m.asked++
			if a, known := m.says[b[2]]; known {
				answers = append(append(answers, m.noise...), a)
			}
			b = b[3:]
		case question:
			answers = append(answers, m.noise...)
			if m.turns {
				answers = append(answers, 0)
			}
			b = b[3:]
		default:
			m.got, b = append(m.got, b[0]), b[1:]
		}
	}
	if m.heard != nil {
		m.heard(m)
	}
	m.news.Broadcast()
	return answers
}

func (m *machine) set(change func(*machine)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

// paper is what has come out once the knife has cut so often.
func (m *machine) paper(t *testing.T, cuts int) paper {
	t.Helper()
	late := false
	limit := time.AfterFunc(soon, func() {
		m.set(func(*machine) { late = true })
		m.news.Broadcast()
	})
	defer limit.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for strings.Count(string(m.got), "\x1dV\x42\x00\x1b@") < cuts && !late {
		m.news.Wait()
	}
	if late {
		t.Fatalf("not cut %d times: %q", cuts, m.got)
	}
	p, err := develop(m.got)
	if err != nil {
		t.Fatalf("%v in %q", err, m.got)
	}
	return p
}

// onNet puts the machine on the network, for one program at a time.
func (m *machine) onNet(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.serve(c)
			c.Close()
		}
	}()
	return "tcp:" + l.Addr().String()
}

// onPTY puts the machine behind a pseudo-terminal, that a link of a name leads to; the other end says nothing of its own.
func (m *machine) onPTY(t *testing.T, name string) (path string, unplug func()) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	raw(t, slave)
	path = filepath.Join(t.TempDir(), name)
	if err := os.Symlink(slave.Name(), path); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	unplug = sync.OnceFunc(func() {
		os.Remove(path)
		slave.Close()
		master.Close()
		<-gone
	})
	go func() {
		defer close(gone)
		m.serve(master)
	}()
	t.Cleanup(unplug)
	return path, unplug
}

func raw(t *testing.T, f *os.File) {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Iflag, mode.Oflag, mode.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
}

// till is a printer that runs.
type till struct {
	*printer.Printer
	t      *testing.T
	states chan drivers.State
	end    func()
}

func run(t *testing.T, to string, change ...func(*printer.Printer)) *till {
	t.Helper()
	x := &till{t: t, states: make(chan drivers.State, 100)}
	p, err := printer.New(printer.Options{To: to, OnState: func(s drivers.State) { x.states <- s }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(p)
	}
	x.Printer = p
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	x.end = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(x.end)
	return x
}

func (x *till) state(want string) drivers.State {
	x.t.Helper()
	limit := time.After(soon)
	for {
		select {
		case s := <-x.states:
			if s.Problem.Code == want && s.Connected == (want == "") {
				return s
			}
		case <-limit:
			x.t.Fatalf("never %q; now %+v", want, x.State())
		}
	}
}

func (x *till) print(text string) error {
	x.t.Helper()
	return x.Print(context.Background(), printer.Page([]printer.Line{{Text: text}}))
}

// failed prints and wants a failure of a kind, with its sentences.
func (x *till) failed(text, code string, perhaps bool) printer.Failure {
	x.t.Helper()
	return x.failure(x.print(text), code, perhaps)
}

// endless is more than any line takes before its other end reads.
var endless = bytes.Repeat([]byte("endless\n"), 2<<20)

func (x *till) failure(err error, code string, perhaps bool) printer.Failure {
	x.t.Helper()
	var f printer.Failure
	if !errors.As(err, &f) || f.Code != code || f.Perhaps != perhaps {
		x.t.Fatalf("%#v, want %s, perhaps %v", err, code, perhaps)
	}
	if !strings.Contains(f.ZH, "打印") || f.EN == "" {
		x.t.Errorf("no sentence in %+v", f)
	}
	return f
}
