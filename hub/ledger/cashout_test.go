package ledger

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// suspects has the detector say that a merchant's newest entry makes it suspected, and gives the case.
func (h *hub) suspects(m voucher.MerchantID, score int64, vouchers ...voucher.Serial) uint64 {
	h.t.Helper()
	at, _ := h.book.Head()
	n, err := h.Suspect(context.Background(), Suspected{Merchant: m, At: at, When: h.now.Unix(), Score: score, Rules: "test", Seen: 9,
		Parts: []SuspectedPart{{Signal: "payer", Score: score, Vouchers: vouchers, Innocent: voucher.Text{Zh: "先看", En: "look first"}}}})
	h.must(err)
	return n
}

// steps takes a step as the operator, or as somebody with a key, and gives the refusal's code.
func (h *hub) steps(n uint64, v voucher.CaseVerdict, as *signer) (CashoutInfo, string) {
	h.t.Helper()
	ctx, in := context.Background(), Step{Case: n, Verdict: v, Reason: "because", By: console}
	if as != nil {
		raw, err := h.StateStep(ctx, in)
		if no, ok := err.(*Refusal); ok {
			return CashoutInfo{}, no.Code
		}
		h.must(err)
		in.By = Signature{Name: as.name, Signed: wire.Signed{Raw: raw, Sig: wire.Sign(raw, as.key, ForStep)}}
	}
	info, err := h.TakeStep(ctx, in)
	if no, ok := err.(*Refusal); ok {
		if no.Text.Zh == "" || no.Text.En == "" {
			h.t.Fatalf("%s without a sentence", no.Code)
		}
		return info, no.Code
	}
	h.must(err)
	return info, ""
}

func (h *hub) status(m voucher.MerchantID) voucher.MerchantStatus {
	is, _, err := h.Merchant(context.Background(), m)
	h.must(err)
	return is.Status
}

func (h *hub) heldIn(m voucher.MerchantID) voucher.Fen {
	sum, _, err := h.HeldOf(context.Background(), m)
	h.must(err)
	return sum
}

// TestACashoutCaseFromAlertToLifting walks one case; after each step the hub starts anew on its book.
func TestACashoutCaseFromAlertToLifting(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	li, wang := h.signer("li"), h.signer("wang")
	one, two, other := h.issue(1), h.issue(2), h.issue(1)
	first := a.ask(one, 58_00)
	a.ask(two, 108_00)
	a.ask(other, 58_00)
	a.sync()
	n := h.suspects("M1", 850, one.Body.Serial, two.Body.Serial)
	if n != 1 || h.heldIn("M1") != 30_00 || h.summary().Open != 1 {
		t.Fatalf("case %d, held %s", n, h.heldIn("M1"))
	}
	for _, c := range []struct {
		name  string
		do    voucher.CaseVerdict
		as    *signer
		no    string
		state voucher.CashoutState
		held  voucher.Fen
		is    voucher.MerchantStatus
	}{
		{"suspended before anybody has looked", voucher.StepSuspend, &li, "bad_step", voucher.Suspected, 30_00, voucher.MerchantActive},
		{"a verdict about money", voucher.Pay, nil, "bad_step", voucher.Suspected, 30_00, voucher.MerchantActive},
		{"reviewed", voucher.StepReview, nil, "", voucher.UnderReview, 30_00, voucher.MerchantActive},
		{"verified without being heard", voucher.StepVerify, &li, "bad_step", voucher.UnderReview, 30_00, voucher.MerchantActive},
		{"asked", voucher.StepHear, &li, "", voucher.Heard, 30_00, voucher.MerchantActive},
		{"verified before the merchant can have answered", voucher.StepVerify, &li, "too_early", voucher.Heard, 30_00, voucher.MerchantActive},
		{"answered", voucher.StepAnswer, nil, "", voucher.Answered, 30_00, voucher.MerchantActive},
		{"verified", voucher.StepVerify, &li, "", voucher.Verified, 30_00, voucher.MerchantActive},
		{"suspended from the console", voucher.StepSuspend, nil, "two_persons", voucher.Verified, 30_00, voucher.MerchantActive},
		{"suspended by one", voucher.StepSuspend, &li, "", voucher.Verified, 30_00, voucher.MerchantActive},
		{"suspended by the same one again", voucher.StepSuspend, &li, "", voucher.Verified, 30_00, voucher.MerchantActive},
		{"suspended by two", voucher.StepSuspend, &wang, "", voucher.Suspended, 30_00, voucher.MerchantSuspended},
		{"handed to the police", voucher.StepPolice, nil, "", voucher.WithPolice, 30_00, voucher.MerchantSuspended},
		{"cleared while suspended", voucher.StepClear, nil, "bad_step", voucher.WithPolice, 30_00, voucher.MerchantSuspended},
		{"lifted by one", voucher.StepLift, &wang, "", voucher.WithPolice, 30_00, voucher.MerchantSuspended},
		{"lifted by two", voucher.StepLift, &li, "", voucher.Lifted, 30_00, voucher.MerchantActive},
		{"cleared after all", voucher.StepClear, nil, "", voucher.Cleared, 0, voucher.MerchantActive},
		{"anything more", voucher.StepReview, nil, "bad_step", voucher.Cleared, 0, voucher.MerchantActive},
	} {
		if _, no := h.steps(n, c.do, c.as); no != c.no {
			t.Fatalf("%s: %q", c.name, no)
		}
		h.restart()
		info, err := h.Cashout(context.Background(), n)
		if err != nil || info.State != c.state || info.Held != c.held || h.heldIn("M1") != c.held || h.status("M1") != c.is {
			t.Fatalf("%s: %v %+v, merchant is %s", c.name, err, info, h.status("M1"))
		}
		held, err := h.Held(context.Background(), voucher.RedemptionID{Terminal: a.id, Epoch: 1, Number: first})
		if err != nil || (held == n) != (c.held > 0) {
			t.Fatalf("%s: the redemption is held by %d (%v)", c.name, held, err)
		}
	}
	if held, err := h.Held(context.Background(), voucher.RedemptionID{Terminal: a.id, Epoch: 1, Number: 3}); err != nil || held != 0 {
		t.Fatalf("a redemption that nothing names is held by %d (%v)", held, err)
	}
	if info, err := h.Cashout(context.Background(), n); err != nil || len(info.Steps) != 8 || len(info.Steps[4].By) != 2 || info.Steps[7].SnoozeScore != 1275 {
		t.Fatalf("%v %+v", err, info)
	}
	h.refold()
	h.audit()
}

func TestASuspensionIsToldWithTheGroupThatMakesIt(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	li, wang := h.signer("li"), h.signer("wang")
	n := h.suspects("M1", 850)
	for _, v := range []voucher.CaseVerdict{voucher.StepReview, voucher.StepHear, voucher.StepAnswer, voucher.StepVerify} {
		h.steps(n, v, nil)
	}
	h.steps(n, voucher.StepSuspend, &li)
	h.steps(n, voucher.StepSuspend, &wang)
	if c := h.lastSaid(); !slices.Contains(c.Merchants, "M1") {
		t.Fatalf("terminals are not told: %+v", c)
	}
	a.ask(h.issue(1), 58_00)
	if o := a.sync(); o.Result != voucher.Rejected || o.Reason != voucher.MerchantNotActive {
		t.Fatalf("%+v", o)
	}
	err := h.SetMerchantStatus(context.Background(), "M1", voucher.MerchantActive, "I say so")
	if no, ok := err.(*Refusal); !ok || no.Code != "case_suspended" {
		t.Fatalf("resumed behind the case: %v", err)
	}
	_, _, err = h.SetMerchants(context.Background(), []voucher.Merchant{{Code: "M1", Name: "another name", Trade: voucher.Supermarket, Status: voucher.MerchantActive}})
	if m, _, _ := h.Merchant(context.Background(), "M1"); err != nil || m.Status != voucher.MerchantSuspended || m.Name != "another name" {
		t.Fatalf("a list has let it in: %v %+v", err, m)
	}
	h.steps(n, voucher.StepLift, &wang)
	h.steps(n, voucher.StepLift, &li)
	if c := h.lastSaid(); !slices.Contains(c.Merchants, "M1") {
		t.Fatalf("terminals are not told that it is over: %+v", c)
	}
	a.ask(h.issue(1), 58_00)
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("%+v", o)
	}
	h.audit()
}

func TestAlertsJoinTheOpenCaseAndASnoozeKeepsThemQuiet(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	use := func() voucher.Serial {
		code := h.issue(1)
		a.ask(code, 58_00)
		a.sync()
		return code.Body.Serial
	}
	one := use()
	if n := h.suspects("M1", 800, one); n != 1 {
		t.Fatalf("case %d", n)
	}
	if n := h.suspects("M1", 900, one); n != 1 {
		t.Fatalf("a second case %d while one is open", n)
	}
	two := use()
	at, _ := h.book.Head()
	if n := h.suspects("M1", 1000, two); n != 1 || h.heldIn("M1") != 20_00 {
		t.Fatalf("case %d, held %s", n, h.heldIn("M1"))
	}
	again, err := h.Suspect(context.Background(), Suspected{Merchant: "M1", At: at, Score: 1000, Rules: "test"})
	if watched, _ := h.Watched(context.Background()); err != nil || again != 0 || watched != at {
		t.Fatalf("an alert was dealt with twice: case %d, watched to %d of %d (%v)", again, watched, at, err)
	}
	if n := h.suspects("M2", 1000); n != 2 {
		t.Fatalf("another merchant's alert is case %d", n)
	}
	h.steps(1, voucher.StepReview, nil)
	h.steps(1, voucher.StepClear, nil)
	quiet := h.suspects("M1", 1400, use())
	info, err := h.Cashout(context.Background(), 1)
	if err != nil || quiet != 1 || len(info.Alerts) != 4 || !info.Alerts[3].Quiet || info.State != voucher.Cleared || h.heldIn("M1") != 0 {
		t.Fatalf("case %d, %v, %+v", quiet, err, info)
	}
	if n := h.suspects("M1", 1501, use()); n != 3 {
		t.Fatalf("a score that has grown by more than half is case %d", n)
	}
	h.steps(3, voucher.StepReview, nil)
	h.steps(3, voucher.StepClear, nil)
	h.now = h.now.Add(snoozeTime + time.Second)
	if n := h.suspects("M1", 900, one); n != 4 {
		t.Fatalf("after the snooze it is case %d", n)
	}
	h.refold()
	h.audit()
}

func TestASignatureHoldsForOneStepOnly(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	li, wang := h.signer("li"), h.signer("wang")
	n := h.suspects("M1", 850)
	h.steps(n, voucher.StepReview, nil)
	h.steps(n, voucher.StepHear, nil)
	ctx, in := context.Background(), Step{Case: n, Verdict: voucher.StepAnswer, Reason: "we sell much"}
	raw, err := h.StateStep(ctx, in)
	h.must(err)
	in.By = Signature{Name: "li", Signed: wire.Signed{Raw: raw, Sig: wire.Sign(raw, li.key, ForStep)}}
	for _, c := range []struct {
		name   string
		change func(*Step)
		no     string
	}{
		{"somebody else's name", func(s *Step) { s.By.Name = "wang" }, "bad_signature"},
		{"nobody's name", func(s *Step) { s.By.Name = "zhao" }, "person_unknown"},
		{"other words", func(s *Step) { s.Reason = "we sell little" }, "bad_signature"},
		{"another verdict", func(s *Step) { s.Verdict = voucher.StepClear }, "bad_signature"},
		{"signed for a decision", func(s *Step) { s.By.Signed.Sig = wire.Sign(raw, li.key, ForDecision) }, "bad_signature"},
		{"as it was signed", func(*Step) {}, ""},
		{"the same once more", func(*Step) {}, "case_moved"},
	} {
		it := in
		c.change(&it)
		_, err := h.TakeStep(ctx, it)
		if no, _ := err.(*Refusal); err == nil && c.no != "" || err != nil && (no == nil || no.Code != c.no) {
			t.Fatalf("%s: %v, want %q", c.name, err, c.no)
		}
	}
	h.now = h.now.Add(answerTime)
	h.steps(n, voucher.StepVerify, nil)
	if _, no := h.steps(n, voucher.StepSuspend, &li); no != "" {
		t.Fatal(no)
	}
	h.suspects("M1", 999) // an alert between two signatures is no step
	if info, no := h.steps(n, voucher.StepSuspend, &wang); no != "" || info.State != voucher.Suspended {
		t.Fatalf("%s %+v", no, info)
	}
	h.audit()
}

func TestAMerchantThatDoesNotAnswer(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	n := h.suspects("M1", 850)
	h.steps(n, voucher.StepReview, nil)
	for _, late := range []time.Duration{-time.Second, longestAsk + time.Second} {
		_, err := h.TakeStep(context.Background(), Step{Case: n, Verdict: voucher.StepHear, Reason: "asked", AnswerBy: h.now.Add(late), By: console})
		if no, ok := err.(*Refusal); !ok || no.Code != "bad_request" {
			t.Fatalf("an answer by %s: %v", late, err)
		}
	}
	info, err := h.TakeStep(context.Background(), Step{Case: n, Verdict: voucher.StepHear, Reason: "asked", By: console})
	if err != nil || !info.AnswerBy.Equal(h.now.Add(3*24*time.Hour)) {
		t.Fatalf("%v %+v", err, info)
	}
	h.now = h.now.Add(3*24*time.Hour - time.Second)
	if _, no := h.steps(n, voucher.StepVerify, nil); no != "too_early" {
		t.Fatalf("verified a second early: %q", no)
	}
	h.now = h.now.Add(time.Second)
	info, no := h.steps(n, voucher.StepVerify, nil)
	if no != "" || info.State != voucher.Verified || !info.Steps[2].Unanswered {
		t.Fatalf("%s %+v", no, info)
	}
	h.audit()
}

// What is held follows the voucher: voided it holds nothing, rung up again at the same shop it is held again, at another not.
func TestWhatIsHeldFollowsTheVoucher(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a, b := h.till("M1", 1), h.till("M2", 2)
	code := h.issue(1)
	first := a.ask(code, 58_00)
	a.sync()
	n := h.suspects("M1", 850, code.Body.Serial)
	if h.heldIn("M1") != 10_00 {
		t.Fatal(h.heldIn("M1"))
	}
	a.about(voucher.Void, first)
	a.sync()
	if h.heldIn("M1") != 0 {
		t.Fatal("a voided redemption is held")
	}
	again := a.ask(code, 58_00)
	a.sync()
	if held, err := h.Held(context.Background(), voucher.RedemptionID{Terminal: a.id, Epoch: 1, Number: again}); err != nil || held != n || h.heldIn("M1") != 10_00 {
		t.Fatal(held, err, h.heldIn("M1"))
	}
	a.about(voucher.Void, again)
	a.sync()
	b.ask(code, 58_00)
	b.sync()
	if h.heldIn("M1") != 0 || h.heldIn("M2") != 0 {
		t.Fatal("another shop's redemption is held")
	}
}

// A restored hub first hears what its terminals prove, which may have the numbers of the next cases. Then the detector, which
// folds the book again, tells what it told before.
func TestAlertsWaitUntilARestoredHubHasRecovered(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 40))
	a := h.till("M1", 1)
	code := h.issue(1)
	saved := h.backup()
	a.meet()
	a.ask(code, 58_00)
	a.deliver(0, 1)
	a.file()
	if n := h.suspects("M1", 900, code.Body.Serial); n != 1 {
		t.Fatalf("case %d", n)
	}
	h.restore(saved)
	at, _ := h.book.Head()
	alert := Suspected{Merchant: "M1", At: at, Score: 900, Rules: "test"}
	if _, err := h.Suspect(context.Background(), alert); !errors.Is(err, ErrRecovering) {
		t.Fatalf("a case was opened: %v", err)
	}
	a.prove(a.greets().Last)
	if h.recovery().Recovering {
		t.Fatal("the hub still waits")
	}
	if n := h.suspects("M1", 900, code.Body.Serial); n != 1 || h.heldIn("M1") != 10_00 {
		t.Fatalf("case %d, held %s", n, h.heldIn("M1"))
	}
	h.refold()
}

// Nor can it have suspended a merchant, or let one in, or given a case's alert to another.
func TestAnAuditFindsForgedStepsOfACashoutCase(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	li, wang, zhao := h.signer("li"), h.signer("wang"), h.signer("zhao")
	n := h.suspects("M1", 850)
	h.suspects("M2", 850)
	h.steps(n, voucher.StepReview, &li)
	h.steps(n, voucher.StepHear, &li)
	h.steps(n, voucher.StepAnswer, nil)
	h.steps(n, voucher.StepVerify, &li)
	h.steps(n, voucher.StepSuspend, &li)
	h.steps(n, voucher.StepSuspend, &wang)
	h.steps(n, voucher.StepLift, &wang)
	h.steps(n, voucher.StepLift, &li)
	bodies := h.bodies()
	if err := audited(bodies); err != nil {
		t.Fatalf("a good book: %v", err)
	}
	step := func(e *Entry, v voucher.CaseVerdict) bool { return e.Stepped != nil && e.Stepped.Verdict == v }
	entered := false
	findsForged(t, bodies, []forgery{
		{"suspended by one", func(e *Entry) bool { return step(e, voucher.StepSuspend) && set(&e.Stepped.By, e.Stepped.By[:1]) }},
		{"suspended by one person twice", func(e *Entry) bool {
			return step(e, voucher.StepSuspend) && set(&e.Stepped.By[1], e.Stepped.By[0])
		}},
		{"suspended by somebody else", func(e *Entry) bool { return step(e, voucher.StepSuspend) && set(&e.Stepped.By[1].Name, zhao.name) }},
		{"suspended from the console", func(e *Entry) bool {
			return step(e, voucher.StepSuspend) && set(&e.Stepped.By, []Signature{console, console})
		}},
		{"another reason than was signed", func(e *Entry) bool { return step(e, voucher.StepVerify) && set(&e.Stepped.Reason, "other") }},
		{"more time to answer than was signed", func(e *Entry) bool {
			return step(e, voucher.StepHear) && set(&e.Stepped.AnswerBy, e.Stepped.AnswerBy+1)
		}},
		{"a step that was not possible", func(e *Entry) bool {
			return step(e, voucher.StepReview) && set(&e.Stepped.Verdict, voucher.StepVerify)
		}},
		{"an answer that is denied", func(e *Entry) bool { return step(e, voucher.StepVerify) && set(&e.Stepped.Unanswered, true) }},
		{"a step of another case", func(e *Entry) bool { return step(e, voucher.StepVerify) && set(&e.Stepped.Case, n+1) }},
		{"a proposal that nobody signed", func(e *Entry) bool {
			return e.Proposed != nil && set(&e.Proposed.By.Signed.Sig, bytes.Repeat([]byte{1}, 64))
		}},
		{"an alert given to another case", func(e *Entry) bool { return e.Suspected != nil && set(&e.Suspected.Case, 7) }},
		{"an alert kept quiet", func(e *Entry) bool { return e.Suspected != nil && set(&e.Suspected.Quiet, true) }},
		{"an alert about an entry that is to come", func(e *Entry) bool { return e.Suspected != nil && set(&e.Suspected.At, 1000) }},
		{"a suspension that its merchant does not feel", func(e *Entry) bool {
			entered = entered || step(e, voucher.StepSuspend)
			return entered && e.Merchant != nil && set(&e.Merchant.Merchant.Status, voucher.MerchantActive)
		}},
	})
}
