package display_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"hexiao/drivers"
	"hexiao/drivers/display"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

// counter is a till with a POS on one line and the real display on another.
type counter struct {
	t        *testing.T
	from, to string
	pos, far *os.File // what the test holds of either line
	tap      *display.Tap
	bills    chan int64
	states   map[string]chan drivers.State
	ended    chan error
	end      context.CancelFunc
}

func newCounter(t *testing.T, change func(*display.Options)) *counter {
	dir := t.TempDir()
	c := &counter{t: t, from: filepath.Join(dir, "pos"), to: filepath.Join(dir, "display"), bills: make(chan int64, 100), ended: make(chan error, 1)}
	c.states = map[string]chan drivers.State{c.from: make(chan drivers.State, 100), c.to: make(chan drivers.State, 100)}
	o := display.Options{From: c.from, To: c.to, Mode: "115200 8N1", Bill: func(fen int64) { c.bills <- fen },
		OnState: func(address string, s drivers.State) { c.states[address] <- s }}
	if change != nil {
		change(&o)
	}
	tap, err := display.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.tap = tap
	c.pos = c.plug(c.from)
	ctx, cancel := context.WithCancel(context.Background())
	c.end = cancel
	go func() { c.ended <- tap.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-c.ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(soon):
			t.Error("Run does not end")
		}
	})
	c.is(c.from, true)
	return c
}

// plug puts a line where the link is, and gives the test's end of it.
func (c *counter) plug(link string) *os.File {
	c.t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	name := slave.Name()
	slave.Close()
	fresh := link + ".new"
	if err := os.Symlink(name, fresh); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(fresh, link); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { master.Close() })
	return master
}

func (c *counter) is(address string, connected bool) drivers.State {
	c.t.Helper()
	for limit := time.After(soon); ; {
		select {
		case s := <-c.states[address]:
			if s.Connected == connected {
				return s
			}
		case <-limit:
			c.t.Fatalf("%s never connected: %v", address, connected)
		}
	}
}

func (c *counter) writes(text string) {
	c.t.Helper()
	if _, err := c.pos.WriteString(text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) bill(want int64) {
	c.t.Helper()
	select {
	case got := <-c.bills:
		if got != want {
			c.t.Fatalf("the bill is %d, want %d", got, want)
		}
	case <-time.After(soon):
		c.t.Fatalf("no bill of %d", want)
	}
}

func (c *counter) displayed(want string) {
	c.t.Helper()
	got, done := make([]byte, len(want)), make(chan error, 1)
	go func() { _, err := io.ReadFull(c.far, got); done <- err }()
	select {
	case err := <-done:
		if err != nil || string(got) != want {
			c.t.Fatalf("the display got %q (%v), want %q", got, err, want)
		}
	case <-time.After(soon):
		c.t.Fatalf("the display never got %q", want)
	}
}

// showsAgain writes until the display that was just plugged in has it: what comes before its port is open goes nowhere.
func (c *counter) showsAgain(text string) {
	c.t.Helper()
	got := make(chan string, 1)
	go func() {
		b := make([]byte, len(text))
		n := 0
		for n == 0 { // nobody has opened the other end yet
			n, _ = io.ReadFull(c.far, b)
		}
		got <- string(b[:n])
	}()
	for range int(soon / (500 * time.Millisecond)) {
		c.writes(text)
		select {
		case s := <-got:
			if s != text {
				c.t.Fatalf("the display got %q, want %q", s, text)
			}
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
	c.t.Fatalf("the display never got %q", text)
}

func TestTheDisplayGetsEveryByteAndTheTillTheTotal(t *testing.T) {
	c := newCounter(t, nil)
	c.far = c.plug(c.to)
	c.is(c.to, true)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, text := range []string{two("可口可乐330ml   3.50", "合计:         58.00"), string(every), "\x0c\x1bQATOTAL 61.50\r", strings.Repeat("x", 3000)} {
		c.writes(text)
		c.displayed(text)
	}
	c.writes("\x0c\x1b@" + two("合计 58.00", ""))
	c.displayed("\x0c\x1b@" + two("合计 58.00", ""))
	for got := int64(0); got != 58_00; { // an earlier one may have stood still for a moment on a busy machine
		select {
		case got = <-c.bills:
		case <-time.After(soon):
			t.Fatal("no bill")
		}
	}
	c.writes("\x0c")
	c.bill(0)
}

// A real display that takes nothing, or is away, costs the POS nothing; when it is back it shows what comes then.
func TestAStuckDisplayHoldsNobodyUp(t *testing.T) {
	c := newCounter(t, nil)
	c.writes(two("合计 58.00", "")) // before it is plugged in
	c.bill(58_00)
	c.far = c.plug(c.to)
	c.is(c.to, true)
	for stuck := false; !stuck; { // nobody reads, and a pseudo-terminal holds 18,432 bytes
		c.writes("\x0c" + strings.Repeat("y", 500))
		select {
		case s := <-c.states[c.to]:
			if stuck = true; s.Problem.Code != "stuck" || !strings.Contains(s.Problem.ZH, c.to) {
				t.Errorf("%+v", s)
			}
		default:
		}
	}
	c.bill(0)
	c.writes(two("合计 61.50", ""))
	c.bill(61_50)
	c.far.Close()
	c.far = c.plug(c.to)
	c.showsAgain(two("合计 62.00", ""))
	c.bill(62_00)
}

func TestWithoutARealDisplayTheTotalIsReadAllTheSame(t *testing.T) {
	c := newCounter(t, func(o *display.Options) { o.To = "" })
	c.writes(two("合计 58.00", ""))
	c.bill(58_00)
	c.tap.Show(10_00, 48_00)
	c.pos.Close()
	c.is(c.from, false)
	c.bill(0)
	c.pos = c.plug(c.from)
	c.is(c.from, true)
	c.writes("\x1bQA61.50\r\x1bs2")
	c.bill(61_50)
}

// Who takes the bill may wait for his disk: the line goes on.
func TestAsABillWaitsForTheDiskTheLineGoesOn(t *testing.T) {
	hold, told := make(chan bool), make(chan int64, 100)
	c := newCounter(t, func(o *display.Options) {
		o.Bill = func(fen int64) { told <- fen; <-hold }
	})
	c.far = c.plug(c.to)
	c.is(c.to, true)
	c.writes(two("合计 58.00", ""))
	c.displayed(two("合计 58.00", ""))
	if fen := <-told; fen != 58_00 {
		t.Fatal(fen)
	}
	c.writes(two("合计 61.50", ""))
	c.displayed(two("合计 61.50", ""))
	close(hold)
	if fen := <-told; fen != 61_50 {
		t.Errorf("then %d", fen)
	}
}

func TestTheAnswerIsShownWhenThePOSPauses(t *testing.T) {
	c := newCounter(t, nil)
	c.far = c.plug(c.to)
	c.is(c.to, true)
	c.writes(two("合计 58.00", ""))
	c.displayed(two("合计 58.00", ""))
	c.bill(58_00)
	c.tap.Show(10_00, 48_00)
	c.displayed("\x0c\x1bQA\xc8\xaf\xbc\xf5           10.00\r\x1bQB\xd3\xa6\xb8\xb6           48.00\r")
	c.writes(two("找零 2.00", ""))
	c.displayed(two("找零 2.00", ""))
	c.bill(0)
}
