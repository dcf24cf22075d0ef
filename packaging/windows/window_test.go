package windows

import (
	"context"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/packaging/stage"
)

// Where on the window's own golden pictures (ui/cashier/testdata, 1024 x 600) something big is written.
var (
	amountFirst = sight{"amount-first-zh.png", image.Rect(240, 305, 495, 365)} // 先输入金额
	redeemed    = sight{"final-zh.png", image.Rect(130, 80, 445, 168)}         // 核销成功
	toCollect   = sight{"final-zh.png", image.Rect(365, 200, 702, 300)}        // ¥48.00
)

// TestWindowDrawsAndTakesAScan opens the window, which must show its Chinese as the golden pictures do, types a bill as a
// person and a code as a scanner, and looks for the answer. What was seen is kept in build/windows, for people.
func TestWindowDrawsAndTakesAScan(t *testing.T) {
	screen := openScreen(t)
	s := newScene(t, screen.Display)
	s.run(t)
	v := s.issue(t)
	w := &window{scene: s, screen: screen, ended: make(chan struct{})}
	w.open(t)

	w.until(t, amountFirst)
	w.keep(t, "first")
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	watch := s.till.Watch(ctx)
	xdotool(t, screen, "type", "--delay", "150", "58")
	check(t, watch.View(stage.Patience, "the bill that was typed", func(v desk.View) bool { return v.Bill.Fen == 5800 }))
	xdotool(t, screen, "type", "--delay", "1", v.Code)
	xdotool(t, screen, "key", "Return")
	w.until(t, redeemed)
	w.until(t, toCollect)
	w.keep(t, "final")

	lines := s.history(t)
	if len(lines) != 1 || lines[0].Bill != 5800 {
		t.Fatalf("the day's list is %+v, want one redemption on a bill of 5800 fen", lines)
	}
	s.redeemed(t, v, lines[0].Redemption)
}

// window is the till's window, open.
type window struct {
	*scene
	screen *stage.Screen
	ended  chan struct{}
}

func (w *window) open(t *testing.T) {
	t.Helper()
	cmd := exec.Command(filepath.Join(w.programs, "hexiao-till"), "--desk", w.till.Desk.URL(), "--token-file", filepath.Join(w.till.Data(), "desk.token"), "--lang", "zh")
	cmd.Stderr = os.Stderr
	check(t, cmd.Start())
	go func() {
		defer close(w.ended)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-w.ended
	})
}

// keep writes what is on the screen into a file for people.
func (w *window) keep(t *testing.T, name string) {
	t.Helper()
	m, err := w.screen.Look()
	check(t, err)
	f, err := os.Create(filepath.Join(built, "windows", "window-"+name+".png"))
	check(t, err)
	defer f.Close()
	check(t, png.Encode(f, m))
}

// until looks until the window shows something. A picture is no event: there is nothing to wait for but to look again.
func (w *window) until(t *testing.T, s sight) {
	t.Helper()
	golden := s.load(t)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	late := time.After(2 * stage.Patience)
	for {
		m, err := w.screen.Look()
		if err == nil && shows(m, golden, s.at.Min) {
			return
		}
		select {
		case <-again.C:
		case <-w.ended:
			t.Fatalf("the window's program ended before %s was seen", s.picture)
		case <-late:
			w.keep(t, "failed")
			t.Fatalf("what stands in %v of %s is not on the screen; see build/windows/window-failed.png", s.at, s.picture)
		}
	}
}

// sight is a piece of a golden picture.
type sight struct {
	picture string
	at      image.Rectangle
}

func (s sight) load(t *testing.T) *image.Gray {
	t.Helper()
	f, err := os.Open(filepath.Join("../../ui/cashier/testdata", s.picture))
	check(t, err)
	defer f.Close()
	m, err := png.Decode(f)
	check(t, err)
	piece := image.NewGray(image.Rect(0, 0, s.at.Dx(), s.at.Dy()))
	draw.Draw(piece, piece.Bounds(), m, s.at.Min, draw.Src)
	return piece
}

// alikeTo is how much two pieces may differ, of 255 on the average: the window is drawn by OpenGL, the golden pictures in
// software. Measured under Wine 8 with Mesa 22.3: the right text differs by less than 1, the English in its place by 63.
const alikeTo = 8

// shows looks for a piece on the screen, at its place in the window, which Wine puts a little off the corner of a black
// screen.
func shows(screen *image.NRGBA, piece *image.Gray, at image.Point) bool {
	grey := image.NewGray(screen.Bounds())
	draw.Draw(grey, grey.Bounds(), screen, image.Point{}, draw.Src)
	at = at.Add(corner(grey))
	for i := range 5 * 5 { // its frame may be black, too
		if unlike(grey, piece, at.Add(image.Pt(i%5-2, i/5-2))) < alikeTo {
			return true
		}
	}
	return false
}

// corner is the first pixel that is not black.
func corner(m *image.Gray) image.Point {
	for i, grey := range m.Pix {
		if grey != 0 {
			return image.Pt(i%m.Stride, i/m.Stride)
		}
	}
	return image.Point{}
}

// unlike is by how much the piece differs from what lies at a place, on the average of its pixels; every fifth is looked at.
func unlike(screen, piece *image.Gray, at image.Point) int {
	sum, n := 0, 0
	for i := 0; i < piece.Bounds().Dx()*piece.Bounds().Dy(); i += 5 {
		x, y := i%piece.Bounds().Dx(), i/piece.Bounds().Dx()
		a, b := int(piece.GrayAt(x, y).Y), int(screen.GrayAt(at.X+x, at.Y+y).Y)
		sum, n = sum+max(a, b)-min(a, b), n+1
	}
	return sum / n
}
