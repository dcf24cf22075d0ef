package ledger

import (
	"slices"
	"time"

	"hexiao/hub/voucher"
)

// pace is how fast a terminal sells: each sale counts half as much a day later. It is folded from the records alone, in
// whole numbers, so that every fold comes to the same.
type pace struct {
	hour  int64 // since 1970, that the sums are of
	tiers []tierPace
}

type tierPace struct {
	tier voucher.TierNo
	sold int64 // in oneSale
}

const (
	oneSale = 1 << 16
	maxSold = oneSale << 24 // far above any till; keeps the products below inside int64
)

// decayed is what is left of a sum after some hours: half after each 24, and 2^(-1/24) = 0.971532 of it after one.
func decayed(sold, hours int64) int64 {
	if hours <= 0 {
		return sold
	}
	sold >>= min(hours/24, 63)
	for range hours % 24 {
		sold = sold * 971532 / 1000000
	}
	return sold
}

func hourOf(ms int64) int64 { return ms / time.Hour.Milliseconds() }

// add counts a sale of a tier, made at an instant that may lie before the newest one.
func (p *pace) add(tier voucher.TierNo, ms int64) {
	hour := hourOf(ms)
	if hour > p.hour {
		for i := range p.tiers {
			p.tiers[i].sold = decayed(p.tiers[i].sold, hour-p.hour)
		}
		p.hour = hour
	}
	one := decayed(oneSale, p.hour-hour)
	i := slices.IndexFunc(p.tiers, func(t tierPace) bool { return t.tier == tier })
	if i < 0 {
		p.tiers = append(p.tiers, tierPace{tier, one})
		return
	}
	p.tiers[i].sold = min(maxSold, p.tiers[i].sold+one)
}

// sold is the sum of a tier now, of all tiers for 0.
func (p *pace) sold(tier voucher.TierNo, now time.Time) int64 {
	var sum int64
	for _, t := range p.tiers {
		if t.tier == tier || tier == 0 {
			sum += t.sold
		}
	}
	return decayed(sum, hourOf(now.UnixMilli())-p.hour)
}

// expect is how many sales of a tier (of all for 0) a terminal will make in a time at its pace, rounded up. Of a steady
// pace the sum holds 35.13 hours' sales (1 / (1 - 0.971532)), so a day's are 0.683 of it.
func (p *pace) expect(tier voucher.TierNo, now time.Time, within time.Duration) uint64 {
	daily := min(p.sold(tier, now), maxSold) * 683 / 1000
	return uint64((daily*int64(within/time.Second)/86400 + oneSale - 1) / oneSale)
}

// lately tells whether it has sold one within about two days.
func (p *pace) lately(tier voucher.TierNo, now time.Time) bool { return p.sold(tier, now) >= oneSale/4 }

// count notes the sale that a record made: an ask that was redeemed, or an acceptance, whatever the hub thinks of it.
func (s *state) count(t *terminal, r *voucher.Record, e *RecordReceived) {
	at := e.Outcome.At
	switch {
	case r.Kind == voucher.Ask && e.Outcome.Result == voucher.Redeemed:
	case r.Kind == voucher.Accept:
		at = min(max(r.At, r.Heard), at)
	case r.Kind == voucher.Confirm && t.confirms(r):
		at = min(max(r.At, r.Heard), at)
	default:
		return
	}
	if sold := t.sold(r).Voucher; !sold.Lane() {
		t.pace.add(sold.Tier, at)
	}
}

// confirms tells whether a Confirm makes a sale of an ask that had been refused; asked before it is folded.
func (t *life) confirms(r *voucher.Record) bool {
	n := t.chain[r.Of-1]
	return n.kind == voucher.Ask && n.confirm == 0 && n.outcome.Result != voucher.Redeemed
}
