package practice_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/practice"
	"hexiao/hub/voucher"
)

// till is a real till by hand: it notes what reaches it, and answers when it is told to.
type till struct {
	mu      sync.Mutex // guards what follows
	readers *desk.Listeners
	asked   []string
	view    desk.View
	answer  chan desk.Answer // a Redeem waits here
}

func (k *till) note(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, what)
}

func (k *till) heard() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.asked, ", ")
}

func (k *till) Redeem(_ context.Context, s desk.Sale) desk.Answer {
	k.note("redeem")
	a := <-k.answer
	k.listeners().Tell(desk.Event{Type: desk.AnswerEvent, Answer: &a})
	return a
}

func (k *till) listeners() *desk.Listeners {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.readers
}

// letGo gives up everybody who listens, as the till does with a slow one; who comes again is heard again.
func (k *till) letGo() {
	k.listeners().End()
	synctest.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readers = new(desk.Listeners)
}

func (k *till) Scan(_ context.Context, text, _ string) error {
	k.note("scan")
	return nil
}

func (k *till) Picture(context.Context, []string, string) error {
	k.note("picture")
	return nil
}

func (k *till) SetBill(_ context.Context, b desk.Bill) error {
	k.note("bill")
	k.set(func(v *desk.View) { v.Bill = b })
	return nil
}

func (k *till) Void(_ context.Context, id voucher.RedemptionID) desk.Answer {
	k.note("void " + id.String())
	return desk.Answer{Answer: voucher.Refused}
}

func (k *till) Day(context.Context, string) ([]desk.Line, error) {
	k.note("day")
	return nil, nil
}

func (k *till) View() desk.View {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.view
}

func (k *till) set(change func(*desk.View)) {
	k.mu.Lock()
	change(&k.view)
	v := k.view
	k.mu.Unlock()
	k.listeners().Tell(desk.Event{Type: desk.ViewEvent, View: &v})
}

func (k *till) Watch(ctx context.Context) <-chan desk.Event {
	v := k.View()
	return k.listeners().Join(ctx, 100, desk.Event{Type: desk.ViewEvent, View: &v})
}

func (k *till) Shift(context.Context) (desk.Shift, error) { return desk.Shift{Number: 4}, nil }
func (k *till) CloseShift(_ context.Context, n int) (desk.Shift, error) {
	k.note("close")
	return desk.Shift{Number: n}, nil
}
func (k *till) Shifts(context.Context) ([]desk.Shift, error) { return []desk.Shift{{Number: 3}}, nil }

// rig is a Switch before a till by hand.
type rig struct {
	*practice.Switch
	t        *testing.T
	till     *till
	settings *desk.SettingsFile
	dir      string
	events   <-chan desk.Event
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, till: &till{readers: new(desk.Listeners), answer: make(chan desk.Answer), view: desk.View{Terminal: "T000001", Warnings: []desk.Warning{}}}}
	r.settings = desk.OpenSettings(desk.SettingsConfig{Dir: dir})
	r.Switch = practice.NewSwitch(practice.Config{
		Till: r.till, Shifts: r.till, Settings: r.settings, Now: func() time.Time { return time.Now().UTC() },
		Rules: func() practice.Rules {
			return practice.Rules{Payments: voucher.DefaultPayments(), Bears: voucher.FundBears}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	r.events = r.Watch(context.Background())
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	r.hear()
	return r
}

// hear takes what the windows were told: the answers, and the newest view, nil when it has not changed.
func (r *rig) hear() (answers []desk.Answer, view *desk.View) {
	synctest.Wait()
	for {
		select {
		case e, open := <-r.events:
			if !open {
				return answers, view
			}
			if e.Answer != nil {
				answers = append(answers, *e.Answer)
			} else {
				view = e.View
			}
		default:
			return answers, view
		}
	}
}

func (r *rig) practise(on bool) {
	r.t.Helper()
	if err := r.Practise(r.t.Context(), on); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) bill(fen voucher.Fen) {
	r.t.Helper()
	if err := r.SetBill(r.t.Context(), desk.Bill{Fen: fen, Source: "typed"}); err != nil {
		r.t.Fatal(err)
	}
}

// scan scans and gives the one answer.
func (r *rig) scan(text string) desk.Answer {
	r.t.Helper()
	r.hear()
	if err := r.Scan(r.t.Context(), text, "window"); err != nil {
		r.t.Fatal(err)
	}
	answers, _ := r.hear()
	if len(answers) != 1 {
		r.t.Fatalf("%d answers: %+v", len(answers), answers)
	}
	return answers[0]
}

func realCode() string {
	key := make([]byte, 64)
	return voucher.Sign(voucher.Body{Key: 1, Campaign: 7, Phase: 1, Tier: 1, Serial: 42}, key).Text()
}

func TestWhatPracticeAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		bill   voucher.Fen
		text   string
		answer voucher.Answer
		reason voucher.Reason
		says   string
	}{
		{"a good voucher", 58_00, desk.PractiseGood, voucher.Final, voucher.OK, "¥10.00 off"},
		{"a good one of which the till reads small letters", 58_00, "hxpractice-good\r\n", voucher.Final, voucher.OK, "¥10.00 off"},
		{"exactly the threshold", 50_00, desk.PractiseGood, voucher.Final, voucher.OK, ""},
		{"one fen below the threshold", 49_99, desk.PractiseGood, voucher.Refused, voucher.BelowThreshold, "¥0.01 short"},
		{"no bill", 0, desk.PractiseGood, voucher.Refused, voucher.BillMissing, "no amount"},
		{"offline", 58_00, desk.PractiseOffline, voucher.Provisional, voucher.OK, "confirm it later"},
		{"offline below the threshold", 20_00, desk.PractiseOffline, voucher.Refused, voucher.BelowThreshold, "¥30.00 short"},
		{"a used one", 58_00, desk.PractiseUsed, voucher.Refused, voucher.AlreadyRedeemed, "used already"},
		{"an expired one", 58_00, desk.PractiseExpired, voucher.Refused, voucher.Expired, "valid until 1999-12-31 23:59"},
		{"a damaged one", 58_00, desk.PractiseDamaged, voucher.ScanAgain, voucher.DamagedScan, "incomplete"},
		{"a scan that the scanner knows to be damaged", 58_00, "", voucher.ScanAgain, voucher.DamagedScan, "incomplete"},
		{"a payment code", 58_00, "281234567890123456", voucher.ScanAgain, voucher.PaymentCode, "Alipay"},
		{"goods", 58_00, "6901234567892", voucher.ScanAgain, voucher.GoodsBarcode, "goods"},
		{"something else", 58_00, "https://example.org", voucher.ScanAgain, voucher.OtherCode, "not a voucher"},
		{"another practice code", 58_00, "HXPRACTICE-WHAT", voucher.ScanAgain, voucher.OtherCode, "not a voucher"},
		{"a real voucher", 58_00, realCode(), voucher.Refused, voucher.Busy, "no voucher was redeemed"},
		{"half a real voucher", 58_00, realCode()[:60], voucher.ScanAgain, voucher.DamagedScan, "incomplete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.practise(true)
				r.bill(c.bill)
				a := r.scan(c.text)
				if a.Answer != c.answer || a.Reason != c.reason || !a.Practice || a.Bill != c.bill || !strings.Contains(a.Message.En, c.says) {
					t.Errorf("%+v", a)
				}
				if a.Message.Zh == "" || a.Next.Zh == "" || a.Next.En == "" {
					t.Errorf("it says too little: %+v", a)
				}
				accepted := a.Answer == voucher.Final || a.Answer == voucher.Provisional
				if pay := map[bool]voucher.Fen{true: c.bill - 10_00, false: c.bill}[accepted]; a.Pay != pay {
					t.Errorf("to pay: %d", a.Pay)
				}
				if left := r.View().Bill.Fen; accepted != (left == 0 && c.bill > 0) {
					t.Errorf("the bill at hand is %d", left)
				}
				if c.text == realCode() && !strings.Contains(a.Next.En, "end practice") {
					t.Errorf("it does not say what to do: %q", a.Next)
				}
				if h := r.till.heard(); h != "" {
					t.Errorf("the real till was asked: %s", h)
				}
			})
		})
	}
}

func TestADayOfPractice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.practise(true)
		r.bill(58_00)
		good := r.scan(desk.PractiseGood)
		r.bill(60_00)
		offline := r.scan(desk.PractiseOffline)
		r.bill(70_00)
		r.scan(desk.PractiseUsed)

		id, err := voucher.ParseRedemptionID(good.Redemption)
		if err != nil || id.Terminal != practice.Terminal {
			t.Fatalf("%v, %v", id, err)
		}
		for range 2 { // asked twice, answered the same
			if v := r.Void(t.Context(), id); v.Answer != voucher.Final || !v.Voided || !v.Practice || v.Pay != 58_00 || !strings.Contains(v.Message.En, "Voided") {
				t.Errorf("%+v", v)
			}
		}
		if v := r.Void(t.Context(), voucher.RedemptionID{Terminal: practice.Terminal, Epoch: 1, Number: 99}); v.Answer != voucher.Refused || v.Reason != voucher.UnknownVoucher || !v.Practice {
			t.Errorf("%+v", v)
		}
		lines, err := r.Day(t.Context(), "")
		if err != nil || len(lines) != 2 || lines[0].State != "voided" || lines[1].State != "provisional" || lines[1].Redemption != offline.Redemption || !lines[0].Practice {
			t.Errorf("%+v, %v", lines, err)
		}
		if lines, err := r.Day(t.Context(), "1999-12-31"); err != nil || len(lines) != 0 {
			t.Errorf("another day: %+v, %v", lines, err)
		}
		if _, err := r.Day(t.Context(), "yesterday"); err != desk.ErrDay {
			t.Errorf("no day: %v", err)
		}
		if r.SetBill(t.Context(), desk.Bill{Fen: -1}) != voucher.ErrNotPositive {
			t.Error("a bill below zero was taken")
		}

		r.practise(false)
		r.practise(true)
		if lines, _ := r.Day(t.Context(), ""); len(lines) != 0 || r.View().Bill.Fen != 0 || r.View().Last != nil {
			t.Errorf("the next practice begins with %+v", lines)
		}
		if h := r.till.heard(); h != "" {
			t.Errorf("the real till was asked: %s", h)
		}
	})
}

func TestWhoeverWantsSomethingRealIsRefusedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.practise(true)
		r.hear()
		a := r.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: realCode(), Order: "A-1"})
		if a.Answer != voucher.Refused || a.Reason != voucher.Busy || a.Practice || a.Pay != 58_00 || a.Order != "A-1" || !strings.Contains(a.Message.En, "practising") || !strings.Contains(a.Message.Zh, "练习") {
			t.Errorf("%+v", a)
		}
		if told, view := r.hear(); len(told) != 1 || told[0] != a || view == nil || view.Last == nil || *view.Last != a {
			t.Errorf("the windows heard %+v", told)
		}
		if v := r.Void(t.Context(), voucher.RedemptionID{Terminal: "T000001", Epoch: 1, Number: 1}); v.Answer != voucher.Refused || v.Reason != voucher.Busy || !v.Voided || !strings.Contains(v.Message.En, "nothing was voided") {
			t.Errorf("%+v", v)
		}
		if _, err := r.CloseShift(t.Context(), 4); err != desk.ErrPractising {
			t.Errorf("close: %v", err)
		}
		if _, err := r.BeginLane(t.Context()); err != desk.ErrPractising {
			t.Errorf("a lane test: %v", err)
		}
		if s, err := r.Shift(t.Context()); err != nil || s.Number != 4 {
			t.Errorf("the shift: %+v, %v", s, err)
		}
		if h := r.till.heard(); h != "" {
			t.Errorf("the real till was asked: %s", h)
		}
		r.practise(false)
		if _, err := r.CloseShift(t.Context(), 4); err != nil || r.till.heard() != "close" {
			t.Errorf("close behind practice: %v", err)
		}
	})
}

// A sale that waits for the hub when practice begins is finished by the real till, and its answer is a real one.
func TestASaleThatWaitsWhenPracticeBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		got := make(chan desk.Answer, 1)
		go func() { got <- r.Redeem(context.Background(), desk.Sale{Bill: 58_00}) }()
		synctest.Wait()
		r.till.set(func(v *desk.View) { v.Busy = true })
		r.practise(true)
		if _, view := r.hear(); view == nil || !view.Practice || !view.Busy {
			t.Errorf("%+v", view)
		}
		r.bill(60_00)
		if a := r.scan(desk.PractiseGood); a.Answer != voucher.Final || !a.Practice {
			t.Errorf("practice waits for the real sale: %+v", a)
		}
		real := desk.Answer{Answer: voucher.Final, Bill: 58_00, Redemption: "T000001-1-1"}
		r.till.answer <- real
		if a := <-got; a != real {
			t.Errorf("whoever asked got %+v", a)
		}
		if told, view := r.hear(); len(told) != 1 || told[0] != real || told[0].Practice {
			t.Errorf("the windows heard %+v, %+v", told, view)
		}
	})
}

func TestTheRealBillIsThereAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.bill(88_00)
		r.practise(true)
		if _, view := r.hear(); view == nil || !view.Practice || view.Bill.Fen != 0 {
			t.Errorf("practice begins with %+v", view)
		}
		r.bill(58_00)
		r.scan(desk.PractiseGood)
		r.bill(70_00)
		r.practise(false)
		if _, view := r.hear(); view == nil || view.Practice || view.Bill.Fen != 88_00 {
			t.Errorf("behind practice: %+v", view)
		}
		if h := r.till.heard(); h != "bill" {
			t.Errorf("the real till was asked: %s", h)
		}
	})
}

// The display goes on showing what the POS does: a total that it had before practice is not there again when it has gone.
func TestTheDisplaysBillIsNotKeptForAfterPractice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		display := func(f voucher.Fen) {
			t.Helper()
			if err := r.SetBill(t.Context(), desk.Bill{Fen: f, Source: "display"}); err != nil {
				t.Fatal(err)
			}
		}
		display(58_00)
		r.practise(true)
		display(61_50)
		if _, view := r.hear(); view == nil || view.Bill.Fen != 61_50 {
			t.Errorf("practice does not hear the display: %+v", view)
		}
		display(0)
		r.practise(false)
		if _, view := r.hear(); view == nil || view.Practice || view.Bill.Fen != 0 {
			t.Errorf("behind practice: %+v", view)
		}
	})
}

func TestPracticeEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.practise(true)
		for range 3 { // each scan puts it off; the same phone under the scanner is one, too
			time.Sleep(practice.Quiet - time.Second)
			r.scan(desk.PractiseUsed)
			if err := r.Scan(t.Context(), desk.PractiseUsed, "window"); err != nil {
				t.Fatal(err)
			}
			if told, _ := r.hear(); len(told) != 0 {
				t.Errorf("a phone that still lies there is answered: %+v", told)
			}
		}
		time.Sleep(practice.Quiet - time.Second)
		r.bill(58_00) // is no scan
		if !r.View().Practice {
			t.Error("it ended early")
		}
		r.hear()
		time.Sleep(time.Second)
		if _, view := r.hear(); view == nil || view.Practice || r.View().Practice {
			t.Errorf("it goes on: %+v", view)
		}
		if err := r.Scan(t.Context(), realCode(), "window"); err != nil || r.till.heard() != "scan" {
			t.Errorf("behind it a scan goes to %q, %v", r.till.heard(), err)
		}
	})
}

func TestSettingsThatForbidPractice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		const pin = "271828"
		if err := desk.LeavePIN(r.dir, pin); err != nil {
			t.Fatal(err)
		}
		r.practise(true)
		r.hear()
		s := r.settings.Settings()
		s.Practice, s.Volume = false, 20
		if _, err := r.settings.SetSettings(pin, s); err != nil {
			t.Fatal(err)
		}
		if _, view := r.hear(); view == nil || view.Practice || view.Settings.Practice || view.Settings.Volume != 20 {
			t.Errorf("the windows were told %+v", view)
		}
		if err := r.Practise(t.Context(), true); err != desk.ErrNoPractice {
			t.Errorf("begun all the same: %v", err)
		}
		r.practise(false)
	})
}

// What the real till tells goes on being told, in practice too, and after it has let the Switch go.
func TestTheRealTillIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.practise(true)
		r.hear()
		r.till.set(func(v *desk.View) { v.Queued = 7 })
		if _, view := r.hear(); view == nil || view.Queued != 7 || !view.Practice {
			t.Errorf("%+v", view)
		}
		r.till.letGo()
		time.Sleep(2 * time.Second)
		r.till.set(func(v *desk.View) { v.Queued = 8 })
		if _, view := r.hear(); view == nil || view.Queued != 8 {
			t.Errorf("let go, it hears nothing more: %+v", view)
		}
	})
}

// Every scan is told as it came in, practised or not.
func TestScansAreHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		events := r.Watch(t.Context())
		for _, on := range []bool{false, true} {
			r.practise(on)
			if err := r.Scan(t.Context(), "6901234567892", "left"); err != nil {
				t.Fatal(err)
			}
			for e := range events {
				if e.Heard != nil {
					if e.Heard.Device != "left" || e.Heard.Kind != "goods_barcode" {
						t.Errorf("practice %v: %+v", on, e.Heard)
					}
					break
				}
			}
		}
	})
}

func TestPracticeEndsWithTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		till := &till{readers: new(desk.Listeners), view: desk.View{Terminal: "T000001"}}
		s := practice.NewSwitch(practice.Config{Till: till, Shifts: till, Settings: desk.OpenSettings(desk.SettingsConfig{Dir: t.TempDir()}), Now: time.Now,
			Rules: func() practice.Rules { return practice.Rules{} }})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		events := s.Watch(context.Background())
		if err := s.Practise(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		till.listeners().End() // as a terminal does that ends before
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		var last desk.Event
		for e := range events { // which is closed
			last = e
		}
		if last.View == nil || last.View.Practice {
			t.Errorf("the last that was told: %+v", last)
		}
		if err := s.Practise(t.Context(), true); err != desk.ErrStopping {
			t.Errorf("begun once more: %v", err)
		}
	})
}
