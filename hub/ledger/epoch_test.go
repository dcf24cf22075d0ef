package ledger

import (
	"context"
	"reflect"
	"testing"

	"hexiao/hub/voucher"
)

// forked is a terminal whose copy has spoken; the copy has records of its own.
func forked(h *hub) (a, other *till) {
	a = h.till("M1", 1)
	a.meet()
	a.ask(h.issue(1), 58_00)
	a.deliver(0, 1)
	other = a.image()
	a.accept(h.issue(1), 58_00)
	a.deliver(1, 2)
	a.meet()
	other.accept(h.issue(1), 58_00)
	other.ask(h.issue(1), 58_00)
	if m := other.meet(); m.State != voucher.TerminalFrozen {
		h.t.Fatalf("%+v", m)
	}
	return a, other
}

// obey begins the epoch that the hub has ordered.
func (t *till) obey(m Met) {
	t.h.t.Helper()
	if m.Order == nil || m.Order.Terminal != t.id || m.Order.Epoch <= t.epoch {
		t.h.t.Fatalf("no order: %+v", m)
	}
	*t = till{h: t.h, id: t.id, key: t.key, epoch: m.Order.Epoch, generation: t.generation}
}

func TestResumeLetsATerminalGoOnInANewEpoch(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	ctx := context.Background()
	a, other := forked(h)
	if m := a.meet(); m.Order != nil {
		t.Fatal("an order before anybody decided")
	}
	if _, no := h.decides(byConsole(1, voucher.Resume)); no != "" {
		t.Fatal(no)
	}
	if last := h.lastSaid(); !reflect.DeepEqual(last.Hello, []voucher.TerminalID{a.id}) {
		t.Fatalf("nobody was told to bring the order: %+v", last)
	}
	h.restart()
	m := a.meet()
	if m.State != voucher.TerminalGood || m.Order == nil || m.Order.Epoch != 2 {
		t.Fatalf("%+v", m)
	}
	if g, err := h.TopUp(ctx, a.id); g != nil || err != nil {
		t.Fatal("a lease of an epoch that is over", err)
	}
	a.accept(h.issue(1), 58_00)
	a.ask(h.issue(1), 58_00)
	ack, err := a.deliver(2, 4)
	h.must(err)
	if o := ack.Outcomes[0]; o.Result != voucher.Disputed || o.Case == 0 {
		t.Fatalf("accepted in an epoch that is over: %+v", o)
	}
	if info, _ := h.Case(ctx, ack.Outcomes[0].Case); info.Kind != voucher.Late {
		t.Fatalf("%+v", info)
	}
	if o := ack.Outcomes[1]; o.Result != voucher.Rejected {
		t.Fatalf("%+v", o)
	}
	old := a.image()
	a.obey(m)
	if m = a.meet(); m.Epoch != 2 || m.State != voucher.TerminalGood || m.Turn != 1 || m.Last != 0 {
		t.Fatalf("%+v", m)
	}
	a.ask(h.issue(1), 58_00)
	if o := a.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("%+v", o)
	}
	if again := old.again(4); !reflect.DeepEqual(again, ack.Outcomes[1]) {
		t.Fatalf("asked again over the end of the epoch: %+v", again)
	}
	if o := other.again(3); o.Result != voucher.Disputed {
		t.Fatalf("%+v", o)
	}
	h.refold()
}

func TestTheOtherCopyIsNoticedAgainAfterANewEpochHasBegun(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a, other := forked(h)
	h.decides(byConsole(1, voucher.Resume))
	a.obey(a.meet())
	a.meet()
	m := other.meet()
	if m.State != voucher.TerminalFrozen || m.Order != nil || m.Grant != nil || m.Epoch != 1 {
		t.Fatalf("%+v", m)
	}
	before, _ := h.Summary(context.Background())
	ack, err := other.deliver(1, 3)
	h.must(err)
	if ack.Epoch != 1 || len(ack.Outcomes) != 2 || ack.Outcomes[0].Result != voucher.Disputed {
		t.Fatalf("%+v", ack)
	}
	if s, _ := h.Summary(context.Background()); s.Redeemed != before.Redeemed {
		t.Fatal("a copy's record was paid")
	}
	if a.meet().Order != nil {
		t.Fatal("an order before anybody decided")
	}
	h.refold()
}

// A disk that was wiped begins in the first epoch again, whatever epoch the terminal was in. It has a way out all the same.
func TestADiskOfAnEarlierEpochIsOrderedOnToo(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a, other := forked(h)
	h.decides(byConsole(1, voucher.Resume))
	a.obey(a.meet())
	a.meet()
	if m := other.meet(); m.State != voucher.TerminalFrozen || m.Order != nil {
		t.Fatalf("%+v", m)
	}
	s, _ := h.Summary(context.Background())
	if _, no := h.decides(byConsole(s.Cases, voucher.Resume)); no != "" {
		t.Fatal(no)
	}
	h.restart()
	m := other.meet()
	if m.Order == nil || m.Order.Epoch != 3 {
		t.Fatalf("%+v", m)
	}
	if _, err := other.deliver(1, 3); err != nil {
		t.Fatal(err)
	}
	other.obey(m)
	if m = other.meet(); m.State != voucher.TerminalGood || m.Epoch != 3 {
		t.Fatalf("%+v", m)
	}
	other.ask(h.issue(1), 58_00)
	if o := other.sync(); o.Result != voucher.Redeemed {
		t.Fatalf("%+v", o)
	}
	if m := a.meet(); m.State != voucher.TerminalFrozen || m.Order != nil {
		t.Fatalf("the one that had gone on is a copy now: %+v", m)
	}
	h.refold()
}

// Both copies obey the order, one after the other.
func TestBothCopiesInTheNewEpochAreNoticed(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a, other := forked(h)
	h.decides(byConsole(1, voucher.Resume))
	ma, mo := a.meet(), other.meet()
	if s, _ := h.Summary(context.Background()); s.Open != 0 {
		t.Fatalf("%d cases are open though the copies are known", s.Open)
	}
	a.obey(ma)
	other.obey(mo)
	a.meet()
	if m := other.meet(); m.State != voucher.TerminalFrozen {
		t.Fatalf("%+v", m)
	}
}

func TestACopysQueueDrainsWhileTheOrderWaits(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	_, other := forked(h)
	h.decides(byConsole(1, voucher.Resume))
	m := other.meet()
	ack, err := other.deliver(1, 3)
	h.must(err)
	if len(ack.Outcomes) != 2 || ack.Outcomes[0].Case == 0 {
		t.Fatalf("%+v", ack)
	}
	if info, _ := h.Terminal(context.Background(), other.id); info.State != voucher.TerminalGood {
		t.Fatal("what was decided was opened anew by what the copy still had to send")
	}
	other.obey(m)
	if m = other.meet(); m.State != voucher.TerminalGood || m.Epoch != 2 {
		t.Fatalf("%+v", m)
	}
	h.refold()
}

func TestARevokedTerminalGetsNoOrder(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	a, _ := forked(h)
	p, q := h.signer("li"), h.signer("wang")
	h.decides(p.decides(t, 1, voucher.Revoke, "stolen"))
	h.decides(q.decides(t, 1, voucher.Revoke, "stolen"))
	if m := a.meet(); m.State != voucher.TerminalRevoked || m.Order != nil {
		t.Fatalf("%+v", m)
	}
}

// The lease of an epoch that is over stays lent: a copy may have used it.
func TestWhatAClosedEpochWasLentStaysLent(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtRedemption, 40))
	a, _ := forked(h)
	before := h.pools()["supermarket-10"]
	h.decides(byConsole(1, voucher.Resume))
	m := a.meet()
	a.obey(m)
	a.meet()
	after := h.pools()["supermarket-10"]
	if before.Leased == 0 || after.Leased <= before.Leased-1 {
		t.Fatalf("%+v, then %+v", before, after)
	}
	h.refold()
}

// A write-off closes an epoch without a case: what a copy of it sends is one matter all the same.
func TestStraysOfAnEpochThatWasWrittenOffAreOneMatter(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 100))
	p, q := h.signer("li"), h.signer("wang")
	a := h.till("M1", 1)
	a.meet()
	other := a.image()
	a.accept(h.issue(1), 58_00)
	a.deliver(0, 1)
	body, no := h.statement(a.id, false, false, "lost")
	if no != "" {
		t.Fatal(no)
	}
	h.writesOff(p.sign(t, body, ForWriteOff))
	h.writesOff(q.sign(t, body, ForWriteOff))
	for range 3 {
		other.ask(h.issue(1), 58_00)
	}
	if _, err := other.deliver(0, 3); err != nil {
		t.Fatal(err)
	}
	if s := h.summary(); s.Open != 1 {
		t.Fatalf("%d cases", s.Open)
	}
	if info, _ := h.Terminal(context.Background(), a.id); info.State != voucher.TerminalFrozen {
		t.Fatalf("%+v", info)
	}
	h.decides(byConsole(1, voucher.Resume))
	if info, _ := h.Terminal(context.Background(), a.id); info.State != voucher.TerminalGood {
		t.Fatalf("%+v", info)
	}
	h.refold()
}
