package cashier

import (
	"strings"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// amount is the right side: the amount at hand and the keypad.
func (f *face) amount(p *pen, b box) {
	display, keys := b.top(p.px(136))
	f.bill(p, display)
	_, keys = keys.top(p.px(12))
	gap := p.px(10)
	rows := []string{"789", "456", "123", "0d."}
	for i, row := range rows {
		line := keys.row(i, len(rows)+1, gap)
		for j, k := range row {
			f.key(p, line.column(j, len(row), gap), k)
		}
	}
	last := keys.row(len(rows), len(rows)+1, gap)
	f.tool(p, last.column(0, 2, gap), "clear", Clear)
	f.tool(p, last.column(1, 2, gap), "back", Back)
}

// key is one key; d is the double zero.
func (f *face) key(p *pen, b box, k rune) {
	label := string(k)
	if k == 'd' {
		label = "00"
	}
	p.touch("key"+label, b, look{up: p.card, down: p.press, radius: p.px(14), draw: func(p *pen, b box) {
		p.text(b, label, letters{size: 44, bold: true, ink: p.ink, align: center})
	}}, func() {
		for _, c := range label {
			f.act(pressed(c))
		}
	})
}

func (f *face) tool(p *pen, b box, name string, k Key) {
	p.touch(name, b, look{up: p.card, down: p.press, radius: p.px(14), draw: func(p *pen, b box) {
		if k == Back {
			p.icon(b.middle(p.px(40), p.px(40)), erase, p.ink, p.card)
			return
		}
		p.text(b, say.clear.In(p.lang), letters{size: 25, bold: true, ink: p.ink, align: center})
	}}, func() { f.act(pressed(k)) })
}

// bill shows the amount at hand and where it comes from.
func (f *face) bill(p *pen, b box) {
	p.fill(b, p.card, p.px(14))
	b = b.inset(p.px(18), p.px(10))
	head, rest := b.top(p.px(30))
	bill := f.state.Bill()
	p.text(head, say.bill.In(p.lang), letters{size: 18, bold: true, ink: p.soft})
	p.text(head, source(bill.Source, bill.Fen).In(p.lang), letters{size: 16, ink: p.soft, align: trail})
	said, faint := figures(f.state.Entry, bill.Fen, p.lang)
	size := p.pt(56)
	for size > least && !fits(said+faint, rest.w, size, letters{bold: true}.style()) {
		size *= 0.95
	}
	l := letters{size: size / p.unit, bold: true, ink: p.ghost, align: trail}
	tail := float32(0)
	if faint != "" {
		tail = p.text(rest, faint, l)
	}
	_, rest = rest.right(tail)
	l.ink = p.ink
	if bill.Fen == 0 && f.state.Entry.Text == "" {
		l.ink = p.soft
	}
	p.text(rest, said, l)
}

// figures parts an amount into what is said and the decimals that nobody has typed yet.
func figures(e Entry, f voucher.Fen, lang string) (said, faint string) {
	all := ui.Yuan(f, lang)
	if !e.Own || e.Closed {
		return all, ""
	}
	_, part, pointed := strings.Cut(e.Text, ".")
	n := len(".00")
	if pointed {
		n = 2 - len(part)
	}
	return all[:len(all)-n], all[len(all)-n:]
}

func source(name string, f voucher.Fen) voucher.Text {
	switch {
	case f == 0:
		return voucher.Text{}
	case name == "pos":
		return say.pos
	case name == "display":
		return say.display
	}
	return say.typed
}
