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
	head, b := b.top(p.px(126) * tight)
	f.headline(p, head, a)
	foot, b := b.bottom(p.px(64))
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

func (f *face) headline(p *pen, b box, a Shown) {
	picture, rest := b.left(b.h)
	p.icon(picture.inset(p.px(4), p.px(4)), a.icon(), p.ink, p.ground)
	_, rest = rest.left(p.px(26))
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
	message, next := a.Message.In(p.lang), a.Next.In(p.lang)
	endless := box{b.x, b.y, b.w, 1e6}
	for p.height(endless, message, first)+p.px(8)+p.height(endless, next, second) > b.h && p.pt(second.size) > least {
		first.size, second.size = first.size*0.96, second.size*0.96
	}
	used := p.paragraph(endless, message, first)
	endless.y += used + p.px(8)
	p.paragraph(endless, next, second)
}

func (f *face) risk(p *pen, b box, bearer voucher.Bearer) {
	text := say.riskShop
	if bearer == voucher.FundBears {
		text = say.riskFund
	}
	p.fill(b, p.card, p.px(12))
	picture, rest := b.inset(p.px(14), p.px(6)).left(p.px(34))
	p.icon(picture, shield, p.ink, p.card)
	_, rest = rest.left(p.px(12))
	p.text(rest, text.In(p.lang), letters{size: 22, bold: true, ink: p.ink})
}

// foot offers to undo a good sale, after asking, and else says how to go on.
func (f *face) foot(p *pen, b box, a Shown) {
	if !a.Good() {
		p.text(b, f.trace(a), letters{size: 16, ink: p.soft})
		p.text(b, say.tapAway.In(p.lang), letters{size: 18, ink: p.soft, align: trail})
		return
	}
	right, left := b.right(p.px(180))
	switch f.state.Undo {
	case Asked:
		_, left = left.right(p.px(12))
		no, ask := left.right(p.px(170))
		p.text(ask, say.undoSure.In(p.lang), letters{size: 26, bold: true, ink: p.ink})
		f.choice(p, "undo no", no, say.undoNo, undo(NotAsked))
		f.choice(p, "undo yes", right, say.undoYes, undo(Sent))
	case Sent:
		p.text(b, say.undoing.In(p.lang), letters{size: 26, bold: true, ink: p.ink, align: trail})
	default:
		upper, lower := left.top(left.h / 2)
		p.text(upper, say.tapAway.In(p.lang), letters{size: 18, ink: p.soft})
		p.text(lower, f.trace(a), letters{size: 16, ink: p.soft})
		f.choice(p, "undo", right, say.undo, undo(Asked))
	}
}

func (f *face) choice(p *pen, name string, b box, label voucher.Text, e event) {
	p.touch(name, b.inset(0, p.px(4)), look{up: p.ground, down: p.press, radius: p.px(12), line: p.soft, draw: func(p *pen, b box) {
		p.text(b.inset(p.px(8), 0), label.In(p.lang), letters{size: 21, bold: true, ink: p.ink, align: center})
	}}, func() { f.post(e) })
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
