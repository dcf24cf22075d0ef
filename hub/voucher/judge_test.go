package voucher_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

var start = time.Date(2023, 12, 11, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))

func campaign() *voucher.Campaign {
	week := 7 * 24 * time.Hour
	return &voucher.Campaign{
		ID: "test", Number: 9, Name: voucher.Text{Zh: "测试", En: "test"}, Area: voucher.Area{Code: "410423"}, Zone: "Asia/Shanghai",
		Budget: 100_000_00, StockAt: voucher.AtClaim, Person: voucher.PerTradeAndPhase,
		Offline: voucher.Offline{Bears: voucher.MerchantBears, Count: 10, Sum: 500_00, Age: 24 * time.Hour, Patience: 1500 * time.Millisecond},
		Phases:  []voucher.Phase{{No: 1, Start: start, End: start.Add(week), Budget: 70_000_00}, {No: 2, Start: start.Add(2 * week), End: start.Add(3 * week), Budget: 30_000_00}},
		Tiers: []voucher.Tier{
			{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 10_00, Threshold: 50_00, Stock: []uint32{100, 50}},
			{No: 2, ID: "fuel-20", Trade: voucher.Fuel, Face: 20_00, Threshold: 200_00, Stock: []uint32{10, 5}},
		},
	}
}

func facts() voucher.Facts {
	return voucher.Facts{
		Campaign: campaign(), At: start.Add(time.Hour), Genuine: true, Bill: 58_00,
		Voucher:  voucher.Body{Campaign: 9, Phase: 1, Tier: 1, Serial: 5},
		Merchant: voucher.Merchant{Code: "M1", Trade: voucher.Supermarket, Status: voucher.MerchantActive},
	}
}

func TestJudge(t *testing.T) {
	end := start.Add(7 * 24 * time.Hour)
	for _, c := range []struct {
		name   string
		change func(*voucher.Facts)
		want   voucher.Reason
	}{
		{"a good voucher", func(f *voucher.Facts) {}, voucher.OK},
		{"exactly at the threshold", func(f *voucher.Facts) { f.Bill = 50_00 }, voucher.OK},
		{"one fen below the threshold", func(f *voucher.Facts) { f.Bill = 49_99 }, voucher.BelowThreshold},
		{"no bill", func(f *voucher.Facts) { f.Bill = 0 }, voucher.BillMissing},
		{"a negative bill", func(f *voucher.Facts) { f.Bill = -50_00 }, voucher.BillMissing},
		{"the first instant of the phase", func(f *voucher.Facts) { f.At = start }, voucher.OK},
		{"just before the phase", func(f *voucher.Facts) { f.At = start.Add(-1) }, voucher.NotYetValid},
		{"the last instant of the phase", func(f *voucher.Facts) { f.At = end.Add(-1) }, voucher.OK},
		{"the phase is over", func(f *voucher.Facts) { f.At = end }, voucher.Expired},
		{"used here before", func(f *voucher.Facts) { f.Standing = voucher.StandingRedeemed }, voucher.AlreadyRedeemed},
		{"used, and the bill too small as well", func(f *voucher.Facts) { f.Standing, f.Bill = voucher.StandingRedeemed, 1 }, voucher.AlreadyRedeemed},
		{"taken back", func(f *voucher.Facts) { f.Standing = voucher.StandingRevoked }, voucher.VoucherRevoked},
		{"never issued", func(f *voucher.Facts) { f.Standing = voucher.StandingAbsent }, voucher.UnknownVoucher},
		{"issued, as the hub knows", func(f *voucher.Facts) { f.Standing = voucher.StandingIssued }, voucher.OK},
		{"a signature that does not hold", func(f *voucher.Facts) { f.Genuine = false }, voucher.Forged},
		{"another campaign", func(f *voucher.Facts) { f.Voucher.Campaign = 8 }, voucher.UnknownVoucher},
		{"another campaign's code, whose key we cannot know", func(f *voucher.Facts) { f.Voucher.Campaign, f.Genuine = 8, false }, voucher.UnknownVoucher},
		{"a tier that is not in the campaign", func(f *voucher.Facts) { f.Voucher.Tier = 77 }, voucher.UnknownVoucher},
		{"a phase that is not in the campaign", func(f *voucher.Facts) { f.Voucher.Phase = 3 }, voucher.UnknownVoucher},
		{"a fuel voucher in a supermarket", func(f *voucher.Facts) { f.Voucher.Tier = 2 }, voucher.WrongTrade},
		{"a suspended merchant", func(f *voucher.Facts) { f.Merchant.Status = voucher.MerchantSuspended }, voucher.MerchantNotActive},
		{"a merchant that has only applied", func(f *voucher.Facts) { f.Merchant.Status = voucher.MerchantApplied }, voucher.MerchantNotActive},
		{"a frozen terminal", func(f *voucher.Facts) { f.Terminal = voucher.TerminalFrozen }, voucher.TerminalIsFrozen},
		{"a revoked terminal", func(f *voucher.Facts) { f.Terminal = voucher.TerminalRevoked }, voucher.TerminalIsRevoked},
		{"inside the boundary", func(f *voucher.Facts) {
			f.Campaign.Area.Boundary, f.Place = square(), &voucher.Place{Lat: 33.5, Lon: 112.5}
		}, voucher.OK},
		{"outside the boundary", func(f *voucher.Facts) {
			f.Campaign.Area.Boundary, f.Place = square(), &voucher.Place{Lat: 35, Lon: 112.5}
		}, voucher.OutsideArea},
		{"a place, but no boundary", func(f *voucher.Facts) { f.Place = &voucher.Place{Lat: 1, Lon: 1} }, voucher.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := facts()
			c.change(&f)
			if v := voucher.Judge(f); v.Reason != c.want {
				t.Fatalf("%s, want %s", v.Reason, c.want)
			}
		})
	}
}

func square() []voucher.Place {
	return []voucher.Place{{Lat: 33, Lon: 112}, {Lat: 33, Lon: 113}, {Lat: 34, Lon: 113}, {Lat: 34, Lon: 112}}
}

func TestPayIsTheBillLessTheFace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := facts()
		f.Bill = voucher.Fen(rapid.Int64Range(0, int64(voucher.MaxBill)).Draw(t, "bill"))
		v := voucher.Judge(f)
		if (v.Reason == voucher.OK) != (f.Bill >= 50_00) {
			t.Fatalf("bill %s: %s", f.Bill, v.Reason)
		}
		if v.Reason == voucher.OK && (v.Face != 10_00 || v.Pay+v.Face != f.Bill) {
			t.Fatalf("bill %s, face %s, pay %s", f.Bill, v.Face, v.Pay)
		}
	})
}
