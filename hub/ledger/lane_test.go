package ledger

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"hexiao/hub/voucher"
)

func signLane(b voucher.Body) voucher.Code { return voucher.Sign(b, issuing) }

// lane asks for a till's lane voucher.
func (t *till) lane(chance uint32) (voucher.Code, voucher.Reason) {
	t.h.t.Helper()
	code, no, err := t.h.LaneVoucher(context.Background(), t.id, chance, signLane)
	t.h.must(err)
	return code, no
}

func (t *till) own(n uint64) voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: t.id, Epoch: t.epoch, Number: n}
}

func TestALaneVoucherGoesTheWholeWayAndMovesNothing(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		h := newHub(t, t.TempDir())
		h.begin(law(stock, 4))
		a, b := h.till("M1", 1), h.till("M2", 2)
		h.issue(1)
		before := h.summary()
		code, no := a.lane(7)
		if again, _ := a.lane(99); no != voucher.OK || again != code {
			t.Fatalf("%s, asked again %v after %v", no, again, code)
		}
		if o := func() voucher.Outcome { b.ask(code, 0); return b.sync() }(); o.Reason != voucher.OtherTerminal || o.Result != voucher.Rejected {
			t.Errorf("at another till: %+v", o)
		}
		posing := sale(code, 0)
		posing.Voucher.Holder = voucher.NewLane(0, 0, b.id, h.now, 0).Holder
		b.record(voucher.Record{Kind: voucher.Ask, Sale: posing})
		if o := b.sync(); o.Reason != voucher.Forged {
			t.Errorf("at another till that calls it its own: %+v", o)
		}
		n := a.ask(code, 0)
		if o := a.sync(); o.Result != voucher.Redeemed || o.Reason != voucher.OK {
			t.Fatalf("%+v", o)
		}
		a.ask(code, 0)
		if o := a.sync(); o.Reason != voucher.AlreadyRedeemed || o.Winner != a.own(n) {
			t.Errorf("used twice: %+v", o)
		}
		a.about(voucher.Void, n)
		if o := a.sync(); o.Result != voucher.Undone {
			t.Errorf("void: %+v", o)
		}
		a.ask(code, 0)
		if o := a.sync(); o.Reason != voucher.AlreadyRedeemed {
			t.Errorf("used again after its void: %+v", o)
		}
		if next, no := a.lane(7); no != voucher.OK || next.Body.Serial == code.Body.Serial {
			t.Errorf("after it was used: %v, %s", next, no)
		}
		now := h.summary()
		before.Position, now.Position = 0, 0
		if len(now.Pools) != 2 || now.Pools[0] != before.Pools[0] || now.Redeemed != 0 || now.Reserve != before.Reserve || now.Cases != 0 {
			t.Errorf("it moved something: %+v", now)
		}
		if s, err := h.Spent(t.Context(), 0, 10); err != nil || len(s.Add)+len(s.Remove) > 40 || s.To != s.From {
			t.Errorf("the set of used vouchers holds it: %+v, %v", s, err)
		}
		if p := h.state.terminals[a.id].pace; len(p.tiers) != 0 {
			t.Errorf("it made the till's pace: %+v", p)
		}
		h.refold()
		if done := h.audit(); done.Redeemed != 0 || done.Sum != 0 || done.Records != 6 {
			t.Errorf("audited: %+v", done)
		}
		h.stop()
	}
}

// TestAnUnusedLaneVoucherIsGivenOutAgain: while more than half its life is left, and not to somebody who then has no time to scan it.
func TestAnUnusedLaneVoucherIsGivenOutAgain(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	first, _ := a.lane(1)
	h.now = h.now.Add(voucher.LaneLife/2 - 2*time.Second)
	written := h.summary().Position
	if again, no := a.lane(2); no != voucher.OK || again != first || h.summary().Position != written {
		t.Errorf("before half its life is over: %s, %v instead of %v", no, again, first)
	}
	h.now = h.now.Add(2 * time.Second)
	next, no := a.lane(3)
	if no != voucher.OK || next.Body.Serial == first.Body.Serial || next.Body.LaneUntil().Sub(h.now) < voucher.LaneLife-time.Minute {
		t.Errorf("with half its life left: %s, %v, good until %v", no, next, next.Body.LaneUntil())
	}
	if again, _ := a.lane(4); again != next {
		t.Errorf("asked again for the new one: %v instead of %v", again, next)
	}
	a.ask(first, 0)
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Errorf("the first one, within its hour: %+v", o)
	}
}

// A book that gives one lane voucher out twice would make a used one good again: it is not of this program's making.
func TestALaneVoucherIsIssuedOnce(t *testing.T) {
	s := newState()
	one := &LaneIssued{Terminal: "T000001", Serial: 5<<32 | 7}
	if err := s.apply(&Entry{Lane: one}); err == nil {
		t.Error("of a terminal that is not there")
	}
	s.terminals["T000001"] = &terminal{}
	if err := s.apply(&Entry{Lane: one}); err != nil {
		t.Fatal(err)
	}
	if err := s.apply(&Entry{Lane: one}); err == nil {
		t.Error("issued twice")
	}
}

func TestACampaignsVoucherNeverHasALanesSerial(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	lane, _ := a.lane(1)
	same := lane.Body.Serial
	no, _ := errors.AsType[*Refusal](h.Issue(t.Context(), VouchersIssued{Phase: 1, Tier: 1, Vouchers: []Issued{{Serial: same}}}))
	if no == nil || no.Code != "serial_in_use" {
		t.Errorf("issued: %v", no)
	}
	h.next = 77
	h.issue(1) // its low half is 77
	a.ask(lane, 0)
	a.sync()
	if next, _ := a.lane(77); uint32(next.Body.Serial) == 77 {
		t.Errorf("a lane voucher has the low half of an issued one: %s", next.Body.Serial)
	}
}

// A restored hub takes a lane redemption over as it was, and what comes behind it.
func TestALaneTestOutlivesARestore(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 10))
	a := h.till("M1", 1)
	saved := h.backup()
	a.meet()
	used, _ := a.lane(1)
	n := a.ask(used, 0)
	a.deliver(0, 1)
	unused, _ := a.lane(2)
	a.file()
	h.restore(saved)
	m := a.greets()
	if _, no := a.lane(3); no != voucher.HubSilent {
		t.Errorf("while it recovers: %s", no)
	}
	a.prove(m.Last)
	if s := h.summary(); h.recovery().Recovering || s.Cases != 0 {
		t.Fatalf("%+v", s)
	}
	a.sent = 1
	a.about(voucher.Void, n)
	if o := a.sync(); o.Result != voucher.Undone {
		t.Errorf("void: %+v", o)
	}
	if o := a.handover(a.own(n)); o.Result != voucher.Noted {
		t.Errorf("handover: %+v", o)
	}
	a.ask(used, 0)
	if o := a.sync(); o.Reason != voucher.AlreadyRedeemed || o.Winner != a.own(n) {
		t.Errorf("used again: %+v", o)
	}
	a.ask(unused, 0)
	if o := a.sync(); o.Reason != voucher.UnknownVoucher {
		t.Errorf("one that the book has lost: %+v", o)
	}
	h.refold()
	h.audit()
}

func TestWhatALaneVoucherIsNotTakenFor(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	c := law(voucher.AtClaim, 4)
	c.Offline.Bears, c.Offline.Reserve = voucher.FundBears, 150_00
	h.begin(c)
	a := h.till("M1", 1)
	if _, err := h.TopUp(t.Context(), a.id); err != nil {
		t.Fatal(err)
	}
	code, _ := a.lane(1)
	forged := sale(code, 0)
	forged.Sight[0]++
	a.record(voucher.Record{Kind: voucher.Ask, Sale: forged})
	if o := a.sync(); o.Reason != voucher.Forged {
		t.Errorf("a code that was never seen: %+v", o)
	}
	h.now = h.now.Add(voucher.LaneLife - 2*time.Second)
	if o := func() voucher.Outcome { a.ask(code, 0); return a.sync() }(); o.Result != voucher.Redeemed {
		t.Errorf("two seconds before its end: %+v", o)
	}
	late, _ := a.lane(2)
	h.now = h.now.Add(voucher.LaneLife)
	if o := func() voucher.Outcome { a.ask(late, 0); return a.sync() }(); o.Reason != voucher.Expired {
		t.Errorf("at its end: %+v", o)
	}
	made := voucher.Sign(voucher.NewLane(1, 9, a.id, h.now.Add(time.Hour), 77), issuing) // signed, and never given out
	if o := func() voucher.Outcome { a.ask(made, 0); return a.sync() }(); o.Reason != voucher.UnknownVoucher {
		t.Errorf("never issued: %+v", o)
	}
	offline, _ := a.lane(3)
	a.accept(offline, 0)
	if o := a.sync(); o.Result != voucher.Disputed || o.Reason != voucher.OfflineLimit {
		t.Errorf("accepted without the hub: %+v", o)
	}
	if p := h.pools(); len(p) != 2 || h.summary().Reserve.Claimed != 0 {
		t.Errorf("%+v, %+v", p, h.summary().Reserve)
	}
	h.refold()
	h.audit()
}

// A false till accepts lane vouchers without the hub, also from a closed epoch: no lease covers one, and whatever people decide
// pays nothing.
func TestALaneVoucherIsNeverPaid(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		h := newHub(t, t.TempDir())
		h.begin(bears(law(stock, 4), 150_00))
		a := h.till("M1", 1)
		if _, err := h.TopUp(t.Context(), a.id); err != nil {
			t.Fatal(err)
		}
		code, _ := a.lane(1)
		pools, reserve := h.pools(), h.reserve()
		a.accept(code, 0)
		o := a.sync()
		info, err := h.Case(t.Context(), o.Case)
		if err != nil || h.state.dossiers[o.Case].InLease || info.Rule.Propose != voucher.Refuse {
			t.Fatalf("%+v, %v", info, err)
		}
		if _, no := h.decides(h.signer("li").decides(t, o.Case, voucher.Pay, "x")); no != "nothing_to_pay" {
			t.Errorf("a lane voucher may be paid: %q", no)
		}
		if _, no := h.decides(byConsole(o.Case, voucher.Refuse)); no != "" {
			t.Error(no)
		}
		if now := h.reserve(); now.Paid != 0 || now.Claimed != 0 || reserve.Paid != 0 {
			t.Errorf("%+v, then %+v", reserve, now)
		}
		if now := h.pools(); len(now) != len(pools) || now["supermarket-10"] != pools["supermarket-10"] {
			t.Errorf("%+v, then %+v", pools, now)
		}
		a.about(voucher.Void, 1)
		if o := a.sync(); o.Result != voucher.Noted {
			t.Errorf("voided: %+v", o)
		}
		h.refold()
		h.audit()
		h.stop()
	}
}

// A false till says of its lane test whatever a till may say of a sale: nothing of the campaign moves, and what a restored hub is
// shown of it brings no unit and no money back.
func TestWhateverAFalseTillSaysOfALaneVoucherMovesNothing(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		h := newHub(t, filepath.Join(t.TempDir(), "book"))
		h.begin(bears(law(stock, 10), 150_00))
		a := h.till("M1", 1)
		if _, err := h.TopUp(t.Context(), a.id); err != nil {
			t.Fatal(err)
		}
		pools, redeemed := h.pools(), h.summary().Redeemed
		saved := h.backup()
		a.meet()
		first, _ := a.lane(1)
		n := a.ask(first, 99_00)
		a.about(voucher.Confirm, n)
		a.deliver(0, 2)
		second, _ := a.lane(2)
		a.accept(second, 99_00)
		a.accept(second, 99_00)
		a.about(voucher.Confirm, n)
		a.deliver(2, 5)
		a.file()
		same := func(when string) {
			t.Helper()
			if now := h.pools(); len(now) != len(pools) || now["supermarket-10"] != pools["supermarket-10"] {
				t.Errorf("%s: %+v, then %+v", when, pools, now)
			}
			if s := h.summary(); s.Redeemed != redeemed || s.Reserve.Paid != 0 || s.Reserve.Claimed != 0 {
				t.Errorf("%s: %+v", when, s)
			}
			h.refold()
			h.audit()
		}
		same("live")
		h.restore(saved)
		m := a.greets()
		a.prove(m.Last)
		if h.recovery().Recovering {
			t.Fatal("it recovers still")
		}
		same("restored")
		h.stop()
	}
}

func TestWhoGetsNoLaneVoucher(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a, b := h.till("M1", 1), h.till("M2", 2)
	h.must(h.SetMerchantStatus(t.Context(), "M1", voucher.MerchantSuspended, "x"))
	if _, no := a.lane(1); no != voucher.MerchantNotActive {
		t.Error(no)
	}
	h.must(h.SetTerminal(t.Context(), b.id, voucher.TerminalFrozen, "x"))
	if _, no := b.lane(1); no != voucher.TerminalIsFrozen {
		t.Error(no)
	}
	h.must(h.SetTerminal(t.Context(), b.id, voucher.TerminalRevoked, "x"))
	if _, no := b.lane(1); no != voucher.TerminalIsRevoked {
		t.Error(no)
	}
}

// Whoever has a terminal's key and asks for lane vouchers without end makes the book no longer than a day's worth.
func TestATerminalIsGivenOnlySoManyLaneVouchersInADay(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a, b := h.till("M1", 1), h.till("M2", 2)
	day := h.now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	h.now = day.Add(23 * time.Hour)
	for n := range lanesADay {
		code, no := a.lane(uint32(n))
		if no != voucher.OK {
			t.Fatalf("voucher %d: %s", n+1, no)
		}
		a.ask(code, 0)
		a.sync()
	}
	h.refold() // the count is of the book, not of the memory
	before := h.summary().Position
	for n := range 50 {
		if _, no := a.lane(uint32(1000 + n)); no != voucher.LaneLimit {
			t.Fatalf("one more than %d: %s", lanesADay, no)
		}
	}
	if now := h.summary().Position; now != before {
		t.Errorf("asking wrote %d entries", now-before)
	}
	if _, no := b.lane(1); no != voucher.OK {
		t.Errorf("another terminal: %s", no)
	}
	h.now = day.Add(24*time.Hour - time.Second)
	if _, no := a.lane(7); no != voucher.LaneLimit {
		t.Errorf("in the day's last second: %s", no)
	}
	h.now = day.Add(24 * time.Hour)
	if _, no := a.lane(7); no != voucher.OK {
		t.Errorf("the next day: %s", no)
	}
	h.audit()
}
