package agent

import (
	"context"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/practice"
	"hexiao/hub/voucher"
)

// Day implements desk.Counter.
func (t *Terminal) Day(ctx context.Context, day string) ([]desk.Line, error) {
	list, err := ask(ctx, t, func(now time.Time, answer func(dayList)) {
		lines, err := t.core.Day(day)
		answer(dayList{lines, err})
	})
	if err != nil {
		return nil, err
	}
	return list.lines, list.err
}

// Sale implements desk.Sales.
func (t *Terminal) Sale(ctx context.Context, id voucher.RedemptionID) (desk.Line, bool, error) {
	type sold struct {
		line  desk.Line
		there bool
	}
	found, err := ask(ctx, t, func(now time.Time, answer func(sold)) {
		line, there := t.core.Sale(id)
		answer(sold{line, there})
	})
	return found.line, found.there, err
}

type dayList struct {
	lines []desk.Line
	err   error
}

// Day is Terminal.Day for a journal whose agent does not run.
func Day(j *journal.Journal, day string) ([]desk.Line, error) {
	return NewCore(Config{Journal: j}).Day(day)
}

// Day lists the redemptions of a civil day ("2023-12-11") in the campaign's zone, oldest first; "" is today. The error is
// desk.ErrDay.
func (t *Core) Day(day string) ([]desk.Line, error) {
	at := t.at()
	if day == "" {
		day = at.Format(time.DateOnly)
	}
	from, err := time.ParseInLocation(time.DateOnly, day, at.Location())
	if err != nil {
		return nil, desk.ErrDay
	}
	lines := []desk.Line{}
	for _, s := range t.journal.Day(from, from.AddDate(0, 0, 1)) {
		lines = append(lines, t.line(s))
	}
	return lines, nil
}

// Sale gives one redemption as Day does.
func (t *Core) Sale(id voucher.RedemptionID) (desk.Line, bool) {
	s, there := t.journal.Find(id)
	if !there {
		return desk.Line{}, false
	}
	return t.line(s), true
}

func (t *Core) line(s journal.Sale) desk.Line {
	return desk.Line{Answer: t.standing(s), State: s.State()}
}

// At is a journal's trusted time, in the campaign's zone.
func At(j *journal.Journal) time.Time {
	name := ""
	if law := j.State().Law; law != nil {
		name = law.Campaign.Zone
	}
	return j.Stamp().At.In(new(zone).of(name))
}

// PracticeRules is what practice borrows of the law that a journal holds.
func PracticeRules(j *journal.Journal) practice.Rules {
	law := j.State().Law
	r := practice.Rules{Payments: payments(law), Bears: voucher.MerchantBears}
	if law != nil {
		r.Bears = law.Campaign.Offline.Bears
	}
	return r
}
