package ledger

import (
	"context"
	"slices"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// What may be asked. The answers come through the same mailbox, so they hold what is on disk.

// TerminalInfo is a terminal as the hub knows it.
type TerminalInfo struct {
	TerminalEnrolled
	State voucher.TerminalState
	Epoch uint32
	Last  uint64 // newest record of the epoch
	Head  []byte // its hash, 32 bytes
	Lease voucher.Lease
	Grant *LeaseGranted // the lease as signed; nil for none
	Used  voucher.Use   // of its leases, as far as its records have come

	Stranded Stranded  // what its leases hold that nobody else can use
	Heard    time.Time // when it was last heard, as far as the hub remembers; reports are forgotten when it starts anew
	Closed   bool      // its epoch is over, by a person's decision: it begins another when it has reported
}

// Terminal gives one terminal; ErrUnknownTerminal.
func (l *Ledger) Terminal(ctx context.Context, id voucher.TerminalID) (TerminalInfo, error) {
	return ask(ctx, l, func(d *draft) (TerminalInfo, error) {
		t := d.terminals[id]
		if t == nil {
			return TerminalInfo{}, ErrUnknownTerminal
		}
		info := t.info(t.life)
		info.Stranded, info.Heard, info.Closed = d.stranded(t), time.UnixMilli(max(t.heard, t.since)), t.closed != nil
		return info, nil
	})
}

// Law gives what a terminal must know to judge; its revision grows with every change that concerns the terminal. HubTime
// is left to the caller. ErrUnknownTerminal; a Refusal "no_campaign" when none was applied.
func (l *Ledger) Law(ctx context.Context, id voucher.TerminalID) (wire.LawBody, error) {
	return ask(ctx, l, func(d *draft) (wire.LawBody, error) {
		t := d.terminals[id]
		switch {
		case t == nil:
			return wire.LawBody{}, ErrUnknownTerminal
		case d.campaign == nil || d.hub == nil:
			return wire.LawBody{}, refuse("no_campaign", "还没有活动", "there is no campaign yet")
		}
		m := d.merchants[t.Merchant]
		revision := d.laws + uint64(max(d.lawAt, m.setAt, t.setAt))
		if len(l.o.Payers) > 0 {
			revision++ // newer than the same law without the key, as a hub of an earlier version has sent it
		}
		return wire.LawBody{Revision: revision, Campaign: *d.campaign, Keys: []wire.Key{d.hub.Issuing},
			Merchant: m.Merchant, Terminal: t.ID, State: t.state, Place: t.Place, Device: t.Key, Payers: l.o.Payers}, nil
	})
}

// Pool is one pool's stock: Stock = Free + Outstanding + Leased + Redeemed + Disputed + WrittenOff - Owed (G1).
type Pool struct {
	Phase       voucher.PhaseNo `json:"phase"`
	Tier        voucher.TierID  `json:"tier"`
	Stock       int64           `json:"stock"`
	Issued      int64           `json:"issued"`
	Free        int64           `json:"free"`
	Outstanding int64           `json:"outstanding"`
	Leased      int64           `json:"leased"`
	Redeemed    int64           `json:"redeemed"`
	Disputed    int64           `json:"disputed"`
	WrittenOff  int64           `json:"written_off"`
	Owed        int64           `json:"owed,omitempty"` // in a restored hub: proven to have been taken, and not given back yet as far as it knows; free pays it first
	Stranded    int64           `json:"stranded"`       // of Leased: with terminals that are silent, stopped or in an epoch that is over
}

// Summary is the campaign at a glance.
type Summary struct {
	Hub      *HubMade          // nil before Found
	Campaign *voucher.Campaign // nil before one is applied
	Pools    []Pool
	Redeemed voucher.Fen // face value of all that is redeemed
	Cases    uint64      // number of the newest case
	Open     int         // cases that nobody has decided
	Reserve  Reserve
	Frozen   []voucher.TerminalID // may accept nothing until a person has decided, or they have begun anew
	Position book.Position
}

// Reserve is the money set aside for offline losses: Paid + Claimed + Kept + Lent never exceeds what the campaign sets aside
// where the fund bears them (G2).
type Reserve struct {
	Paid    voucher.Fen `json:"paid_fen"`    // for cases that nothing else pays
	Claimed voucher.Fen `json:"claimed_fen"` // kept for cases that are open
	Kept    voucher.Fen `json:"kept_fen"`    // for records that come late from leases that were written off
	Lent    voucher.Fen `json:"lent_fen"`    // what terminals may still accept, or may have accepted without the hub's knowing

	Stranded voucher.Fen `json:"stranded_fen"` // of Lent: with terminals that are silent, stopped or in an epoch that is over
}

// Summary gives the state of the stock and the money.
func (l *Ledger) Summary(ctx context.Context) (Summary, error) {
	return ask(ctx, l, func(d *draft) (Summary, error) {
		s := Summary{Hub: d.hub, Campaign: d.campaign, Redeemed: d.redeemed, Cases: d.cases, Position: d.position,
			Reserve: Reserve{Paid: d.paid, Claimed: d.claims, Kept: d.kept, Lent: d.open}}
		var stranded Stranded
		for _, t := range d.terminals {
			if t.standing() == voucher.TerminalFrozen {
				s.Frozen = append(s.Frozen, t.ID)
			}
			one := d.stranded(t)
			s.Reserve.Stranded += one.Sum
			for _, p := range one.Units {
				stranded.Units = withUnits(stranded.Units, p.Phase, p.Tier, p.Units+voucher.Units(stranded.Units, p.Phase, p.Tier))
			}
		}
		slices.Sort(s.Frozen)
		for _, c := range d.dossiers {
			if c.ruling == nil {
				s.Open++
			}
		}
		s.Open += d.openInquiries()
		for _, p := range d.sortedPools() {
			u := d.pools[p]
			s.Pools = append(s.Pools, Pool{p.phase, d.tier(p.tier).ID, u.stock, u.issued, u.free, u.outstanding, u.leased, u.redeemed, u.disputed, u.writtenOff, u.owed,
				int64(voucher.Units(stranded.Units, p.phase, p.tier))})
		}
		return s, nil
	})
}

// Merchant gives one merchant.
func (l *Ledger) Merchant(ctx context.Context, code voucher.MerchantID) (m voucher.Merchant, known bool, err error) {
	err = l.tell(ctx, func(d *draft) error {
		if found := d.merchants[code]; found != nil {
			m, known = found.Merchant, true
		}
		return nil
	})
	return m, known, err
}

// Voucher gives one voucher's standing, and what used it.
func (l *Ledger) Voucher(ctx context.Context, id voucher.Serial) (standing voucher.Standing, by voucher.RedemptionID, err error) {
	standing = voucher.StandingAbsent
	err = l.tell(ctx, func(d *draft) error {
		if v := d.vouchers[id]; v != nil {
			standing, by = v.standing, v.by
		}
		return nil
	})
	return standing, by, err
}
