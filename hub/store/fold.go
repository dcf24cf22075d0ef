package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // a day is one of the campaign's zone, also where the machine has no list of zones

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// maxRows bounds one transaction: the write-ahead file stays at some tens of MB, and a reader waits half a second at most.
const maxRows = 20_000

// folding is one pass from where the views are to where the book is. Sums and last numbers are gathered in memory and
// written once for each transaction.
type folding struct {
	*views
	done func(book.Position)

	open     bool // a transaction is
	rows     int  // in it
	at       book.Position
	hash     book.Hash
	campaign *voucher.Campaign
	zone     *time.Location
	sums     map[sumKey]sum
	last     map[voucher.TerminalID]lastRecord
}

type sumKey struct {
	merchant voucher.MerchantID
	day      string
	tier     voucher.TierNo
}

type sum struct {
	count      int64
	face, bill voucher.Fen
}

type lastRecord struct {
	epoch  uint32
	number uint64
	at     int64
}

func (f *folding) run(ctx context.Context, b *book.Book) error {
	from, found := f.views.at, f.views.at == 0
	if err := f.load(ctx); err != nil {
		return err
	}
	err := b.Read(ctx, max(from, 1)-1, func(e book.Entry) error {
		if e.At == from {
			found = e.Hash == f.views.hash
		}
		if !found {
			return errOtherBook
		}
		if e.At == from {
			return nil
		}
		return f.entry(ctx, e)
	})
	switch {
	case errors.Is(err, book.ErrAhead), err == nil && !found:
		err = errOtherBook
	case err == nil:
		err = f.commit(ctx)
	}
	if err != nil && f.open {
		return errors.Join(err, f.exec(`ROLLBACK`))
	}
	return err
}

// load reads what a fold must know of the law from the views themselves, so that a transaction rolled back leaves
// nothing behind in memory.
func (f *folding) load(ctx context.Context) error {
	f.sums, f.last, f.zone = map[sumKey]sum{}, map[voucher.TerminalID]lastRecord{}, time.UTC
	var law []byte
	err := f.conn.QueryRowContext(ctx, `SELECT law FROM campaign ORDER BY position DESC LIMIT 1`).Scan(&law)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	var c voucher.Campaign
	if err == nil {
		if err = json.Unmarshal(law, &c); err != nil { // it was written whole: SQLite does not see a byte that changed
			err = fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	if err != nil {
		return fmt.Errorf("read campaign: %w", err)
	}
	f.adopt(&c)
	return nil
}

// adopt makes a campaign the one by which faces and days are told. registry lets no campaign in with a zone that is not
// known; should there be one, days are China's.
func (f *folding) adopt(c *voucher.Campaign) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		zone = time.FixedZone("CST", 8*60*60)
	}
	f.campaign, f.zone = c, zone
}

// exec runs a statement, prepared once for the life of the file. It is not given a context: a statement takes
// microseconds, and the driver would start a goroutine for each to be able to end it.
func (f *folding) exec(query string, args ...any) error {
	s, err := f.prepared(query)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return err
}

func (f *folding) prepared(query string) (*sql.Stmt, error) {
	if s := f.stmts[query]; s != nil {
		return s, nil
	}
	s, err := f.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	f.stmts[query] = s
	return s, nil
}

// entry folds one entry of the book.
func (f *folding) entry(ctx context.Context, e book.Entry) error {
	if !f.open {
		if err := f.exec(`BEGIN IMMEDIATE`); err != nil {
			return err
		}
		f.open = true
	}
	entry, err := ledger.DecodeEntry(e.Body)
	if err == nil {
		err = f.apply(e.At, &entry)
	}
	if err != nil {
		return fmt.Errorf("entry %d of the book: %w", e.At, err)
	}
	f.at, f.hash = e.At, e.Hash
	if f.rows++; f.rows >= maxRows {
		return f.commit(ctx)
	}
	return nil
}

// commit writes what was gathered, and with it how far the views have come.
func (f *folding) commit(ctx context.Context) error {
	if !f.open {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.gathered(); err != nil {
		return err
	}
	if err := f.exec(`UPDATE position SET at = ?, hash = ?`, int64(f.at), f.hash[:]); err != nil {
		return err
	}
	if err := f.exec(`COMMIT`); err != nil {
		return err
	}
	f.open, f.rows = false, 0
	f.views.at, f.views.hash = f.at, f.hash
	f.done(f.at)
	return nil
}

func (f *folding) gathered() error {
	for k, s := range f.sums {
		err := f.exec(`INSERT INTO summary (merchant, day, tier, count, face_fen, bill_fen) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (merchant, day, tier) DO UPDATE SET count = count + excluded.count,
			face_fen = face_fen + excluded.face_fen, bill_fen = bill_fen + excluded.bill_fen`,
			string(k.merchant), k.day, int64(k.tier), s.count, int64(s.face), int64(s.bill))
		if err != nil {
			return err
		}
	}
	for id, l := range f.last {
		err := f.exec(`UPDATE terminal SET epoch = ?, last_number = ?, last_at = ? WHERE id = ?`, int64(l.epoch), int64(l.number), l.at, string(id))
		if err != nil {
			return err
		}
	}
	clear(f.sums)
	clear(f.last)
	return nil
}

func (f *folding) apply(at book.Position, e *ledger.Entry) error {
	switch {
	case e.Campaign != nil:
		return f.applied(at, &e.Campaign.Campaign, e.At)
	case e.Merchant != nil:
		return f.merchant(e.Merchant, e.At)
	case e.Terminal != nil:
		return f.enrolled(e.Terminal, e.At)
	case e.State != nil:
		return f.exec(`UPDATE terminal SET state = ?, reason = ? WHERE id = ?`, string(e.State.State), e.State.Reason, string(e.State.ID))
	case e.Issued != nil:
		return f.issued(e.Issued, e.At)
	case e.Received != nil:
		return f.received(at, e.Received)
	case e.Lease != nil:
		return f.lease(e.Lease.Raw)
	case e.Found != nil:
		return f.lease(e.Found.Raw)
	case e.Began != nil:
		return f.began(e.Began, e.At)
	case e.Amended != nil:
		return f.amended(e.Amended)
	case e.Case != nil:
		return f.opened(at, e.Case, e.At)
	case e.Person != nil:
		return f.entered(e.Person, e.At)
	case e.Proposed != nil:
		return f.proposed(at, e.Proposed, e.At)
	case e.Decided != nil:
		return f.decided(at, e.Decided, e.At)
	case e.Written != nil:
		return f.written(at, e.Written, e.At)
	case e.Lane != nil:
		return f.lane(e.Lane, e.At)
	}
	return nil // the hub itself, and tokens, which are nobody's to look at
}

func (f *folding) applied(at book.Position, c *voucher.Campaign, when int64) error {
	law, err := json.Marshal(c)
	if err != nil {
		return err
	}
	err = f.exec(`INSERT INTO campaign (position, id, revision, applied_at, law) VALUES (?, ?, ?, ?, ?)`, int64(at), string(c.ID), int64(c.Revision), when, string(law))
	err = errors.Join(err, f.exec(`DELETE FROM phase`), f.exec(`DELETE FROM tier`))
	for _, p := range c.Phases {
		err = errors.Join(err, f.exec(`INSERT INTO phase (no, starts, ends, budget_fen) VALUES (?, ?, ?, ?)`,
			int64(p.No), p.Start.UnixMilli(), p.End.UnixMilli(), int64(p.Budget)))
	}
	for _, t := range c.Tiers {
		err = errors.Join(err, f.exec(`INSERT INTO tier (no, id, trade, face_fen, threshold_fen) VALUES (?, ?, ?, ?, ?)`,
			int64(t.No), string(t.ID), string(t.Trade), int64(t.Face), int64(t.Threshold)))
	}
	f.adopt(c)
	return err
}

func (f *folding) merchant(e *ledger.MerchantSet, at int64) error {
	m := e.Merchant
	lat, lon := degrees(m.Place)
	return f.exec(`INSERT INTO merchant (code, name, trade, township, uscc, lat, lon, open, close, status, reason, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, trade = excluded.trade, township = excluded.township, uscc = excluded.uscc,
		lat = excluded.lat, lon = excluded.lon, open = excluded.open, close = excluded.close, status = excluded.status,
		reason = excluded.reason, changed_at = excluded.changed_at`,
		string(m.Code), m.Name, string(m.Trade), m.Township, m.USCC, lat, lon, m.Open, m.Close, string(m.Status), e.Reason, at)
}

func degrees(p *voucher.Place) (lat, lon any) {
	if p == nil {
		return nil, nil
	}
	return p.Lat, p.Lon
}

func (f *folding) enrolled(e *ledger.TerminalEnrolled, at int64) error {
	lat, lon := degrees(e.Place)
	return f.exec(`INSERT INTO terminal (id, merchant, device_key, version, lat, lon, state, reason, enrolled_at, epoch, last_number, last_at)
		VALUES (?, ?, ?, ?, ?, ?, '', '', ?, 1, 0, 0)`,
		string(e.ID), string(e.Merchant), e.Key, e.Version, lat, lon, at)
}

func (f *folding) issued(e *ledger.VouchersIssued, at int64) error {
	f.rows += len(e.Vouchers)
	var person any
	if len(e.Person) > 0 {
		person = e.Person
	}
	for _, v := range e.Vouchers {
		err := f.exec(`INSERT INTO voucher (id, phase, tier, person, state, redemption, issued_at) VALUES (?, ?, ?, ?, 'issued', '', ?)`,
			int64(v.Serial), int64(e.Phase), int64(e.Tier), person, at)
		if err != nil {
			return err
		}
	}
	return nil
}

// began folds the begin of an epoch. One that is older than the terminal's is a copy's, and changes nothing here.
func (f *folding) began(e *ledger.EpochBegan, at int64) error {
	if l, waits := f.last[e.Terminal]; waits && l.epoch < e.Epoch {
		delete(f.last, e.Terminal)
	}
	return f.exec(`UPDATE terminal SET epoch = ?, last_number = 0, last_at = ? WHERE id = ? AND epoch < ?`,
		int64(e.Epoch), at, string(e.Terminal), int64(e.Epoch))
}

func (f *folding) lease(raw []byte) error {
	var l voucher.Lease
	if err := wire.Unmarshal(raw, &l); err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	return f.exec(`INSERT INTO lease (terminal, epoch, serial, granted, until, count, sum_fen, face_fen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		string(l.Terminal), int64(l.Epoch), int64(l.Serial), l.Granted, l.Until, int64(l.Count), int64(l.Sum), int64(l.Face))
}

// named is a redemption as people see it, "" for none.
func named(id voucher.RedemptionID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}
