package ledger

import (
	"time"

	"hexiao/hub/voucher"
)

// What becomes of a sale that the till has accepted within its lease, without the hub or before it answered.

// accepted is a sale that a cashier was already shown as PROVISIONAL, so it is never merely rejected: what does not hold
// is disputed, with a case.
func (d *draft) accepted(t *terminal, r *voucher.Record, sale *voucher.Redemption) (voucher.Outcome, Draw) {
	at := d.instant(r)
	reason, winner := d.law(t, sale, at)
	c := CaseOpened{Kind: voucher.Breach, Terminal: t.ID, Record: about(r), InLease: d.covered(t, r, sale, at), SpentAge: spentAge(r)}
	if reason == voucher.TerminalIsFrozen {
		if c.Of = t.fork; t.closed != nil {
			c.Kind, c.Of = voucher.Late, t.closed.Case
		}
		switch said, by := d.unfrozen(t, sale, at); {
		case said == voucher.AlreadyRedeemed:
			reason, winner = said, by
		case t.written != nil && said == voucher.OK:
			reason = voucher.WrittenOff
		case t.written != nil:
			c.Kind, reason = voucher.Breach, said
		}
	}
	switch {
	case d.forged(sale):
		reason, winner = voucher.Forged, voucher.RedemptionID{}
	case reason == voucher.AlreadyRedeemed:
		c.Kind = voucher.Conflict
	case reason == voucher.OK && !c.InLease:
		reason = voucher.OfflineLimit
	case reason == voucher.OK && d.uncertain(r, sale):
		c.Kind, reason = voucher.Clock, voucher.ClockUntrusted
	case reason == voucher.OK && d.tooLate(sale):
		c.Kind, reason = voucher.Late, voucher.Expired
	}
	draw := d.draw(t, sale)
	if reason == voucher.Forged && draw == FromVoucher {
		draw = NoDraw // the voucher is still its holder's
	}
	if reason == voucher.OK && draw != NoDraw {
		return voucher.Outcome{Result: voucher.Redeemed}, draw
	}
	if reason == voucher.OK {
		reason = voucher.OutOfStock
	}
	c.Winner, c.Reason = winner, reason
	return voucher.Outcome{Result: voucher.Disputed, Reason: reason, Winner: winner, Case: d.openCase(c)}, draw
}

// tooLate tells whether an acceptance comes longer after the end of its voucher's phase than the campaign pays without a
// person's word.
func (d *draft) tooLate(sale *voucher.Redemption) bool {
	phase, _ := d.campaign.Phase(sale.Voucher.Phase)
	grace := d.campaign.Offline.Grace
	return grace > 0 && d.time.After(phase.End.Add(grace))
}

// about is the redemption as the cashier knows it: of a Confirm, the ask's.
func about(r *voucher.Record) voucher.RedemptionID {
	id := r.ID
	if r.Kind == voucher.Confirm {
		id.Number = r.Of
	}
	return id
}

// instant is when an offline sale is taken to have been made: the till's trusted time, but never before what the till
// had last heard of the hub, nor after now.
func (d *draft) instant(r *voucher.Record) time.Time {
	at := max(r.At, r.Heard)
	if now := d.time.UnixMilli(); at > now {
		at = now
	}
	return time.UnixMilli(at)
}

// uncertain tells whether the till's clock could not be relied on and the phase began or ended somewhere between what it
// last heard and now: then nobody can say from the record alone whether the voucher was valid (G11).
func (d *draft) uncertain(r *voucher.Record, sale *voucher.Redemption) bool {
	if r.Sure {
		return false
	}
	phase, _ := d.campaign.Phase(sale.Voucher.Phase)
	crosses := func(edge time.Time) bool { return r.Heard < edge.UnixMilli() && edge.UnixMilli() <= d.time.UnixMilli() }
	return crosses(phase.Start) && r.Heard != 0 || crosses(phase.End)
}

// covered tells whether one of the terminal's leases covered the acceptance: its count and sum, its largest face value,
// and its hour. None covers a lane voucher, which is for the hub alone.
func (d *draft) covered(t *terminal, r *voucher.Record, sale *voucher.Redemption, at time.Time) bool {
	if r.Lease == 0 || int(r.Lease) > len(t.untils) || sale.Voucher.Lane() {
		return false
	}
	tier, _ := d.campaign.Tier(sale.Voucher.Tier)
	lease := t.lease
	lease.Until = t.untils[r.Lease-1]
	return lease.Cover(t.used, sale.Voucher.Phase, tier, d.campaign.StockAt, at) == voucher.OK
}

// draw finds the unit of an acceptance: carried by the voucher, or lent to the terminal. A lent unit is gone whatever the
// voucher was: the till has counted it.
func (d *draft) draw(t *terminal, sale *voucher.Redemption) Draw {
	if d.campaign == nil {
		return NoDraw
	}
	body, v := sale.Voucher, d.vouchers[sale.Voucher.Serial]
	switch {
	case d.campaign.StockAt == voucher.AtRedemption && voucher.Units(t.used.Pools, body.Phase, body.Tier) < voucher.Units(t.lease.Pools, body.Phase, body.Tier):
		return t.lent()
	case d.campaign.StockAt == voucher.AtClaim && v != nil && v.pool == (pool{body.Phase, body.Tier}) && v.standing == voucher.StandingIssued:
		return FromVoucher
	}
	return NoDraw
}

// lent is where a unit of the terminal's lease lies: with what is lent, or with what was written off of it; nowhere when
// that was released.
func (l *life) lent() Draw {
	switch {
	case l.written == nil:
		return FromLease
	case !l.written.Release:
		return FromWrittenOff
	}
	return NoDraw
}

// confirm is an asked sale that the till went on to show as PROVISIONAL. What the hub had redeemed stays as it is; what
// it had rejected is judged again as an acceptance, because the goods have left the shop.
func (d *draft) confirm(t *terminal, r *voucher.Record) (voucher.Outcome, Draw) {
	n := t.chain[r.Of-1]
	if n.kind != voucher.Ask || n.confirm != 0 {
		return voucher.Outcome{Result: voucher.Noted}, NoDraw
	}
	if n.outcome.Result == voucher.Redeemed {
		draw := NoDraw
		if lent := d.draw(t, n.sale); (n.units == FromFree || n.units == FromOwed) && (lent == FromLease || lent == FromWrittenOff) {
			draw = lent
		}
		return voucher.Outcome{Result: voucher.Noted}, draw
	}
	return d.accepted(t, r, n.sale)
}

// spentAge is how old the till's spent set was when it accepted, in milliseconds; nil when it had none.
func spentAge(r *voucher.Record) *int64 {
	if r.SpentAt == 0 {
		return nil
	}
	age := max(0, r.At-r.SpentAt)
	return &age
}
