package rehearsal

import (
	"errors"
	"fmt"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// people are all who act: customers who come, cashiers who try again, the platform that issues, and administrators.
type people struct {
	w *world
	c chance
}

// arrive puts every visit into the queue.
func (p *people) arrive() {
	for i, v := range p.w.scene.visits {
		s := &sale{visit: v, order: fmt.Sprintf("order-%d", i+1)}
		p.w.queue.at(v.at, func() { p.come(s, 0) })
	}
}

// come is a customer at the counter. When the till does not run, or has another in hand, they wait a while.
func (p *people) come(s *sale, waited int) {
	m := p.counter(s.visit.seat)
	busy := !s.visit.pos && len(m.scans) > 0
	if !busy && m.sell(s) {
		p.w.result.Scans++
		return
	}
	if waited < 4 {
		p.w.queue.after(p.c.span(2*time.Second, time.Minute), func() { p.come(s, waited+1) })
	}
}

// counter is the PC at which a customer stands: one of those that run with the seat's identity.
func (p *people) counter(seat int) *machine {
	m := p.w.tills[seat]
	if len(m.copies) == 0 || p.c.in(50) {
		return m
	}
	return pick(p.c, m.copies...)
}

// refused is a cashier who is told no: some reasons are worth another try.
func (p *people) refused(m *machine, s *sale, a desk.Answer) {
	switch a.Reason {
	case voucher.HubSilent, voucher.OfflineLimit, voucher.Busy, voucher.JournalFailed, voucher.OutOfStock, voucher.ClockUntrusted, voucher.NoCampaign:
	default:
		return
	}
	if s.tries < 3 && p.c.in(60) {
		p.w.queue.after(p.c.span(5*time.Second, 3*time.Minute), func() { p.come(s, 2) })
	}
}

// accepted is a cashier whose sale went through; a few are undone later.
func (p *people) accepted(m *machine, s *sale, id voucher.RedemptionID) {
	if s.visit.void == 0 {
		return
	}
	life := m.life
	p.w.queue.after(s.visit.void, func() { m.void(id, life) })
}

// found sets the campaign up, enrols the terminals and issues the first vouchers.
func (p *people) found() {
	w, h, s := p.w, p.w.hub, p.w.scene
	h.step(func() {
		p.must(h.ledger.Found(background, ledger.HubMade{Generation: h.c.read(16), Key: h.public(), Issuing: h.issuingKey()}))
		c, _, err := h.ledger.Apply(background, s.campaign)
		p.must(err)
		s.campaign = c
		_, _, err = h.ledger.SetMerchants(background, s.merchants)
		p.must(err)
	})
	p.must(w.office.found())
	for i := range s.seats {
		if i < 2 || s.county || p.c.in(85) {
			w.office.enrol(i)
		} else {
			w.queue.at(time.Duration(p.c.Int64N(int64(s.span/3))), func() { w.office.enrol(i) })
		}
	}
	for i, n := range s.notes {
		if n.claimed > 0 {
			w.queue.at(n.claimed, func() { p.issue(n) })
		} else if n.person == nil && p.c.in(80) || n.person != nil && p.c.in(30) {
			p.issue(n)
		} else {
			w.queue.at(time.Duration(p.c.Int64N(int64(s.span)))*6/10, func() { p.issue(s.notes[i]) })
		}
	}
}

// must is for what a play cannot begin without.
func (p *people) must(err error) {
	if err != nil {
		p.w.fail("setup", "%v", err)
	}
}

// issue asks the hub for one voucher, as the platform does, and again when the hub is not there.
func (p *people) issue(n *note) {
	h := p.w.hub
	if n.issued {
		return
	}
	again := func() { p.w.queue.after(p.c.span(time.Second, 10*time.Minute), func() { p.issue(n) }) }
	if !h.up {
		again()
		return
	}
	b := n.code.Body
	h.step(func() {
		err := h.ledger.Issue(background, ledger.VouchersIssued{Phase: b.Phase, Tier: b.Tier, Person: n.person, Device: n.device, At: n.place,
			Vouchers: []ledger.Issued{{Serial: b.Serial, Sight: n.code.Sight(), Holder: b.Holder}}})
		no, refused := errors.AsType[*ledger.Refusal](err)
		switch {
		case err == nil:
			n.issued = true
		case refused && no.Code == "serial_in_use": // an earlier try went through after all
			n.issued = true
		case refused:
			p.w.met("claim refused: " + no.Code)
		default:
			again()
		}
	})
}
