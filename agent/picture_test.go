package agent_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestWhatAPictureOfCodesIsAnswered(t *testing.T) {
	const payment = "281234567890123456"
	for _, c := range []struct {
		name   string
		texts  []string
		answer voucher.Answer
		reason voucher.Reason
		says   string
	}{
		{"a voucher", []string{code(1)}, voucher.Provisional, voucher.OK, ""},
		{"a voucher beside a payment code", []string{payment, code(1)}, voucher.Provisional, voucher.OK, ""},
		{"one voucher twice", []string{code(1), strings.ToLower(code(1))}, voucher.Provisional, voucher.OK, ""},
		{"two vouchers", []string{code(1), code(2)}, voucher.ScanAgain, voucher.DamagedScan, "2 different vouchers"},
		{"a forged voucher and a good one", []string{signedBy(2, func(*voucher.Body) {}, falseKey), code(1)}, voucher.ScanAgain, voucher.DamagedScan, "2 different vouchers"},
		{"no voucher", []string{payment, "6901234567892"}, voucher.ScanAgain, voucher.PaymentCode, "Alipay"},
		{"half a voucher", []string{code(1)[:60]}, voucher.ScanAgain, voucher.DamagedScan, "incomplete"},
		{"no code", nil, voucher.ScanAgain, voucher.DamagedScan, "No QR code was found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := ready(t, false)
				heard := b.listen()
				b.bill(58_00)
				if err := b.Picture(t.Context(), c.texts, desk.PictureSource); err != nil {
					t.Fatal(err)
				}
				all := heard()
				if len(all) != 1 || all[0].Answer != c.answer || all[0].Reason != c.reason || !strings.Contains(all[0].Message.En, c.says) || all[0].Next.Zh == "" {
					t.Fatalf("%+v", all)
				}
				if v, _ := b.view(""); (v.Bill.Fen == 0) != (c.answer == voucher.Provisional) {
					t.Errorf("the bill at hand is %d", v.Bill.Fen)
				}
			})
		})
	}
}

// A picture is a scan like any other: while one waits for the hub nothing else is taken, and the same voucher again is the same scan.
func TestAPictureWhileAScanWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		heard := b.listen()
		b.bill(58_00)
		show := func(texts ...string) []desk.Answer {
			t.Helper()
			if err := b.Picture(t.Context(), texts, desk.PictureSource); err != nil {
				t.Fatal(err)
			}
			return heard()
		}
		b.scan(code(1))
		heard()
		for name, texts := range map[string][]string{"another voucher": {code(2)}, "no code": nil, "two vouchers": {code(1), code(2)}} {
			if all := show(texts...); len(all) != 1 || all[0].Reason != voucher.Busy {
				t.Errorf("%s: %+v", name, all)
			}
		}
		if all := show(code(1)); len(all) != 0 {
			t.Errorf("the same voucher: %+v", all)
		}
		b.answer()
		if all := heard(); len(all) != 1 || all[0].Answer != voucher.Final {
			t.Errorf("%+v", all)
		}
		time.Sleep(2 * time.Second)
		if all := show(code(1)); len(all) != 1 || all[0].Reason != voucher.AlreadyRedeemed {
			t.Errorf("later: %+v", all)
		}
		b.stop()
		if err := b.Picture(t.Context(), nil, desk.PictureSource); err == nil {
			t.Error("taken after the end")
		}
	})
}
