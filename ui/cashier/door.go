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
	Picture(ctx context.Context, picture []byte) error
	Void(ctx context.Context, id voucher.RedemptionID) (desk.Answer, error)
	Print(ctx context.Context, id voucher.RedemptionID, lang string, width int) (desk.Printed, error)
	Day(ctx context.Context, day string) ([]desk.Line, error)
	Shift(ctx context.Context) (desk.Shift, error)
	CloseShift(ctx context.Context, number int) (desk.Shift, error)
	Shifts(ctx context.Context) ([]desk.Shift, error)
	Practise(ctx context.Context, on bool) error
	CheckPIN(ctx context.Context, pin string) error
	SetSettings(ctx context.Context, pin string, s desk.Settings) (desk.Settings, error)
	SetPIN(ctx context.Context, pin, next string) error
	Doctor(ctx context.Context) ([]desk.Finding, error)
	Setup(ctx context.Context) (desk.Setup, error)
	SetUp(ctx context.Context, pin string, d desk.DeviceSetup) (desk.Setup, error)
	Lane(ctx context.Context) (desk.Lane, error)
	BeginLane(ctx context.Context) (desk.Lane, error)
	EndLane(ctx context.Context) (desk.Lane, error)
	AcceptLane(ctx context.Context, a desk.Acceptance) (desk.Lane, error)
}

var _ Door = (*desk.Client)(nil)
