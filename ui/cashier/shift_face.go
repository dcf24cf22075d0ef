package cashier

import (
	"strconv"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// shift is the sums of the shift, on the whole width of the window.
func (f *face) shift(p *pen, b box) {
	s := f.state.Shift
	foot, b := b.bottom(p.px(74))
	switch {
	case s.Seen != nil:
		f.choices(p, foot, f.state.choices())
		f.sums(p, f.said(p, b), *s.Seen)
	case s.Looking:
		f.past(p, foot, b)
	case s.Runs == nil:
		f.choices(p, foot, f.state.choices())
		p.text(f.said(p, b), say.loading.In(p.lang), letters{size: 28, ink: p.soft, align: center})
	default:
		f.shiftFoot(p, foot)
		f.sums(p, f.said(p, b), *s.Runs)
	}
}

func (f *face) shiftFoot(p *pen, b box) {
	s := f.state
	switch {
	case s.Shift.Sure:
		ask, buttons := b.left(b.w * 0.42)
		p.lines(ask, say.closeSure.In(p.lang), letters{size: 23, bold: true, ink: p.ink})
		f.answers(p, buttons)
	case s.Order != nil:
		p.text(b, say.closing.In(p.lang), letters{size: 26, bold: true, ink: p.ink, align: trail})
	default:
		f.choices(p, b, s.choices())
	}
}

// sums are the figures of one shift: by tier at the left, what became of them at the right, and below whether till and hub
// agree.
func (f *face) sums(p *pen, b box, s desk.Shift) {
	title := shiftNo(s.Number, p.lang) + " · " + say.running.In(p.lang)
	if s.Until != nil {
		title = shiftNo(s.Number, p.lang) + " · " + say.closedShift.In(p.lang)
	}
	b = f.title(p, b, title, f.span(s))
	if s.Hub.Text.In(p.lang) != "" {
		b = f.agreement(p, b, s.Hub)
	}
	if s.Later != nil {
		b = p.notice(b, noticed{icon: clock, ground: p.ink, on: p.card, head: say.changed.In(p.lang), body: sumsNow(*s.Later, p.lang)})
	}
	left, right := b.left(b.w*0.58 - p.px(8))
	_, right = right.left(p.px(16))
	f.tiers(p, left, s)
	f.fates(p, right, s)
}

// span is from when to when.
func (f *face) span(s desk.Shift) string {
	out := ""
	if !s.From.IsZero() {
		out = f.state.at(s.From)
	}
	if s.Until != nil {
		out += " – " + f.state.at(*s.Until)
	} else if out != "" {
		out = from(out, f.state.Lang)
	}
	return out
}

// agreement says whether till and hub agree; where they do not, with a sign.
func (f *face) agreement(p *pen, b box, d desk.Difference) (rest box) {
	n := noticed{icon: discCheck, ground: final.ground, on: final.ink, head: d.Text.In(p.lang), body: d.Next.In(p.lang)}
	if d.Next != (voucher.Text{}) { // there is something to do, or to wait for
		n.icon, n.ground, n.on = warn, caution, offline.ink
		n.mark = less(d.Count, p.lang) + " · " + ui.Yuan(d.Face, p.lang)
	}
	return p.notice(b, n)
}

// tiers is a table; with many tiers its lines are lower.
func (f *face) tiers(p *pen, b box, s desk.Shift) {
	p.fill(b, p.card, p.px(14))
	b = b.inset(p.px(20), p.px(10))
	if len(s.Tiers) == 0 {
		p.paragraph(b.middle(b.w, p.px(80)), say.noSales.In(p.lang), letters{size: 26, ink: p.soft, align: center})
		return
	}
	head, b := b.top(min(p.px(34), b.h/float32(len(s.Tiers)+1)))
	f.tableRow(p, 0.56, head, say.tier.In(p.lang), say.times.In(p.lang), say.face.In(p.lang), letters{size: 17, ink: p.soft})
	high := min(p.px(60), b.h/float32(len(s.Tiers)))
	for i, t := range s.Tiers {
		line := box{b.x, b.y + float32(i)*high, b.w, high}
		f.tableRow(p, 0.56, line, t.Name.In(p.lang), strconv.Itoa(t.Count), ui.Yuan(t.Face, p.lang), letters{size: 23, bold: true, ink: p.ink})
	}
}

// fates are what became of the sales: what stands, of it confirmed and not, and what does not stand.
func (f *face) fates(p *pen, b box, s desk.Shift) {
	p.fill(b, p.card, p.px(14))
	b = b.inset(p.px(20), p.px(10))
	head, b := b.top(min(p.px(34), b.h/6))
	f.tableRow(p, 0.46, head, "", say.times.In(p.lang), say.face.In(p.lang), letters{size: 17, ink: p.soft})
	high := min(p.px(58), b.h/5)
	plain := letters{size: 22, ink: p.ink}
	for i, one := range []struct {
		name string
		sum  desk.Sum
		l    letters
	}{
		{say.standing.In(p.lang), s.Standing, letters{size: 26, bold: true, ink: p.ink}}, {say.ofFinal.In(p.lang), s.Final, plain}, {say.ofProvisional.In(p.lang), s.Provisional, plain},
		{say.ofVoided.In(p.lang), s.Voided, plain}, {say.ofDisputed.In(p.lang), s.Disputed, plain},
	} {
		f.tableRow(p, 0.46, box{b.x, b.y + float32(i)*high, b.w, high}, one.name, strconv.Itoa(one.sum.Count), ui.Yuan(one.sum.Face, p.lang), one.l)
	}
}

// tableRow gives the name that part of its width, and parts the rest between count and sum.
func (f *face) tableRow(p *pen, part float32, b box, name, times, face string, l letters) {
	first, rest := b.left(b.w * part)
	second, third := rest.left(rest.w * 0.28)
	p.lines(first.inset(0, p.px(2)), name, l)
	l.align = trail
	p.text(second, times, l)
	p.text(third, face, l)
}

// past lists the closed shifts.
func (f *face) past(p *pen, foot, b box) {
	s, rows := f.state.Shift, f.state.rows()
	note := ""
	if n := pagesOf(len(s.Past), rows); n > 1 {
		note = pageNo(s.At/rows+1, n, p.lang)
	}
	b = f.title(p, b, say.pastShifts.In(p.lang), note)
	f.pager(p, foot, choice{"step back", say.backOne, backOne{}}, len(s.Past) > rows)
	b = f.said(p, b)
	switch {
	case !s.PastAsk.Heard:
		p.text(b, say.loading.In(p.lang), letters{size: 28, ink: p.soft, align: center})
	case len(s.Past) == 0:
		p.text(b, say.noPast.In(p.lang), letters{size: 28, bold: true, ink: p.ink, align: center})
	}
	from, to := paged(s.At, len(s.Past), rows)
	for i := from; i < to; i++ {
		f.pastRow(p, b.row(i-from, rows, p.px(7)), i-from, s.Past[i], i == s.At)
	}
}

func (f *face) pastRow(p *pen, b box, i int, s desk.Shift, marked bool) {
	p.touch("shift"+strconv.Itoa(i), b, look{up: p.card, down: p.press, radius: p.px(12), marked: marked, draw: func(p *pen, b box) {
		b = b.inset(p.px(20), p.px(4))
		name, rest := b.left(b.w * 0.2)
		span, rest := rest.left(b.w * 0.4)
		count, sum := rest.left(b.w * 0.14)
		p.text(name, shiftNo(s.Number, p.lang), letters{size: 24, bold: true, ink: p.ink})
		p.text(span, f.span(s), letters{size: 21, ink: p.soft})
		p.text(count, records(uint64(s.Standing.Count), p.lang), letters{size: 21, ink: p.soft, align: trail})
		p.text(sum, ui.Yuan(s.Standing.Face, p.lang), letters{size: 24, bold: true, ink: p.ink, align: trail})
	}}, func() { f.act(looked(s.Number)) })
}
