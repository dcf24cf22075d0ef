package book

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A book that prepares its segments in turn does the same to its disk each time: the same steps, and the same bytes.
func TestInlineBooksOfOneSeedAreTheSameBytes(t *testing.T) {
	live := func() *machine {
		m := newMachine()
		b, err := Open("", Options{SegmentBytes: smallestSegment, Disk: m, Random: rand.NewChaCha8([32]byte{1}), Inline: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 200 {
			if _, err := b.Append(bytes.Repeat([]byte{byte(i)}, 300), []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		return m
	}
	one, two := live(), live()
	if one.steps != two.steps || len(one.durable) != len(two.durable) || len(one.durable) < 4 {
		t.Fatalf("%d steps and %d files, then %d and %d", one.steps, len(one.durable), two.steps, len(two.durable))
	}
	for name, n := range one.durable {
		if !bytes.Equal(n.disk, two.durable[name].disk) {
			t.Errorf("%s differs", name)
		}
	}
}
