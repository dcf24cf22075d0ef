package journal_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var generations = [][]byte{nil, []byte("generation one!!"), []byte("generation two!!")}

func spentBody(t testing.TB, gen int, from, to uint64, add, remove []uint32) wire.SpentBody {
	t.Helper()
	b := wire.SpentBody{Campaign: "lushan", Generation: generations[gen], From: from, To: to, At: noon.UnixMilli() + int64(to)}
	var in, out wire.Numbers
	in.Add(add...)
	out.Add(remove...)
	var err error
	b.Add, err = in.Bytes()
	must(t, err)
	b.Remove, err = out.Bytes()
	must(t, err)
	return b
}

func TestAVoucherUsedElsewhereIsRefusedWithoutTheHub(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, j, 9) // before any set is known
	must(t, j.AdoptSpent(spentBody(t, 1, 0, 10, []uint32{1, 2, 3}, nil)))
	must(t, j.AdoptSpent(spentBody(t, 1, 10, 12, []uint32{4}, []uint32{2})))
	asked, err := j.Ask(sold(1)) // the hub is asked all the same: it knows better
	must(t, err)
	for range 2 {
		for serial, want := range map[uint64]voucher.Reason{3: voucher.AlreadyRedeemed, 4: voucher.AlreadyRedeemed, 1<<32 + 3: voucher.AlreadyRedeemed} {
			if s, reason, err := j.Accept(sold(serial)); err != nil || reason != want || s.Number != 0 {
				t.Errorf("voucher %d: %v, %v", serial, reason, err)
			}
		}
		if _, reason, err := j.Confirm(asked.Number); err != nil || reason != voucher.AlreadyRedeemed {
			t.Errorf("confirm: %v, %v", reason, err)
		}
		must(t, j.Verify())
		must(t, j.Close())
		j = open(t, dir, newPC().options())
	}
	accept(t, j, 2) // was voided
	accept(t, j, 5)
	last := j.State().Last
	for number, want := range map[uint64]int64{1: 0, last - 1: noon.UnixMilli() + 12, last: noon.UnixMilli() + 12} {
		r, err := wire.DecodeRecord(j.Unsettled(number-1, 1)[0])
		must(t, err)
		if r.SpentAt != want {
			t.Errorf("record %d looked at the set of %d, want %d", number, r.SpentAt, want)
		}
	}
	other := lawBody(2, voucher.AtClaim)
	other.Campaign.ID = "lushan-2024"
	adopt(t, j, other)
	l := leaseOf(2, 9)
	l.Campaign = other.Campaign.ID
	must(t, j.AdoptLease(seal(t, l, wire.ForLease), l))
	accept(t, j, 3) // the set is of another campaign
}

// A voucher that this till itself has voided is not held against the customer because the set does not know yet.
func TestAVoidIsNewerThanTheSet(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, j, 1)
	must(t, j.AdoptSpent(spentBody(t, 1, 0, 10, []uint32{1}, nil)))
	_, err := j.Void(1)
	must(t, err)
	refused := func(want bool, when string) {
		t.Helper()
		asked, err := j.Ask(sold(1))
		must(t, err)
		if _, reason, err := j.Confirm(asked.Number); err != nil || (reason == voucher.AlreadyRedeemed) != want {
			t.Errorf("%s: %v, %v", when, reason, err)
		}
		_, err = j.Reverse(asked.Number)
		if err != nil {
			_, err = j.Void(asked.Number)
		}
		must(t, err)
	}
	refused(true, "before the hub has undone it")
	undone := word(2, voucher.Undone, voucher.OK)
	undone.At = noon.UnixMilli() + 11
	settle(t, j, 2, word(1, voucher.Redeemed, voucher.OK), undone)
	refused(false, "afterwards")
	must(t, j.AdoptSpent(spentBody(t, 1, 10, 20, []uint32{7}, nil)))
	refused(true, "when a newer set still has it: it was used again elsewhere")
}

func TestChangesOfTheSetThatAreNotTaken(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 99))
	must(t, j.AdoptSpent(spentBody(t, 1, 0, 10, []uint32{1}, nil)))
	for name, b := range map[string]wire.SpentBody{
		"one that does not follow":  spentBody(t, 1, 11, 12, []uint32{50}, nil),
		"one that ends before":      spentBody(t, 1, 3, 9, []uint32{51}, nil),
		"one that comes again":      spentBody(t, 1, 3, 10, []uint32{52}, nil),
		"one of another generation": spentBody(t, 2, 10, 12, []uint32{53}, nil),
		"one of another campaign":   func() wire.SpentBody { b := spentBody(t, 1, 10, 12, []uint32{54}, nil); b.Campaign = "x"; return b }(),
	} {
		must(t, j.AdoptSpent(b))
		if s := j.State().Spent; s.Version != 10 || string(s.Generation) != string(generations[1]) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	bad := spentBody(t, 1, 10, 12, []uint32{1}, nil)
	bad.Remove = []byte("no set")
	if err := j.AdoptSpent(bad); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("what is no set: %v", err)
	}
	for serial := uint64(50); serial < 55; serial++ {
		accept(t, j, serial)
	}
	must(t, j.AdoptSpent(spentBody(t, 2, 0, 3, []uint32{2}, nil)))
	accept(t, j, 1)
	if s := j.State().Spent; s.Version != 3 || string(s.Generation) != string(generations[2]) {
		t.Errorf("a whole set of another generation: %+v", s)
	}
}

// The set equals a plain map, through merging, restarts and whatever order changes come in.
func TestTheSetEqualsItsModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir := inMemory(t)
		j := open(t, dir, newPC().options())
		adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 1<<40))
		model, version := map[uint32]bool{}, uint64(0)
		numbers := rapid.SliceOfN(rapid.Uint32Range(1, 20), 0, 5)
		for range rapid.IntRange(1, 150).Draw(r, "changes") {
			from, to := version, version+rapid.Uint64Range(1, 3).Draw(r, "more")
			if version > 0 && rapid.IntRange(0, 9).Draw(r, "early") == 0 {
				must(t, j.AdoptSpent(spentBody(t, 1, to, to+1, []uint32{99}, nil)))
			}
			if rapid.IntRange(0, 30).Draw(r, "whole") == 0 {
				from = 0
			}
			if from == 0 {
				clear(model)
			}
			in := map[uint32]bool{}
			add, remove := numbers.Draw(r, "add"), []uint32(nil)
			for _, n := range add {
				in[n], model[n] = true, true
			}
			for _, n := range numbers.Draw(r, "remove") {
				if !in[n] {
					remove = append(remove, n)
					delete(model, n)
				}
			}
			if rapid.IntRange(0, 9).Draw(r, "fault") == 0 {
				j.FailBefore(fmt.Errorf("disk"))
				if err := j.AdoptSpent(spentBody(t, 1, from, to, add, remove)); err == nil {
					r.Fatal("a change was taken without a disk")
				}
			}
			must(t, j.AdoptSpent(spentBody(t, 1, from, to, add, remove)))
			version = to
			if rapid.IntRange(0, 20).Draw(r, "restart") == 0 {
				must(t, j.Verify())
				must(t, j.Close())
				j = open(t, dir, newPC().options())
			}
		}
		if got := j.State().Spent.Version; got != version {
			r.Fatalf("version %d, want %d", got, version)
		}
		for n := uint64(1); n <= 21; n++ {
			_, reason, err := j.Accept(sold(n))
			must(t, err)
			if (reason == voucher.AlreadyRedeemed) != model[uint32(n)] {
				r.Fatalf("voucher %d: %v; in the model: %v", n, reason, model[uint32(n)])
			}
		}
	})
}
