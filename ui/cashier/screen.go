package cashier

import "image/color"

// restless: the bar goes to and fro.
func (s State) restless() bool { return s.busy() || s.Away() || !s.Heard }

// busy: a scan waits for the hub and nothing else fills the window.
func (s State) busy() bool { return s.Heard && !s.Away() && s.Shown == nil && s.View.Busy }

// screen lays out the window: a line above, a line below, the keypad at the right and the stage in the rest. The keypad
// is always there, so that the next sale can be begun while an answer still stands.
func (f *face) screen(p *pen, whole box) {
	s := f.state
	if s.Away() || !s.Heard {
		f.gone(p, whole)
		return
	}
	rest := whole
	if s.View.Practice {
		rest = within(p, f.banner(p, rest))
	}
	header, rest := rest.top(f.bar60(p))
	footer, rest := rest.bottom(max(p.px(70), 52))
	f.header(p, header)
	f.footer(p, footer)
	if s.wide() {
		f.widePage(p, rest.inset(p.px(18), p.px(12)))
		return
	}
	side, stage := rest.right(p.px(356) + 0.12*(rest.w-p.px(1024)))
	f.amount(p, side.inset(p.px(14), p.px(14)))
	stage = stage.inset(p.px(18), p.px(14))
	stage.w += p.px(14)
	f.stage(p, stage)
}

// bar60 is the height of the line above: its buttons are to be touched.
func (f *face) bar60(p *pen) float32 { return max(p.px(60), 58) }

func (f *face) widePage(p *pen, b box) {
	if f.state.Page == ShiftPage {
		f.shift(p, b)
		return
	}
	if f.state.Page == GuidePage {
		f.guide(p, b)
		return
	}
	f.settings(p, b)
}

// stage is what fills the window beside the keypad.
func (f *face) stage(p *pen, b box) {
	s := f.state
	if s.Shown == nil && s.Page != SalePage {
		f.page(p, b)
		return
	}
	if len(s.Later) > 0 {
		b = f.earlier(p, b)
	}
	if s.Trouble != nil {
		b = f.trouble(p, b, *s.Trouble)
	}
	switch {
	case s.Shown != nil:
		f.answer(p, b, *s.Shown)
	case s.View.Busy:
		f.wait(p, b)
	default:
		f.ready(p, b)
	}
}

// gone: no agent, no keypad: an amount typed now would go nowhere.
func (f *face) gone(p *pen, whole box) {
	s := f.state
	header, rest := whole.top(f.bar60(p))
	left := f.tongue(p, header.inset(p.px(18), p.px(7)))
	if s.CanHide {
		_, left = left.right(p.px(12))
		hiding, _ := left.right(p.px(210))
		f.choose(p, hiding, choice{"menu aside", say.menuAside, aside{}})
	}
	title, how, next := say.connecting, say.connectingHow, say.retrying
	if s.Gone != nil {
		title, how, next = s.Gone.Text, s.Gone.Next, say.retrying
	}
	rest = rest.inset(p.px(72), p.px(40))
	middle := rest.middle(rest.w, p.px(490))
	sign, middle := middle.top(p.px(150))
	p.icon(sign, unplugged, caution, p.ground)
	_, middle = middle.top(p.px(28))
	line := letters{size: 46, bold: true, ink: p.ink, align: center}
	used := p.paragraph(box{middle.x, middle.y, middle.w, p.px(130)}, title.In(p.lang), line)
	_, middle = middle.top(used + p.px(14))
	line = letters{size: 27, ink: p.soft, align: center}
	used = p.paragraph(box{middle.x, middle.y, middle.w, p.px(110)}, how.In(p.lang), line)
	_, middle = middle.top(used + p.px(26))
	way, _ := middle.top(p.px(8))
	f.bar(p, way.middle(p.px(320), p.px(8)), caution)
	_, middle = middle.top(p.px(20))
	note := next.In(p.lang)
	if s.Gone != nil {
		note += " · " + agoSeconds(int(s.Now.Sub(s.Gone.Since).Seconds()), p.lang)
	}
	foot, _ := middle.top(p.px(34))
	p.text(foot, note, letters{size: 19, ink: p.soft, align: center})
}

func (f *face) bar(p *pen, way box, ink color.NRGBA) {
	p.fill(way, p.card, way.h/2)
	f.shuttle.place(way)
	f.shuttle.rect.FillColor, f.shuttle.rect.CornerRadius = ink, way.h/2
	p.objects = append(p.objects, f.shuttle.rect)
}

// wait: the hub is being asked.
func (f *face) wait(p *pen, stage box) {
	middle := stage.middle(stage.w, p.px(440))
	sign, middle := middle.top(p.px(150))
	p.icon(sign, hourglass, p.ink, p.ground)
	_, middle = middle.top(p.px(30))
	title, middle := middle.top(p.px(90))
	p.text(title, say.asking.In(p.lang), letters{size: 66, bold: true, ink: p.ink, align: center})
	_, middle = middle.top(p.px(14))
	used := p.paragraph(box{middle.x, middle.y, middle.w, p.px(90)}, say.askingHow.In(p.lang), letters{size: 26, ink: p.soft, align: center})
	_, middle = middle.top(used + p.px(30))
	f.bar(p, box{middle.x, middle.y, middle.w, p.px(12)}.middle(middle.w*0.7, p.px(12)), p.soft)
}
