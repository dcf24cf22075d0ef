package rehearsal

import (
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// takeReceived takes a record and what became of it.
func (t *tally) takeReceived(e *ledger.RecordReceived) {
	r, err := wire.DecodeRecord(e.Raw)
	unread := e.Outcome.Reason == voucher.Unreadable
	switch {
	case unread && err == nil:
		t.w.fail("G9", "record %s can be read and the hub says that it cannot", e.Outcome.ID)
		return
	case unread:
		t.w.met("record that cannot be read")
		r = &voucher.Record{ID: e.Outcome.ID}
		r.ID, r.Prev, err = wire.ReadLink(e.Raw)
	}
	s := t.terminals[e.Outcome.ID.Terminal]
	if err != nil && s != nil && unread {
		r.ID, r.Prev, err = e.Outcome.ID, s.head(), nil
	}
	if err != nil || s == nil || !t.follows(s, r, e) {
		t.w.fail("G9", "a record of %s in the book that cannot be read: %v", e.Outcome.ID.Terminal, err)
		return
	}
	s.chain = append(s.chain, &ring{record: r, hash: wire.Hash(e.Raw), outcome: e.Outcome, draw: e.Units, lacks: e.Lacks})
	s.unsigned++
	if len(e.Sig) > 0 {
		if !holdsKey(e.Raw, e.Sig, s.key) {
			t.w.fail("G8", "record %s is not signed by its terminal", r.ID)
		}
		s.unsigned = 0
	}
	if t.recovering && !e.Proven {
		t.w.fail("G6", "%s was decided while the hub did not know what it had said", r.ID)
	}
	t.apply(s, r, s.chain[len(s.chain)-1], e)
}

func (s *station) head() [32]byte {
	if n := len(s.chain); n > 0 {
		return s.chain[n-1].hash
	}
	return [32]byte{}
}

// follows checks number and hash of a record (G8), and that its outcome is its own.
func (t *tally) follows(s *station, r *voucher.Record, e *ledger.RecordReceived) bool {
	var prev [32]byte
	if n := len(s.chain); n > 0 {
		prev = s.chain[n-1].hash
	}
	if r.ID.Epoch != s.epoch || r.ID.Number != uint64(len(s.chain))+1 || r.Prev != prev || e.Outcome.ID != r.ID {
		t.w.fail("G8", "record %s does not follow number %d of epoch %d", r.ID, len(s.chain), s.epoch)
		return false
	}
	return true
}

func (t *tally) apply(s *station, r *voucher.Record, n *ring, e *ledger.RecordReceived) {
	if e.Proven {
		t.proven(n)
	}
	switch r.Kind {
	case voucher.Ask:
		if !e.Proven {
			t.judged(s, n, r.Sale, t.at)
		}
		if e.Outcome.Result == voucher.Disputed {
			t.disputed(s, e, nil)
		}
		if !n.bare() {
			t.uses(s, n, n)
		}
	case voucher.Accept:
		t.accepts(s, n, n, e)
	case voucher.Confirm:
		of := s.chain[r.Of-1]
		if of.record.Kind != voucher.Ask || of.confirm != 0 {
			if n.outcome.Result != voucher.Noted || n.draw != ledger.NoDraw {
				t.w.fail("G7", "%s confirms what cannot be confirmed, or was before, and is %s", r.ID, word(&n.outcome))
			}
			return
		}
		of.confirm = r.ID.Number
		t.accepts(s, n, of, e)
	case voucher.Reverse, voucher.Void:
		t.undoes(s, n, e.Proven)
	case voucher.Surrender:
		t.surrenders(s, n, e.Proven)
	case voucher.Handed:
		t.hands(s, n)
	}
}

// proven checks an outcome that a restored hub takes over: it is what was said before, unless what it took cannot be had
// any more, which a person decides.
func (t *tally) proven(n *ring) {
	t.w.met("outcome proven to a restored hub")
	was, said := t.w.audit.said[n.hash]
	o := n.outcome
	if !said {
		t.w.fail("G7", "%s was taken over as proven and the hub has never said it", word(&o))
	} else if was.Result != o.Result && o.Result != voucher.Disputed {
		t.w.fail("G7", "first %s, and after a restore %s", word(&was), word(&o))
	}
}

// accepts takes an acceptance: ring n, for the sale of ring of.
func (t *tally) accepts(s *station, n, of *ring, e *ledger.RecordReceived) {
	sale := of.record.Sale
	body := sale.Voucher
	if n.outcome.Result == voucher.Redeemed && !e.Proven {
		t.covered(s, n, body)
	}
	if n.outcome.Result == voucher.Disputed {
		t.disputed(s, e, sale)
	}
	s.used = s.used.With(body.Phase, body.Tier, t.tier(body.Tier).Face)
	if n.outcome.Result == voucher.Noted || n.bare() {
		t.swaps(n, body)
		return
	}
	r := n.record
	if !e.Proven {
		t.judged(s, n, sale, min(max(r.At, r.Heard), t.at))
	}
	t.uses(s, n, of)
}

// bare tells whether a redemption was taken over without its voucher.
func (n *ring) bare() bool { return n.lacks && n.outcome.Result == voucher.Redeemed }

// takeAmended gives a proven record what it lacked.
func (t *tally) takeAmended(e *ledger.SaleAmended) {
	n := t.ring(e.Record)
	if n == nil || !n.lacks {
		t.w.fail("G7", "%s is amended and lacks nothing", e.Record)
		return
	}
	t.w.met("proven record got what another had given back")
	of, had := n, n.draw
	if n.record.Kind == voucher.Confirm {
		id := e.Record
		id.Number = n.record.Of
		of = t.ring(id)
	}
	n.lacks, n.draw = false, e.Units
	t.uses(t.terminals[e.Record.Terminal], n, of)
	if m := t.matter(n.outcome.Case); m != nil && n.outcome.Result == voucher.Disputed && e.Units != ledger.NoDraw {
		m.draw = e.Units
	}
	if e.Units == ledger.NoDraw {
		n.draw = had
	}
}

// swaps gives back the free unit that an ask took for the lent one that the till then took.
func (t *tally) swaps(n *ring, b voucher.Body) {
	p := t.pool(b.Phase, b.Tier)
	switch n.draw {
	case ledger.NoDraw:
		return
	case ledger.FromLease:
		p.leased--
	case ledger.FromWrittenOff:
		p.writtenOff--
	}
	p.free++
}

// covered checks that an acceptance which the fund pays lay inside the lease that it names (G2).
func (t *tally) covered(s *station, n *ring, b voucher.Body) {
	r := n.record
	l, granted := s.leases[r.Lease]
	face := t.tier(b.Tier).Face
	switch {
	case !granted:
		t.w.fail("G2", "%s was accepted under lease %d, which was not granted", r.ID, r.Lease)
	case s.used.Count+1 > s.lent.Count, s.used.Sum+face > s.lent.Sum, s.lent.Face > 0 && face > s.lent.Face:
		t.w.fail("G2", "%s is paid and beyond lease %d", r.ID, r.Lease)
	case max(r.At, r.Heard) >= l.Until && t.at >= l.Until:
		t.w.fail("G11", "%s is paid and was accepted after its lease had ended", r.ID)
	case t.campaign.StockAt == voucher.AtRedemption && n.draw != ledger.FromLease:
		t.w.fail("G2", "%s is paid and took no unit of its lease", r.ID)
	}
}

// uses moves the unit and marks the voucher.
func (t *tally) uses(s *station, n, of *ring) {
	o, body := &n.outcome, of.record.Sale.Voucher
	if o.Result != voucher.Redeemed && o.Result != voucher.Disputed {
		return
	}
	v := t.vouchers[body.Serial]
	if v != nil && !v.used && (o.Result == voucher.Redeemed || o.Reason != voucher.Forged && o.Reason != voucher.AlreadyRedeemed) {
		v.used, v.by, n.holds = true, of.record.ID, v
	}
	if body.Lane() {
		t.usesLane(n)
		return
	}
	p := t.pool(body.Phase, body.Tier)
	if n.draw != ledger.NoDraw {
		switch n.draw {
		case ledger.FromVoucher:
			p.outstanding--
		case ledger.FromFree:
			p.free--
		case ledger.FromLease:
			p.leased--
		case ledger.FromWrittenOff:
			p.writtenOff--
		case ledger.FromOwed:
			p.owed++
			t.w.met("unit owed by a restored hub")
		}
		if o.Result == voucher.Redeemed {
			p.redeemed++
		} else {
			p.disputed++
		}
	}
	if o.Result == voucher.Redeemed {
		t.owe(s.merchant, t.tier(body.Tier).Face)
		if n.draw == ledger.NoDraw {
			t.w.fail("G2", "%s is paid without a unit", o.ID)
		}
	}
}

// undoes gives back what a Reverse or Void is about.
func (t *tally) undoes(s *station, n *ring, proven bool) {
	t.withdraws(s, n)
	if n.outcome.Result != voucher.Undone {
		return
	}
	of := s.chain[n.record.Of-1]
	h := of
	if h.holds == nil && of.confirm != 0 {
		h = s.chain[of.confirm-1]
	}
	if h.holds == nil || h.outcome.Result != voucher.Redeemed && !h.paid {
		if proven {
			return // what it undid could not be taken over
		}
		t.w.fail("G6", "%s undoes %s, which holds nothing", n.record.ID, of.record.ID)
		return
	}
	v := h.holds
	if v.lane != "" { // of one use: it stays used
		h.holds, of.undone = nil, true
		return
	}
	p := t.pool(v.phase, v.tier)
	p.redeemed--
	if h.draw == ledger.FromVoucher {
		p.outstanding++
	} else {
		p.free++
	}
	t.owe(s.merchant, -t.tier(v.tier).Face)
	v.used, v.by, h.holds, of.undone = false, voucher.RedemptionID{}, nil, true
}

// surrenders frees what the lease has left. What was surrendered to a book that was lost stays lent where a copy was
// noticed since.
func (t *tally) surrenders(s *station, n *ring, proven bool) {
	if n.outcome.Result != voucher.Noted || n.record.Lease < s.lent.Serial {
		return
	}
	if s.copied || s.closed != nil || s.written != nil {
		if !proven {
			t.w.fail("G2", "%s gives back a lease that a copy may have used", n.record.ID)
		}
		return
	}
	t.w.met("lease surrendered")
	for i := range s.lent.Pools {
		p := &s.lent.Pools[i]
		used := voucher.Units(s.used.Pools, p.Phase, p.Tier)
		if p.Units > used {
			x := t.pool(p.Phase, p.Tier)
			x.leased -= int64(p.Units - used)
			x.free += int64(p.Units - used)
			p.Units = used
		}
	}
	s.lent.Count, s.lent.Sum = min(s.lent.Count, s.used.Count), min(s.lent.Sum, s.used.Sum)
}

// judged checks an outcome against the law (G10): what is paid keeps every rule, and what is refused or disputed is so
// for a reason that holds.
func (t *tally) judged(s *station, n *ring, sale *voucher.Redemption, at int64) {
	o := &n.outcome
	truth := t.broken(s, sale, time.UnixMilli(at))
	if o.Result == voucher.Redeemed {
		for _, reason := range truth {
			t.w.fail("G10", "%s is paid against the law: %s", o.ID, reason)
		}
		return
	}
	for _, reason := range truth {
		if reason == o.Reason {
			return
		}
	}
	t.excused(s, n, sale)
}

// excused checks the reasons that are not the law's but of stock, lease and clock.
func (t *tally) excused(s *station, n *ring, sale *voucher.Redemption) {
	o, p := &n.outcome, t.pool(sale.Voucher.Phase, sale.Voucher.Tier)
	ok := false
	p.even()
	switch o.Reason {
	case voucher.OutOfStock:
		ok = t.campaign.StockAt == voucher.AtRedemption && (p.free == 0 || n.record.Kind != voucher.Ask)
	case voucher.Expired: // it came too late for its phase
		phase, _ := t.campaign.Phase(sale.Voucher.Phase)
		grace := t.campaign.Offline.Grace
		ok = n.record.Kind != voucher.Ask && grace > 0 && t.at > phase.End.Add(grace).UnixMilli()
	case voucher.OfflineLimit:
		ok = n.record.Kind != voucher.Ask
	case voucher.ClockUntrusted:
		ok = n.record.Kind != voucher.Ask && !n.record.Sure
	case voucher.WrittenOff:
		ok = s.written != nil
	}
	if !ok {
		t.w.fail("G10", "%s is answered %s, which is not so", o.ID, o.Reason)
	}
}

// broken lists every rule that a sale breaks.
func (t *tally) broken(s *station, sale *voucher.Redemption, at time.Time) (rules []voucher.Reason) {
	add := func(broken bool, r voucher.Reason) {
		if broken {
			rules = append(rules, r)
		}
	}
	m, v, c := t.merchants[s.merchant], t.vouchers[sale.Voucher.Serial], t.campaign
	lane := sale.Voucher.Lane()
	tier, known := c.Tier(sale.Voucher.Tier)
	phase, dated := c.Phase(sale.Voucher.Phase)
	add(s.state == voucher.TerminalRevoked, voucher.TerminalIsRevoked)
	add(s.state == voucher.TerminalFrozen || s.closed != nil, voucher.TerminalIsFrozen)
	add(m == nil || m.Status != voucher.MerchantActive, voucher.MerchantNotActive)
	add(v == nil || !lane && (!known || !dated) || sale.Voucher.Campaign != c.Number, voucher.UnknownVoucher)
	add(v != nil && (v.Sight != sale.Sight || v.phase != sale.Voucher.Phase || v.tier != sale.Voucher.Tier), voucher.Forged)
	add(v != nil && v.used, voucher.AlreadyRedeemed)
	if lane { // nothing is bought
		add(v != nil && v.lane != s.id, voucher.OtherTerminal)
		add(!at.Before(sale.Voucher.LaneUntil()), voucher.Expired)
		return rules
	}
	add(m == nil || tier.Trade != m.Trade, voucher.WrongTrade)
	add(s.place != nil && !c.Area.Holds(*s.place), voucher.OutsideArea)
	add(at.Before(phase.Start), voucher.NotYetValid)
	add(!at.Before(phase.End), voucher.Expired)
	add(sale.Bill <= 0, voucher.BillMissing)
	add(sale.Bill < tier.Threshold, voucher.BelowThreshold)
	return rules
}

// withdraws notes with an open case that its sale was undone at the counter.
func (t *tally) withdraws(s *station, n *ring) {
	of := s.chain[n.record.Of-1]
	if of.record.Sale == nil {
		return
	}
	if of.outcome.Result != voucher.Disputed && of.confirm != 0 {
		of = s.chain[of.confirm-1]
	}
	if m := t.matter(of.outcome.Case); of.outcome.Result == voucher.Disputed && m != nil && m.ruling == nil && len(m.Raw) == 0 {
		m.void = true
		t.w.met("disputed sale undone at the counter")
	}
}
