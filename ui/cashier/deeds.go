package cashier

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// A deed is one thing to ask of the desk. It may block; what the desk made of it is an event, nil for nothing to tell.
type deed interface {
	do(ctx context.Context, d Door) event
}

// errand is a bill, a scan or a picture. Errands are run one after the other, so that a scan never overtakes the amount it belongs to;
// all other deeds run beside them: the next bill does not wait for a list.
type errand struct {
	bill    *desk.Bill
	scan    string
	picture *shot
}

type (
	voiding     string // a redemption
	listing     int    // the number of the question
	reckoning   int
	remembering int
	shutting    int // the number of the shift
	practising  bool
	checking    string // a PIN
	changing    struct{ pin, next string }
	setting     struct {
		pin  string
		wish desk.Settings
	}
)

// deedWait bounds one deed: a scan may have to wait behind one that waits for the hub (30 s at most, voucher.Check).
const deedWait = 35 * time.Second

func (e errand) do(ctx context.Context, d Door) event {
	if e.bill != nil {
		if err := d.SetBill(ctx, *e.bill); err != nil {
			return untaken{billTrouble, err}
		}
		return taken(e.bill.Fen)
	}
	if e.picture != nil {
		if err := e.picture.hand(ctx, d); err != nil {
			return untaken{pictureTrouble, err}
		}
		return nil
	}
	if err := d.Scan(ctx, e.scan); err != nil {
		return untaken{scanTrouble, err}
	}
	return nil
}

func (v voiding) do(ctx context.Context, d Door) event {
	id, err := voucher.ParseRedemptionID(string(v))
	var a desk.Answer
	if err == nil {
		a, err = d.Void(ctx, id)
	}
	if err != nil {
		return untaken{undoTrouble, err}
	}
	return undone(a)
}

func (l listing) do(ctx context.Context, d Door) event {
	lines, err := d.Day(ctx, "")
	return listed{int(l), lines, err}
}

func (r reckoning) do(ctx context.Context, d Door) event {
	s, err := d.Shift(ctx)
	return reckoned{int(r), s, err}
}

func (r remembering) do(ctx context.Context, d Door) event {
	past, err := d.Shifts(ctx)
	return remembered{int(r), past, err}
}

func (c shutting) do(ctx context.Context, d Door) event {
	s, err := d.CloseShift(ctx, int(c))
	return shut{s, err}
}

func (p practising) do(ctx context.Context, d Door) event {
	return practised{bool(p), d.Practise(ctx, bool(p))}
}

func (c checking) do(ctx context.Context, d Door) event {
	return pinChecked{string(c), d.CheckPIN(ctx, string(c))}
}

func (c changing) do(ctx context.Context, d Door) event {
	return pinChanged{c.next, d.SetPIN(ctx, c.pin, c.next)}
}

func (s setting) do(ctx context.Context, d Door) event {
	have, err := d.SetSettings(ctx, s.pin, s.wish)
	return now{have, err}
}

// after gives the state after an event, and what is to be asked of the desk because of it. It is all that the window
// decides, and pure.
func (s State) after(e event) (State, []deed) {
	e = s.meant(e)
	next := s.with(e)
	return next, s.deeds(next, e)
}

// deeds finds what the desk must be asked after an event turned s into next.
func (s State) deeds(next State, e event) []deed {
	var out []deed
	switch e := e.(type) {
	case scanned:
		out = append(out, errand{scan: string(e)})
	case pressed, escaped, noBill:
		out = s.bill(next)
	case pasted:
		if code, ok := codeIn(string(e)); ok && next.hears() && !s.writing() {
			return append(out, errand{scan: code})
		}
		if p, ok := pictureIn(string(e)); ok && !s.writing() {
			return append(out, next.handing(p)...)
		}
		out = s.bill(next)
	case given:
		out = append(out, next.handing(shot(e))...)
	case played:
		if b := next.Bill(); s.playable() {
			out = append(out, errand{bill: &b}, errand{scan: e.code})
		}
	}
	if next.Undoing != "" && next.Undoing != s.Undoing {
		out = append(out, voiding(next.Undoing))
	}
	if next.Printing != "" && next.Printing != s.Printing {
		out = append(out, printing(next.Printing))
	}
	if next.Order != nil && s.Order == nil {
		out = append(out, next.Order)
	}
	return append(out, s.questions(next)...)
}

// bill is the errand of an amount that was changed here.
func (s State) bill(next State) []deed {
	if b := next.Bill(); next.Entry.Own && b != s.Bill() {
		return []deed{errand{bill: &b}}
	}
	return nil
}

// failed is the error of what came of a deed.
func failed(e event) error {
	switch e := e.(type) {
	case untaken:
		return e.err
	case printed:
		return e.err
	case listed:
		return e.err
	case reckoned:
		return e.err
	case remembered:
		return e.err
	case shut:
		return e.err
	case practised:
		return e.err
	case pinChecked:
		return e.err
	case pinChanged:
		return e.err
	case now:
		return e.err
	case examined:
		return e.err
	case seen:
		return e.err
	case fitted:
		return e.err
	case laneNow:
		return e.err
	case accepting:
		return e.err
	}
	return nil
}

// name is a deed's name in the log; what it bears may be a code or a PIN and does not belong there.
func name(d deed) string { return strings.TrimPrefix(fmt.Sprintf("%T", d), "cashier.") }

// questions are those that have been put.
func (s State) questions(next State) []deed {
	var out []deed
	if a := next.Day.Ask; a.Open && a.No != s.Day.Ask.No {
		out = append(out, listing(a.No))
	}
	if a := next.Shift.Ask; a.Open && a.No != s.Shift.Ask.No {
		out = append(out, reckoning(a.No))
	}
	if a := next.Shift.PastAsk; a.Open && a.No != s.Shift.PastAsk.No {
		out = append(out, remembering(a.No))
	}
	if a := next.Guide.Check; a.Open && a.No != s.Guide.Check.No {
		out = append(out, examining(a.No))
	}
	if a := next.Guide.Look; a.Open && a.No != s.Guide.Look.No {
		out = append(out, seeing(a.No))
	}
	if a := next.Guide.Fetch; a.Open && a.No != s.Guide.Fetch.No {
		out = append(out, laneFetch(a.No))
	}
	return out
}

// line is the errands that wait.
type line []errand

// add puts an errand at the end; a bill replaces a bill that nobody has taken yet.
func (l line) add(e errand) line {
	if n := len(l); n > 0 && e.bill != nil && l[n-1].bill != nil {
		l = l[:n-1]
	}
	return append(l, e)
}

// run takes errands until ctx ends.
func (w *Window) run(ctx context.Context, errands <-chan errand) {
	for {
		select {
		case e := <-errands:
			w.perform(ctx, e)
		case <-ctx.Done():
			return
		}
	}
}

// perform does a deed and tells what came of it. It blocks until the desk has answered.
func (w *Window) perform(ctx context.Context, d deed) {
	within, cancel := context.WithTimeout(ctx, deedWait)
	defer cancel()
	e := d.do(within, w.door)
	if e == nil || ctx.Err() != nil {
		return
	}
	if err := failed(e); err != nil {
		w.log.Warn("desk did not do what the window asked", "what", name(d), "error", err)
	}
	w.post(e)
}
