package agent

import (
	"context"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
)

// Day implements desk.Counter.
func (t *Terminal) Day(ctx context.Context, day string) ([]desk.Line, error) {
	lines, err := ask(ctx, t, func(now time.Time, answer func(dayList)) { answer(t.till.day(day)) })
	if err != nil {
		return nil, err
	}
	return lines.lines, lines.err
}

// Day is Terminal.Day for a journal whose agent does not run.
func Day(j *journal.Journal, day string) ([]desk.Line, error) {
	list := newTill(Config{Journal: j}).day(day)
	return list.lines, list.err
}

type dayList struct {
	lines []desk.Line
	err   error
}

func (t *till) day(day string) dayList {
	at := t.at()
	if day == "" {
		day = at.Format(time.DateOnly)
	}
	from, err := time.ParseInLocation(time.DateOnly, day, at.Location())
	if err != nil {
		return dayList{err: desk.ErrDay}
	}
	lines := []desk.Line{}
	for _, s := range t.journal.Day(from, from.AddDate(0, 0, 1)) {
		lines = append(lines, desk.Line{Answer: t.standing(s), State: s.State()})
	}
	return dayList{lines: lines}
}
