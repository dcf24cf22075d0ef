package desk

import (
	"context"
	"errors"

	"hexiao/hub/voucher"
)

// Practise begins or ends practice. While it is on, scans and bills go to a counter of its own that has no journal, no
// line and no stock: its answers bear Practice, and nothing is redeemed. POS software is refused meanwhile (REFUSED,
// busy, with the reason in its sentence). It ends by itself after ten minutes without a scan, and with the agent.
func (c *Client) Practise(ctx context.Context, on bool) error {
	return c.call(ctx, "PUT", "/v1/practice", map[string]bool{"on": on}, nil)
}

// The codes that practice takes, besides whatever else is scanned (which it answers as the till would, except that a real
// voucher is never redeemed). POST /v1/scans with one of them plays its answer against the bill at hand.
const (
	PractiseGood    = "HXPRACTICE-GOOD"    // FINAL when the bill reaches PractiseFrom, below that REFUSED below_threshold
	PractiseOffline = "HXPRACTICE-OFFLINE" // PROVISIONAL under the same condition
	PractiseUsed    = "HXPRACTICE-USED"    // REFUSED already_redeemed
	PractiseExpired = "HXPRACTICE-EXPIRED" // REFUSED expired
	PractiseDamaged = "HXPRACTICE-DAMAGED" // SCAN_AGAIN damaged_scan
)

// PractiseFrom is the bill from which the practice voucher is good: 50 yuan, in fen.
const PractiseFrom voucher.Fen = 50_00

// ErrNoPractice: the settings do not allow it.
var ErrNoPractice = errors.New("practice is switched off in the settings")

// Practice is what stands behind the door for practice.
type Practice interface {
	// Practise begins or ends practice; what is so already stays. Errors: ErrNoPractice, ErrStopping.
	Practise(ctx context.Context, on bool) error
}
