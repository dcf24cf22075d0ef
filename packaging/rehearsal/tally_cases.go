package rehearsal

import (
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// matter finds a case; nil when there is none.
func (t *tally) matter(number uint64) *matter {
	if number == 0 || number > uint64(len(t.cases)) {
		return nil
	}
	return t.cases[number-1]
}

// takeCase opens a case, or adds to one.
func (t *tally) takeCase(e *ledger.CaseOpened) {
	s := t.terminals[e.Terminal]
	if s == nil || e.Number == 0 {
		t.w.fail("G6", "case %d is about %s, which is not there", e.Number, e.Terminal)
		return
	}
	for uint64(len(t.cases)) < e.Number {
		t.cases = append(t.cases, nil) // a restored hub finds the numbers again in any order
	}
	m := t.cases[e.Number-1]
	if m == nil {
		m = &matter{CaseOpened: e, merchant: s.merchant}
		t.cases[e.Number-1] = m
		t.open++
		if e.Rule == nil {
			t.w.fail("G6", "case %d has no rule that proposes", e.Number)
		}
		t.w.met("case: " + string(e.Kind) + ", " + e.Reason.String())
	}
	if e.Sale != nil && e.Sale.Voucher.Lane() {
		t.w.fail("G1", "case %d is about a lane test", e.Number)
	}
	if e.Kind.AboutTerminal() {
		if !t.w.copied[s.id] && !t.w.hub.older {
			t.w.fail("G7", "case %d says that %s was copied or put back, and it was not", e.Number, s.id)
		}
		if m.ruling == nil {
			s.matter = m
		}
		if x := s.eraOf(e.Record.Epoch); x != nil {
			x.copied = true
		}
	}
	if len(e.Raw) > 0 {
		t.takeStray(s, e, m)
	} else if e.Sale != nil {
		m.sale = e.Sale // of a proven record that lacks what it took
	}
}

// takeStray keeps a record of a second chain: it is in the book with its case, and in no chain.
func (t *tally) takeStray(s *station, e *ledger.CaseOpened, m *matter) {
	id := e.Record
	if r, err := wire.DecodeRecord(e.Raw); err == nil {
		id = r.ID
	}
	x, hash := s.eraOf(id.Epoch), wire.Hash(e.Raw)
	if x == nil || x.strays[hash] != nil {
		t.w.fail("G7", "a record of a second chain of %s, epoch %d, is in the book twice or of no epoch", s.id, id.Epoch)
		return
	}
	for _, n := range x.chain {
		if n.hash == hash {
			t.w.fail("G7", "record %s is in the chain and in a second one", id)
		}
	}
	x.strays[hash] = m
	m.sale = e.Sale
	t.w.met("record of a second chain")
}

// disputed notes with the case of a disputed acceptance what it is about.
func (t *tally) disputed(s *station, e *ledger.RecordReceived, sale *voucher.Redemption) {
	m := t.matter(e.Outcome.Case)
	if m == nil || m.ruling != nil {
		t.w.fail("G6", "%s is disputed and its case %d is not open", e.Outcome.ID, e.Outcome.Case)
		return
	}
	if sale == nil {
		return
	}
	m.sale, m.draw, m.merchant = sale, e.Units, e.Merchant
	released := s.written != nil && s.written.Release
	if m.InLease && !released && e.Units == ledger.NoDraw && t.campaign.Offline.Bears == voucher.FundBears {
		m.claim = t.tier(sale.Voucher.Tier).Face
		t.claims += m.claim
	}
}

func (t *tally) takeProposed(e *ledger.Proposed) {
	if m := t.matter(e.Case); m != nil {
		m.signed = append(m.signed, *e)
	}
}

// takeDecided checks who has decided, and moves unit and money.
func (t *tally) takeDecided(e *ledger.CaseDecided) {
	m := t.matter(e.Case)
	switch {
	case m == nil || m.ruling != nil:
		t.w.fail("G16", "case %d is decided twice or is not there", e.Case)
		return
	case !e.Verdict.Fits(m.Kind):
		t.w.fail("G16", "case %d, %s, is decided %s", e.Case, m.Kind, e.Verdict)
	case e.Verdict != m.proposal() && (len(e.By) != 2 || e.By[0].Name == e.By[1].Name || e.By[0].Console || e.By[1].Console):
		t.w.fail("G16", "case %d is decided %s, the rule proposes %s, and not two have signed", e.Case, e.Verdict, m.proposal())
	}
	m.ruling = e
	t.open--
	t.claims -= m.claim
	m.claim = 0
	if s := t.terminals[m.Terminal]; s.matter == m {
		s.matter = nil
	}
	t.w.met("decided: " + string(m.Kind) + " " + string(e.Verdict))
	switch e.Verdict {
	case voucher.Pay:
		t.pays(m, e)
	case voucher.Refuse:
		t.refuses(m)
	}
}

// refuses frees the unit that was set aside. The voucher stays used, unless the sale was undone at the counter.
func (t *tally) refuses(m *matter) {
	if m.sale == nil {
		return
	}
	p, v := t.pool(m.sale.Voucher.Phase, m.sale.Voucher.Tier), t.vouchers[m.sale.Voucher.Serial]
	again := m.void && v != nil && len(m.Raw) == 0 && v.by == m.Record
	if again {
		v.used, v.by = false, voucher.RedemptionID{}
		t.ringOf(m).holds = nil
	}
	if m.draw == ledger.NoDraw {
		return
	}
	p.disputed--
	if again && m.draw == ledger.FromVoucher {
		p.outstanding++
	} else {
		p.free++
	}
}

// ringOf is the disputed record of a case; nil of one of a second chain.
func (t *tally) ringOf(m *matter) *ring {
	n := t.ring(m.Record)
	if n == nil || len(m.Raw) > 0 {
		return nil
	}
	if n.outcome.Result != voucher.Disputed && n.confirm != 0 {
		id := m.Record
		id.Number = n.confirm
		n = t.ring(id)
	}
	return n
}

// pays moves what a case is paid out of. A voucher is still redeemed once at most (G3).
func (t *tally) pays(m *matter, e *ledger.CaseDecided) {
	if m.sale == nil || e.Paid != t.tier(m.sale.Voucher.Tier).Face {
		t.w.fail("G13", "case %d is paid %d fen", e.Case, e.Paid)
		return
	}
	if e.From == ledger.FromReserve {
		t.paid += e.Paid
		return
	}
	b := m.sale.Voucher
	p, v := t.pool(b.Phase, b.Tier), t.vouchers[b.Serial]
	switch e.From {
	case ledger.FromDispute:
		p.disputed--
	case ledger.FromVoucher:
		p.outstanding--
	case ledger.FromFree:
		p.free--
	default:
		t.w.fail("G2", "case %d is paid out of nothing", e.Case)
	}
	p.redeemed++
	t.owe(m.merchant, e.Paid)
	n := t.ringOf(m)
	if v != nil && !v.used && v.Sight == m.sale.Sight && v.phase == b.Phase && v.tier == b.Tier {
		v.used, v.by = true, m.Record
		if n != nil {
			n.holds = v
		}
	}
	if n != nil {
		n.paid = true
		if e.From != ledger.FromDispute {
			n.draw = e.From
		}
	}
	if m.void {
		t.w.fail("G10", "case %d is paid and its sale was undone at the counter", e.Case)
	}
}
