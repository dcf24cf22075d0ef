package console

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"hexiao/ui"
)

// figure is a plot with what must be said beside it, and its numbers as a table.
type figure struct {
	ID    string
	Title string
	SVG   template.HTML
	Notes []string
	Table table
}

type table struct {
	Head []string
	Rows [][]string
}

// teller draws and tells one case in one language.
type teller struct {
	*CaseFile
	lang string
}

// say gives a sentence in the language; arguments are filled in.
func (t *teller) say(key string, args ...any) string {
	text, known := words[key]
	if !known {
		return "‹" + key + "›" // a mistake in this package, which its tests find
	}
	if len(args) == 0 {
		return text.In(t.lang)
	}
	return fmt.Sprintf(text.In(t.lang), args...)
}

// percent says a share with as many decimals as it deserves.
func (t *teller) percent(x float64) string {
	unit := "%"
	if t.lang != "zh" {
		unit = " %"
	}
	switch x *= 100; {
	case x == 0:
		return "0" + unit
	case x > 0 && x < 0.01:
		return t.say("less_than", "0.01"+unit)
	case x < 1:
		return fmt.Sprintf("%.2f", x) + unit
	case x < 10:
		return fmt.Sprintf("%.1f", x) + unit
	}
	return fmt.Sprintf("%.0f", x) + unit
}

// metres says a distance.
func (t *teller) metres(m float64) string {
	if m < 1000 {
		return t.say("m", m)
	}
	return t.say("km", m/1000)
}

var china = time.FixedZone("+08:00", 8*3600)

func minute(at time.Time) string { return stamp(at, "2006-01-02 15:04") }
func second(at time.Time) string { return stamp(at, time.DateTime) }

func stamp(at time.Time, layout string) string {
	if at.IsZero() {
		return "—"
	}
	return at.In(china).Format(layout)
}

// split counts plain and suspected redemptions.
type split struct{ plain, suspected int }

func (s *split) add(r *Row) {
	if r.Suspected {
		s.suspected++
	} else {
		s.plain++
	}
}

func (s split) all() int { return s.plain + s.suspected }

// figures are all plots of the page.
func (t *teller) figures() []figure {
	return []figure{t.bills(), t.hours(), t.people("payers"), t.people("phones"), t.places(), t.days()}
}

// Figure is a plot in words, for a terminal: what is said beside it, and its numbers.
type Figure struct {
	Title string
	Notes []string
	Head  []string
	Rows  [][]string // without those of which there is none
}

// Figures gives what the page draws, in words of the language ("zh" or "en").
func (f *CaseFile) Figures(lang string) []Figure {
	var all []Figure
	for _, g := range (&teller{f, lang}).figures() {
		in := Figure{Title: g.Title, Notes: g.Notes, Head: g.Table.Head}
		for _, row := range g.Table.Rows {
			if slices.ContainsFunc(row[1:], func(cell string) bool { return strings.ContainsAny(cell, "123456789") }) {
				in.Rows = append(in.Rows, row)
			}
		}
		all = append(all, in)
	}
	return all
}

// legendOf explains plain and suspected marks, as far as there are both.
func (t *teller) legendOf(d *drawing, plain, suspected [2]string, n split, more ...[3]string) {
	var items [][3]string
	if n.plain > 0 {
		items = append(items, [3]string{plain[0], plain[1], t.say("plain")})
	}
	if n.suspected > 0 {
		items = append(items, [3]string{suspected[0], suspected[1], t.say("suspected")})
	}
	d.legend(append(items, more...)...)
}

// list joins sentences.
func (t *teller) list(all []string) string {
	if t.lang == "zh" {
		return strings.Join(all, "、")
	}
	return strings.Join(all, ", ")
}

// trade names the trade.
func (t *teller) trade() string { return ui.Trade(t.Trade).In(t.lang) }
