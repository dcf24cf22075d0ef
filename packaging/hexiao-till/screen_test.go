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
)

// xvfb is a display of the test's own: an X server without a screen, which keeps its picture in a file.
type xvfb struct {
	display string
	picture string
}

// openDisplay starts Xvfb and ends it, by its process, when the test ends. Without Xvfb the test fails where CI is set;
// elsewhere it is skipped, and says so.
func openDisplay(t *testing.T, args ...string) *xvfb {
	t.Helper()
	program, err := exec.LookPath("Xvfb")
	if err != nil {
		const cure = "Xvfb is not installed; `make setup` installs it"
		if os.Getenv("CI") != "" {
			t.Fatal(cure)
		}
		t.Skip("NOT TESTED, the window was not opened: " + cure)
	}
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, append([]string{"-displayfd", "3", "-fbdir", dir, "-screen", "0", "1024x768x24", "-noreset", "-nocursor", "-nolisten", "tcp"}, args...)...)
	cmd.ExtraFiles = []*os.File{w}
	var says strings.Builder
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
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
	return &xvfb{display: ":" + strings.TrimSpace(number), picture: filepath.Join(dir, "Xvfb_screen0")}
}

// look reads what is on the display now. The file is an X window dump (XWDFile.h): a header of big-endian words, the
// colour map, then the pixels.
func (x *xvfb) look() (*image.NRGBA, error) {
	raw, err := os.ReadFile(x.picture)
	if err != nil {
		return nil, err
	}
	const words = 25
	if len(raw) < 4*words {
		return nil, io.ErrUnexpectedEOF
	}
	var head [words]uint32
	for i := range head {
		head[i] = binary.BigEndian.Uint32(raw[4*i:])
	}
	size, version, width, height, little, perPixel, perLine, colours := head[0], head[1], int(head[4]), int(head[5]), head[7] == 0, head[11], int(head[12]), int(head[19])
	if version != 7 || perPixel != 32 || !little {
		return nil, fmt.Errorf("an X window dump of version %d with %d bits a pixel, little-endian %v: this test reads version 7, 32 bits, little-endian", version, perPixel, little)
	}
	pixels := raw[min(len(raw), int(size)+colours*12):]
	if len(pixels) < perLine*height {
		return nil, io.ErrUnexpectedEOF
	}
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p := pixels[y*perLine+4*x:]
			m.SetNRGBA(x, y, color.NRGBA{R: p[2], G: p[1], B: p[0], A: 0xff})
		}
	}
	return m, nil
}

// share tells how much of a picture is within a few steps of a colour, 0 to 1.
func share(m *image.NRGBA, c color.NRGBA) float64 {
	n := 0
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) <= 1 }
	for i := 0; i < len(m.Pix); i += 4 {
		if near(m.Pix[i], c.R) && near(m.Pix[i+1], c.G) && near(m.Pix[i+2], c.B) {
			n++
		}
	}
	return float64(n) / float64(len(m.Pix)/4)
}
