package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// What stands in the views for the law's numbers. They are for good: reports rely on them.
var (
	kindNames = map[voucher.Kind]string{voucher.Ask: "ask", voucher.Accept: "accept", voucher.Confirm: "confirm",
		voucher.Reverse: "reverse", voucher.Void: "void", voucher.Surrender: "surrender", voucher.Handed: "handover", 0: "unreadable"}
	resultNames = map[voucher.Result]string{voucher.Redeemed: "redeemed", voucher.Rejected: "rejected",
		voucher.Disputed: "disputed", voucher.Undone: "undone", voucher.Noted: "noted"}
)

// sale is what a record sold, or what the record sold that it is about.
type sale struct {
	id         voucher.Serial
	phase      voucher.PhaseNo
	tier       voucher.TierNo
	bill, face voucher.Fen
	order      string
	source     voucher.BillSource // of the bill
}

func (s *sale) lane() bool { return s.tier == voucher.LaneTier && s.phase == voucher.LanePhase }

// held is a record that is in the views already.
type held struct {
	at        book.Position
	kind      string
	of        uint64 // the record it is about
	confirmed uint64
	result    string
	counted   bool
	key       sumKey
	sold      *sale // nil for one that sold nothing
}

// received folds a record: it is added, and what it did to its voucher and to the sums is done.
func (f *folding) received(at book.Position, e *ledger.RecordReceived) error {
	r, err := e.Record()
	if err != nil {
		return err
	}
	if resultNames[e.Outcome.Result] == "" {
		return fmt.Errorf("record %s with result %d: %w", r.ID, e.Outcome.Result, ledger.ErrEntry)
	}
	sold, about, err := f.sold(r)
	if err != nil {
		return err
	}
	key := sumKey{merchant: e.Merchant, day: f.day(r, e.Outcome.At)}
	if sold != nil {
		key.tier = sold.tier
	}
	counted := e.Outcome.Result == voucher.Redeemed && sold != nil && !e.Lacks && !sold.lane()
	if err := f.add(at, r, e, sold, key.day, counted); err != nil {
		return err
	}
	if e.Outcome.Case > 0 && sold != nil {
		if err := f.about(e.Outcome.Case, e.Raw, int64(at), sold, key.day); err != nil {
			return err
		}
	}
	f.last[r.ID.Terminal] = lastRecord{r.ID.Epoch, r.ID.Number, e.Outcome.At}
	switch r.Kind {
	case voucher.Ask, voucher.Accept:
		return f.take(e.Outcome, r.ID, sold, key, e.Lacks)
	case voucher.Confirm:
		return f.confirm(r, e, about, key)
	case voucher.Reverse, voucher.Void:
		if err := f.withdraw(r); err != nil {
			return err
		}
		return f.undo(r, e.Outcome.Result, about, e.Proven)
	case voucher.Handed:
		return f.handed(at, r, e)
	}
	return nil
}

// sold finds the sale of a record, and the record that it is about.
func (f *folding) sold(r *voucher.Record) (*sale, *held, error) {
	if r.Sale != nil {
		return f.sale(r.Sale), nil, nil
	}
	if r.Of == 0 {
		return nil, nil, nil
	}
	about, err := f.find(r.ID, r.Of)
	if err != nil {
		return nil, nil, err
	}
	return about.sold, about, nil
}

func (f *folding) sale(s *voucher.Redemption) *sale {
	b := s.Voucher
	return &sale{b.Serial, b.Phase, b.Tier, s.Bill, f.face(b.Tier), s.Order, s.Source}
}

// face is what a tier takes off; 0 for one that the campaign does not know.
func (f *folding) face(no voucher.TierNo) voucher.Fen {
	if f.campaign == nil {
		return 0
	}
	t, _ := f.campaign.Tier(no)
	return t.Face
}

// day is the civil day a record counts for, in the campaign's zone. The ledger judges an ask at the hub's time, and what
// was decided at the till at the till's trusted time, not before what it had last heard of the hub nor after receipt;
// the day is of the same instant (hub/ledger/DESIGN.md).
func (f *folding) day(r *voucher.Record, received int64) string {
	at := received
	if r.Kind != voucher.Ask {
		at = min(max(r.At, r.Heard), received)
	}
	return time.UnixMilli(at).In(f.zone).Format(time.DateOnly)
}

func (f *folding) add(at book.Position, r *voucher.Record, e *ledger.RecordReceived, sold *sale, day string, counted bool) error {
	var id, phase, tier, bill, face any
	order, source := "", ""
	if sold != nil {
		id, phase, tier, bill, face, order = int64(sold.id), int64(sold.phase), int64(sold.tier), int64(sold.bill), int64(sold.face), sold.order
		source = sold.source.String()
	}
	o := e.Outcome
	return f.exec(`INSERT INTO record (position, terminal, epoch, number, kind, about, confirmed, merchant, voucher, phase, tier, bill_fen, face_fen,
		order_no, lease, result, reason, winner, case_no, till_time, hub_time, day, counted, undone_by, bill_source)
		VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)`,
		int64(at), string(r.ID.Terminal), int64(r.ID.Epoch), int64(r.ID.Number), kindNames[r.Kind], int64(r.Of), string(e.Merchant),
		id, phase, tier, bill, face, order, int64(r.Lease), resultNames[o.Result], o.Reason.String(), named(o.Winner), int64(o.Case),
		r.At, o.At, day, counted, source)
}

// find reads a record of the same terminal and epoch.
func (f *folding) find(of voucher.RedemptionID, number uint64) (*held, error) {
	s, err := f.prepared(`SELECT position, kind, about, confirmed, result, counted, merchant, day, voucher, phase, tier, bill_fen, face_fen, order_no,
		bill_source FROM record WHERE terminal = ? AND epoch = ? AND number = ?`)
	if err != nil {
		return nil, err
	}
	h := &held{}
	var id, phase, tier, bill, face sql.NullInt64
	var order, source string
	err = s.QueryRow(string(of.Terminal), int64(of.Epoch), int64(number)).Scan(&h.at, &h.kind, &h.of, &h.confirmed, &h.result, &h.counted,
		&h.key.merchant, &h.key.day, &id, &phase, &tier, &bill, &face, &order, &source)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("record %s is about number %d, which is not there", of, number)
	}
	if err != nil {
		return nil, err
	}
	if id.Valid {
		h.key.tier = voucher.TierNo(tier.Int64)
		h.sold = &sale{voucher.Serial(id.Int64), voucher.PhaseNo(phase.Int64), h.key.tier, voucher.Fen(bill.Int64), voucher.Fen(face.Int64), order, 0}
		h.sold.source, _ = voucher.BillSourceNamed(source)
	}
	return h, nil
}

// take marks the voucher used by a sale, when it was unused, and counts what the fund pays. by is the sale's own record,
// also where a later one confirmed it. A voucher is known by its serial, phase and tier, as the ledger knows it: a false till may
// write the serial of one voucher beside the tier of another.
// lacks means that it has not got the voucher, see amended.
func (f *folding) take(out voucher.Outcome, by voucher.RedemptionID, sold *sale, key sumKey, lacks bool) error {
	if !out.Uses() || sold == nil || lacks {
		return nil
	}
	if out.Result == voucher.Redeemed && !sold.lane() {
		f.sum(key, sold, 1)
	}
	return f.exec(`UPDATE voucher SET state = ?, redemption = ? WHERE id = ? AND phase = ? AND tier = ? AND state = 'issued'`,
		resultNames[out.Result], named(by), int64(sold.id), int64(sold.phase), int64(sold.tier))
}

func (f *folding) sum(key sumKey, sold *sale, times int64) {
	s := f.sums[key]
	s.count += times
	s.face += voucher.Fen(times) * sold.face
	s.bill += voucher.Fen(times) * sold.bill
	f.sums[key] = s
}

// confirm folds the till's word that it went on to show an asked sale as PROVISIONAL. The first one is noted with the
// sale, because an undoing names the sale.
func (f *folding) confirm(r *voucher.Record, e *ledger.RecordReceived, about *held, key sumKey) error {
	if about.kind != kindNames[voucher.Ask] || about.confirmed != 0 {
		return nil
	}
	if err := f.exec(`UPDATE record SET confirmed = ? WHERE position = ?`, int64(r.ID.Number), int64(about.at)); err != nil {
		return err
	}
	by := r.ID
	by.Number = r.Of
	return f.take(e.Outcome, by, about.sold, key, e.Lacks)
}

// amended folds that a proven record of a lost book has got the voucher after all, and counts now where it was redeemed.
func (f *folding) amended(e *ledger.SaleAmended) error {
	h, err := f.find(e.Record, e.Record.Number)
	if err != nil {
		return err
	}
	by := e.Record
	if h.kind == kindNames[voucher.Confirm] {
		by.Number = h.of
	}
	out := voucher.Outcome{Result: voucher.Disputed}
	if h.result == resultNames[voucher.Redeemed] {
		out.Result = voucher.Redeemed
		if err := f.exec(`UPDATE record SET counted = 1 WHERE position = ?`, int64(h.at)); err != nil {
			return err
		}
	}
	return f.take(out, by, h.sold, h.key, false)
}

// undo folds what takes a sale back: the voucher is good again, and the sale no longer counts where it was counted.
func (f *folding) undo(r *voucher.Record, result voucher.Result, about *held, proven bool) (err error) {
	if result != voucher.Undone {
		return nil
	}
	if about.sold != nil && about.sold.lane() { // nothing was counted, and it stays used
		return f.exec(`UPDATE record SET undone_by = ? WHERE position = ?`, named(r.ID), int64(about.at))
	}
	if !about.counted && about.confirmed != 0 {
		if about, err = f.find(r.ID, about.confirmed); err != nil {
			return err
		}
	}
	if !about.counted && proven {
		return nil // of a book that was lost: what it undid could not be taken over
	}
	if !about.counted {
		return fmt.Errorf("record %s undoes nothing", r.ID)
	}
	f.sum(about.key, about.sold, -1)
	return errors.Join(
		f.exec(`UPDATE record SET counted = 0, undone_by = ? WHERE position = ?`, named(r.ID), int64(about.at)),
		f.exec(`UPDATE voucher SET state = 'issued', redemption = '' WHERE id = ?`, int64(about.sold.id)))
}
