package agent

import (
	"context"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

var _ desk.Lanes = (*Terminal)(nil)

// laned is the answer to a letter about the lane test.
type laned struct {
	lane desk.Lane
	err  error
}

func (t *Terminal) askLane(ctx context.Context, letter func(now time.Time) (desk.Lane, error)) (desk.Lane, error) {
	l, err := ask(ctx, t, func(now time.Time, answer func(laned)) {
		lane, no := letter(now)
		answer(laned{lane, no})
	})
	if err == nil {
		err = l.err
	}
	return l.lane, err
}

// Lane implements desk.Lanes.
func (t *Terminal) Lane(ctx context.Context) (desk.Lane, error) {
	return t.askLane(ctx, func(time.Time) (desk.Lane, error) { return t.core.Lane(), nil })
}

// BeginLane implements desk.Lanes.
func (t *Terminal) BeginLane(ctx context.Context) (desk.Lane, error) {
	return t.askLane(ctx, t.core.BeginLane)
}

// EndLane implements desk.Lanes.
func (t *Terminal) EndLane(ctx context.Context) (desk.Lane, error) {
	return t.askLane(ctx, func(time.Time) (desk.Lane, error) { return t.core.EndLane(), nil })
}

// LanePrinted implements desk.Lanes.
func (t *Terminal) LanePrinted(ctx context.Context, redemption string) error {
	_, err := t.askLane(ctx, func(time.Time) (desk.Lane, error) {
		t.core.LanePrinted(redemption)
		return desk.Lane{}, nil
	})
	return err
}

// AcceptLane implements desk.Lanes.
func (t *Terminal) AcceptLane(ctx context.Context, h voucher.Handover) (desk.Lane, error) {
	return t.askLane(ctx, func(time.Time) (desk.Lane, error) { return t.core.AcceptLane(h) })
}
