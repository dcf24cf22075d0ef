package cashier

import (
	"context"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Door is what the window needs of the agent's desk; *desk.Client is one. Its methods may block and are never called on
// Fyne's thread.
type Door interface {
	Events(ctx context.Context) <-chan desk.Event
	SetBill(ctx context.Context, b desk.Bill) error
	Scan(ctx context.Context, text string) error
	Void(ctx context.Context, id voucher.RedemptionID) (desk.Answer, error)
}

var _ Door = (*desk.Client)(nil)
