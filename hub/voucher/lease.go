package voucher

import "time"

// Lease is what a terminal may accept without the hub. All amounts are totals since the epoch began, and only grow from
// one lease to the next: what may still be used is the total less what has been used. So a lease that comes late, twice
// or out of order does no harm (the highest serial holds), and the hub can always bound what is outstanding.
//
// Expiry (Until) only stops the terminal. It frees nothing: freeing at expiry would let stock be spent twice by a record
// that arrives later. What is unused comes back by a Surrender record, or by a write-off.
type Lease struct {
	Terminal TerminalID  `cbor:"1,keyasint"`
	Epoch    uint32      `cbor:"2,keyasint"`
	Serial   uint32      `cbor:"3,keyasint"` // counts the leases of an epoch, from 1
	Campaign CampaignID  `cbor:"4,keyasint"`
	Granted  int64       `cbor:"5,keyasint"`            // the hub's time, milliseconds since 1970
	Until    int64       `cbor:"6,keyasint"`            // the terminal stops here, milliseconds since 1970
	Count    uint64      `cbor:"7,keyasint"`            // acceptances, total of the epoch
	Sum      Fen         `cbor:"8,keyasint"`            // face value, total of the epoch
	Face     Fen         `cbor:"9,keyasint,omitempty"`  // largest single face value; 0: any
	Pools    []PoolUnits `cbor:"10,keyasint,omitempty"` // with stock at redemption: units lent per pool, totals of the epoch
}

// AllLeases is what a Surrender names instead of a serial when a terminal is retired: every lease of its epoch is given
// back, one that is still on its way too, and none is wanted any more.
const AllLeases uint32 = 1<<32 - 1

// PoolUnits counts units of one pool.
type PoolUnits struct {
	Phase PhaseNo `cbor:"1,keyasint"`
	Tier  TierNo  `cbor:"2,keyasint"`
	Units uint64  `cbor:"3,keyasint"`
}

// Use is what a terminal has accepted under its leases in this epoch, as totals.
type Use struct {
	Count uint64      `cbor:"1,keyasint"`
	Sum   Fen         `cbor:"2,keyasint"`
	Pools []PoolUnits `cbor:"3,keyasint,omitempty"`
}

// Units gives the total for one pool.
func Units(pools []PoolUnits, phase PhaseNo, tier TierNo) uint64 {
	for _, p := range pools {
		if p.Phase == phase && p.Tier == tier {
			return p.Units
		}
	}
	return 0
}

// With is the use after one more acceptance of a voucher of the phase and tier. The receiver is left as it is.
func (u Use) With(phase PhaseNo, tier TierNo, face Fen) Use {
	pools := make([]PoolUnits, 0, len(u.Pools)+1)
	found := false
	for _, p := range u.Pools {
		if p.Phase == phase && p.Tier == tier {
			p.Units++
			found = true
		}
		pools = append(pools, p)
	}
	if !found {
		pools = append(pools, PoolUnits{phase, tier, 1})
	}
	return Use{u.Count + 1, u.Sum + face, pools}
}

// Cover tells whether the lease covers one more acceptance at an instant: OK, OfflineLimit when count, sum, face or age
// is exhausted, OutOfStock when the pool's units are. A zero lease covers nothing.
func (l Lease) Cover(used Use, phase PhaseNo, tier Tier, stock StockAt, at time.Time) Reason {
	switch {
	case l.Serial == 0, at.UnixMilli() >= l.Until:
		return OfflineLimit
	case used.Count+1 > l.Count, used.Sum+tier.Face > l.Sum:
		return OfflineLimit
	case l.Face > 0 && tier.Face > l.Face:
		return OfflineLimit
	case stock == AtRedemption && Units(used.Pools, phase, tier.No)+1 > Units(l.Pools, phase, tier.No):
		return OutOfStock
	}
	return OK
}

// Left gives how many acceptances and how much face value the lease still covers; zero once it has ended.
func (l Lease) Left(used Use, at time.Time) (count uint64, sum Fen) {
	if l.Serial == 0 || at.UnixMilli() >= l.Until || used.Count >= l.Count || used.Sum >= l.Sum {
		return 0, 0
	}
	return l.Count - used.Count, l.Sum - used.Sum
}
