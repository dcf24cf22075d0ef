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

// bench measures from a scan's last byte, as it leaves the scanner, to the answer on the desk's event stream: first with
// the hub there (FINAL), then without it (PROVISIONAL), as many as the lease covers.
func (c *cast) bench(ctx context.Context, count int) error {
	issued, err := c.hub.Issue(ctx, "supermarket-10", count+count, "")
	if err != nil {
		return err
	}
	if err := c.measure(ctx, voucher.Final, issued[:count]); err != nil {
		return err
	}
	c.hub.Kill()
	if err := c.watch.View(wait, "the till to notice that the hub is gone", func(v desk.View) bool { return !v.Hub.Online }); err != nil {
		return err
	}
	view, err := c.till.Desk.Status(ctx)
	if err != nil {
		return err
	}
	return c.measure(ctx, voucher.Provisional, issued[count:count+min(count, int(view.Lease.Count))])
}

func (c *cast) measure(ctx context.Context, want voucher.Answer, issued []stage.Voucher) error {
	took := make([]time.Duration, 0, len(issued))
	for _, v := range issued {
		if err := c.till.Desk.SetBill(ctx, desk.Bill{Fen: 58_00, Source: "typed"}); err != nil {
			return err
		}
		if err := c.till.Scanner.Scan(v.Code); err != nil {
			return err
		}
		began := time.Now()
		a, err := c.watch.Answer(wait)
		if err != nil {
			return err
		}
		if a.Answer != want {
			return fmt.Errorf("%s %s, wanted %s", a.Answer, a.Reason, want)
		}
		took = append(took, time.Since(began))
	}
	if len(took) == 0 {
		return fmt.Errorf("nothing to measure for %s", want)
	}
	slices.Sort(took)
	at := func(part float64) float64 { return float64(took[int(part*float64(len(took)-1))].Microseconds()) / 1000 }
	fmt.Printf("scan to answer, %-11s  n %4d  median %6.2f ms  p90 %6.2f ms  p99 %6.2f ms  max %6.2f ms\n", want, len(took), at(0.5), at(0.9), at(0.99), at(1))
	return nil
}
