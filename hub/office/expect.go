package office

import (
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// ahead is how many entries the watch looks at before it takes the first of them: what is looked up for them fits the
// processor's own memory (some 400 bytes each).
const ahead = 64

// expect says what entries that Add will take soon are about, for Detector.Expect. It changes nothing.
func (v *Events) expect(entries []ledger.Entry, into []cashout.Coming) []cashout.Coming {
	var sales [ahead]*voucher.Redemption
	for i := range entries {
		if sales[i] = saleOf(&entries[i]); sales[i] != nil {
			v.touched += v.claims.Touch(uint64(sales[i].Voucher.Serial))
		}
	}
	for _, r := range sales[:len(entries)] {
		if r == nil {
			continue
		}
		if c, known := v.claims.Get(uint64(r.Voucher.Serial)); known {
			into = append(into, cashout.Coming{Voucher: c.key, Person: c.personKey, Device: c.deviceKey, Payer: Short(r.Payer).key()})
		}
	}
	return into
}

// saleOf is the sale that an entry brings; nil for other entries, and for one with which something is wrong, which Add says.
func saleOf(e *ledger.Entry) *voucher.Redemption {
	if e.Received == nil {
		return nil
	}
	r, err := e.Received.Record()
	if err != nil {
		return nil
	}
	return r.Sale
}

// expect tells the detectors what the next entries are about, at most ahead of them. The lock is held.
func (w *Watch) expect(entries []ledger.Entry) {
	var room [ahead]cashout.Coming
	coming := w.events.expect(entries, room[:0])
	for _, l := range w.lookouts() {
		l.detector.Expect(coming)
	}
}
