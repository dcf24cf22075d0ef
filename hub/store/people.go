package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hexiao/hub/voucher"
)

// VoucherRow is a voucher as `voucher show --json` prints it (DESIGN section 7).
type VoucherRow struct {
	ID         string          `json:"id"`
	State      string          `json:"state"` // "issued", "redeemed", "expired", "revoked", "disputed"
	Tier       voucher.TierID  `json:"tier"`
	Phase      voucher.PhaseNo `json:"phase"`
	Redemption string          `json:"redemption"` // what used it, "" for none
}

// Voucher gives a voucher as it stands at an instant: an unused one is expired when its phase is over. ErrNotFound.
func (s *Store) Voucher(ctx context.Context, id voucher.Serial, now time.Time) (VoucherRow, error) {
	v := VoucherRow{ID: id.String()}
	err := s.query(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT CASE WHEN v.state = 'issued' AND p.ends <= ? THEN 'expired' ELSE v.state END,
			coalesce(t.id, ''), v.phase, v.redemption
			FROM voucher v LEFT JOIN phase p ON p.no = v.phase LEFT JOIN tier t ON t.no = v.tier WHERE v.id = ?`, now.UnixMilli(), int64(id)).
			Scan(&v.State, &v.Tier, &v.Phase, &v.Redemption)
	})
	if lane := (voucher.Body{Serial: id}); err == nil && v.Tier == "" && v.Phase == voucher.LanePhase {
		v.Tier = voucher.LaneTierID
		if v.State == "issued" && !now.Before(lane.LaneUntil()) {
			v.State = "expired"
		}
	}
	return v, asked(err, "voucher", id)
}

// MerchantRow is a merchant as it stands, with what its terminals have redeemed.
type MerchantRow struct {
	voucher.Merchant
	Reason    string      `json:"reason,omitempty"` // of a suspension or its end
	Changed   time.Time   `json:"changed"`
	Terminals int         `json:"terminals"` // enrolled and not revoked
	Redeemed  int64       `json:"redeemed"`  // how many count
	Face      voucher.Fen `json:"face_fen"`  // what the fund pays for them
}

const selectMerchant = `SELECT code, name, trade, township, uscc, lat, lon, open, close, status, reason, changed_at,
	(SELECT count(*) FROM terminal t WHERE t.merchant = m.code AND t.state <> 'revoked'),
	(SELECT coalesce(sum(count), 0) FROM summary s WHERE s.merchant = m.code),
	(SELECT coalesce(sum(face_fen), 0) FROM summary s WHERE s.merchant = m.code) FROM merchant m`

func scanMerchant(r *sql.Rows) (m MerchantRow, err error) {
	var lat, lon sql.NullFloat64
	var changed int64
	err = r.Scan(&m.Code, &m.Name, &m.Trade, &m.Township, &m.USCC, &lat, &lon, &m.Open, &m.Close, &m.Status, &m.Reason, &changed,
		&m.Terminals, &m.Redeemed, &m.Face)
	m.Place, m.Changed = place(lat, lon), instant(changed)
	return m, err
}

func place(lat, lon sql.NullFloat64) *voucher.Place {
	if !lat.Valid {
		return nil
	}
	return &voucher.Place{Lat: lat.Float64, Lon: lon.Float64}
}

// instant is a time of the views; 0 is the zero time, for "never".
func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Merchants lists all merchants by code.
func (s *Store) Merchants(ctx context.Context) ([]MerchantRow, error) {
	all, err := list(ctx, s, scanMerchant, selectMerchant+` ORDER BY code`)
	return all, asked(err, "merchants", "all")
}

// Merchant gives one merchant; ErrNotFound.
func (s *Store) Merchant(ctx context.Context, code voucher.MerchantID) (MerchantRow, error) {
	return one(ctx, s, scanMerchant, "merchant", code, selectMerchant+` WHERE code = ?`, string(code))
}

// TerminalRow is a terminal as the book has it; whether it is online now only the gate knows.
type TerminalRow struct {
	ID         voucher.TerminalID    `json:"id"`
	Merchant   voucher.MerchantID    `json:"merchant"`
	State      voucher.TerminalState `json:"state"` // "" in good standing
	Reason     string                `json:"reason,omitempty"`
	Version    string                `json:"version"` // at enrolment
	Place      *voucher.Place        `json:"place,omitempty"`
	Enrolled   time.Time             `json:"enrolled"`
	Epoch      uint32                `json:"epoch"`
	Records    uint64                `json:"records"`               // received in this epoch
	LastRecord time.Time             `json:"last_record,omitzero"`  // received then
	Lease      uint32                `json:"lease,omitempty"`       // serial of the newest, 0 for none
	LeaseUntil time.Time             `json:"lease_until,omitzero"`  // it stops the terminal then
	LeaseCount uint64                `json:"lease_count,omitempty"` // acceptances, total of the epoch
	LeaseSum   voucher.Fen           `json:"lease_sum_fen,omitempty"`
	Accepted   time.Time             `json:"accepted,omitzero"` // the newest word of a technician that it works, received then
}

const selectTerminal = `SELECT t.id, t.merchant, t.state, t.reason, t.version, t.lat, t.lon, t.enrolled_at, t.epoch, t.last_number, t.last_at,
	coalesce(l.serial, 0), coalesce(l.until, 0), coalesce(l.count, 0), coalesce(l.sum_fen, 0),
	(SELECT coalesce(max(h.hub_time), 0) FROM handover h WHERE h.terminal = t.id AND h.honoured = 1)
	FROM terminal t LEFT JOIN lease l ON l.terminal = t.id AND l.epoch = t.epoch
	AND l.serial = (SELECT max(serial) FROM lease x WHERE x.terminal = t.id AND x.epoch = t.epoch)`

func scanTerminal(r *sql.Rows) (t TerminalRow, err error) {
	var lat, lon sql.NullFloat64
	var enrolled, last, until, accepted int64
	err = r.Scan(&t.ID, &t.Merchant, &t.State, &t.Reason, &t.Version, &lat, &lon, &enrolled, &t.Epoch, &t.Records, &last,
		&t.Lease, &until, &t.LeaseCount, &t.LeaseSum, &accepted)
	t.Accepted = instant(accepted)
	t.Place, t.Enrolled, t.LastRecord, t.LeaseUntil = place(lat, lon), instant(enrolled), instant(last), instant(until)
	return t, err
}

// Terminals lists all terminals by ID.
func (s *Store) Terminals(ctx context.Context) ([]TerminalRow, error) {
	all, err := list(ctx, s, scanTerminal, selectTerminal+` ORDER BY t.id`)
	return all, asked(err, "terminals", "all")
}

// Terminal gives one terminal; ErrNotFound.
func (s *Store) Terminal(ctx context.Context, id voucher.TerminalID) (TerminalRow, error) {
	return one(ctx, s, scanTerminal, "terminal", id, selectTerminal+` WHERE t.id = ?`, string(id))
}

// rows asks within one moment's state.
func rows[R any](ctx context.Context, tx *sql.Tx, scan func(*sql.Rows) (R, error), query string, args ...any) ([]R, error) {
	r, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []R
	for r.Next() {
		row, err := scan(r)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, r.Err()
}

func list[R any](ctx context.Context, s *Store, scan func(*sql.Rows) (R, error), query string, args ...any) (all []R, err error) {
	err = s.query(ctx, func(tx *sql.Tx) (err error) {
		all, err = rows(ctx, tx, scan, query, args...)
		return err
	})
	return all, err
}

func one[R any](ctx context.Context, s *Store, scan func(*sql.Rows) (R, error), what string, which any, query string, args ...any) (R, error) {
	all, err := list(ctx, s, scan, query, args...)
	if err == nil && len(all) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		var none R
		return none, asked(err, what, which)
	}
	return all[0], nil
}

// asked wraps an error with what was asked for.
func asked(err error, what string, which any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %v: %w", what, which, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("ask for %s %v: %w", what, which, err)
	}
	return nil
}
