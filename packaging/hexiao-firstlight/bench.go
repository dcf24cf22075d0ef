package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// bench measures from a scan's last byte, as it leaves the scanner, to the answer on the desk's event stream: with the
// hub there (FINAL), then in as many outages as it takes for the lease to cover as many scans (PROVISIONAL).
func (c *cast) bench(ctx context.Context, count int) error {
	issued, err := c.hub.Issue(ctx, "supermarket-10", 2*count, "")
	if err != nil {
		return err
	}
	took, err := c.measure(ctx, voucher.Final, issued[:count])
	if err != nil {
		return err
	}
	report(voucher.Final, took)
	took = took[:0]
	for left := issued[count:]; len(left) > 0; {
		part, err := c.outageOf(ctx, left)
		if err != nil {
			return err
		}
		took, left = append(took, part...), left[len(part):]
	}
	report(voucher.Provisional, took)
	return nil
}

// outageOf cuts the hub off, measures as many scans as the lease covers, and brings the hub back.
func (c *cast) outageOf(ctx context.Context, issued []stage.Voucher) ([]time.Duration, error) {
	c.hub.Kill()
	if err := c.watch.View(wait, "the till to notice that the hub is gone", func(v desk.View) bool { return !v.Hub.Online }); err != nil {
		return nil, err
	}
	view, err := c.till.Desk.Status(ctx)
	if err != nil {
		return nil, err
	}
	took, err := c.measure(ctx, voucher.Provisional, issued[:min(len(issued), int(view.Lease.Count))])
	if err != nil {
		return nil, err
	}
	if err := c.hub.Again(); err != nil {
		return nil, err
	}
	return took, c.watch.View(time.Minute, "a new lease after the outage", func(v desk.View) bool { return ready(v) && v.Queued == 0 })
}

func (c *cast) measure(ctx context.Context, want voucher.Answer, issued []stage.Voucher) ([]time.Duration, error) {
	if len(issued) == 0 {
		return nil, fmt.Errorf("nothing to measure for %s", want)
	}
	took := make([]time.Duration, 0, len(issued))
	for _, v := range issued {
		if err := c.till.Desk.SetBill(ctx, desk.Bill{Fen: 58_00, Source: "typed"}); err != nil {
			return nil, err
		}
		if err := c.till.Scanner.Scan(v.Code); err != nil {
			return nil, err
		}
		began := time.Now()
		a, err := c.watch.Answer(wait)
		if err != nil {
			return nil, err
		}
		if a.Answer != want {
			return nil, fmt.Errorf("%s %s, wanted %s", a.Answer, a.Reason, want)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

func report(what voucher.Answer, took []time.Duration) {
	slices.Sort(took)
	at := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000 }
	fmt.Printf("scan to answer, %-11s  n %4d  median %6.2f ms  p90 %6.2f ms  p99 %6.2f ms  max %6.2f ms\n", what, len(took), at(0.5), at(0.9), at(0.99), at(1))
}
