package cashier

import (
	"fmt"

	"hexiao/agent/desk"
	"hexiao/ui"
)

// list is the day's sales, the newest first.
func (f *face) list(p *pen, b box) {
	d := f.state.Day
	if l, ok := d.opened(); ok {
		f.line(p, b, l)
		return
	}
	found, rows := d.found(), f.state.rows()
	at := d.at(found)
	note := ""
	if d.Ask.Heard {
		note = records(uint64(len(found)), p.lang)
	}
	if n := pagesOf(len(found), rows); n > 1 {
		note += " · " + pageNo(at/rows+1, n, p.lang)
	}
	b = f.title(p, b, say.list.In(p.lang), note)
	foot, b := b.bottom(p.px(74))
	f.pager(p, foot, choice{"leave", say.backToSale, turned(SalePage)}, len(found) > rows)
	b = f.said(p, b)
	switch {
	case !d.Ask.Heard:
		p.text(b, say.loading.In(p.lang), letters{size: 28, ink: p.soft, align: center})
		return
	case len(d.Lines) == 0:
		p.paragraph(b.middle(b.w, p.px(90)), say.noLines.In(p.lang), letters{size: 30, bold: true, ink: p.ink, align: center})
		return
	case len(found) == 0:
		p.paragraph(b.middle(b.w, p.px(110)), say.noneFound.In(p.lang), letters{size: 26, bold: true, ink: p.ink, align: center})
		return
	}
	from, to := paged(at, len(found), rows)
	for i := from; i < to; i++ {
		f.row(p, b.row(i-from, rows, p.px(7)), i-from, found[i], i == at)
	}
}

// stateIcon is the sign of a line's state, each with an outline of its own.
func stateIcon(state string) icon {
	if i, ok := stateIcons[state]; ok {
		return i
	}
	return warn
}

var stateIcons = map[string]icon{"final": discCheck, "provisional": clock, "disputed": warn, "refused": octagon, "reversed": ban, "voided": back, "waiting": hourglass}

func statePalette(state string) palette {
	switch state {
	case "final":
		return final
	case "provisional", "disputed":
		return offline
	case "refused":
		return refused
	case "waiting":
		return waiting
	}
	return voided
}

// row is one line: its sign and state, the hour and number, the bill and what came off.
func (f *face) row(p *pen, b box, i int, l desk.Line, marked bool) {
	own := statePalette(l.State)
	p.touch(fmt.Sprintf("row%d", i), b, look{up: p.card, down: p.press, radius: p.px(12), marked: marked, draw: func(p *pen, b box) {
		b = b.inset(p.px(5), p.px(5))
		tile, rest := b.left(p.px(60))
		p.fill(tile, own.ground, p.px(9))
		p.icon(tile.middle(p.px(36), p.px(36)), stateIcon(l.State), own.ink, own.ground)
		rest = rest.inset(p.px(12), 0)
		upper, lower := rest.top(rest.h * 0.54)
		hour, upper := upper.left(rest.w * 0.16)
		word, sum := upper.left(rest.w * 0.46)
		p.text(hour, f.state.at(l.At), letters{size: 22, bold: true, ink: p.ink})
		p.text(word, stateWord(l.State).In(p.lang), letters{size: 22, bold: true, ink: p.ink})
		p.text(sum, ui.Yuan(l.Bill, p.lang), letters{size: 22, bold: true, ink: p.ink, align: trail})
		number, face := lower.left(rest.w * 0.62)
		p.text(number, numbers(l), letters{size: 16, ink: p.soft})
		p.text(face, say.off.In(p.lang)+" "+ui.Yuan(l.Face, p.lang), letters{size: 16, ink: p.soft, align: trail})
	}}, func() { f.act(opened(l.Redemption)) })
}

// numbers are what a line can be found by.
func numbers(l desk.Line) string {
	if l.Order == "" {
		return l.Redemption
	}
	order := []rune(l.Order)
	if n := len(order); n > maxFind { // its end is what it is found by
		return l.Redemption + " · …" + string(order[n-maxFind:])
	}
	return l.Redemption + " · " + l.Order
}

// line is one sale of the list, opened. It is drawn on the quiet ground and says that it is of the list, so that nobody
// takes it for the answer to the customer who stands there.
func (f *face) line(p *pen, b box, l desk.Line) {
	a := Shown{Answer: l.Answer}
	own := statePalette(l.State)
	b = f.title(p, b, say.undoLine.In(p.lang)+" · "+f.clock(l), l.TierName.In(p.lang))
	foot, b := b.bottom(p.px(74))
	f.lineFoot(p, foot, a)
	b = f.said(p, b)
	head, b := b.top(min(p.px(92), b.h*0.2))
	tile, word := head.left(head.h)
	p.fill(tile, own.ground, p.px(12))
	p.icon(tile.inset(p.px(14), p.px(14)), stateIcon(l.State), own.ink, own.ground)
	_, word = word.left(p.px(18))
	p.text(word, stateWord(l.State).In(p.lang), letters{size: 46, bold: true, ink: p.ink})
	_, b = b.top(p.px(10))
	card, b := b.top(min(p.px(84), b.h*0.28))
	p.fill(card, p.card, p.px(12))
	for i, one := range []sign{{head: say.bill.In(p.lang), value: ui.Yuan(l.Bill, p.lang)}, {head: say.off.In(p.lang), value: ui.Yuan(l.Face, p.lang)}, {head: say.pay.In(p.lang), value: ui.Yuan(l.Pay, p.lang)}} {
		f.figure(p, card.inset(p.px(16), p.px(8)).column(i, 3, p.px(10)), one)
	}
	_, b = b.top(p.px(10))
	trace, b := b.bottom(p.px(56))
	f.origin(p, trace, l)
	p.pair(b, a.Message.In(p.lang), a.Next.In(p.lang), letters{size: 26, bold: true, ink: p.ink}, letters{size: 22, ink: p.soft})
}

// figure is an amount with its word over it.
func (f *face) figure(p *pen, b box, one sign) {
	upper, lower := b.top(b.h * 0.38)
	p.text(upper, one.head, letters{size: 17, ink: p.soft})
	p.text(lower, one.value, letters{size: 30, bold: true, ink: p.ink})
}

// origin is what support asks for.
func (f *face) origin(p *pen, b box, l desk.Line) {
	upper, lower := b.row(0, 2, 0), b.row(1, 2, 0)
	left, right := upper.left(upper.w * 0.45)
	p.text(left, say.number.In(p.lang)+" "+l.Redemption, letters{size: 17, ink: p.soft})
	if l.Voucher != "" {
		p.text(right, say.voucherNo.In(p.lang)+" "+l.Voucher, letters{size: 17, ink: p.soft, align: trail})
	}
	if l.Order != "" {
		p.text(lower, say.order.In(p.lang)+" "+l.Order, letters{size: 17, ink: p.soft})
	}
}

// clock is the hour of a line to the second.
func (f *face) clock(l desk.Line) string { return l.At.In(f.state.zone()).Format("15:04:05") }

// lineFoot offers the way back, and to void what stands.
func (f *face) lineFoot(p *pen, b box, a Shown) {
	switch f.state.Undo {
	case Asked:
		ask, buttons := b.left(b.w * 0.36)
		p.lines(ask, say.undoSure.In(p.lang), letters{size: 24, bold: true, ink: p.ink})
		f.answers(p, buttons)
	case Sent:
		p.text(b, say.undoing.In(p.lang), letters{size: 26, bold: true, ink: p.ink, align: trail})
	default:
		f.choices(p, b, f.state.choices())
	}
}
