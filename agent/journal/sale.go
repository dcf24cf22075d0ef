package journal

import (
	"time"

	"hexiao/hub/voucher"
)

// Sale is one redemption of this till: what was asked or accepted, and all that became of it since. It is a copy; what
// the pointers show is never changed.
type Sale struct {
	Number     uint64               // of the record that began it
	ID         voucher.RedemptionID // of that record
	Redemption voucher.Redemption
	Kind       voucher.Kind // Ask or Accept
	At         time.Time    // the till's trusted time when it began
	Head       [32]byte     // of the chain at the record that began it, its hash: the next record builds on it, and the hub keeps it. Zero where an earlier version carried the sale into a new epoch

	Provisional bool             // accepted within the lease, or confirmed later: a cashier was shown it
	Outcome     *voucher.Outcome // the hub's word, nil while it is still to come; of a sale confirmed after the hub had rejected it, the word on the confirmation
	Reversed    bool             // taken back by the till before anybody was shown it
	Voided      bool             // undone at the counter afterwards
	Undone      *voucher.Outcome // the hub's word on the reversal or void, nil while it is still to come
}

// State is where the sale stands, in desk.Line's words: "waiting", "provisional", "final", "disputed", "refused",
// "reversed" or "voided".
func (s Sale) State() string {
	switch {
	case s.Reversed:
		return "reversed"
	case s.Voided:
		return "voided"
	case s.Outcome == nil && s.Provisional:
		return "provisional"
	case s.Outcome == nil:
		return "waiting"
	}
	switch s.Outcome.Result {
	case voucher.Redeemed:
		return "final"
	case voucher.Disputed:
		return "disputed"
	}
	return "refused"
}

// Holds tells whether the sale holds its voucher at this till: asked, accepted or redeemed, and not reversed, voided or
// rejected.
func (s Sale) Holds() bool {
	switch s.State() {
	case "reversed", "voided", "refused":
		return false
	}
	return true
}

// sale is what memory keeps of a Sale: the numbers of the records about it, 0 for none, and the hub's word on each.
type sale struct {
	number     uint64
	redemption voucher.Redemption
	kind       voucher.Kind
	at         int64 // milliseconds since 1970
	head       [32]byte

	confirm uint64
	undo    uint64 // a Reverse or a Void
	undid   voucher.Kind

	answer, confirmed, undone *voucher.Outcome
}

// outcome is the hub's word on the sale as it stands. A confirmed sale waits for the word on the confirmation, which alone
// tells whether a case was opened: because the ask was rejected, or because a copy of this disk has taken it back. One that
// only says that it changed nothing leaves it at the word on the ask.
func (s *sale) outcome() *voucher.Outcome {
	switch {
	case s.confirm == 0:
		return s.answer
	case s.answer != nil && s.answer.Result == voucher.Disputed:
		return s.answer
	case s.confirmed != nil && s.confirmed.Result == voucher.Noted:
		return s.answer
	}
	return s.confirmed
}

// shown tells whether a cashier was shown the sale as PROVISIONAL.
func (s *sale) shown() bool { return s.kind == voucher.Accept || s.confirm != 0 }

// public is the sale as others see it.
func (s *sale) public(id voucher.RedemptionID) Sale {
	id.Number = s.number
	return Sale{
		Number: s.number, ID: id, Redemption: s.redemption, Kind: s.kind, At: time.UnixMilli(s.at), Head: s.head,
		Provisional: s.shown(), Outcome: s.outcome(), Undone: s.undone,
		Reversed: s.undid == voucher.Reverse, Voided: s.undid == voucher.Void,
	}
}
