package desk

import (
	"context"
	"errors"
	"fmt"
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

// Shift is what was sold between two closings of the till. Times are in the campaign's zone; what belongs to a shift is
// told by redemption IDs, which no clock moves. The sums of a closed shift stay as they were said at the close, because
// that is what was printed and handed over. What became of its redemptions afterwards stands beside them: Hub is made anew
// whenever the shift is shown, and Later bears the sums that are other ones now.
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
	Later       *Later     `json:"later,omitempty"` // of a closed shift; nil when the sums are still the same, or the till no longer holds its redemptions
}

// Later is the sums of a closed shift as they are now.
type Later struct {
	Standing    Sum `json:"standing"`
	Final       Sum `json:"final"`
	Provisional Sum `json:"provisional"`
	Voided      Sum `json:"voided"`
	Disputed    Sum `json:"disputed"`
}

// Add counts one redemption in.
func (s *Sum) Add(bill, face voucher.Fen) {
	s.Count++
	s.Bill += bill
	s.Face += face
}

// Errors of a closing.
var (
	// ErrNoShift: no shift has the number; a *NoShift says more.
	ErrNoShift = errors.New("there is no such shift")
	// ErrPractising: practice must be ended first.
	ErrPractising = errors.New("the till is practising")
	// ErrNoRoom and ErrNotKept: the disk is full, or could not be written. The shift was not closed.
	ErrNoRoom  = errors.New("the disk is full")
	ErrNotKept = errors.New("the disk could not be written")
)

// NoShift is an ErrNoShift with its numbers.
type NoShift struct{ Asked, Running int }

// Error implements error.
func (e *NoShift) Error() string {
	return fmt.Sprintf("there is no shift %d; number %d runs", e.Asked, e.Running)
}

// Is makes it an ErrNoShift.
func (e *NoShift) Is(other error) bool { return other == ErrNoShift }

// Shifts is what stands behind the door for shifts. Every method is safe for concurrent use; errors are ErrStopping or
// ctx's beside those that are named.
type Shifts interface {
	// Shift gives the shift that runs.
	Shift(ctx context.Context) (Shift, error)
	// CloseShift ends the shift that runs; one that is closed already comes again. It waits until what was asked of the hub
	// is answered, at most the campaign's patience, and for the disk. Errors: ErrNoShift, ErrPractising, ErrNoRoom, ErrNotKept.
	CloseShift(ctx context.Context, number int) (Shift, error)
	// Shifts lists the closed shifts, the newest first, at most MostShifts.
	Shifts(ctx context.Context) ([]Shift, error)
}

// MostShifts is how many closed shifts are listed.
const MostShifts = 50

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
