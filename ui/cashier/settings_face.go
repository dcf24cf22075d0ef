package cashier

import (
	"strconv"
	"strings"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// pin asks for the PIN: the digits are never shown, only how many there are.
func (f *face) pin(p *pen, b box) {
	s := f.state
	foot, b := b.bottom(p.px(74))
	f.choices(p, foot, s.choices())
	b = f.said(p, b)
	title, how := say.pin, say.pinHow
	switch {
	case !s.View.Settings.PINSet:
		title, how = say.pinNone, say.pinNoneHow
	case s.Tech.New && s.Tech.Fresh != "":
		title, how = say.pinTwice, say.pinTwiceHow
	case s.Tech.New:
		title, how = say.pinNew, say.pinNewHow
	}
	if s.Order != nil {
		how = say.pinWaits
	}
	if !s.View.Settings.PINSet {
		f.message(p, b, lock, title.In(p.lang), how.In(p.lang))
		return
	}
	dots, b := b.bottom(p.px(84))
	f.message(p, b, lock, title.In(p.lang), how.In(p.lang))
	f.dots(p, dots.middle(dots.w*0.9, p.px(34)), len(s.Tech.Typed))
}

// dots are the digits that are there, and the least that there must be.
func (f *face) dots(p *pen, b box, n int) {
	gap := p.px(10)
	all := max(n, desk.MinPIN)
	side := min(b.h, (b.w-gap*float32(desk.MaxPIN-1))/desk.MaxPIN)
	row := b.middle((side+gap)*float32(all)-gap, side)
	for i := range all {
		dot := box{row.x + float32(i)*(side+gap), row.y, side, side}
		p.fill(dot, p.ink, side/2)
		if i >= n {
			p.fill(dot.inset(p.px(4), p.px(4)), p.ground, side/2)
		}
	}
}

// settings is the technician's page, on the whole width of the window: what can be set, and what to read out.
func (f *face) settings(p *pen, b box) {
	all := map[string]choice{}
	for _, c := range f.state.settingsChoices() {
		all[c.name] = c
	}
	if !f.state.View.Practice { // whose band takes the room
		b = f.title(p, b, say.settings.In(p.lang), "")
	}
	foot, b := b.bottom(p.px(70))
	column := func(i int) box { return foot.column(i, 4, p.px(12)).inset(0, p.px(4)) }
	f.choose(p, column(0), all["step back"])
	f.settingsSaid(p, column(1))
	f.choose(p, column(2), all["set up"])
	f.choose(p, column(3), all["pin change"])
	_, b = b.bottom(p.px(8))
	left, right := b.left(b.w * 0.6)
	_, right = right.left(p.px(18))
	f.setters(p, left, all)
	f.facts(p, right)
}

// settingsSaid is what came of the newest change.
func (f *face) settingsSaid(p *pen, b box) {
	s, picture, ground, on := f.state, warn, caution, offline.ink
	text := s.Trouble
	if text == nil {
		text, picture, ground, on = s.Note, discCheck, final.ground, final.ink
	}
	if text == nil {
		return
	}
	edge, rest := b.left(p.px(52))
	p.fill(edge, ground, p.px(12))
	p.icon(edge.middle(p.px(34), p.px(34)), picture, on, ground)
	_, rest = rest.left(p.px(12))
	p.lines(rest, text.In(p.lang), letters{size: 20, bold: true, ink: p.ink})
}

func (f *face) setters(p *pen, b box, all map[string]choice) {
	v := f.state.View.Settings
	for i, one := range []struct {
		head    voucher.Text
		value   string
		buttons []string
	}{
		{say.setLang, "", []string{"set lang"}},
		{say.setVolume, strconv.Itoa(v.Volume) + " %", []string{"quieter", "louder"}},
		{say.setSounds, "", []string{"sound final", "sound provisional", "sound refused", "sound again"}},
		{say.setSpeech, "", []string{"set speech"}},
		{say.setText, strconv.Itoa(f.state.textSize()) + " %", []string{"smaller", "larger"}},
		{say.setFull, "", []string{"set full"}},
		{say.setPractice, "", []string{"set practice"}},
	} {
		line := b.row(i, 7, p.px(8))
		head, rest := line.left(line.w * 0.3)
		p.text(head, one.head.In(p.lang), letters{size: 22, bold: true, ink: p.ink})
		if one.value != "" {
			value, buttons := rest.left(rest.w * 0.24)
			p.text(value, one.value, letters{size: 22, bold: true, ink: p.ink})
			rest = buttons
		}
		for j, name := range one.buttons {
			f.choose(p, rest.column(j, len(one.buttons), p.px(8)), all[name])
		}
	}
}

// facts are what a technician reads out.
func (f *face) facts(p *pen, b box) {
	p.fill(b, p.card, p.px(14))
	b = b.inset(p.px(18), p.px(10))
	all := f.state.facts(strings.TrimPrefix(f.address, "http://"))
	for i, one := range all {
		line := b.row(i, len(all), p.px(4))
		upper, lower := line.top(line.h * 0.42)
		p.text(upper, one.head, letters{size: 15, ink: p.soft})
		p.lines(lower, one.value, letters{size: 19, bold: true, ink: p.ink})
	}
}
