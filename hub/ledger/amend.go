package ledger

import (
	"fmt"
	"maps"
	"slices"

	"hexiao/hub/voucher"
)

// Terminals report to a restored hub in any order, so what one proves may not fit beside what another has proven, though
// both were true: the voucher, or the unit, had been given back in between, and that is still to come. Such a record is
// taken over without what it took. When everybody has reported it takes it, if it was not undone; what is not to be had
// then is a matter for a person.

// SaleAmended gives a proven record what it could not take when it was taken over.
type SaleAmended struct {
	Record voucher.RedemptionID `cbor:"1,keyasint"`
	Units  Draw                 `cbor:"2,keyasint"`
}

// lack notes that a record of the chain took nothing.
func (e *life) lack(n uint64) {
	if e.lacks == nil {
		e.lacks = map[uint64]bool{}
	}
	e.lacks[n] = true
}

// saleAt gives the sale that a record of the chain made, as the cashier knows it: of a Confirm, its Ask's number.
func (e *life) saleAt(n uint64) uint64 {
	if l := &e.chain[n-1]; l.kind == voucher.Confirm {
		return l.of
	}
	return n
}

// forgive forgets that a sale lacks something: it was taken back.
func (e *life) forgive(sale uint64) {
	delete(e.lacks, sale)
	if sale <= uint64(len(e.chain)) {
		delete(e.lacks, e.chain[sale-1].confirm)
	}
}

// amend gives a terminal's proven records what they lack, or opens the cases that say so.
func (d *draft) amend(t *terminal) {
	for _, e := range t.lives() {
		for _, n := range slices.Sorted(maps.Keys(e.lacks)) {
			d.amendRecord(t, e, n)
		}
	}
}

func (d *draft) amendRecord(t *terminal, e *life, n uint64) {
	l, of := &e.chain[n-1], e.saleAt(n)
	sale := e.chain[of-1].sale
	d.issueAgain(sale)
	v := d.vouchers[sale.Voucher.Serial]
	good := v != nil && v.standing == voucher.StandingIssued
	if l.outcome.Result == voucher.Disputed {
		draw := NoDraw // it has its case, and its lent unit if it had one
		if c := d.dossiers[l.outcome.Case]; good && d.campaign.StockAt == voucher.AtClaim && c != nil && c.ruling == nil {
			draw = FromVoucher
		}
		d.add(Entry{Amended: &SaleAmended{named(t, e.epoch, n), draw}})
		return
	}
	if draw := d.unit(sale, NoDraw); good && draw != NoDraw {
		d.add(Entry{Amended: &SaleAmended{named(t, e.epoch, n), draw}})
		return
	}
	c := CaseOpened{Kind: voucher.Breach, Terminal: t.ID, Record: named(t, e.epoch, of), Reason: voucher.OutOfStock, Sale: sale}
	if v != nil && !good {
		c.Kind, c.Reason, c.Winner = voucher.Conflict, voucher.AlreadyRedeemed, v.by
	}
	d.openCase(c)
}

func (s *state) applyAmended(e *SaleAmended) error {
	t := s.terminals[e.Record.Terminal]
	if t == nil || t.lifeOf(e.Record.Epoch) == nil || !t.lifeOf(e.Record.Epoch).lacks[e.Record.Number] {
		return fmt.Errorf("record %s lacks nothing", e.Record)
	}
	l := t.lifeOf(e.Record.Epoch)
	delete(l.lacks, e.Record.Number)
	n := &l.chain[e.Record.Number-1]
	if e.Units != NoDraw {
		n.units = e.Units
	}
	if c := s.dossiers[n.outcome.Case]; c != nil && n.outcome.Result == voucher.Disputed && e.Units != NoDraw {
		c.units = e.Units
	}
	return s.takes(t.ID, l, e.Record.Number, l.saleAt(e.Record.Number), e.Units)
}
