package rehearsal

import (
	"slices"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// takeTerminal takes what is about who a terminal is.
func (t *tally) takeTerminal(e *ledger.Entry) {
	switch {
	case e.Terminal != nil:
		s := &station{id: e.Terminal.ID, merchant: e.Terminal.Merchant, key: e.Terminal.Key, place: e.Terminal.Place, era: newEra(1), reported: len(e.Terminal.Token) > 0}
		s.eras = []*era{s.era}
		if t.terminals[s.id] != nil {
			t.w.fail("G7", "terminal %s was enrolled twice", s.id)
		}
		t.terminals[s.id], t.stations = s, append(t.stations, s)
	case e.State != nil:
		s := t.terminals[e.State.ID]
		if s.state == voucher.TerminalRevoked {
			t.w.fail("G12", "%s was revoked and is %q again", s.id, e.State.State)
		}
		s.state = e.State.State
		s.excused = s.excused || s.state == voucher.TerminalRevoked
	case e.Met != nil:
		t.takeMet(e.Met)
	case e.Confirmed != nil:
		x := t.terminals[e.Confirmed.Terminal].eraOf(e.Confirmed.Epoch)
		x.confirmed = max(x.confirmed, e.Confirmed.Turn)
	case e.Closed != nil:
		t.takeClosed(e.Closed)
	case e.Began != nil:
		t.takeBegan(e.Began)
	case e.Reported != nil:
		t.terminals[e.Reported.Terminal].reported = true
	case e.Recovered != nil:
		t.takeRecovered()
	}
}

// takeMet: each connection of an epoch is a turn of its own.
func (t *tally) takeMet(e *ledger.TerminalMet) {
	s := t.terminals[e.Terminal]
	if s == nil || s.eraOf(e.Epoch) == nil || e.Turn <= s.eraOf(e.Epoch).turn || e.Shown >= e.Turn {
		t.w.fail("G7", "turn %d of %s in epoch %d does not follow the one before", e.Turn, e.Terminal, e.Epoch)
		return
	}
	x := s.eraOf(e.Epoch)
	x.turn, x.confirmed = e.Turn, max(x.confirmed, e.Shown)
}

// takeClosed: an epoch ends by a person's word only.
func (t *tally) takeClosed(e *ledger.EpochClosed) {
	s := t.terminals[e.Terminal]
	if s == nil || s.epoch != e.Epoch || s.closed != nil || e.Next != e.Epoch+1 || e.Last != uint64(len(s.chain)) {
		t.w.fail("G7", "epoch %d of %s is closed and does not run", e.Epoch, e.Terminal)
		return
	}
	m := t.matter(e.Case)
	if e.Case == 0 && s.written == nil || e.Case != 0 && (m == nil || m.ruling == nil || m.ruling.Verdict != voucher.Resume) {
		t.w.fail("G7", "epoch %d of %s is closed and nobody has said so", e.Epoch, e.Terminal)
	}
	s.closed = e
	t.w.met("new epoch ordered")
}

func (t *tally) takeBegan(e *ledger.EpochBegan) {
	s := t.terminals[e.Terminal]
	if s == nil || s.eraOf(e.Epoch) != nil {
		t.w.fail("G7", "epoch %d of %s begins twice", e.Epoch, e.Terminal)
		return
	}
	if e.Epoch > s.epoch && s.reported && (s.closed == nil || s.closed.Next != e.Epoch) || e.Epoch < s.epoch && !t.w.hub.older {
		t.w.fail("G7", "epoch %d of %s begins and was not ordered", e.Epoch, e.Terminal)
	}
	n := newEra(e.Epoch)
	s.eras = append(s.eras, n)
	if e.Epoch > s.epoch {
		s.era = n
	}
	t.w.met("new epoch begun")
}

func (t *tally) takeRecovered() {
	for _, s := range t.stations {
		if !s.reported && !s.excused {
			t.w.fail("G6", "the hub has recovered and %s has not reported", s.id)
		}
	}
	t.recovering = false
	t.w.met("restored hub recovered")
}

// takeLease checks a lease: the hub's signature, totals that only grow, and that it was there to be lent (G2).
func (t *tally) takeLease(e *ledger.LeaseGranted) {
	var l voucher.Lease
	if err := wire.Unmarshal(e.Raw, &l); err != nil || !wire.Verify(e.Raw, e.Sig, t.hub.Key, wire.ForLease) {
		t.w.fail("G8", "a lease that the hub has not signed: %v", err)
		return
	}
	s := t.terminals[l.Terminal]
	switch {
	case s == nil || l.Epoch != s.epoch || l.Serial != s.lent.Serial+1 || l.Count < s.lent.Count || l.Sum < s.lent.Sum:
		t.w.fail("G2", "lease %d of %s does not follow the one before", l.Serial, l.Terminal)
		return
	case t.recovering:
		t.w.fail("G2", "lease %d of %s is lent while the hub does not know what is out", l.Serial, l.Terminal)
	case s.state != voucher.TerminalGood || s.closed != nil || t.merchants[s.merchant].Status != voucher.MerchantActive:
		t.w.fail("G12", "lease %d is lent to %s, which is %q, of a merchant that is %q", l.Serial, s.id, s.state, t.merchants[s.merchant].Status)
	}
	t.lends(s, l, false)
	s.lent = l
}

// lends moves what a lease has more than the one before. One that a restored hub was shown may have less, because what
// the one before had left was surrendered and the record of it is yet to come, and more than is free.
func (t *tally) lends(s *station, l voucher.Lease, found bool) {
	for _, p := range l.Pools {
		used := int64(voucher.Units(s.used.Pools, p.Phase, p.Tier))
		more := max(0, int64(p.Units)-used) - max(0, int64(voucher.Units(s.lent.Pools, p.Phase, p.Tier))-used)
		x := t.pool(p.Phase, p.Tier)
		x.even()
		if !found && (more < 0 || more > x.free) {
			t.w.fail("G2", "lease %d of %s lends %d of %d free units of phase %d tier %d", l.Serial, l.Terminal, more, x.free, p.Phase, p.Tier)
		}
		x.free -= more
		x.leased += more
		if x.free < 0 {
			x.free, x.owed = 0, x.owed-x.free
		}
	}
	l.Pools = slices.Clone(l.Pools)
	s.leases[l.Serial] = l
}

// takeFound takes a lease that a restored hub is shown, as far as it binds the fund.
func (t *tally) takeFound(e *ledger.LeaseFound) {
	var l voucher.Lease
	if err := wire.Unmarshal(e.Raw, &l); err != nil || !wire.Verify(e.Raw, e.Sig, t.hub.Key, wire.ForLease) {
		t.w.fail("G8", "a found lease that the hub has not signed: %v", err)
		return
	}
	s := t.terminals[l.Terminal]
	if s == nil || l.Epoch != s.epoch || l.Serial <= s.lent.Serial || s.reported {
		t.w.fail("G2", "lease %d of %s was found and is not newer", l.Serial, l.Terminal)
		return
	}
	t.w.met("lease found after a restore")
	whole := l
	l.Pools, l.Sum = e.Pools, e.Sum
	if l.Sum > whole.Sum {
		t.w.fail("G2", "lease %d of %s was found for more than it was signed for", l.Serial, l.Terminal)
	}
	t.lends(s, l, true)
	s.lent = l
}

// granted tells whether the book has such a lease.
func (t *tally) granted(l *voucher.Lease) bool {
	s := t.terminals[l.Terminal]
	if s == nil || s.eraOf(l.Epoch) == nil {
		return false
	}
	had, is := s.eraOf(l.Epoch).leases[l.Serial]
	return is && had.Count == l.Count && had.Until == l.Until && had.Sum <= l.Sum
}

// takeWritten moves what leases have left, by the word of two persons.
func (t *tally) takeWritten(e *ledger.WrittenOff) {
	s := t.terminals[e.Terminal]
	if s == nil || e.Epoch > s.epoch || len(e.By) != 2 || e.By[0].Name == e.By[1].Name {
		t.w.fail("G16", "%s was written off by %d persons", e.Terminal, len(e.By))
		return
	}
	t.w.met("terminal written off")
	for _, x := range s.eras {
		if x.epoch > e.Epoch || x.written != nil {
			continue
		}
		for _, p := range x.lent.Pools {
			left := max(0, int64(p.Units)-int64(voucher.Units(x.used.Pools, p.Phase, p.Tier)))
			u := t.pool(p.Phase, p.Tier)
			u.leased -= left
			if e.Release {
				u.free += left
			} else {
				u.writtenOff += left
			}
		}
		x.written = e
	}
	s.excused = s.excused || e.Epoch == s.epoch
}
