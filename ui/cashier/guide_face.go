package cashier

import (
	"strconv"

	"hexiao/hub/voucher"
)

// guide is the whole page: where one is, the step, and the keys under it.
func (f *face) guide(p *pen, b box) {
	s := f.state
	b = f.steps(p, b)
	foot, b := b.bottom(p.px(70))
	f.guideFoot(p, foot)
	switch s.Guide.Step {
	case CheckStep:
		f.checkStep(p, f.guideSaid(p, b))
	case FitStep:
		f.fitStep(p, f.guideSaid(p, b))
	case TryStep:
		f.tryStep(p, f.guideSaid(p, b))
	case LaneStep:
		f.laneStep(p, f.guideSaid(p, b))
	case AcceptStep:
		f.acceptStep(p, f.guideSaid(p, b))
	}
}

// steps shows where one is: the step has a filled tile and its name in full ink. A touch goes there.
func (f *face) steps(p *pen, b box) (rest box) {
	strip, rest := b.top(p.px(58))
	all := guide.steps()
	for i, name := range all {
		f.stepTile(p, strip.column(i, len(all), p.px(8)), Step(i), name)
	}
	_, rest = rest.top(p.px(8))
	return rest
}

func (f *face) stepTile(p *pen, b box, at Step, name voucher.Text) {
	here := f.state.Guide.Step == at
	l := look{up: p.bar, down: p.press, radius: p.px(10), line: p.soft}
	ink, off := p.soft, p.bar
	if here {
		l.up, ink, off = p.ink, p.card, p.ink
	}
	l.draw = func(p *pen, b box) {
		b = b.inset(p.px(8), p.px(4))
		if f.state.stepDone(at) {
			sign, left := b.left(p.px(30))
			p.icon(sign.middle(p.px(26), p.px(26)), discCheck, ink, off)
			_, b = left.left(p.px(6))
		}
		p.lines(b, strconv.Itoa(int(at)+1)+" "+name.In(p.lang), letters{size: 19, bold: here, ink: ink, align: center})
	}
	p.touch("step"+strconv.Itoa(int(at)), b, l, func() { f.act(stepTo(at)) })
}

// guideFoot puts the way back at the left, and on at the right.
func (f *face) guideFoot(p *pen, b box) {
	var row []choice
	var next []choice
	for _, c := range f.state.guideChoices() {
		switch {
		case c.name == "step back":
			row = append([]choice{c}, row...)
		case c.name == "step next", c.name == "accept", c.name == "leave", c.name == "lane begin" && len(next) == 0:
			next = append(next, c)
		case inFoot[c.name]:
			row = append(row, c)
		}
	}
	b = b.inset(0, p.px(4))
	all := max(3, len(row)+len(next))
	for i, c := range row {
		f.choose(p, b.column(i, all, p.px(10)), c)
	}
	for i, c := range next {
		f.choose(p, b.column(all-len(next)+i, all, p.px(10)), c)
	}
}

var inFoot = map[string]bool{"check again": true, "look again": true, "no bill": true, "page up": true, "page down": true, "lane end": true, "lane print": true, "lane begin": true, "despite": true}

// guideSaid is what went wrong, or what was done, over the keys.
func (f *face) guideSaid(p *pen, b box) box {
	g := f.state.Guide
	_, b = b.bottom(p.px(6))
	switch {
	case f.state.Trouble != nil:
		return f.trouble(p, b, *f.state.Trouble)
	case g.Step == FitStep && g.Setup.Fixed != (voucher.Text{}):
		return p.notice(b, noticed{icon: lock, ground: caution, on: offline.ink, head: g.Setup.Fixed.In(p.lang)})
	case g.Step == FitStep && f.state.Order != nil:
		return p.notice(b, noticed{icon: hourglass, ground: waiting.ground, on: waiting.ink, head: guide.saving.In(p.lang)})
	case g.Step == FitStep && (g.Kept || g.Setup.Restart):
		return p.notice(b, keptNotice(g, p.lang))
	}
	return b
}

func keptNotice(g Guide, lang string) noticed {
	n := noticed{icon: discCheck, ground: final.ground, on: final.ink, head: guide.kept.In(lang)}
	switch {
	case g.Kept && g.Setup.Restart:
		n.head = guide.keptLater.In(lang)
	case g.Setup.Restart:
		n.icon, n.ground, n.on, n.head = warn, caution, offline.ink, guide.restart.In(lang)
	}
	return n
}

// guideWait says that something runs.
func (f *face) guideWait(p *pen, b box, what voucher.Text) {
	f.message(p, b, hourglass, what.In(p.lang), "")
}

// tile is a line with a sign, its word under it, and two sentences.
func (f *face) tile(p *pen, b box, sign icon, own palette, word, head, body string) {
	edge, rest := b.left(p.px(126))
	p.fill(edge, own.ground, p.px(12))
	upper, lower := edge.inset(p.px(4), p.px(4)).top((edge.h - p.px(8)) * 0.56)
	p.icon(upper.middle(p.px(40), p.px(40)), sign, own.ink, own.ground)
	p.lines(lower, word, letters{size: 16, bold: true, ink: own.ink, align: center})
	rest = rest.inset(p.px(14), p.px(4))
	p.pair(rest, head, body, letters{size: 20, bold: true, ink: p.ink}, letters{size: 18, ink: p.soft})
}
