package main

import (
	"context"
	"time"

	"hexiao/agent/desk"
	"hexiao/drivers"
	driver "hexiao/drivers/display"
	"hexiao/hub/voucher"
)

// tapped makes the device that listens on the line to the customer's display, and where that is wanted shows on it what is
// left to pay. It opens nothing; the error says which value will not do.
func (a *service) tapped(c display) (fitting, error) {
	tap, err := a.newTap(c)
	if err != nil {
		return fitting{}, err
	}
	run := tap.Run
	if c.Show {
		run = func(ctx context.Context) error {
			return together(ctx, part{"display's answers", func(ctx context.Context) error { return a.show(ctx, tap) }}, part{"display", tap.Run})
		}
	}
	return fitting{setup: c, part: part{"display " + c.From, run}, forget: func() {
		a.terminal.NoDevice(desk.DisplayDevice, c.From)
		a.terminal.NoDevice(desk.DisplayDevice, c.To)
	}}, nil
}

func (a *service) newTap(c display) (*driver.Tap, error) {
	return driver.New(driver.Options{
		From: c.From, To: c.To, Mode: c.Mode, Kind: driver.Kind(c.Kind), Log: a.log, Bill: a.displayed,
		OnState: func(address string, d drivers.State) { a.terminal.Device(deviceState(desk.DisplayDevice, address, d)) },
	})
}

// displayed takes the total that the display shows, 0 for none any more. One that no till takes is none.
func (a *service) displayed(fen int64) {
	bill := desk.Bill{Fen: voucher.Fen(fen), Source: voucher.BillOfDisplay.String()}
	err := a.counter.SetBill(context.Background(), bill)
	if err == nil || fen == 0 {
		return
	}
	a.log.Warn("amount on the display not taken", "bill_fen", fen, "error", err)
	bill.Fen = 0
	if err := a.counter.SetBill(context.Background(), bill); err != nil {
		a.log.Warn("bill of the display not cleared", "error", err)
	}
}

// again is how long an end of the till's events is waited out.
const again = time.Second

// show has the display show each voucher that was accepted, until ctx ends.
func (a *service) show(ctx context.Context, tap *driver.Tap) error {
	for ctx.Err() == nil {
		for e := range a.counter.Watch(ctx) {
			if s := e.Answer; s != nil && accepted(s) {
				tap.Show(int64(s.Bill-s.Pay), int64(s.Pay))
			}
		}
		pause := time.NewTimer(again)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
	return nil
}

// accepted tells whether an answer is news that the customer has to pay less.
func accepted(s *desk.Answer) bool {
	return (s.Answer == voucher.Final || s.Answer == voucher.Provisional) && !s.Voided && !s.Replaced && !s.Practice
}
