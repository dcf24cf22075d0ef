package cashier

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

const (
	center = fyne.TextAlignCenter
	trail  = fyne.TextAlignTrailing
)

// header says where we are: shop, campaign, till, hour.
func (f *face) header(p *pen, b box) {
	v := f.state.View
	p.fill(b, p.bar, 0)
	b = b.inset(p.px(18), p.px(7))
	rest := f.tongue(p, b)
	_, rest = rest.right(p.px(10))
	menu, rest := rest.right(p.px(124))
	f.menuButton(p, menu)
	_, rest = rest.right(p.px(18))
	till, rest := rest.right(p.px(150))
	upper, lower := till.top(till.h * 0.52)
	p.text(upper, f.state.Now.In(f.state.zone()).Format("15:04"), letters{size: 19, bold: true, ink: p.ink, align: trail})
	p.text(lower, say.till.In(p.lang)+" "+string(v.Terminal), letters{size: 15, ink: p.soft, align: trail})
	_, rest = rest.right(p.px(12))
	shop, campaign := v.Merchant, v.Campaign.In(p.lang)
	if shop == "" {
		shop, campaign = "hexiao 核销", ""
	}
	name := letters{size: 24, bold: true, ink: p.ink}
	if campaign == "" || !fits(shop, rest.w, least, name.style()) { // a long name takes the campaign's line too
		p.lines(rest.inset(0, -p.px(6)), shop, name) // the longest that a registry takes has three lines
		return
	}
	name.size = 22
	upper, lower = rest.top(rest.h * 0.56)
	p.text(upper, shop, name)
	p.text(lower, campaign, letters{size: 15, ink: p.soft})
}

// tongue is the button to the other language. It gives the rest of the line.
func (f *face) tongue(p *pen, b box) box {
	b, rest := b.right(p.px(104))
	p.touch("language", b, look{up: p.card, down: p.press, radius: p.px(10), line: p.soft, draw: func(p *pen, b box) {
		p.text(b, say.language.In(p.lang), letters{size: 19, bold: true, ink: p.ink, align: center})
	}}, func() { f.act(toggled{}) })
	return rest
}

// menuButton is the way to everything else, on every screen.
func (f *face) menuButton(p *pen, b box) {
	p.touch("menu", b, look{up: p.card, down: p.press, radius: p.px(10), line: p.soft, draw: func(p *pen, b box) {
		p.text(b.inset(p.px(6), 0), say.menu.In(p.lang)+" F1", letters{size: 19, bold: true, ink: p.ink, align: center})
	}}, func() { f.act(turned(MenuPage)) })
}

// sign is one of the pieces of the line below: a picture, what it is about, and how it stands.
type sign struct {
	icon  icon
	head  string
	value string
	alarm bool // a person should do something about it
}

// footer says how the line to the hub, the scanners, the queue and the lease stand.
func (f *face) footer(p *pen, b box) {
	p.fill(b, p.bar, 0)
	s := f.state
	signs := []sign{s.hubSign(), s.scannerSign(), s.queueSign(), s.leaseSign()}
	if n := s.unsaid(); (s.Shown != nil || s.Page != SalePage) && n > 0 {
		signs[3] = sign{warn, say.warnings.In(p.lang), count(n, p.lang), true}
	}
	b = b.inset(p.px(18), p.px(9))
	for i, s := range signs {
		f.sign(p, b.column(i, len(signs), p.px(14)), s)
	}
}

func (f *face) sign(p *pen, b box, s sign) {
	ink := p.ink
	soft, off := p.soft, p.bar
	if s.alarm {
		p.fill(box{b.x - p.px(8), b.y - p.px(3), b.w + p.px(12), b.h + p.px(6)}, caution, p.px(10))
		ink, soft, off = offline.ink, offline.soft, caution
	}
	picture, rest := b.left(p.px(34))
	p.icon(picture.middle(p.px(30), p.px(30)), s.icon, ink, off)
	_, rest = rest.left(p.px(10))
	upper, lower := rest.top(rest.h * 0.44)
	p.text(upper, s.head, letters{size: 14, ink: soft})
	p.text(lower, s.value, letters{size: 18, bold: true, ink: ink})
}

func (s State) hubSign() sign {
	h := s.View.Hub
	out := sign{icon: cloud, head: say.hub.In(s.Lang), value: say.online.In(s.Lang)}
	if !h.Online {
		out.icon, out.value, out.alarm = cloudOff, say.offline.In(s.Lang), true
	}
	switch {
	case !h.Since.IsZero():
		out.value += " · " + from(s.at(h.Since), s.Lang)
	case !h.Online:
		out.value = say.never.In(s.Lang)
	}
	return out
}

func (s State) scannerSign() sign {
	out := sign{icon: gun, head: say.scanner.In(s.Lang), value: say.keyboard.In(s.Lang)}
	var off []desk.Scanner
	for _, g := range s.View.Scanners {
		if !g.Connected {
			off = append(off, g)
		}
	}
	all := len(s.View.Scanners)
	switch {
	case len(off) > 0:
		out.icon, out.alarm, out.value = unplugged, true, say.notConnected.In(s.Lang)
		if all > 1 {
			out.value = scanners(len(off), say.notConnected, s.Lang)
		}
	case all > 1:
		out.value = scanners(all, say.connected, s.Lang)
	case all == 1:
		out.value = say.connected.In(s.Lang)
	}
	return out
}

func (s State) queueSign() sign {
	out := sign{icon: upload, head: say.queue.In(s.Lang), value: say.none.In(s.Lang)}
	if s.View.Queued > 0 {
		out.value = records(s.View.Queued, s.Lang)
	}
	if s.View.Oldest != nil && s.View.Queued > 0 {
		out.value += " · " + from(s.at(*s.View.Oldest), s.Lang)
	}
	return out
}

func (s State) leaseSign() sign {
	l := s.View.Lease
	out := sign{icon: ticket, head: say.lease.In(s.Lang), value: say.noLease.In(s.Lang), alarm: l.Count == 0 && !s.View.Hub.Online}
	if l.Count > 0 {
		out.value = records(l.Count, s.Lang) + " · " + short(ui.Yuan(l.Sum, s.Lang))
		if l.Until != nil {
			out.head += " " + until(s.at(*l.Until), s.Lang)
		}
	}
	return out
}

// short leaves out the decimals of a whole amount.
func short(yuan string) string { return strings.TrimSuffix(yuan, ".00") }

// unsaid counts the warnings that the signs do not show by themselves: over an answer and on a page there is no room to write them out.
func (s State) unsaid() int {
	n := 0
	for _, w := range s.warnings() {
		if w.Code != desk.WarnHubSilent && w.Code != desk.WarnScanner {
			n++
		}
	}
	return n
}

// warnings are what lasts and a person should know. A scanner that is away and of which the desk does not warn is
// added, with the desk's own word for its problem.
func (s State) warnings() []desk.Warning {
	out := s.View.Warnings
	for _, w := range out {
		if w.Code == desk.WarnScanner {
			return out
		}
	}
	for _, g := range s.View.Scanners {
		if g.Connected {
			continue
		}
		w := desk.NewWarning(desk.WarnScanner, g.Name, time.Time{})
		if g.Problem != (voucher.Text{}) {
			w.Text = g.Problem
		}
		out = append(out[:len(out):len(out)], w)
	}
	return out
}
