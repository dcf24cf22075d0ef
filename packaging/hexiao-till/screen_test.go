//go:build !windows

package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// xvfb is a display of the test's own: an X server without a screen, which keeps its picture in a file.
type xvfb struct {
	display string
	picture string
	server  *os.Process
}

// openDisplay starts Xvfb and ends it, by its process, when the test ends. Without Xvfb the test fails where CI is set;
// elsewhere it is skipped, and says so.
func openDisplay(t testing.TB, args ...string) *xvfb { return openScreen(t, "1024x768", args...) }

// openScreen is openDisplay for a screen of another size.
func openScreen(t testing.TB, size string, args ...string) *xvfb {
	t.Helper()
	program := needed(t, "Xvfb")
	dir := t.TempDir()
	r, w, err := os.Pipe()
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, append([]string{"-displayfd", "3", "-fbdir", dir, "-screen", "0", size + "x24", "-noreset", "-nocursor", "-nolisten", "tcp"}, args...)...)
	cmd.ExtraFiles = []*os.File{w}
	var says strings.Builder
	cmd.Stderr = &says
	check(t, cmd.Start())
	w.Close()
	t.Cleanup(func() {
		cancel()
		cmd.Wait()
		r.Close()
	})
	number, err := bufio.NewReader(r).ReadString('\n') // Xvfb closes its end when it fails
	if err != nil {
		cancel()
		cmd.Wait()
		t.Fatalf("Xvfb did not start: %v %s", err, says.String())
	}
	return &xvfb{display: ":" + strings.TrimSpace(number), picture: filepath.Join(dir, "Xvfb_screen0"), server: cmd.Process}
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

// dump is where the pixels lie in an X window dump (XWDFile.h): behind a header of big-endian words and the colour map.
type dump struct{ at, width, height, line int }

func readDump(raw []byte) (d dump, err error) {
	const words = 25
	if len(raw) < 4*words {
		return d, io.ErrUnexpectedEOF
	}
	var head [words]uint32
	for i := range head {
		head[i] = binary.BigEndian.Uint32(raw[4*i:])
	}
	size, version, little, perPixel, colours := head[0], head[1], head[7] == 0, head[11], int(head[19])
	if version != 7 || perPixel != 32 || !little {
		return d, fmt.Errorf("an X window dump of version %d with %d bits a pixel, little-endian %v: this test reads version 7, 32 bits, little-endian", version, perPixel, little)
	}
	d = dump{at: int(size) + colours*12, width: int(head[4]), height: int(head[5]), line: int(head[12])}
	if len(raw) < d.at+d.line*d.height {
		return d, io.ErrUnexpectedEOF
	}
	return d, nil
}

// look reads what is on the display now.
func (x *xvfb) look() (*image.NRGBA, error) {
	raw, err := os.ReadFile(x.picture)
	if err != nil {
		return nil, err
	}
	d, err := readDump(raw)
	if err != nil {
		return nil, err
	}
	m := image.NewNRGBA(image.Rect(0, 0, d.width, d.height))
	for y := range d.height {
		for x := range d.width {
			p := raw[d.at+y*d.line+4*x:]
			m.SetNRGBA(x, y, color.NRGBA{R: p[2], G: p[1], B: p[0], A: 0xff})
		}
	}
	return m, nil
}

// until looks until a picture is as it should be. A picture is no event: there is nothing to wait for but to look again.
func (x *xvfb) until(t testing.TB, ended <-chan struct{}, what string, wanted func(*image.NRGBA) bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(60 * time.Second)
	for {
		m, err := x.look()
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
	raw, err := os.ReadFile(x.picture)
	check(t, err)
	d, err := readDump(raw)
	check(t, err)
	f, err := os.Open(x.picture)
	check(t, err)
	t.Cleanup(func() { f.Close() })
	return spot{t, f, int64(d.at + p.Y*d.line + 4*p.X)}
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
