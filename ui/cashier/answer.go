package cashier

import (
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// title is the word that stands large over the answer.
func (s Shown) title() voucher.Text {
	switch {
	case s.Voided && accepted(s.Answer):
		return say.voided
	case s.Voided:
		return say.notVoid
	}
	return ui.Title(s.Answer.Answer)
}

func (s Shown) icon() icon {
	switch {
	case s.Voided && accepted(s.Answer):
		return back
	case s.Answer.Answer == voucher.Final:
		return discCheck
	case s.Answer.Answer == voucher.Provisional:
		return clock
	case s.Answer.Answer == voucher.ScanAgain:
		return rescan
	}
	return octagon
}

// answer fills the stage with one of the four answers.
func (f *face) answer(p *pen, b box, a Shown) {
	tight := min(1, b.h/p.px(600)) // a line about earlier sales may stand below
	if a.Before {
		b = f.before(p, b, a)
	}
	head, b := b.top(p.px(126) * tight)
	f.headline(p, head, a)
	foot, b := b.bottom(p.px(67))
	f.foot(p, foot, a)
	_, b = b.bottom(p.px(10))
	_, b = b.top(p.px(12))
	if a.Answer.Answer != voucher.ScanAgain && a.Bill > 0 {
		var card box
		height := p.px(216)
		if a.Answer.Answer == voucher.Provisional { // it has more to say below
			height = p.px(188)
		}
		card, b = b.top(height * tight)
		f.sum(p, card, a)
		_, b = b.top(p.px(14))
	}
	if a.Answer.Answer == voucher.Provisional && !a.Voided && a.Risk != "" {
		var line box
		line, b = b.bottom(p.px(48))
		f.risk(p, line, a.Risk)
		_, b = b.bottom(p.px(8))
	}
	f.words(p, b, a)
}

// before says that the answer was given while no window was open to show it, and how long ago.
func (f *face) before(p *pen, b box, a Shown) (rest box) {
	line, rest := b.top(p.px(44))
	p.fill(line, p.card, p.px(10))
	text := say.before.In(p.lang) + " · " + ago(f.state.Now.Sub(a.At), p.lang)
	p.text(line.inset(p.px(14), 0), text, letters{size: 24, bold: true, ink: p.ink})
	_, rest = rest.top(p.px(8))
	return rest
}

func (f *face) headline(p *pen, b box, a Shown) {
	picture, rest := b.left(b.h)
	p.icon(picture.inset(p.px(4), p.px(4)), a.icon(), p.ink, p.ground)
	_, rest = rest.left(p.px(26))
	if a.Practice {
		var tag box
		tag, rest = rest.right(p.px(150))
		f.practiceTag(p, tag.middle(tag.w, p.px(60)))
		_, rest = rest.right(p.px(14))
	}
	p.text(rest, a.title().In(p.lang), letters{size: 98, bold: true, ink: p.ink})
}

// sum is what the customer pays, as large as fits, and how it comes about.
func (f *face) sum(p *pen, card box, a Shown) {
	p.fill(card, p.card, p.px(16))
	in := card.inset(p.px(24), p.px(12))
	line, in := in.bottom(p.px(38))
	head, in := in.left(p.px(104))
	p.text(head, say.pay.In(p.lang), letters{size: 32, bold: true, ink: p.soft})
	p.text(in, ui.Yuan(a.Pay, p.lang), letters{size: min(128, in.h/p.unit*0.85), bold: true, ink: p.ink, align: trail})
	text := say.bill.In(p.lang) + " " + ui.Yuan(a.Bill, p.lang)
	if accepted(a.Answer) && !a.Voided {
		text += "  −  " + say.off.In(p.lang) + " " + ui.Yuan(a.Face, p.lang)
	}
	p.text(line, text, letters{size: 25, ink: p.soft, align: trail})
}

// words are the answer's own two sentences: what happened, and what to do. Both shrink together until they fit.
func (f *face) words(p *pen, b box, a Shown) {
	first := letters{size: 36, bold: true, ink: p.ink}
	second := letters{size: 31, ink: p.ink}
	if a.Answer.Answer == voucher.ScanAgain {
		first.size, second.size = 54, 42
	}
	p.pair(b, a.Message.In(p.lang), a.Next.In(p.lang), first, second)
}

func (f *face) risk(p *pen, b box, bearer voucher.Bearer) {
	p.fill(b, p.card, p.px(12))
	picture, rest := b.inset(p.px(14), p.px(6)).left(p.px(34))
	p.icon(picture, shield, p.ink, p.card)
	_, rest = rest.left(p.px(12))
	p.text(rest, ui.Risk(bearer).In(p.lang), letters{size: 22, bold: true, ink: p.ink})
}

// foot offers to undo a good sale, after asking, and else says how to go on.
func (f *face) foot(p *pen, b box, a Shown) {
	if !a.Good() {
		b = f.printFoot(p, b, a)
		left, right := b.left(b.w * 0.45)
		p.text(left, f.trace(a), letters{size: 16, ink: p.soft})
		p.text(right, say.tapAway.In(p.lang), letters{size: 18, ink: p.soft, align: trail})
		return
	}
	switch f.state.Undo {
	case Asked:
		ask, buttons := b.left(b.w * 0.42)
		upper, lower := ask.top(ask.h * 0.6)
		p.text(upper, say.undoSure.In(p.lang), letters{size: 26, bold: true, ink: p.ink})
		p.text(lower, f.trace(a), letters{size: 16, ink: p.soft})
		f.answers(p, buttons)
	case Sent:
		p.text(b, say.undoing.In(p.lang), letters{size: 26, bold: true, ink: p.ink, align: trail})
	default:
		right, left := b.right(p.px(210))
		left = f.printFoot(p, left, a)
		upper, lower := left.top(left.h / 2)
		p.text(upper, say.tapAway.In(p.lang), letters{size: 18, ink: p.soft})
		p.text(lower, f.trace(a), letters{size: 16, ink: p.soft})
		f.choose(p, right.inset(0, p.px(4)), choice{"undo", say.undo, undo(Asked)})
	}
}

// printFoot offers the slip at the right end, where there is one.
func (f *face) printFoot(p *pen, b box, a Shown) (rest box) {
	if !f.state.printable(a) {
		return b
	}
	if a.Good() { // undoing lies beside it
		_, b = b.right(p.px(14))
	}
	at, rest := b.right(p.px(200))
	f.choose(p, at.inset(0, p.px(4)), f.state.printChoice(a))
	_, rest = rest.right(p.px(12))
	return rest
}

// trace is what support asks for.
func (f *face) trace(a Shown) string {
	at := a.At.In(f.state.zone()).Format("15:04:05")
	if a.At.IsZero() {
		at = ""
	}
	if a.Redemption == "" {
		return at
	}
	if at != "" {
		at += " · "
	}
	return at + a.Redemption
}
