//go:build !windows

package main

import (
	"image"
	"os/exec"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// Where the buttons lie at 1024 x 768, as ui/cashier lays them out.
var (
	onLanguage = image.Pt(954, 30)
	onSeven    = image.Pt(733, 264)
	onClear    = image.Pt(761, 642)
	onUndo     = image.Pt(574, 652) // and on "no" when it asks
	onYes      = image.Pt(380, 652)
	onGround   = image.Pt(6, 400) // beside everything
)

// hands are a cashier's: keys and mouse of a display, by the XTEST extension. They are for one goroutine.
type hands struct {
	t    testing.TB
	line *xgb.Conn
	root xproto.Window
	keys map[rune]stroke
}

type stroke struct {
	key   byte
	shift bool
}

// The X names of keys that are no characters (keysymdef.h).
const (
	keyReturn = 0xff0d
	keyEscape = 0xff1b
	keyShift  = 0xffe1
	keyF4     = 0xffc1
	keyF12    = 0xffc9
	keyAlt    = 0xffe9
)

func newHands(t testing.TB, x *xvfb) *hands {
	t.Helper()
	line, err := xgb.NewConnDisplay(x.display)
	check(t, err)
	t.Cleanup(line.Close)
	check(t, xtest.Init(line))
	setup := xproto.Setup(line)
	h := &hands{t: t, line: line, root: setup.DefaultScreen(line).Root, keys: map[rune]stroke{}}
	low := setup.MinKeycode
	m, err := xproto.GetKeyboardMapping(line, low, byte(setup.MaxKeycode-low)+1).Reply()
	check(t, err)
	for i, sym := range m.Keysyms {
		key, level := byte(low)+byte(i/int(m.KeysymsPerKeycode)), i%int(m.KeysymsPerKeycode)
		if _, known := h.keys[rune(sym)]; !known && level < 2 && sym != 0 {
			h.keys[rune(sym)] = stroke{key, level == 1}
		}
	}
	return h
}

func (h *hands) fake(kind, detail byte, at image.Point) {
	xtest.FakeInput(h.line, kind, detail, 0, h.root, int16(at.X), int16(at.Y), 0)
}

// hit strikes a key, with another held down if one is named. It does not wait.
func (h *hands) hit(sym rune, held ...rune) {
	s, known := h.keys[sym]
	if !known {
		h.t.Fatalf("there is no key for %q", sym)
	}
	if s.shift {
		held = append(held, keyShift)
	}
	for _, k := range held {
		h.fake(xproto.KeyPress, h.keys[k].key, image.Point{})
	}
	h.fake(xproto.KeyPress, s.key, image.Point{})
	h.fake(xproto.KeyRelease, s.key, image.Point{})
	for _, k := range held {
		h.fake(xproto.KeyRelease, h.keys[k].key, image.Point{})
	}
}

// pause has the display take what follows 200 ms later: a person presses no key straight behind a scan, and an Enter within 80 ms
// of one is the second end that some scanners send (drivers/wedge, Pace.Gap).
func (h *hands) pause() {
	xtest.FakeInput(h.line, xproto.MotionNotify, 1, 200, h.root, 0, 0, 0) // by nothing from where it is
}

// write types a text as fast as it goes, and waits until the server has it.
func (h *hands) write(text string) {
	for _, r := range text {
		h.hit(r)
	}
	h.sync()
}

// pace types a text as scanners do: the fastest we know take a millisecond for each character.
func (h *hands) pace(text string) {
	next := time.NewTicker(time.Millisecond)
	defer next.Stop()
	for _, r := range text {
		h.hit(r)
		<-next.C
	}
	h.sync()
}

// scan types a code at once.
func (h *hands) scan(code string) {
	h.write(code)
	h.hit(keyReturn)
	h.sync()
}

// click presses a place.
func (h *hands) click(at image.Point) {
	h.fake(xproto.MotionNotify, 0, at)
	h.fake(xproto.ButtonPress, 1, image.Point{})
	h.fake(xproto.ButtonRelease, 1, image.Point{})
	h.sync()
}

// sync waits until the server has done all that it was told.
func (h *hands) sync() {
	if _, err := xproto.GetInputFocus(h.line).Reply(); err != nil {
		h.t.Fatal(err)
	}
}

// focused tells whether a window has the keyboard: until then keys go nowhere, also when the window is painted already.
func (h *hands) focused() bool {
	at, err := xproto.GetInputFocus(h.line).Reply()
	return err == nil && at.Focus > xproto.InputFocusPointerRoot && at.Focus != xproto.Setup(h.line).DefaultScreen(h.line).Root
}

// xdotool runs it on the display, and waits.
func (x *xvfb) xdotool(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.Command(needed(t, "xdotool"), args...)
	cmd.Env = []string{"DISPLAY=" + x.display}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool %q: %v %s", args, err, out)
	}
}

// cover lays a window of its own over the whole screen, as a POS has one.
func (h *hands) cover() {
	id, err := xproto.NewWindowId(h.line)
	check(h.t, err)
	screen := xproto.Setup(h.line).DefaultScreen(h.line)
	check(h.t, xproto.CreateWindowChecked(h.line, screen.RootDepth, id, h.root, 0, 0, screen.WidthInPixels, screen.HeightInPixels, 0,
		xproto.WindowClassInputOutput, screen.RootVisual, xproto.CwBackPixel, []uint32{0x808080}).Check())
	check(h.t, xproto.MapWindowChecked(h.line, id).Check())
}
