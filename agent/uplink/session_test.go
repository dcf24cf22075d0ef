package uplink

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"reflect"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var (
	hubKey    = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	deviceKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	wrongKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
)

func newSession(stage stage) *session {
	id := Identity{Terminal: "T000001", HubKey: hubKey.Public().(ed25519.PublicKey), Device: deviceKey}
	return &session{id: id, version: "test", stage: stage}
}

func frameOf(t testing.TB, m wire.Message) []byte {
	t.Helper()
	frame, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func sealed(t testing.TB, body any, key ed25519.PrivateKey, p wire.Purpose) wire.Signed {
	t.Helper()
	s, err := wire.Seal(body, key, p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzReceive gives a session frames of a stranger. Whatever they are, it does not panic, an error brings nothing along,
// and what is to be adopted was signed by the hub for just that.
func FuzzReceive(f *testing.F) {
	for _, key := range []ed25519.PrivateKey{hubKey, wrongKey} {
		for _, m := range []wire.Message{
			wire.Challenge{Nonce: make([]byte, 32), HubTime: 1},
			wire.Welcome{Last: 3, Head: make([]byte, 32)},
			wire.Law{Signed: sealed(f, wire.LawBody{Revision: 2, Terminal: "T000001"}, key, wire.ForLaw)},
			wire.Lease{Signed: sealed(f, voucher.Lease{Terminal: "T000001", Serial: 1}, key, wire.ForLease)},
			wire.Ack{Signed: sealed(f, wire.AckBody{Terminal: "T000001", Epoch: 1, Last: 1, Outcomes: []voucher.Outcome{{Result: voucher.Redeemed}}, HubTime: 5}, key, wire.ForAck)},
			wire.Ack{Signed: sealed(f, wire.AckBody{Terminal: "T000001"}, key, wire.ForPulse)},
			wire.Pulse{Signed: sealed(f, wire.PulseBody{HubTime: 5, Ratchet: wire.Ratchet{Turn: 1, Tick: 2, Secret: make([]byte, 16)}}, key, wire.ForPulse)},
			wire.Recall{Signed: sealed(f, wire.RecallBody{Terminal: "T000001", Epoch: 1, Lease: 1}, key, wire.ForRecall)},
			wire.Spent{Signed: sealed(f, wire.SpentBody{Campaign: "c", To: 3, At: 4}, key, wire.ForSpent)},
			wire.Welcome{Order: new(sealed(f, wire.OrderBody{Terminal: "T000001", Epoch: 2}, key, wire.ForOrder))},
			wire.Bye{Text: voucher.Text{Zh: "再见", En: "bye"}, After: -1},
			wire.Status{},
		} {
			for stage := range uint8(3) {
				f.Add(stage, frameOf(f, m))
			}
		}
	}
	f.Add(uint8(2), []byte{3})
	f.Fuzz(func(t *testing.T, at uint8, frame []byte) {
		s := newSession(stage(at % 3))
		st := journal.State{Terminal: "T000001", Epoch: 1, Last: 3, Settled: 1, Law: &wire.LawBody{Revision: 1}}
		next, err := s.receive(frame, st)
		if err != nil {
			if !reflect.DeepEqual(next, step{}) {
				t.Fatalf("an error and %+v", next)
			}
			if !errors.Is(err, wire.ErrFrame) && !errors.Is(err, wire.ErrSignature) {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		holds := func(r wire.Signed, body any, p wire.Purpose) {
			got := reflect.New(reflect.TypeOf(body))
			if err := r.Open(got.Interface(), s.id.HubKey, p); err != nil || !reflect.DeepEqual(got.Elem().Interface(), body) {
				t.Fatalf("%T was not signed as it is used: %v", body, err)
			}
		}
		if next.law != nil {
			holds(next.law.raw, next.law.body, wire.ForLaw)
		}
		if next.lease != nil {
			holds(next.lease.raw, next.lease.body, wire.ForLease)
		}
		if next.ack != nil {
			holds(next.ack.raw, next.ack.body, wire.ForAck)
		}
		if !next.heard.IsZero() && next.ack == nil {
			m, _ := wire.Decode(frame)
			holds(m.(wire.Pulse).Signed, wire.PulseBody{HubTime: next.heard.UnixMilli(), Ratchet: next.ratchet}, wire.ForPulse)
		}
		if next.recall != nil {
			holds(next.recall.raw, next.recall.body, wire.ForRecall)
		}
		if next.spent != nil {
			holds(next.spent.raw, next.spent.body, wire.ForSpent)
		}
		if next.order != nil {
			holds(next.order.raw, next.order.body, wire.ForOrder)
		}
		if _, ok := s.wants(st); ok && s.stage != open {
			t.Fatal("records are to be sent to a hub that has not let us in")
		}
	})
}

func TestOldLawTellsNoTime(t *testing.T) {
	s := newSession(open)
	law := wire.LawBody{Revision: 2, Terminal: "T000001", HubTime: time.Now().UnixMilli()}
	next, err := s.receive(frameOf(t, wire.Law{Signed: sealed(t, law, hubKey, wire.ForLaw)}), journal.State{})
	if err != nil || next.law == nil || !next.heard.IsZero() {
		t.Fatalf("%+v, %v", next, err)
	}
}

// TestWhereSendingBegins tells from which record on a session sends, by what either side has.
func TestWhereSendingBegins(t *testing.T) {
	for _, c := range []struct {
		name               string
		hub, settled, last uint64
		after              uint64
		sends              bool
		base               uint64 // older records were let go
	}{
		{"nothing anywhere", 0, 0, 0, 0, false, 0},
		{"the hub has nothing", 0, 0, 7, 0, true, 0},
		{"the hub has all, and has said so", 7, 7, 7, 7, false, 5},
		{"the hub has some", 4, 4, 7, 4, true, 4},
		{"the hub has all, but its answer was lost", 7, 3, 7, 3, true, 0},
		{"the hub lost some that it had acknowledged", 2, 7, 7, 2, true, 1},
		{"the hub lost more than is still here", 2, 7, 7, 5, true, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := journal.State{Epoch: 1, Last: c.last, Settled: c.settled, Base: c.base, Head: [32]byte{9}}
			s := newSession(welcomed)
			if _, err := s.receive(frameOf(t, wire.Welcome{Last: c.hub, Head: st.Head[:]}), st); err != nil {
				t.Fatal(err)
			}
			after, ok := s.wants(st)
			if ok != c.sends || after != c.after {
				t.Fatalf("after %d: %v", after, ok)
			}
		})
	}
}

func TestFramesStayBelowTheLimit(t *testing.T) {
	s := newSession(open)
	raws := make([][]byte, (wire.MaxFlight+1)*wire.MaxRecords)
	for i := range raws {
		raws[i] = make([]byte, 900) // far more than a record has
	}
	sent := 0
	for range wire.MaxFlight {
		m, err := s.records(raws[sent:], nil)
		if err != nil {
			t.Fatal(err)
		}
		if frame := frameOf(t, m); len(frame) > wire.MaxUp {
			t.Fatalf("a frame of %d bytes", len(frame))
		}
		n := len(m.(wire.Records).Raw)
		if sent += n; s.sent != uint64(sent) || n > wire.MaxRecords || n < 60 {
			t.Fatalf("%d records in a frame, %d in all, %d by the session's count", n, sent, s.sent)
		}
	}
	if _, ok := s.wants(journal.State{Last: 1000}); ok {
		t.Fatal("a fifth frame in flight")
	}
}

// TestAFullFrameGoesAgainWithItsAck: the ack holds for the last record that it answered, so that one which does not fit beside all
// of its records is of no use, and a hub that was restored ends the connection over it.
func TestAFullFrameGoesAgainWithItsAck(t *testing.T) {
	far := voucher.RedemptionID{Terminal: "T1234567890", Epoch: 1 << 31, Number: 1 << 62}
	for _, size := range []int{300, 900, 5_000, 31_600, 57_000} { // a handover may have 56 KB
		raws := make([][]byte, wire.MaxRecords)
		ack := wire.AckBody{Terminal: far.Terminal, Epoch: far.Epoch, Last: far.Number, Head: make([]byte, 32), HubTime: 1 << 41, Book: 1 << 62,
			BookHead: make([]byte, 32), Answered: make([]byte, 32), Ratchet: wire.Ratchet{Turn: 1 << 62, Tick: 1 << 62, Secret: make([]byte, 16)}}
		for i := range raws {
			raws[i] = make([]byte, size)
		}
		s := newSession(open)
		m, err := s.records(raws, nil)
		if err != nil {
			t.Fatal(err)
		}
		sent := m.(wire.Records).Raw
		for range sent {
			ack.Outcomes = append(ack.Outcomes, voucher.Outcome{ID: far, Result: voucher.Disputed, Reason: voucher.LaneLimit, Winner: far, Case: 1 << 62, At: 1 << 41})
		}
		again, err := s.records(sent, new(sealed(t, ack, hubKey, wire.ForAck)))
		if err != nil || len(again.(wire.Records).Raw) != len(sent) {
			t.Fatalf("of %d records of %d bytes not all go with their ack: %v", len(sent), size, err)
		}
		if frame := frameOf(t, again); len(frame) > wire.MaxUp {
			t.Errorf("%d records of %d bytes make a frame of %d", len(sent), size, len(frame))
		}
	}
}

func TestFarewellIsNotTakenAtItsWordForEver(t *testing.T) {
	b := backoff{random: func() float64 { return 0 }}
	for _, c := range []struct {
		bye  wire.Bye
		want time.Duration
	}{
		{wire.Bye{After: 5000}, 5 * time.Second},
		{wire.Bye{After: -5000}, 0},
		{wire.Bye{After: 1 << 62}, time.Hour},
		{wire.Bye{Fatal: true}, 5 * time.Minute},
		{wire.Bye{Fatal: true, After: 600_000}, 10 * time.Minute},
	} {
		if got := b.after(c.bye); got != c.want {
			t.Errorf("%+v: %v, want %v", c.bye, got, c.want)
		}
	}
}
