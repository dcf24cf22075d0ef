package wire_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestNumbersEqualASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(rapid.Uint32(), rapid.Uint32Range(0, 300), rapid.Uint32Range(65530, 65541))
		var n wire.Numbers
		want := map[uint32]bool{}
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			x := some.Draw(t, "x")
			if rapid.IntRange(0, 3).Draw(t, "out") == 0 {
				n.Remove(x)
				delete(want, x)
			} else {
				n.Add(x)
				want[x] = true
			}
		}
		raw, err := n.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.ReadNumbers(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range append(rapid.SliceOf(some).Draw(t, "others"), keys(want)...) {
			// the high half of a serial does not matter, the low half does to the last bit
			if s := voucher.Serial(0xabcd<<32 | uint64(x)); back.Has(s) != want[x] || n.Has(s) != want[x] {
				t.Fatalf("%08x: in the set %v, read back %v, want %v", x, n.Has(s), back.Has(s), want[x])
			}
		}
		if back.Len() != len(want) {
			t.Fatalf("%d numbers, want %d", back.Len(), len(want))
		}
	})
}

func keys(m map[uint32]bool) (all []uint32) {
	for k := range m {
		all = append(all, k)
	}
	return all
}

func TestNumbersMerge(t *testing.T) {
	var n, add, remove wire.Numbers
	n.Add(1, 2, 3)
	add.Add(4, 5)
	remove.Add(2, 5)
	n.Merge(&add, &remove)
	for x, in := range map[voucher.Serial]bool{1: true, 2: false, 3: true, 4: true, 5: false} {
		if n.Has(x) != in {
			t.Errorf("%d: %v, want %v", x, n.Has(x), in)
		}
	}
}

func FuzzReadNumbers(f *testing.F) {
	var n wire.Numbers
	n.Add(1, 2, 70000, 1<<31)
	raw, err := n.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(raw[:len(raw)-1])
	f.Add(append(raw, 0))
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := wire.ReadNumbers(raw)
		if err != nil {
			if !errors.Is(err, wire.ErrFrame) {
				t.Fatalf("%v does not say that the frame is bad", err)
			}
			return
		}
		again, err := n.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.ReadNumbers(again)
		if err != nil || back.Len() != n.Len() {
			t.Fatalf("what was read does not read again: %v", err)
		}
	})
}
