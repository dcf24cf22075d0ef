package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var (
	shanghai = time.FixedZone("CST", 8*60*60)
	monday   = time.Date(2023, 12, 11, 0, 0, 0, 0, shanghai)
	noon     = monday.Add(12 * time.Hour)
)

func campaign() voucher.Campaign {
	return voucher.Campaign{
		ID: "lushan", Number: 1, Name: voucher.Text{Zh: "券", En: "vouchers"}, Zone: "Asia/Shanghai", Budget: 1_000_000_00,
		StockAt: voucher.AtClaim, Person: voucher.PerTradeAndPhase, Revision: 1,
		Phases: []voucher.Phase{{No: 1, Start: monday, End: monday.AddDate(0, 0, 7), Budget: 700_000_00},
			{No: 2, Start: monday.AddDate(0, 0, 14), End: monday.AddDate(0, 0, 21), Budget: 300_000_00}},
		Tiers: []voucher.Tier{{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 10_00, Threshold: 50_00, Stock: []uint32{1000, 1000}},
			{No: 2, ID: "dining-20", Trade: voucher.Dining, Face: 20_00, Threshold: 100_00, Stock: []uint32{1000, 1000}}},
	}
}

// world is a book, and the terminals' chains that go into it. It decides nothing: a test says what became of a record.
type world struct {
	t     testing.TB
	dir   string
	book  *book.Book
	now   time.Time
	heads map[voucher.TerminalID][32]byte
	last  map[voucher.TerminalID]uint64
	later [][]byte // entries not yet in the book
}

// newWorld has the campaign in force, merchants M1 and M2, and their terminals T1 and T2.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := emptyWorld(t)
	w.add(&ledger.Entry{Hub: &ledger.HubMade{Generation: make([]byte, 16), Key: make([]byte, 32)}})
	w.add(&ledger.Entry{Campaign: &ledger.CampaignApplied{Campaign: campaign()}})
	for i, trade := range []voucher.Trade{voucher.Supermarket, voucher.Dining} {
		m := voucher.Merchant{Code: voucher.MerchantID(fmt.Sprintf("M%d", i+1)), Name: "店", Trade: trade, Status: voucher.MerchantActive}
		w.add(&ledger.Entry{Merchant: &ledger.MerchantSet{Merchant: m}})
		w.add(&ledger.Entry{Terminal: &ledger.TerminalEnrolled{ID: voucher.TerminalID(fmt.Sprintf("T%d", i+1)), Merchant: m.Code,
			Key: make([]byte, 32), Token: make([]byte, 32), Version: "1.0"}})
	}
	return w
}

func emptyWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: noon, heads: map[voucher.TerminalID][32]byte{}, last: map[voucher.TerminalID]uint64{}}
	w.openBook()
	t.Cleanup(func() { w.book.Close() })
	return w
}

func (w *world) openBook() {
	w.t.Helper()
	b, err := book.Open(filepath.Join(w.dir, "book"), book.Options{SegmentBytes: 1 << 20})
	if err != nil {
		w.t.Fatal(err)
	}
	w.book = b
}

func (w *world) add(e *ledger.Entry) {
	w.t.Helper()
	e.At = w.now.UnixMilli()
	raw, err := e.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	w.later = append(w.later, raw)
}

// write puts what was added into the book, in groups of some hundred.
func (w *world) write() {
	w.t.Helper()
	for group := range slices.Chunk(w.later, 500) {
		if _, err := w.book.Append(group...); err != nil {
			w.t.Fatal(err)
		}
	}
	w.later = nil
}

func (w *world) issue(phase voucher.PhaseNo, tier voucher.TierNo, serials ...voucher.Serial) {
	w.t.Helper()
	e := ledger.VouchersIssued{Phase: phase, Tier: tier}
	for _, s := range serials {
		e.Vouchers = append(e.Vouchers, ledger.Issued{Serial: s})
	}
	w.add(&ledger.Entry{Issued: &e})
}

// received adds a record and what became of it; the record's ID, link, time and the outcome's are filled in.
func (w *world) received(at voucher.TerminalID, r voucher.Record, o voucher.Outcome) voucher.RedemptionID {
	w.t.Helper()
	w.last[at]++
	r.ID = voucher.RedemptionID{Terminal: at, Epoch: 1, Number: w.last[at]}
	r.Prev = w.heads[at]
	if r.At == 0 {
		r.At = w.now.UnixMilli()
	}
	raw, err := wire.EncodeRecord(&r)
	if err != nil {
		w.t.Fatal(err)
	}
	w.heads[at] = wire.Hash(raw)
	o.ID, o.At = r.ID, w.now.UnixMilli()
	merchant := voucher.MerchantID("M" + strings.TrimPrefix(string(at), "T"))
	w.add(&ledger.Entry{Received: &ledger.RecordReceived{Raw: raw, Outcome: o, Merchant: merchant}})
	return r.ID
}

// sale is a bill of 60 yuan for a voucher of the first phase.
func sale(id voucher.Serial, tier voucher.TierNo) *voucher.Redemption {
	return &voucher.Redemption{Voucher: voucher.Body{Campaign: 1, Phase: 1, Tier: tier, Serial: id}, Bill: 60_00, Order: "O-1"}
}

func (w *world) sell(at voucher.TerminalID, kind voucher.Kind, id voucher.Serial, result voucher.Result) voucher.RedemptionID {
	w.t.Helper()
	return w.received(at, voucher.Record{Kind: kind, Sale: sale(id, 1)}, voucher.Outcome{Result: result})
}

func (w *world) about(at voucher.TerminalID, kind voucher.Kind, of uint64, result voucher.Result) voucher.RedemptionID {
	w.t.Helper()
	return w.received(at, voucher.Record{Kind: kind, Of: of}, voucher.Outcome{Result: result})
}

func (w *world) views() string { return filepath.Join(w.dir, "views.db") }

// open opens the views at path and closes them at the end of the test.
func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// caughtUp writes what was added, opens the world's views and lets them catch up.
func (w *world) caughtUp() *store.Store {
	w.t.Helper()
	w.write()
	s := open(w.t, w.views())
	catchUp(w.t, s, w.book)
	return s
}

func catchUp(t testing.TB, s *store.Store, b *book.Book) {
	t.Helper()
	if err := s.CatchUp(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if head, _ := b.Head(); s.Position() != head {
		t.Fatalf("the views are at %d, the book at %d", s.Position(), head)
	}
}

// dump is all that stands in a view file, in order.
func dump(t testing.TB, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables []string
	scan(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name`, func(row []any) {
		tables = append(tables, fmt.Sprint(row[0]))
	})
	var b strings.Builder
	for _, table := range tables {
		lines := []string{}
		scan(t, db, `SELECT * FROM `+table, func(row []any) { lines = append(lines, fmt.Sprintf("%v", row)) })
		slices.Sort(lines)
		fmt.Fprintf(&b, "%s\n%s\n", table, strings.Join(lines, "\n"))
	}
	return b.String()
}

func scan(t testing.TB, db *sql.DB, query string, f func([]any)) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		f(row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
