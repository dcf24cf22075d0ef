package ledger

import (
	"fmt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// applyReceived adds a record to its terminal's chain and moves the units it took or gave back.
func (s *state) applyReceived(e *RecordReceived) error {
	r, err := e.Record()
	if err != nil {
		return err
	}
	t := s.terminals[r.ID.Terminal]
	if t == nil || r.ID.Epoch != t.epoch || r.ID.Number != uint64(len(t.chain))+1 || r.Kind != 0 && r.Prev != t.head() {
		return fmt.Errorf("record %s does not follow the one before", r.ID)
	}
	out := e.Outcome
	out.ID.Terminal = t.ID // one string for all its records
	n := link{hash: wire.Hash(e.Raw), outcome: out, kind: r.Kind, of: r.Of, sale: r.Sale, units: e.Units}
	t.chain = append(t.chain, n)
	t.heard = s.at
	s.count(t, r, e)
	if e.Lacks {
		t.lack(r.ID.Number)
	}
	bare := e.Lacks && e.Outcome.Result == voucher.Redeemed
	switch r.Kind {
	case 0:
		t.keepUnread(n.hash)
	case voucher.Ask:
		if !bare {
			return s.take(t, r.ID.Number, r.ID.Number)
		}
	case voucher.Accept, voucher.Confirm:
		s.claimed(e, t.life, t.sold(r))
		return s.applyAccepted(t, r, bare)
	case voucher.Reverse, voucher.Void:
		s.withdraw(t, r)
		return s.giveBack(t, r, e.Proven)
	case voucher.Handed:
		t.handed = t.handed.more(s.at)
	case voucher.Surrender:
		t.retired = t.retired || r.Lease == voucher.AllLeases && n.outcome.Result == voucher.Noted
		if r.Lease < t.lease.Serial || e.Proven && (t.written != nil || t.closed != nil || t.copied) {
			return nil // of a lost book: the lease has a successor that was found before, or another word was spoken on what it had left
		}
		return s.applySurrender(t)
	}
	return nil
}

// applyAccepted counts the lease's use and moves the unit.
func (s *state) applyAccepted(t *terminal, r *voucher.Record, bare bool) error {
	of, n := r.ID.Number, &t.chain[r.ID.Number-1]
	if r.Kind == voucher.Confirm {
		of = r.Of
		if t.chain[of-1].kind != voucher.Ask || t.chain[of-1].confirm != 0 {
			return nil // noted: it confirms no sale, or one that was confirmed before
		}
		t.chain[of-1].confirm = r.ID.Number
	}
	body := t.chain[of-1].sale.Voucher
	tier := s.tier(body.Tier)
	t.used = t.used.With(body.Phase, body.Tier, tier.Face)
	s.reopen(t.life)
	if (bare || n.outcome.Result == voucher.Noted) && n.units != NoDraw {
		return s.units(pool{body.Phase, body.Tier}).swap(pool{body.Phase, body.Tier}, n.units)
	}
	if bare {
		return nil
	}
	return s.take(t, r.ID.Number, of)
}

// sold is the sale of a record, or of the ask that it confirms; nil when there is none.
func (t *life) sold(r *voucher.Record) *voucher.Redemption {
	if r.Kind == voucher.Confirm {
		return t.chain[r.Of-1].sale
	}
	return r.Sale
}

// take moves the unit that record n took for the sale of record of, and marks the voucher used.
func (s *state) take(t *terminal, n, of uint64) error {
	l := &t.chain[n-1]
	if l.outcome.Result != voucher.Redeemed && l.outcome.Result != voucher.Disputed {
		return nil
	}
	return s.takes(t.ID, t.life, n, of, l.units)
}

func (s *state) takes(id voucher.TerminalID, e *life, n, of uint64, from Draw) error {
	l, body := &e.chain[n-1], e.chain[of-1].sale.Voucher
	disputed := l.outcome.Result == voucher.Disputed
	if v := s.find(body); v != nil && v.standing == voucher.StandingIssued && l.outcome.Uses() {
		v.standing, v.disputed = voucher.StandingRedeemed, disputed
		v.by = voucher.RedemptionID{Terminal: id, Epoch: e.epoch, Number: of}
		l.taken = v
		if !body.Lane() {
			s.spent.note(s.position, v, false)
		}
	}
	if !disputed {
		tier := s.tier(body.Tier)
		s.redeemed += tier.Face
	}
	if from == NoDraw {
		return nil
	}
	at := pool{body.Phase, body.Tier}
	return s.units(at).use(at, from, disputed)
}

// giveBack undoes a redemption: the voucher is good again and its unit goes back where it belongs.
func (s *state) giveBack(t *terminal, r *voucher.Record, proven bool) error {
	if t.chain[r.ID.Number-1].outcome.Result != voucher.Undone {
		return nil
	}
	n := t.holder(r.Of)
	if n == nil && proven {
		t.forgive(r.Of) // what it undid could not be taken over as it was
		return nil
	}
	if n == nil {
		return errNothing(r.ID)
	}
	return s.release(n)
}

func errNothing(id voucher.RedemptionID) error { return fmt.Errorf("record %s undoes nothing", id) }

// release takes from a link what it holds. A lane voucher is of one use: a void proves that voiding works, and gives nothing back.
func (s *state) release(n *link) error {
	if n.taken.pool == (pool{voucher.LanePhase, voucher.LaneTier}) {
		n.taken = nil
		return nil
	}
	v, u := n.taken, s.units(n.taken.pool)
	u.redeemed--
	if n.units == FromVoucher {
		u.outstanding++
	} else {
		u.free++
	}
	tier := s.tier(v.tier)
	s.redeemed -= tier.Face
	v.standing, v.by, n.taken = voucher.StandingIssued, voucher.RedemptionID{}, nil
	if n.paid {
		n.paid, s.dossiers[n.outcome.Case].undone = false, true
	}
	s.spent.note(s.position, v, true)
	return u.check(v.pool)
}

// holder is the link that holds a redeemed voucher for the sale of record of: the sale itself, or the Confirm of it; nil
// when nothing is held.
func (t *life) holder(of uint64) *link {
	if of == 0 || of > uint64(len(t.chain)) {
		return nil
	}
	n := &t.chain[of-1]
	if n.taken == nil && n.confirm != 0 {
		n = &t.chain[n.confirm-1]
	}
	if n.taken == nil || n.outcome.Result != voucher.Redeemed && !n.paid {
		return nil
	}
	return n
}

// applySurrender frees what the lease has left: its totals become what was used.
func (s *state) applySurrender(t *terminal) error {
	if t.chain[len(t.chain)-1].outcome.Result != voucher.Noted {
		return nil
	}
	for i, p := range t.lease.Pools {
		left := int64(p.Units) - int64(voucher.Units(t.used.Pools, p.Phase, p.Tier))
		if left <= 0 {
			continue
		}
		u := s.units(pool{p.Phase, p.Tier})
		u.leased -= left
		u.free += left
		t.lease.Pools[i].Units -= uint64(left)
		if err := u.check(pool{p.Phase, p.Tier}); err != nil {
			return err
		}
	}
	t.lease.Count, t.lease.Sum = min(t.lease.Count, t.used.Count), min(t.lease.Sum, t.used.Sum)
	t.grant = nil // as it was signed it says more than the terminal may have now
	s.reopen(t.life)
	return nil
}

// more is how many units of a pool a lease with these totals has left beyond those that the one in force has.
func (l *life) more(p voucher.PoolUnits) int64 {
	old := p
	old.Units = voucher.Units(l.lease.Pools, p.Phase, p.Tier)
	return l.unused(p) - l.unused(old)
}

// reopen brings the open sums up to date after a terminal's lease or use has changed.
func (s *state) reopen(l *life) {
	all := &s.open
	if l.written != nil {
		all = &s.kept
	}
	*all -= l.open
	if l.open = max(0, l.lease.Sum-l.used.Sum); l.written != nil && l.written.Release {
		l.open = 0
	}
	*all += l.open
}
