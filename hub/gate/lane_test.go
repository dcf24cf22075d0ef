package gate_test

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"hexiao/hub/gate"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// asksForALane asks and opens the hub's signed answer.
func (l *till) asksForALane() (b wire.LaneBody) {
	l.t.Helper()
	l.send(wire.LaneAsk{})
	m := expect[wire.Lane](l)
	l.h.must(m.Open(&b, l.h.keys.HubPublic(), wire.ForLane))
	if b.Terminal != l.id || b.HubTime == 0 {
		l.t.Fatalf("%+v", b)
	}
	return b
}

func TestATerminalIsGivenItsLaneVoucher(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	if w := l.enter(); !w.Lanes {
		t.Fatal("the welcome does not say that there are lane vouchers")
	}
	b := l.asksForALane()
	code, err := voucher.ParseCode(b.Code)
	if err != nil || b.Reason != voucher.OK || !code.Body.Lane() || time.Until(code.Body.LaneUntil()) < voucher.LaneLife-time.Minute {
		t.Fatalf("%+v, %v", b, err)
	}
	if again := l.asksForALane(); again.Code != b.Code {
		t.Error("asked again, given another")
	}
	l.record(voucher.Ask, code, 0)
	l.send(l.frame(0))
	if o := l.ack().Outcomes[0]; o.Result != voucher.Redeemed {
		t.Errorf("%+v", o)
	}
	if next := l.asksForALane(); next.Code == b.Code || next.Reason != voucher.OK {
		t.Errorf("after it was used: %+v", next)
	}
	other := h.till("M2", 2)
	other.enter()
	other.record(voucher.Ask, code, 0)
	other.send(other.frame(0))
	if o := other.ack().Outcomes[0]; o.Result != voucher.Rejected {
		t.Errorf("at another terminal: %+v", o)
	}
}

func TestAHubWithoutLaneVouchersSaysSo(t *testing.T) {
	h := open(t, func(o *gate.Options) { o.Issuing = nil })
	l := h.till("M1", 1)
	if w := l.enter(); w.Lanes {
		t.Error("the welcome promises them")
	}
	if b := l.asksForALane(); b.Code != "" || b.Reason == voucher.OK {
		t.Errorf("%+v", b)
	}
	l.send(wire.Status{}) // and the session goes on
	expect[wire.Pulse](l)
}

func TestWhoAsksForLanesWithoutEndIsSentAway(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	for n := 1; ; n++ {
		l.send(wire.LaneAsk{})
		m, err := l.next()
		if err != nil || n > 100 {
			t.Fatalf("asked %d times: %T, %v", n, m, err)
		}
		if bye, ok := m.(wire.Bye); ok {
			if bye.Text.Zh == "" || n < 60 {
				t.Errorf("after %d: %+v", n, bye)
			}
			return
		}
	}
}

func TestATerminalThatTestsWithoutEndIsToldAndSaidOnce(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	given := 0
	for no := voucher.OK; no == voucher.OK; given++ { // with another key each time what it has is not given again
		_, key, err := ed25519.GenerateKey(nil)
		h.must(err)
		_, no, err = h.ledger.LaneVoucher(t.Context(), l.id, uint32(given), func(b voucher.Body) voucher.Code { return voucher.Sign(b, key) })
		h.must(err)
		if given > 1000 {
			t.Fatal("there is no end of them")
		}
	}
	for range 2 {
		if b := l.asksForALane(); b.Reason != voucher.LaneLimit || b.Code != "" {
			t.Errorf("%+v", b)
		}
	}
	if n := strings.Count(h.log.String(), "more lane vouchers than it is given in a day"); n != 1 {
		t.Errorf("the log says so %d times", n)
	}
	l.send(wire.Status{}) // and the session goes on
	expect[wire.Pulse](l)
}
