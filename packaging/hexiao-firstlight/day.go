package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// scene is one customer at the till: a bill, a scan, and what the cashier must be told.
type scene struct {
	title  string
	bill   voucher.Fen
	scan   string
	answer voucher.Answer
	reason voucher.Reason
}

// wait bounds how long an answer may take; the campaign's patience with the hub is 1.5 s.
const wait = 10 * time.Second

func ready(v desk.View) bool {
	return v.Hub.Online && len(v.Scanners) == 1 && v.Scanners[0].Connected && v.Lease.Count > 0
}

func (c *cast) day(ctx context.Context, o options) error {
	pictures := filepath.Join(c.stage.Folder, "vouchers")
	small, err := c.hub.Issue(ctx, "supermarket-10", 6, pictures)
	if err != nil {
		return err
	}
	fuel, err := c.hub.Issue(ctx, "fuel-20", 1, pictures)
	if err != nil {
		return err
	}
	c.shown = openWindow(ctx, o.programs, c.till)
	fmt.Printf("\nhub       https://%s  data %s\ntill      %s  merchant M0001\nscanner   %s (a pseudo-terminal)\nvouchers  %s (QR pictures)\nwindow    %s\n\n",
		c.hub.Address, c.hub.Data(), c.till.Desk.URL(), c.till.Scanner.Path, pictures, c.shown)

	wrong := 0
	play := func(scenes ...scene) error {
		for _, s := range scenes {
			ok, err := c.play(ctx, s)
			if err != nil {
				return err
			}
			if !ok {
				wrong++
			}
		}
		return nil
	}
	pictured, err := c.decode(ctx, filepath.Join(pictures, small[3].ID+".png"))
	if err != nil {
		return err
	}
	if err := play(online(small, fuel)...); err != nil {
		return err
	}
	if err := c.outage(ctx, play, small, pictured); err != nil {
		return err
	}
	if err := play(scene{"after the outage", 88_80, small[5].Code, voucher.Final, voucher.OK}); err != nil {
		return err
	}
	differ, err := c.compare(ctx, append(small, fuel...))
	if err != nil {
		return err
	}
	if err := c.stay(ctx, o.keep); err != nil {
		return err
	}
	if wrong+differ > 0 {
		return fmt.Errorf("%d answers were not what they should be, %d rows of till and ledger differ", wrong, differ)
	}
	fmt.Println("\ntill and ledger agree.")
	return nil
}

func online(small, fuel []stage.Voucher) []scene {
	return []scene{
		{"accepted", 58_00, small[0].Code, voucher.Final, voucher.OK},
		{"bill below the threshold", 49_99, small[1].Code, voucher.Refused, voucher.BelowThreshold},
		{"the same voucher, a larger bill", 50_00, small[1].Code, voucher.Final, voucher.OK},
		{"used twice", 60_00, small[0].Code, voucher.Refused, voucher.AlreadyRedeemed},
		{"half a code", 60_00, small[2].Code[:70], voucher.ScanAgain, voucher.DamagedScan},
		{"Alipay payment code", 60_00, "287654321012345678", voucher.ScanAgain, voucher.PaymentCode},
		{"goods barcode", 60_00, "6901234567892", voucher.ScanAgain, voucher.GoodsBarcode},
		{"a fuel voucher in a supermarket", 300_00, fuel[0].Code, voucher.Refused, voucher.WrongTrade},
		{"no bill was typed", 0, small[2].Code, voucher.Refused, voucher.BillMissing},
	}
}

// outage cuts the hub off, sells on, and brings it back: what was provisional becomes final.
func (c *cast) outage(ctx context.Context, play func(...scene) error, small []stage.Voucher, pictured string) error {
	fmt.Println("--        the hub is killed (kill -9)")
	c.hub.Kill()
	if err := c.watch.View(wait, "the till to notice that the hub is gone", func(v desk.View) bool { return !v.Hub.Online }); err != nil {
		return err
	}
	err := play(
		scene{"accepted within the lease", 120_00, small[2].Code, voucher.Provisional, voucher.OK},
		scene{"accepted within the lease, code read from its picture", 66_00, pictured, voucher.Provisional, voucher.OK},
		scene{"used twice, known at the till", 66_00, small[2].Code, voucher.Refused, voucher.AlreadyRedeemed},
	)
	if err != nil {
		return err
	}
	fmt.Println("--        the hub is back")
	if err := c.hub.Again(); err != nil {
		return err
	}
	return c.watch.View(time.Minute, "the queue to drain after the outage", func(v desk.View) bool { return v.Hub.Online && v.Queued == 0 })
}

// play acts one scene and tells whether the cashier was told what she should be.
func (c *cast) play(ctx context.Context, s scene) (bool, error) {
	if err := c.till.Desk.SetBill(ctx, desk.Bill{Fen: s.bill, Source: "typed"}); err != nil {
		return false, fmt.Errorf("set the bill for %q: %w", s.title, err)
	}
	if err := c.holdUp(ctx, s.scan); err != nil {
		return false, err
	}
	began := time.Now()
	if err := c.till.Scanner.Scan(s.scan); err != nil {
		return false, err
	}
	a, err := c.watch.Answer(wait)
	if err != nil {
		return false, fmt.Errorf("%s: %w", s.title, err)
	}
	ok := a.Answer == s.answer && a.Reason == s.reason
	mark := "  "
	if !ok {
		mark = fmt.Sprintf("!! wanted %s %s:", s.answer, s.reason)
	}
	fmt.Printf("%s %-11s %-17s %7s yuan  pay %7s  %4d ms  %s\n   %s %s\n", mark, a.Answer, a.Reason, s.bill, a.Pay, time.Since(began).Milliseconds(), s.title, a.Message.Zh, a.Next.Zh)
	return ok, nil
}

// holdUp waits as long as a person needs to show the same code a second time: within a second it counts as one scan.
func (c *cast) holdUp(ctx context.Context, text string) error {
	again := time.NewTimer(time.Until(c.seen[text].Add(1100 * time.Millisecond)))
	defer again.Stop()
	select {
	case <-again.C:
		c.seen[text] = time.Now()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// decode reads a picture with the program that technicians use for it.
func (c *cast) decode(ctx context.Context, picture string) (string, error) {
	out, err := c.stage.Do(ctx, "hexiao-agent", "decode", picture)
	if err != nil {
		return "", err
	}
	var read struct{ Texts []string }
	if err := json.Unmarshal(out, &read); err != nil || len(read.Texts) != 1 {
		return "", fmt.Errorf("decode %s gave %q (%v)", picture, out, err)
	}
	return read.Texts[0], nil
}

// stay keeps everything running for a person to play with.
func (c *cast) stay(ctx context.Context, keep bool) error {
	if !keep {
		return nil
	}
	fmt.Printf("\nEverything keeps running; scan by writing to the desk, e.g.\n  build/bin/hexiao-agent redeem --data %s --bill 58 CODE\nCtrl-C ends it.\n", c.till.Data())
	<-ctx.Done()
	return nil
}
