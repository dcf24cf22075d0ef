//go:build !windows

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
)

// proving: the whole trial, for `make prove`.
func proving() bool { return os.Getenv("HEXIAO_PROVE") != "" }

// sales is how many sales the whole trial has: 4,000 take three and a half minutes of make prove's thirty, HEXIAO_SALES
// says another number.
func sales(t *testing.T) int {
	t.Helper()
	said := os.Getenv("HEXIAO_SALES")
	if said == "" {
		return 4_000
	}
	n, err := strconv.Atoi(said)
	if err != nil || n <= 1_000 {
		t.Fatalf("HEXIAO_SALES is %q, not a number above 1000", said)
	}
	return n
}

// The window after many sales takes little more memory than after few, and at rest next to no time of a core. The few last
// longer than Fyne keeps what it has painted (package memory), else there would be a rise that ends by itself.
func TestTheWindowStaysSmallAndQuiet(t *testing.T) {
	const quiet = 20 * time.Second // in 5 s what the sales have left to tidy up weighs as much as rest itself
	few, many := after(13*time.Second), after(5*time.Second)
	if proving() {
		few, many = upTo(1_000), upTo(sales(t))
	}
	x := openDisplay(t)
	counter := newCounter()
	p := open(t, x, counter.serve(t)...)
	idle(t, x, p)
	fresh, began := p.memory(t), time.Now()
	n := counter.sell(t, x, p, 0, few)
	first := p.memory(t)
	all := counter.sell(t, x, p, n, many)
	last, took := p.memory(t), time.Since(began)
	busy := p.busy(t, quiet)
	t.Logf("figures: memory %.0f MB when opened, %.0f MB after %d sales, %.0f MB after %d (%+.1f %%, %.0f sales a second); at rest %.2f %% of a core over %s",
		fresh, first, n, last, all, 100*(last/first-1), float64(all)/took.Seconds(), 100*busy, quiet)
	if last > 1.2*first {
		t.Errorf("%.0f MB after %d sales, %.0f MB after %d", first, n, last, all)
	}
	if busy > 0.03 {
		t.Errorf("%.1f %% of a core at rest", 100*busy)
	}
	p.stop(t)
}

// upTo and after say when there were sales enough.
func upTo(enough int) func() func(n int) bool {
	return func() func(int) bool { return func(n int) bool { return n >= enough } }
}

func after(while time.Duration) func() func(n int) bool {
	return func() func(int) bool {
		end := time.Now().Add(while)
		return func(int) bool { return time.Now().After(end) }
	}
}

// breath is between two sales. What Fyne keeps grows with the sales of twelve seconds, so that their number a second must
// stay the same over a trial, on a machine that has other things to do, too; 20 a second are some hundred times a till's.
const breath = 50 * time.Millisecond

// sell gives the answers of sales, each with figures and an ID of its own, the next when the one before is on the screen,
// and says how many there are now.
func (c *counter) sell(t *testing.T, x *xvfb, p *till, n int, until func() func(n int) bool) int {
	t.Helper()
	look := x.spot(t, onGround)
	next := time.NewTicker(breath)
	defer next.Stop()
	for enough := until(); !enough(n); n++ {
		g := grounds[n%len(grounds)]
		a := g.answer
		a.Bill = voucher.Fen(50_00 + n*7%5_000_00)
		a.Pay = a.Bill - a.Face
		a.Redemption = fmt.Sprintf("T000017-1-%d", n)
		c.answer(a)
		again := time.NewTicker(time.Millisecond)
		for late := time.Now().Add(20 * time.Second); !near(look.colour(), g.ground) && !near(look.colour(), flashed(g.ground)); <-again.C {
			if time.Now().After(late) {
				t.Fatalf("sale %d is not on the screen", n)
			}
		}
		again.Stop()
		<-next.C
	}
	return n
}

// memory is what the program has in memory, in MB.
func (p *till) memory(t *testing.T) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Process.Pid))
	check(t, err)
	pages, err := strconv.ParseFloat(strings.Fields(string(raw))[1], 64)
	check(t, err)
	return pages * float64(os.Getpagesize()) / 1e6
}

// busy is the share of a core that the program takes over a while.
func (p *till) busy(t *testing.T, while time.Duration) float64 {
	t.Helper()
	before, began := p.ticks(t), time.Now()
	over := time.NewTimer(while)
	defer over.Stop()
	select {
	case <-over.C:
	case <-p.ended:
		t.Fatal("the window is gone")
	}
	return float64(p.ticks(t)-before) / 100 / time.Since(began).Seconds() // USER_HZ is 100 on every Linux we build for
}

// ticks are utime and stime of proc(5).
func (p *till) ticks(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	check(t, err)
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	sum := 0
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		check(t, err)
		sum += n
	}
	return sum
}
