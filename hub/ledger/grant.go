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
	if t.retired || d.recall(t) != nil {
		return nil, nil // it has too much already; it is told so when it next reports
	}
	next := d.nextLease(t, m.Trade)
	if !t.worthwhile(next, d.campaign.Offline, d.time) {
		return nil, nil
	}
	raw, err := wire.Marshal(next)
	if err != nil {
		return nil, fmt.Errorf("lease of %s: %w", id, err)
	}
	d.add(Entry{Lease: &LeaseGranted{raw, d.sign(raw)}})
	return t.grant, nil
}

// nextLease is what the terminal should have now. With stock at claim and the merchant bearing what is lost there is
// nothing to share: the lease is the merchant's own limit, as the campaign gives it.
func (d *draft) nextLease(t *terminal, trade voucher.Trade) voucher.Lease {
	o, old := d.campaign.Offline, t.lease
	l := voucher.Lease{Terminal: t.ID, Epoch: t.epoch, Serial: old.Serial + 1, Campaign: d.campaign.ID,
		Granted: d.time.UnixMilli(), Until: d.time.Add(o.Age).UnixMilli(), Face: o.Face}
	l.Count = max(old.Count, t.used.Count+uint64(o.Count))
	sum := o.Sum
	if o.Bears == voucher.FundBears {
		// The sum of all leases never exceeds the reserve (G2). An ended lease counts until it is surrendered or written off.
		sum = min(d.shareOfReserve(t, trade), max(0, o.Reserve-(d.committed()-t.open)))
	}
	l.Sum = max(old.Sum, t.used.Sum+sum)
	if d.campaign.StockAt == voucher.AtRedemption {
		l.Pools = d.lend(t, trade)
	}
	return l
}

// shareOfReserve is the face value that a terminal should have open: twice what it is expected to sell until its lease
// ends, at its largest face value, within an equal share of what the reserve can still bear. Where that share is too
// small for a single voucher, one voucher for those who have sold lately.
func (d *draft) shareOfReserve(t *terminal, trade voucher.Trade) voucher.Fen {
	o := d.campaign.Offline
	var face voucher.Fen
	for _, tier := range d.campaign.Tiers {
		if tier.Trade == trade && (o.Face == 0 || tier.Face <= o.Face) {
			face = max(face, tier.Face)
		}
	}
	share := (o.Reserve - d.paid - d.claims - d.kept) / voucher.Fen(d.countAllPeers())
	if share < face && t.pace.lately(0, d.time) {
		share = face
	}
	return max(0, min(o.Sum, share, voucher.Fen(d.want(t, 0))*face))
}

// want is how many sales of a tier, or of all for 0, a terminal should be able to make without the hub: twice what it is
// expected to sell until its lease ends, at least 2. In its first lease of a phase nothing is known of its pace, and the
// campaign's figure stands.
func (d *draft) want(t *terminal, tier voucher.TierNo) uint64 {
	o := d.campaign.Offline
	phase, running := d.campaign.PhaseAt(d.time)
	if !running || d.time.Sub(phase.Start) < o.Age || d.time.Sub(time.UnixMilli(t.since)) < o.Age {
		return uint64(o.Count)
	}
	return min(uint64(o.Count), max(2, t.pace.expect(tier, d.time, 2*o.Age)))
}

// share is how many units of a pool a terminal should have open: what it wants, within an equal share of half of what is
// not used yet; the other half is for sales that the hub answers itself. Of the last units, when there are fewer than
// two for each terminal of the trade, at most one, and only where such a voucher was sold lately.
func (d *draft) share(t *terminal, at pool, trade voucher.Trade) int64 {
	u, peers := d.units(at), d.countPeers(trade)
	if u.free < 2*peers {
		if t.pace.lately(at.tier, d.time) {
			return 1
		}
		return 0
	}
	return min(int64(d.want(t, at.tier)), (u.free+u.leased)/2/peers)
}

// lend gives the units per pool, as totals: what the terminal has, and more where its share is larger, as far as the free
// stock goes round.
func (d *draft) lend(t *terminal, trade voucher.Trade) []voucher.PoolUnits {
	pools := slices.Clone(t.lease.Pools)
	phase, running := d.campaign.PhaseAt(d.time)
	if !running {
		return pools
	}
	for _, tier := range d.campaign.Tiers {
		if tier.Trade != trade {
			continue
		}
		at := pool{phase.No, tier.No}
		has, used := voucher.Units(pools, at.phase, at.tier), voucher.Units(t.used.Pools, at.phase, at.tier)
		if used > has {
			continue // a false till: it has used more than it was lent, and gets no more of this pool
		}
		free := d.units(at).free
		more := min(d.share(t, at, trade)-int64(has-used), free, max(1, free/2/d.countPeers(trade)))
		if more > 0 {
			pools = withUnits(pools, at.phase, at.tier, has+uint64(more))
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

// countAllPeers is countPeers over all trades.
func (d *draft) countAllPeers() int64 {
	d.countPeers("")
	var all int64
	for _, n := range d.peers {
		all += n
	}
	return max(1, all)
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

// worthwhile tells whether a new lease is worth an entry and a frame: when the terminal has none, when a quarter of the old
// one's time is gone, or when a quarter of what it should have open is used.
func (t *life) worthwhile(next voucher.Lease, o voucher.Offline, now time.Time) bool {
	old := t.lease
	if o.Count == 0 || o.Sum == 0 {
		return false
	}
	if old.Serial == 0 || now.UnixMilli()-old.Granted >= o.Age.Milliseconds()/4 {
		return true
	}
	if short(old.Count, next.Count, t.used.Count) || short(uint64(old.Sum), uint64(next.Sum), uint64(t.used.Sum)) {
		return true
	}
	return slices.ContainsFunc(next.Pools, func(p voucher.PoolUnits) bool {
		return short(voucher.Units(old.Pools, p.Phase, p.Tier), p.Units, voucher.Units(t.used.Pools, p.Phase, p.Tier))
	})
}

// short tells whether a quarter of what the next lease would leave open is missing in the old one; all three are totals.
func short(old, next, used uint64) bool {
	return next > max(old, used) && 4*(next-max(old, used)) >= next-used
}
