package drivers_test

import (
	"sync/atomic"
	"testing"
	"time"

	"hexiao/drivers"
)

func TestATellerCountsOverAllSessions(t *testing.T) {
	var count atomic.Uint64
	told := 0
	for range 2 {
		f := drivers.NewFrames("counter", drivers.Framing{})
		tell := drivers.Teller{Emit: func(drivers.Scan) { told++ }, Repeats: f.Repeats, Count: &count}
		for range 3 {
			tell.Tell(f.Add([]byte("HX1AAA\rHX1AAA\r"), time.Unix(1, 0)))
		}
	}
	if told != 2 || count.Load() != 10 {
		t.Errorf("told of %d scans and %d repeats, want 2 and 10", told, count.Load())
	}
}
