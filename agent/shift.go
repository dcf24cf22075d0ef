package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
)

// closingNow is a close that waits until what was asked of the hub before it is answered: whatever the cashier has asked
// to be closed is then in the sums, with the answer that the customer got. What is sold meanwhile is of the next shift.
type closingNow struct {
	upto   mark
	answer []func(closed)
}

// closed is the answer to a close.
type closed struct {
	shift desk.Shift
	err   error
}

// Shift is Terminal.Shift for a journal and a data folder whose agent does not run.
func Shift(j *journal.Journal, dir string) desk.Shift {
	return NewCore(Config{Journal: j, Closes: ReadCloses(dir, j)}).Shift()
}

// Shift gives the shift that runs.
func (t *Core) Shift() desk.Shift {
	return t.runningTo(t.tip()).shift
}

// runningTo adds up the running shift as far as a record.
func (t *Core) runningTo(upto mark) tally {
	y := t.tally(t.shiftFrom, upto)
	y.shift.Number = t.closes.running()
	if before := t.closes.list; len(before) > 0 {
		y.shift.From = *before[len(before)-1].Shift.Until
	}
	return y
}

// tip is the newest record.
func (t *Core) tip() mark {
	s := t.journal.State()
	return mark{s.Epoch, s.Last}
}

// startShift finds where the running shift begins. Of a journal that was put back to before the last closing, everything
// that comes now is new.
func (t *Core) startShift() {
	t.shiftFrom = t.closes.upto()
	if tip := t.tip(); tip.before(t.shiftFrom) {
		t.shiftFrom = tip
	}
	if t.closes.path != "" { // else nobody asks for this shift tomorrow
		t.journal.Keep(t.shiftFrom.of(t.journal.State().Terminal))
	}
}

// CloseShift ends the running shift and gives it; see desk.Shifts. answer is called once, now or in a later step.
func (t *Core) CloseShift(number int, answer func(desk.Shift, error)) {
	running := t.closes.running()
	one, known := t.closes.find(number)
	switch {
	case known:
		answer(t.closedShift(one), nil)
	case number != running:
		answer(desk.Shift{}, &desk.NoShift{Asked: number, Running: running})
	case t.stopping:
		answer(desk.Shift{}, desk.ErrStopping)
	default:
		if t.closing == nil {
			t.closing = &closingNow{upto: t.tip()}
		}
		t.closing.answer = append(t.closing.answer, func(c closed) { answer(c.shift, c.err) })
		t.closeWhenAnswered()
	}
}

// closeWhenAnswered does a close that nothing is waited for any more. Whoever ends a wait calls it.
func (t *Core) closeWhenAnswered() {
	now := t.closing
	if now == nil {
		return
	}
	for of := range t.waits {
		if !now.upto.before(markOf(of)) {
			return
		}
	}
	t.closing = nil
	c := t.closeTo(now.upto)
	for _, answer := range now.answer {
		answer(c)
	}
}

// closeTo closes the running shift behind a record.
func (t *Core) closeTo(upto mark) closed {
	y := t.runningTo(upto)
	at := t.at()
	y.shift.Until = &at
	one := closing{Shift: y.shift, After: t.shiftFrom, Upto: upto, Sales: y.sales}
	if err := t.closes.add(one); err != nil {
		return closed{err: t.notClosed(err)}
	}
	t.startShift()
	t.log.Info("shift closed", "number", y.shift.Number, "upto", upto.of(t.journal.State().Terminal).String(), "redemptions", y.shift.Standing.Count)
	return closed{shift: y.shift}
}

func (t *Core) notClosed(err error) error {
	t.log.Error("shift not closed", "error", err)
	if errors.Is(err, journal.ErrFull) {
		return fmt.Errorf("%w: %w", desk.ErrNoRoom, err)
	}
	return fmt.Errorf("%w: %w", desk.ErrNotKept, err)
}

// closedShift is a closed shift as it was said, with what became of it since. It can be told as long as the journal
// holds all of its sales: 30 days after the hub's word and the end of their phase, but two days only when the terminal
// has begun another epoch since.
func (t *Core) closedShift(one closing) desk.Shift {
	s := one.Shift
	y := t.tally(one.After, one.Upto)
	if y.sales != one.Sales {
		s.Hub = s.Hub.Say(desk.Compared{Kept: true})
		return s
	}
	s.Hub = y.shift.Hub
	then := desk.Later{Standing: s.Standing, Final: s.Final, Provisional: s.Provisional, Voided: s.Voided, Disputed: s.Disputed}
	now := desk.Later{Standing: y.shift.Standing, Final: y.shift.Final, Provisional: y.shift.Provisional, Voided: y.shift.Voided, Disputed: y.shift.Disputed}
	if now != then {
		s.Later = &now
	}
	return s
}

// Shifts lists the closed shifts, the newest first, at most desk.MostShifts.
func (t *Core) Shifts() []desk.Shift {
	shifts := []desk.Shift{}
	for i := len(t.closes.list) - 1; i >= 0 && len(shifts) < desk.MostShifts; i-- {
		shifts = append(shifts, t.closedShift(t.closes.list[i]))
	}
	return shifts
}

var _ desk.Shifts = (*Terminal)(nil)

// Shift implements desk.Shifts.
func (t *Terminal) Shift(ctx context.Context) (desk.Shift, error) {
	return ask(ctx, t, func(_ time.Time, answer func(desk.Shift)) { answer(t.core.Shift()) })
}

// CloseShift implements desk.Shifts.
func (t *Terminal) CloseShift(ctx context.Context, number int) (desk.Shift, error) {
	c, err := ask(ctx, t, func(_ time.Time, answer func(closed)) {
		t.core.CloseShift(number, func(s desk.Shift, err error) { answer(closed{s, err}) })
	})
	if err == nil {
		err = c.err
	}
	return c.shift, err
}

// Shifts implements desk.Shifts.
func (t *Terminal) Shifts(ctx context.Context) ([]desk.Shift, error) {
	return ask(ctx, t, func(_ time.Time, answer func([]desk.Shift)) { answer(t.core.Shifts()) })
}
