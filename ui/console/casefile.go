package console

import (
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// CaseFile is all that is shown of one merchant. Fields that are not known are left at their zero value; the page says so.
type CaseFile struct {
	Merchant string        `json:"merchant"`
	Name     string        `json:"name,omitempty"` // as registered
	Trade    voucher.Trade `json:"trade"`
	Town     string        `json:"township,omitempty"`
	Number   uint64        `json:"case,omitempty"` // 0: no case has been opened
	State    voucher.Text  `json:"state"`          // of the case, in words
	Made     time.Time     `json:"made"`           // when this file was made
	Until    time.Time     `json:"until"`          // arrival of the newest event that went into it
	Rules    string        `json:"rules"`          // version
	Score    float64       `json:"score"`
	High     float64       `json:"highest_score"`
	HighAt   time.Time     `json:"highest_score_at"`
	Cut      float64       `json:"cut"`

	Why       []Reason       `json:"why"`                  // largest first
	Shop      *Point         `json:"shop,omitempty"`       // as registered
	Open      int            `json:"open_hour,omitempty"`  // declared hours; Close may pass 24, and is 0 where they were not declared
	Close     int            `json:"close_hour,omitempty"` //
	PeerHours [24]float64    `json:"peer_hours"`           // share of the trade's redemptions by local hour; all 0: not known
	Rows      []Row          `json:"redemptions"`          // in order of arrival
	Steps     []Step         `json:"steps,omitempty"`      // oldest first
	Waiting   []Step         `json:"waiting,omitempty"`    // signed by one person; a second must sign the same
	Next      []voucher.Text `json:"next,omitempty"`       // what may be done now
	AnswerBy  time.Time      `json:"answer_by,omitzero"`
	Held      voucher.Fen    `json:"held_fen"` // not paid out until the case is decided
}

// Reason is what one signal brings to the score.
type Reason struct {
	Signal   string              `json:"signal"`
	Score    float64             `json:"score"`
	Marks    []cashout.MarkCount `json:"marks"`
	Vouchers []string            `json:"vouchers"` // oldest first
}

// Reasons gives the parts of an alert.
func Reasons(a *cashout.Alert) []Reason {
	all := make([]Reason, len(a.Parts))
	for i, p := range a.Parts {
		all[i] = Reason{p.Signal.String(), p.Score, p.Marks, p.Vouchers}
	}
	return all
}

// Row is one redemption. Person, Device and Payer are short hashes, empty where not known.
type Row struct {
	ID         string      `json:"id"`
	Terminal   string      `json:"terminal"`
	Time       time.Time   `json:"time"`
	Arrived    time.Time   `json:"arrived"`
	Tier       string      `json:"tier"`
	Threshold  voucher.Fen `json:"threshold_fen"` // 0: not known
	Bill       voucher.Fen `json:"bill_fen"`
	BillSource string      `json:"bill_source,omitempty"` // "pos", "display" or "typed"; empty: not known
	Face       voucher.Fen `json:"face_fen"`
	Voucher    string      `json:"voucher"`
	Person     string      `json:"person,omitempty"`
	Device     string      `json:"device,omitempty"`
	Payer      string      `json:"payer,omitempty"`
	Claimed    time.Time   `json:"claim_time"` // zero: not known
	ClaimAt    *Point      `json:"claim_at,omitempty"`
	Fix        *Point      `json:"fix,omitempty"` // where the terminal was
	Offline    bool        `json:"offline"`
	Voided     *time.Time  `json:"voided,omitempty"` // nil: it stands; the zero time where nobody knows when
	Suspected  bool        `json:"suspected"`
	Signals    []string    `json:"signals,omitempty"` // that it speaks by
}

// Point is a position in degrees (WGS 84).
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Step is something that was done about the case.
type Step struct {
	At   time.Time    `json:"at,omitzero"` // zero of one that waits
	Who  []string     `json:"who"`
	What voucher.Text `json:"what"`
	Why  string       `json:"why,omitempty"`
}
