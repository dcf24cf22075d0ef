package store

import (
	"context"
	"database/sql"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
)

// RecordRow is one record of a terminal and what became of it.
type RecordRow struct {
	Position book.Position      `json:"position"`
	ID       string             `json:"id"`
	Kind     string             `json:"kind"`            // "ask", "accept", "confirm", "reverse", "void", "surrender", "handover"
	About    uint64             `json:"about,omitempty"` // number of the record it is about
	Merchant voucher.MerchantID `json:"merchant"`
	Voucher  string             `json:"voucher,omitempty"` // of the sale, or of the sale it is about
	Phase    voucher.PhaseNo    `json:"phase,omitempty"`
	Tier     voucher.TierID     `json:"tier,omitempty"`
	Bill     voucher.Fen        `json:"bill_fen"`
	Source   string             `json:"bill_source,omitempty"` // "pos", "display" or "typed"; empty where there is no sale, or its till did not say
	Face     voucher.Fen        `json:"face_fen"`
	Order    string             `json:"order,omitempty"`
	Lease    uint32             `json:"lease,omitempty"`
	Result   string             `json:"result"` // "redeemed", "rejected", "disputed", "undone", "noted"
	Reason   string             `json:"reason"`
	Winner   string             `json:"winner,omitempty"` // what had used the voucher
	Case     uint64             `json:"case,omitempty"`
	TillTime time.Time          `json:"till_time"` // as the till's clock had it
	HubTime  time.Time          `json:"hub_time"`  // of receipt
	Day      string             `json:"day"`       // it counts for, in the campaign's zone
	Counted  bool               `json:"counted"`   // the fund pays for the sale by this record
	UndoneBy string             `json:"undone_by,omitempty"`
}

const selectRecord = `SELECT r.position, r.terminal, r.epoch, r.number, r.kind, r.about, r.merchant, r.voucher, coalesce(r.phase, 0), coalesce(t.id, CASE WHEN r.tier = 0 AND r.phase = 0 THEN 'lane-test' ELSE '' END),
	coalesce(r.bill_fen, 0), coalesce(r.face_fen, 0), r.order_no, r.lease, r.result, r.reason, r.winner, r.case_no, r.till_time, r.hub_time,
	r.day, r.counted, r.undone_by, r.bill_source FROM record r LEFT JOIN tier t ON t.no = r.tier`

func scanRecord(rows *sql.Rows) (r RecordRow, err error) {
	var id voucher.RedemptionID
	var serial sql.NullInt64
	var till, hub int64
	err = rows.Scan(&r.Position, &id.Terminal, &id.Epoch, &id.Number, &r.Kind, &r.About, &r.Merchant, &serial, &r.Phase, &r.Tier,
		&r.Bill, &r.Face, &r.Order, &r.Lease, &r.Result, &r.Reason, &r.Winner, &r.Case, &till, &hub, &r.Day, &r.Counted, &r.UndoneBy, &r.Source)
	r.ID, r.TillTime, r.HubTime = id.String(), instant(till), instant(hub)
	if serial.Valid {
		r.Voucher = voucher.Serial(serial.Int64).String()
	}
	return r, err
}

// MaxPage is the most rows Redemptions gives at once.
const MaxPage = 10_000

// Filter says which records are wanted; a zero field wants all.
type Filter struct {
	Day      string // "2023-12-11", in the campaign's zone
	Terminal voucher.TerminalID
	Merchant voucher.MerchantID
	Counted  bool          // only those that the fund pays for
	After    book.Position // only those behind it: the last one of the page before
	Limit    int           // at most so many; 0 or more than MaxPage means MaxPage
}

// where is the filter in SQL. What an index serves best stands first.
func (f Filter) where() (clause string, args []any) {
	clause = ` WHERE r.position > ?`
	args = []any{int64(f.After)}
	for _, c := range []struct{ column, value string }{{"r.terminal", string(f.Terminal)}, {"r.merchant", string(f.Merchant)}, {"r.day", f.Day}} {
		if c.value != "" {
			clause += ` AND ` + c.column + ` = ?`
			args = append(args, c.value)
		}
	}
	if f.Counted {
		clause += ` AND r.counted = 1`
	}
	return clause, args
}

// Redemptions lists records in the order of the book, a page at a time: sales, and what confirms or undoes them.
func (s *Store) Redemptions(ctx context.Context, f Filter) ([]RecordRow, error) {
	if f.Limit <= 0 || f.Limit > MaxPage {
		f.Limit = MaxPage
	}
	where, args := f.where()
	all, err := list(ctx, s, scanRecord, selectRecord+where+` ORDER BY r.position LIMIT ?`, append(args, f.Limit)...)
	return all, asked(err, "redemptions", f.Day)
}

// SummaryRow is what counts of one merchant, day and tier: redeemed less undone.
type SummaryRow struct {
	Merchant voucher.MerchantID `json:"merchant"`
	Day      string             `json:"day"`
	Tier     voucher.TierID     `json:"tier"`
	Count    int64              `json:"count"`
	Face     voucher.Fen        `json:"face_fen"`
	Bill     voucher.Fen        `json:"bill_fen"`
}

// Summary lists what counts by merchant, day and tier; an empty merchant or day wants all.
func (s *Store) Summary(ctx context.Context, merchant voucher.MerchantID, day string) ([]SummaryRow, error) {
	all, err := list(ctx, s, func(r *sql.Rows) (row SummaryRow, err error) {
		err = r.Scan(&row.Merchant, &row.Day, &row.Tier, &row.Count, &row.Face, &row.Bill)
		return row, err
	}, `SELECT s.merchant, s.day, coalesce(t.id, ''), s.count, s.face_fen, s.bill_fen FROM summary s LEFT JOIN tier t ON t.no = s.tier
		WHERE s.count <> 0 AND (? = '' OR s.merchant = ?) AND (? = '' OR s.day = ?) ORDER BY s.merchant, s.day, s.tier`,
		string(merchant), string(merchant), day, day)
	return all, asked(err, "summary", day)
}
