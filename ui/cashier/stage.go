package cashier

import (
	"image/color"

	"fyne.io/fyne/v2"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// ready: what to do now, the last sale, and what lasts and a person should know.
func (f *face) ready(p *pen, b box) {
	s := f.state
	if s.View.Practice {
		b = f.playing(p, b)
	}
	warnings := s.warnings()
	shown := f.room(p, b, warnings)
	for i := shown - 1; i >= 0; i-- { // from below
		mark := ""
		if w := warnings[i]; !w.Since.IsZero() {
			mark = from(s.at(w.Since), p.lang)
		}
		if i == shown-1 && len(warnings) > shown {
			mark = more(len(warnings)-shown, p.lang)
		}
		b = p.notice(b, standing(warnings[i], p.lang, mark))
	}
	if s.Last != nil {
		var line box
		line, b = b.bottom(p.px(64))
		f.lastSale(p, line, *s.Last)
		_, b = b.bottom(p.px(10))
	}
	f.prompt(p, b)
}

// standing is one condition that lasts: what it is, since when, and what to do.
func standing(w desk.Warning, lang, mark string) noticed {
	return noticed{icon: warn, ground: caution, on: offline.ink, head: w.Text.In(lang), body: w.Next.In(lang), mark: mark}
}

// room is how many of the conditions can be written out, at most three: what to do now must stay readable above them.
func (f *face) room(p *pen, b box, warnings []desk.Warning) int {
	left := b.h - p.px(64+10) // the last sale
	for i, w := range warnings[:min(len(warnings), 3)] {
		_, rest := p.measure(b, standing(w, p.lang, from("00-00 00:00", p.lang)))
		if left -= rest; left < p.px(150) {
			return i
		}
	}
	return min(len(warnings), 3)
}

func (f *face) prompt(p *pen, b box) {
	title, how, picture := say.scanNow, say.scanNowHow, viewfind
	if f.state.Bill().Fen == 0 {
		title, how, picture = say.enterFirst, say.enterFirstHow, keypad
	}
	side, lines := min(p.px(170), b.h*0.36), p.px(210)
	if b.h < p.px(260) { // many warnings: the sentence under the title can be missed best
		how, lines = voucher.Text{}, p.px(110)
		side = min(p.px(100), b.h-lines)
	}
	b = b.middle(b.w, side+lines)
	sign, b := b.top(side)
	if side >= p.px(40) {
		p.icon(sign, picture, p.ink, p.ground)
	}
	_, b = b.top(p.px(16))
	line, b := b.top(p.px(88))
	p.text(line, title.In(p.lang), letters{size: 62, bold: true, ink: p.ink, align: center})
	_, b = b.top(p.px(8))
	p.paragraph(b.inset(p.px(20), 0), how.In(p.lang), letters{size: 24, ink: p.soft, align: center})
}

// noticed is a card of two sentences with a sign before them.
type noticed struct {
	icon       icon
	ground, on color.NRGBA // of the sign
	head, body string
	mark       string // small, at the right
	button     string // the button's name when the card can be touched
	marked     bool
	tapped     func()
}

func (n noticed) letters(p *pen) (head, body, mark letters) {
	head = letters{size: 20, bold: true, ink: p.ink}
	body = letters{size: 18, ink: p.soft}
	mark = letters{size: 15, ink: p.soft, align: trail}
	if n.tapped != nil {
		mark = letters{size: 18, bold: true, ink: p.ink, align: trail}
	}
	return head, body, mark
}

// measure gives the width of a notice's mark and the height of its card with the gap below it.
func (p *pen) measure(b box, n noticed) (side, high float32) {
	head, body, mark := n.letters(p)
	text := box{b.x, b.y, b.w - p.px(64+28), 1e6}
	if n.mark != "" {
		side = fyne.MeasureText(n.mark, p.pt(mark.size), mark.style()).Width + p.px(12)
	}
	beside := text
	beside.w -= side
	high = p.height(beside, n.head, head) + p.height(text, n.body, body) + p.px(20)
	return side, max(p.px(80), high) + p.px(8)
}

// notice puts a card at the bottom of the box, as high as its sentences need, and gives the rest of the box.
func (p *pen) notice(b box, n noticed) (rest box) {
	head, body, mark := n.letters(p)
	side, high := p.measure(b, n)
	text := box{b.x, b.y, b.w - p.px(64+28), 1e6}
	beside := text
	beside.w -= side
	top, bottom := p.height(beside, n.head, head), p.height(text, n.body, body)
	card, rest := b.bottom(high - p.px(8))
	draw := func(p *pen, b box) {
		edge, rest := b.left(p.px(64))
		p.fill(edge, n.ground, p.px(12))
		p.icon(edge.middle(p.px(36), p.px(36)), n.icon, n.on, n.ground)
		rest = rest.inset(p.px(14), (b.h-top-bottom)/2)
		p.text(box{rest.x, rest.y, rest.w, p.pt(head.size) * 1.35}, n.mark, mark)
		p.paragraph(box{rest.x, rest.y, rest.w - side, 1e6}, n.head, head)
		p.paragraph(box{rest.x, rest.y + top, rest.w, 1e6}, n.body, body)
	}
	if n.tapped != nil {
		p.touch(n.button, card, look{up: p.card, down: p.press, radius: p.px(12), line: p.soft, marked: n.marked, draw: draw}, n.tapped)
	} else {
		p.fill(card, p.card, p.px(12))
		draw(p, card)
	}
	_, rest = rest.bottom(p.px(8))
	return rest
}

// lastSale is the newest answer in one line; a touch brings it back.
func (f *face) lastSale(p *pen, b box, a Shown) {
	marked := f.state.marked().name == "last"
	p.touch("last", b, look{up: p.card, down: p.press, radius: p.px(12), marked: marked, draw: func(p *pen, b box) {
		own := a.palette()
		mark, rest := b.left(p.px(64))
		p.fill(mark, own.ground, p.px(12))
		p.icon(mark.middle(p.px(36), p.px(36)), a.icon(), own.ink, own.ground)
		rest = rest.inset(p.px(14), 0)
		head, rest := rest.left(p.px(84))
		upper, lower := head.inset(0, p.px(8)).top((head.h - p.px(16)) / 2)
		p.text(upper, say.last.In(p.lang), letters{size: 16, ink: p.soft})
		p.text(lower, f.state.at(a.At), letters{size: 16, ink: p.soft})
		sum, rest := rest.right(p.px(176))
		if a.Answer.Answer != voucher.ScanAgain && a.Bill > 0 {
			p.text(sum, say.pay.In(p.lang)+" "+ui.Yuan(a.Pay, p.lang), letters{size: 22, bold: true, ink: p.ink, align: trail})
		}
		word := a.title().In(p.lang)
		if a.Practice {
			word = say.practiceMark.In(p.lang) + " · " + word
		}
		p.text(rest, word, letters{size: 22, bold: true, ink: p.ink})
	}}, func() { f.act(recall{}) })
}

// earlier tells what became of earlier sales; the worst news goes first, and a touch puts all away.
func (f *face) earlier(p *pen, b box) (rest box) {
	all := f.state.Later
	a := all[len(all)-1]
	for _, one := range all {
		if !accepted(one.Answer) {
			a = one
		}
	}
	mark := say.noted.In(p.lang)
	if len(all) > 1 {
		mark = inAll(len(all), p.lang) + " · " + mark
	}
	own := a.palette()
	return p.notice(b, noticed{icon: a.icon(), ground: own.ground, on: own.ink, head: a.Message.In(p.lang), body: a.Next.In(p.lang),
		mark: mark, button: "earlier", marked: f.state.marked().name == "earlier", tapped: func() { f.act(read{}) }})
}

// trouble is what the desk did not take.
func (f *face) trouble(p *pen, b box, t voucher.Text) (rest box) {
	return p.notice(b, noticed{icon: warn, ground: caution, on: offline.ink, head: t.In(p.lang)})
}
