package serialport_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/driverstest"
	"hexiao/drivers/serialport"
	"pgregory.net/rapid"
)

// proving is set by make prove, which has the time for the true pace.
var proving = os.Getenv("HEXIAO_PROVE") != ""

const (
	thousand = 1000
	brisk    = time.Second / 30
)

// nth is the nth code of a long row: as long as a voucher's, and like no other.
func nth(n int) string { return fmt.Sprintf("HX1%06d%s", n, strings.Repeat("ABCDEFG234567", 12)[:143]) }

// TestAThousandScansInARow sends them as fast as the line takes them, or with HEXIAO_PROVE=1 at 30 a second, in pieces cut anywhere.
func TestAThousandScansInARow(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	c.plug()
	c.run()
	c.connected()
	pace := time.Duration(0)
	if proving {
		pace = brisk
	}
	began := time.Now()
	go c.sendRow(thousand, pace)
	for n := range thousand {
		c.read(nth(n))
	}
	took := time.Since(began)
	if err := c.stop(); err != nil {
		t.Error(err)
	}
	if extra := len(c.scans); extra != 0 || c.port.Repeats() != 0 {
		t.Errorf("%d scans that nobody sent, %d dropped as repeats", extra, c.port.Repeats())
	}
	t.Logf("figures: %d scans of %d bytes in pieces cut anywhere, %.1f a second: none lost, none doubled", thousand, len(nth(0))+1, thousand/took.Seconds())
}

// sendRow writes the codes in pieces, one code every pace.
func (c *counter) sendRow(codes int, pace time.Duration) {
	random := rand.New(rand.NewPCG(6, 1))
	ticks := make(<-chan time.Time)
	if pace > 0 {
		t := time.NewTicker(pace)
		defer t.Stop()
		ticks = t.C
	}
	for n := range codes {
		stream := nth(n) + []string{"\r", "\r\n", "\n", "\t", "\x03"}[random.IntN(5)]
		for len(stream) > 0 {
			size := 1 + random.IntN(len(stream))
			if _, err := c.master.WriteString(stream[:size]); err != nil {
				c.t.Errorf("code %d: %v", n, err)
				return
			}
			stream = stream[size:]
		}
		if pace > 0 {
			<-ticks
		}
	}
}

// TestNoPieceOfTheLineMatters cuts the bytes of a few codes anywhere and hands the pieces over a pseudo-terminal.
func TestNoPieceOfTheLineMatters(t *testing.T) {
	c := newCounter(t, serialport.Options{})
	c.plug()
	c.run()
	c.connected()
	sent := 0
	rapid.Check(t, func(t *rapid.T) {
		var stream strings.Builder
		var want []string
		for range rapid.IntRange(1, 5).Draw(t, "codes") {
			sent++
			code := fmt.Sprintf("%d %s", sent, rapid.StringMatching(`HX1[A-Z2-7]{0,150}|[0-9]{13,18}|芦山[0-9]{6}`).Draw(t, "code"))
			stream.WriteString(rapid.SampledFrom([]string{"", "\x02", "]Q1", "\x02]Q3"}).Draw(t, "prefix"))
			stream.WriteString(code)
			stream.WriteString(rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\t", "\x03", "\x03\r\n", "\r\r"}).Draw(t, "end"))
			want = append(want, code)
		}
		rest := stream.String()
		for len(rest) > 0 {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			c.send(rest[:n])
			rest = rest[n:]
		}
		for _, code := range want {
			if s := c.scan(); s.Text != code || s.Damaged {
				t.Fatalf("read %q, want %q", s.Text, code)
			}
		}
	})
	if err := c.stop(); err != nil || len(c.scans) != 0 {
		t.Errorf("%v; %d scans that nobody sent", err, len(c.scans))
	}
}

// TestPortIsBoundAgainAHundredTimes unplugs the scanner in the middle of a code and plugs another in at the same place, a hundred times.
func TestPortIsBoundAgainAHundredTimes(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	c := newCounter(t, serialport.Options{Framing: drivers.Framing{Idle: -1}}) // half a code stays one however late the plug is pulled
	c.run()
	c.problem("missing")
	var slowest, all time.Duration
	for n := range 100 {
		began := time.Now()
		c.plug()
		c.connected()
		took := time.Since(began)
		slowest, all = max(slowest, took), all+took
		c.send(nth(n) + "\r" + "HX1HALF")
		c.read(nth(n))
		c.unplug()
		if s := c.scan(); !s.Damaged {
			t.Fatalf("unplugged inside a code: %v", s)
		}
		c.problem("lost")
		c.problem("missing")
	}
	if err := c.stop(); err != nil {
		t.Error(err)
	}
	driverstest.Settles(t, goroutines)
	if after := descriptors(t); after > files {
		t.Errorf("%d descriptors open, %d before", after, files)
	}
	t.Logf("figures: unplugged and plugged in 100 times, read again each time after %v on average, %v at most; no goroutine left",
		(all / 100).Round(time.Millisecond), slowest.Round(time.Millisecond))
}
