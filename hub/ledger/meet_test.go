package ledger

import (
	"bytes"
	"context"
	"testing"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// hello is what the till would say of itself.
func (t *till) hello() wire.HelloBody {
	h := wire.HelloBody{Protocol: wire.Protocol, Terminal: t.id, Epoch: t.epoch, Last: uint64(len(t.raw)), Settled: t.settled, Ratchet: t.ratchet,
		Generation: t.generation, Lease: t.lease}
	if h.Last > 0 {
		h.Head = bytes.Clone(t.head[:])
	}
	return h
}

// meet says hello, keeps a secret of the new turn on the till's disk and reports it.
func (t *till) meet() Met {
	t.h.t.Helper()
	m := t.says(t.hello())
	if m.Turn > 0 {
		t.keep(m.Turn, 1)
	}
	return m
}

func (t *till) says(h wire.HelloBody) Met {
	t.h.t.Helper()
	m, err := t.h.Meet(context.Background(), h)
	t.h.must(err)
	return m
}

// keep is a secret that reached the till's disk and was reported.
func (t *till) keep(turn, tick uint64) Reply {
	t.h.t.Helper()
	t.ratchet, t.generation = wire.Ratchet{Turn: turn, Tick: tick, Secret: t.h.Secret(t.id, t.epoch, turn, tick)}, t.h.Generation()
	r, err := t.h.Report(context.Background(), t.id, t.epoch, wire.Status{Turn: turn, Tick: tick})
	t.h.must(err)
	if r.Grant != nil {
		t.lease++
	}
	return r
}

// deliver sends records from..to and keeps the ack as a till does.
func (t *till) deliver(from, to int) (wire.AckBody, error) {
	ack, err := t.h.Receive(context.Background(), t.batch(from, to))
	if len(ack.Outcomes) > 0 {
		t.acks = append(t.acks, ack)
		t.settled = max(t.settled, ack.Outcomes[len(ack.Outcomes)-1].ID.Number)
	}
	return ack, err
}

// image is a copy of the till's disk.
func (t *till) image() *till {
	c := *t
	c.raw, c.acks = append([][]byte(nil), t.raw...), append([]wire.AckBody(nil), t.acks...)
	return &c
}

func TestEachConnectionIsATurn(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	for turn := uint64(1); turn < 4; turn++ {
		if m := a.meet(); m.Turn != turn || m.State != voucher.TerminalGood {
			t.Fatalf("%+v", m)
		}
		h.restart()
	}
	h.refold()
}

func TestSecretsDifferInEveryPart(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	seen := map[string]bool{}
	for _, s := range [][]byte{h.Secret("T1", 1, 1, 1), h.Secret("T2", 1, 1, 1), h.Secret("T1", 2, 1, 1), h.Secret("T1", 1, 2, 1), h.Secret("T1", 1, 1, 2)} {
		if len(s) != 16 || seen[string(s)] {
			t.Fatalf("%x", s)
		}
		seen[string(s)] = true
	}
}

func TestAnAckNamesTheBookAndTheRecordsItAnswers(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 4))
	a := h.till("M1", 1)
	clone := *a
	a.ask(h.issue(1), 58_00)
	ack, err := h.Receive(context.Background(), a.batch(0, 1))
	h.must(err)
	at, head := h.book.Head()
	if ack.Book != uint64(at) || !bytes.Equal(ack.BookHead, head[:]) || !bytes.Equal(ack.Answered, a.head[:]) {
		t.Fatalf("%+v, the book is at %d %s", ack, at, head)
	}
	clone.ask(h.issue(1), 58_00)
	ack, err = h.Receive(context.Background(), clone.batch(0, 1))
	h.must(err)
	if len(ack.Answered) != 0 {
		t.Fatal("an ack for a second chain proves it later")
	}
}
