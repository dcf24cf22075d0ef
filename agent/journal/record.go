package journal

import (
	"fmt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Ask records that a redemption is asked of the hub, before it is sent. Nobody is shown anything yet. Errors: ErrSpent,
// ErrUnproven, ErrRenewing, ErrFull, ErrBroken.
func (j *Journal) Ask(r voucher.Redemption) (Sale, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, held := j.fold.held[r.Voucher.Serial]; held {
		return Sale{}, ErrSpent
	}
	switch {
	case j.fold.doubt != nil:
		return Sale{}, ErrUnproven
	case j.renewing:
		return Sale{}, ErrRenewing
	}
	return j.begin(voucher.Record{Kind: voucher.Ask, Sale: &r}, j.clock.stamp(j.now()))
}

// Accept records a redemption accepted without the hub, and takes it from the lease in the same transaction. With any
// reason but OK nothing was written: JournalFailed (it is unproven), NoCampaign, UnknownVoucher, AlreadyRedeemed (with the
// sale when it was at this till, without when it was somewhere else), ClockUntrusted, or what voucher.Lease.Cover says;
// TerminalIsFrozen when the hub is known to have records that this disk has not, or has ordered a new epoch. Errors:
// ErrFull, ErrBroken.
func (j *Journal) Accept(r voucher.Redemption) (Sale, voucher.Reason, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s, held := j.fold.held[r.Voucher.Serial]; held {
		return j.fold.public(s), voucher.AlreadyRedeemed, nil
	}
	return j.take(voucher.Record{Kind: voucher.Accept, Sale: &r}, r.Voucher)
}

// Confirm records that an asked sale is now shown PROVISIONAL, and takes it from the lease in the same transaction. A
// sale that the hub has meanwhile redeemed, or that is confirmed already, comes back as it is with OK, and nothing is
// written. One that the hub has rejected comes back with the hub's reason, except for OutOfStock, where the lease may
// still cover it. Other reasons are Accept's. Errors: ErrNoSale for one that was reversed, voided or never asked;
// ErrFull, ErrBroken.
func (j *Journal) Confirm(number uint64) (Sale, voucher.Reason, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.fold.sale(number)
	if !ok || s.undo != 0 || s.kind != voucher.Ask {
		return Sale{}, voucher.OK, fmt.Errorf("confirm %d: %w", number, ErrNoSale)
	}
	switch now := j.fold.public(s); {
	case now.Provisional:
		return now, voucher.OK, nil
	case now.Outcome != nil && now.Outcome.Result != voucher.Rejected:
		return now, voucher.OK, nil
	case now.Outcome != nil && now.Outcome.Reason != voucher.OutOfStock:
		return now, now.Outcome.Reason, nil
	}
	if other, held := j.fold.held[s.redemption.Voucher.Serial]; held && other != s {
		return j.fold.public(s), voucher.AlreadyRedeemed, nil
	}
	return j.take(voucher.Record{Kind: voucher.Confirm, Of: number}, s.redemption.Voucher)
}

// Reverse records that an asked sale, shown to nobody, is taken back. One that is reversed already, or that the hub has
// rejected, comes back as it is and nothing is written. Errors: ErrNoSale for one that was shown; ErrFull, ErrBroken.
func (j *Journal) Reverse(number uint64) (Sale, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.fold.sale(number)
	if !ok || s.shown() || s.undid == voucher.Void {
		delete(j.owed, number)
		return Sale{}, fmt.Errorf("reverse %d: %w", number, ErrNoSale)
	}
	taken, err := j.takeBackSale(s, voucher.Reverse)
	if err == nil {
		delete(j.owed, number)
	}
	return taken, err
}

// Void records that a good sale is undone at the counter. One that is voided already, or that the hub has rejected,
// comes back as it is and nothing is written. Errors: ErrNoSale for one that was reversed or that is still waiting for
// the hub (reverse that); ErrFull, ErrBroken.
func (j *Journal) Void(number uint64) (Sale, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.fold.sale(number)
	if !ok || s.undid == voucher.Reverse || !s.shown() && s.answer == nil {
		return Sale{}, fmt.Errorf("void %d: %w", number, ErrNoSale)
	}
	return j.takeBackSale(s, voucher.Void)
}

func (j *Journal) takeBackSale(s *sale, kind voucher.Kind) (Sale, error) {
	if now := j.fold.public(s); !now.Holds() {
		return now, nil
	}
	return j.begin(voucher.Record{Kind: kind, Of: s.number}, j.clock.stamp(j.now()))
}

// take appends a record that uses the lease.
func (j *Journal) take(r voucher.Record, b voucher.Body) (Sale, voucher.Reason, error) {
	stamp := j.clock.stamp(j.now())
	used, reason := j.cover(b, stamp)
	if reason != voucher.OK {
		return Sale{}, reason, nil
	}
	value, err := wire.Marshal(used)
	if err != nil {
		return Sale{}, voucher.OK, err
	}
	r.Lease, r.SpentAt = j.fold.lease.Serial, j.looked()
	s, err := j.begin(r, stamp, named(keyUsed, value))
	return s, voucher.OK, err
}

// cover tells whether the lease covers one more acceptance, and what would be used then.
func (j *Journal) cover(b voucher.Body, s Stamp) (voucher.Use, voucher.Reason) {
	f := j.fold
	switch {
	case f.doubt != nil:
		return f.used, voucher.JournalFailed
	case f.law == nil:
		return f.used, voucher.NoCampaign
	}
	c := &f.law.Campaign
	tier, known := c.Tier(b.Tier)
	switch {
	case b.Campaign != c.Number || !known:
		return f.used, voucher.UnknownVoucher
	case j.older(), j.renewing:
		return f.used, voucher.TerminalIsFrozen
	case f.elsewhere(b):
		return f.used, voucher.AlreadyRedeemed
	case s.Behind:
		return f.used, voucher.ClockUntrusted
	case f.lease.Campaign != c.ID:
		return f.used, voucher.OfflineLimit
	}
	return f.used.With(b.Phase, b.Tier, tier.Face), f.lease.Cover(f.used, b.Phase, tier, c.StockAt, s.At)
}

// begin appends a record and gives the sale that it begins or is about.
func (j *Journal) begin(r voucher.Record, s Stamp, also ...put) (Sale, error) {
	if err := j.append(r, s, also...); err != nil {
		return Sale{}, err
	}
	return j.fold.public(j.fold.entries[len(j.fold.entries)-1].sale), nil
}

// append puts one record at the end of the chain, with whatever else must be true at the same moment.
func (j *Journal) append(r voucher.Record, s Stamp, also ...put) error {
	r.ID, r.Prev = j.fold.id(j.fold.tip.Number+1), j.fold.tip.Hash
	r.At, r.WallClock, r.Sure = s.At.UnixMilli(), s.Wall.UnixMilli(), s.Sure
	if !s.Heard.IsZero() {
		r.Heard = s.Heard.UnixMilli()
	}
	raw, err := wire.EncodeRecord(&r)
	if err != nil {
		return err
	}
	if _, err := wire.DecodeRecord(raw); err != nil {
		return err // nothing that the hub could not read may enter the chain
	}
	end, err := wire.Marshal(tip{r.ID.Number, wire.Hash(raw)})
	if err != nil {
		return err
	}
	if err := j.write(append(also, numbered(inRecords, r.ID.Number, raw), named(keyTip, end)), s); err != nil {
		return fmt.Errorf("record %s: %w", r.ID, err)
	}
	j.signal()
	return nil
}
