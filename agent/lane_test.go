package agent_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// lends gives the till a lane voucher, as the line does, and gives its code.
func (b *bench) lends(of voucher.TerminalID, until time.Time) string {
	b.t.Helper()
	code := voucher.Sign(voucher.NewLane(1, 7, of, until, 99), codeKey).Text()
	if err := b.journal.AdoptLane(wire.LaneBody{Terminal: terminal, Code: code}); err != nil {
		b.t.Fatal(err)
	}
	synctest.Wait()
	return code
}

// testsLane is a till whose lane test waits for its scan.
func testsLane(t *testing.T) (b *bench, code string) {
	b = ready(t, true)
	b.journal.FaceLanes(true)
	b.begins()
	return b, b.lends(terminal, time.Now().Add(voucher.LaneLife))
}

func (b *bench) begins() desk.Lane {
	b.t.Helper()
	l, err := b.BeginLane(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

func (b *bench) lane() desk.Lane {
	b.t.Helper()
	synctest.Wait()
	l, err := b.Terminal.Lane(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	for _, s := range l.Steps {
		if s.Text.Zh == "" || s.Text.En == "" || (s.State == desk.LaneNow || s.State == desk.LaneFailed) && s.Next.Zh == "" {
			b.t.Errorf("step says too little: %+v", s)
		}
	}
	return l
}

// stands is a lane test in one word: its state, and the first step that is not done.
func stands(l desk.Lane) string {
	for _, s := range l.Steps {
		if s.State != desk.LaneDone && s.Name != desk.LanePrint {
			return l.State + ": " + s.Name + " " + s.State
		}
	}
	return l.State
}

func (b *bench) wants(want string) desk.Lane {
	b.t.Helper()
	l := b.lane()
	if got := stands(l); got != want {
		b.t.Fatalf("the lane test is at %q, want %q: %+v", got, want, l.Steps)
	}
	return l
}

func TestALaneTestGoesStepByStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		heard := b.listen()
		b.wants("none")
		b.journal.FaceLanes(true)
		b.bill(58_00)
		b.begins()
		if b.wants("running: code now"); b.journal.LaneWish() != 1 {
			t.Fatal("the hub is not asked")
		}
		if b.begins(); b.journal.LaneWish() != 1 {
			t.Error("begun twice, asked twice")
		}
		code := b.lends(terminal, time.Now().Add(voucher.LaneLife))
		l := b.wants("running: scan now")
		if l.Code != code || l.Until == nil || l.Redemption != "" {
			t.Errorf("%+v", l)
		}
		if v := b.View(); v.Lane == nil || v.Lane.Code != "" {
			t.Errorf("the view shows %+v", v.Lane)
		}
		b.scan("6901234567892") // goods: answered as ever
		if a := heard(); len(a) != 1 || a[0].Reason != voucher.GoodsBarcode {
			t.Errorf("%+v", a)
		}
		b.wants("running: scan now")
		time.Sleep(8 * time.Second)
		b.scan(code)
		b.wants("running: answer now")
		time.Sleep(42 * time.Millisecond)
		b.answer()
		if a := heard(); len(a) != 1 || a[0].Answer != voucher.Final || a[0].Bill != 0 || a[0].Pay != 0 || a[0].Tier != voucher.LaneTierID || a[0].TierName != desk.LaneTier() {
			t.Errorf("%+v", a)
		}
		if v := b.View(); v.Bill.Fen != 58_00 {
			t.Errorf("the customer's bill is %d", v.Bill.Fen)
		}
		l = b.wants("running: void now")
		if l.Redemption != "T000001-1-1" || l.Ready {
			t.Errorf("%+v", l)
		}
		if _, err := b.AcceptLane(t.Context(), voucher.Handover{Technician: "a"}); !errors.Is(err, desk.ErrNoLane) {
			t.Errorf("accepted before it passed: %v", err)
		}
		b.answer()
		l = b.wants("passed")
		var ms []int64
		for _, s := range l.Steps {
			ms = append(ms, s.MS)
		}
		if ms[1] != 8000 || ms[2] != 42 || !l.Ready {
			t.Errorf("times %v, ready %v", ms, l.Ready)
		}
		lines, err := b.Day(t.Context(), "")
		if err != nil || len(lines) != 1 || lines[0].TierName != desk.LaneTier() || lines[0].State != "voided" {
			t.Errorf("%+v, %v", lines, err)
		}
	})
}

func TestALaneTestIsNoSale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		b.scan(lane)
		s, err := b.Shift(t.Context())
		if err != nil || s.Standing.Count+s.Hub.Count != 0 || !strings.Contains(s.Hub.Text.En, "agree") {
			t.Errorf("while it waits: %+v, %v", s, err)
		}
		b.answer()
		if s, _ = b.Shift(t.Context()); s.Standing.Count+s.Final.Count+s.Voided.Count+s.Hub.Count != 0 || len(s.Tiers) != 0 {
			t.Errorf("redeemed: %+v", s)
		}
		b.answer()
		if s, _ = b.Shift(t.Context()); s.Voided.Count != 0 {
			t.Errorf("voided: %+v", s)
		}
		if used := b.journal.State().Used; used.Count != 0 {
			t.Errorf("it used the lease: %+v", used)
		}
	})
}

// A second try while the hub takes its time is told to wait, as any voucher would be; it is not the answer to the first.
func TestATestCodeThatIsScannedAgainMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		b.scan(lane)
		b.scan("6901234567892")
		b.scan(lane)
		b.wants("running: answer now")
		if a := b.Redeem(t.Context(), desk.Sale{Code: lane, Bill: 58_00}); a.Reason != voucher.Busy {
			t.Errorf("by the POS: %s", brief(a))
		}
		b.answer()
		b.wants("running: void now")
		b.answer()
		b.wants("passed")
	})
}

func TestWhereALaneTestStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		b.begins()
		l := b.wants("running: code now")
		if !strings.Contains(l.Steps[0].Text.En, "cannot be reached") {
			t.Errorf("without the hub: %+v", l.Steps[0])
		}
		b.Line(true, time.Now(), voucher.Text{}) // of a version that knows none
		if l = b.wants("failed: code failed"); !strings.Contains(l.Steps[0].Text.En, "earlier version") {
			t.Errorf("%+v", l.Steps[0])
		}
		b.journal.FaceLanes(true)
		b.begins()
		if err := b.journal.AdoptLane(wire.LaneBody{Terminal: terminal, Reason: voucher.MerchantNotActive}); err != nil {
			t.Fatal(err)
		}
		if l = b.wants("failed: code failed"); !strings.Contains(l.Steps[0].Text.En, "may not redeem at present") {
			t.Errorf("%+v", l.Steps[0])
		}
		b.begins()
		code := b.lends(terminal, time.Now().Add(voucher.LaneLife))
		b.Line(false, time.Now(), voucher.Text{})
		b.scan(code) // never within the lease
		if l = b.wants("failed: answer failed"); !strings.Contains(l.Steps[2].Text.En, "did not answer") || b.journal.State().Last != 0 {
			t.Errorf("%+v", l)
		}
		b.Line(true, time.Now(), voucher.Text{})
		b.begins()
		code = b.lends(terminal, time.Now().Add(voucher.LaneLife))
		time.Sleep(2 * time.Second) // the same phone still lying there is read once
		b.scan(code)
		b.wants("running: answer now")
		time.Sleep(patience + time.Millisecond)
		if b.wants("failed: answer failed"); b.journal.State().Used.Count != 0 {
			t.Error("it was taken from the lease")
		}
		b.answer() // the reversal
		b.begins()
		b.lends(terminal, time.Now().Add(voucher.LaneLife))
		time.Sleep(voucher.LaneLife + 10*time.Second)
		if l = b.wants("failed: scan failed"); !strings.Contains(l.Steps[1].Text.En, "has ended") {
			t.Errorf("%+v", l.Steps[1])
		}
		if l, err := b.EndLane(t.Context()); err != nil || l.State != desk.LaneOver {
			t.Errorf("ending what is over: %+v, %v", l, err)
		}
		b.begins()
		if l, err := b.EndLane(t.Context()); err != nil || l.State != desk.LaneEnded || b.journal.LaneWish() != 0 {
			t.Errorf("%+v, %v", l, err)
		}
	})
}

func TestLaneCodesThatAreNoGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		heard := b.listen()
		one := func(code string) voucher.Reason {
			t.Helper()
			time.Sleep(2 * time.Second)
			b.scan(code)
			b.answer()
			a := heard()
			if len(a) != 1 {
				t.Fatalf("%+v", a)
			}
			return a[0].Reason
		}
		sign := func(of voucher.TerminalID, until time.Time) string {
			return voucher.Sign(voucher.NewLane(1, 7, of, until, 5), codeKey).Text()
		}
		hour := time.Now().Add(time.Hour)
		if r := one(sign("T000002", hour)); r != voucher.OtherTerminal {
			t.Errorf("of another till: %s", r)
		}
		if r := one(sign(terminal, time.Now().Add(-time.Second))); r != voucher.Expired {
			t.Errorf("expired: %s", r)
		}
		if r := one(voucher.Sign(voucher.NewLane(1, 7, terminal, hour, 5), falseKey).Text()); r != voucher.Forged {
			t.Errorf("forged: %s", r)
		}
		b.wants("running: scan now") // none of them is the test's
		if r := one(lane); r != voucher.OK {
			t.Errorf("%s", r)
		}
		b.hub.reject[voucher.NewLane(1, 7, terminal, hour, 99).Serial] = voucher.AlreadyRedeemed // as a hub does, for which a void gives nothing back
		b.answer()
		b.wants("passed")
	})
}

func TestALaneTestGoesOnAfterAKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _ := testsLane(t)
		b.again()
		b.wants("none") // nothing was scanned: another code is asked for
		b.Line(true, time.Now(), voucher.Text{})
		b.journal.FaceLanes(true)
		b.begins()
		lane := b.lends(terminal, time.Now().Add(voucher.LaneLife))
		b.scan(lane)
		b.again() // before the hub answered: nobody was shown it, so it is taken back
		b.wants("none")
		b.answer()
		b.Line(true, time.Now(), voucher.Text{})
		b.journal.FaceLanes(true)
		b.begins()
		lane = b.lends(terminal, time.Now().Add(voucher.LaneLife))
		b.scan(lane)
		b.answer()
		redemption := b.wants("running: void now").Redemption
		b.again()
		l := b.lane()
		if l.Redemption != redemption || l.Ready {
			t.Fatalf("after the kill: %+v", l)
		}
		b.answer()
		b.again()
		l = b.wants("passed")
		if l.Redemption != redemption || !l.Ready {
			t.Fatalf("%+v", l)
		}
		if l, err := b.AcceptLane(t.Context(), voucher.Handover{Technician: "王工"}); err != nil || l.Accepted.Lane != redemption {
			t.Fatalf("%+v, %v", l, err)
		}
		b.again()
		if l := b.lane(); l.Accepted == nil || l.Accepted.State != "waiting" || l.Accepted.Technician != "王工" {
			t.Errorf("%+v", l.Accepted)
		}
	})
}

// A start of the agent makes a test that has passed no younger, and measures nothing of it.
func TestATestThatHadPassedIsAsOldAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		b.scan(lane)
		b.answer()
		b.answer()
		b.wants("passed")
		time.Sleep(desk.LaneFresh - 10*time.Minute)
		b.again()
		l := b.wants("passed")
		for _, s := range l.Steps {
			if s.MS != 0 || time.Since(*s.At) < desk.LaneFresh-10*time.Minute {
				t.Errorf("%s took %d ms, %s ago", s.Name, s.MS, time.Since(*s.At))
			}
		}
		if !l.Ready {
			t.Error("within the hour it cannot be accepted")
		}
		time.Sleep(11 * time.Minute)
		if _, err := b.AcceptLane(t.Context(), voucher.Handover{Technician: "王工"}); !errors.Is(err, desk.ErrNoLane) {
			t.Errorf("an hour after it had passed: %v", err)
		}
	})
}

// While the hub has a journal begin anew nothing is recorded, and nobody is sent to look at the disk.
func TestAnAcceptanceWaitsForTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		b.scan(lane)
		b.answer()
		b.answer()
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		if err := b.journal.Renew(wire.OrderBody{Terminal: terminal, Epoch: 2}); !errors.Is(err, journal.ErrUnsettled) {
			t.Fatal(err)
		}
		if _, err := b.AcceptLane(t.Context(), voucher.Handover{Technician: "a"}); !errors.Is(err, desk.ErrNotYet) {
			t.Errorf("%v", err)
		}
		b.answer()
		got()
		if v := b.View(); slices.ContainsFunc(v.Warnings, func(w desk.Warning) bool { return w.Code == desk.WarnJournal }) {
			t.Errorf("%+v", v.Warnings)
		}
	})
}

func TestAnAcceptanceIsARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		b.scan(lane)
		b.answer()
		b.answer()
		h := voucher.Handover{Technician: "王工\x1b[2J", Note: "一切\n正常", System: "linux/amd64", Checks: []voucher.Check{{Check: "disk", State: "ok"}},
			Fittings: []voucher.Fitting{{Kind: "scanner", Name: "left", USB: "0C2E:0B61", Connected: true}}}
		l, err := b.AcceptLane(t.Context(), h)
		if err != nil || l.Accepted == nil || l.Accepted.State != "waiting" || l.Accepted.Technician != "王工 [2J" || l.Accepted.Note != "一切 正常" {
			t.Fatalf("%+v, %v", l.Accepted, err)
		}
		if again, err := b.AcceptLane(t.Context(), h); err != nil || again.Accepted.Record != l.Accepted.Record {
			t.Errorf("asked twice: %+v, %v", again.Accepted, err)
		}
		raws := b.journal.Unsettled(b.hub.last, 10)
		r, err := wire.DecodeRecord(raws[0])
		if err != nil || len(raws) != 1 || r.Kind != voucher.Handed {
			t.Fatalf("%+v, %v", r, err)
		}
		if got := r.Handover; got.Lane.String() != l.Redemption || got.Version != "test" || len(got.Steps) != 5 || got.Fittings[0].USB != "0C2E:0B61" {
			t.Errorf("%+v", got)
		}
		b.answer()
		if l := b.lane(); l.Accepted.State != "acked" || l.Accepted.Hub == nil {
			t.Errorf("%+v", l.Accepted)
		}
		if v := b.View(); v.Lane == nil || v.Lane.Accepted == nil || v.Lane.Accepted.State != "acked" {
			t.Error("the view has not heard of the hub's word")
		}
		time.Sleep(desk.LaneFresh)
		if _, err := b.AcceptLane(t.Context(), voucher.Handover{Technician: "a"}); !errors.Is(err, desk.ErrNoLane) {
			t.Errorf("an hour later: %v", err)
		}
		if v, _ := b.view(""); v.Lane != nil || v.Accepted == nil || v.Accepted.Technician != "王工 [2J" {
			t.Errorf("an hour later the view shows %+v and %+v", v.Lane, v.Accepted)
		}
	})
}

func TestASlipOfTheLaneTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, lane := testsLane(t)
		b.Device(desk.Device{Kind: desk.PrinterDevice, Name: "lp0", Connected: true})
		b.scan(lane)
		if l := b.lane(); l.Steps[5].Name != desk.LanePrint || l.Steps[5].State != desk.LaneTodo {
			t.Errorf("%+v", l.Steps)
		}
		b.answer()
		b.answer()
		l := b.wants("passed")
		if l.Steps[5].State != desk.LaneNow {
			t.Errorf("%+v", l.Steps[5])
		}
		for _, of := range []string{"T000001-1-9", l.Redemption} {
			if err := b.LanePrinted(t.Context(), of); err != nil {
				t.Fatal(err)
			}
		}
		if l := b.lane(); l.Steps[5].State != desk.LaneDone {
			t.Errorf("%+v", l.Steps[5])
		}
	})
}
