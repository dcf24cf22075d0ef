package display_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"hexiao/drivers"
	"hexiao/drivers/display"
	"hexiao/drivers/driverstest"
)

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
		if err := driverstest.Next(t, c.ended, "the end of Run"); err != nil {
			t.Error(err)
		}
	})
	c.is(c.from, true)
	return c
}

// plug puts a line where the link is, and gives the test's end of it. The link goes before the line does: the system gives a pseudo-terminal's number
// to whoever asks next, which may be another room's test.
func (c *counter) plug(link string) *os.File {
	c.t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		c.t.Fatal(err)
	}
	name := slave.Name()
	slave.Close()
	driverstest.Link(c.t, link, name)
	c.t.Cleanup(func() {
		os.Remove(link)
		master.Close()
	})
	return master
}

// unplug takes the line away.
func (c *counter) unplug(link string, end *os.File) {
	c.t.Helper()
	if err := errors.Join(os.Remove(link), end.Close()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) is(address string, connected bool) drivers.State {
	c.t.Helper()
	want := "away"
	if connected {
		want = "connected"
	}
	return driverstest.State(c.t, c.states[address], want)
}

func (c *counter) writes(text string) {
	c.t.Helper()
	driverstest.Within(c.t, "write what the POS says", func() error { _, err := c.pos.WriteString(text); return err })
}

func (c *counter) bill(want int64) {
	c.t.Helper()
	if got := driverstest.Next(c.t, c.bills, "a bill"); got != want {
		c.t.Fatalf("the bill is %d, want %d", got, want)
	}
}

func (c *counter) displayed(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	driverstest.Within(c.t, "the display gets "+want, func() error { _, err := io.ReadFull(c.far, got); return err })
	if string(got) != want {
		c.t.Fatalf("the display got %q, want %q", got, want)
	}
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
		got = driverstest.Next(t, c.bills, "a bill of 58.00")
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
	limit := time.Now().Add(driverstest.Soon)
	for stuck := false; !stuck; { // nobody reads, and a pseudo-terminal holds 18,432 bytes
		if time.Now().After(limit) {
			t.Fatal("a display that takes nothing is never said to be stuck")
		}
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
	c.unplug(c.to, c.far)
	c.far = c.plug(c.to)
	c.is(c.to, true)
	c.writes(two("合计 62.00", ""))
	c.displayed(two("合计 62.00", ""))
	c.bill(62_00)
}

// When more comes than can wait, what is old makes room: the last message has to stand there in the end.
func TestASlowDisplayGetsTheNewest(t *testing.T) {
	c := newCounter(t, func(o *display.Options) { o.Mode = "300 8N1" }) // at which 256 bytes may take 20 s
	c.far = c.plug(c.to)
	c.is(c.to, true)
	for range 100 { // nobody reads; a pseudo-terminal holds 18,432 bytes, and 64 pieces may wait
		c.writes("\x0c" + strings.Repeat("y", 500))
	}
	last := two("合计 62.00", "")
	c.writes(last)
	c.bill(62_00)
	driverstest.Within(t, "the last message", func() error {
		var got []byte
		for buf := make([]byte, 4096); !bytes.HasSuffix(got, []byte(last)); {
			n, err := c.far.Read(buf)
			if err != nil {
				return err
			}
			got = append(got, buf[:n]...)
		}
		return nil
	})
}

func TestWithoutARealDisplayTheTotalIsReadAllTheSame(t *testing.T) {
	c := newCounter(t, func(o *display.Options) { o.To = "" })
	c.writes(two("合计 58.00", ""))
	c.bill(58_00)
	c.tap.Show(10_00, 48_00)
	c.unplug(c.from, c.pos)
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
	if fen := driverstest.Next(t, told, "the first bill"); fen != 58_00 {
		t.Fatal(fen)
	}
	c.writes(two("合计 61.50", ""))
	c.displayed(two("合计 61.50", ""))
	close(hold)
	if fen := driverstest.Next(t, told, "the second bill"); fen != 61_50 {
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

// TestATapThatIsTakenAwayEndsItsTotal: who sets up another display while a customer is served must not leave his total for the next.
func TestATapThatIsTakenAwayEndsItsTotal(t *testing.T) {
	c := newCounter(t, nil)
	c.writes(two("合计 58.00", ""))
	c.bill(58_00)
	c.end()
	c.bill(0)
}

// TestAnAnswerOfBeforeTheLineWentAwayIsNotShown: by then the next customer stands there.
func TestAnAnswerOfBeforeTheLineWentAwayIsNotShown(t *testing.T) {
	c := newCounter(t, nil)
	c.far = c.plug(c.to)
	c.is(c.to, true)
	c.writes(two("合计 58.00", ""))
	c.displayed(two("合计 58.00", ""))
	c.bill(58_00)
	c.unplug(c.from, c.pos)
	c.is(c.from, false)
	c.bill(0)
	c.tap.Show(10_00, 48_00)
	c.pos = c.plug(c.from)
	c.is(c.from, true)
	c.writes(strings.Repeat(two("合计 61.50", ""), 2))
	c.displayed(strings.Repeat(two("合计 61.50", ""), 2))
	c.bill(61_50)
	c.tap.Show(5_00, 56_50)
	c.displayed("\x0c\x1bQA\xc8\xaf\xbc\xf5            5.00\r\x1bQB\xd3\xa6\xb8\xb6           56.50\r")
}
