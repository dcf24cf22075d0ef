package drivers

import "sync/atomic"

// Teller gives the scans of a device's sessions, each from plugging in to unplugging, to whoever wants them, and counts the repeats that were
// dropped. It belongs to one goroutine.
type Teller struct {
	Emit    func(Scan)
	Repeats func() uint64  // of this session, as Frames and Codes count them
	Count   *atomic.Uint64 // of the device

	before uint64
}

// Tell gives the scans to Emit one after the other, and waits for it.
func (t *Teller) Tell(scans []Scan) {
	now := t.Repeats()
	t.Count.Add(now - t.before)
	t.before = now
	for _, s := range scans {
		t.Emit(s)
	}
}
