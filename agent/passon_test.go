package agent_test

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/practice"
	"hexiao/hub/voucher"
)

// other is the program that other codes are for, by hand.
type other struct {
	away bool
	got  []string
}

func (o *other) take(source, text string) bool {
	if !o.away {
		o.got = append(o.got, source+" "+text)
	}
	return !o.away
}

// passing is a till that is ready and passes on.
func passing(t *testing.T) (*bench, *other) {
	b, o := newBench(t), &other{}
	b.journal.Hear(time.Now())
	b.adoptLaw(nil)
	b.adoptLease(newLease(3))
	b.config.PassOn = o.take
	b.start()
	b.Line(false, time.Now(), voucher.Text{})
	return b, o
}

func (b *bench) scanAll(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.scan(text)
	}
}

// What is not for us goes on as it came and in its order, with no word to the cashier; what may be ours is answered.
func TestCodesThatAreNotForUsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := passing(t)
		b.bill(58_00)
		answers := b.listen()
		b.scanAll("6901234567892", "281234567890123456", "6901234567892", "6901234567892", "]mIxEd 中 case", code(1)[:80], "", "HXPRACTICE-GOOD", code(1))
		var got []voucher.Reason
		for _, a := range answers() {
			got = append(got, a.Reason)
		}
		if want := []voucher.Reason{voucher.DamagedScan, voucher.DamagedScan, voucher.OtherCode, voucher.OK}; !reflect.DeepEqual(got, want) {
			t.Errorf("the cashier was told %v, want %v", got, want)
		}
		want := []string{"/dev/ttyUSB0 6901234567892", "/dev/ttyUSB0 281234567890123456", "/dev/ttyUSB0 6901234567892", "/dev/ttyUSB0 6901234567892", "/dev/ttyUSB0 ]mIxEd 中 case"}
		if !reflect.DeepEqual(o.got, want) {
			t.Errorf("went on:\n%q, want\n%q", o.got, want)
		}
	})
}

func TestWhatCannotGoOnIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := passing(t)
		o.away = true
		answers := b.listen()
		b.scan("281234567890123456")
		got := answers()
		if len(got) != 1 || got[0].Answer != voucher.ScanAgain || got[0].Reason != voucher.PaymentCode || !strings.Contains(got[0].Message.En, "Alipay payment code 28****3456") {
			t.Fatalf("%+v", got)
		}
		o.away = false
		b.scan("281234567890123456")
		if got := answers(); len(got) != 0 || len(o.got) != 1 {
			t.Fatalf("told %+v, went on %q", got, o.got)
		}
		b.NotPassedOn("counter", "281234567890123456")
		if got := answers(); len(got) != 1 || got[0].Answer != voucher.ScanAgain || got[0].Reason != voucher.PaymentCode {
			t.Fatalf("when it came to nothing: %+v", got)
		}
	})
}

// A voucher that waits for the hub holds nothing up for the POS.
func TestCodesGoOnWhileAVoucherWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := passing(t)
		b.Line(true, time.Now(), voucher.Text{})
		b.bill(58_00)
		answers := b.listen()
		b.scanAll(code(1), "6901234567892")
		if got := answers(); len(got) != 0 || len(o.got) != 1 {
			t.Fatalf("told %+v, went on %q", got, o.got)
		}
	})
}

func TestPOSSoftwareIsStillToldOfACodeThatIsNotForUs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := passing(t)
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: "281234567890123456"})
		if a.Reason != voucher.PaymentCode || len(o.got) != 0 {
			t.Fatalf("%s, went on %q", brief(a), o.got)
		}
	})
}

func TestCodesGoOnDuringPractice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := passing(t)
		s := practisedWith(b, o.take)
		if err := s.Practise(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		var heard []string
		var told []voucher.Reason
		events := s.Watch(t.Context())
		for _, text := range []string{"6901234567892", code(1)[:80], code(1)} {
			if err := s.Scan(t.Context(), text, "counter"); err != nil {
				t.Fatal(err)
			}
		}
		o.away = true
		if err := s.Scan(t.Context(), "6901234567893", "counter"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for len(events) > 0 {
			switch e := <-events; {
			case e.Heard != nil:
				heard = append(heard, e.Heard.Kind)
			case e.Answer != nil:
				told = append(told, e.Answer.Reason)
			}
		}
		if want := []string{"goods_barcode", "damaged_scan", "voucher", "other_code"}; !reflect.DeepEqual(heard, want) {
			t.Errorf("heard %v", heard)
		}
		if want := []voucher.Reason{voucher.DamagedScan, voucher.Busy, voucher.OtherCode}; !reflect.DeepEqual(told, want) || len(o.got) != 1 {
			t.Errorf("told %v, went on %q", told, o.got)
		}
	})
}

// What the customer's display says goes with what people and POS software say.
func TestTheLatestBillHoldsAndADisplayClearsOnlyItsOwn(t *testing.T) {
	display := func(f voucher.Fen) desk.Bill { return desk.Bill{Fen: f, Source: "display"} }
	for _, c := range []struct {
		name string
		said []desk.Bill
		want desk.Bill
	}{
		{"a total, then the display is cleared", []desk.Bill{display(58_00), display(0)}, display(0)},
		{"typed after the display", []desk.Bill{display(58_00), {Fen: 60_00, Source: "typed"}}, desk.Bill{Fen: 60_00, Source: "typed"}},
		{"a clear of the display keeps what was typed", []desk.Bill{display(58_00), {Fen: 60_00, Source: "typed"}, display(0)}, desk.Bill{Fen: 60_00, Source: "typed"}},
		{"a clear of the display keeps what the POS set", []desk.Bill{{Fen: 60_00, Source: "pos"}, display(0)}, desk.Bill{Fen: 60_00, Source: "pos"}},
		{"the next total goes before what was typed", []desk.Bill{{Fen: 60_00, Source: "typed"}, display(58_00)}, display(58_00)},
		{"the same total leaves the POS's word", []desk.Bill{{Fen: 58_00, Source: "pos"}, display(58_00)}, desk.Bill{Fen: 58_00, Source: "pos"}},
		{"typed away", []desk.Bill{display(58_00), {Source: "typed"}}, desk.Bill{Source: "typed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			defer b.journal.Close()
			core, till := agent.NewCore(agent.Config{Journal: b.journal}), practice.NewTill(practice.Rules{})
			for _, bill := range c.said {
				if err := core.SetBill(bill); err != nil {
					t.Fatal(err)
				}
				if err := till.SetBill(bill); err != nil {
					t.Fatal(err)
				}
			}
			if got := core.View(time.Now()).Bill; got != c.want || till.Bill() != c.want {
				t.Errorf("the bill is %+v, in practice %+v; want %+v", got, till.Bill(), c.want)
			}
		})
	}
}

func TestASaleKeepsWhereItsBillCameFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		for serial, source := range map[voucher.Serial]string{1: "display", 2: "typed"} {
			if err := b.SetBill(t.Context(), desk.Bill{Fen: 58_00, Source: source}); err != nil {
				t.Fatal(err)
			}
			b.scan(code(serial))
			time.Sleep(2 * time.Second) // the same phone does not lie there
		}
		b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(3)})
		lines, err := b.Day(t.Context(), "")
		if err != nil || len(lines) != 3 {
			t.Fatal(lines, err)
		}
		for _, l := range lines {
			id, _ := voucher.ParseRedemptionID(l.Redemption)
			s, _ := b.journal.Find(id)
			want := map[voucher.Serial]string{1: "display", 2: "typed", 3: "pos"}[s.Redemption.Voucher.Serial]
			if l.BillSource != want || s.Redemption.Source.String() != want {
				t.Errorf("%s: told %q, kept %q, want %q", l.Redemption, l.BillSource, s.Redemption.Source, want)
			}
		}
	})
}
