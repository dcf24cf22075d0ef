package console

import (
	"fmt"
	"strconv"
	"time"
)

// mostBars is how many bars stand beside each other at most; more days than that are counted in groups.
const mostBars = 45

// widest is how wide a bar is at most: a single one that fills the plot looks like a background.
const widest = 48

// days shows how many redemptions each day had.
func (t *teller) days() figure {
	f := figure{ID: "days", Title: t.say("days_title")}
	if len(t.Rows) == 0 {
		f.SVG = blank(f.ID, f.Title, t.say("none"))
		return f
	}
	first, last := t.Rows[0].Time, t.Rows[0].Time
	for i := range t.Rows {
		if at := t.Rows[i].Time; at.Before(first) {
			first = at
		} else if at.After(last) {
			last = at
		}
	}
	axis := newDates(first, last)
	all := int(axis.to.Sub(axis.from).Hours()/24 + 0.5)
	group := (all + mostBars - 1) / mostBars
	by, n, most := make([]split, (all+group-1)/group), split{}, 1
	for i := range t.Rows {
		c := &by[int(t.Rows[i].Time.Sub(axis.from).Hours()/24)/group]
		c.add(&t.Rows[i])
		n.add(&t.Rows[i])
		most = max(most, c.all())
	}
	if group > 1 {
		f.Notes = append(f.Notes, t.say("days_grouped", group))
	}
	d := &drawing{height: plotHeight}
	y := t.bars(d, float64(most))
	axis.draw(d)
	f.Table.Head = []string{t.say("day"), t.say("redemptions"), t.say("of_these_suspected")}
	for i, c := range by {
		from := axis.from.AddDate(0, 0, i*group)
		x, w := axis.x(from), axis.x(from.AddDate(0, 0, group))-axis.x(from)
		w = min(w, plotBox.right-x)
		bar := min(w-2*min(3, w/6), widest)
		stack(d, x+(w-bar)/2, bar, y, c)
		f.Table.Rows = append(f.Table.Rows, []string{span(from, group), strconv.Itoa(c.all()), strconv.Itoa(c.suspected)})
	}
	t.legendOf(d, [2]string{"bar", ""}, [2]string{"badbar", ""}, n)
	f.Notes = append([]string{t.say("days_note", n.all(), all, most)}, f.Notes...)
	f.SVG = d.picture(f.ID, f.Title, f.Notes[0])
	return f
}

func span(from time.Time, days int) string {
	if days == 1 {
		return from.Format(time.DateOnly)
	}
	return fmt.Sprintf("%s – %s", from.Format(time.DateOnly), from.AddDate(0, 0, days-1).Format("01-02"))
}
