package office

import (
	"context"

	"fmt"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// Material is all that a case about cash-out rests on: what a picture is drawn from, and what an evidence bundle holds.
// Persons, phones and accounts are short keyed hashes.
type Material struct {
	Position    book.Position    `json:"position"` // of the last entry that was looked at
	Head        string           `json:"head"`     // hash of the book's chain there
	Merchant    voucher.Merchant `json:"merchant"` // as registered now
	Case        CashoutFile      `json:"case"`     // with the newest alert's explanation, and all steps
	Redemptions []MaterialRow    `json:"redemptions"`
}

// MaterialRow is a redemption of the merchant, in the order in which the hub learnt of them.
type MaterialRow struct {
	Position   book.Position  `json:"position"` // in the book
	ID         string         `json:"id"`
	Terminal   string         `json:"terminal"`
	Time       time.Time      `json:"time"`    // at the terminal
	Arrived    time.Time      `json:"arrived"` // at the hub
	Tier       voucher.TierID `json:"tier"`
	Threshold  voucher.Fen    `json:"threshold_fen"`
	Bill       voucher.Fen    `json:"bill_fen"`
	BillSource string         `json:"bill_source,omitempty"` // "pos", "display" or "typed"; empty: the till did not say
	Face       voucher.Fen    `json:"face_fen"`
	Voucher    string         `json:"voucher"`
	Person     string         `json:"person,omitempty"`
	Device     string         `json:"device,omitempty"`
	Payer      string         `json:"payer,omitempty"`
	Claimed    time.Time      `json:"claimed"`
	ClaimPlace *voucher.Place `json:"claim_place,omitempty"`
	Offline    bool           `json:"offline"`
	Void       bool           `json:"void"`      // it was undone later
	Suspected  bool           `json:"suspected"` // an alert named its voucher
}

// CaseMaterial gathers what a case about cash-out rests on. It folds the whole book: some seconds for a million entries.
func (o *Office) CaseMaterial(ctx context.Context, in Named) (Material, error) {
	shown, err := o.showCase(ctx, in)
	switch {
	case err != nil:
		return Material{}, err
	case shown.Cashout == nil:
		return Material{}, refuse("bad_request", "案件 "+in.ID+" 不是套现案件", "case "+in.ID+" is not about cash-out")
	}
	m := Material{Case: *shown.Cashout, Redemptions: []MaterialRow{}}
	if m.Merchant, _, err = o.Ledger.Merchant(ctx, m.Case.Merchant); err != nil {
		return Material{}, err
	}
	last, head := o.Book.Head()
	m.Position, m.Head = last, head.String()
	return m, o.redemptions(ctx, &until{o.Book, last, head}, &m)
}

// redemptions adds the merchant's redemptions from a book.
func (o *Office) redemptions(ctx context.Context, b *until, m *Material) error {
	named, row := map[string]bool{}, map[voucher.RedemptionID]int{}
	for _, v := range m.Case.Vouchers {
		named[v] = true
	}
	var v *Events
	v = NewEvents(nil, func(s *Sight) {
		switch {
		case s.Merchant != string(m.Merchant.Code):
		case s.Kind == cashout.Redeem:
			row[s.Redemption] = len(m.Redemptions)
			m.Redemptions = append(m.Redemptions, v.materialRow(s, named[s.Voucher]))
		case s.Kind == cashout.Void:
			m.Redemptions[row[s.Redemption]].Void = true
		}
	})
	return v.Read(ctx, b)
}

// Read folds a book from its first entry.
func (v *Events) Read(ctx context.Context, b interface {
	Read(context.Context, book.Position, func(book.Entry) error) error
}) error {
	return b.Read(ctx, 0, func(e book.Entry) error {
		entry, err := ledger.DecodeEntry(e.Body)
		if err == nil {
			err = v.Add(e.At, &entry)
		}
		if err != nil {
			return fmt.Errorf("entry %d of the book: %w", e.At, err)
		}
		return nil
	})
}

func (v *Events) materialRow(s *Sight, suspected bool) MaterialRow {
	tier, _ := v.campaign.TierNamed(voucher.TierID(s.Tier))
	row := MaterialRow{Position: s.At, ID: s.Redemption.String(), Terminal: s.Terminal, Time: local(s.Time), Arrived: local(s.Arrived), Tier: tier.ID,
		Threshold: tier.Threshold, Bill: s.Bill, BillSource: s.Source.String(), Face: s.Face, Voucher: s.Voucher, Person: s.Person.String(), Device: s.Device.String(), Payer: s.Payer.String(),
		Claimed: local(s.Claimed), Offline: s.Offline, Suspected: suspected}
	if s.ClaimAt.Known() {
		at := voucher.Place(s.ClaimAt)
		row.ClaimPlace = &at
	}
	return row
}

func local(t int64) time.Time { return time.Unix(t, 0).In(china) }
