package ledger

import (
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// handover sends a technician's word that names a redemption.
func (t *till) handover(lane voucher.RedemptionID) voucher.Outcome {
	t.h.t.Helper()
	t.record(voucher.Record{Kind: voucher.Handed, Handover: &voucher.Handover{Technician: "王工", Version: "test", System: "linux/amd64", Lane: lane}})
	return t.sync()
}

func TestAHandoverIsHonouredWhenItsLaneTestIsThere(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a, b := h.till("M1", 1), h.till("M2", 2)
	code, _ := a.lane(1)
	n := a.ask(code, 0)
	real := a.ask(h.issue(1), 58_00)
	a.sync()
	if o := a.handover(a.own(n)); o.Result != voucher.Rejected {
		t.Errorf("before the void has gone the way too: %+v", o)
	}
	a.about(voucher.Void, n)
	a.about(voucher.Void, real)
	a.sync()
	code, _ = a.lane(2)
	unseen := a.ask(code, 0)
	a.about(voucher.Reverse, unseen)
	a.sync()
	if o := a.handover(a.own(n)); o.Result != voucher.Noted || o.Reason != voucher.OK {
		t.Errorf("%+v", o)
	}
	for what, lane := range map[string]voucher.RedemptionID{
		"a redemption of money": a.own(real), "one that nobody was shown": a.own(unseen), "a void": a.own(n + 2), "one that is still to come": a.own(99), "another till's": {Terminal: b.id, Epoch: 1, Number: n},
		"of an epoch that nobody knows": {Terminal: a.id, Epoch: 9, Number: n},
	} {
		if o := a.handover(lane); o.Result != voucher.Rejected || o.Reason != voucher.UnknownVoucher {
			t.Errorf("%s: %+v", what, o)
		}
	}
	a.ask(h.issue(2), 120_00)
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Errorf("what comes behind: %+v", o)
	}
	h.now = h.now.Add(handoverWithin - time.Minute)
	if o := a.handover(a.own(n)); o.Result != voucher.Noted {
		t.Errorf("within the day: %+v", o)
	}
	h.now = h.now.Add(2 * time.Minute)
	if o := a.handover(a.own(n)); o.Result != voucher.Rejected {
		t.Errorf("a day later: %+v", o)
	}
	a.record(voucher.Record{Kind: voucher.Handed, Handover: &voucher.Handover{Technician: "王工", Lane: a.own(n)}})
	r, err := wire.DecodeRecord(a.raw[len(a.raw)-1])
	h.must(err)
	r.Sure, r.Heard = false, h.now.Add(-handoverWithin).UnixMilli()
	raw, err := wire.EncodeRecord(r)
	h.must(err)
	a.raw[len(a.raw)-1], a.head = raw, wire.Hash(raw)
	if o := a.sync(); o.Result != voucher.Noted {
		t.Errorf("by a clock that had stood still and runs a day ahead: %+v", o)
	}
	h.refold()
	h.audit()
}

// Whoever has a terminal's key writes handovers again and again: only so many of a day stand among the acceptances, and the hub
// looks through the terminal's chain no more often than that.
func TestOnlySoManyHandoversOfADayAreLookedAt(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a, b := h.till("M1", 1), h.till("M2", 2)
	day := h.now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	h.now = day.Add(23 * time.Hour)
	tests := func(t *till) voucher.RedemptionID {
		code, _ := t.lane(1)
		n := t.ask(code, 0)
		t.about(voucher.Void, n)
		t.sync()
		return t.own(n)
	}
	lane := tests(a)
	for n := range lanesADay {
		if o := a.handover(lane); o.Result != voucher.Noted {
			t.Fatalf("handover %d: %+v", n+1, o)
		}
	}
	h.refold() // the count is of the book, not of the memory
	if o := a.handover(lane); o.Result != voucher.Rejected || o.Reason != voucher.LaneLimit {
		t.Errorf("one more than %d: %+v", lanesADay, o)
	}
	if o := b.handover(tests(b)); o.Result != voucher.Noted {
		t.Errorf("another terminal: %+v", o)
	}
	h.now = day.Add(24 * time.Hour)
	if o := a.handover(lane); o.Result != voucher.Noted {
		t.Errorf("the next day: %+v", o)
	}
	h.refold()
	h.audit()
}
