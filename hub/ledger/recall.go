package ledger

import (
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// recall asks a terminal to give its lease back, when somebody else needs what it holds or when it has no use for it
// itself: nil when it may keep it. What it surrenders is free at once, and a smaller lease follows. The disk of a
// terminal that was copied is not asked: it cannot speak for the other one.
func (d *draft) recall(t *terminal) *wire.RecallBody {
	if d.campaign == nil || t.lease.Serial == 0 || t.copied || t.closed != nil || t.written != nil || t.open == 0 && !t.hasUnits() || !d.unneeded(t) {
		return nil
	}
	return &wire.RecallBody{Terminal: t.ID, Epoch: t.epoch, Lease: t.lease.Serial}
}

// hasUnits tells whether the terminal has units that it has not used, as far as its records have come.
func (t *life) hasUnits() bool {
	for _, p := range t.lease.Pools {
		if p.Units > voucher.Units(t.used.Pools, p.Phase, p.Tier) {
			return true
		}
	}
	return false
}

// unneeded tells whether the terminal must not or need not keep what it has left.
func (d *draft) unneeded(t *terminal) bool {
	m := d.merchants[t.Merchant]
	if t.state != voucher.TerminalGood || m == nil || m.Status != voucher.MerchantActive {
		return true
	}
	for _, p := range t.lease.Pools {
		at := pool{p.Phase, p.Tier}
		left := int64(p.Units) - int64(voucher.Units(t.used.Pools, p.Phase, p.Tier))
		if left <= 0 {
			continue
		}
		if phase, _ := d.campaign.Phase(p.Phase); !d.time.Before(phase.End) {
			return true
		}
		if d.runsLow(at, m.Trade) && tooMany(left, d.share(t, at, m.Trade)) {
			return true
		}
	}
	return d.campaign.Offline.Bears == voucher.FundBears && d.reserveRunsLow() && tooMany(int64(t.open), int64(d.shareOfReserve(t, m.Trade)))
}

// tooMany leaves half as much again as a terminal needs, so that it is not asked to and fro.
func tooMany(has, needs int64) bool { return has > needs+needs/2 }

// runsLow: less than a tenth of a pool is free, or not one unit for each terminal of the trade.
func (d *draft) runsLow(at pool, trade voucher.Trade) bool {
	u := d.units(at)
	return u.free < u.stock/10 || u.free < d.countPeers(trade)
}

// reserveRunsLow: less than a tenth of the reserve is neither spent nor lent.
func (d *draft) reserveRunsLow() bool {
	reserve := d.campaign.Offline.Reserve
	return reserve-d.committed() < reserve/10
}
