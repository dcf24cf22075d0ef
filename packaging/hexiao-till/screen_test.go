//go:build !windows

package main

import (
	"image"
	"image/color"
	"os"
	"os/exec"
	"testing"
	"time"

	"hexiao/packaging/stage"
)

// xvfb is a display of the test's own.
type xvfb struct {
	*stage.Screen
	display string
}

// openDisplay starts Xvfb and ends it, by its process, when the test ends. Without Xvfb the test fails where CI is set;
// elsewhere it is skipped, and says so.
func openDisplay(t testing.TB, args ...string) *xvfb { return openScreen(t, "1024x768", args...) }

// openScreen is openDisplay for a screen of another size.
func openScreen(t testing.TB, size string, args ...string) *xvfb {
	t.Helper()
	needed(t, "Xvfb")
	s, err := stage.OpenScreen(t.TempDir(), size, args...)
	check(t, err)
	t.Cleanup(s.Close)
	return &xvfb{s, s.Display}
}

// needed finds a program that `make setup` installs.
func needed(t testing.TB, name string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		cure := name + " is not installed; `make setup` installs it"
		if os.Getenv("CI") != "" {
			t.Fatal(cure)
		}
		t.Skip("NOT TESTED with a real window: " + cure)
	}
	return program
}

// until looks until a picture is as it should be. A picture is no event: there is nothing to wait for but to look again.
func (x *xvfb) until(t testing.TB, ended <-chan struct{}, what string, wanted func(*image.NRGBA) bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(60 * time.Second)
	for {
		m, err := x.Look()
		if err == nil && wanted(m) {
			return
		}
		select {
		case <-again.C:
		case <-ended:
			t.Fatalf("the program ended before %s was on the screen", what)
		case <-late:
			if err != nil {
				t.Fatal(err)
			}
			keep(t, x, "failed.png")
			t.Fatalf("%s is not on the screen; see build/failed.png", what)
		}
	}
}

// spot is one pixel of a display, for who must look at once: it takes a microsecond.
type spot struct {
	t    testing.TB
	file *os.File
	at   int64
}

func (x *xvfb) spot(t testing.TB, p image.Point) spot {
	t.Helper()
	at, err := x.Offset(p)
	check(t, err)
	f, err := os.Open(x.Picture)
	check(t, err)
	t.Cleanup(func() { f.Close() })
	return spot{t, f, at}
}

func (s spot) colour() color.NRGBA {
	var p [4]byte
	_, err := s.file.ReadAt(p[:], s.at)
	check(s.t, err)
	return color.NRGBA{R: p[2], G: p[1], B: p[0], A: 0xff}
}

// near tells whether two colours are the same but for rounding.
func near(a, b color.NRGBA) bool {
	off := func(a, b uint8) bool { return max(a, b)-min(a, b) > 1 }
	return !off(a.R, b.R) && !off(a.G, b.G) && !off(a.B, b.B)
}

// share tells how much of a picture is of a colour, 0 to 1.
func share(m *image.NRGBA, c color.NRGBA) float64 {
	n := 0
	for i := 0; i < len(m.Pix); i += 4 {
		if near(color.NRGBA{m.Pix[i], m.Pix[i+1], m.Pix[i+2], 0xff}, c) {
			n++
		}
	}
	return float64(n) / float64(len(m.Pix)/4)
}

// flashed is a ground under the flash with which ui/cashier lights up a new answer.
func flashed(c color.NRGBA) color.NRGBA {
	const alpha = 0x90
	lit := func(c uint8) uint8 { return uint8((int(c)*(0xff-alpha) + 0xff*alpha) / 0xff) }
	return color.NRGBA{lit(c.R), lit(c.G), lit(c.B), 0xff}
}
