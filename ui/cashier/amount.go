package cashier

import (
	"strings"

	"hexiao/hub/voucher"
	"hexiao/ui"
)

// amount is the right side: the amount at hand and the keypad.
func (f *face) amount(p *pen, b box) {
	display, keys := b.top(p.px(136))
	f.field(p, display)
	_, keys = keys.top(p.px(12))
	gap := p.px(10)
	rows := []string{"789", "456", "123", "0d."}
	if f.state.pinned() {
		rows[3] = " 0 "
	}
	for i, row := range rows {
		line := keys.row(i, len(rows)+1, gap)
		for j, k := range row {
			if k != ' ' {
				f.key(p, line.column(j, len(row), gap), k)
			}
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

// pinned tells whether the keypad types a PIN, and seeking whether it types what is looked for.
func (s State) pinned() bool  { return s.Shown == nil && s.Page == PINPage && s.View.Settings.PINSet }
func (s State) seeking() bool { return s.Shown == nil && s.Page == ListPage }

// field is what the keypad types into: it says which one it is.
func (f *face) field(p *pen, b box) {
	switch s := f.state; {
	case s.pinned():
		f.typing(p, b, say.pin, voucher.Text{}, strings.Repeat("●", len(s.Tech.Typed)))
	case s.seeking():
		f.typing(p, b, say.search, say.findHow, s.Day.Find)
	default:
		f.bill(p, b)
	}
}

// typing is a field that is not the bill: with an edge, so that nobody takes it for the bill.
func (f *face) typing(p *pen, b box, head, how voucher.Text, typed string) {
	p.fill(b, p.soft, p.px(14))
	p.fill(b.inset(p.px(3), p.px(3)), p.card, p.px(11))
	b = b.inset(p.px(18), p.px(10))
	upper, rest := b.top(p.px(30))
	p.text(upper, head.In(p.lang), letters{size: 18, bold: true, ink: p.soft})
	if typed == "" {
		p.lines(rest, how.In(p.lang), letters{size: 19, ink: p.soft, align: trail})
		return
	}
	p.text(rest, typed, letters{size: 44, bold: true, ink: p.ink, align: trail})
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
	if f == 0 {
		return voucher.Text{}
	}
	if said := ui.BillSource(name); said != (voucher.Text{}) {
		return said
	}
	return ui.BillSource("typed")
}
