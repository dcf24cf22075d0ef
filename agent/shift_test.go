package agent_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// sell asks for a sale and has the hub answer it.
func (b *bench) sell(serial voucher.Serial, bill voucher.Fen) desk.Answer {
	b.t.Helper()
	got := b.later(desk.Sale{Bill: bill, Code: code(serial)})
	b.answer()
	return got()
}

// offline takes a sale without the hub.
func (b *bench) offline(serial voucher.Serial, bill voucher.Fen) desk.Answer {
	b.t.Helper()
	b.Line(false, time.Now(), voucher.Text{})
	a := b.Redeem(b.t.Context(), desk.Sale{Bill: bill, Code: code(serial)})
	b.Line(true, time.Now(), voucher.Text{})
	return a
}

func (b *bench) shift() desk.Shift {
	b.t.Helper()
	s, err := b.Shift(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) close(number int) desk.Shift {
	b.t.Helper()
	s, err := b.CloseShift(b.t.Context(), number)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) shifts() []desk.Shift {
	b.t.Helper()
	s, err := b.Shifts(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) voidOf(a desk.Answer) {
	b.t.Helper()
	id, err := voucher.ParseRedemptionID(a.Redemption)
	if err != nil {
		b.t.Fatal(err)
	}
	done := make(chan desk.Answer, 1)
	go func() { done <- b.Void(context.Background(), id) }()
	b.answer()
	if v := <-done; v.Answer == voucher.Refused {
		b.t.Fatalf("not voided: %+v", v)
	}
}

// sums is a shift's sums in short: count/bill/face of each.
func sums(s desk.Shift) string {
	one := func(s desk.Sum) string { return fmt.Sprintf("%d/%d/%d", s.Count, s.Bill/100, s.Face/100) }
	return fmt.Sprintf("stand %s final %s prov %s void %s disp %s hub %d/%d", one(s.Standing), one(s.Final), one(s.Provisional), one(s.Voided), one(s.Disputed), s.Hub.Count, s.Hub.Face/100)
}

func wantSums(t *testing.T, s desk.Shift, want string) {
	t.Helper()
	if got := sums(s); got != want {
		t.Errorf("shift %d:\n got %s\nwant %s", s.Number, got, want)
	}
	if s.Hub.Text.Zh == "" || s.Hub.Text.En == "" {
		t.Errorf("shift %d says nothing of the hub", s.Number)
	}
}

func TestAShiftAddsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		wantSums(t, b.shift(), "stand 0/0/0 final 0/0/0 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
		if s := b.shift(); s.Number != 1 || !s.From.IsZero() || s.Until != nil || s.First != "" {
			t.Errorf("an empty shift: %+v", s)
		}
		began := time.Now()
		b.sell(1, 58_00)
		b.sell(2, 62_00)
		b.sell(3, 20_00) // refused: below the threshold, and never recorded
		b.hub.reject[4] = voucher.PersonLimit
		if a := b.sell(4, 70_00); a.Answer != voucher.Refused {
			t.Fatalf("%+v", a)
		}
		b.voidOf(b.sell(5, 80_00))
		b.offline(6, 90_00)
		s := b.shift()
		wantSums(t, s, "stand 3/210/30 final 2/120/20 prov 1/90/10 void 1/80/10 disp 0/0/0 hub 1/10")
		if !s.From.Equal(began.Truncate(time.Millisecond)) || s.First != "T000001-1-1" || !strings.HasPrefix(s.Last, "T000001-1-") {
			t.Errorf("it begins %v, %s to %s", s.From, s.First, s.Last)
		}
		if len(s.Tiers) != 1 || s.Tiers[0].Tier != "dining-10" || s.Tiers[0].Sum != s.Standing || s.Tiers[0].Name.Zh != "餐饮 满 ¥50.00 减 ¥10.00" {
			t.Errorf("by tier: %+v", s.Tiers)
		}
		if !strings.Contains(s.Hub.Text.En, "1 waits to be reported") {
			t.Errorf("%q", s.Hub.Text)
		}
		b.answer()
		s = b.shift()
		wantSums(t, s, "stand 3/210/30 final 3/210/30 prov 0/0/0 void 1/80/10 disp 0/0/0 hub 0/0")
		if !strings.Contains(s.Hub.Text.En, "agree") || s.Hub.Next.En != "" {
			t.Errorf("%+v", s.Hub)
		}
	})
}

// What the till showed as accepted and what the hub has said of it, in every way in which they can differ.
func TestTheDifferenceToTheHub(t *testing.T) {
	for _, c := range []struct {
		name  string
		sell  func(b *bench)
		sums  string
		words string
	}{
		{"accepted offline, and in doubt at the hub", func(b *bench) {
			b.hub.reject[1], b.hub.dispute[1] = voucher.AlreadyRedeemed, 7
			b.offline(1, 58_00)
			b.answer()
		}, "stand 0/0/0 final 0/0/0 prov 0/0/0 void 0/0/0 disp 1/58/10 hub 1/10", "1 differs"},
		{"accepted offline, and refused by the hub", func(b *bench) {
			b.hub.reject[1] = voucher.PersonLimit
			b.offline(1, 58_00)
			b.answer()
		}, "stand 0/0/0 final 0/0/0 prov 0/0/0 void 0/0/0 disp 1/58/10 hub 1/10", "1 differs"},
		{"asked, and refused by the hub: nobody was shown it", func(b *bench) {
			b.hub.reject[1] = voucher.PersonLimit
			b.sell(1, 58_00)
		}, "stand 0/0/0 final 0/0/0 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0", "agree"},
		{"voided offline: the hub still has it", func(b *bench) {
			a := b.sell(1, 58_00)
			b.Line(false, time.Now(), voucher.Text{})
			id, _ := voucher.ParseRedemptionID(a.Redemption)
			b.Void(b.t.Context(), id)
		}, "stand 0/0/0 final 0/0/0 prov 0/0/0 void 1/58/10 disp 0/0/0 hub -1/-10", "1 waits to be reported; the hub has been silent since"},
		{"voided, and the hub would not", func(b *bench) {
			a := b.sell(1, 58_00)
			b.hub.keeps = true
			id, _ := voucher.ParseRedemptionID(a.Redemption)
			go b.Void(context.Background(), id)
			b.answer()
		}, "stand 0/0/0 final 0/0/0 prov 0/0/0 void 1/58/10 disp 0/0/0 hub -1/-10", "1 differs"},
		{"taken back, which the hub has not heard yet", func(b *bench) {
			b.adoptLease(func() (l voucher.Lease) { l = newLease(0); l.Serial = 2; return }())
			got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
			time.Sleep(patience)
			if a := got(); a.Answer != voucher.Refused {
				b.t.Fatalf("%+v", a)
			}
		}, "stand 0/0/0 final 0/0/0 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0", "1 wait"},
		{"both at once", func(b *bench) {
			b.hub.reject[1], b.hub.dispute[1] = voucher.AlreadyRedeemed, 7
			b.offline(1, 58_00)
			b.answer()
			b.offline(2, 60_00)
		}, "stand 1/60/10 final 0/0/0 prov 1/60/10 void 0/0/0 disp 1/58/10 hub 2/20", "1 more wait"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := ready(t, true)
				c.sell(b)
				s := b.shift()
				wantSums(t, s, c.sums)
				if !strings.Contains(s.Hub.Text.En, c.words) {
					t.Errorf("%q does not say %q", s.Hub.Text.En, c.words)
				}
			})
		})
	}
}

func TestClosingAShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		time.Sleep(time.Hour)
		first := b.close(1)
		wantSums(t, first, "stand 1/58/10 final 1/58/10 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
		if first.Number != 1 || first.Until == nil || !first.Until.Equal(first.From.Add(time.Hour)) {
			t.Errorf("%+v", first)
		}
		time.Sleep(time.Minute)
		b.sell(2, 60_00)
		if again := b.close(1); !reflect.DeepEqual(plain(again), plain(first)) {
			t.Errorf("closed again it is another one:\n%+v\n%+v", again, first)
		}
		s := b.shift()
		wantSums(t, s, "stand 1/60/10 final 1/60/10 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
		if s.Number != 2 || !s.From.Equal(*first.Until) || s.First != "T000001-1-2" {
			t.Errorf("%+v", s)
		}
		for _, number := range []int{3, 99, 0, -1} {
			_, err := b.CloseShift(t.Context(), number)
			if no := new(desk.NoShift); !errors.As(err, &no) || !errors.Is(err, desk.ErrNoShift) || no.Running != 2 {
				t.Errorf("close of %d: %v", number, err)
			}
		}
		b.close(2)
		b.close(3) // in which nothing was sold
		list := b.shifts()
		if len(list) != 3 || list[0].Number != 3 || list[2].Number != 1 || list[0].Standing.Count != 0 || list[0].First != "" {
			t.Errorf("%+v", list)
		}
		if b.shift().Number != 4 {
			t.Errorf("%d runs", b.shift().Number)
		}
	})
}

// plain is a shift without what may be said in other words a moment later.
func plain(s desk.Shift) string {
	s.Hub.Text, s.Hub.Next = voucher.Text{}, voucher.Text{}
	return fmt.Sprintf("%d %v %v %s %s %v %s %v", s.Number, s.From.UnixMilli(), s.Until.UnixMilli(), s.First, s.Last, s.Tiers, sums(s), s.Later)
}

func TestTwoWindowsCloseOneShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		got := b.later(desk.Sale{Bill: 60_00, Code: code(2)}) // both have to wait for this one
		var all sync.Map
		var closing sync.WaitGroup
		for window := range 8 {
			closing.Go(func() {
				s, err := b.CloseShift(context.Background(), 1)
				if err != nil {
					t.Error(err)
				}
				all.Store(window, plain(s))
			})
		}
		b.answer()
		closing.Wait()
		got()
		first, _ := all.Load(0)
		all.Range(func(window, s any) bool {
			if s != first {
				t.Errorf("window %v got %v, window 0 %v", window, s, first)
			}
			return true
		})
		if list := b.shifts(); len(list) != 1 || list[0].Standing.Count != 2 || b.shift().Number != 2 {
			t.Errorf("%d closed: %+v", len(list), list)
		}
	})
}

// A customer who was asked for in one shift and answered while it was being closed is in its sums; one who came behind
// is in the next.
func TestACloseWaitsForWhatWasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		before := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		done := make(chan desk.Shift, 1)
		go func() { s, _ := b.CloseShift(context.Background(), 1); done <- s }()
		synctest.Wait()
		select {
		case s := <-done:
			t.Fatalf("closed while a sale waits: %+v", s)
		default:
		}
		behind := b.later(desk.Sale{Bill: 60_00, Code: code(2)})
		time.Sleep(patience) // without the hub's word both are taken inside the lease
		wantSums(t, <-done, "stand 1/58/10 final 0/0/0 prov 1/58/10 void 0/0/0 disp 0/0/0 hub 1/10")
		before()
		behind()
		wantSums(t, b.shift(), "stand 1/60/10 final 0/0/0 prov 1/60/10 void 0/0/0 disp 0/0/0 hub 1/10")
	})
}

// The cashier's answer is lost with the agent: the shift is closed all the same, and asked for again it is the same one.
func TestAnAgentKilledBeforeItAnswersAClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		first := b.close(1) // whose answer nobody hears
		b.again()
		b.Line(true, time.Now(), voucher.Text{})
		b.sell(2, 60_00)
		if again := b.close(1); plain(again) != plain(first) {
			t.Errorf("after the restart:\n%s\n%s", plain(again), plain(first))
		}
		if list := b.shifts(); len(list) != 1 || b.shift().Number != 2 {
			t.Errorf("%d closed, %d runs", len(list), b.shift().Number)
		}
		wantSums(t, b.shift(), "stand 1/60/10 final 1/60/10 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
	})
}

func TestAClockThatIsSetBackBetweenTwoCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var back atomic.Int64
		b.now = func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }
		b.journal.Hear(time.Now())
		b.adoptLaw(nil)
		b.adoptLease(newLease(3))
		b.start()
		b.Line(true, time.Now(), voucher.Text{})
		b.sell(1, 58_00)
		first := b.close(1)
		for n, hours := range []int{3, 30, 0} { // back, further back, and right again
			back.Store(int64(hours) * int64(time.Hour))
			time.Sleep(time.Minute)
			a := b.sell(voucher.Serial(n+2), 60_00)
			s := b.close(n + 2)
			wantSums(t, s, "stand 1/60/10 final 1/60/10 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
			if s.First != a.Redemption || s.Last != a.Redemption || s.Until.Before(*first.Until) || !s.From.Equal(*first.Until) {
				t.Errorf("%+v", s)
			}
			first = s
		}
	})
}

// A closed shift keeps what was handed over, and shows what became of it.
func TestWhatBecameOfAClosedShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.hub.reject[2], b.hub.dispute[2] = voucher.AlreadyRedeemed, 9
		b.offline(1, 58_00)
		b.offline(2, 60_00)
		then := "stand 2/118/20 final 0/0/0 prov 2/118/20 void 0/0/0 disp 0/0/0"
		wantSums(t, b.close(1), then+" hub 2/20")
		if s := b.shifts()[0]; s.Later != nil {
			t.Errorf("nothing has happened since: %+v", s.Later)
		}
		b.again()
		b.Line(true, time.Now(), voucher.Text{})
		b.answer()
		s := b.shifts()[0]
		wantSums(t, s, then+" hub 1/10")
		if !strings.Contains(s.Hub.Text.En, "1 differs") {
			t.Errorf("%q", s.Hub.Text.En)
		}
		want := desk.Later{Standing: desk.Sum{Count: 1, Bill: 58_00, Face: 10_00}, Disputed: desk.Sum{Count: 1, Bill: 60_00, Face: 10_00}}
		want.Final = want.Standing
		if s.Later == nil || *s.Later != want {
			t.Errorf("by now %+v, want %+v", s.Later, want)
		}
		if again := b.close(1); plain(again) != plain(s) {
			t.Errorf("asked for again it is\n%s\nand not\n%s", plain(again), plain(s))
		}
	})
}

// A new epoch in the middle of a shift costs it nothing, however long it has been running; of shifts that were closed
// long before, what was said is kept.
func TestAShiftAcrossEpochs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		closed := b.close(1)
		b.sell(2, 60_00)
		time.Sleep(72 * time.Hour) // beyond what the day's list keeps
		b.sell(3, 62_00)
		renew := func(epoch uint32) {
			t.Helper()
			if err := b.journal.Renew(wire.OrderBody{Terminal: terminal, Epoch: epoch}); err != nil {
				t.Fatal(err)
			}
			b.hub = newHub()
			b.hub.epoch = epoch
		}
		renew(2)
		want := "stand 2/122/20 final 2/122/20 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0"
		wantSums(t, b.shift(), want)
		b.again()
		b.Line(true, time.Now(), voucher.Text{})
		wantSums(t, b.shift(), want)
		b.sell(4, 64_00)
		time.Sleep(72 * time.Hour)
		renew(3)
		b.sell(5, 66_00)
		s := b.close(2)
		wantSums(t, s, "stand 4/252/40 final 4/252/40 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
		if s.First != "T000001-1-2" || s.Last != "T000001-3-1" {
			t.Errorf("from %s to %s", s.First, s.Last)
		}
		if b.shift().Standing.Count != 0 {
			t.Errorf("the next one begins with %+v", b.shift())
		}
		old := b.shifts()[1]
		wantSums(t, old, "stand 1/58/10 final 1/58/10 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
		if old.Until.UnixMilli() != closed.Until.UnixMilli() || !strings.Contains(old.Hub.Text.En, "no longer holds") {
			t.Errorf("%+v", old)
		}
	})
}

func TestADiskThatRefusesAClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.sell(1, 58_00)
		inTheWay := filepath.Join(b.dir, "shifts.log.new")
		if err := os.Mkdir(inTheWay, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := b.CloseShift(t.Context(), 1); !errors.Is(err, desk.ErrNotKept) {
			t.Errorf("%v", err)
		}
		if err := os.Remove(inTheWay); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/full", inTheWay); err != nil {
			t.Fatal(err)
		}
		if _, err := b.CloseShift(t.Context(), 1); !errors.Is(err, desk.ErrNoRoom) {
			t.Errorf("a full disk: %v", err)
		}
		if len(b.shifts()) != 0 || b.shift().Number != 1 {
			t.Error("it was closed all the same")
		}
		wantSums(t, b.close(1), "stand 1/58/10 final 1/58/10 prov 0/0/0 void 0/0/0 disp 0/0/0 hub 0/0")
	})
}

func TestNoShiftIsClosedWhileTheAgentStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		b.stop()
		if _, err := b.CloseShift(context.Background(), 1); !errors.Is(err, desk.ErrStopping) {
			t.Errorf("%v", err)
		}
		if _, err := b.Shift(context.Background()); !errors.Is(err, desk.ErrStopping) {
			t.Errorf("%v", err)
		}
	})
}
