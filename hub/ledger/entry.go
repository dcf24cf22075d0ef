package ledger

import (
	"errors"
	"fmt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Entry is one thing that happened, as the book keeps it. Exactly one of the pointers is set. Field numbers and
// meanings are for good: an old book must fold in a new program.
type Entry struct {
	At int64 `cbor:"1,keyasint"` // the hub's time, milliseconds since 1970

	Hub      *HubMade          `cbor:"2,keyasint,omitempty"`
	Campaign *CampaignApplied  `cbor:"3,keyasint,omitempty"`
	Merchant *MerchantSet      `cbor:"4,keyasint,omitempty"`
	Token    *TokenMade        `cbor:"5,keyasint,omitempty"`
	Terminal *TerminalEnrolled `cbor:"6,keyasint,omitempty"`
	State    *TerminalSet      `cbor:"7,keyasint,omitempty"`
	Issued   *VouchersIssued   `cbor:"8,keyasint,omitempty"`
	Received *RecordReceived   `cbor:"9,keyasint,omitempty"`
	Lease    *LeaseGranted     `cbor:"10,keyasint,omitempty"`
	Case     *CaseOpened       `cbor:"11,keyasint,omitempty"`
	Seal     *Sealed           `cbor:"30,keyasint,omitempty"`

	Met       *TerminalMet      `cbor:"12,keyasint,omitempty"`
	Confirmed *TurnConfirmed    `cbor:"13,keyasint,omitempty"`
	Closed    *EpochClosed      `cbor:"14,keyasint,omitempty"`
	Began     *EpochBegan       `cbor:"15,keyasint,omitempty"`
	Reported  *TerminalReported `cbor:"16,keyasint,omitempty"`
	Recovered *HubRecovered     `cbor:"17,keyasint,omitempty"`
	Found     *LeaseFound       `cbor:"18,keyasint,omitempty"`
	Amended   *SaleAmended      `cbor:"19,keyasint,omitempty"`

	Person   *PersonSet   `cbor:"20,keyasint,omitempty"`
	Proposed *Proposed    `cbor:"21,keyasint,omitempty"`
	Decided  *CaseDecided `cbor:"22,keyasint,omitempty"`
	Written  *WrittenOff  `cbor:"23,keyasint,omitempty"`

	Suspected *Suspected      `cbor:"24,keyasint,omitempty"`
	Stepped   *CashoutStepped `cbor:"25,keyasint,omitempty"`

	Lane *LaneIssued `cbor:"26,keyasint,omitempty"`
}

// HubMade is the first entry: who this hub is. A later one with the same key is a restored hub's, see recover.go.
type HubMade struct {
	Generation []byte   `cbor:"1,keyasint"` // 16 random bytes, new when the hub was made or restored
	Key        []byte   `cbor:"2,keyasint"` // Ed25519 public key of laws, leases and acks
	Issuing    wire.Key `cbor:"3,keyasint"` // the key that voucher codes are signed with
}

// CampaignApplied puts a campaign in force, whole.
type CampaignApplied struct {
	Campaign voucher.Campaign `cbor:"1,keyasint"`
}

// MerchantSet adds a merchant or replaces what was known of it.
type MerchantSet struct {
	Merchant voucher.Merchant `cbor:"1,keyasint"`
	Reason   string           `cbor:"2,keyasint,omitempty"` // of a suspension or its end; kept on record
}

// TokenMade lets one terminal enrol.
type TokenMade struct {
	Hash     []byte             `cbor:"1,keyasint"` // of the secret
	Merchant voucher.MerchantID `cbor:"2,keyasint"`
	Place    *voucher.Place     `cbor:"3,keyasint,omitempty"`
	Expires  int64              `cbor:"4,keyasint"` // milliseconds since 1970
}

// TerminalEnrolled uses a token up.
type TerminalEnrolled struct {
	ID       voucher.TerminalID `cbor:"1,keyasint"`
	Merchant voucher.MerchantID `cbor:"2,keyasint"`
	Key      []byte             `cbor:"3,keyasint"` // Ed25519 public key of the device
	Token    []byte             `cbor:"4,keyasint"` // hash of the token's secret
	Place    *voucher.Place     `cbor:"5,keyasint,omitempty"`
	Version  string             `cbor:"6,keyasint"`
}

// TerminalSet changes what a terminal may do.
type TerminalSet struct {
	ID     voucher.TerminalID    `cbor:"1,keyasint"`
	State  voucher.TerminalState `cbor:"2,keyasint"`
	Reason string                `cbor:"3,keyasint,omitempty"`
}

// VouchersIssued issues vouchers of one phase and tier, and with stock at claim draws their units.
type VouchersIssued struct {
	Phase    voucher.PhaseNo `cbor:"1,keyasint"`
	Tier     voucher.TierNo  `cbor:"2,keyasint"`
	Vouchers []Issued        `cbor:"3,keyasint"`
	Person   []byte          `cbor:"4,keyasint,omitempty"` // keyed hash of the holder; empty when nobody is named
	Device   []byte          `cbor:"5,keyasint,omitempty"` // keyed hash of the phone that claimed; empty when it is not known
	At       *voucher.Place  `cbor:"6,keyasint,omitempty"` // where that phone was; nil when it is not known
}

// Issued is one voucher: what identifies it, and the sight that proves its code was seen.
type Issued struct {
	Serial voucher.Serial `cbor:"1,keyasint"`
	Sight  voucher.Sight  `cbor:"2,keyasint"`
	Holder [8]byte        `cbor:"3,keyasint"` // holder tag inside the code
}

// RecordReceived is a terminal's record as it came, and what became of it, for good. Sig is the terminal's signature
// over this record's hash; it is set on the last record of each frame and vouches for those before it.
type RecordReceived struct {
	Raw      []byte             `cbor:"1,keyasint"`
	Sig      []byte             `cbor:"2,keyasint,omitempty"`
	Outcome  voucher.Outcome    `cbor:"3,keyasint"`
	Merchant voucher.MerchantID `cbor:"4,keyasint"` // whose terminal it was then
	Units    Draw               `cbor:"5,keyasint,omitempty"`
	Proven   bool               `cbor:"12,keyasint,omitempty"` // the outcome was taken over from an ack of this hub whose entries the book has lost
	Lacks    bool               `cbor:"13,keyasint,omitempty"` // a proven one: what it took is another's, or not there, see amend.go

	record *voucher.Record // as Record has read it
}

// Draw says where the unit of a redemption came from, or what an undoing gave back.
type Draw uint8

// The draws.
const (
	NoDraw         Draw = iota
	FromVoucher         // stock at claim: the voucher carried its unit
	FromFree            // stock at redemption: out of the free stock
	FromLease           // stock at redemption: out of the terminal's lease
	FromDispute         // of a case that is paid: the unit that the disputed acceptance had set aside
	FromReserve         // of a case that is paid: no unit, but money of the loss reserve
	FromWrittenOff      // out of what was written off of the terminal's lease
	FromOwed            // proven to a restored hub whose free stock does not have it yet
)

// LeaseGranted lends to a terminal; Raw is the voucher.Lease as it was signed.
type LeaseGranted struct {
	Raw []byte `cbor:"1,keyasint"`
	Sig []byte `cbor:"2,keyasint"`
}

// Encode gives the entry's bytes for the book.
func (e *Entry) Encode() ([]byte, error) {
	raw, err := wire.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode entry: %w", err)
	}
	return raw, nil
}

// ErrEntry is wrapped by every error of DecodeEntry: the book holds something this program cannot read.
var ErrEntry = errors.New("entry of the book cannot be read; was it written by a newer version?")

// DecodeEntry reads an entry of the book.
func DecodeEntry(raw []byte) (Entry, error) {
	var e Entry
	if err := wire.Unmarshal(raw, &e); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if e.kinds() != 1 {
		return Entry{}, fmt.Errorf("%w: %d kinds in one", ErrEntry, e.kinds())
	}
	return e, nil
}

func (e *Entry) kinds() int {
	n := 0
	for _, set := range []bool{e.Hub != nil, e.Campaign != nil, e.Merchant != nil, e.Token != nil, e.Terminal != nil,
		e.State != nil, e.Issued != nil, e.Received != nil, e.Lease != nil, e.Case != nil, e.Seal != nil,
		e.Met != nil, e.Confirmed != nil, e.Closed != nil, e.Began != nil, e.Reported != nil, e.Recovered != nil, e.Found != nil, e.Amended != nil,
		e.Person != nil, e.Proposed != nil, e.Decided != nil, e.Written != nil, e.Suspected != nil, e.Stepped != nil, e.Lane != nil} {
		if set {
			n++
		}
	}
	return n
}
