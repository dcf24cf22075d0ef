package ledger

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// junk is a record that nobody can read.
func (t *till) junk(bytes string) {
	t.raw, t.head = append(t.raw, []byte(bytes)), wire.Hash([]byte(bytes))
}

// later is a record of a version that has a kind more: its link can be read.
func (t *till) later() {
	r := voucher.Record{ID: named(&terminal{TerminalEnrolled: TerminalEnrolled{ID: t.id}}, t.epoch, uint64(len(t.raw))+1), Prev: t.head, Kind: 99}
	raw, err := wire.EncodeRecord(&r)
	t.h.must(err)
	t.junk(string(raw))
}

func TestABadRecordNeitherBlocksNorVanishes(t *testing.T) {
	for _, c := range []struct {
		name  string
		parts []int // records are sent up to each of these
		later bool  // they are of a later version; else they are junk
	}{
		{"junk in one frame", []int{4}, false},
		{"junk, each in its own frame", []int{1, 2, 3, 4}, false},
		{"junk at the end of a frame", []int{2, 4}, false},
		{"junk at the begin of a frame", []int{1, 4}, false},
		{"of a later version, in one frame", []int{4}, true},
		{"of a later version, each in its own frame", []int{1, 2, 3, 4}, true},
		{"of a later version, at the end of a frame", []int{2, 4}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, filepath.Join(t.TempDir(), "book"))
			defer func() { h.stop() }()
			h.begin(law(voucher.AtClaim, 9))
			a := h.till("M1", 1)
			saved := h.backup()
			codes := []voucher.Code{h.issue(1), h.issue(1)}
			a.ask(codes[0], 58_00)
			if c.later {
				a.later()
				a.later()
			} else {
				a.junk("neither")
				a.junk("nor")
			}
			a.ask(codes[1], 58_00)
			from := 0
			var got []voucher.Outcome
			for _, to := range c.parts {
				ack, err := a.deliver(from, to)
				h.must(err)
				got, from = append(got, ack.Outcomes...), to
				if ack.Last != uint64(to) || len(ack.Answered) == 0 {
					t.Fatalf("%+v", ack)
				}
			}
			for i, want := range []voucher.Result{voucher.Redeemed, voucher.Disputed, voucher.Disputed, voucher.Redeemed} {
				if got[i].Result != want || got[i].ID.Number != uint64(i)+1 {
					t.Fatalf("%d: %+v", i+1, got[i])
				}
			}
			if got[1].Reason != voucher.Unreadable || got[1].Case == 0 || got[1].Case == got[2].Case {
				t.Fatalf("%+v", got)
			}
			at, _ := h.book.Head()
			for _, from := range []int{0, 1, 2} {
				ack, err := h.Receive(context.Background(), a.batch(from, 4))
				h.must(err)
				if !reflect.DeepEqual(ack.Outcomes, got[from:]) {
					t.Fatalf("asked again: %+v", ack.Outcomes)
				}
			}
			if now, _ := h.book.Head(); now != at {
				t.Fatal("asking again wrote entries")
			}
			if info, _ := h.Terminal(context.Background(), a.id); info.State != voucher.TerminalGood {
				t.Fatal("frozen")
			}
			h.refold()
			h.audit()
			if !c.later {
				return // junk does not vouch for what is before it, also not to a restored hub
			}
			h.restore(saved)
			a.file()
			a.prove(a.greets().Last)
			if r := h.recovery(); r.Recovering {
				t.Fatalf("%+v", r)
			}
			h.refold()
			h.audit()
		})
	}
}

func TestABadRecordOfASecondChainIsKeptToo(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 9))
	a := h.till("M1", 1)
	other := a.image()
	a.ask(h.issue(1), 58_00)
	a.sync()
	other.ask(h.issue(1), 58_00)
	r, err := wire.DecodeRecord(other.raw[0])
	h.must(err)
	r.Kind = 99 // of a later version: its link can be read
	raw, err := wire.EncodeRecord(r)
	h.must(err)
	b := Batch{Terminal: a.id, Raw: [][]byte{raw}, Records: []*voucher.Record{{ID: r.ID, Prev: r.Prev}}, Sig: []byte("sig")}
	ack, err := h.Receive(context.Background(), b)
	h.must(err)
	if o := ack.Outcomes[0]; o.Result != voucher.Disputed || o.Case == 0 || o.ID != r.ID {
		t.Fatalf("%+v", o)
	}
	h.refold()
}

// A frame's one signature stands with its last record: where that would not be taken, nothing of the frame is.
func TestAFrameWhoseLastRecordDoesNotFollowIsNotTaken(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 9))
	a := h.till("M1", 1)
	a.ask(h.issue(1), 58_00)
	a.junk("what nobody can read")
	good := a.raw
	r := voucher.Record{ID: named(&terminal{TerminalEnrolled: TerminalEnrolled{ID: a.id}}, 1, 7), Prev: a.head, Kind: voucher.Surrender, Lease: 1}
	raw, err := wire.EncodeRecord(&r)
	h.must(err)
	a.raw = append(good, raw)
	before, _ := h.book.Head()
	for _, from := range []int{0, 1} {
		_, err := h.Receive(context.Background(), a.batch(from, 3))
		if at, _ := h.book.Head(); !errors.Is(err, ErrRecord) || at != before {
			t.Fatalf("from %d: %v, the book is at %d", from, err, at)
		}
	}
	a.raw = good
	ack, err := a.deliver(0, 2)
	h.must(err)
	if len(ack.Outcomes) != 2 || ack.Outcomes[0].Result != voucher.Redeemed || ack.Outcomes[1].Reason != voucher.Unreadable {
		t.Fatalf("%+v", ack)
	}
	h.refold()
	h.audit()
}

// Junk in the middle of a second chain is of that chain: put behind the first one it would stand there without a signature.
func TestJunkOfASecondChainStaysThere(t *testing.T) {
	h := newHub(t, filepath.Join(t.TempDir(), "book"))
	defer func() { h.stop() }()
	h.begin(law(voucher.AtClaim, 9))
	a := h.till("M1", 1)
	other := a.image()
	a.ask(h.issue(1), 58_00)
	a.ask(h.issue(1), 58_00)
	if _, err := a.deliver(0, 2); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		other.ask(h.issue(1), 58_00)
	}
	other.junk("what nobody can read")
	other.ask(h.issue(1), 58_00)
	for range 2 {
		ack, err := h.Receive(context.Background(), other.batch(0, 6))
		h.must(err)
		if len(ack.Outcomes) != 6 || ack.Last != 2 {
			t.Fatalf("%+v", ack)
		}
		for i, o := range ack.Outcomes {
			if o.Result != voucher.Disputed || o.ID.Number != uint64(i)+1 {
				t.Fatalf("%d: %+v", i+1, o)
			}
		}
	}
	h.refold()
	h.audit()
}
