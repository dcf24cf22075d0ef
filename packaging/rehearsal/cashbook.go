package rehearsal

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// cashbook is what the cashiers know: what their screens showed, and nothing else. It is the play's own memory of what
// was promised, against which the ledger is held.
type cashbook struct {
	w      *world
	rows   []*row
	byID   map[rowKey]*row         // looked up only
	final  map[voucher.Serial]*row // the redemption that was shown FINAL and not voided since; looked up only
	orders map[string]*row         // by PC and order number; looked up only
}

// rowKey names a redemption as a cashier knows it: two copies of one disk may give two of them the same ID.
type rowKey struct {
	till *machine
	id   voucher.RedemptionID
}

// row is one redemption that a cashier was shown as accepted.
type row struct {
	id      voucher.RedemptionID
	till    *machine
	lost    bool // its disk was put back to an older state, or wiped
	older   bool // its disk was put back to a state in which the sale had begun, but perhaps not ended
	unseen  bool // it had not, and nothing that the disk said since showed the hub that it was put back
	sale    *sale
	body    voucher.Body
	face    voucher.Fen
	final   bool      // was shown FINAL
	refused bool      // was shown PROVISIONAL, and then that it is disputed
	asked   bool      // somebody at the counter wanted it undone, whatever came of that
	voided  bool      // was undone at the counter
	undone  bool      // the hub has said so
	heard   time.Time // the hub time that the till had heard when it was shown
}

func newCashbook(w *world) *cashbook {
	return &cashbook{w: w, byID: map[rowKey]*row{}, final: map[voucher.Serial]*row{}, orders: map[string]*row{}}
}

// shown takes the answer that a cashier sees.
func (b *cashbook) shown(m *machine, s *sale, a desk.Answer) {
	b.w.note("%s shows %s %s for %s (%s)", m.name, a.Answer, a.Reason, a.Redemption, s.order)
	b.w.result.Answers[string(a.Answer)]++
	switch a.Answer {
	case voucher.Final, voucher.Provisional:
		b.accepted(m, s, a)
	default:
		b.w.people.refused(m, s, a)
	}
}

func (b *cashbook) accepted(m *machine, s *sale, a desk.Answer) {
	id, err := voucher.ParseRedemptionID(a.Redemption)
	if err != nil {
		b.w.fail("G7", "%s was accepted without an ID: %v", s.order, err)
		return
	}
	if r := b.byID[rowKey{m, id}]; r != nil { // the same sale asked for again
		b.sameAgain(r, m, s, a)
		return
	}
	r := &row{id: id, till: m, sale: s, face: a.Face, heard: m.journal.Stamp().Heard}
	b.rows = append(b.rows, r)
	b.byID[rowKey{m, id}] = r
	b.w.result.Accepted++
	code, err := voucher.ParseCode(s.visit.text)
	if err != nil {
		b.w.fail("G10", "%s accepted a scan that is no code", id)
		return
	}
	r.body = code.Body
	b.fair(r, s, a, code)
	if old := b.orders[m.name+s.order]; old != nil && !old.voided && s.visit.pos {
		b.w.fail("G7", "order %s was accepted twice: %s and %s", s.order, old.id, id)
	}
	b.orders[m.name+s.order] = r
	if a.Answer == voucher.Final {
		b.finally(r)
	}
	b.w.people.accepted(m, s, id)
}

// sameAgain is an answer on a redemption that was shown before: a promise never shrinks.
func (b *cashbook) sameAgain(r *row, m *machine, s *sale, a desk.Answer) {
	switch {
	case r.sale.order != s.order:
		b.w.fail("G7", "%s answers %s and %s", r.id, r.sale.order, s.order)
	case r.final && a.Answer != voucher.Final:
		b.w.fail("G5", "%s was FINAL, and then %s", r.id, a.Answer)
	case !r.final && a.Answer == voucher.Final:
		b.finally(r)
	}
}

// fair checks what a stranger at the counter could check (G10): the amounts, and what the law says of this shop and bill.
func (b *cashbook) fair(r *row, s *sale, a desk.Answer, code voucher.Code) {
	c := &b.w.scene.campaign
	tier, known := c.Tier(code.Body.Tier)
	switch {
	case !known || code.Body.Campaign != c.Number:
		b.w.fail("G10", "%s is of no campaign or tier that there is", r.id)
	case !(s.visit.note != nil && code == s.visit.note.code) && !code.Genuine(b.w.hub.issuing()): // its own the scene has signed
		b.w.fail("G10", "%s was accepted and is forged", r.id)
	case a.Face != tier.Face || a.Pay != s.visit.bill-tier.Face || a.Bill != s.visit.bill:
		b.w.fail("G13", "%s takes %d off %d and leaves %d; the tier's face is %d", r.id, a.Face, a.Bill, a.Pay, tier.Face)
	case s.visit.bill < tier.Threshold:
		b.w.fail("G10", "%s was accepted with a bill of %d, the threshold is %d", r.id, s.visit.bill, tier.Threshold)
	case tier.Trade != b.w.scene.trade(b.w.scene.seats[r.till.seat].merchant):
		b.w.fail("G10", "%s was accepted in the wrong trade", r.id)
	}
}

// finally notes that a redemption was shown FINAL: the hub has it on disk, and no other redemption has the voucher.
func (b *cashbook) finally(r *row) {
	r.final = true
	if old := b.final[r.body.Serial]; old != nil && old != r && !old.voided && !b.w.tookBack(old) && !b.w.lied {
		b.w.fail("G3", "voucher %s is FINAL twice: %s and %s", r.body.Serial, old.id, r.id)
	}
	b.final[r.body.Serial] = r
	if !b.w.audit.saidRedeemed(r) {
		b.w.fail("G5", "%s is FINAL and the hub has never said so", r.id)
	}
}

// replaced takes the answer that comes later in the place of another.
func (b *cashbook) replaced(m *machine, a desk.Answer) {
	b.w.note("%s shows later %s %s for %s (voided %v)", m.name, a.Answer, a.Reason, a.Redemption, a.Voided)
	id, err := voucher.ParseRedemptionID(a.Redemption)
	r := b.byID[rowKey{m, id}]
	switch {
	case err == nil && r == nil && b.unshown(m, id):
		b.w.met("a sale stands that nobody was shown before the till died")
	case err != nil || r == nil:
		if !m.older {
			b.w.fail("G7", "%s replaces an answer on %q that nobody was shown", m.name, a.Redemption)
		}
	case a.Voided:
		b.w.met("void refused late")
		r.voided = false
	case a.Answer == voucher.Final:
		b.w.met("late ack: PROVISIONAL became FINAL")
		if !r.final {
			b.finally(r)
		}
	case r.final:
		b.w.fail("G5", "%s was FINAL, and then %s %s", r.id, a.Answer, a.Reason)
	default:
		b.w.met("PROVISIONAL became disputed")
		r.refused = true
	}
}

// unshown tells whether a sale was accepted by a process that died before anybody was shown it. An ask that it left behind is
// another matter: that must have been taken back.
func (b *cashbook) unshown(m *machine, id voucher.RedemptionID) bool {
	s, ok := m.journal.Sale(id.Number)
	return ok && s.ID == id && s.Provisional && id.Number <= m.born
}

// voiding notes that a void is asked for: the till may die over it, and have done it all the same.
func (b *cashbook) voiding(m *machine, id voucher.RedemptionID) {
	if r := b.byID[rowKey{m, id}]; r != nil {
		r.asked = true
	}
}

// voided takes the answer to a void.
func (b *cashbook) voided(m *machine, a desk.Answer) {
	b.w.note("%s shows void %s %s for %s", m.name, a.Answer, a.Reason, a.Redemption)
	id, err := voucher.ParseRedemptionID(a.Redemption)
	r := b.byID[rowKey{m, id}]
	if err != nil || r == nil || a.Answer == voucher.Refused {
		return
	}
	r.voided = true
	if a.Answer == voucher.Final {
		r.undone = true
	}
}

// started holds the disk of a till that has just begun against what it has shown: whatever was shown is there (G5).
func (b *cashbook) started(m *machine) {
	state := m.journal.State()
	stamp := m.journal.Stamp()
	m.heard = stamp.Heard // what was heard since the last write is gone, and may be
	for _, r := range b.rows {
		if r.till != m || r.lost || r.older || r.id.Epoch != state.Epoch {
			continue
		}
		s, ok := m.journal.Sale(r.id.Number)
		switch {
		case !ok || s.Redemption.Voucher.Serial != r.body.Serial:
			b.w.fail("G5", "%s was shown and is not on the disk of %s", r.id, m.name)
		case stamp.At.Before(r.heard):
			b.w.fail("G11", "%s was shown when %s had heard %s, and after a restart it believes in %s", r.id, m.name, r.heard, stamp.At)
		case r.voided && !s.Voided, !r.asked && !r.refused && !s.Holds():
			b.w.fail("G5", "%s was accepted (voided %v) and its disk says %s", r.id, r.voided, s.State())
		}
	}
}

// stopped notes what a cashier can no longer be told.
func (b *cashbook) stopped(*machine) {}

// loses notes which redemptions are no longer on a till's disk: those with numbers above one, or of other epochs.
func (b *cashbook) loses(m *machine, epoch uint32, last uint64) {
	for _, r := range b.rows {
		if r.till == m && (r.id.Epoch != epoch || r.id.Number > last) && !r.lost {
			r.lost = true
			delete(b.byID, rowKey{m, r.id})
		} else if r.till == m {
			r.older = true
		}
	}
}

// unnoticed notes what an older disk, or a copy that was made in the middle of a sale, may take back because it does not know
// better: it said hello, and the hub could not know that it ever was further. Where the hub could, the watcher has seen to
// it that it did.
func (b *cashbook) unnoticed(m *machine) {
	for _, r := range b.rows {
		if r.till == m && r.older && !r.lost || m.of == r.till {
			if s, ok := m.journal.Sale(r.id.Number); ok && s.ID == r.id && s.Reversed {
				r.unseen = true
			}
		}
	}
}

// stepped looks at a till after each of its steps: trusted time never falls behind any hub time that was heard (G11).
func (b *cashbook) stepped(m *machine) {
	stamp := m.journal.Stamp()
	if stamp.At.Before(m.heard) {
		b.w.fail("G11", "trusted time of %s is %s, and it has heard %s", m.name, stamp.At, m.heard)
	}
	if stamp.Heard.After(m.heard) {
		m.heard = stamp.Heard
	}
}
