package practice_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestPicturesInPractice(t *testing.T) {
	for _, c := range []struct {
		name   string
		texts  []string
		answer voucher.Answer
		reason voucher.Reason
		says   string
	}{
		{"a practice voucher", []string{"6901234567892", "hxpractice-good"}, voucher.Final, voucher.OK, "¥10.00 off"},
		{"two of them", []string{desk.PractiseGood, desk.PractiseUsed}, voucher.ScanAgain, voucher.DamagedScan, "2 different vouchers"},
		{"one and a real one", []string{desk.PractiseGood, realCode()}, voucher.ScanAgain, voucher.DamagedScan, "2 different vouchers"},
		{"a real one", []string{realCode()}, voucher.Refused, voucher.Busy, "no voucher was redeemed"},
		{"goods", []string{"6901234567892"}, voucher.ScanAgain, voucher.GoodsBarcode, "goods"},
		{"no code", nil, voucher.ScanAgain, voucher.DamagedScan, "No QR code was found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.practise(true)
				r.bill(58_00)
				r.hear()
				if err := r.Picture(t.Context(), c.texts, desk.PictureSource); err != nil {
					t.Fatal(err)
				}
				answers, _ := r.hear()
				if len(answers) != 1 {
					t.Fatalf("%+v", answers)
				}
				if a := answers[0]; a.Answer != c.answer || a.Reason != c.reason || !a.Practice || !strings.Contains(a.Message.En, c.says) || a.Bill != 58_00 || a.BillSource != "typed" {
					t.Errorf("%+v", a)
				}
				if h := r.till.heard(); h != "" {
					t.Errorf("the real till was asked: %s", h)
				}
				r.practise(false)
				if err := r.Picture(t.Context(), c.texts, desk.PictureSource); err != nil || r.till.heard() != "picture" {
					t.Errorf("behind practice: %v", err)
				}
			})
		})
	}
}
