package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// signer is a person who may sign.
type signer struct {
	name string
	key  ed25519.PrivateKey
}

func (h *hub) signer(name string) signer {
	h.t.Helper()
	p := signer{name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte(name[:1]), 32))}
	h.must(h.AddPerson(context.Background(), PersonSet{name, p.key.Public().(ed25519.PublicKey)}))
	return p
}

// sign is a person's word on a statement.
func (p signer) sign(t tester, body any, purpose wire.Purpose) Signature {
	t.Helper()
	signed, err := wire.Seal(body, p.key, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return Signature{Name: p.name, Signed: signed}
}

func (p signer) decides(t tester, n uint64, v voucher.CaseVerdict, reason string) Decision {
	body := DecisionBody{Generation: []byte{1}, Case: n, Verdict: v, Reason: reason}
	return Decision{n, v, reason, p.sign(t, body, ForDecision)}
}

var console = Signature{Name: "root", Console: true}

func byConsole(n uint64, v voucher.CaseVerdict) Decision { return Decision{n, v, "looked at", console} }

func (h *hub) decides(in Decision) (CaseInfo, string) {
	h.t.Helper()
	info, err := h.Decide(context.Background(), in)
	if no, ok := err.(*Refusal); ok {
		if no.Text.Zh == "" || no.Text.En == "" {
			h.t.Fatalf("%s without a sentence", no.Code)
		}
		return info, no.Code
	}
	h.must(err)
	return info, ""
}

func (h *hub) reserve() Reserve {
	s, err := h.Summary(context.Background())
	h.must(err)
	return s.Reserve
}

// bears makes the fund bear offline losses out of a reserve.
func bears(c voucher.Campaign, reserve voucher.Fen) voucher.Campaign {
	c.Offline.Bears, c.Offline.Reserve = voucher.FundBears, reserve
	return c
}

// twice accepts one voucher offline at both tills; the second one is disputed.
func twice(h *hub, a, b *till) voucher.Outcome {
	code := h.issue(1)
	a.accept(code, 58_00)
	b.accept(code, 58_00)
	a.sync()
	return b.sync()
}

func TestWhatADecisionMoves(t *testing.T) {
	type moved struct {
		free, outstanding, leased, redeemed, disputed int64
		money, paid                                   voucher.Fen
	}
	for _, c := range []struct {
		name          string
		law           voucher.Campaign
		play          func(h *hub, a, b *till) voucher.Outcome
		kind          voucher.CaseKind
		propose       voucher.CaseVerdict
		before        moved
		paid, refused moved
	}{
		{"used elsewhere before, and the fund bears it", bears(law(voucher.AtClaim, 10), 400_00), twice, voucher.Conflict, voucher.Pay,
			moved{9, 0, 0, 1, 0, 10_00, 0}, moved{9, 0, 0, 1, 0, 10_00, 10_00}, moved{9, 0, 0, 1, 0, 10_00, 0}},
		{"at an uncertain time, out of the voucher's unit", law(voucher.AtClaim, 10), func(h *hub, a, b *till) voucher.Outcome { return clockOff(h, a) }, voucher.Clock, voucher.Pay,
			moved{9, 0, 0, 0, 1, 0, 0}, moved{9, 0, 0, 1, 0, 10_00, 0}, moved{10, 0, 0, 0, 0, 0, 0}},
		{"at an uncertain time, out of the lease's unit", law(voucher.AtRedemption, 40), func(h *hub, a, b *till) voucher.Outcome { return clockOff(h, a) }, voucher.Clock, voucher.Pay,
			moved{24, 0, 15, 0, 1, 0, 0}, moved{24, 0, 15, 1, 0, 10_00, 0}, moved{25, 0, 15, 0, 0, 0, 0}},
		{"used elsewhere, then the other sale was voided: out of the voucher's own unit", bears(law(voucher.AtClaim, 10), 400_00), func(h *hub, a, b *till) voucher.Outcome {
			o := twice(h, a, b)
			a.about(voucher.Void, 1)
			a.sync()
			return o
		}, voucher.Conflict, voucher.Pay, moved{9, 1, 0, 0, 0, 0, 0}, moved{9, 0, 0, 1, 0, 10_00, 0}, moved{9, 1, 0, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for verdict, want := range map[voucher.CaseVerdict]moved{voucher.Pay: c.paid, voucher.Refuse: c.refused} {
				h := newHub(t, t.TempDir())
				h.begin(c.law)
				a, b := h.till("M1", 1), h.till("M2", 2)
				o := c.play(h, a, b)
				info, err := h.Case(context.Background(), o.Case)
				h.must(err)
				if o.Result != voucher.Disputed || info.Kind != c.kind || info.Rule.Propose != c.propose || info.Rule.Tell.Zh == "" {
					t.Fatalf("%+v: %+v", o, info)
				}
				sees := func(when string, want moved) {
					t.Helper()
					s, err := h.Summary(context.Background())
					h.must(err)
					p := s.Pools[0]
					if got := (moved{p.Free, p.Outstanding, p.Leased, p.Redeemed, p.Disputed, s.Redeemed, s.Reserve.Paid}); got != want {
						t.Fatalf("%s %s: %+v, want %+v", verdict, when, got, want)
					}
				}
				sees("before", c.before)
				in := byConsole(o.Case, verdict)
				if verdict != c.propose {
					p, q := h.signer("li"), h.signer("wang")
					if _, no := h.decides(p.decides(t, o.Case, verdict, "x")); no != "" {
						t.Fatal(no)
					}
					in = q.decides(t, o.Case, verdict, "x")
				}
				if info, no := h.decides(in); no != "" || info.Ruling == nil || info.Ruling.Tell.Zh == "" || info.Ruling.Tell.En == "" {
					t.Fatalf("%s %+v", no, info)
				}
				sees("after", want)
				if h.reserve().Claimed != 0 {
					t.Fatalf("money is still kept for it: %+v", h.reserve())
				}
				h.refold()
				h.restart()
				if _, no := h.decides(in); no != "case_decided" {
					t.Fatalf("decided again: %s", no)
				}
				sees("after a second try", want)
				h.stop()
			}
		})
	}
}

func TestWhoMayDecide(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(bears(law(voucher.AtClaim, 100), 400_00))
	a, b := h.till("M1", 1), h.till("M2", 2)
	n := twice(h, a, b).Case // the rule proposes pay
	li, wang := h.signer("li"), h.signer("wang")
	other := signer{"li", wang.key}
	wrong := li.decides(t, n, voucher.Refuse, "x")
	wrong.Verdict = voucher.Pay
	oldHub := Decision{n, voucher.Pay, "x", li.sign(t, DecisionBody{Generation: []byte{2}, Case: n, Verdict: voucher.Pay, Reason: "x"}, ForDecision)}
	elsewhere := Decision{n, voucher.Pay, "x", li.sign(t, DecisionBody{Generation: []byte{1}, Case: n, Verdict: voucher.Pay, Reason: "x"}, wire.ForLease)}
	for _, c := range []struct {
		name string
		in   Decision
		no   string
	}{
		{"a case that is not there", byConsole(99, voucher.Pay), "not_found"},
		{"a verdict for another kind of case", byConsole(n, voucher.Resume), "bad_verdict"},
		{"no verdict at all", byConsole(n, ""), "bad_verdict"},
		{"without a reason", Decision{n, voucher.Pay, " ", console}, "bad_request"},
		{"with a control character in the reason", Decision{n, voucher.Pay, "a\x1b[31m", console}, "bad_request"},
		{"against the rule by the operator alone", byConsole(n, voucher.Refuse), "two_persons"},
		{"by nobody", Decision{n, voucher.Pay, "x", Signature{Console: true}}, "bad_request"},
		{"by somebody who is not entered", signer{"zhao", li.key}.decides(t, n, voucher.Pay, "x"), "person_unknown"},
		{"with another person's key", other.decides(t, n, voucher.Pay, "x"), "bad_signature"},
		{"with a signature for another verdict", wrong, "bad_signature"},
		{"with a signature for a hub before it was restored", oldHub, "bad_signature"},
		{"with a signature made for something else", elsewhere, "bad_signature"},
		{"against the rule by one person", li.decides(t, n, voucher.Refuse, "x"), ""},
		{"against the rule by the same person again", li.decides(t, n, voucher.Refuse, "x"), ""},
		{"against the rule by another person in other words", wang.decides(t, n, voucher.Refuse, "y"), ""},
	} {
		if info, no := h.decides(c.in); no != c.no || info.Ruling != nil {
			t.Fatalf("%s: %q %+v, want %q and no decision", c.name, no, info, c.no)
		}
	}
	info, err := h.Case(context.Background(), n)
	h.must(err)
	if len(info.Proposed) != 2 || info.Proposed[0].By.Name != "li" || info.Proposed[1].By.Name != "wang" {
		t.Fatalf("%+v", info.Proposed)
	}
	h.restart()
	info, no := h.decides(wang.decides(t, n, voucher.Refuse, "x"))
	if no != "" || info.Ruling == nil || info.Ruling.names() != "li, wang" || len(info.Proposed) != 0 {
		t.Fatalf("two persons with one word: %s %+v", no, info)
	}
	m := twice(h, a, b).Case
	if info, no := h.decides(li.decides(t, m, voucher.Pay, "as the rule says")); no != "" || info.Ruling == nil {
		t.Fatalf("as proposed, by one person: %s %+v", no, info)
	}
	h.refold()
}

func TestPersonsAreEnteredOnce(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 10))
	li := h.signer("li")
	key := li.key.Public().(ed25519.PublicKey)
	for _, c := range []struct {
		name string
		in   PersonSet
		no   string
	}{
		{"the same name with another key", PersonSet{"li", bytes.Repeat([]byte{9}, 32)}, "person_known"},
		{"the same key under another name", PersonSet{"wang", key}, "person_known"},
		{"no name", PersonSet{" ", bytes.Repeat([]byte{9}, 32)}, "bad_request"},
		{"no key", PersonSet{"wang", nil}, "bad_request"},
	} {
		err := h.AddPerson(context.Background(), c.in)
		if no, ok := err.(*Refusal); !ok || no.Code != c.no {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	h.restart()
	all, err := h.Persons(context.Background())
	if err != nil || len(all) != 1 || all[0].Name != "li" || !bytes.Equal(all[0].Key, key) {
		t.Fatalf("%v %+v", err, all)
	}
}

// clockOff accepts a good voucher while nobody could tell whether its phase had begun: a case that the rule would pay.
func clockOff(h *hub, a *till) voucher.Outcome {
	a.record(voucher.Record{Kind: voucher.Accept, Sale: sale(h.issue(1), 58_00), Lease: 1})
	r, _ := wire.DecodeRecord(a.raw[len(a.raw)-1])
	r.Sure, r.Heard = false, start.Add(-time.Hour).UnixMilli()
	raw, err := wire.EncodeRecord(r)
	h.must(err)
	a.raw[len(a.raw)-1], a.head = raw, wire.Hash(raw)
	return a.sync()
}

func TestASaleThatIsVoidedIsNotPaid(t *testing.T) {
	for _, stock := range []voucher.StockAt{voucher.AtClaim, voucher.AtRedemption} {
		h := newHub(t, t.TempDir())
		h.begin(law(stock, 40))
		a, b := h.till("M1", 1), h.till("M2", 2)
		before, paid := clockOff(h, a), clockOff(h, a)
		if _, no := h.decides(byConsole(paid.Case, voucher.Pay)); no != "" {
			t.Fatal(no)
		}
		pools := h.pools()["supermarket-10"]
		a.about(voucher.Void, 1) // before anybody has decided
		if o := a.sync(); o.Result != voucher.Noted {
			t.Fatalf("%+v", o)
		}
		info, err := h.Case(context.Background(), before.Case)
		if err != nil || info.Rule.Propose != voucher.Refuse || info.Void.Number != 3 || info.Rule.Tell != Withdrawn {
			t.Fatalf("%v %+v", err, info)
		}
		if _, no := h.decides(h.signer("li").decides(t, before.Case, voucher.Pay, "x")); no != "nothing_to_pay" {
			t.Fatalf("a voided sale may be paid: %q", no)
		}
		if _, no := h.decides(byConsole(before.Case, voucher.Refuse)); no != "" {
			t.Fatal(no)
		}
		a.about(voucher.Void, 2) // after it was paid
		if o := a.sync(); o.Result != voucher.Undone {
			t.Fatalf("paid, then voided: %+v", o)
		}
		p := h.pools()["supermarket-10"]
		if p.Redeemed != 0 || p.Disputed != 0 || stock == voucher.AtClaim && p.Outstanding != 2 || stock == voucher.AtRedemption && p.Free != pools.Free+2 {
			t.Fatalf("%s: %+v, then %+v", stock, pools, p)
		}
		for n := range voucher.Serial(2) { // both vouchers are their holders' again
			b.ask(voucher.Sign(voucher.Body{Key: 1, Campaign: 9, Phase: 1, Tier: 1, Serial: n + 1}, issuing), 58_00)
			if o := b.sync(); o.Result != voucher.Redeemed {
				t.Fatalf("%+v", o)
			}
		}
		if s, err := h.Summary(context.Background()); err != nil || s.Redeemed != 20_00 {
			t.Fatalf("%v %s", err, s.Redeemed)
		}
		a.about(voucher.Void, 2)
		if o := a.sync(); o.Result != voucher.Noted {
			t.Fatalf("voided twice: %+v", o)
		}
		h.refold()
		h.stop()
	}
}

// The reserve pays what nothing else pays, and not a fen beyond what it is kept for already.
func TestTheReserveIsNeverOverdrawn(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(bears(law(voucher.AtClaim, 100), 25_00))
	a, b := h.till("M1", 1), h.till("M2", 2) // a is lent 25.00, b nothing
	if r := h.reserve(); r.Lent != 25_00 {
		t.Fatalf("%+v", r)
	}
	beyond := twice(h, a, b).Case // b's acceptance is beyond its lease; a has used 10.00, and 15.00 are lent
	li, wang := h.signer("li"), h.signer("wang")
	h.decides(li.decides(t, beyond, voucher.Pay, "x"))
	if info, no := h.decides(wang.decides(t, beyond, voucher.Pay, "x")); no != "" || info.Ruling == nil || info.Ruling.From != FromReserve {
		t.Fatalf("10.00 are nobody's: %s %+v", no, info)
	}
	if r := h.reserve(); r != (Reserve{Paid: 10_00, Lent: 15_00}) {
		t.Fatalf("%+v", r)
	}
	code := h.issue(1)
	b.accept(code, 58_00)
	b.accept(code, 58_00)
	again := b.sync()
	if _, no := h.decides(li.decides(t, again.Case, voucher.Pay, "x")); no != "reserve_exhausted" {
		t.Fatalf("all of the reserve is spent or lent, and the answer is %q", no)
	}
	smaller := bears(law(voucher.AtClaim, 100), 24_99)
	if _, _, err := h.Apply(context.Background(), smaller); err == nil || err.(*Refusal).Code != "reserve_in_use" {
		t.Fatalf("the reserve was taken from under its leases: %v", err)
	}
	h.refold()
}

func TestWhileTheHubRecoversNothingIsPaidOutOfWhatOthersMayHaveTaken(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(bears(law(voucher.AtClaim, 10), 400_00))
	a, b := h.till("M1", 1), h.till("M2", 2)
	double, clock := twice(h, a, b), clockOff(h, a)
	s, err := h.Summary(context.Background())
	h.must(err)
	h.must(h.Restore(context.Background(), HubMade{Generation: []byte{9}, Key: s.Hub.Key, Issuing: s.Hub.Issuing}))
	if _, no := h.decides(byConsole(double.Case, voucher.Pay)); no != "recovering" {
		t.Fatalf("out of the reserve: %q", no)
	}
	if _, no := h.decides(byConsole(clock.Case, voucher.Pay)); no != "" {
		t.Fatalf("out of the unit that was set aside: %q", no)
	}
	for _, t := range []*till{a, b} {
		h.must(h.SetTerminal(context.Background(), t.id, voucher.TerminalRevoked, "lost"))
	}
	if _, no := h.decides(byConsole(double.Case, voucher.Pay)); no != "" {
		t.Fatalf("recovered, and %q", no)
	}
	h.refold()
}

// A second chain's acceptances are each a matter of money, apart from what becomes of the terminal.
func TestASecondChainsAcceptancesAreDecidedOneByOne(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	refusedAsk := a.ask(h.issue(1), 1_00)
	a.sync()
	clone := *a
	clone.raw = append([][]byte{}, a.raw...)
	one, two := h.issue(1), h.issue(1)
	a.accept(one, 58_00)
	a.accept(h.issue(1), 58_00)
	a.sync()
	clone.accept(two, 58_00)                 // good, but the terminal has another record 2
	clone.accept(one, 58_00)                 // used by the first chain
	n := clone.ask(h.issue(1), 58_00)        // nobody was shown it
	clone.about(voucher.Confirm, n)          // now somebody was
	clone.about(voucher.Confirm, refusedAsk) // of an ask that both chains have
	clone.about(voucher.Void, 2)             // sells nothing
	ack, err := h.Receive(context.Background(), clone.batch(1, 7))
	h.must(err)
	type want struct {
		kind voucher.CaseKind
		of   uint64
	}
	for i, w := range []want{{voucher.Breach, 1}, {voucher.Conflict, 1}, {voucher.Fork, 0}, {voucher.Breach, 1}, {voucher.Breach, 1}, {voucher.Fork, 0}} {
		var got want
		h.must(h.tell(context.Background(), func(d *draft) error {
			c := d.dossiers[ack.Outcomes[i].Case]
			got = want{c.Kind, c.Of}
			return nil
		}))
		if got != w || ack.Outcomes[i].Result != voucher.Disputed {
			t.Fatalf("record %d is in a case %+v, want %+v: %+v", i+2, got, w, ack.Outcomes[i])
		}
	}
	again, err := h.Receive(context.Background(), clone.batch(1, 7))
	h.must(err)
	for i, o := range again.Outcomes {
		if o != ack.Outcomes[i] {
			t.Fatalf("asked twice, answered %+v and then %+v", ack.Outcomes[i], o)
		}
	}
	li, wang := h.signer("li"), h.signer("wang")
	pays := func(i int) (CaseInfo, string) {
		h.decides(li.decides(t, ack.Outcomes[i].Case, voucher.Pay, "x"))
		return h.decides(wang.decides(t, ack.Outcomes[i].Case, voucher.Pay, "x"))
	}
	if info, no := pays(0); no != "" || info.Ruling.From != FromVoucher {
		t.Fatalf("a good voucher of a second chain is paid out of its own unit: %s %+v", no, info.Ruling)
	}
	if _, no := pays(1); no != "reserve_exhausted" {
		t.Fatalf("one voucher was paid twice: %s", no)
	}
	if standing, by, _ := h.Voucher(context.Background(), two.Body.Serial); standing != voucher.StandingRedeemed || by.Number != 2 {
		t.Fatalf("a paid voucher is %d by %s", standing, by)
	}
	if info, no := h.decides(li.decides(t, 1, voucher.Revoke, "x")); no != "" || info.Ruling != nil {
		t.Fatalf("%s %+v", no, info)
	}
	if _, no := h.decides(wang.decides(t, 1, voucher.Revoke, "x")); no != "" {
		t.Fatal(no)
	}
	if info, err := h.Terminal(context.Background(), a.id); err != nil || info.State != voucher.TerminalRevoked {
		t.Fatalf("%v %+v", err, info)
	}
	h.refold()
}

func TestLateForItsPhase(t *testing.T) {
	c := law(voucher.AtClaim, 10)
	c.Offline.Grace = 48 * time.Hour
	for _, x := range []struct {
		name string
		at   time.Duration // after the phase's end
		kind voucher.CaseKind
	}{
		{"on the last moment of the grace", 48 * time.Hour, ""},
		{"a millisecond later", 48*time.Hour + time.Millisecond, voucher.Late},
	} {
		h := newHub(t, t.TempDir())
		h.begin(c)
		a := h.till("M1", 1)
		a.accept(h.issue(1), 58_00)
		h.now = c.Phases[0].End.Add(x.at)
		o := a.sync()
		if x.kind == "" && o.Result != voucher.Redeemed {
			t.Errorf("%s: %+v", x.name, o)
		}
		if x.kind != "" {
			info, err := h.Case(context.Background(), o.Case)
			if err != nil || info.Kind != x.kind || info.Rule.Propose != voucher.Pay || o.Result != voucher.Disputed {
				t.Errorf("%s: %v %+v %+v", x.name, err, o, info)
			}
		}
		h.refold()
		h.stop()
	}
}
