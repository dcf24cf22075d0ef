package office

import (
	"fmt"

	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// received takes a record into its chain, and tells of what it redeemed or took back.
func (v *Events) received(e *ledger.RecordReceived, arrived int64) error {
	r, err := e.Record()
	if err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrEntry, err)
	}
	c := v.chain(r.ID)
	if r.ID.Number != uint64(len(c.records))+1 || r.Of >= r.ID.Number {
		return fmt.Errorf("record %s does not follow the one before: %w", r.ID, ledger.ErrEntry)
	}
	received := e.Outcome.At / 1000
	s := v.records.add(sold{chain: c, shop: v.shop(e.Merchant), number: r.ID.Number, of: r.Of, at: received, kind: r.Kind, result: e.Outcome.Result})
	if r.Kind != voucher.Ask { // an ask is judged at the hub's hour, all else at the till's (hub/ledger/DESIGN.md)
		s.at = min(max(r.At, r.Heard)/1000, received)
	}
	if r.Sale != nil {
		s.serial, s.bill, s.payer, s.source = r.Sale.Voucher.Serial, r.Sale.Bill, Short(r.Sale.Payer), r.Sale.Source
	}
	c.records = append(c.records, s)
	switch r.Kind {
	case voucher.Ask, voucher.Accept, voucher.Confirm:
		v.sale(s, e, arrived)
	case voucher.Reverse, voucher.Void:
		if e.Outcome.Result == voucher.Undone {
			v.undone(c.records[r.Of-1].shown(), s.at, arrived)
		}
	}
	return nil
}

// shown is the sale that a record is about, as the cashier knows it: an undoing may name the sale or its Confirm.
func (s *sold) shown() *sold {
	if s.kind == voucher.Confirm {
		return s.chain.records[s.of-1]
	}
	return s
}

func (v *Events) chain(id voucher.RedemptionID) *chain {
	key := chainKey{id.Terminal, id.Epoch}
	if v.newest != nil && v.newest.chainKey == key {
		return v.newest
	}
	c := v.chains[key]
	if c == nil {
		c = &chain{chainKey: key}
		v.chains[key] = c
	}
	v.newest = c
	return c
}

// sale tells of a sale that the fund pays for; one that is disputed is kept until somebody decides.
func (v *Events) sale(s *sold, e *ledger.RecordReceived, arrived int64) {
	of := s.shown()
	if s.kind == voucher.Confirm && e.Outcome.Result != voucher.Noted {
		of.at = s.at // it was shown when it was confirmed
	}
	switch {
	case e.Outcome.Result == voucher.Disputed && e.Outcome.Reason != voucher.Forged:
		v.disputes[e.Outcome.Case] = of
	case e.Outcome.Result == voucher.Redeemed && !e.Lacks:
		v.redeemed(of, arrived, s.kind != voucher.Ask)
	}
}

// redeemed tells of a redemption. A voucher that another one has used is not used again by what people decide to pay.
func (v *Events) redeemed(s *sold, arrived int64, offline bool) {
	c, _ := v.claims.Get(uint64(s.serial))
	if c == nil || c.used {
		return
	}
	c.used, s.in = true, true
	v.begin(cashout.Redeem, s.serial, c)
	v.of(s, s.at, arrived, offline)
}

func (v *Events) undone(s *sold, at, arrived int64) {
	c, _ := v.claims.Get(uint64(s.serial))
	if c == nil || !s.in {
		return
	}
	c.used, s.in = false, false
	v.begin(cashout.Void, s.serial, c)
	at = max(at, s.at)
	v.of(s, at, arrived, at < arrived)
}

// of fills in what a sale says and tells. What was taken with a line arrived when it happened.
func (v *Events) of(s *sold, at, arrived int64, offline bool) {
	e := &v.sight
	e.Redemption, e.Payer, e.Event.Payer, e.Source = s.id(), s.payer, s.payer.key(), s.source
	e.Merchant, e.Town, e.Terminal, e.Bill = s.shop.Merchant, s.shop.Town, string(s.chain.terminal), s.bill
	e.Time, e.Arrived, e.Offline = at, max(at, arrived), offline
	if !offline {
		e.Arrived = at
	}
	v.Take(e)
}

// stray keeps the sale of a second chain until somebody decides about it.
func (v *Events) stray(e *ledger.CaseOpened) {
	if e.Sale == nil || len(e.Raw) == 0 || e.Reason == voucher.Forged {
		return
	}
	v.disputes[e.Number] = &sold{chain: v.chain(e.Record), shop: v.shop(v.tills[e.Terminal]), number: e.Record.Number, kind: voucher.Accept,
		serial: e.Sale.Voucher.Serial, bill: e.Sale.Bill, payer: Short(e.Sale.Payer), source: e.Sale.Source}
}

// decided tells of a sale that was disputed and is paid: the hub has learnt only now that it counts.
func (v *Events) decided(e *ledger.CaseDecided, arrived int64) {
	s := v.disputes[e.Case]
	delete(v.disputes, e.Case)
	if s == nil || e.Verdict != voucher.Pay || e.From == ledger.FromReserve {
		return // what the reserve pays has no voucher: it is another's, or still its holder's
	}
	if s.at == 0 {
		s.at = arrived
	}
	v.redeemed(s, arrived, true)
}

// amended tells of a sale that a restored hub had taken over without its voucher and that has got it now.
func (v *Events) amended(e *ledger.SaleAmended, arrived int64) error {
	c := v.chain(e.Record)
	if e.Record.Number == 0 || e.Record.Number > uint64(len(c.records)) {
		return fmt.Errorf("record %s is not there: %w", e.Record, ledger.ErrEntry)
	}
	s := c.records[e.Record.Number-1]
	if s.result != voucher.Redeemed {
		return nil
	}
	v.redeemed(s.shown(), arrived, s.kind != voucher.Ask)
	return nil
}
