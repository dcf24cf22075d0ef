package ledger

import (
	"bytes"
	"context"
	"testing"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestACopyOfADiskIsNoticedAtItsFirstWord(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(h *hub, a *till) wire.HelloBody // what is said last
		kind voucher.CaseKind                     // of the case it opens; "" for none
		from uint64
		to   uint64
	}{
		{"the same disk again", func(h *hub, a *till) wire.HelloBody { return a.hello() }, "", 0, 0},
		{"the same disk with records that were not sent", func(h *hub, a *till) wire.HelloBody {
			a.ask(h.issue(1), 58_00)
			return a.hello()
		}, "", 0, 0},
		{"a turn that was begun and never reached the disk", func(h *hub, a *till) wire.HelloBody {
			a.says(a.hello())
			return a.hello()
		}, "", 0, 0},
		{"a disk from before its last connection", func(h *hub, a *till) wire.HelloBody {
			old := a.image()
			a.meet()
			return old.hello()
		}, voucher.Fork, 0, 0},
		{"a disk from before its last report", func(h *hub, a *till) wire.HelloBody {
			old := a.image()
			a.keep(a.ratchet.Turn, 2)
			return old.hello()
		}, voucher.Fork, 0, 0},
		{"a disk that went on while its copy spoke", func(h *hub, a *till) wire.HelloBody {
			copied := a.image()
			copied.meet()
			return a.hello()
		}, voucher.Fork, 0, 0},
		{"a disk that lacks two records of the hub's", func(h *hub, a *till) wire.HelloBody {
			old := a.image()
			a.ask(h.issue(1), 58_00)
			a.ask(h.issue(1), 58_00)
			a.sync()
			return old.hello()
		}, voucher.Gap, 2, 3},
		{"an empty disk with the same key", func(h *hub, a *till) wire.HelloBody {
			return (&till{h: h, id: a.id, epoch: 1}).hello()
		}, voucher.Gap, 1, 1},
		{"a damaged disk that may have lost records after its last", func(h *hub, a *till) wire.HelloBody {
			said := a.hello()
			said.Lost = true
			return said
		}, voucher.Gap, 2, 0},
		{"a disk with another last record", func(h *hub, a *till) wire.HelloBody {
			said := a.hello()
			said.Head = bytes.Repeat([]byte{1}, 32)
			return said
		}, voucher.Fork, 0, 0},
		{"a disk that does not say its last record's hash", func(h *hub, a *till) wire.HelloBody {
			said := a.hello()
			said.Head = nil
			return said
		}, voucher.Fork, 0, 0},
		{"a secret that was never given out", func(h *hub, a *till) wire.HelloBody {
			a.ratchet.Secret = make([]byte, 16)
			return a.hello()
		}, voucher.Fork, 0, 0},
		{"a turn that was never begun", func(h *hub, a *till) wire.HelloBody {
			a.ratchet.Turn++
			return a.hello()
		}, voucher.Fork, 0, 0},
		{"an epoch that nobody ordered", func(h *hub, a *till) wire.HelloBody {
			return (&till{h: h, id: a.id, epoch: 2}).hello()
		}, voucher.Fork, 0, 0},
		{"an older disk of a revoked terminal", func(h *hub, a *till) wire.HelloBody {
			h.must(h.SetTerminal(context.Background(), a.id, voucher.TerminalRevoked, "test"))
			return (&till{h: h, id: a.id, epoch: 1}).hello()
		}, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, t.TempDir())
			defer func() { h.stop() }()
			h.begin(law(voucher.AtClaim, 100))
			a := h.till("M1", 1)
			a.meet()
			a.ask(h.issue(1), 58_00)
			a.sync()
			said := c.play(h, a)
			m := a.says(said)
			s, err := h.Summary(context.Background())
			h.must(err)
			if c.kind == "" {
				if s.Cases != 0 || m.State == voucher.TerminalFrozen {
					t.Fatalf("%d cases, %q", s.Cases, m.State)
				}
				return
			}
			a.says(said) // it comes again and again, and stays one matter
			h.restart()
			a.says(said)
			info, err := h.Case(context.Background(), 1)
			h.must(err)
			if s, err = h.Summary(context.Background()); err != nil || s.Cases != 1 || info.Kind != c.kind || m.State != voucher.TerminalFrozen || m.Grant != nil {
				t.Fatalf("%v: %d cases, the first %q; the terminal is %q", err, s.Cases, info.Kind, m.State)
			}
			h.must(h.tell(context.Background(), func(d *draft) error {
				if o := d.dossiers[1].CaseOpened; o.From != c.from || o.To != c.to || o.Terminal != a.id {
					t.Errorf("%+v", o)
				}
				return nil
			}))
			h.refold()
		})
	}
}

// The tick is kept in memory only, so a hub that has just started takes the first of two copies for the terminal; the
// second one shows it.
func TestAfterARestartTheSecondCopyIsNoticed(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	a.meet()
	copied := a.image()
	a.keep(a.ratchet.Turn, 2)
	h.restart()
	if m := copied.meet(); m.State != voucher.TerminalGood {
		t.Fatalf("%+v", m)
	}
	if m := a.meet(); m.State != voucher.TerminalFrozen {
		t.Fatalf("%+v", m)
	}
}

func TestAFalseTillConfirmsNothingThatWasNotGivenOut(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	a.meet()
	_, err := h.Report(context.Background(), a.id, 1, wire.Status{Turn: 99, Tick: 1})
	h.must(err)
	if m := a.meet(); m.State != voucher.TerminalGood {
		t.Fatal("what a till made up froze it later")
	}
}

func TestAFrozenTerminalsRecordsAreAllTaken(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	a.meet()
	old := a.image()
	a.accept(h.issue(1), 58_00)
	a.sync()
	old.accept(h.issue(1), 58_00)
	old.ask(h.issue(1), 58_00)
	if m := old.meet(); m.State != voucher.TerminalGood {
		t.Fatalf("two records are more than the hub's one: %+v", m)
	}
	ack, err := old.deliver(0, 2)
	h.must(err)
	if len(ack.Outcomes) != 2 || ack.Outcomes[0].Result != voucher.Disputed || ack.Outcomes[1].Result != voucher.Disputed {
		t.Fatalf("%+v", ack)
	}
	if g, err := h.TopUp(context.Background(), a.id); g != nil || err != nil {
		t.Fatal("a frozen terminal got a lease", err)
	}
	a.ask(h.issue(1), 58_00)
	if o := a.sync(); o.Result != voucher.Rejected || o.Reason != voucher.TerminalIsFrozen {
		t.Fatalf("%+v", o)
	}
	a.accept(h.issue(1), 58_00)
	if o := a.sync(); o.Result != voucher.Disputed || o.Case == 0 {
		t.Fatalf("%+v", o)
	}
	h.refold()
}

// A disk that was put back to the middle of a sale believes that nobody was shown it. Its copy may have shown FINAL.
func TestADiskThatWasPutBackTakesNothingBack(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	a.meet()
	asked := a.ask(h.issue(1), 58_00)
	old := a.image()
	a.sync()
	a.keep(a.ratchet.Turn, 2) // FINAL is on the disk, and the hub knows
	old.about(voucher.Reverse, asked)
	if m := old.meet(); m.State != voucher.TerminalFrozen {
		t.Fatalf("%+v", m)
	}
	if o := old.sync(); o.Result != voucher.Noted || o.Reason != voucher.TerminalIsFrozen {
		t.Fatalf("%+v", o)
	}
	if s, err := h.Summary(context.Background()); err != nil || s.Redeemed != 10_00 {
		t.Fatalf("%v: %d fen are redeemed", err, s.Redeemed)
	}
	h.refold()
}

// A copy that was made in the middle of a sale takes the ask back, and comes first; the other disk has confirmed it. What was
// shown at that counter is a case, though the ask itself was redeemed once.
func TestWhatACopyTookBackIsACaseOfTheOtherDisk(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a := h.till("M1", 1)
	a.meet()
	asked := a.ask(h.issue(1), 58_00)
	copied := a.image()
	a.about(voucher.Confirm, asked)
	copied.about(voucher.Reverse, asked)
	copied.meet()
	if ack, err := copied.deliver(0, 2); err != nil || ack.Outcomes[1].Result != voucher.Undone {
		t.Fatalf("%v %+v", err, ack)
	}
	ack, err := h.Receive(context.Background(), a.batch(0, 2))
	h.must(err)
	if o := ack.Outcomes[1]; o.Result != voucher.Disputed || o.Case == 0 {
		t.Fatalf("%+v", o)
	}
	info, err := h.Case(context.Background(), ack.Outcomes[1].Case)
	if h.must(err); info.Kind.AboutTerminal() {
		t.Fatalf("the sale has no case of its own: %+v", info)
	}
	h.refold()
}
