package agent_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// step is one thing that happens to a till.
type step struct {
	what   string
	serial voucher.Serial
	order  string
	bill   voucher.Fen
	wait   time.Duration
}

const vouchers = 4 // few, so that they meet

var steps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{
		what: rapid.SampledFrom([]string{"scan", "scan", "redeem", "redeem", "redeem", "time", "cut", "line", "take", "answer", "answer", "void", "elsewhere", "again"}).
			Draw(t, "what"),
		serial: voucher.Serial(rapid.IntRange(1, vouchers).Draw(t, "serial")),
		order:  rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "order"),
		bill:   voucher.Fen(rapid.SampledFrom([]int{20_00, 58_00, 58_00, 70_00}).Draw(t, "bill")),
		wait:   time.Duration(rapid.SampledFrom([]int{1, 500, 1499, 1500, 1600, 5000}).Draw(t, "wait")) * time.Millisecond,
	}
}), 5, 30)

// book is what a cashier saw: the answer shown last for each redemption.
type book struct {
	shown  map[string]desk.Answer
	faults []string
}

func (k *book) wrong(format string, with ...any) {
	k.faults = append(k.faults, fmt.Sprintf(format, with...))
}

// In any order of scans, cuts, timeouts, answers and restarts: what was shown accepted is on record, no voucher is
// accepted twice, the lease is never exceeded, and when all is healed the hub pays for exactly what the till shows.
func TestWhatAlwaysHolds(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		script := steps.Draw(rt, "steps")
		lease := rapid.Uint64Range(0, 3).Draw(rt, "lease")
		var faults []string
		synctest.Test(t, func(t *testing.T) { faults = play(t, dir, script, lease) })
		for _, f := range faults {
			rt.Error(f)
		}
	})
}

func play(t *testing.T, dir string, script []step, lease uint64) []string {
	b := newBench(t)
	b.journal.Hear(time.Now())
	b.adoptLaw(nil)
	if lease > 0 {
		b.adoptLease(newLease(lease))
	}
	b.start()
	k := &book{shown: map[string]desk.Answer{}}
	heard := b.listen()
	for _, s := range script {
		if s.what == "again" {
			k.read(b, heard())
			b.again()
			heard = b.listen()
			b.check(k, lease)
			continue
		}
		b.do(s, k)
		k.read(b, heard())
		b.check(k, lease)
	}
	time.Sleep(2 * patience)
	k.read(b, heard())
	b.answer()
	b.answer() // what the first brought may have brought more
	k.read(b, heard())
	b.healed(k)
	return k.faults
}

func (b *bench) do(s step, k *book) {
	ctx := context.Background()
	switch s.what {
	case "scan":
		b.bill(s.bill)
		b.scan(code(s.serial))
	case "redeem":
		sale := desk.Sale{Bill: s.bill, Code: code(s.serial), Order: s.order}
		go b.Redeem(ctx, sale)
	case "time":
		time.Sleep(s.wait)
	case "cut":
		b.Line(false, time.Now(), voucher.Text{})
	case "line":
		b.Line(true, time.Now(), voucher.Text{})
	case "take": // the answer is lost
		b.hub.take(b.t, b.journal)
	case "answer":
		b.answer()
	case "void":
		for id, a := range k.shown {
			if rid, err := voucher.ParseRedemptionID(id); err == nil && a.Voucher == s.serial.String() {
				go b.Void(ctx, rid)
			}
		}
	case "elsewhere": // another till was first at the hub
		if _, taken := b.hub.claimed[s.serial]; !taken {
			b.hub.claimed[s.serial] = voucher.RedemptionID{Terminal: "T000002", Epoch: 1, Number: uint64(s.serial)}
		}
	}
	synctest.Wait()
}

// read notes what was shown, and looks at each acceptance at the moment when it is.
func (k *book) read(b *bench, answers []desk.Answer) {
	for _, a := range answers {
		if a.Redemption == "" || a.Voided {
			continue
		}
		if a.Answer == voucher.Final || a.Answer == voucher.Provisional {
			k.accepted(b, a)
		}
		k.shown[a.Redemption] = a
	}
}

func (k *book) accepted(b *bench, a desk.Answer) {
	id, err := voucher.ParseRedemptionID(a.Redemption)
	if err != nil {
		k.wrong("%v", err)
		return
	}
	s, ok := b.journal.Sale(id.Number)
	if !ok || !s.Provisional && (s.Outcome == nil || s.Outcome.Result != voucher.Redeemed) {
		k.wrong("%s was shown, and the journal says %s", brief(a), s.State())
	}
	before, again := k.shown[a.Redemption]
	if again != a.Replaced || again && before.Answer != voucher.Provisional {
		k.wrong("%s after %s, replaced %v", brief(a), brief(before), a.Replaced)
	}
}

func (b *bench) check(k *book, lease uint64) {
	state := b.journal.State()
	if state.Used.Count > lease {
		k.wrong("%d accepted inside a lease of %d", state.Used.Count, lease)
	}
	holds := map[voucher.Serial]string{}
	for _, s := range b.journal.Day(time.Time{}, time.Now().Add(time.Hour)) {
		serial := s.Redemption.Voucher.Serial
		if other, twice := holds[serial]; twice && s.Holds() {
			k.wrong("voucher %s is held by %s and by %s", serial, other, s.ID)
		}
		if s.Holds() {
			holds[serial] = s.ID.String()
		}
		if a, shown := k.shown[s.ID.String()]; shown && a.Answer == voucher.Provisional && !s.Provisional {
			k.wrong("%s was shown PROVISIONAL and is %s", s.ID, s.State())
		}
	}
}

// healed compares the three books at the end: the till's screen, its journal and the hub's.
func (b *bench) healed(k *book) {
	if q := b.journal.State().Queued; q != 0 {
		k.wrong("%d records without an answer", q)
	}
	for _, s := range b.journal.Day(time.Time{}, time.Now().Add(time.Hour)) {
		id, state := s.ID.String(), s.State()
		a, shown := k.shown[id]
		pays := b.hub.paid[s.Number]
		switch {
		case state == "waiting" || state == "provisional":
			k.wrong("%s is still %s", id, state)
		case pays != (state == "final"):
			k.wrong("the hub pays for %s: %v, and it is %s", id, pays, state)
		case pays && !shown:
			k.wrong("the hub pays for %s, which nobody was shown", id)
		case shown && a.Answer == voucher.Provisional && state != "voided":
			k.wrong("%s stays PROVISIONAL on the screen and is %s", id, state)
		case shown && (a.Answer == voucher.Final) != pays && state != "voided":
			k.wrong("%s is %s on the screen, and the hub pays: %v", id, a.Answer, pays)
		}
	}
}
