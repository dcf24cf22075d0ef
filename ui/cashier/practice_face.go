package cashier

import (
	"image"

	"fyne.io/fyne/v2/canvas"
)

// The colours of practice are those of no answer; the stripes and the word say it to whoever sees no colours.
var (
	practiceInk    = rgb(0xffffff)
	practiceGround = rgb(0x6a1b9a)
	practiceStripe = rgb(0x2a0845)
)

// banner is the strip over every screen of practice. It gives the rest of the window.
func (f *face) banner(p *pen, whole box) (rest box) {
	strip, rest := whole.top(max(p.px(46), 38))
	f.hatch(p, "banner", strip)
	text := strip.middle(strip.w*0.84, strip.h*0.84)
	p.fill(text, practiceGround, text.h/2)
	picture, text := text.inset(p.px(18), 0).left(text.h)
	p.icon(picture.inset(0, p.px(5)), hat, practiceInk, practiceGround)
	p.text(text, say.practiceBanner.In(p.lang), letters{size: 25, bold: true, ink: practiceInk, align: center})
	return rest
}

// practiceTag stands beside the word of an answer, which is read from two metres.
func (f *face) practiceTag(p *pen, b box) {
	f.hatch(p, "tag", b)
	in := b.inset(p.px(10), p.px(7))
	p.fill(in, practiceGround, p.px(8))
	p.text(in, say.practiceMark.In(p.lang), letters{size: 34, bold: true, ink: practiceInk, align: center})
}

func edgeWidth(p *pen) float32 { return max(p.px(14), 10) }

// within is what the edge leaves of the window below the band.
func within(p *pen, b box) box {
	_, b = b.bottom(edgeWidth(p) * 0.7)
	return b.inset(edgeWidth(p), 0)
}

// edge goes round the whole window, so that practice is seen whatever part of it one looks at.
func (f *face) edge(p *pen, whole box) {
	width := edgeWidth(p)
	left, rest := whole.left(width)
	right, rest := rest.right(width)
	top, rest := rest.top(width * 0.7)
	bottom, _ := rest.bottom(width * 0.7)
	for name, b := range map[string]box{"left": left, "right": right, "top": top, "bottom": bottom} {
		f.hatch(p, name, b)
	}
}

// hatch fills a box with slanting stripes. The picture is kept while its size stays.
func (f *face) hatch(p *pen, name string, b box) {
	w, h := int(b.w*p.scale), int(b.h*p.scale)
	if w <= 0 || h <= 0 {
		return
	}
	m := f.hatches[name]
	if m == nil || m.Image.Bounds().Dx() != w || m.Image.Bounds().Dy() != h {
		m = canvas.NewImageFromImage(stripes(w, h, max(4, int(p.px(14)*p.scale))))
		f.hatches[name] = m
	}
	p.add(m, b)
}

func stripes(w, h, width int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := practiceGround
			if (x+y)/width%2 == 0 {
				c = practiceStripe
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// playing is the row of buttons that play answers. It stands at the bottom of the sale's screen.
func (f *face) playing(p *pen, b box) (rest box) {
	all := f.state.plays()
	const rows = 2
	strip, rest := b.bottom(p.px(rows*66 + 8))
	perRow := (len(all) + rows - 1) / rows
	for i, c := range all {
		line := strip.row(i/perRow, rows, p.px(8))
		f.choose(p, line.column(i%perRow, perRow, p.px(8)), c)
	}
	head, rest := rest.bottom(p.px(34))
	p.text(head, say.playHow.In(p.lang), letters{size: 19, bold: true, ink: p.soft})
	return rest
}

// practising asks whether to begin, or to go on.
func (f *face) practising(p *pen, b box) {
	s := f.state
	title, how := say.practice, say.practiceHow
	switch {
	case s.View.Practice:
		title, how = say.practiceOn, say.practiceOnHow
	case !s.View.Settings.Practice:
		title, how = say.practiceOff, say.practiceOffHow
	}
	foot, b := b.bottom(p.px(86))
	b = f.said(p, b)
	f.choices(p, foot, s.choices())
	f.message(p, b, hat, title.In(p.lang), how.In(p.lang))
}
