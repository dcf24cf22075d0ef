package voucher

import (
	"fmt"
	"strconv"
	"strings"
)

// Each word of the house has a type of its own, so that two of them are never swapped.
type (
	// CampaignID names a campaign, such as "lushan-2023-winter".
	CampaignID string
	// MerchantID is a merchant's code in the published list, such as "M0001".
	MerchantID string
	// TerminalID is one enrolled agent, such as "T000001"; given by the hub at enrolment and never used again.
	TerminalID string
	// TierID names a tier, such as "supermarket-10".
	TierID string
	// PhaseNo counts phases from 1.
	PhaseNo uint8
	// TierNo is a tier's number inside codes, from 1.
	TierNo uint8
	// Serial is a voucher's identity: 64 random bits, so that it cannot be guessed. Its low 32 bits are unique within its
	// campaign too, so that a set of used vouchers can be kept exactly in half the room.
	Serial uint64
	// Trade is the industry a voucher may be used in and a merchant belongs to.
	Trade string
)

// The trades of the seed's campaign (clause 主要内容).
const (
	Supermarket Trade = "supermarket"
	Dining      Trade = "dining"
	Fuel        Trade = "fuel"
)

// Known tells whether the trade is one of the three a campaign may name.
func (t Trade) Known() bool { return t == Supermarket || t == Dining || t == Fuel }

// String is the voucher's ID as people and scripts see it: 16 lower-case hexadecimal digits. It is no code: nobody
// can redeem with it.
func (s Serial) String() string { return fmt.Sprintf("%016x", uint64(s)) }

// ParseSerial reads what String wrote; ok is false for anything else.
func ParseSerial(s string) (id Serial, ok bool) {
	if len(s) != 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 64)
	return Serial(n), err == nil && Serial(n).String() == strings.ToLower(s)
}

// RedemptionID names one record of one terminal, for good: it is made at the till before the first send and kept for
// every retry.
type RedemptionID struct {
	Terminal TerminalID `cbor:"1,keyasint"`
	Epoch    uint32     `cbor:"2,keyasint"` // counts the lives of a terminal's journal, from 1
	Number   uint64     `cbor:"3,keyasint"` // counts records within the epoch, from 1, without a gap
}

// String gives "T000001-1-42".
func (id RedemptionID) String() string {
	return fmt.Sprintf("%s-%d-%d", id.Terminal, id.Epoch, id.Number)
}

// IsZero tells whether the ID names nothing.
func (id RedemptionID) IsZero() bool { return id == RedemptionID{} }

// ParseRedemptionID reads what String wrote.
func ParseRedemptionID(s string) (RedemptionID, error) {
	bad := fmt.Errorf("%q is no redemption ID; one looks like T000001-1-42", s)
	parts := strings.Split(s, "-")
	if len(parts) != 3 || parts[0] == "" {
		return RedemptionID{}, bad
	}
	epoch, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil || epoch == 0 {
		return RedemptionID{}, bad
	}
	number, err := strconv.ParseUint(parts[2], 10, 64)
	if err != nil || number == 0 {
		return RedemptionID{}, bad
	}
	return RedemptionID{TerminalID(parts[0]), uint32(epoch), number}, nil
}

// Text is a sentence in the two languages of the house.
type Text struct {
	Zh string `cbor:"1,keyasint" json:"zh"`
	En string `cbor:"2,keyasint" json:"en"`
}

// In gives the sentence in "zh" or "en"; any other language gets English.
func (t Text) In(lang string) string {
	if lang == "zh" {
		return t.Zh
	}
	return t.En
}

// Place is a point on the earth in degrees, WGS-84.
type Place struct {
	Lat float64 `cbor:"1,keyasint" json:"lat"`
	Lon float64 `cbor:"2,keyasint" json:"lon"`
}

// MerchantStatus is where a merchant stands in its life.
type MerchantStatus string

// A merchant is active when vetted and published, applied before that, suspended when it may not redeem for now.
const (
	MerchantApplied   MerchantStatus = "applied"
	MerchantActive    MerchantStatus = "active"
	MerchantSuspended MerchantStatus = "suspended"
)

// Merchant is one shop of the published list.
type Merchant struct {
	Code     MerchantID     `cbor:"1,keyasint" json:"code"`
	Name     string         `cbor:"2,keyasint" json:"name"`
	Trade    Trade          `cbor:"3,keyasint" json:"trade"`
	Township string         `cbor:"4,keyasint" json:"township"`
	USCC     string         `cbor:"5,keyasint,omitempty" json:"uscc,omitempty"` // unified social credit code, GB 32100-2015; may be empty
	Place    *Place         `cbor:"6,keyasint,omitempty" json:"place,omitempty"`
	Open     string         `cbor:"7,keyasint,omitempty" json:"open,omitempty"`  // "07:00"; empty when not known
	Close    string         `cbor:"8,keyasint,omitempty" json:"close,omitempty"` // may pass 24: "26:00"
	Status   MerchantStatus `cbor:"9,keyasint" json:"status"`
}

// TerminalState is what the hub says of a terminal; the zero value is a terminal in good standing.
type TerminalState string

// A frozen terminal waits for a person's decision (fork, gap); a revoked one is out for good.
const (
	TerminalGood    TerminalState = ""
	TerminalFrozen  TerminalState = "frozen"
	TerminalRevoked TerminalState = "revoked"
)
