package gate_test

import (
	"bytes"
	"context"
	"testing"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestEachAckAndPulseTurnsTheRatchet(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	for turn := uint64(1); turn <= 2; turn++ {
		l.enter()
		l.record(voucher.Ask, h.issue(), 58_00)
		l.send(l.frame(0))
		l.ticks(l.ack().Ratchet, turn, 1)
		l.send(wire.Status{Turn: turn, Tick: 1})
		var b wire.PulseBody
		h.must(expect[wire.Pulse](l).Open(&b, h.keys.HubPublic(), wire.ForPulse))
		l.ticks(b.Ratchet, turn, 2)
		l.ws.Close()
	}
}

func (l *till) ticks(r wire.Ratchet, turn, tick uint64) {
	l.t.Helper()
	if r.Turn != turn || r.Tick != tick || !bytes.Equal(r.Secret, l.h.ledger.Secret(l.id, 1, turn, tick)) {
		l.t.Fatalf("turn %d, tick %d: %+v", turn, tick, r)
	}
	l.ratchet = r
}

// An ack proves what it answered, and nothing else.
func TestAProofMustBeTheHubsAndForTheseRecords(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	l.record(voucher.Ask, h.issue(), 58_00)
	l.send(l.frame(0))
	ack := expect[wire.Ack](l)
	l.record(voucher.Ask, h.issue(), 58_00)
	l.ws.Close()
	for _, c := range []struct {
		name  string
		from  int
		proof func() wire.Signed
		good  bool
	}{
		{"as it came", 0, func() wire.Signed { return ack.Signed }, true},
		{"for a later record", 1, func() wire.Signed { return ack.Signed }, false},
		{"signed by the terminal itself", 0, func() wire.Signed {
			return wire.Signed{Raw: ack.Raw, Sig: wire.Sign(ack.Raw, l.key, wire.ForAck)}
		}, false},
		{"a lease in its place", 0, func() wire.Signed {
			return wire.Signed{Raw: ack.Raw, Sig: wire.Sign(ack.Raw, h.keys.Hub(), wire.ForLease)}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.enter()
			defer l.ws.Close()
			f, proof := l.part(c.from, c.from+1), c.proof()
			f.Proof = &proof
			l.send(f)
			if c.good {
				if b := l.ack(); len(b.Outcomes) != 1 {
					t.Fatalf("%+v", b)
				}
				return
			}
			if bye, _, err := l.farewell(); err != nil || !bye.Fatal {
				t.Fatalf("%+v %v", bye, err)
			}
		})
	}
}

func TestWhoHasAnOrderWaitingIsSentAwayForIt(t *testing.T) {
	h := open(t)
	l, other := h.till("M1", 1), h.till("M2", 2)
	other.enter()
	l.enter()
	l.record(voucher.Ask, h.issue(), 58_00)
	l.send(l.frame(0))
	l.ack()
	l.ws.Close()
	lost := l.raw
	l.raw = nil // an older disk
	if w := l.enter(); w.State != voucher.TerminalFrozen {
		t.Fatalf("%+v", w)
	}
	_, err := h.ledger.Decide(t.Context(), ledger.Decision{Case: 1, Verdict: voucher.Resume, Reason: "test", By: ledger.Signature{Name: "root", Console: true}})
	h.must(err)
	if bye, _, err := l.farewell(); err != nil || bye.Fatal || bye.After != 0 {
		t.Fatalf("%+v %v", bye, err)
	}
	l.raw = lost
	w := l.enter()
	var order wire.OrderBody
	if w.Order == nil {
		t.Fatalf("%+v", w)
	}
	h.must(w.Order.Open(&order, h.keys.HubPublic(), wire.ForOrder))
	if order.Terminal != l.id || order.Epoch != 2 || order.HubTime == 0 {
		t.Fatalf("%+v", order)
	}
	other.pulse() // was left in peace
}

func TestANewGenerationSendsEverybodyAway(t *testing.T) {
	h := open(t)
	l, other := h.till("M1", 1), h.till("M2", 2)
	l.enter()
	other.enter()
	made := ledger.HubMade{Generation: bytes.Repeat([]byte{9}, 16), Key: h.keys.HubPublic(), Issuing: h.keys.IssuingPublic()}
	h.must(h.ledger.Restore(t.Context(), made))
	for _, l := range []*till{l, other} {
		if bye, _, err := l.farewell(); err != nil || bye.Fatal || bye.After == 0 {
			t.Fatalf("%+v %v", bye, err)
		}
	}
	if c := l.connect(); !bytes.Equal(c.Generation, made.Generation) {
		t.Fatalf("%x", c.Generation)
	}
}

// A terminal that was challenged before the hub was restored, and answers after, has not shown what a restored hub must see.
func TestAHelloToTheGenerationBeforeIsSaidAnew(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	challenge := l.connect()
	h.must(h.ledger.Restore(t.Context(), ledger.HubMade{Generation: bytes.Repeat([]byte{9}, 16), Key: h.keys.HubPublic(), Issuing: h.keys.IssuingPublic()}))
	l.greet(l.hello(challenge))
	expect[wire.Welcome](l)
	if bye, _, err := l.farewell(); err != nil || bye.Fatal || bye.After == 0 {
		t.Fatalf("%+v %v", bye, err)
	}
}

// What was used anywhere is told to a terminal with its next report, once.
func TestAReportBringsTheVouchersThatWereUsed(t *testing.T) {
	h := open(t)
	l, other := h.till("M1", 1), h.till("M1", 2)
	other.enter()
	other.record(voucher.Ask, h.issue(), 58_00)
	other.send(other.frame(0))
	if a := other.ack(); a.Outcomes[0].Result != voucher.Redeemed {
		t.Fatalf("%+v", a)
	}
	l.enter()
	l.send(wire.Status{})
	expect[wire.Pulse](l)
	var b wire.SpentBody
	h.must(expect[wire.Spent](l).Open(&b, h.keys.HubPublic(), wire.ForSpent))
	if n, err := wire.ReadNumbers(b.Add); err != nil || n.Len() != 1 || b.From != 0 || b.To == 0 || b.Campaign != "test" {
		t.Fatalf("%+v: %v %v", b, n, err)
	}
	l.send(wire.Status{Spent: b.To})
	expect[wire.Pulse](l)
	l.send(wire.Status{Spent: b.To})
	expect[wire.Pulse](l)
}

// A terminal may have a law of a book that was lost: what the hub says now holds all the same.
func TestALawOfALostBookGivesWay(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	l.ws.Close()
	for range 2 {
		l.law += 1000
		before := l.law
		l.greet(l.hello(l.connect()))
		expect[wire.Welcome](l)
		if law := l.pushed(); law.Revision != before+1 || law.Merchant.Status != voucher.MerchantActive {
			t.Fatalf("revision %d after %d: %+v", law.Revision, before, law)
		}
		h.must(h.ledger.SetMerchantStatus(context.Background(), "M1", voucher.MerchantSuspended, "test"))
		if law := l.pushed(); law.Merchant.Status != voucher.MerchantSuspended {
			t.Fatalf("%+v", law)
		}
		h.must(h.ledger.SetMerchantStatus(context.Background(), "M1", voucher.MerchantActive, "test"))
		l.pushed()
		l.ws.Close()
	}
}

// A hello that waited on a slow line, while the terminal called again and came in, is of the past: it shows an older
// secret than is known by now, and is nobody's copy.
func TestAHelloThatWasOvertakenIsNotMet(t *testing.T) {
	h := open(t)
	l := h.till("M1", 1)
	l.enter()
	l.pulse()
	slow := l.connect()
	late, line := l.hello(slow), l.ws
	l.enter()
	l.record(voucher.Ask, h.issue(), 58_00)
	l.send(l.frame(0))
	r := l.ack().Ratchet
	l.send(wire.Status{Turn: r.Turn, Tick: r.Tick})
	expect[wire.Pulse](l)
	now := l.ws
	l.ws = line
	l.greet(late)
	if bye, _, err := l.farewell(); err != nil || bye.Fatal || bye.After == 0 {
		t.Fatalf("%+v %v", bye, err)
	}
	l.ws = now
	l.pulse()
	if info, err := h.ledger.Terminal(context.Background(), l.id); err != nil || info.State != voucher.TerminalGood {
		t.Fatalf("%v %+v", err, info.State)
	}
}
