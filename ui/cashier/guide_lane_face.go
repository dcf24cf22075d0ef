package cashier

import (
	"bytes"
	"image/color"
	"image/png"

	"fyne.io/fyne/v2/canvas"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// laneStep has the code at the left, large, and the steps at the right.
func (f *face) laneStep(p *pen, b box) {
	l := f.state.lane()
	if len(l.Steps) == 0 {
		if f.state.Order != nil {
			f.guideWait(p, b, guide.laneAsk)
			return
		}
		f.message(p, b, viewfind, guide.laneStep.In(p.lang), guide.laneHow.In(p.lang))
		return
	}
	left, right := b.left(min(b.h, b.w*0.42))
	_, right = right.left(p.px(14))
	if scanWaits(l) {
		f.laneCode(p, left, l)
	} else {
		f.laneStands(p, left, l)
	}
	for i, line := range laneRows(right, l.Steps, p.px(5)) {
		f.laneLine(p, line, l.Steps[i], l.State)
	}
}

// laneRows gives those steps three times the height that have something to say.
func laneRows(b box, steps []desk.LaneStep, gap float32) []box {
	high := func(s desk.LaneStep) float32 {
		if s.State == desk.LaneNow || s.State == desk.LaneFailed {
			return 3
		}
		return 1
	}
	all := float32(0)
	for _, s := range steps {
		all += high(s)
	}
	out := make([]box, len(steps))
	left := b.h - gap*float32(len(steps)-1)
	for i, s := range steps {
		out[i], b = b.top(left * high(s) / all)
		_, b = b.top(gap)
	}
	return out
}

// laneCode is the QR on white, as large as there is room: scanners read it off the screen.
func (f *face) laneCode(p *pen, b box, l desk.Lane) {
	p.fill(b, color.NRGBA{0xff, 0xff, 0xff, 0xff}, p.px(12))
	head, b := b.inset(p.px(8), p.px(4)).bottom(p.px(30))
	p.text(head, guide.laneScan.In(p.lang), letters{size: 20, bold: true, ink: rgb(0x000000), align: center})
	m := f.code(l.PNG)
	if m == nil {
		p.text(b, say.loading.In(p.lang), letters{size: 24, ink: rgb(0x000000), align: center})
		return
	}
	side := min(b.w, b.h)
	p.add(m, b.middle(side, side))
}

// code is the picture, kept while it stays the same; nil where there is none that can be read.
func (f *face) code(raw []byte) *canvas.Image {
	if len(raw) == 0 {
		return nil
	}
	if f.qr == nil || !bytes.Equal(raw, f.qrOf) {
		m, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			return nil
		}
		f.qr, f.qrOf = canvas.NewImageFromImage(m), raw
		f.qr.FillMode, f.qr.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
	}
	return f.qr
}

// laneStands is how the whole test stands, while there is nothing to scan.
func (f *face) laneStands(p *pen, b box, l desk.Lane) {
	sign, own, word := hourglass, waiting, guide.laneStep
	switch l.State {
	case desk.LanePassed:
		sign, own, word = discCheck, final, guide.lanePass
	case desk.LaneOver:
		sign, own, word = octagon, refused, guide.laneOver
	case desk.LaneEnded:
		sign, own, word = ban, voided, guide.laneEnded
	}
	p.fill(b, own.ground, p.px(14))
	b = b.inset(p.px(12), p.px(12))
	text, b := b.bottom(b.h * 0.34)
	p.icon(b.inset(p.px(10), p.px(10)), sign, own.ink, own.ground)
	p.lines(text, word.In(p.lang), letters{size: 40, bold: true, ink: own.ink, align: center})
}

// laneLine is one step: how it stands, and what to do when it stays so. What is only to come is told in one sentence. The
// step that is awaited has the answer to a scan that was none of the test's under it.
func (f *face) laneLine(p *pen, b box, one desk.LaneStep, state string) {
	p.fill(b, p.card, p.px(10))
	sign, own := laneSign(one.State)
	edge, rest := b.left(p.px(54))
	p.fill(edge, own.ground, p.px(10))
	p.icon(edge.middle(p.px(32), p.px(32)), sign, own.ink, own.ground)
	next := one.Next
	if a := f.state.Guide.Told; a != nil && one.State == desk.LaneNow && one.Name == desk.LaneScan && state == desk.LaneRunning && a.Tier != voucher.LaneTierID {
		next = joined(a.Message, a.Next)
	}
	p.pair(rest.inset(p.px(10), p.px(3)), one.Text.In(p.lang), next.In(p.lang), letters{size: 18, bold: true, ink: p.ink}, letters{size: 16, ink: p.soft})
}

// laneSign is the sign of a step, each of its own shape.
func laneSign(state string) (icon, palette) {
	switch state {
	case desk.LaneDone:
		return discCheck, final
	case desk.LaneFailed:
		return octagon, refused
	case desk.LaneNow:
		return hourglass, waiting
	}
	return lines, voided
}
