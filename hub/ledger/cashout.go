package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
)

// A case about cash-out is about a merchant, not about a terminal or one redemption: it gathers what the detector says,
// and people take it on in steps (voucher.CashoutStep). The ledger does not know how the detector comes to its scores; it
// keeps what was said, as of then, so that any later version can show it.

// Suspected is an alert of the cash-out detector, and the case that it opened or belongs to. Numbers are whole, so that
// they fold alike everywhere.
type Suspected struct {
	Case     uint64             `cbor:"1,keyasint"`
	Merchant voucher.MerchantID `cbor:"2,keyasint"`
	At       book.Position      `cbor:"3,keyasint"`           // the entry that brought it
	When     int64              `cbor:"4,keyasint"`           // when that reached the hub, seconds since 1970
	Score    int64              `cbor:"5,keyasint"`           // in hundredths
	Rules    string             `cbor:"6,keyasint"`           // version
	Seen     uint64             `cbor:"7,keyasint"`           // redemptions of the merchant so far
	Parts    []SuspectedPart    `cbor:"8,keyasint"`           // largest first
	Quiet    bool               `cbor:"9,keyasint,omitempty"` // its merchant was cleared for such scores and the time: it is on record and asks for nothing
}

// SuspectedPart is what one signal brings to a score.
type SuspectedPart struct {
	Signal   string           `cbor:"1,keyasint"`
	Score    int64            `cbor:"2,keyasint"` // in hundredths
	Marks    []SuspectedMark  `cbor:"3,keyasint,omitempty"`
	Vouchers []voucher.Serial `cbor:"4,keyasint,omitempty"` // that show it, oldest first
	Innocent voucher.Text     `cbor:"5,keyasint"`           // what a person should check first
}

// SuspectedMark compares a merchant with its peers.
type SuspectedMark struct {
	Mark  string `cbor:"1,keyasint"`
	Count uint64 `cbor:"2,keyasint"` // redemptions that bore it
	Of    uint64 `cbor:"3,keyasint"` // redemptions that could
	Peers int64  `cbor:"4,keyasint"` // share among its peers, in ten-thousandths
}

// inquiry is a case about cash-out, as the entries have made it.
type inquiry struct {
	number   uint64
	merchant voucher.MerchantID
	opened   int64 // milliseconds since 1970
	state    voucher.CashoutState
	alerts   []*Suspected
	high     int64 // highest score, in hundredths
	named    []voucher.Serial
	has      map[voucher.Serial]bool // the same
	steps    []TakenStep
	proposed []Proposed // signed by one person and waiting for a second
	answerBy int64      // milliseconds since 1970; 0 before the merchant was asked
}

// suspect is what is known of a merchant that alerts were about.
type suspect struct {
	cases []*inquiry // in the order of their numbers
}

// suspicions is what the state knows of cash-out.
type suspicions struct {
	inquiries map[uint64]*inquiry
	suspects  map[voucher.MerchantID]*suspect
	watched   book.Position // the newest entry whose alert was dealt with
}

func newSuspicions() suspicions {
	return suspicions{inquiries: map[uint64]*inquiry{}, suspects: map[voucher.MerchantID]*suspect{}}
}

// last is a merchant's newest case; nil for none.
func (s *suspicions) last(m voucher.MerchantID) *inquiry {
	if who := s.suspects[m]; who != nil {
		return who.cases[len(who.cases)-1]
	}
	return nil
}

// bars is the case by which a merchant is suspended; nil for none.
func (s *suspicions) bars(m voucher.MerchantID) *inquiry {
	if c := s.last(m); c != nil && c.state.Bars() {
		return c
	}
	return nil
}

// place finds the case of an alert: the merchant's open one; within a snooze the one that was cleared, quietly; else a new
// one.
func (s *state) place(e *Suspected, now int64) (number uint64, quiet bool) {
	c := s.last(e.Merchant)
	switch {
	case c != nil && c.state.Open():
		return c.number, false
	case c != nil && c.snoozes(e.Score, now):
		return c.number, true
	}
	return s.cases + 1, false
}

// snoozes tells whether the case was cleared for alerts up to such a score, until later than now.
func (c *inquiry) snoozes(score, now int64) bool {
	if c.state != voucher.Cleared {
		return false
	}
	last := c.steps[len(c.steps)-1]
	return now < last.SnoozeUntil && score <= last.SnoozeScore
}

// Suspect keeps an alert with its case, which it opens when the merchant has none that is open; it gives the case's number.
// Case and Quiet are found by the ledger. An alert whose entry does not lie behind Watched was dealt with before: it
// changes nothing and gives 0. Refusals: unknown_merchant, bad_request for an entry that is not in the book. ErrRecovering
// while a restored hub waits for its terminals: what they prove may have the next cases' numbers; ask again.
func (l *Ledger) Suspect(ctx context.Context, e Suspected) (uint64, error) {
	return ask(ctx, l, func(d *draft) (uint64, error) { return d.suspect(e) })
}

// Watched is the newest entry whose alert was dealt with, 0 for none: a detector that folds the book again goes on behind it.
func (l *Ledger) Watched(ctx context.Context) (book.Position, error) {
	return ask(ctx, l, func(d *draft) (book.Position, error) { return d.watched, nil })
}

func (d *draft) suspect(e Suspected) (uint64, error) {
	switch {
	case d.merchants[e.Merchant] == nil:
		return 0, noMerchant(e.Merchant)
	case e.At > d.position:
		return 0, refuse("bad_request", "预警所指的记录不在账簿中", "the alert is about an entry that the book does not have")
	case e.At <= d.watched:
		return 0, nil
	case d.recovering:
		return 0, ErrRecovering
	}
	e.Case, e.Quiet = d.place(&e, d.time.UnixMilli())
	d.add(Entry{Suspected: &e})
	return e.Case, nil
}

func (s *state) applySuspected(e *Suspected) error {
	if e.At <= s.watched || s.dossiers[e.Case] != nil {
		return fmt.Errorf("alert about entry %d of case %d does not follow the one before", e.At, e.Case)
	}
	s.watched = e.At
	c := s.inquiries[e.Case]
	if c == nil {
		c = &inquiry{number: e.Case, merchant: e.Merchant, opened: s.at, state: voucher.Suspected, has: map[voucher.Serial]bool{}}
		s.inquiries[e.Case] = c
		s.cases = max(s.cases, e.Case)
		if s.suspects[e.Merchant] == nil {
			s.suspects[e.Merchant] = &suspect{}
		}
		s.suspects[e.Merchant].cases = append(s.suspects[e.Merchant].cases, c)
	}
	if c.merchant != e.Merchant {
		return fmt.Errorf("case %d is about merchant %s, not %s", e.Case, c.merchant, e.Merchant)
	}
	c.alerts = append(c.alerts, e)
	c.high = max(c.high, e.Score)
	c.name(e)
	return nil
}

// name adds the vouchers that an alert names.
func (c *inquiry) name(e *Suspected) {
	for _, p := range e.Parts {
		for _, v := range p.Vouchers {
			if !c.has[v] {
				c.has[v] = true
				c.named = append(c.named, v)
			}
		}
	}
}

// CashoutInfo is a case about cash-out as the ledger knows it.
type CashoutInfo struct {
	Number   uint64
	Merchant voucher.MerchantID
	Opened   time.Time
	State    voucher.CashoutState
	Alerts   []*Suspected // oldest first, at least one; not to be written to
	High     int64        // highest score, in hundredths
	Named    []voucher.Serial
	Held     voucher.Fen // face value of the redemptions it keeps from being paid out
	AnswerBy time.Time   // zero before the merchant was asked
	Steps    []TakenStep
	Proposed []Proposed // signed by one person and waiting for a second
}

// TakenStep is a step and when it was taken.
type TakenStep struct {
	CashoutStepped
	At time.Time
}

// Cashout gives a case about cash-out. Refusal: not_found, also for a case of another kind.
func (l *Ledger) Cashout(ctx context.Context, number uint64) (CashoutInfo, error) {
	return ask(ctx, l, func(d *draft) (CashoutInfo, error) {
		c, err := d.inquiry(number)
		if err != nil {
			return CashoutInfo{}, err
		}
		return d.told(c), nil
	})
}

// Cashouts gives all cases about cash-out, by number.
func (l *Ledger) Cashouts(ctx context.Context) ([]CashoutInfo, error) {
	return ask(ctx, l, func(d *draft) ([]CashoutInfo, error) {
		all := make([]CashoutInfo, 0, len(d.inquiries))
		for _, number := range slices.Sorted(maps.Keys(d.inquiries)) {
			all = append(all, d.told(d.inquiries[number]))
		}
		return all, nil
	})
}

func (s *state) inquiry(number uint64) (*inquiry, error) {
	if c := s.inquiries[number]; c != nil {
		return c, nil
	}
	return nil, refuse("not_found", fmt.Sprintf("没有案件 %d", number), fmt.Sprintf("there is no case %d", number))
}

func (s *state) told(c *inquiry) CashoutInfo {
	i := CashoutInfo{Number: c.number, Merchant: c.merchant, Opened: time.UnixMilli(c.opened), State: c.state, Alerts: slices.Clone(c.alerts), High: c.high,
		Named: slices.Clone(c.named), Held: s.heldBy(c), Steps: slices.Clone(c.steps), Proposed: slices.Clone(c.proposed)}
	if c.answerBy > 0 {
		i.AnswerBy = time.UnixMilli(c.answerBy)
	}
	return i
}

// openInquiries counts the cases that wait for people.
func (s *suspicions) openInquiries() (n int) {
	for _, c := range s.inquiries {
		if c.state.Open() {
			n++
		}
	}
	return n
}

// Rule names the signal that brings most, as the detector's own alerts do.
func (e *Suspected) Rule() string {
	if len(e.Parts) == 0 {
		return "none"
	}
	return e.Parts[0].Signal
}
