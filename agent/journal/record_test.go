package journal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestAcceptTakesFromTheLease(t *testing.T) {
	cases := []struct {
		name string
		set  func(t *testing.T, j *journal.Journal, p *pc)
		sale voucher.Redemption
		want voucher.Reason
	}{
		{"no law yet", func(*testing.T, *journal.Journal, *pc) {}, sold(1), voucher.NoCampaign},
		{"no lease yet", func(t *testing.T, j *journal.Journal, p *pc) { adopt(t, j, lawBody(1, voucher.AtClaim)) }, sold(1), voucher.OfflineLimit},
		{"covered", func(t *testing.T, j *journal.Journal, p *pc) { adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1)) }, sold(1), voucher.OK},
		{"used up", func(t *testing.T, j *journal.Journal, p *pc) {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1))
			accept(t, j, 9)
		}, sold(1), voucher.OfflineLimit},
		{"used up, then topped up", func(t *testing.T, j *journal.Journal, p *pc) {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1))
			accept(t, j, 9)
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(2, 2))
		}, sold(1), voucher.OK},
		{"an older lease that comes late changes nothing", func(t *testing.T, j *journal.Journal, p *pc) {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(2, 1), leaseOf(1, 5))
			accept(t, j, 9)
		}, sold(1), voucher.OfflineLimit},
		{"units of the pool are used up", func(t *testing.T, j *journal.Journal, p *pc) {
			l := leaseOf(1, 5)
			l.Pools[0].Units = 0
			adopt(t, j, lawBody(1, voucher.AtRedemption), l)
		}, sold(1), voucher.OutOfStock},
		{"past the lease's end", func(t *testing.T, j *journal.Journal, p *pc) {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1))
			p.run(24 * time.Hour)
		}, sold(1), voucher.OfflineLimit},
		{"a clock that was set back", func(t *testing.T, j *journal.Journal, p *pc) {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1))
			j.Hear(p.wall)
			p.wall = p.wall.Add(-time.Minute)
		}, sold(1), voucher.ClockUntrusted},
		{"a voucher of another campaign", func(t *testing.T, j *journal.Journal, p *pc) {
			l := lawBody(1, voucher.AtClaim)
			l.Campaign.Number = 8
			adopt(t, j, l, leaseOf(1, 1))
		}, sold(1), voucher.UnknownVoucher},
		{"a lease of another campaign", func(t *testing.T, j *journal.Journal, p *pc) {
			l := leaseOf(1, 1)
			l.Campaign = "lushan-2022"
			adopt(t, j, lawBody(1, voucher.AtClaim), l)
		}, sold(1), voucher.OfflineLimit},
		{"a voucher that this till holds", func(t *testing.T, j *journal.Journal, p *pc) {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 5))
			accept(t, j, 1)
		}, sold(1), voucher.AlreadyRedeemed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPC()
			j := open(t, t.TempDir(), p.options())
			c.set(t, j, p)
			before := j.State()
			s, reason, err := j.Accept(c.sale)
			must(t, err)
			after := j.State()
			if reason != c.want {
				t.Fatalf("reason %v, want %v", reason, c.want)
			}
			if wrote := after.Last > before.Last; wrote != (reason == voucher.OK) || after.Used.Count-before.Used.Count != after.Last-before.Last {
				t.Fatalf("reason %v, and the journal went from %v to %v, use from %+v to %+v", reason, before, after, before.Used, after.Used)
			}
			if reason == voucher.OK && (s.State() != "provisional" || s.Kind != voucher.Accept) {
				t.Fatalf("%+v", s)
			}
		})
	}
}

func accept(t *testing.T, j *journal.Journal, serial uint64) journal.Sale {
	t.Helper()
	s, reason, err := j.Accept(sold(serial))
	must(t, err)
	if reason != voucher.OK {
		t.Fatalf("accept %d: %v", serial, reason)
	}
	return s
}

// TestLifeOfAnAskedSale walks one asked sale (record 1) through what can become of it.
func TestLifeOfAnAskedSale(t *testing.T) {
	confirm := func(t *testing.T, j *journal.Journal) {
		_, reason, err := j.Confirm(1)
		must(t, err)
		if reason != voucher.OK {
			t.Fatalf("confirm: %v", reason)
		}
	}
	reverse := func(t *testing.T, j *journal.Journal) { _, err := j.Reverse(1); must(t, err) }
	void := func(t *testing.T, j *journal.Journal) { _, err := j.Void(1); must(t, err) }
	says := func(o ...voucher.Outcome) func(*testing.T, *journal.Journal) {
		return func(t *testing.T, j *journal.Journal) { settle(t, j, j.State().Last, o...) }
	}
	type step = func(*testing.T, *journal.Journal)
	const ok, used, stock = voucher.OK, voucher.AlreadyRedeemed, voucher.OutOfStock
	cases := []struct {
		name  string
		steps []step
		state string
		holds bool
	}{
		{"asked", nil, "waiting", true},
		{"redeemed", []step{says(word(1, voucher.Redeemed, ok))}, "final", true},
		{"rejected", []step{says(word(1, voucher.Rejected, used))}, "refused", false},
		{"disputed", []step{says(word(1, voucher.Disputed, used))}, "disputed", true},
		{"reversed", []step{reverse}, "reversed", false},
		{"reversed, but the hub had redeemed it", []step{reverse, says(word(1, voucher.Redeemed, ok), word(2, voucher.Undone, ok))}, "reversed", false},
		{"confirmed", []step{confirm}, "provisional", true},
		{"confirmed, then redeemed", []step{confirm, says(word(1, voucher.Redeemed, ok), word(2, voucher.Noted, ok))}, "final", true},
		{"confirmed, and the ask rejected: the word on the confirmation is still to come",
			[]step{confirm, says(word(1, voucher.Rejected, used))}, "provisional", true},
		{"confirmed, and a case opened", []step{confirm, says(word(1, voucher.Rejected, used), word(2, voucher.Disputed, used))}, "disputed", true},
		{"confirmed, rejected, and the confirmation changed nothing",
			[]step{confirm, says(word(1, voucher.Rejected, used), word(2, voucher.Noted, ok))}, "refused", false},
		{"out of stock at the hub, confirmed from the lease", []step{says(word(1, voucher.Rejected, stock)), confirm}, "provisional", true},
		{"out of stock at the hub, confirmed, redeemed",
			[]step{says(word(1, voucher.Rejected, stock)), confirm, says(word(2, voucher.Redeemed, ok))}, "final", true},
		{"redeemed, then voided", []step{says(word(1, voucher.Redeemed, ok)), void}, "voided", false},
		{"confirmed, then voided", []step{confirm, void}, "voided", false},
		{"voided twice is voided once", []step{confirm, void, void}, "voided", false},
		{"reversed twice is reversed once", []step{reverse, reverse}, "reversed", false},
		{"confirmed twice takes from the lease once", []step{confirm, confirm}, "provisional", true},
		{"the first word stays", []step{says(word(1, voucher.Redeemed, ok)), says(word(1, voucher.Rejected, used))}, "final", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, newPC().options())
			adopt(t, j, lawBody(1, voucher.AtRedemption), leaseOf(1, 1))
			_, err := j.Ask(sold(1))
			must(t, err)
			for _, do := range c.steps {
				do(t, j)
			}
			for range 2 { // as it is, and reopened
				s, _ := j.Sale(1)
				spent, held := j.Spent(1)
				if s.State() != c.state || held != c.holds || held && spent != s {
					t.Fatalf("state %q, want %q; held %v, want %v", s.State(), c.state, held, c.holds)
				}
				must(t, j.Verify())
				must(t, j.Close())
				j = open(t, dir, newPC().options())
			}
		})
	}
}

func TestWhatCannotBeDoneToASale(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, j, 1) // record 1
	for _, serial := range []uint64{2, 3, 4} {
		_, err := j.Ask(sold(serial)) // records 2, 3, 4
		must(t, err)
	}
	_, err := j.Reverse(2) // record 5
	must(t, err)
	settle(t, j, 5, word(3, voucher.Rejected, voucher.PersonLimit))

	no := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, journal.ErrNoSale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = j.Reverse(1)
	no("reverse an accepted sale", err)
	_, err = j.Void(2)
	no("void a reversed sale", err)
	_, err = j.Void(4)
	no("void a sale that waits", err)
	_, err = j.Void(5)
	no("void a reversal", err)
	_, err = j.Void(99)
	no("void a number of the future", err)
	_, err = j.Void(0)
	no("void nothing", err)
	_, _, err = j.Confirm(2)
	no("confirm a reversed sale", err)
	_, _, err = j.Confirm(1)
	no("confirm an accepted sale", err)
	if _, reason, err := j.Confirm(3); err != nil || reason != voucher.PersonLimit {
		t.Errorf("confirm a rejected sale: %v, %v", reason, err)
	}
	if got := j.State().Last; got != 5 {
		t.Errorf("the chain went on to %d", got)
	}
}

func TestConfirmationOfARejectedSaleDoesNotTakeAVoucherHeldByAnother(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	adopt(t, j, lawBody(1, voucher.AtRedemption), leaseOf(1, 9))
	_, err := j.Ask(sold(1))
	must(t, err)
	settle(t, j, 1, word(1, voucher.Rejected, voucher.OutOfStock))
	accept(t, j, 1)
	if _, reason, err := j.Confirm(1); err != nil || reason != voucher.AlreadyRedeemed {
		t.Fatalf("%v, %v", reason, err)
	}
}

func TestAnOrderTooLongForTheHubDoesNotEnterTheChain(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	r := sold(1)
	r.Order = strings.Repeat("x", voucher.MaxOrder+1)
	if _, err := j.Ask(r); !errors.Is(err, wire.ErrFrame) {
		t.Fatal(err)
	}
	if s := j.State(); s.Last != 0 || s.Queued != 0 {
		t.Fatalf("%v", s)
	}
	_, err := j.Ask(sold(1))
	must(t, err)
}
