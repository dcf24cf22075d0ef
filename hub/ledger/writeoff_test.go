package ledger

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// statement is what a person has to sign to write a terminal off.
func (h *hub) statement(id voucher.TerminalID, past, release bool, reason string) (WriteOffBody, string) {
	h.t.Helper()
	var body WriteOffBody
	raw, err := h.StateWriteOff(context.Background(), id, past, release, reason)
	if no, ok := err.(*Refusal); ok {
		return body, no.Code
	}
	h.must(err)
	h.must(wire.Unmarshal(raw, &body))
	return body, ""
}

func (h *hub) writesOff(by Signature) (WriteOffAnswer, string) {
	h.t.Helper()
	a, err := h.WriteOff(context.Background(), by)
	if no, ok := err.(*Refusal); ok {
		if no.Text.Zh == "" || no.Text.En == "" {
			h.t.Fatalf("%s without a sentence", no.Code)
		}
		return a, no.Code
	}
	h.must(err)
	return a, ""
}

// writtenOff has two persons write a terminal off.
func (h *hub) writtenOff(id voucher.TerminalID, past, release bool) WrittenOff {
	h.t.Helper()
	var done *WrittenOff
	for _, p := range []signer{h.signer("li"), h.signer("wang")} {
		body, no := h.statement(id, past, release, "the PC was stolen")
		if no != "" {
			h.t.Fatal(no)
		}
		a, no := h.writesOff(p.sign(h.t, body, ForWriteOff))
		if no != "" || done != nil {
			h.t.Fatal(no)
		}
		done = a.Done
	}
	return *done
}

func TestWriteOff(t *testing.T) {
	for _, c := range []struct {
		name    string
		release bool
		before  Pool // of 40 units: stock, free, leased, redeemed, disputed, written off
		late    voucher.Reason
		after   Pool // a late record in
		paid    Pool // and paid, as the rule proposes
	}{
		{"not released: a late record still finds its unit", false, Pool{Free: 24, Leased: 8, WrittenOff: 7, Redeemed: 1}, voucher.WrittenOff,
			Pool{Free: 24, Leased: 8, WrittenOff: 6, Redeemed: 1, Disputed: 1}, Pool{Free: 24, Leased: 8, WrittenOff: 6, Redeemed: 2}},
		{"released: nothing is set aside for a late record", true, Pool{Free: 31, Leased: 8, Redeemed: 1}, voucher.WrittenOff,
			Pool{Free: 31, Leased: 8, Redeemed: 1}, Pool{Free: 30, Leased: 8, Redeemed: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, t.TempDir())
			defer func() { h.stop() }()
			h.begin(law(voucher.AtRedemption, 40))
			a := h.till("M1", 1)
			h.till("M2", 2)
			a.accept(h.issue(1), 58_00)
			a.sync()
			a.accept(h.issue(1), 58_00) // not sent
			sees := func(when string, want Pool) {
				t.Helper()
				p := h.pools()["supermarket-10"]
				got := Pool{Free: p.Free, Leased: p.Leased, Redeemed: p.Redeemed, Disputed: p.Disputed, WrittenOff: p.WrittenOff}
				if got != want {
					t.Fatalf("%s: %+v, want %+v", when, got, want)
				}
			}
			done := h.writtenOff(a.id, false, c.release)
			if n := (Stranded{Units: done.Units}).Count(); n != 7+8 || len(done.By) != 2 {
				t.Fatalf("%d units of both pools: %+v", n, done)
			}
			sees("written off", c.before)
			h.restart()
			o := a.sync()
			if o.Result != voucher.Disputed || o.Reason != c.late {
				t.Fatalf("%+v", o)
			}
			info, err := h.Case(context.Background(), o.Case)
			if err != nil || info.Kind != voucher.Late || info.Rule.Propose != voucher.Pay {
				t.Fatalf("%v %+v", err, info)
			}
			sees("a late record", c.after)
			if _, no := h.decides(byConsole(o.Case, voucher.Pay)); no != "" {
				t.Fatal(no)
			}
			sees("paid", c.paid)
			if _, no := h.statement(a.id, false, c.release, "again"); no != "nothing_to_write_off" {
				t.Fatalf("written off twice: %q", no)
			}
			a.record(voucher.Record{Kind: voucher.Surrender, Lease: 1})
			if o := a.sync(); o.Result != voucher.Rejected {
				t.Fatalf("what was written off was given back: %+v", o)
			}
			if r := h.report(a); r.Grant != nil || r.Recall != nil {
				t.Fatalf("it may accept nothing before it begins anew: %+v", r)
			}
			met, err := h.Meet(context.Background(), wire.HelloBody{Terminal: a.id, Epoch: 1, Last: uint64(len(a.raw)), Head: a.head[:]})
			if err != nil || met.Order == nil || met.Order.Epoch != 2 {
				t.Fatalf("it is not told to begin anew: %v %+v", err, met)
			}
			h.refold()
		})
	}
}

func TestWhoMayWriteOff(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a := h.till("M1", 1)
	li, wang := h.signer("li"), h.signer("wang")
	if _, no := h.statement("T999999", false, false, "x"); no != "unknown_terminal" {
		t.Fatal(no)
	}
	if _, no := h.statement(a.id, false, false, ""); no != "bad_request" {
		t.Fatal(no)
	}
	if _, no := h.statement(a.id, true, false, "x"); no != "nothing_to_write_off" {
		t.Fatalf("there is no epoch that is over: %s", no)
	}
	body, _ := h.statement(a.id, false, false, "the PC was stolen")
	elsewhere := body
	elsewhere.Generation = []byte{2}
	future := body
	future.Epoch = 7
	for _, c := range []struct {
		name string
		by   Signature
		no   string
	}{
		{"somebody who is not entered", signer{"zhao", li.key}.sign(t, body, ForWriteOff), "person_unknown"},
		{"with another's key", signer{"li", wang.key}.sign(t, body, ForWriteOff), "bad_signature"},
		{"with a signature for something else", li.sign(t, body, ForDecision), "bad_signature"},
		{"for another hub", li.sign(t, elsewhere, ForWriteOff), "terminal_reported"},
		{"for an epoch that is not there", li.sign(t, future, ForWriteOff), "terminal_reported"},
		{"by one person", li.sign(t, body, ForWriteOff), ""},
		{"by the same person again", li.sign(t, body, ForWriteOff), ""},
	} {
		if a, no := h.writesOff(c.by); no != c.no || a.Done != nil {
			t.Fatalf("%s: %q %+v, want %q", c.name, no, a, c.no)
		}
	}
	if again, _ := h.statement(a.id, false, false, ""); again.Reason != "the PC was stolen" {
		t.Fatalf("the second person is not given the first one's words: %+v", again)
	}
	release, _ := h.statement(a.id, false, true, "the PC was stolen")
	if a, no := h.writesOff(wang.sign(t, release, ForWriteOff)); no != "" || a.Done != nil {
		t.Fatalf("the second signed something else: %q %+v", no, a)
	}
	a.ask(h.issue(1), 58_00) // the terminal is not lost at all
	a.sync()
	if _, no := h.writesOff(wang.sign(t, body, ForWriteOff)); no != "terminal_reported" {
		t.Fatalf("%q", no)
	}
	if p := h.pools()["supermarket-10"]; p.WrittenOff != 0 || p.Leased != 20 && p.Leased != 8 {
		t.Fatalf("%+v", p)
	}
	h.refold()
}

// Where the fund bears, what a written-off lease left of the reserve is kept for late records, or released to others.
func TestWriteOffOfTheReserve(t *testing.T) {
	for _, release := range []bool{false, true} {
		h := newHub(t, t.TempDir())
		h.begin(bears(law(voucher.AtClaim, 40), 300_00))
		a := h.till("M1", 1)
		b := h.till("M2", 2)
		code := h.issue(1)
		a.accept(code, 58_00)
		b.accept(code, 58_00)
		b.sync()
		had := h.reserve()
		done := h.writtenOff(a.id, false, release)
		r := h.reserve()
		if done.Sum != 160_00 || r.Lent != had.Lent-160_00 || !release && r.Kept != 160_00 || release && r.Kept != 0 {
			t.Fatalf("%+v, then %+v: %+v", had, r, done)
		}
		o := a.sync()
		info, err := h.Case(context.Background(), o.Case)
		if err != nil || info.Kind != voucher.Conflict || info.Rule.Propose != voucher.Pay {
			t.Fatalf("%v %+v", err, info)
		}
		after := h.reserve()
		if !release && (after.Kept != 150_00 || after.Claimed != 10_00) || release && after.Claimed != 0 {
			t.Fatalf("released %v: %+v", release, after)
		}
		if _, no := h.decides(byConsole(o.Case, voucher.Pay)); no != "" || h.reserve().Paid != 10_00 {
			t.Fatalf("%s %+v", no, h.reserve())
		}
		h.refold()
		h.stop()
	}
}

// What a copied terminal's first epoch has left stays lent while it works on in the second, until two persons write it off.
func TestWhatACopiedTerminalHasLeftIsWrittenOffByItself(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a := h.till("M1", 1)
	a.ask(h.issue(1), 58_00)
	a.sync()
	copied := *a
	copied.raw, copied.head = nil, [32]byte{}
	copied.accept(h.issue(1), 58_00)
	_, err := h.Receive(context.Background(), copied.batch(0, 1))
	h.must(err)
	if _, no := h.decides(byConsole(1, voucher.Resume)); no != "" {
		t.Fatal(no)
	}
	_, err = h.Meet(context.Background(), wire.HelloBody{Terminal: a.id, Epoch: 2})
	h.must(err)
	h.topUp(a.id)
	left := h.pools()["supermarket-10"]
	info, err := h.Terminal(context.Background(), a.id)
	if err != nil || info.Epoch != 2 || left.Stranded != 8 && left.Stranded != 20 || info.Stranded.Count() == 0 {
		t.Fatalf("%v %+v %+v", err, left, info)
	}
	done := h.writtenOff(a.id, true, true)
	p := h.pools()["supermarket-10"]
	if done.Epoch != 1 || p.Stranded != 0 || p.Free != left.Free+left.Stranded || p.Leased != left.Leased-left.Stranded {
		t.Fatalf("%+v, then %+v: %+v", left, p, done)
	}
	if info, _ := h.Terminal(context.Background(), a.id); info.Closed || info.Lease.Serial == 0 {
		t.Fatalf("the epoch that runs was closed too: %+v", info)
	}
	h.refold()
}

func TestStranded(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(h *hub, a *till)
		want bool
	}{
		{"heard an hour ago", func(h *hub, a *till) { h.now = h.now.Add(time.Hour) }, false},
		{"its lease has ended", func(h *hub, a *till) { h.now = h.now.Add(24 * time.Hour) }, true},
		{"revoked", func(h *hub, a *till) {
			h.must(h.SetTerminal(context.Background(), a.id, voucher.TerminalRevoked, "x"))
		}, true},
		{"reports, and has a new lease", func(h *hub, a *till) {
			for range 5 {
				h.now = h.now.Add(10 * time.Hour)
				h.report(a)
			}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, t.TempDir())
			defer func() { h.stop() }()
			h.begin(law(voucher.AtRedemption, 40))
			a := h.till("M1", 1)
			c.play(h, a)
			info, err := h.Terminal(context.Background(), a.id)
			h.must(err)
			p := h.pools()["supermarket-10"]
			if (p.Stranded > 0) != c.want || (info.Stranded.Count() > 0) != c.want || p.Stranded > p.Leased {
				t.Fatalf("%+v, %+v; want stranded: %v", p, info.Stranded, c.want)
			}
		})
	}
}

// Who writes a terminal off that a restored hub has not heard signs that too; once it was heard, that no longer holds.
func TestAWriteOffSaysThatARestoredHubHasNotHeardTheTerminal(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a := h.till("M1", 1)
	a.meet()
	li, wang := h.signer("li"), h.signer("wang")
	if body, _ := h.statement(a.id, false, true, "lost"); body.Unheard {
		t.Fatal("it was heard")
	}
	saved := h.backup()
	a.file()
	h.restore(saved)
	body, _ := h.statement(a.id, false, true, "lost")
	if _, no := h.writesOff(li.sign(t, body, ForWriteOff)); no != "" || !body.Unheard {
		t.Fatalf("%q %+v", no, body)
	}
	a.greets()
	if _, no := h.writesOff(wang.sign(t, body, ForWriteOff)); no != "terminal_reported" {
		t.Fatalf("it has been heard since, and %q", no)
	}
	h.refold()
}
