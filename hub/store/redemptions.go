package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// RecordRow is one record of a terminal and what became of it.
type RecordRow struct {
	Position book.Position      `json:"position"`
	ID       string             `json:"id"`
	Kind     string             `json:"kind"`            // "ask", "accept", "confirm", "reverse", "void", "surrender"
	About    uint64             `json:"about,omitempty"` // number of the record it is about
	Merchant voucher.MerchantID `json:"merchant"`
	Voucher  string             `json:"voucher,omitempty"` // of the sale, or of the sale it is about
	Phase    voucher.PhaseNo    `json:"phase,omitempty"`
	Tier     voucher.TierID     `json:"tier,omitempty"`
	Bill     voucher.Fen        `json:"bill_fen"`
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

const selectRecord = `SELECT r.position, r.terminal, r.epoch, r.number, r.kind, r.about, r.merchant, r.voucher, coalesce(r.phase, 0), coalesce(t.id, ''),
	coalesce(r.bill_fen, 0), coalesce(r.face_fen, 0), r.order_no, r.lease, r.result, r.reason, r.winner, r.case_no, r.till_time, r.hub_time,
	r.day, r.counted, r.undone_by FROM record r LEFT JOIN tier t ON t.no = r.tier`

func scanRecord(rows *sql.Rows) (r RecordRow, err error) {
	var id voucher.RedemptionID
	var serial sql.NullInt64
	var till, hub int64
	err = rows.Scan(&r.Position, &id.Terminal, &id.Epoch, &id.Number, &r.Kind, &r.About, &r.Merchant, &serial, &r.Phase, &r.Tier,
		&r.Bill, &r.Face, &r.Order, &r.Lease, &r.Result, &r.Reason, &r.Winner, &r.Case, &till, &hub, &r.Day, &r.Counted, &r.UndoneBy)
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

// CaseRow is a matter that a person must decide.
type CaseRow struct {
	Number   uint64             `json:"number"`
	Kind     string             `json:"kind"` // "conflict", "fork", "late", "breach"
	Terminal voucher.TerminalID `json:"terminal"`
	Record   string             `json:"record"`           // that it was opened for
	Winner   string             `json:"winner,omitempty"` // what had used the voucher
	Reason   string             `json:"reason"`
	Opened   time.Time          `json:"opened"`
	Records  int                `json:"records"` // how many it is about
}

const selectCase = `SELECT number, kind, terminal, record, winner, reason, opened_at,
	(SELECT count(*) FROM record WHERE case_no > 0 AND case_no = c.number) + (SELECT count(*) FROM stray WHERE case_no = c.number) FROM casefile c`

func scanCase(r *sql.Rows) (c CaseRow, err error) {
	var opened int64
	err = r.Scan(&c.Number, &c.Kind, &c.Terminal, &c.Record, &c.Winner, &c.Reason, &opened, &c.Records)
	c.Opened = instant(opened)
	return c, err
}

// Cases lists all cases by number.
func (s *Store) Cases(ctx context.Context) ([]CaseRow, error) {
	all, err := list(ctx, s, scanCase, selectCase+` ORDER BY number`)
	return all, asked(err, "cases", "all")
}

// CaseFile is a case with its evidence.
type CaseFile struct {
	CaseRow
	Evidence []RecordRow `json:"evidence"`         // the records it is about, and the one that had used the voucher
	Strays   []RecordRow `json:"strays,omitempty"` // of a second chain, as they came; nothing was done with them
}

// Case gives one case; ErrNotFound.
func (s *Store) Case(ctx context.Context, number uint64) (CaseFile, error) {
	var c CaseFile
	err := s.query(ctx, func(tx *sql.Tx) error {
		found, err := rows(ctx, tx, scanCase, selectCase+` WHERE number = ?`, int64(number))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return sql.ErrNoRows
		}
		c.CaseRow = found[0]
		return c.evidence(ctx, tx)
	})
	return c, asked(err, "case", number)
}

func (c *CaseFile) evidence(ctx context.Context, tx *sql.Tx) (err error) {
	c.Evidence, err = rows(ctx, tx, scanRecord, selectRecord+` WHERE r.case_no > 0 AND r.case_no = ? ORDER BY r.position`, int64(c.Number))
	if err != nil {
		return err
	}
	if id, err := voucher.ParseRedemptionID(c.Winner); err == nil {
		winner, err := rows(ctx, tx, scanRecord, selectRecord+` WHERE r.terminal = ? AND r.epoch = ? AND r.number = ?`, string(id.Terminal), int64(id.Epoch), int64(id.Number))
		if err != nil {
			return err
		}
		c.Evidence = append(c.Evidence, winner...)
	}
	c.Strays, err = rows(ctx, tx, scanStray, `SELECT position, raw FROM stray WHERE case_no = ? ORDER BY position`, int64(c.Number))
	return err
}

// scanStray reads a record that was kept as it came.
func scanStray(rows *sql.Rows) (row RecordRow, err error) {
	var raw []byte
	if err := rows.Scan(&row.Position, &raw); err != nil {
		return row, err
	}
	r, err := wire.DecodeRecord(raw)
	if err != nil {
		return row, fmt.Errorf("entry %d of the book: %w", row.Position, err)
	}
	row.ID, row.Kind, row.About, row.Lease, row.TillTime = r.ID.String(), kindNames[r.Kind], r.Of, r.Lease, instant(r.At)
	if r.Sale != nil {
		row.Voucher, row.Phase, row.Bill, row.Order = r.Sale.Voucher.Serial.String(), r.Sale.Voucher.Phase, r.Sale.Bill, r.Sale.Order
	}
	return row, nil
}
