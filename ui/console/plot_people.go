package console

import (
	"cmp"
	"slices"
	"strconv"
)

// mostNamed is how many accounts or phones have a bar of their own.
const mostNamed = 12

// served is an account or phone and the persons whose vouchers it paid for or claimed.
type served struct {
	name      string
	persons   map[string]bool // whether one of them is suspected
	suspected int
	rows      int
}

// people shows how many persons each paying account, or each phone, served.
func (t *teller) people(what string) figure {
	f := figure{ID: what, Title: t.say(what + "_title")}
	all, unknown := t.serving(what)
	if len(all) == 0 {
		f.SVG = blank(f.ID, f.Title, t.say(what+"_none"))
		return f
	}
	if len(all[0].persons) == 1 {
		f.SVG = blank(f.ID, f.Title, t.say(what+"_single", len(all)))
		if unknown > 0 {
			f.Notes = append(f.Notes, t.say(what+"_unknown", unknown))
		}
		return f
	}
	several := 0
	for _, s := range all {
		if len(s.persons) > 1 {
			several++
		}
	}
	f.Notes = append(f.Notes, t.say(what+"_note", len(all), several, len(all[0].persons)))
	if unknown > 0 {
		f.Notes = append(f.Notes, t.say(what+"_unknown", unknown))
	}
	named := all[:min(len(all), mostNamed)]
	f.Table.Head = []string{t.say(what + "_name"), t.say("persons"), t.say("of_these_suspected"), t.say("redemptions")}
	for _, s := range named {
		f.Table.Rows = append(f.Table.Rows, []string{s.name, strconv.Itoa(len(s.persons)), strconv.Itoa(s.suspected), strconv.Itoa(s.rows)})
	}
	if rest := all[len(named):]; len(rest) > 0 {
		persons, bad, rows := 0, 0, 0
		for _, s := range rest {
			persons, bad, rows = persons+len(s.persons), bad+s.suspected, rows+s.rows
		}
		f.Notes = append(f.Notes, t.say(what+"_rest", len(rest), persons, len(rest[0].persons)))
		f.Table.Rows = append(f.Table.Rows, []string{t.say("others", len(rest)), strconv.Itoa(persons), strconv.Itoa(bad), strconv.Itoa(rows)})
	}
	f.SVG = t.servedBars(named).picture(f.ID, f.Title, f.Notes[0])
	return f
}

// servedBars draws how many persons each served, the most first.
func (t *teller) servedBars(named []*served) *drawing {
	d, n := &drawing{height: float64(30 + 19*len(named) + 8)}, split{}
	const left = 92.0
	scale := (plotWidth - left - 40) / max(5, float64(len(named[0].persons)))
	for i, s := range named {
		y, plain := 30+19*float64(i), len(s.persons)-s.suspected
		n.plain, n.suspected = n.plain+plain, n.suspected+s.suspected
		d.text("tick", "end", left-6, y+11, s.name)
		d.rect("bar", left, y, float64(plain)*scale, 14)
		d.rect("badbar", left+float64(plain)*scale, y, float64(s.suspected)*scale, 14)
		d.text("tick", "start", left+float64(len(s.persons))*scale+5, y+11, strconv.Itoa(len(s.persons)))
	}
	t.legendOf(d, [2]string{"bar", ""}, [2]string{"badbar", ""}, n)
	return d
}

// serving counts, most persons first; unknown is how many redemptions have no such account or phone, or no person.
func (t *teller) serving(what string) (all []*served, unknown int) {
	by := map[string]*served{}
	for i := range t.Rows {
		r := &t.Rows[i]
		name := r.Payer
		if what == "phones" {
			name = r.Device
		}
		if name == "" || r.Person == "" {
			unknown++
			continue
		}
		s := by[name]
		if s == nil {
			s = &served{name: name, persons: map[string]bool{}}
			by[name] = s
			all = append(all, s)
		}
		s.rows++
		s.persons[r.Person] = s.persons[r.Person] || r.Suspected
	}
	for _, s := range all {
		for _, suspected := range s.persons {
			if suspected {
				s.suspected++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *served) int {
		return cmp.Or(cmp.Compare(len(b.persons), len(a.persons)), cmp.Compare(b.rows, a.rows), cmp.Compare(a.name, b.name))
	})
	return all, unknown
}
