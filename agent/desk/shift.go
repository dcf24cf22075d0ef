package desk

import (
	"context"
	"time"

	"hexiao/hub/voucher"
)

// Sum is a number of redemptions and their money.
type Sum struct {
	Count int         `json:"count"`
	Bill  voucher.Fen `json:"bill_fen"`
	Face  voucher.Fen `json:"face_fen"` // what the vouchers took off
}

// TierSum is the sum of one tier.
type TierSum struct {
	Tier voucher.TierID `json:"tier"`
	Name voucher.Text   `json:"name"`
	Sum
}

// Shift is what was sold between two closings of the till. Times are in the campaign's zone.
type Shift struct {
	Number int        `json:"number"` // from 1
	From   time.Time  `json:"from"`   // of the first sale, or of the closing before; zero when there was neither
	Until  *time.Time `json:"until,omitempty"`
	First  string     `json:"first,omitempty"` // redemption IDs
	Last   string     `json:"last,omitempty"`

	Tiers       []TierSum  `json:"tiers"`       // what stands, by tier: final and provisional, without what was voided
	Standing    Sum        `json:"standing"`    // their sum: what the drawer must show
	Final       Sum        `json:"final"`       // of it, confirmed by the hub
	Provisional Sum        `json:"provisional"` // of it, not yet confirmed
	Voided      Sum        `json:"voided"`      // taken back
	Disputed    Sum        `json:"disputed"`    // shown as accepted, and not confirmed by the hub afterwards: a case decides
	Hub         Difference `json:"hub"`
}

// Difference is what the till showed as accepted against what the hub has confirmed in signed answers.
type Difference struct {
	Count int          `json:"count"`    // till less hub
	Face  voucher.Fen  `json:"face_fen"` // till less hub
	Text  voucher.Text `json:"message"`  // one sentence: whether they agree, else why not
	Next  voucher.Text `json:"next"`     // what to do; empty when they agree
}

// Shift gives the shift that runs.
func (c *Client) Shift(ctx context.Context) (Shift, error) {
	var s Shift
	return s, c.call(ctx, "GET", "/v1/shift", nil, &s)
}

// CloseShift ends the shift that runs and gives it as it was then; the next begins. The number is that of the shift that
// the cashier saw: when another window has closed it meanwhile, that closed shift is given again and nothing is done.
func (c *Client) CloseShift(ctx context.Context, number int) (Shift, error) {
	var s Shift
	return s, c.call(ctx, "POST", "/v1/shift/close", map[string]int{"number": number}, &s)
}

// Shifts lists the closed shifts, the newest first, at most 50.
func (c *Client) Shifts(ctx context.Context) ([]Shift, error) {
	var s []Shift
	return s, c.call(ctx, "GET", "/v1/shifts", nil, &s)
}
