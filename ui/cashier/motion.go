package cashier

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// flash lights the window up for a moment when an answer comes, so that the second of two equal answers is seen too.
type flash struct {
	rect *canvas.Rectangle
	run  *fyne.Animation
}

func (f *flash) start() {
	if f.run != nil {
		f.run.Stop()
	}
	f.run = canvas.NewColorRGBAAnimation(color.NRGBA{0xff, 0xff, 0xff, 0xd0}, color.NRGBA{0xff, 0xff, 0xff, 0}, 350*time.Millisecond, func(c color.Color) {
		f.rect.FillColor = c
		f.rect.Refresh()
	})
	f.run.Curve = fyne.AnimationEaseOut
	f.run.Start()
}

// shuttle is a bar that goes to and fro while the hub is asked.
type shuttle struct {
	rect *canvas.Rectangle
	way  box
	on   *fyne.Animation
}

const shuttlePart = 0.3 // of the way

// place puts the bar on its way; on the same way its motion is not disturbed.
func (s *shuttle) place(way box) {
	if s.way == way {
		return
	}
	s.way = way
	s.rect.Resize(fyne.NewSize(way.w*shuttlePart, way.h))
	s.rect.Move(way.pos())
}

func (s *shuttle) run(busy bool) {
	switch {
	case busy && s.on == nil:
		s.on = fyne.NewAnimation(900*time.Millisecond, func(done float32) {
			s.rect.Move(fyne.NewPos(s.way.x+s.way.w*(1-shuttlePart)*done, s.way.y))
		})
		s.on.AutoReverse, s.on.RepeatCount, s.on.Curve = true, fyne.AnimationRepeatForever, fyne.AnimationEaseInOut
		s.on.Start()
	case !busy && s.on != nil:
		s.on.Stop()
		s.on = nil
	}
}
