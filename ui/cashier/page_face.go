package cashier

import (
	"slices"

	"hexiao/hub/voucher"
)

// page fills the stage of a page that leaves the keypad where it is.
func (f *face) page(p *pen, b box) {
	switch f.state.Page {
	case MenuPage:
		f.menu(p, b)
	case ListPage:
		f.list(p, b)
	case PracticePage:
		f.practising(p, b)
	case PINPage:
		f.pin(p, b)
	}
}

// wide tells whether a page takes the keypad's room too. A digit that is typed there begins a sale all the same.
func (s State) wide() bool {
	return s.Shown == nil && (s.Page == ShiftPage || s.Page == SettingsPage || s.Page == GuidePage)
}

// title stands over a page; the note stands at its right.
func (f *face) title(p *pen, b box, title, note string) (rest box) {
	line, rest := b.top(p.px(52))
	left, right := line.left(line.w * 0.58)
	p.text(left, title, letters{size: 34, bold: true, ink: p.ink})
	p.text(right, note, letters{size: 19, ink: p.soft, align: trail})
	_, rest = rest.top(p.px(6))
	return rest
}

// choices puts buttons beside each other; a single one is no wider than one of two.
func (f *face) choices(p *pen, b box, all []choice) {
	b = b.inset(0, p.px(4))
	if len(all) == 1 {
		b = b.column(0, 2, p.px(12))
	}
	for i, c := range all {
		f.choose(p, b.column(i, len(all), p.px(12)), c)
	}
}

// answers puts the buttons of a question beside each other. No, the first of them, lies at the right end, where the button
// lay that asked: whoever touches twice by mistake has said no.
func (f *face) answers(p *pen, b box) {
	all := slices.Clone(f.state.choices())
	slices.Reverse(all)
	f.choices(p, b, all)
}

// choose is one button; the one that Enter means has a thick edge.
func (f *face) choose(p *pen, b box, c choice) {
	marked := f.state.marked().name == c.name && c.name != ""
	label := c.label.In(p.lang)
	if key := keyOf[c.name]; key != "" {
		label += "  " + key
	}
	p.touch(c.name, b, look{up: p.card, down: p.press, radius: p.px(12), line: p.soft, marked: marked, draw: func(p *pen, b box) {
		p.lines(b.inset(p.px(10), p.px(4)), label, letters{size: 23, bold: true, ink: p.ink, align: center})
	}}, func() { f.act(c.does) })
}

// said is what went wrong, or what was done, at the bottom of a page.
func (f *face) said(p *pen, b box) (rest box) {
	_, b = b.bottom(p.px(8))
	if t := f.state.Trouble; t != nil {
		return f.trouble(p, b, *t)
	}
	if t := f.state.Note; t != nil {
		return p.notice(b, noticed{icon: discCheck, ground: final.ground, on: final.ink, head: t.In(p.lang)})
	}
	return b
}

// message is a picture, a title and a sentence, in the middle.
func (f *face) message(p *pen, b box, picture icon, title, how string) {
	b = b.inset(p.px(20), 0)
	side := min(p.px(130), b.h*0.3)
	l := letters{size: 44, bold: true, ink: p.ink, align: center}
	body := letters{size: 24, ink: p.soft, align: center}
	room := max(0, b.h-side-p.px(34))
	high := min(room, p.height(box{0, 0, b.w, room * 0.4}, title, l)+p.height(box{0, 0, b.w, room * 0.6}, how, body))
	b = b.middle(b.w, side+p.px(34)+high)
	sign, b := b.top(side)
	p.icon(sign, picture, p.ink, p.ground)
	_, b = b.top(p.px(20))
	used := p.paragraph(box{b.x, b.y, b.w, room * 0.4}, title, l)
	_, b = b.top(used + p.px(10))
	p.paragraph(box{b.x, b.y, b.w, max(b.h, room*0.6)}, how, body)
}

// menu is a board of large buttons.
func (f *face) menu(p *pen, b box) {
	s := f.state
	b = f.title(p, b, say.menu.In(p.lang), "F1")
	foot, b := b.bottom(p.px(62))
	p.paragraph(foot.inset(0, p.px(4)), say.keys.In(p.lang), letters{size: 18, ink: p.soft})
	all := s.menu()
	rows := (len(all) + menuColumns - 1) / menuColumns
	for i, c := range all {
		f.board(p, b.row(i/menuColumns, rows, p.px(12)).column(i%menuColumns, menuColumns, p.px(12)), c)
	}
}

// board is one of the menu's buttons: a picture, a word, a key.
func (f *face) board(p *pen, b box, c choice) {
	marked := f.state.marked().name == c.name
	p.touch(c.name, b, look{up: p.card, down: p.press, radius: p.px(14), marked: marked, draw: func(p *pen, b box) {
		b = b.inset(p.px(14), p.px(12))
		key, rest := b.top(p.px(24))
		p.text(key, keyOf[c.name], letters{size: 17, bold: true, ink: p.soft, align: trail})
		word, rest := rest.bottom(p.px(40))
		p.text(word, c.label.In(p.lang), letters{size: 25, bold: true, ink: p.ink, align: center})
		p.icon(rest.middle(p.px(64), p.px(64)), iconOf[c.name], p.ink, p.card)
	}}, func() { f.act(c.does) })
}

// pager is the row of buttons under a list: the way back, and to the other pages when there are more.
func (f *face) pager(p *pen, b box, back choice, more bool) {
	f.choose(p, b.column(0, 3, p.px(12)).inset(0, p.px(4)), back)
	if !more {
		return
	}
	for i, way := range []struct {
		name  string
		label voucher.Text
		move  Move
	}{{"page up", say.prev, PageUp}, {"page down", say.next, PageDown}} {
		f.choose(p, b.column(i+1, 3, p.px(12)).inset(0, p.px(4)), choice{way.name, way.label, moved(way.move)})
	}
}

// paged is the part of n lines that is on the page of the marked one.
func paged(at, n, rows int) (from, to int) {
	from = at / rows * rows
	return from, min(n, from+rows)
}

func pagesOf(n, rows int) int { return max(1, (n+rows-1)/rows) }
