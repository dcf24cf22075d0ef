//go:build !windows

package main

import (
	"context"
	"image"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
)

// A scanner types 150 characters while a person presses the language's button, a figure and "clear". Each time the code
// must arrive whole, as one scan, and the bill must never have been anything but what the person's figure makes of it.
func TestABurstArrivesWholeWhileButtonsArePressed(t *testing.T) {
	x := openDisplay(t)
	counter := newCounter()
	counter.scans, counter.bills = make(chan string, 100), make(chan desk.Bill, 10_000)
	p := open(t, x, counter.serve(t)...)
	idle(t, x, p)

	pressing, rest := context.WithCancel(t.Context())
	begun := make(chan struct{})
	var person sync.WaitGroup
	presses := 0
	person.Go(func() { presses = press(pressing, t, x, begun) })
	<-begun
	for i := range 10 {
		code := random(150)
		x.xdotool(t, "type", "--delay", "0", code)
		x.xdotool(t, "key", "Return")
		select {
		case got := <-counter.scans:
			if got != code {
				t.Errorf("burst %d arrived as %q, sent %q", i+1, got, code)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("burst %d did not arrive", i+1)
		case <-p.ended:
			t.Fatal("the window is gone: " + p.says.String())
		}
	}
	rest()
	person.Wait()
	x.until(t, p.ended, "a window that has come to rest", func(m *image.NRGBA) bool { return share(m, idleGround) > 0.2 })
	p.stop(t)
	close(counter.scans)
	for more := range counter.scans {
		t.Errorf("another scan that nobody made: %q", more)
	}
	close(counter.bills)
	bills := 0
	for b := range counter.bills {
		if bills++; b.Fen != 0 && b.Fen != 700 {
			t.Errorf("a bill of %d that nobody typed", b.Fen)
		}
	}
	if bills < 10 || presses < 30 {
		t.Errorf("%d presses made %d bills: the buttons were not hit", presses, bills)
	}
	t.Logf("figures: 10 bursts of 150 characters arrived whole during %d presses that set %d bills", presses, bills)
}

// press presses three buttons in turn, and counts.
func press(ctx context.Context, t *testing.T, x *xvfb, ready chan<- struct{}) (presses int) {
	h := newHands(t, x)
	close(ready)
	breath := time.NewTicker(15 * time.Millisecond)
	defer breath.Stop()
	for {
		for _, at := range []image.Point{onLanguage, onSeven, onClear} {
			select {
			case <-breath.C:
				h.click(at)
				presses++
			case <-ctx.Done():
				return presses
			}
		}
	}
}

// random is a code such as scanners read.
func random(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	code := make([]byte, n)
	for i := range code {
		code[i] = letters[rand.IntN(len(letters))]
	}
	return string(code)
}
