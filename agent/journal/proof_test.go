package journal_test

import (
	"bytes"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// proofs is what a journal would send to a hub that has lost everything: of each frame the records and the ack.
func proofs(t *testing.T, j *journal.Journal, after uint64, max int) (frames [][2]uint64, acks []*wire.Signed) {
	t.Helper()
	for last := j.State().Last; after < last; {
		raws, ack, err := j.Proven(after, max)
		must(t, err)
		if len(raws) == 0 || len(raws) > max {
			t.Fatalf("%d records after %d", len(raws), after)
		}
		for i, raw := range raws {
			r, err := wire.DecodeRecord(raw)
			must(t, err)
			if r.ID.Number != after+uint64(i)+1 {
				t.Fatalf("record %d after %d", r.ID.Number, after)
			}
		}
		frames = append(frames, [2]uint64{after + 1, after + uint64(len(raws))})
		acks = append(acks, ack)
		after += uint64(len(raws))
	}
	return frames, acks
}

func TestEveryAckIsKeptAsItWasReceived(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	for serial := range uint64(9) {
		_, err := j.Ask(sold(serial))
		must(t, err)
	}
	words := func(from, to uint64) (w []voucher.Outcome) {
		for n := from; n <= to; n++ {
			w = append(w, word(n, voucher.Redeemed, voucher.OK))
		}
		return w
	}
	raws := j.Unsettled(0, 100)
	answer := func(answered uint64, words []voucher.Outcome) (wire.AckBody, wire.Signed) {
		ack, _ := ackOf(t, answered, words...)
		if answered > 0 {
			hash := wire.Hash(raws[answered-1])
			ack.Answered = hash[:]
		}
		return ack, seal(t, ack, wire.ForAck)
	}
	must(t, j.Settle(answer(2, words(1, 2))))
	must(t, j.Settle(answer(2, words(1, 2)))) // the same again is not kept again
	must(t, j.Settle(answer(5, words(2, 6)))) // says one again; the last is of a second chain to the hub
	must(t, j.Settle(answer(0, words(7, 7)))) // and so is this
	must(t, j.Settle(answer(8, words(8, 8))))
	must(t, j.Close())
	j = open(t, dir, newPC().options())

	want := [][2]uint64{{1, 2}, {3, 5}, {6, 6}, {7, 7}, {8, 8}, {9, 9}}
	proven := []bool{true, true, false, false, true, false}
	frames, acks := proofs(t, j, 0, 100)
	if len(frames) != len(want) {
		t.Fatalf("frames %v, want %v", frames, want)
	}
	for i, w := range want {
		if frames[i] != w || (acks[i] != nil) != proven[i] {
			t.Fatalf("frames %v, want %v; proof of frame %d: %v", frames, want, i, acks[i])
		}
	}
	_, first := answer(2, words(1, 2))
	if !bytes.Equal(acks[0].Raw, first.Raw) || !bytes.Equal(acks[0].Sig, first.Sig) {
		t.Error("the ack is not as it was received")
	}
	if frames, acks := proofs(t, j, 3, 100); frames[0] != [2]uint64{4, 5} || acks[0] == nil {
		t.Errorf("from the middle of an ack: %v", frames)
	}
	if frames, acks := proofs(t, j, 2, 2); frames[0] != [2]uint64{3, 4} || acks[0] != nil || frames[1] != [2]uint64{5, 5} || acks[1] == nil {
		t.Errorf("no more than two at a time: %v; an ack proves none of a part of its records", frames)
	}
	must(t, j.Verify())
}

func TestTheFirstRatchetOfAConnectionIsWrittenAtOnce(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	one, two := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16)
	on := func(step string, gen []byte, turn, tick uint64) {
		t.Helper()
		for _, j := range []*journal.Journal{j, open(t, copied(t, dir), newPC().options())} {
			if s := j.State(); !bytes.Equal(s.Generation, gen) || s.Ratchet.Turn != turn || s.Ratchet.Tick != tick {
				t.Errorf("%s: %x %+v", step, s.Generation, s.Ratchet)
			}
		}
	}
	turn := func(gen []byte, turn, tick uint64) {
		j.Turn(gen, wire.Ratchet{Turn: turn, Tick: tick, Secret: []byte{byte(tick)}})
	}
	on("new", nil, 0, 0)
	turn(one, 1, 1)
	on("the first of a connection", one, 1, 1)
	turn(one, 1, 2)
	turn(one, 1, 3)
	on("later ones are not on disk yet", one, 1, 1)
	_, err := j.Ask(sold(1))
	must(t, err)
	on("and go along with the next write", one, 1, 3)
	turn(one, 2, 1)
	on("another connection", one, 2, 1)
	turn(two, 2, 1)
	on("another generation", two, 2, 1)
}

func TestPapersAreAsReceived(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	if lease, law, err := j.Papers(); lease != nil || law != nil || err != nil {
		t.Fatal(lease, law, err)
	}
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1))
	lease, law, err := j.Papers()
	must(t, err)
	if !bytes.Equal(lease.Raw, seal(t, leaseOf(1, 1), wire.ForLease).Raw) || !bytes.Equal(law.Sig, seal(t, lawBody(1, voucher.AtClaim), wire.ForLaw).Sig) {
		t.Error("they are not as received")
	}
}
