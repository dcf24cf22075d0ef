package ledger

import (
	"fmt"
	"slices"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// topUp lends to a terminal what it may accept without the hub; nil when what it has is good enough. A new lease is
// granted when a quarter of the old one is used or a quarter of its time is gone, so that a terminal goes into an outage
// with at least three quarters of both.
func (d *draft) topUp(id voucher.TerminalID) (*LeaseGranted, error) {
	t := d.terminals[id]
	if t == nil {
		return nil, ErrUnknownTerminal
	}
	m := d.merchants[t.Merchant]
	if d.campaign == nil || d.recovering || t.standing() != voucher.TerminalGood || m == nil || m.Status != voucher.MerchantActive {
		return nil, nil
	}
	next := d.nextLease(t, m.Trade)
	if !worthwhile(t.lease, next, d.campaign.Offline, d.time) {
		return nil, nil
	}
	raw, err := wire.Marshal(next)
	if err != nil {
		return nil, fmt.Errorf("lease of %s: %w", id, err)
	}
	d.add(Entry{Lease: &LeaseGranted{raw, d.sign(raw)}})
	return t.grant, nil
}

// nextLease is the most that the campaign lets a terminal have now.
func (d *draft) nextLease(t *terminal, trade voucher.Trade) voucher.Lease {
	o, old := d.campaign.Offline, t.lease
	l := voucher.Lease{Terminal: t.ID, Epoch: t.epoch, Serial: old.Serial + 1, Campaign: d.campaign.ID,
		Granted: d.time.UnixMilli(), Until: d.time.Add(o.Age).UnixMilli(), Face: o.Face}
	l.Count = max(old.Count, t.used.Count+uint64(o.Count))
	sum := o.Sum
	if o.Bears == voucher.FundBears {
		// The sum of all leases never exceeds the reserve (G2). An ended lease counts until it is surrendered or written off.
		sum = min(sum, max(0, o.Reserve-(d.committed()-t.open)))
	}
	l.Sum = max(old.Sum, t.used.Sum+sum)
	if d.campaign.StockAt == voucher.AtRedemption {
		l.Pools = d.lend(t, trade)
	}
	return l
}

// lend gives the units per pool, as totals: what the terminal has, and up to an equal part of half the free stock of the
// running phase for each terminal of the trade. Half stays free for sales that the hub answers itself.
func (d *draft) lend(t *terminal, trade voucher.Trade) []voucher.PoolUnits {
	pools := slices.Clone(t.lease.Pools)
	phase, running := d.campaign.PhaseAt(d.time)
	if !running {
		return pools
	}
	peers := d.countPeers(trade)
	for _, tier := range d.campaign.Tiers {
		if tier.Trade != trade {
			continue
		}
		has, used := voucher.Units(pools, phase.No, tier.No), voucher.Units(t.used.Pools, phase.No, tier.No)
		if used > has {
			continue // a false till: it has used more than it was lent, and gets no more of this pool
		}
		open := int64(has - used)
		share := min(int64(d.campaign.Offline.Count), d.units(pool{phase.No, tier.No}).free/2/peers)
		if more := share - open; more > 0 {
			pools = withUnits(pools, phase.No, tier.No, has+uint64(more))
		}
	}
	return pools
}

// countPeers gives the terminals in good standing of a trade; at least 1. They are counted when something has changed, so
// that ten thousand terminals that ask one after the other do not each count ten thousand.
func (d *draft) countPeers(trade voucher.Trade) int64 {
	if d.peers == nil {
		d.peers = map[voucher.Trade]int64{}
		for _, t := range d.terminals {
			if m := d.merchants[t.Merchant]; t.state == voucher.TerminalGood && m != nil {
				d.peers[m.Trade]++
			}
		}
	}
	return max(1, d.peers[trade])
}

func withUnits(pools []voucher.PoolUnits, phase voucher.PhaseNo, tier voucher.TierNo, units uint64) []voucher.PoolUnits {
	for i := range pools {
		if pools[i].Phase == phase && pools[i].Tier == tier {
			pools[i].Units = units
			return pools
		}
	}
	return append(pools, voucher.PoolUnits{Phase: phase, Tier: tier, Units: units})
}

func worthwhile(old, next voucher.Lease, o voucher.Offline, now time.Time) bool {
	if o.Count == 0 || o.Sum == 0 {
		return false
	}
	if old.Serial == 0 || now.UnixMilli()-old.Granted >= o.Age.Milliseconds()/4 {
		return true
	}
	if 4*(next.Count-old.Count) >= uint64(o.Count) || 4*(next.Sum-old.Sum) >= o.Sum {
		return true
	}
	var more, most uint64
	for _, p := range next.Pools {
		more += p.Units - voucher.Units(old.Pools, p.Phase, p.Tier)
		most += p.Units
	}
	return more > 0 && 4*more >= min(uint64(o.Count), most)
}
