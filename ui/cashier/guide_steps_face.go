package cashier

import (
	"slices"
	"strconv"
	"strings"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// stepDone tells whether a step has a tick: what it asks for is the case.
func (s State) stepDone(at Step) bool {
	g := s.Guide
	switch at {
	case CheckStep:
		return g.Check.Heard && !g.Check.Open && len(g.bad()) == 0
	case FitStep:
		return g.Look.Heard && len(g.Setup.Scanners) > 0
	case TryStep:
		return len(g.Works) > 0
	case LaneStep:
		return s.lane().State == desk.LanePassed
	}
	return g.Done != nil
}

// checkStep lists what was found, the worst first.
func (f *face) checkStep(p *pen, b box) {
	g := f.state.Guide
	switch {
	case g.Check.Open:
		f.guideWait(p, b, guide.checking)
		return
	case !g.Check.Heard:
		p.paragraph(b.middle(b.w, p.px(80)), guide.unchecked.In(p.lang), letters{size: 26, bold: true, ink: p.ink, align: center})
		return
	}
	rows := f.state.guideRows()
	b = f.tally(p, b, len(g.Findings), rows)
	from, to := paged(g.Line, len(g.Findings), rows)
	for i := from; i < to; i++ {
		one := g.Findings[i]
		line := b.row(i-from, rows, p.px(6))
		p.fill(line, p.card, p.px(12))
		sign, own, word := findingSign(one.State)
		f.tile(p, line, sign, own, word.In(p.lang), one.Text.In(p.lang), one.Next.In(p.lang))
	}
}

// tally is how many of each there are, and which page this is.
func (f *face) tally(p *pen, b box, lines, rows int) (rest box) {
	head, rest := b.top(p.px(34))
	count := map[int]int{}
	for _, one := range f.state.Guide.Findings {
		count[badness(one.State)]++
	}
	var said []string
	for i, word := range []voucher.Text{guide.bad, guide.worse, guide.fine} {
		said = append(said, word.In(p.lang)+" "+strconv.Itoa(count[2-i]))
	}
	left, right := head.left(head.w * 0.7)
	p.text(left, strings.Join(said, " · "), letters{size: 20, bold: true, ink: p.ink})
	f.pageMark(p, right, lines, rows)
	return rest
}

func (f *face) pageMark(p *pen, b box, lines, rows int) {
	if n := pagesOf(lines, rows); n > 1 {
		p.text(b, pageNo(f.state.Guide.Line/rows+1, n, p.lang), letters{size: 18, ink: p.soft, align: trail})
	}
}

// fitStep lists the devices; a touch sets one up, or not any more.
func (f *face) fitStep(p *pen, b box) {
	g := f.state.Guide
	all, rows := g.fits(), f.state.guideRows()
	switch {
	case g.Look.Open && !g.Look.Heard:
		f.guideWait(p, b, guide.looking)
		return
	case len(all) == 0:
		p.paragraph(b.middle(b.w*0.9, p.px(140)), guide.noDevices.In(p.lang), letters{size: 24, bold: true, ink: p.ink, align: center})
		return
	}
	head, b := b.top(p.px(30))
	left, right := head.left(head.w * 0.7)
	p.text(left, g.Setup.File, letters{size: 17, ink: p.soft})
	f.pageMark(p, right, len(all), rows)
	choices := f.state.fitChoices()
	from, to := paged(g.Line, len(all), rows)
	for i := from; i < to; i++ {
		f.fitRow(p, b.row(i-from, rows, p.px(6)), all[i], choices[i-from])
	}
}

func (f *face) fitRow(p *pen, b box, one piece, c choice) {
	marked := f.state.marked().name == c.name
	p.touch(c.name, b, look{up: p.card, down: p.press, radius: p.px(12), marked: marked, draw: func(p *pen, b box) {
		sign, own, word := one.stands()
		b = b.inset(p.px(5), p.px(5))
		body, action := b.left(b.w * 0.74)
		head := guide.deviceKind(one.kind).In(p.lang)
		if one.name != "" {
			head += " · " + one.name
		}
		next := one.address
		if one.user != "" && !one.set {
			next += " · " + usedBy(one.user, p.lang)
		}
		if one.kind == "evdev" && !one.likely && !one.set {
			next += " · " + bareKeys.In(p.lang)
		}
		f.tile(p, body, sign, own, word.In(p.lang), head, next)
		p.lines(action.inset(p.px(6), 0), c.label.In(p.lang), letters{size: 18, bold: true, ink: p.ink, align: trail})
	}}, func() { f.act(c.does) })
}

// stands is how a device stands, by sign and word.
func (p piece) stands() (icon, palette, voucher.Text) {
	switch {
	case p.set && p.there, p.fixed:
		return discCheck, final, guide.isSet
	case p.set:
		return unplugged, offline, guide.isAway
	case p.user != "":
		return ban, offline, guide.busy
	}
	return ban, voided, guide.isNotSet
}

// tryStep shows which scanners read, and what came of the last scans.
func (f *face) tryStep(p *pen, b box) {
	s := f.state
	text := guide.tryHow.In(p.lang) + " " + guide.tryFree.In(p.lang)
	if s.Bill().Fen != 0 {
		b = p.notice(b, noticed{icon: warn, ground: caution, on: offline.ink, head: guide.tryBill.In(p.lang), mark: ui.Yuan(s.Bill().Fen, p.lang)})
		text = guide.tryHow.In(p.lang)
	}
	head, b := b.top(p.px(56))
	p.lines(head, text, letters{size: 22, bold: true, ink: p.ink})
	left, right := b.left(b.w * 0.34)
	_, right = right.left(p.px(12))
	f.works(p, left)
	if len(s.Guide.Heard) == 0 {
		f.message(p, right, viewfind, guide.heardNone.In(p.lang), guide.heardHow.In(p.lang))
		return
	}
	for i, h := range s.Guide.Heard {
		line := right.row(i, maxHeard, p.px(6))
		p.fill(line, p.card, p.px(12))
		f.heardLine(p, line, h)
	}
}

// works has a mark for each scanner that is set up, and for one that types into this window.
func (f *face) works(p *pen, b box) {
	s := f.state
	names := []string{}
	for _, g := range s.View.Scanners {
		names = append(names, g.Name)
	}
	for _, n := range s.Guide.Works {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		names = append(names, window)
	}
	names = names[:min(len(names), 4)]
	for i, n := range names {
		line := b.row(i, max(3, len(names)), p.px(6))
		p.fill(line, p.card, p.px(12))
		sign, own, word := hourglass, voided, guide.heardNot
		if slices.Contains(s.Guide.Works, n) {
			sign, own, word = discCheck, final, guide.heardFrom
		}
		f.tile(p, line, sign, own, word.In(p.lang), scannerName(n, p.lang), "")
	}
}

// window is what the desk calls a scan that was typed into a window (desk.Heard).
const window = "window"

func scannerName(name, lang string) string {
	if name == window {
		return guide.asKeyboard.In(lang)
	}
	return name
}

func (f *face) heardLine(p *pen, b box, h desk.Heard) {
	what, next := heardWord(h)
	sign, own := discCheck, final
	if h.Kind == voucher.DamagedScan.String() {
		sign, own = rescan, again
	}
	body := scannerName(h.Device, p.lang) + " · " + h.At.In(f.state.zone()).Format("15:04:05")
	if next != (voucher.Text{}) {
		body = next.In(p.lang)
	}
	head := what.In(p.lang)
	if h.Masked != "" {
		head += " · " + h.Masked
	}
	word := bytesLong(h.Bytes, p.lang)
	f.tile(p, b, sign, own, word, head, body)
}
