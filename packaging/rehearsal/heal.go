package rehearsal

import (
	"time"

	"hexiao/hub/voucher"
)

// heal ends the chaos: every fault goes, every PC runs, the line is good.
func (w *world) heal() {
	w.calm = true
	w.note("the chaos is over")
	w.faults.end()
	w.net.latency, w.net.jitter, w.net.lossy = 20*time.Millisecond, 5*time.Millisecond, 0
	w.until(w.queue.now + 15*time.Minute)
}

// settle waits until nothing moves any more, and then holds everything against everything.
func (w *world) settle() {
	for range 40 {
		if w.found != nil || w.quiet() {
			break
		}
		w.until(w.queue.now + 5*time.Minute)
	}
	if w.found != nil {
		return
	}
	w.drained()
	w.complete()
}

// quiet tells whether every till has heard everything.
func (w *world) quiet() bool {
	if !w.hub.up {
		return false
	}
	for _, m := range w.tills {
		if !m.on || m.core.Waiting() || m.journal.State().Queued > 0 {
			return false
		}
	}
	return true
}

// drained checks that nothing is left on the way (liveness).
func (w *world) drained() {
	if !w.hub.up {
		w.fail("liveness", "the hub does not run")
	}
	for _, m := range w.tills {
		switch {
		case !m.on:
			w.fail("liveness", "%s does not run", m.name)
		case m.journal.State().Queued > 0:
			w.fail("liveness", "%s still has %d records to send", m.name, m.journal.State().Queued)
		}
	}
}

// complete checks that everything a cashier saw accepted is in the ledger exactly once (G6).
func (w *world) complete() {
	for _, r := range w.book.rows {
		o := w.audit.tally.outcome(r.id)
		switch {
		case o == nil:
			w.fail("G6", "%s was shown as accepted and the ledger has nothing of it", r.id)
		case r.voided:
		case o.Result == voucher.Redeemed, o.Result == voucher.Disputed, w.audit.confirmed(r.id):
			if r.final && o.Result != voucher.Redeemed && !w.audit.confirmed(r.id) {
				w.fail("G5", "%s was FINAL and is disputed", r.id)
			}
		default:
			if c := w.audit.tally.confirmation(r.id); c == nil || c.Result != voucher.Disputed {
				w.fail("G6", "%s was shown as accepted and the ledger has it as %d, %s", r.id, o.Result, o.Reason)
			}
		}
	}
}
