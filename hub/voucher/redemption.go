package voucher

import (
	"fmt"
	"slices"
	"time"
)

// Redemption is one voucher used against one bill, as the till asks for it.
type Redemption struct {
	Voucher Body   `cbor:"1,keyasint"`
	Sight   Sight  `cbor:"2,keyasint"` // proof that the till has seen the whole code
	Bill    Fen    `cbor:"3,keyasint"`
	Order   string `cbor:"4,keyasint,omitempty"` // the shop's own order number, at most 64 characters
	Payer   Payer  `cbor:"5,keyasint,omitzero"`  // the account that paid, as far as the POS said; zero: not known

	Source BillSource `cbor:"6,keyasint,omitempty"` // who said what the bill is; zero: a till of before it was kept
}

// BillSource is where a bill came from: a sum that a person typed may be any sum, one of the POS is a sale's.
type BillSource uint8

// The sources. Numbers are never reused. A number of a later version is kept as it came and has no name.
const (
	BillOfPOS     BillSource = iota + 1 // POS software said it through the desk
	BillOfDisplay                       // it was read off the line to the customer's display
	BillTyped                           // somebody typed it at the till
)

var billSources = [...]string{"", "pos", "display", "typed"}

// String is the source's fixed name, which scripts rely on; empty where it is not known.
func (s BillSource) String() string {
	if int(s) < len(billSources) {
		return billSources[s]
	}
	return ""
}

// BillSourceNamed reads what String wrote; ok is false for anything else, and for the empty name.
func BillSourceNamed(name string) (s BillSource, ok bool) {
	i := slices.Index(billSources[:], name)
	return BillSource(max(i, 0)), i > 0
}

// MarshalText writes the name.
func (s BillSource) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name; one that this version does not know is an error.
func (s *BillSource) UnmarshalText(b []byte) (err error) {
	of, ok := BillSourceNamed(string(b))
	if !ok && len(b) > 0 {
		return fmt.Errorf("unknown source of a bill %q", b)
	}
	*s = of
	return nil
}

// Payer is a keyed hash of the account that paid a bill, made at the till with the key that the law gives it, so that two
// bills of one account can be told without anybody knowing whose it is (PIPL art. 6).
type Payer [8]byte

// MaxPayer is the longest name of an account that a POS may give, in characters. The name is kept nowhere.
const MaxPayer = 64

// MaxOrder is the longest order number kept, in bytes.
const MaxOrder = 64

// Kind says what a terminal's record does. Numbers are never reused.
type Kind uint8

// The kinds of record. A redemption is asked for (Ask) and nothing is shown until the hub answers; or it is accepted
// within the lease and shown PROVISIONAL at once (Accept); or it was asked for, the hub kept silent, and the till went
// on to show it PROVISIONAL (Confirm). Reverse takes back an ask that nobody was shown; Void undoes a good redemption;
// Surrender gives back what a lease has left; Handed is a technician's word that the till works.
const (
	Ask Kind = iota + 1
	Accept
	Confirm
	Reverse
	Void
	Surrender
	Handed
)

// Record is one link of a terminal's chain. It is encoded once, at the till; the bytes are kept, hashed, signed and
// verified as they were made, never encoded again.
type Record struct {
	ID        RedemptionID `cbor:"1,keyasint"`
	Prev      [32]byte     `cbor:"2,keyasint"` // hash of the record before, zero for the first
	Kind      Kind         `cbor:"3,keyasint"`
	At        int64        `cbor:"4,keyasint"`            // the till's trusted time, milliseconds since 1970
	Heard     int64        `cbor:"5,keyasint"`            // the hub's time last heard, milliseconds since 1970; 0 for never
	Sure      bool         `cbor:"6,keyasint,omitempty"`  // the till's clock has run on from that without a break
	Sale      *Redemption  `cbor:"7,keyasint,omitempty"`  // Ask, Accept
	Of        uint64       `cbor:"8,keyasint,omitempty"`  // Confirm, Reverse, Void: the number of the record it is about
	Lease     uint32       `cbor:"9,keyasint,omitempty"`  // Accept, Confirm, Surrender: the lease's serial; of a Surrender also AllLeases
	WallClock int64        `cbor:"10,keyasint"`           // what the PC's own clock said, milliseconds since 1970
	SpentAt   int64        `cbor:"11,keyasint,omitempty"` // Accept, Confirm: the hub's time of the spent set that was looked at, milliseconds since 1970; 0 for none
	Handover  *Handover    `cbor:"12,keyasint,omitempty"` // Handed
}

// Time is At as an instant.
func (r *Record) Time() time.Time { return time.UnixMilli(r.At) }

// Result is what the ledger made of a record; the first is kept for good.
type Result uint8

// The results. Numbers are never reused.
const (
	Redeemed Result = iota + 1 // the fund pays
	Rejected                   // nothing happened; the reason says why
	Disputed                   // accepted at the till, but not to be paid before a person has decided: a case is open
	Undone                     // a Reverse or Void took effect
	Noted                      // a Confirm, Reverse or Void that changed nothing, or a Surrender taken in
)

// Outcome is the ledger's answer to one record.
type Outcome struct {
	ID     RedemptionID `cbor:"1,keyasint"`
	Result Result       `cbor:"2,keyasint"`
	Reason Reason       `cbor:"3,keyasint"`
	Winner RedemptionID `cbor:"4,keyasint,omitzero"`  // of AlreadyRedeemed: the redemption that used the voucher
	Case   uint64       `cbor:"5,keyasint,omitempty"` // of Disputed: the case's number
	At     int64        `cbor:"6,keyasint"`           // when the hub received it, milliseconds since 1970
}

// Uses tells whether the voucher counts as used by the sale: when it is redeemed, and when it is disputed, because it was
// taken at a counter; but not when the code was never seen, or whoever knows a serial could block its holder's voucher, nor
// when another sale had used it before.
func (o Outcome) Uses() bool {
	return o.Result == Redeemed || o.Result == Disputed && o.Reason != Forged && o.Reason != AlreadyRedeemed
}
