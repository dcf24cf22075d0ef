package stage

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Screen is a display of one's own for windows to be looked at: Xvfb, an X server without a screen, which keeps its
// picture in a file.
type Screen struct {
	Display string      // for DISPLAY
	Picture string      // the file, an X window dump
	Server  *os.Process // Xvfb
	cmd     *exec.Cmd
}

// OpenScreen starts Xvfb with a size such as "1024x768", and further arguments for it; it keeps its picture in a folder
// that is there. Close ends it.
func OpenScreen(dir, size string, args ...string) (*Screen, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", append([]string{"-displayfd", "3", "-fbdir", dir, "-screen", "0", size + "x24", "-noreset", "-nocursor", "-nolisten", "tcp"}, args...)...)
	cmd.ExtraFiles = []*os.File{w}
	var says strings.Builder
	cmd.Stderr = &says
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	number, err := bufio.NewReader(r).ReadString('\n') // Xvfb closes its end when it fails
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("start Xvfb: %w %s", err, says.String())
	}
	return &Screen{":" + strings.TrimSpace(number), filepath.Join(dir, "Xvfb_screen0"), cmd.Process, cmd}, nil
}

// Close ends Xvfb, by its process, and waits until it is gone.
func (s *Screen) Close() {
	_ = s.Server.Kill()
	_ = s.cmd.Wait()
}

// Look reads what is on the screen now.
func (s *Screen) Look() (*image.NRGBA, error) {
	raw, err := os.ReadFile(s.Picture)
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

// Offset is where in Picture a pixel lies: four bytes, blue, green, red and one that means nothing.
func (s *Screen) Offset(p image.Point) (int64, error) {
	raw, err := os.ReadFile(s.Picture)
	if err != nil {
		return 0, err
	}
	d, err := readDump(raw)
	return int64(d.at + p.Y*d.line + 4*p.X), err
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
		return d, fmt.Errorf("an X window dump of version %d with %d bits a pixel, little-endian %v: this reads version 7, 32 bits, little-endian", version, perPixel, little)
	}
	d = dump{at: int(size) + colours*12, width: int(head[4]), height: int(head[5]), line: int(head[12])}
	if len(raw) < d.at+d.line*d.height {
		return d, io.ErrUnexpectedEOF
	}
	return d, nil
}
