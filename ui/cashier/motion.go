package cashier

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// Motion goes in few steps, not in Fyne's sixty a second: each step paints the whole window anew, and on a PC without a
// graphics driver that is 30 ms and more of a core. A smooth bar made an answer wait there for a second and longer
// (measured with llvmpipe on two busy cores), which is the very thing it was to bridge.

// flash lights the window up for a moment when an answer comes, so that the second of two equal answers is seen too.
type flash struct {
	rect *canvas.Rectangle
	no   int
}

const flashTime = 120 * time.Millisecond

func (f *flash) start(later func(time.Duration, func())) {
	f.no++
	f.set(0x90)
	no := f.no
	later(flashTime, func() {
		if f.no == no {
			f.set(0)
		}
	})
}

func (f *flash) set(alpha uint8) {
	f.rect.FillColor = color.NRGBA{0xff, 0xff, 0xff, alpha}
	f.rect.Refresh()
}

// shuttle is a bar that goes to and fro while something is waited for.
type shuttle struct {
	rect *canvas.Rectangle
	way  box
	at   int // steps done
	runs bool
}

const (
	shuttleTime  = 180 * time.Millisecond
	shuttleSteps = 6
)

// place puts the bar where its motion has brought it.
func (s *shuttle) place(way box) {
	s.way = way
	part := way.w / (shuttleSteps + 1)
	at := s.at % (2 * shuttleSteps)
	if at > shuttleSteps {
		at = 2*shuttleSteps - at
	}
	s.rect.Resize(fyne.NewSize(part, way.h))
	s.rect.Move(fyne.NewPos(way.x+part*float32(at), way.y))
}

// run keeps the bar going as long as there is reason to.
func (s *shuttle) run(restless func() bool, later func(time.Duration, func())) {
	if s.runs || !restless() {
		return
	}
	s.runs = true
	later(shuttleTime, func() {
		s.runs = false
		if !restless() {
			s.at = 0
			return
		}
		s.at++
		s.place(s.way)
		s.run(restless, later)
	})
}
