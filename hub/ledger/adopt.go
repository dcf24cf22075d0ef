package ledger

import (
	"bytes"
	"fmt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// proven gives, for each record of a batch, the outcome that the proof has for it; nil where it has none. The proof holds
// for the record that it answered last, and through the chain of hashes for those before it.
func proven(b Batch) []*voucher.Outcome {
	n, p := len(b.Records), b.Proof
	if p == nil || len(p.Outcomes) == 0 || p.Terminal != b.Terminal || p.Epoch != b.Records[0].ID.Epoch {
		return nil
	}
	last := wire.Hash(b.Raw[n-1])
	if !bytes.Equal(p.Answered, last[:]) {
		return nil
	}
	all := make([]*voucher.Outcome, n)
	for i, j := n-1, answer(p, b.Records[n-1]); i >= 0 && j >= 0; i, j = i-1, j-1 {
		if r := b.Records[i]; r.ID.Number != 0 && r.ID != p.Outcomes[j].ID {
			break
		}
		if i < n-1 && b.Records[i+1].Prev != wire.Hash(b.Raw[i]) { // nor has one that cannot be read a word on those before it
			break
		}
		all[i] = &p.Outcomes[j]
	}
	return all
}

// answer finds the outcome of the last record that an ack answered: those behind it are of a second chain. One that cannot be
// read, and does not say its number, is the last of all.
func answer(p *wire.AckBody, r *voucher.Record) int {
	at := len(p.Outcomes) - 1
	for r.ID.Number != 0 && at >= 0 && p.Outcomes[at].ID != r.ID {
		at--
	}
	return at
}

// adopt takes over what an earlier ack of this hub made of a record: FINAL stays FINAL. What it took is taken again, at
// once or when everybody has reported.
func (d *draft) adopt(t *terminal, r incoming, got *RecordReceived) {
	sale := d.saleOf(t, r.Record)
	got.Outcome = *r.proof
	switch {
	case r.proof.Result == voucher.Redeemed && sale != nil:
		d.adoptRedeemed(t, r, sale, got)
	case r.proof.Result == voucher.Disputed:
		d.adoptDisputed(t, r, sale, got)
	case r.proof.Result == voucher.Noted && sale != nil && r.Kind == voucher.Confirm:
		if lent := d.draw(t, sale); lent == FromLease || lent == FromWrittenOff {
			got.Units = lent // changes places with the free one that the ask took
		}
	case r.proof.Result == voucher.Undone:
		if n := t.holder(r.Of); n != nil {
			got.Units = n.units
		}
	}
}

// saleOf is what a record sold or confirms; nil when it did neither.
func (d *draft) saleOf(t *terminal, r *voucher.Record) *voucher.Redemption {
	switch r.Kind {
	case voucher.Ask, voucher.Accept:
		return r.Sale
	case voucher.Confirm:
		if n := t.chain[r.Of-1]; n.kind == voucher.Ask && n.confirm == 0 {
			return n.sale
		}
	}
	return nil
}

// adoptRedeemed takes the voucher and its unit again, or does without until everybody has reported.
func (d *draft) adoptRedeemed(t *terminal, r incoming, sale *voucher.Redemption, got *RecordReceived) {
	if sale.Voucher.Lane() {
		d.laneAgain(t, sale)
		return
	}
	d.issueAgain(sale)
	if r.Kind != voucher.Ask {
		got.Units = d.draw(t, sale) // a lent unit goes with the acceptance that took it, whatever the voucher is
	}
	v := d.vouchers[sale.Voucher.Serial]
	if v != nil && v.standing == voucher.StandingIssued && v.pool == (pool{sale.Voucher.Phase, sale.Voucher.Tier}) {
		if got.Units = d.unit(sale, got.Units); got.Units == NoDraw {
			got.Units = FromOwed // it was free when it was taken: whoever had given it back has not said so again yet
		}
		return
	}
	got.Lacks = true
}

// unit finds the unit of a sale that was redeemed: with stock at redemption the lent one that it has, or a free one.
func (d *draft) unit(sale *voucher.Redemption, lent Draw) Draw {
	v, at := d.vouchers[sale.Voucher.Serial], pool{sale.Voucher.Phase, sale.Voucher.Tier}
	switch {
	case d.campaign == nil || v == nil || v.pool != at:
		return NoDraw
	case d.campaign.StockAt == voucher.AtClaim:
		return FromVoucher
	case lent != NoDraw:
		return lent
	case d.units(at).free > 0:
		return FromFree
	}
	return NoDraw
}

// issueAgain enters a voucher that was issued after the backup, when one of its units is still free.
func (d *draft) issueAgain(sale *voucher.Redemption) {
	b, at := sale.Voucher, pool{sale.Voucher.Phase, sale.Voucher.Tier}
	if d.campaign == nil || d.vouchers[b.Serial] != nil || d.numbers.Has(b.Serial) || b.Campaign != d.campaign.Number {
		return
	}
	if _, known := d.campaign.Tier(b.Tier); !known || d.pools[at] == nil {
		return
	}
	if d.campaign.StockAt == voucher.AtClaim && d.units(at).free == 0 {
		return
	}
	d.add(Entry{Issued: &VouchersIssued{Phase: b.Phase, Tier: b.Tier, Vouchers: []Issued{{Serial: b.Serial, Sight: sale.Sight, Holder: b.Holder}}}})
}

// adoptDisputed opens the case of a disputed acceptance again, under its number when that is free.
func (d *draft) adoptDisputed(t *terminal, r incoming, sale *voucher.Redemption, got *RecordReceived) {
	o := &got.Outcome
	c := CaseOpened{Number: o.Case, Kind: voucher.Breach, Terminal: t.ID, Record: about(r.Record), Winner: o.Winner, Reason: o.Reason, SpentAge: spentAge(r.Record)}
	if sale != nil && o.Reason != voucher.Unreadable {
		c.InLease = d.campaign != nil && d.covered(t, r.Record, sale, d.instant(r.Record))
		if o.Uses() && o.Reason != voucher.UnknownVoucher {
			d.issueAgain(sale)
			v := d.vouchers[sale.Voucher.Serial]
			got.Lacks = v == nil || v.standing != voucher.StandingIssued
		}
		if got.Units = d.draw(t, sale); r.Kind == voucher.Ask || got.Units == FromVoucher && !o.Uses() {
			got.Units = NoDraw
		}
	}
	switch o.Reason {
	case voucher.AlreadyRedeemed:
		c.Kind = voucher.Conflict
	case voucher.ClockUntrusted:
		c.Kind = voucher.Clock
	case voucher.Expired, voucher.WrittenOff:
		c.Kind = voucher.Late
	}
	o.Case = d.openCase(c)
}

// adoptLease takes over a lease that the book has lost, also where the units are not free as far as the book knows: they
// were when they were lent, and are owed until whoever had given them back says so again. What the reserve does not have
// any more is not taken over, and a case says so.
func (d *draft) adoptLease(t *terminal, e *life, h wire.HelloBody) {
	var l voucher.Lease
	if t.reported || e != t.life || e.written != nil || h.Lent == nil || d.hub == nil || h.Lent.Open(&l, d.hub.Key, wire.ForLease) != nil {
		return
	}
	if l.Terminal != t.ID || l.Epoch != e.epoch || l.Serial <= e.lease.Serial || d.campaign == nil {
		return
	}
	found := LeaseFound{Raw: h.Lent.Raw, Sig: h.Lent.Sig, Pools: l.Pools, Sum: l.Sum}
	whole := true
	if o := d.campaign.Offline; o.Bears == voucher.FundBears {
		if room := max(0, o.Reserve-(d.committed()-e.open)); l.Sum-e.used.Sum > room {
			found.Sum, whole = max(e.lease.Sum, e.used.Sum+room), false
		}
	}
	d.add(Entry{Found: &found})
	if !whole {
		d.openCase(CaseOpened{Kind: voucher.Breach, Terminal: t.ID, Record: named(t, e.epoch, 0), Reason: voucher.OutOfStock})
	}
}

func (s *state) applyFound(e *LeaseFound) error {
	var l voucher.Lease
	if err := wire.Unmarshal(e.Raw, &l); err != nil {
		return err
	}
	t := s.terminals[l.Terminal]
	if t == nil || l.Epoch != t.epoch || l.Serial <= t.lease.Serial {
		return fmt.Errorf("lease %d of terminal %s was found twice", l.Serial, l.Terminal)
	}
	l.Pools, l.Sum = e.Pools, e.Sum
	until := l.Until
	for uint32(len(t.untils)) < l.Serial-1 {
		t.untils = append(t.untils, until) // those between are not known; none ended later
	}
	return s.lends(t, l, &LeaseGranted{Raw: e.Raw, Sig: e.Sig}, true)
}
