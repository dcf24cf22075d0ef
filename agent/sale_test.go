package agent_test

import (
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// What the till says by itself, before anybody else is asked. Nothing of it may reach the journal.
func TestWhatIsNotForTheHub(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name   string
		scan   func() string
		bill   voucher.Fen
		law    func(*wire.LawBody)
		answer voucher.Answer
		reason voucher.Reason
		says   string
	}{
		{"one fen below the threshold", nil, 49_99, nil, voucher.Refused, voucher.BelowThreshold, "¥0.01 short"},
		{"no bill", nil, 0, nil, voucher.Refused, voucher.BillMissing, "no amount"},
		{"a voucher for petrol in a restaurant", func() string { return signedBy(1, func(b *voucher.Body) { b.Tier = 2 }, codeKey) }, 300_00, nil,
			voucher.Refused, voucher.WrongTrade, "petrol station"},
		{"a voucher of the next phase", func() string { return signedBy(1, func(b *voucher.Body) { b.Phase = 2 }, codeKey) }, 58_00, nil,
			voucher.Refused, voucher.NotYetValid, "2000-01-08 07:00"},
		{"a voucher of a phase that is over", nil, 58_00, func(l *wire.LawBody) {
			for i := range l.Campaign.Phases {
				l.Campaign.Phases[i].Start = l.Campaign.Phases[i].Start.Add(-8 * day)
				l.Campaign.Phases[i].End = l.Campaign.Phases[i].End.Add(-8 * day)
			}
		}, voucher.Refused, voucher.Expired, "1999-12-31 06:59"},
		{"a code signed by somebody else", func() string { return signedBy(1, func(*voucher.Body) {}, falseKey) }, 58_00, nil, voucher.Refused, voucher.Forged, "false"},
		{"a code of a key that the law does not name", func() string { return signedBy(1, func(b *voucher.Body) { b.Key = 9 }, codeKey) }, 58_00, nil, voucher.Refused, voucher.Forged, "false"},
		{"a voucher of another campaign", func() string { return signedBy(1, func(b *voucher.Body) { b.Campaign = 8 }, codeKey) }, 58_00, nil, voucher.Refused, voucher.UnknownVoucher, "not known"},
		{"half a code", func() string { return code(1)[:80] }, 58_00, nil, voucher.ScanAgain, voucher.DamagedScan, "incomplete"},
		{"a code signed by somebody else, typed on a German keyboard", func() string {
			return strings.NewReplacer("Y", "Z", "Z", "Y").Replace(signedBy(1, func(*voucher.Body) {}, falseKey))
		}, 58_00, nil, voucher.Refused, voucher.Forged, "false"},
		{"a code whose letters an input method ate", func() string { return "1234567765432234567765" }, 58_00, nil, voucher.ScanAgain, voucher.DamagedScan, "input method"},
		{"a scan that the scanner gave up", func() string { return "" }, 58_00, nil, voucher.ScanAgain, voucher.DamagedScan, "incomplete"},
		{"a payment code, by its name and masked", func() string { return "281234567890123456" }, 58_00, nil, voucher.ScanAgain, voucher.PaymentCode, "Alipay payment code 28****3456"},
		{"the barcode of goods", func() string { return "6901234567892" }, 58_00, nil, voucher.ScanAgain, voucher.GoodsBarcode, "69****7892"},
		{"any other code", func() string { return "https://example.org/menu" }, 58_00, nil, voucher.ScanAgain, voucher.OtherCode, "not a voucher"},
		{"a merchant that is suspended", nil, 58_00, func(l *wire.LawBody) { l.Merchant.Status = voucher.MerchantSuspended }, voucher.Refused, voucher.MerchantNotActive, "may not redeem"},
		{"a terminal on hold", nil, 58_00, func(l *wire.LawBody) { l.State = voucher.TerminalFrozen }, voucher.Refused, voucher.TerminalIsFrozen, "on hold"},
		{"a terminal that is shut out", nil, 58_00, func(l *wire.LawBody) { l.State = voucher.TerminalRevoked }, voucher.Refused, voucher.TerminalIsRevoked, "shut out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := ready(t, true)
				if c.law != nil {
					b.adoptLaw(c.law)
				}
				text := code(1)
				if c.scan != nil {
					text = c.scan()
				}
				a := b.Redeem(t.Context(), desk.Sale{Bill: c.bill, Code: text})
				if a.Answer != c.answer || a.Reason != c.reason {
					t.Fatalf("%s, want %s %s", brief(a), c.answer, c.reason)
				}
				if !strings.Contains(a.Message.En, c.says) {
					t.Errorf("%q does not say %q", a.Message.En, c.says)
				}
				if a.Redemption != "" || b.journal.State().Last != 0 {
					t.Errorf("it is on record: %s, %d", brief(a), b.journal.State().Last)
				}
				if a.Pay != c.bill || a.Message.Zh == "" || a.Next.Zh == "" || a.Next.En == "" {
					t.Errorf("%+v", a)
				}
				if len(text) > 4 && strings.Contains(a.Message.Zh+a.Message.En+a.Next.Zh+a.Next.En, text) {
					t.Errorf("the code stands in clear: %+v", a)
				}
			})
		})
	}
}

func TestWithoutALawNothingIsRedeemed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.start()
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if a.Answer != voucher.Refused || a.Reason != voucher.NoCampaign {
			t.Error(brief(a))
		}
		a = b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: "281234567890123456"})
		if a.Reason != voucher.PaymentCode {
			t.Errorf("a payment code without a law: %s", brief(a))
		}
		if _, warned := b.view("no_campaign"); !warned {
			t.Error("no warning")
		}
		b.adoptLaw(nil)
		if v, warned := b.view("no_campaign"); warned || v.Merchant != "春来饭店" || v.Campaign.En != "Winter Warmth" {
			t.Errorf("after the law: %+v", v)
		}
	})
}

func TestOnlineTheHubHasTheWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		heard := b.listen()
		got := b.later(desk.Sale{Bill: 58_00, Code: strings.ToLower(code(1)) + "\r\n", Order: "A-1"})
		if n := len(heard()); n != 0 {
			t.Fatalf("%d answers before the hub's", n)
		}
		time.Sleep(patience - time.Millisecond)
		b.answer()
		a := got()
		if a.Answer != voucher.Final || a.Reason != voucher.OK || a.Redemption != "T000001-1-1" || a.Bill != 58_00 || a.Face != 10_00 || a.Pay != 48_00 ||
			a.Tier != "dining-10" || a.TierName.Zh != "餐饮 满 ¥50.00 减 ¥10.00" || a.Order != "A-1" || a.Voucher != "0000000000000001" || a.Replaced {
			t.Errorf("%+v", a)
		}
		if all := heard(); len(all) != 1 || all[0] != a {
			t.Errorf("the others heard %+v", all)
		}
		v, _ := b.view("")
		if v.Queued != 0 || v.Last == nil || *v.Last != a {
			t.Errorf("%+v", v)
		}
	})
}

func TestTheHubsRefusalIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.hub.reject[1] = voucher.VoucherRevoked
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		b.answer()
		if a := got(); a.Answer != voucher.Refused || a.Reason != voucher.VoucherRevoked || a.Redemption != "T000001-1-1" || a.Pay != 58_00 {
			t.Errorf("%+v", a)
		}
		if _, spent := b.journal.Spent(1); spent {
			t.Error("the voucher is still held")
		}
	})
}

func TestASilentHub(t *testing.T) {
	for _, c := range []struct {
		name   string
		lease  uint64
		answer voucher.Answer
		reason voucher.Reason
		kind   voucher.Kind // of the record that follows the ask
	}{
		{"inside the lease it is shown PROVISIONAL", 3, voucher.Provisional, voucher.OK, voucher.Confirm},
		{"without a lease it is taken back", 0, voucher.Refused, voucher.HubSilent, voucher.Reverse},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.journal.Hear(time.Now())
				b.adoptLaw(nil)
				if c.lease > 0 {
					b.adoptLease(newLease(c.lease))
				}
				b.start()
				b.Line(true, time.Now(), voucher.Text{})
				began := time.Now()
				a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
				if a.Answer != c.answer || a.Reason != c.reason {
					t.Errorf("%+v", a)
				}
				if took := time.Since(began); took != patience {
					t.Errorf("answered after %v", took)
				}
				raws := b.journal.Unsettled(1, 10)
				if len(raws) != 1 {
					t.Fatalf("%d records follow the ask", len(raws))
				}
				if r, err := wire.DecodeRecord(raws[0]); err != nil || r.Kind != c.kind || r.Of != 1 {
					t.Errorf("%+v, %v", r, err)
				}
			})
		})
	}
}

func TestThePatienceThatIsSetGoesBeforeTheCampaigns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.config.Patience = 300 * time.Millisecond
		b.adoptLaw(nil)
		b.start()
		b.Line(true, time.Now(), voucher.Text{})
		began := time.Now()
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("answered after %v", took)
		}
	})
}

func TestAProvisionalBecomesFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		heard := b.listen()
		began := time.Now()
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if a.Answer != voucher.Provisional || a.Risk != voucher.MerchantBears || a.Pay != 48_00 || time.Since(began) != 0 {
			t.Fatalf("%+v after %v", a, time.Since(began))
		}
		b.answer()
		all := heard()
		if len(all) != 2 || all[1].Answer != voucher.Final || !all[1].Replaced || all[1].Redemption != a.Redemption {
			t.Errorf("%+v", all)
		}
		b.answer()
		if more := heard(); len(more) != 0 {
			t.Errorf("said twice: %+v", more)
		}
	})
}

func TestAProvisionalThatDidNotStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.hub.claimed[1], b.hub.dispute[1] = voucher.RedemptionID{Terminal: "T000002", Epoch: 1, Number: 5}, 12
		b.hub.reject[2] = voucher.VoucherRevoked
		heard := b.listen()
		for serial := range voucher.Serial(2) {
			if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(serial + 1)}); a.Answer != voucher.Provisional {
				t.Fatal(brief(a))
			}
		}
		heard()
		b.answer()
		all := heard()
		if len(all) != 2 {
			t.Fatalf("%+v", all)
		}
		if a := all[0]; a.Answer != voucher.Refused || !a.Replaced || a.Reason != voucher.AlreadyRedeemed || !strings.Contains(a.Message.En, "case 12") || a.Redemption != "T000001-1-1" {
			t.Errorf("the disputed one: %+v", a)
		}
		if a := all[1]; a.Answer != voucher.Refused || !a.Replaced || a.Reason != voucher.VoucherRevoked || !strings.Contains(a.Message.Zh, "没有通过") {
			t.Errorf("the rejected one: %+v", a)
		}
	})
}

func TestOfflineTheLeaseIsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		for serial := range voucher.Serial(3) {
			if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(serial)}); a.Answer != voucher.Provisional {
				t.Fatal(brief(a))
			}
		}
		last := b.journal.State().Last
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(9)})
		if a.Answer != voucher.Refused || a.Reason != voucher.OfflineLimit || a.Redemption != "" || b.journal.State().Last != last {
			t.Errorf("the fourth: %+v", a)
		}
		if v, warned := b.view("lease_low"); !warned || v.Lease.Count != 0 || v.Lease.Sum != 0 {
			t.Errorf("%+v", v)
		}
		time.Sleep(25 * time.Hour)
		if _, warned := b.view("lease_ended"); !warned {
			t.Error("no warning after the lease's end")
		}
	})
}

func TestAClockThatWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.stop()
		b.now = func() time.Time { return time.Now().Add(-30 * time.Minute) }
		b.open()
		b.start()
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if a.Answer != voucher.Refused || a.Reason != voucher.ClockUntrusted || a.Redemption != "" {
			t.Errorf("%+v", a)
		}
		if _, warned := b.view("clock_untrusted"); !warned {
			t.Error("no warning")
		}
		b.Line(true, time.Now(), voucher.Text{})
		a = b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if a.Answer != voucher.Refused || a.Reason != voucher.ClockUntrusted {
			t.Errorf("with the hub silent: %+v", a)
		}
		if s, _ := b.journal.Sale(1); s.State() != "reversed" {
			t.Errorf("the ask is %s", s.State())
		}
	})
}

func TestAnEmptyPoolMayStillBeInTheLease(t *testing.T) {
	for _, c := range []struct {
		name    string
		stockAt voucher.StockAt
		lease   uint64
		answer  voucher.Answer
	}{
		{"stock at redemption, and lent", voucher.AtRedemption, 3, voucher.Provisional},
		{"stock at redemption, and not lent", voucher.AtRedemption, 0, voucher.Refused},
		{"stock at claim", voucher.AtClaim, 3, voucher.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.journal.Hear(time.Now())
				b.adoptLaw(func(l *wire.LawBody) { l.Campaign.StockAt = c.stockAt })
				if c.lease > 0 {
					b.adoptLease(newLease(c.lease))
				}
				b.start()
				b.Line(true, time.Now(), voucher.Text{})
				b.hub.reject[1] = voucher.OutOfStock
				got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
				b.answer()
				a := got()
				if a.Answer != c.answer || a.Answer == voucher.Refused && a.Reason != voucher.OutOfStock {
					t.Errorf("%+v", a)
				}
			})
		})
	}
}

func TestPOSAsksForTheSameSaleAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		heard := b.listen()
		sale := desk.Sale{Bill: 58_00, Code: code(1), Order: "A-1"}
		first, second := b.later(sale), b.later(sale)
		b.answer()
		a := first()
		if a.Answer != voucher.Final || second() != a {
			t.Errorf("two at once: %+v", a)
		}
		again := b.Redeem(t.Context(), sale)
		if again.Answer != voucher.Final || again.Redemption != a.Redemption || again.Pay != a.Pay {
			t.Errorf("again: %+v", again)
		}
		time.Sleep(8 * 24 * time.Hour) // the phase is over: a sale that was made stays made
		if again := b.Redeem(t.Context(), sale); again.Answer != voucher.Final || again.Redemption != a.Redemption {
			t.Errorf("after the phase: %+v", again)
		}
		if n := b.journal.State().Last; n != 1 {
			t.Errorf("%d records", n)
		}
		if all := heard(); len(all) != 1 {
			t.Errorf("the window heard %d answers", len(all))
		}
	})
}

// TestASaleOfAnEarlierVersionIsAskedAgain: its record does not say where the bill came from.
func TestASaleOfAnEarlierVersionIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.journal.Hear(time.Now())
		b.adoptLaw(nil)
		b.adoptLease(newLease(3))
		c, err := voucher.ParseCode(code(1))
		if err != nil {
			t.Fatal(err)
		}
		if _, reason, err := b.journal.Accept(voucher.Redemption{Voucher: c.Body, Sight: c.Sight(), Bill: 58_00, Order: "A-1"}); reason != voucher.OK || err != nil {
			t.Fatal(reason, err)
		}
		b.start()
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1), Order: "A-1"})
		if a.Answer != voucher.Provisional || a.Redemption != "T000001-1-1" || b.journal.State().Last != 1 {
			t.Errorf("%+v", a)
		}
	})
}

func TestTheSameVoucherForAnotherSale(t *testing.T) {
	for name, other := range map[string]desk.Sale{
		"another order":        {Bill: 58_00, Code: code(1), Order: "A-2"},
		"another bill":         {Bill: 59_00, Code: code(1), Order: "A-1"},
		"no order to tell by":  {Bill: 58_00, Code: code(1)},
		"no order on the till": {Bill: 58_00, Code: code(1), Order: ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := ready(t, true)
				got := b.later(desk.Sale{Bill: 58_00, Code: code(1), Order: "A-1"})
				if a := b.Redeem(t.Context(), other); a.Answer != voucher.Refused || a.Reason != voucher.Busy {
					t.Errorf("while the first waits: %+v", a)
				}
				b.answer()
				if a := got(); a.Answer != voucher.Final {
					t.Error(brief(a))
				}
				a := b.Redeem(t.Context(), other)
				if a.Answer != voucher.Refused || a.Reason != voucher.AlreadyRedeemed || !strings.Contains(a.Message.En, "this till") || !strings.Contains(a.Message.En, "2000-01-01 08:00") {
					t.Errorf("afterwards: %+v", a)
				}
			})
		})
	}
}

func TestSeveralSalesWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		var got []func() desk.Answer
		for serial := range voucher.Serial(5) {
			got = append(got, b.later(desk.Sale{Bill: 58_00 + voucher.Fen(serial), Code: code(serial)}))
		}
		b.answer()
		for i, answer := range got {
			if a := answer(); a.Answer != voucher.Final || a.Bill != 58_00+voucher.Fen(i) {
				t.Errorf("%d: %+v", i, a)
			}
		}
	})
}

// A key that the law drops makes its codes forged from then on.
func TestALawThatDropsAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.adoptLaw(func(l *wire.LawBody) { l.Keys = []wire.Key{{ID: 2, Public: codeKey.Public().(ed25519.PublicKey)}} })
		if a := b.Redeem(context.Background(), desk.Sale{Bill: 58_00, Code: code(1)}); a.Reason != voucher.Forged {
			t.Error(brief(a))
		}
	})
}
