package rehearsal

import (
	"bytes"
	"os"
	"testing"

	"hexiao/hub/wire"
)

func TestMain(m *testing.M) {
	wire.Remember() // as the program does
	os.Exit(m.Run())
}

// Forty seeds keep every promise, whatever happens to them. `make prove` plays thousands.
func TestSeedsKeepEveryPromise(t *testing.T) {
	for seed := range uint64(40) {
		p := Play{Seed: seed, Faults: All()}
		if r := Run(p); r.Violation != nil {
			t.Errorf("%s: %s", p.replay(), r.Violation)
		}
	}
}

// A seed that fails is worth nothing if it does not fail again.
func TestASeedIsTheSamePlayEachTime(t *testing.T) {
	for seed := uint64(100); seed < 106; seed++ {
		var first, again bytes.Buffer
		Run(Play{Seed: seed, Faults: All(), Log: &first})
		Run(Play{Seed: seed, Faults: All(), Log: &again})
		if !bytes.Equal(first.Bytes(), again.Bytes()) || first.Len() == 0 {
			t.Errorf("seed %d: two logs of %d and %d bytes", seed, first.Len(), again.Len())
		}
	}
}

// All that is printed with a log is the same each time: nothing in it tells how long the play took.
func TestTheLogOnStandardOutputHoldsNoRealTime(t *testing.T) {
	var first, again bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &again} {
		if code := Main([]string{"--seed", "3", "--log", "-"}, "test", out, out); code != 0 {
			t.Fatalf("exit code %d", code)
		}
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) || bytes.Contains(first.Bytes(), []byte("seeds 1 in ")) {
		t.Error("two logs differ, or say how long they took")
	}
}
