//go:build !windows

package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
)

// The X names of more keys (keysymdef.h).
const (
	keyHome  = 0xff50
	keyLeft  = 0xff51
	keyRight = 0xff53
	keyDown  = 0xff54
	keyEnd   = 0xff57
	keyF8    = 0xffc5
)

var (
	ink   = color.NRGBA{0x14, 0x20, 0x2b, 0xff} // ui/cashier/palette.go, idle
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// part is the share of a colour in a piece of a picture.
func part(m *image.NRGBA, piece image.Rectangle, c color.NRGBA) float64 {
	n := 0
	for y := piece.Min.Y; y < piece.Max.Y; y++ {
		for x := piece.Min.X; x < piece.Max.X; x++ {
			if m.NRGBAAt(x, y) == c {
				n++
			}
		}
	}
	return float64(n) / float64(piece.Dx()*piece.Dy())
}

// A technician, by the keyboard alone: PIN, the guide, what doctor finds, the lane test with its code read off the screen, and the
// acceptance, until the hub has it.
func TestATechnicianIsLedThroughTheWindow(t *testing.T) {
	s := newShop(t, 1)
	check(t, desk.LeavePIN(s.agent.Data(), "271828"))
	check(t, s.agent.Desk.CheckPIN(s.ctx, "271828"))
	s.wait("PIN", func(v desk.View) bool { return v.Settings.PINSet })
	p := s.fresh()
	see := func(what string, wanted func(*image.NRGBA) bool) {
		t.Helper()
		s.x.until(t, p.ended, what, wanted)
	}
	press := func(keys ...rune) {
		for _, k := range keys {
			s.hit(k)
		}
		s.sync()
	}
	press(keyF8)
	s.write("271828")
	press(keyReturn)
	// The keypad has gaps there, and the settings a card without any.
	see("the settings", func(m *image.NRGBA) bool { return part(m, image.Rect(998, 220, 1000, 560), white) == 1 })
	press(keyEnd, keyLeft, keyReturn)
	tile := func(at int) func(*image.NRGBA) bool {
		return func(m *image.NRGBA) bool { return part(m, image.Rect(30+200*at, 80, 190+200*at, 130), ink) > 0.6 }
	}
	see("the guide", tile(0))
	signs := image.Rect(18, 160, 100, 620)
	see("what doctor finds", func(m *image.NRGBA) bool {
		return part(m, signs, grounds[final].ground)+part(m, signs, grounds[refused].ground)+part(m, signs, grounds[provisional].ground) > 0.3
	})
	for at, step := range []string{"the devices", "the scanner on trial", "the lane test"} { // of equal keys at once a display may take the second for one that is held
		press(keyReturn)
		see(step, tile(at+1))
	}
	press(keyReturn)
	var code string
	see("the code of the lane test", func(m *image.NRGBA) bool {
		var raw bytes.Buffer
		check(t, png.Encode(&raw, m.SubImage(image.Rect(0, 150, 460, 640))))
		texts, err := qrimage.Decode(&raw)
		if err == nil && len(texts) == 1 {
			code = texts[0]
		}
		return code != ""
	})
	s.pace(code) // this till's scanner types
	press(keyReturn)
	see("the lane test passed", func(m *image.NRGBA) bool {
		return part(m, image.Rect(20, 160, 380, 620), grounds[final].ground) > 0.5
	})
	s.pause()
	press(keyReturn)
	see("the acceptance", tile(4))
	press('l', 'i')
	press(keyHome, keyRight, keyDown, keyReturn) // in spite of what fails; where nothing does, this signs
	press(keyEnd, keyLeft, keyReturn)
	s.wait("acceptance in the hub's book", func(v desk.View) bool {
		return v.Accepted != nil && v.Accepted.Technician == "li" && v.Accepted.State == "acked"
	})
}
