package rehearsal

import (
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// heal ends the chaos: every fault goes, every PC runs, the line is good, and people do what is theirs to do.
func (w *world) heal() {
	w.calm = true
	w.note("the chaos is over")
	w.faults.end()
	w.net.latency, w.net.jitter, w.net.lossy = 20*time.Millisecond, 5*time.Millisecond, 0
	w.hub.silent = 10 * time.Minute
	w.until(w.queue.now + 15*time.Minute)
	for range 60 {
		if w.found != nil || w.tidy() {
			break
		}
		w.until(w.queue.now + 7*time.Minute)
	}
}

// tidy does the next thing that people do after a bad day, and tells whether there is nothing left to do.
func (w *world) tidy() bool {
	if !w.hub.up || !w.quiet() {
		return false
	}
	return w.retireCopies() && w.decideAll() && w.writeOffStranded() && w.quiet()
}

// quiet tells whether every till has heard everything.
func (w *world) quiet() bool {
	if !w.hub.up || w.audit.tally.recovering && !w.awaited() {
		return false
	}
	for _, m := range w.all() {
		if !m.shut && (!m.on || m.core.Waiting() || m.journal.State().Queued > 0) {
			return false
		}
	}
	return true
}

// awaited does what people do about terminals that a restored hub waits for: those that will never come are written off, the
// cases of those that are frozen are decided.
func (w *world) awaited() bool {
	done := false
	for _, s := range w.audit.tally.stations {
		switch {
		case s.reported || s.excused:
		case w.gone(s.id):
			w.office.writeOff(s.id, false, false)
			done = true
		case s.matter != nil: // its disk is of an epoch that is over; it goes on in the next, and reports
			w.office.decide(s.matter.Number, s.matter.proposal())
			done = true
		}
	}
	return done
}

// gone tells whether no PC with the terminal's identity runs any more.
func (w *world) gone(id voucher.TerminalID) bool {
	for _, m := range w.all() {
		if m.id.Terminal == id && !m.shut {
			return false
		}
	}
	return true
}

// retireCopies leaves one PC to each terminal: the one that is furthest, because an epoch that is over cannot be gone on
// with. The others have sent what they had.
func (w *world) retireCopies() bool {
	done := true
	for _, m := range w.tills {
		if len(m.copies) == 0 {
			continue
		}
		best := m
		for _, k := range m.copies {
			if !k.shut && (best.shut || k.journal.State().Epoch > best.journal.State().Epoch) {
				best = k
			}
		}
		for _, k := range append([]*machine{m}, m.copies...) {
			if k != best && !k.shut {
				w.note("%s is switched off for good", k.name)
				k.stop(false)
				k.shut, done = true, false
			}
		}
	}
	return done
}

// decideAll decides every case that is open.
func (w *world) decideAll() bool {
	done := true
	for _, m := range w.audit.tally.cases {
		if m == nil || m.ruling != nil {
			continue
		}
		done = false
		if !w.office.decide(m.Number, w.office.verdict(w.office.c, m)) && m.ruling == nil && !m.Kind.AboutTerminal() {
			w.office.decide(m.Number, voucher.Refuse) // the reserve is exhausted, or there is nothing to pay
		}
		if w.found != nil {
			return false
		}
	}
	return done
}

// writeOffStranded writes off what nobody will ever give back: of epochs that are over, and of terminals that are out.
func (w *world) writeOffStranded() bool {
	done := true
	for _, s := range w.audit.tally.stations {
		past := s.state != voucher.TerminalRevoked && !w.gone(s.id)
		if !s.holdsOf(w.audit.tally, past) {
			continue
		}
		done = false
		if err := w.office.writeOff(s.id, past, w.office.c.in(50)); err != nil {
			w.fail("liveness", "what %s left cannot be written off: %v", s.id, err)
		}
	}
	return done
}

// holdsOf tells whether leases of the terminal hold units or money of the fund that are not written off; past leaves out
// the epoch that runs.
func (s *station) holdsOf(t *tally, past bool) bool {
	for _, e := range s.eras {
		if e.written != nil || past && e == s.era {
			continue
		}
		if t.campaign.Offline.Bears == voucher.FundBears && e.lent.Sum > e.used.Sum {
			return true
		}
		for _, p := range e.lent.Pools {
			if p.Units > voucher.Units(e.used.Pools, p.Phase, p.Tier) {
				return true
			}
		}
	}
	return false
}

// settle holds everything against everything, once nothing moves any more.
func (w *world) settle() {
	if w.found != nil {
		return
	}
	w.drained()
	w.complete()
	w.bounded()
	w.even()
	w.refolded()
	w.watched()
}

// drained checks that nothing is left on the way, and that everybody has found a way out (liveness).
func (w *world) drained() {
	t := w.audit.tally
	switch {
	case !w.hub.up:
		w.fail("liveness", "the hub does not run")
	case t.recovering:
		r, err := w.hub.ledger.Recovery(background)
		w.fail("liveness", "the hub has not recovered: it waits for %v (%v)", r.Waiting, err)
	case t.open > 0:
		w.fail("liveness", "%d cases are open", t.open)
	}
	for _, m := range w.all() {
		if m.shut {
			continue
		}
		switch state := terminalState(m); {
		case t.terminals[m.id.Terminal] == nil && state == "" && m.on && m.journal.State().Law == nil:
			// Enrolled after the backup, it never had a law and sold nothing: nobody can know it, and people enrol it anew.
		case t.terminals[m.id.Terminal] == nil:
			w.fail("liveness", "the hub does not know %s any more", m.name)
		case !m.on:
			w.fail("liveness", "%s does not run", m.name)
		case m.journal.State().Queued > 0:
			w.fail("liveness", "%s still has %d records to send", m.name, m.journal.State().Queued)
		case state != t.terminals[m.id.Terminal].state:
			w.fail("liveness", "%s is %q, and its law says %q", m.name, t.terminals[m.id.Terminal].state, state)
		case state == voucher.TerminalFrozen:
			w.fail("liveness", "%s is still frozen", m.name)
		}
	}
	for _, s := range t.stations {
		if s.state == voucher.TerminalGood && !w.gone(s.id) && s.closed != nil {
			w.fail("liveness", "%s was ordered to begin epoch %d and has not", s.id, s.closed.Next)
		}
	}
}

func terminalState(m *machine) voucher.TerminalState {
	if !m.on || m.journal.State().Law == nil {
		return ""
	}
	return m.journal.State().Law.State
}

// complete checks that everything a cashier saw accepted is in the ledger exactly once (G6).
func (w *world) complete() {
	for _, r := range w.book.rows {
		if w.found != nil {
			return
		}
		n := w.recordOf(r)
		switch {
		case w.crooked[r.id.Terminal] && n != nil: // whoever keeps the till may void what it sold
		case w.crooked[r.id.Terminal] && (!r.final || w.hub.older):
			w.met("what a crook sold before he turned, and never sent")
		case n != nil:
			w.standing(r, n)
		case w.strayOf(r):
		case r.lost && w.reported(r):
			w.met("what a lost disk took is inside a reported range")
		case r.lost: // the watcher has seen to it that every first contact which could show it did
			w.met("what a lost disk took was never shown to anybody")
		case w.hub.older && w.begunAnew(r) && w.reported(r):
			w.met("what was taken before a new epoch is inside a reported range of a restored hub")
		case r.final && w.lied:
		default:
			w.note("%s of %s, voucher %s, final %v, older %v; the ledger has %s", r.id, r.sale.order, r.body.Serial, r.final, r.older, word(w.audit.tally.outcome(r.id)))
			if n := w.audit.tally.ring(r.id); n != nil {
				w.note("record of kind %d, hash %x; the till's %x", n.record.Kind, n.hash, r.till.hashes[r.id])
			}
			w.fail("G6", "%s was shown as accepted and the ledger has nothing of it (lost %v)", r.id, r.lost)
		}
	}
}

// begunAnew tells whether the till has begun another epoch since a sale.
func (w *world) begunAnew(r *row) bool {
	s := w.audit.tally.terminals[r.id.Terminal]
	return s != nil && s.epoch > r.id.Epoch
}

// recordOf finds a sale's record in the ledger's chain: that one, and no other under its number.
func (w *world) recordOf(r *row) *ring {
	n := w.audit.tally.ring(r.id)
	if n == nil || n.record.Sale == nil || n.record.Sale.Voucher.Serial != r.body.Serial {
		return nil
	}
	if hash, known := r.till.hashes[r.id]; known && hash != n.hash {
		return nil
	}
	return n
}

// standing checks what the ledger has made of a sale that was shown as accepted.
func (w *world) standing(r *row, n *ring) {
	o := &n.outcome
	if c := w.audit.tally.confirmation(r.id); c != nil && o.Result != voucher.Redeemed {
		o = c
	}
	switch {
	case r.voided:
	case o.Result == voucher.Redeemed && n.undone && r.unseen:
		w.met("a disk put back to the middle of a sale took it back, and nothing could show that it was older")
	case o.Result == voucher.Redeemed && n.undone && !r.asked && !r.final && w.strayConfirm(r):
		w.met("a copy took back what was confirmed in another chain, and that is a case")
	case o.Result == voucher.Redeemed && n.undone && !r.asked:
		w.fail("G5", "%s was shown as accepted, and was taken back by nobody at the counter", r.id)
	case o.Result == voucher.Redeemed:
	case o.Result == voucher.Disputed && (!r.final || w.lied):
	case o.Result == voucher.Disputed:
		w.fail("G5", "%s was FINAL and is disputed: %s", r.id, word(o))
	case w.strayConfirm(r):
	case r.lost, r.older: // the ask was sent, the confirmation is gone with the disk: see complete
		w.met("the confirmation of a sale went with a lost disk")
	default:
		w.fail("G6", "%s was shown as accepted and the ledger has %s", r.id, word(o))
	}
}

// tookBack tells whether the book has it that a sale was undone, by a void that nobody saw the answer of or by a crook who
// keeps the till.
func (w *world) tookBack(r *row) bool {
	n := w.recordOf(r)
	return n != nil && n.undone && (r.asked || w.crooked[r.id.Terminal])
}

// strayOf tells whether a sale's record is kept as one of a second chain.
func (w *world) strayOf(r *row) bool {
	s := w.audit.tally.terminals[r.id.Terminal]
	if s == nil || s.eraOf(r.id.Epoch) == nil {
		return false
	}
	hash, known := r.till.hashes[r.id]
	if known {
		return s.eraOf(r.id.Epoch).strays[hash] != nil
	}
	return len(s.eraOf(r.id.Epoch).strays) > 0
}

// strayConfirm tells whether the confirmation that made a sale an acceptance is kept as a record of a second chain: the ask
// before it may stand in both.
func (w *world) strayConfirm(r *row) bool {
	for _, m := range w.audit.tally.cases {
		if m == nil || m.Terminal != r.id.Terminal || len(m.Raw) == 0 {
			continue
		}
		if c, err := wire.DecodeRecord(m.Raw); err == nil && c.Kind == voucher.Confirm && c.ID.Epoch == r.id.Epoch && c.Of == r.id.Number {
			return true
		}
	}
	return false
}

// reported tells whether the hub has noticed that a disk was lost: there is a case about the terminal.
func (w *world) reported(r *row) bool {
	for _, m := range w.audit.tally.cases {
		if m != nil && m.Terminal == r.id.Terminal && m.Kind.AboutTerminal() {
			return true
		}
	}
	return false
}

// even checks that a hub that was restored owes nothing any more but what people keep aside: what a terminal gave back in an
// epoch that is over is written off, and not free again before they release it.
func (w *world) even() {
	for _, p := range w.audit.tally.pools {
		if p.owed > p.writtenOff && !w.lied {
			w.fail("G2", "phase %d tier %d: %d units are owed, and everybody has reported", p.phase, p.tier, p.owed)
		}
	}
}

// borne tells whether the merchant bears a sale: by a case that was decided so, and its unit is free again, or because a
// crook never sent it.
func (w *world) borne(r *row) bool {
	n := w.recordOf(r)
	if n == nil {
		return w.crooked[r.id.Terminal] // he has kept it to himself
	}
	o := &n.outcome
	if c := w.audit.tally.confirmation(r.id); c != nil {
		o = c
	}
	m := w.audit.tally.matter(o.Case)
	return m != nil && m.ruling != nil && m.ruling.Verdict == voucher.Refuse
}

// bounded checks what was accepted, as the cashiers know it, against what was there (G2): never more than the stock, and
// for each copy of a disk what its leases had left.
func (w *world) bounded() {
	t := w.audit.tally
	if w.lied || t.campaign.StockAt != voucher.AtRedemption {
		return
	}
	for _, p := range t.pools {
		accepted, extra := int64(0), int64(0)
		for _, r := range w.book.rows {
			if !r.asked && !w.borne(r) && r.body.Phase == p.phase && r.body.Tier == p.tier {
				accepted++
			}
		}
		for _, s := range t.stations {
			for _, e := range s.eras {
				if w.copied[s.id] || e.written != nil && e.written.Release {
					extra += int64(voucher.Units(e.lent.Pools, p.phase, p.tier)) * int64(1+len(w.tills))
				}
			}
		}
		if accepted > p.stock+extra {
			w.fail("G2", "phase %d tier %d: cashiers accepted %d, the stock is %d, copies could add %d", p.phase, p.tier, accepted, p.stock, extra)
		}
	}
}
