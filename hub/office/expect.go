package office

import (
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
)

// ahead is how many entries the watch looks at before it takes the first of them: what is looked up for them fits the
// processor's own memory (some 400 bytes each).
const ahead = 64

// expect has what is to be looked up for entries, which Add will take soon, brought into the processor's memory. It changes
// nothing.
func (v *Events) expect(entries []ledger.Entry, of func(cashout.Coming)) {
	var about [ahead]*claim // found first, so that the machine waits for all of them at once
	for i := range entries {
		about[i] = v.about(&entries[i])
	}
	for i, c := range about[:len(entries)] {
		if c != nil {
			of(cashout.Coming{Voucher: c.key, Person: c.personKey, Device: c.deviceKey, Payer: payerOf(&entries[i]).key()})
		}
	}
}

// about finds the voucher of a sale; nil for other entries.
func (v *Events) about(e *ledger.Entry) *claim {
	if e.Received == nil {
		return nil
	}
	r, err := e.Received.Record()
	if err != nil || r.Sale == nil {
		return nil // Add says what is wrong with it
	}
	c, _ := v.claims.Get(uint64(r.Sale.Voucher.Serial))
	return c
}

// payerOf is who paid for a sale that about has found.
func payerOf(e *ledger.Entry) Short {
	r, _ := e.Received.Record()
	return Short(r.Sale.Payer)
}

// expect tells the detectors what the next entries of a group are about.
func (w *Watch) expect(entries []ledger.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events.expect(entries[:min(ahead, len(entries))], func(c cashout.Coming) {
		for _, l := range w.lookouts() {
			l.detector.Expect(c)
		}
	})
}
