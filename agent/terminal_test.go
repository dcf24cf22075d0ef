package agent_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func (b *bench) scan(text string) {
	b.t.Helper()
	if err := b.Scan(context.Background(), text, "/dev/ttyUSB0"); err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
}

func (b *bench) bill(fen voucher.Fen) {
	b.t.Helper()
	if err := b.SetBill(context.Background(), desk.Bill{Fen: fen, Source: "typed"}); err != nil {
		b.t.Fatal(err)
	}
}

func TestAScanIsJudgedAgainstTheBillAtHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		heard := b.listen()
		b.scan(code(1))
		b.bill(58_00)
		b.scan(code(1))
		all := heard()
		if len(all) != 2 || all[0].Reason != voucher.BillMissing || all[1].Answer != voucher.Provisional || all[1].Pay != 48_00 {
			t.Fatalf("%+v", all)
		}
		if v := b.View(); v.Bill != (desk.Bill{}) {
			t.Errorf("an accepted sale leaves its bill behind: %+v", v.Bill)
		}
	})
}

func TestARefusalKeepsTheBill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.bill(20_00)
		b.scan(code(1))
		if v, _ := b.view(""); v.Bill.Fen != 20_00 || v.Last.Reason != voucher.BelowThreshold {
			t.Errorf("%+v", v)
		}
	})
}

func TestABillThatWasSetMeanwhileStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.bill(58_00)
		b.scan(code(1))
		b.bill(77_00)
		b.answer()
		if v, _ := b.view(""); v.Last.Answer != voucher.Final || v.Last.Bill != 58_00 || v.Bill.Fen != 77_00 {
			t.Errorf("%+v, %+v", v.Bill, v.Last)
		}
	})
}

func TestASaleOfThePOSEndsTheBillThatItHadSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.bill(58_00)
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if v, _ := b.view(""); v.Bill.Fen != 0 {
			t.Errorf("its own bill: %+v", v.Bill)
		}
		b.bill(66_00)
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(2)})
		if v, _ := b.view(""); v.Bill.Fen != 66_00 {
			t.Errorf("another bill: %+v", v.Bill)
		}
	})
}

func TestScansGoOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		heard := b.listen()
		b.bill(58_00)
		b.scan(code(1))
		if v, _ := b.view(""); !v.Busy {
			t.Error("a scan waits, and the view does not say so")
		}
		b.scan(code(2))
		if all := heard(); len(all) != 1 || all[0].Answer != voucher.Refused || all[0].Reason != voucher.Busy {
			t.Fatalf("another scan: %+v", all)
		}
		b.scan(code(1))
		if all := heard(); len(all) != 0 {
			t.Fatalf("the same scan while it waits: %+v", all)
		}
		b.answer()
		b.scan(strings.ToLower(code(1)))
		time.Sleep(time.Second)
		b.scan(code(1))
		all := heard()
		if len(all) != 2 || all[0].Answer != voucher.Final || all[1].Reason != voucher.AlreadyRedeemed {
			t.Fatalf("%+v", all)
		}
		if v, _ := b.view(""); v.Busy {
			t.Error("busy for ever")
		}
	})
}

func TestAPhoneThatLiesUnderTheScannerIsReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		heard := b.listen()
		b.bill(58_00)
		for range 20 {
			b.scan("\x02" + code(1) + "\r")
			time.Sleep(700 * time.Millisecond)
		}
		if all := heard(); len(all) != 1 || all[0].Answer != voucher.Provisional {
			t.Fatalf("%+v", all)
		}
		time.Sleep(time.Second)
		b.scan(code(1))
		if all := heard(); len(all) != 1 || all[0].Reason != voucher.AlreadyRedeemed {
			t.Fatalf("taken away and shown again: %+v", all)
		}
	})
}

func TestAnotherBillMakesTheSameScanAnotherQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		heard := b.listen()
		b.bill(20_00)
		b.scan(code(1))
		b.bill(58_00)
		b.scan(code(1))
		if all := heard(); len(all) != 2 || all[1].Answer != voucher.Provisional {
			t.Fatalf("%+v", all)
		}
	})
}

func TestBillsThatATillDoesNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.bill(58_00)
		if err := b.SetBill(t.Context(), desk.Bill{Fen: -1}); !errors.Is(err, voucher.ErrNotPositive) {
			t.Error(err)
		}
		if err := b.SetBill(t.Context(), desk.Bill{Fen: voucher.MaxBill + 1}); !errors.Is(err, voucher.ErrTooMuch) {
			t.Error(err)
		}
		if v, _ := b.view(""); v.Bill.Fen != 58_00 {
			t.Errorf("%+v", v.Bill)
		}
		b.bill(0)
		if v, _ := b.view(""); v.Bill.Fen != 0 {
			t.Errorf("%+v", v.Bill)
		}
	})
}

func TestWhatACrashLeftIsTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		b.hub.take(t, b.journal) // the hub has it, the answer is lost
		b.again()
		if s, _ := b.journal.Sale(1); s.State() != "reversed" {
			t.Fatalf("the ask is %s", s.State())
		}
		b.Line(true, time.Now(), voucher.Text{})
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		b.answer()
		if a := got(); a.Answer != voucher.Final || a.Redemption != "T000001-1-3" {
			t.Errorf("the same voucher afterwards: %+v", a)
		}
	})
}

func TestAProvisionalIsFollowedThroughARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		b.again()
		heard := b.listen()
		b.answer()
		if all := heard(); len(all) != 1 || all[0].Answer != voucher.Final || !all[0].Replaced {
			t.Errorf("%+v", all)
		}
	})
}

func TestVoid(t *testing.T) {
	id := voucher.RedemptionID{Terminal: terminal, Epoch: 1, Number: 1}
	sale := desk.Sale{Bill: 58_00, Code: code(1), Order: "A-1"}
	finalSale := func(b *bench) {
		got := b.later(sale)
		b.answer()
		if a := got(); a.Answer != voucher.Final {
			b.t.Fatal(brief(a))
		}
	}
	void := func(b *bench, id voucher.RedemptionID) func() desk.Answer {
		answered := make(chan desk.Answer, 1)
		go func() { answered <- b.Void(context.Background(), id) }()
		synctest.Wait()
		return func() desk.Answer { return <-answered }
	}
	t.Run("the hub undoes it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, true)
			finalSale(b)
			got, twice := void(b, id), void(b, id)
			b.answer()
			a := got()
			if a.Answer != voucher.Final || !a.Voided || a.Redemption != id.String() || a.Pay != 58_00 || !strings.Contains(a.Message.Zh, "已撤销") {
				t.Errorf("%+v", a)
			}
			if b := twice(); b != a {
				t.Errorf("asked twice: %+v", b)
			}
			if again := void(b, id)(); again.Answer != voucher.Final || !again.Voided {
				t.Errorf("again: %+v", again)
			}
			if n := b.journal.State().Last; n != 2 {
				t.Errorf("%d records", n)
			}
			if lines, err := b.Day(t.Context(), ""); err != nil || len(lines) != 1 || lines[0].State != "voided" {
				t.Errorf("%+v, %v", lines, err)
			}
			finalAgain := b.later(sale)
			b.answer()
			if a := finalAgain(); a.Answer != voucher.Final || a.Redemption != "T000001-1-3" {
				t.Errorf("the voucher cannot be used again: %+v", a)
			}
		})
	})
	t.Run("a silent hub hears of it later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, true)
			finalSale(b)
			began := time.Now()
			if a := void(b, id)(); a.Answer != voucher.Provisional || !a.Voided || time.Since(began) != patience {
				t.Errorf("%+v after %v", a, time.Since(began))
			}
			heard := b.listen()
			b.answer()
			if all := heard(); len(all) != 0 {
				t.Errorf("what went well is no news: %+v", all)
			}
		})
	})
	t.Run("offline, and the hub says later that there was nothing to undo", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, false)
			b.hub.reject[1] = voucher.VoucherRevoked
			b.Redeem(t.Context(), sale)
			if a := void(b, id)(); a.Answer != voucher.Provisional {
				t.Errorf("%+v", a)
			}
			b.again()
			heard := b.listen()
			b.answer()
			if all := heard(); len(all) != 1 || all[0].Answer != voucher.Refused || !all[0].Voided || !all[0].Replaced {
				t.Errorf("%+v", all)
			}
		})
	})
	for name, id := range map[string]voucher.RedemptionID{
		"a number that was never given": {Terminal: terminal, Epoch: 1, Number: 99},
		"another terminal's redemption": {Terminal: "T000002", Epoch: 1, Number: 1},
		"another epoch's":               {Terminal: terminal, Epoch: 2, Number: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := ready(t, true)
				finalSale(b)
				if a := void(b, id)(); a.Answer != voucher.Refused || a.Reason != voucher.UnknownVoucher || a.Redemption != id.String() {
					t.Errorf("%+v", a)
				}
				if n := b.journal.State().Last; n != 1 {
					t.Errorf("%d records", n)
				}
			})
		})
	}
	t.Run("one that still waits for its answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, true)
			got := b.later(sale)
			if a := void(b, id)(); a.Answer != voucher.Refused || a.Reason != voucher.Busy {
				t.Errorf("%+v", a)
			}
			b.answer()
			got()
		})
	})
	t.Run("one that was refused", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, true)
			b.hub.reject[1] = voucher.VoucherRevoked
			got := b.later(sale)
			b.answer()
			got()
			if a := void(b, id)(); a.Answer != voucher.Refused || a.Reason != voucher.UnknownVoucher {
				t.Errorf("%+v", a)
			}
		})
	})
}

func TestDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false) // 2000-01-01 08:00 in Beijing
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		time.Sleep(16*time.Hour - time.Millisecond)
		b.Redeem(t.Context(), desk.Sale{Bill: 59_00, Code: code(2)})
		time.Sleep(time.Millisecond)
		b.Redeem(t.Context(), desk.Sale{Bill: 60_00, Code: code(3)})
		for day, bills := range map[string][]voucher.Fen{"1999-12-31": {}, "2000-01-01": {58_00, 59_00}, "2000-01-02": {60_00}, "": {60_00}} {
			lines, err := b.Day(t.Context(), day)
			if err != nil || len(lines) != len(bills) {
				t.Fatalf("%q: %+v, %v", day, lines, err)
			}
			for i, l := range lines {
				if l.Bill != bills[i] || l.State != "provisional" || l.Answer.Answer != voucher.Provisional || l.Pay != bills[i]-10_00 {
					t.Errorf("%q: %+v", day, l)
				}
			}
		}
		if lines, err := agent.Day(b.journal, "2000-01-01"); err != nil || len(lines) != 2 || lines[1].Bill != 59_00 {
			t.Errorf("without a running agent: %+v, %v", lines, err)
		}
		for _, bad := range []string{"yesterday", "2000-13-01", "2000-1-1", "2000-01-01T00:00"} {
			if _, err := b.Day(t.Context(), bad); !errors.Is(err, desk.ErrDay) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

func TestASlowReaderIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		slow := b.Watch(ctx)
		heard := b.listen()
		said := 0
		for range 3_000 {
			b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: "https://example.org"})
			said += len(heard())
		}
		if said != 3_000 {
			t.Errorf("the good reader heard %d of 3,000 answers", said)
		}
		n := 0
		for range slow { // it ends, because it was given up
			n++
		}
		if n != 10*wire.MaxRecords || ctx.Err() != nil {
			t.Errorf("the slow reader found %d events, and was not given up before its time", n)
		}
		if e := <-b.Watch(t.Context()); e.View == nil || e.View.Last == nil {
			t.Errorf("a new reader begins with %+v", e)
		}
	})
}

// After an outage the hub settles a whole frame of sales in one step. A reader that has not been asked meanwhile hears of
// each, and of the sale at the counter after them.
func TestAReaderHearsAllThatAnOutageLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		l := newLease(2 * wire.MaxRecords)
		l.Serial = 2
		b.adoptLease(l)
		for serial := range voucher.Serial(2 * wire.MaxRecords) {
			if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(serial + 1)}); a.Answer != voucher.Provisional {
				t.Fatalf("%+v", a)
			}
		}
		heard := b.listen()
		b.answer()
		b.Redeem(t.Context(), desk.Sale{Bill: 49_00, Code: code(1_000)})
		all := heard()
		if n := len(all); n != 2*wire.MaxRecords+1 || !all[0].Replaced || all[n-1].Replaced || all[n-1].Reason != voucher.BelowThreshold {
			t.Errorf("%d answers, the last: %+v", n, all[max(0, n-1):])
		}
	})
}

func TestWatchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		ctx, cancel := context.WithCancel(t.Context())
		events := b.Watch(ctx)
		cancel()
		for range events {
		}
	})
}

func TestTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.bill(58_00)
		heard := b.listen()
		b.scan(code(1))
		got := b.later(desk.Sale{Bill: 66_00, Code: code(2)})
		ended := make(chan error, 1)
		go func() { ended <- b.stop() }()
		synctest.Wait()
		if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(3)}); a.Answer != voucher.Refused || !strings.Contains(a.Message.En, "stopping") {
			t.Errorf("a new sale: %+v", a)
		}
		if err := b.Scan(t.Context(), code(4), "x"); !errors.Is(err, desk.ErrStopping) {
			t.Errorf("a new scan: %v", err)
		}
		if err := b.SetBill(t.Context(), desk.Bill{Fen: 1_00}); !errors.Is(err, desk.ErrStopping) {
			t.Errorf("a new bill: %v", err)
		}
		time.Sleep(time.Second)
		if a := got(); a.Answer != voucher.Provisional { // patience is over 500 ms from here
			t.Errorf("the sale that waited: %+v", a)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		answers := 0
		for _, a := range heard() {
			if a.Answer == voucher.Provisional {
				answers++
			}
		}
		if answers != 2 {
			t.Errorf("%d of the 2 that waited were answered", answers)
		}
		if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(3)}); a.Answer != voucher.Refused {
			t.Errorf("after the end: %+v", a)
		}
		if a := b.Void(t.Context(), voucher.RedemptionID{Terminal: terminal, Epoch: 1, Number: 1}); a.Answer != voucher.Refused {
			t.Errorf("a void after the end: %+v", a)
		}
		for range b.Watch(t.Context()) {
		}
		b.Line(true, time.Now(), voucher.Text{}) // nobody waits for what has ended
	})
}

func TestTheLineStandsInTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		if v, warned := b.view("hub_silent"); warned || !v.Hub.Online {
			t.Errorf("%+v", v)
		}
		since := time.Now()
		b.Line(false, since, voucher.Text{Zh: "证书不对", En: "wrong certificate"})
		v, warned := b.view("hub_silent")
		if !warned || v.Hub.Online || !v.Hub.Since.Equal(since) || v.Warnings[0].Text.En != "wrong certificate" {
			t.Errorf("%+v", v)
		}
		first := v.Warnings[0].Since
		time.Sleep(time.Minute)
		if v, _ := b.view("hub_silent"); !v.Warnings[0].Since.Equal(first) {
			t.Errorf("since moved from %v to %v", first, v.Warnings[0].Since)
		}
	})
}

func TestScannersStandInTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.config.Scanners = []desk.Scanner{{Name: "/dev/ttyUSB1"}, {Name: "/dev/ttyUSB0"}}
		b.start()
		b.Scanner(desk.Scanner{Name: "/dev/ttyUSB0", Connected: true})
		b.Scanner(desk.Scanner{Name: "/dev/ttyUSB1", Problem: voucher.Text{Zh: "没有权限", En: "no permission"}})
		v, warned := b.view("scanner_unplugged")
		if !warned || len(v.Scanners) != 2 || v.Scanners[0].Name != "/dev/ttyUSB0" || !v.Scanners[0].Connected {
			t.Errorf("%+v", v)
		}
		if n := len(v.Warnings); v.Warnings[n-1].Text.En != "no permission" {
			t.Errorf("%+v", v.Warnings)
		}
		b.Scanner(desk.Scanner{Name: "/dev/ttyUSB1", Connected: true})
		if _, warned := b.view("scanner_unplugged"); warned {
			t.Error("warned of a scanner that is there")
		}
	})
}

func TestDevicesStandInTheView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.Device(desk.Device{Kind: desk.PrinterDevice, Name: "/dev/usb/lp0", Problem: voucher.Text{Zh: "缺纸", En: "no paper"}})
		b.Device(desk.Device{Kind: desk.DisplayDevice, Name: "/dev/ttyUSB3", Connected: true})
		v, warned := b.view("device_unplugged")
		if !warned || len(v.Devices) != 2 || v.Devices[0].Kind != desk.DisplayDevice {
			t.Errorf("%+v", v)
		}
		if n := len(v.Warnings); v.Warnings[n-1].Text.En != "no paper" {
			t.Errorf("%+v", v.Warnings)
		}
		b.Device(desk.Device{Kind: desk.PrinterDevice, Name: "/dev/usb/lp0", Connected: true})
		if v, warned := b.view("device_unplugged"); warned || len(v.Devices) != 2 {
			t.Errorf("the printer is there again: %+v", v)
		}
	})
}

func TestStandingOfTheTerminalIsWarnedOf(t *testing.T) {
	for code, change := range map[string]func(*wire.LawBody){
		"frozen":    func(l *wire.LawBody) { l.State = voucher.TerminalFrozen },
		"revoked":   func(l *wire.LawBody) { l.State = voucher.TerminalRevoked },
		"suspended": func(l *wire.LawBody) { l.Merchant.Status = voucher.MerchantSuspended },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, true)
			if _, warned := b.view(code); warned {
				t.Errorf("%s before", code)
			}
			b.adoptLaw(change)
			if _, warned := b.view(code); !warned {
				t.Errorf("%s is not warned of", code)
			}
		})
	}
}

func TestAnOldQueueIsWarnedOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		time.Sleep(24 * time.Hour)
		if v, warned := b.view("queue_old"); warned || v.Queued != 1 || v.Oldest == nil {
			t.Errorf("after a day: %+v", v)
		}
		time.Sleep(10 * time.Second)
		if _, warned := b.view("queue_old"); !warned {
			t.Error("after more than a day nothing is said")
		}
		b.answer()
		if v, warned := b.view("queue_old"); warned || v.Queued != 0 || v.Oldest != nil {
			t.Errorf("settled: %+v", v)
		}
	})
}

// Asks that were made while there was room, and whose end finds none.
func TestADiskThatFillsWhileSalesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.stop()
		j, err := journal.Open(b.dir, terminal, journal.Options{MaxSize: 256 << 10})
		if err != nil {
			t.Fatal(err)
		}
		b.journal = j
		b.start()
		b.Line(true, time.Now(), voucher.Text{})
		var got []func() desk.Answer
		for serial := voucher.Serial(1); ; serial++ {
			got = append(got, b.later(desk.Sale{Bill: 58_00, Code: code(serial), Order: strings.Repeat("x", voucher.MaxOrder)}))
			if serial%25 > 0 {
				continue
			}
			if _, full := b.view("disk_full"); full {
				break
			}
			if serial > 5_000 {
				t.Fatal("512 KB hold all this")
			}
		}
		shown, failed := map[string]bool{}, 0
		for i, answer := range got {
			switch a := answer(); {
			case a.Answer == voucher.Provisional:
				shown[a.Redemption] = true // there was room for this one
			case a.Answer != voucher.Refused:
				t.Fatalf("sale %d of %d: %+v", i+1, len(got), a)
			case a.Reason == voucher.JournalFailed:
				failed++
			}
		}
		if failed == 0 || len(shown) > 3 {
			t.Fatalf("%d of %d sales met the full disk, %d were accepted in a lease of 3", failed, len(got), len(shown))
		}
		b.again() // with room
		for _, s := range j.Day(time.Time{}, time.Now().Add(time.Hour)) {
			want := map[bool]string{true: "provisional", false: "reversed"}[shown[s.ID.String()]]
			if s, _ := b.journal.Sale(s.Number); s.State() != want {
				t.Fatalf("sale %d is %s, want %s", s.Number, s.State(), want)
			}
		}
		for b.journal.State().Queued > 0 {
			b.answer()
		}
		if len(b.hub.paid) != len(shown) {
			t.Errorf("the hub pays for %v, shown %v", b.hub.paid, shown)
		}
	})
}

// A journal that was made again after damage sells nothing, with the hub or without, until the hub has been heard.
func TestAJournalThatWasDamaged(t *testing.T) {
	for _, online := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := ready(t, online)
			b.stop()
			if err := os.Remove(filepath.Join(b.dir, "journal.db")); err != nil {
				t.Fatal(err)
			}
			b.open()
			b.start()
			b.Line(online, time.Now(), voucher.Text{})
			a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
			if a.Answer != voucher.Refused || a.Reason != voucher.JournalFailed || !strings.Contains(a.Message.En, "was damaged") || !strings.Contains(a.Next.Zh, "网络") {
				t.Fatalf("online %v: %+v", online, a)
			}
			if _, warned := b.view("journal_unproven"); !warned {
				t.Fatal("not warned of")
			}
			if _, warned := b.view("journal_failed"); warned {
				t.Fatal("the disk was blamed")
			}
			if _, err := b.journal.Meet(0, nil); err != nil {
				t.Fatal(err)
			}
			b.Line(false, time.Now(), voucher.Text{})
			if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)}); a.Answer != voucher.Provisional {
				t.Fatalf("after the hub was heard: %+v", a)
			}
			if _, warned := b.view("journal_unproven"); warned {
				t.Fatal("still warned of")
			}
		})
	}
}

// A sale whose end the disk did not take was refused at the counter, and the hub redeems it meanwhile. Asked again before it
// is taken back, it must not be shown as good, or as used: it is taken back first, and asked anew.
func TestASaleThatTheDiskRefusedIsTakenBackBeforeItIsAskedAgain(t *testing.T) {
	for _, order := range []string{"", "20231211-0007"} {
		synctest.Test(t, func(t *testing.T) {
			b, disk := newBench(t), new(journal.Memory)
			b.journal.Close()
			j, err := journal.Open(b.dir, terminal, journal.Options{Disk: disk})
			if err != nil {
				t.Fatal(err)
			}
			b.journal = j
			b.journal.Hear(time.Now())
			b.adoptLaw(nil)
			b.adoptLease(newLease(3))
			b.start()
			b.Line(true, time.Now(), voucher.Text{})

			sale := desk.Sale{Bill: 58_00, Code: code(1), Order: order}
			first := b.later(sale)
			disk.SetFull(true)
			if a := first(); a.Answer != voucher.Refused || a.Reason != voucher.JournalFailed {
				t.Fatalf("on a full disk: %s", brief(a))
			}
			again := b.later(sale)
			if a := again(); a.Answer != voucher.Refused || a.Reason != voucher.JournalFailed {
				t.Fatalf("again, on a full disk: %s", brief(a))
			}
			disk.SetFull(false)
			b.answer()
			again = b.later(sale)
			b.answer()
			a := again()
			if a.Answer != voucher.Final || a.Redemption == "T000001-1-1" {
				t.Errorf("with room again: %s", brief(a))
			}
			time.Sleep(time.Minute)
			b.answer()
			if s, held := b.journal.Spent(1); !held || s.ID.String() != a.Redemption || len(b.hub.paid) != 1 || !b.hub.paid[s.Number] {
				t.Errorf("order %q: shown %s; the till holds it by %s (%v), the hub pays for %v", order, brief(a), s.ID, held, b.hub.paid)
			}
		})
	}
}

// G5 on a full disk: nothing is accepted, it is said plainly, and what was accepted is still there.
func TestAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.stop()
		j, err := journal.Open(b.dir, terminal, journal.Options{MaxSize: 256 << 10})
		if err != nil {
			t.Fatal(err)
		}
		b.journal = j
		b.adoptLease(voucher.Lease{Terminal: terminal, Epoch: 1, Serial: 2, Campaign: "lushan", Until: time.Now().Add(24 * time.Hour).UnixMilli(), Count: 10_000, Sum: 1_000_000_00})
		b.start()
		accepted := uint64(0)
		var a desk.Answer
		for serial := voucher.Serial(1); serial < 5_000; serial++ {
			if a = b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(serial)}); a.Answer != voucher.Provisional {
				break
			}
			accepted++
		}
		if a.Answer != voucher.Refused || a.Reason != voucher.JournalFailed || a.Redemption != "" || !strings.Contains(a.Message.En, "disk is full") || accepted == 0 {
			t.Fatalf("after %d: %+v", accepted, a)
		}
		if v, warned := b.view("disk_full"); !warned || v.Queued != accepted {
			t.Errorf("%+v", v)
		}
		if _, warned := b.view("journal_large"); !warned {
			t.Error("a journal that is full is not said to be large")
		}
		b.stop()
		b.open() // there is room again
		b.start()
		if lines, err := b.Day(t.Context(), ""); err != nil || uint64(len(lines)) != accepted {
			t.Errorf("%d of %d are still there, %v", len(lines), accepted, err)
		}
		if a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(9_999)}); a.Answer != voucher.Provisional {
			t.Errorf("with room again: %+v", a)
		}
		if _, warned := b.view("journal_large"); warned {
			t.Error("a journal with room is said to be large")
		}
		if _, warned := b.view("disk_full"); warned {
			t.Error("still warned of")
		}
	})
}

func TestADiskThatIsOlderThanTheHubTakesNothingOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		if _, err := b.journal.Meet(3, make([]byte, 32)); err != nil {
			t.Fatal(err)
		}
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if a.Answer != voucher.Refused || a.Reason != voucher.TerminalIsFrozen || a.Next.Zh == "" {
			t.Errorf("offline: %+v", a)
		}
		b.Line(true, time.Now(), voucher.Text{})
		if _, warned := b.view(desk.WarnOlder); !warned {
			t.Error("nobody is warned")
		}
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		time.Sleep(patience)
		if a := got(); a.Answer != voucher.Refused || a.Reason != voucher.TerminalIsFrozen {
			t.Errorf("with a hub that keeps silent: %+v", a)
		}
		b.answer()
		if s, _ := b.journal.Sale(1); s.State() != "reversed" {
			t.Errorf("the sale is %s", s.State())
		}
	})
}

// Whatever the hub makes of a record, it is settled and shown: also of one that should have taken something back.
func TestWhatTheHubWouldNotTakeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		heard := b.listen()
		if err := b.journal.Surrender(1); err != nil { // so that patience ends in a reversal
			t.Fatal(err)
		}
		b.hub.keeps = true
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		b.answer()
		all := heard()
		if a.Answer != voucher.Refused || len(all) != 2 || all[1].Answer != voucher.Refused || all[1].Reason != voucher.Unreadable ||
			!strings.Contains(all[1].Message.Zh, "没有撤回") || !strings.Contains(all[1].Message.En, "Case 7") {
			t.Fatalf("a reversal: %+v", all)
		}
		if s := b.journal.State(); s.Queued != 0 {
			t.Errorf("%+v", s)
		}
		lines, err := b.Day(t.Context(), "")
		if err != nil || len(lines) != 1 || lines[0].State != "reversed" || lines[0].Reason != voucher.Unreadable {
			t.Errorf("the day: %+v, %v", lines, err)
		}

		got := b.later(desk.Sale{Bill: 58_00, Code: code(2)})
		b.answer()
		id, err := voucher.ParseRedemptionID(got().Redemption)
		if err != nil {
			t.Fatal(err)
		}
		void := make(chan desk.Answer, 1)
		go func() { void <- b.Void(context.Background(), id) }()
		b.answer()
		if a := <-void; a.Answer != voucher.Refused || a.Reason != voucher.Unreadable {
			t.Errorf("a void: %+v", a)
		}
		got = b.later(desk.Sale{Bill: 58_00, Code: code(3)})
		b.answer()
		if a := got(); a.Answer != voucher.Final {
			t.Errorf("what comes behind them: %+v", a)
		}
	})
}
