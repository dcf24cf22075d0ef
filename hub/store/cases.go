package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// opened opens a case; an entry with the number of one that is open adds to its evidence.
func (f *folding) opened(at book.Position, e *ledger.CaseOpened, when int64) error {
	var rule, spent any = "", nil
	if e.Rule != nil {
		text, err := json.Marshal(e.Rule)
		if err != nil {
			return err
		}
		rule = string(text)
	}
	if e.SpentAge != nil {
		spent = *e.SpentAge
	}
	err := f.exec(`INSERT INTO casefile (number, kind, terminal, record, winner, reason, opened_at, merchant, rival, part_of, in_lease, spent_age, rule)
		VALUES (?, ?, ?, ?, ?, ?, ?, coalesce((SELECT merchant FROM terminal WHERE id = ?), ''), ?, ?, ?, ?, ?) ON CONFLICT (number) DO NOTHING`,
		int64(e.Number), string(e.Kind), string(e.Terminal), named(e.Record), named(e.Winner), e.Reason.String(), when,
		string(e.Terminal), string(e.Rival), int64(e.Of), e.InLease, spent, rule)
	if err == nil && e.Sale != nil && len(e.Raw) == 0 { // a proven record that lacks what it took: it is in the views
		return f.exec(`UPDATE casefile SET raw = x'', record_at = r.position, voucher = r.voucher, tier = r.tier, bill_fen = r.bill_fen, face_fen = r.face_fen, day = r.day
			FROM record r WHERE casefile.number = ? AND r.terminal = ? AND r.epoch = ? AND (r.number = ? OR r.about = ?) AND r.result = 'redeemed'`,
			int64(e.Number), string(e.Record.Terminal), int64(e.Record.Epoch), int64(e.Record.Number), int64(e.Record.Number))
	}
	if err != nil || len(e.Raw) == 0 {
		return err
	}
	if err := f.exec(`INSERT INTO stray (position, case_no, raw) VALUES (?, ?, ?)`, int64(at), int64(e.Number), e.Raw); err != nil || e.Sale == nil {
		return err
	}
	r, err := wire.DecodeRecord(e.Raw)
	if err != nil {
		return err
	}
	return f.about(e.Number, e.Raw, nil, f.sale(e.Sale), f.day(r, when))
}

// about notes with a case the sale that is disputed. recordAt is nil for one of a second chain.
func (f *folding) about(number uint64, raw []byte, recordAt any, sold *sale, day string) error {
	return f.exec(`UPDATE casefile SET raw = ?, record_at = ?, voucher = ?, tier = ?, bill_fen = ?, face_fen = ?, day = ? WHERE number = ?`,
		raw, recordAt, int64(sold.id), int64(sold.tier), int64(sold.bill), int64(sold.face), day, int64(number))
}

// proposed folds what one person has signed about a case.
func (f *folding) proposed(at book.Position, e *ledger.Proposed, when int64) error {
	if e.Case == 0 {
		return nil
	}
	return f.signed(at, e.Case, e.By, when)
}

func (f *folding) signed(at book.Position, number uint64, by ledger.Signature, when int64) error {
	var body ledger.DecisionBody
	if err := wire.Unmarshal(by.Signed.Raw, &body); err != nil {
		return fmt.Errorf("what %s signed about case %d: %w", by.Name, number, err)
	}
	return f.exec(`INSERT INTO signature (position, case_no, name, verdict, why, at) VALUES (?, ?, ?, ?, ?, ?)`,
		int64(at), int64(number), by.Name, string(body.Verdict), body.Reason, when)
}

// decided folds a decision: the case is closed, and a sale that is paid by a unit counts as any other.
func (f *folding) decided(at book.Position, e *ledger.CaseDecided, when int64) error {
	if last := e.By[len(e.By)-1]; !last.Console {
		if err := f.signed(at, e.Case, last, when); err != nil {
			return err
		}
	}
	var unit, reserve voucher.Fen
	if e.From == ledger.FromReserve {
		reserve = e.Paid
	} else {
		unit = e.Paid
	}
	err := f.exec(`UPDATE casefile SET verdict = ?, why = ?, decided_by = ?, decided_at = ?, tell_zh = ?, tell_en = ?, unit_fen = ?, reserve_fen = ? WHERE number = ?`,
		string(e.Verdict), e.Reason, signers(e.By), when, e.Tell.Zh, e.Tell.En, int64(unit), int64(reserve), int64(e.Case))
	switch {
	case err != nil:
		return err
	case unit > 0:
		return f.paid(e.Case)
	case e.Verdict == voucher.Refuse: // of a sale that was undone meanwhile the voucher is its holder's again
		return f.exec(`UPDATE voucher SET state = 'issued', redemption = '' WHERE state = 'disputed' AND id = (SELECT voucher FROM casefile WHERE number = ? AND voided <> '')
			AND redemption = (SELECT record FROM casefile WHERE number = ?)`, int64(e.Case), int64(e.Case))
	}
	return nil
}

// withdraw notes with an open case that its sale was undone at the counter.
func (f *folding) withdraw(r *voucher.Record) error {
	of := r.ID
	of.Number = r.Of
	return f.exec(`UPDATE casefile SET voided = ? WHERE record = ? AND record_at IS NOT NULL AND verdict = ''`, named(r.ID), named(of))
}

// paid counts a disputed sale that a unit of stock pays for.
func (f *folding) paid(number uint64) error {
	s, err := f.prepared(`SELECT merchant, record, record_at, voucher, tier, bill_fen, face_fen, day FROM casefile WHERE number = ?`)
	if err != nil {
		return err
	}
	var key sumKey
	var record string
	var at, id sql.NullInt64
	var sold sale
	if err := s.QueryRow(int64(number)).Scan(&key.merchant, &record, &at, &id, &key.tier, &sold.bill, &sold.face, &key.day); err != nil {
		return fmt.Errorf("case %d, which is paid: %w", number, err)
	}
	f.sum(key, &sold, 1)
	used := f.exec(`UPDATE voucher SET state = 'redeemed', redemption = ? WHERE id = ? AND state = 'issued'
		AND (SELECT reason FROM casefile WHERE number = ?) <> 'forged'`, record, id.Int64, int64(number))
	if !at.Valid {
		return used // of a second chain: what has its number in the first is another sale
	}
	return errors.Join(used, f.exec(`UPDATE record SET counted = 1 WHERE position = ?`, at.Int64),
		f.exec(`UPDATE voucher SET state = 'redeemed' WHERE id = ? AND state = 'disputed' AND redemption = ?`, id.Int64, record))
}

func (f *folding) entered(e *ledger.PersonSet, when int64) error {
	return f.exec(`INSERT INTO person (name, public_key, entered_at) VALUES (?, ?, ?)`, e.Name, e.Key, when)
}

// CaseRow is a matter that a person must decide, or has decided.
type CaseRow struct {
	Number   uint64             `json:"number"`
	Kind     string             `json:"kind"` // voucher.CaseKind
	Terminal voucher.TerminalID `json:"terminal"`
	Record   string             `json:"record"`           // that it was opened for; "" for none
	Winner   string             `json:"winner,omitempty"` // what had used the voucher
	Reason   string             `json:"reason"`
	Opened   time.Time          `json:"opened"`
	Records  int                `json:"records"` // how many it is about

	Merchant voucher.MerchantID  `json:"merchant"`
	PartOf   uint64              `json:"part_of,omitempty"` // the case about the terminal
	State    string              `json:"state"`             // "open" or "decided"
	Propose  voucher.CaseVerdict `json:"propose"`           // by the rule
	Verdict  voucher.CaseVerdict `json:"verdict,omitempty"`
	By       string              `json:"decided_by,omitempty"`
	Decided  time.Time           `json:"decided,omitzero"`
	Voucher  string              `json:"voucher,omitempty"`
	Tier     voucher.TierID      `json:"tier,omitempty"`
	Face     voucher.Fen         `json:"face_fen"` // what is to be paid or not
	Paid     voucher.Fen         `json:"paid_fen"` // by a unit of stock or out of the reserve
	Reserve  voucher.Fen         `json:"reserve_fen,omitempty"`
}

const selectCase = `SELECT number, kind, terminal, record, winner, reason, opened_at,
	(SELECT count(*) FROM record WHERE case_no > 0 AND case_no = c.number) + (SELECT count(*) FROM stray WHERE case_no = c.number)
	+ (SELECT count(*) FROM stray WHERE case_no IN (SELECT number FROM casefile p WHERE p.part_of > 0 AND p.part_of = c.number)),
	merchant, part_of, CASE verdict WHEN '' THEN 'open' ELSE 'decided' END, CASE WHEN voided <> '' THEN 'refuse' ELSE coalesce(nullif(rule, '') ->> 'propose', '') END, verdict, decided_by, decided_at,
	voucher, coalesce(t.id, ''), coalesce(c.face_fen, 0), unit_fen + reserve_fen, reserve_fen FROM casefile c LEFT JOIN tier t ON t.no = c.tier`

func scanCase(r *sql.Rows) (c CaseRow, err error) {
	var opened, decided int64
	var id sql.NullInt64
	err = r.Scan(&c.Number, &c.Kind, &c.Terminal, &c.Record, &c.Winner, &c.Reason, &opened, &c.Records,
		&c.Merchant, &c.PartOf, &c.State, &c.Propose, &c.Verdict, &c.By, &decided, &id, &c.Tier, &c.Face, &c.Paid, &c.Reserve)
	c.Opened, c.Decided = instant(opened), instant(decided)
	if id.Valid {
		c.Voucher = voucher.Serial(id.Int64).String()
	}
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
	Evidence []RecordRow `json:"evidence"`         // the records it is about, what they are about, and the one that had used the voucher
	Strays   []RecordRow `json:"strays,omitempty"` // of a second chain, as they came

	Raw      []byte            `json:"raw,omitempty"` // the disputed record, as it was signed
	Rival    string            `json:"winner_merchant,omitempty"`
	InLease  bool              `json:"in_lease"`              // the terminal's lease covered the acceptance
	OneOwner bool              `json:"one_owner"`             // both sides are the same merchant's
	SpentAge *int64            `json:"spent_age_s,omitempty"` // how old the till's list of used vouchers was; null when it had none
	Rule     *voucher.CaseRule `json:"rule"`                  // that proposes
	Why      string            `json:"decided_reason,omitempty"`
	Told     voucher.Text      `json:"told"` // what the merchant is told, or would be if it were decided as proposed
	Signed   []SignatureRow    `json:"signed,omitempty"`
	Voided   string            `json:"voided_by,omitempty"` // what undid the sale before anybody had decided: there is nothing to pay then
	Parts    []uint64          `json:"parts,omitempty"`     // the cases about single acceptances of this terminal
}

// SignatureRow is what a person has signed about a case.
type SignatureRow struct {
	Name    string              `json:"name"`
	Verdict voucher.CaseVerdict `json:"verdict"`
	Reason  string              `json:"reason"`
	At      time.Time           `json:"at"`
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
		return errors.Join(c.evidence(ctx, tx), c.ruling(ctx, tx), c.signatures(ctx, tx))
	})
	return c, asked(err, "case", number)
}

func (c *CaseFile) evidence(ctx context.Context, tx *sql.Tx) (err error) {
	c.Evidence, err = rows(ctx, tx, scanRecord, selectRecord+` WHERE r.case_no > 0 AND r.case_no = ? ORDER BY r.position`, int64(c.Number))
	if err != nil {
		return err
	}
	for _, name := range []string{c.Record, c.Winner} {
		id, err := voucher.ParseRedemptionID(name)
		if err != nil || name == c.Record && (len(c.Evidence) == 0 || c.Evidence[0].ID == name) {
			continue // none, or of a second chain, or there already
		}
		more, err := rows(ctx, tx, scanRecord, selectRecord+` WHERE r.terminal = ? AND r.epoch = ? AND r.number = ?`, string(id.Terminal), int64(id.Epoch), int64(id.Number))
		if err != nil {
			return err
		}
		c.Evidence = append(c.Evidence, more...)
	}
	c.Strays, err = rows(ctx, tx, scanStray, `SELECT position, raw FROM stray WHERE case_no = ? OR case_no IN (SELECT number FROM casefile WHERE part_of > 0 AND part_of = ?) ORDER BY position`,
		int64(c.Number), int64(c.Number))
	return err
}

// ruling reads what the rule looked at, and what the merchant is told.
func (c *CaseFile) ruling(ctx context.Context, tx *sql.Tx) error {
	var rule string
	var age sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT raw, rival, in_lease, rival <> '' AND rival = merchant, spent_age, rule, why, tell_zh, tell_en, voided FROM casefile WHERE number = ?`, int64(c.Number)).
		Scan(&c.Raw, &c.Rival, &c.InLease, &c.OneOwner, &age, &rule, &c.Why, &c.Told.Zh, &c.Told.En, &c.Voided)
	if err != nil {
		return err
	}
	if age.Valid {
		s := age.Int64 / 1000
		c.SpentAge = &s
	}
	if rule == "" {
		return nil
	}
	c.Rule = &voucher.CaseRule{}
	if err := json.Unmarshal([]byte(rule), c.Rule); err != nil {
		return fmt.Errorf("rule of case %d: %w: %w", c.Number, errDamaged, err)
	}
	if c.Told == (voucher.Text{}) {
		if c.Told = c.Rule.Tell; c.Voided != "" {
			c.Told = ledger.Withdrawn
		}
	}
	return nil
}

func (c *CaseFile) signatures(ctx context.Context, tx *sql.Tx) (err error) {
	c.Signed, err = rows(ctx, tx, func(r *sql.Rows) (s SignatureRow, err error) {
		var at int64
		err = r.Scan(&s.Name, &s.Verdict, &s.Reason, &at)
		s.At = instant(at)
		return s, err
	}, `SELECT name, verdict, why, at FROM signature WHERE case_no = ? ORDER BY position`, int64(c.Number))
	if err != nil {
		return err
	}
	c.Parts, err = rows(ctx, tx, func(r *sql.Rows) (n uint64, err error) { err = r.Scan(&n); return n, err },
		`SELECT number FROM casefile WHERE part_of > 0 AND part_of = ? ORDER BY number`, int64(c.Number))
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
		row.Kind = kindNames[0]
		return row, nil
	}
	row.ID, row.Kind, row.About, row.Lease, row.TillTime = r.ID.String(), kindNames[r.Kind], r.Of, r.Lease, instant(r.At)
	if r.Sale != nil {
		row.Voucher, row.Phase, row.Bill, row.Order = r.Sale.Voucher.Serial.String(), r.Sale.Voucher.Phase, r.Sale.Bill, r.Sale.Order
		row.Source = r.Sale.Source.String()
	}
	return row, nil
}
