package cashier

import (
	"context"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// errand is one thing to ask of the desk: a bill or a scan.
type errand struct {
	bill *desk.Bill
	scan string
}

// errandWait bounds one errand: a scan may have to wait behind one that waits for the hub (30 s at most, voucher.Check).
const errandWait = 35 * time.Second

// line is the errands that wait. They are run in order, so that a scan never overtakes the amount it belongs to.
type line []errand

// add puts an errand at the end; a bill replaces a bill that nobody has taken yet.
func (l line) add(e errand) line {
	if n := len(l); n > 0 && e.bill != nil && l[n-1].bill != nil {
		l = l[:n-1]
	}
	return append(l, e)
}

// run takes errands until ctx ends and tells what was not done.
func (w *Window) run(ctx context.Context, errands <-chan errand) {
	for {
		select {
		case e := <-errands:
			if what, err := w.ask(ctx, e); err != nil && ctx.Err() == nil {
				w.log.Warn("desk did not take what the window sent", "what", what.String(), "error", err)
				w.post(untaken{what, err})
			}
		case <-ctx.Done():
			return
		}
	}
}

func (w *Window) ask(ctx context.Context, e errand) (trouble, error) {
	ctx, cancel := context.WithTimeout(ctx, errandWait)
	defer cancel()
	if e.bill != nil {
		return billTrouble, w.door.SetBill(ctx, *e.bill)
	}
	return scanTrouble, w.door.Scan(ctx, e.scan)
}

// undo asks the desk to undo a redemption. It runs beside the errands: the next bill does not wait for it.
func (w *Window) undo(ctx context.Context, redemption string) {
	id, err := voucher.ParseRedemptionID(redemption)
	var a desk.Answer
	if err == nil {
		a, err = w.door.Void(ctx, id)
	}
	if err != nil && ctx.Err() == nil {
		w.log.Warn("desk did not void", "redemption", redemption, "error", err)
		w.post(untaken{undoTrouble, err})
		return
	}
	w.post(undone(a))
}
