package cashier

import (
	"strings"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// acceptStep takes the technician's name, and shows the record that comes of it.
func (f *face) acceptStep(p *pen, b box) {
	g := f.state.Guide
	switch {
	case g.Done != nil:
		f.accepted(p, b, *f.state.record())
		return
	case f.state.Order != nil:
		f.guideWait(p, b, guide.signing)
		return
	}
	if f.state.Trouble == nil { // which says what is in the way
		b = f.standsInTheWay(p, b)
	}
	fields, b := b.top(p.px(64))
	f.writeField(p, fields.column(0, 2, p.px(10)), "field name", guide.name, g.Name, !f.state.remarking())
	f.writeField(p, fields.column(1, 2, p.px(10)), "field remark", guide.remark, g.Remark, f.state.remarking())
	how, b := b.top(p.px(34))
	p.lines(how, guide.nameHow.In(p.lang), letters{size: 17, ink: p.soft})
	f.letterKeys(p, b)
}

// standsInTheWay says whether the till may be accepted: the lane test, and what fails.
func (f *face) standsInTheWay(p *pen, b box) (rest box) {
	s := f.state
	n := noticed{icon: discCheck, ground: final.ground, on: final.ink, head: guide.ready.In(p.lang)}
	bad := s.Guide.bad()
	switch {
	case !s.lane().Ready:
		n = noticed{icon: warn, ground: caution, on: offline.ink, head: guide.laneFirst.In(p.lang)}
	case len(bad) > 0:
		n = noticed{icon: octagon, ground: refused.ground, on: refused.ink, head: guide.badNow.In(p.lang) + strings.Join(bad, ", ")}
	}
	if r := s.record(); r != nil {
		n.body = guide.before.In(p.lang) + r.At.In(s.zone()).Format(time.DateOnly) + " · " + r.Technician
	}
	rest = p.notice(b, n)
	return rest
}

func (f *face) writeField(p *pen, b box, name string, head voucher.Text, text string, here bool) {
	p.touch(name, b, look{up: p.card, down: p.press, radius: p.px(12), line: p.soft, marked: here, draw: func(p *pen, b box) {
		upper, lower := b.inset(p.px(14), p.px(5)).top((b.h - p.px(10)) * 0.4)
		p.text(upper, head.In(p.lang), letters{size: 16, ink: p.soft})
		if here {
			text += "|"
		}
		p.text(lower, tail(text), letters{size: 25, bold: true, ink: p.ink})
	}}, func() { f.act(fielded(map[string]int{"field name": 0, "field remark": 1}[name])) })
}

// tail is the end of a long text: what is being written must be seen.
func tail(text string) string {
	const most = 18
	if r := []rune(text); len(r) > most {
		return "«" + string(r[len(r)-most:])
	}
	return text
}

var letterRows = []string{"1234567890", "ABCDEFGHIJ", "KLMNOPQRST", "UVWXYZ-. \b"}

// letterKeys are letters to touch, for a till without a keyboard.
func (f *face) letterKeys(p *pen, b box) {
	for i, row := range letterRows {
		line := b.row(i, len(letterRows), p.px(5))
		for j, r := range []rune(row) {
			f.letterKey(p, line.column(j, len(row), p.px(5)), r)
		}
	}
}

func (f *face) letterKey(p *pen, b box, r rune) {
	p.touch("letter"+string(r), b, look{up: p.card, down: p.press, radius: p.px(8), draw: func(p *pen, b box) {
		switch r {
		case '\b':
			p.icon(b.middle(p.px(30), p.px(30)), erase, p.ink, p.card)
		case ' ':
			p.text(b, guide.space.In(p.lang), letters{size: 17, ink: p.ink, align: center})
		default:
			p.text(b, string(r), letters{size: 24, bold: true, ink: p.ink, align: center})
		}
	}}, func() { f.act(wrote(r)) })
}

// accepted is the record, and whether the hub has it.
func (f *face) accepted(p *pen, b box, a desk.Accepted) {
	sign, how := clock, guide.hubWaits
	switch a.State {
	case "acked":
		sign, how = discCheck, guide.hubHas
	case "rejected":
		sign, how = octagon, guide.hubNot
	}
	who := a.Technician + " · " + a.At.In(f.state.zone()).Format("2006-01-02 15:04")
	foot, b := b.bottom(b.h * 0.36)
	f.message(p, b, sign, guide.accepted.In(p.lang)+" · "+who, how.In(p.lang))
	number, rest := foot.top(foot.h * 0.5)
	p.text(number, guide.record.In(p.lang)+" "+a.Record, letters{size: 30, bold: true, ink: p.ink, align: center})
	p.paragraph(rest.inset(p.px(30), 0), a.Note, letters{size: 20, ink: p.soft, align: center})
}
