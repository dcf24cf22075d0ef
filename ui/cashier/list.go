package cashier

import (
	"slices"
	"strings"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Day is the list of today's sales as the desk has it.
type Day struct {
	Ask   Ask
	Lines []desk.Line // the newest first
	Find  string      // the digits that are looked for
	At    string      // the marked line, by its redemption; empty: the first
	Open  string      // the line that is looked at; empty: none
}

// Events of the list.
type (
	listed struct { // the desk's answer
		no    int
		lines []desk.Line
		err   error
	}
	opened string   // a line, by its redemption
	closed struct{} // back to the list
)

func (s State) listed(e listed) State {
	s, ok := s.takes(func(s *State) *Ask { return &s.Day.Ask }, e.no, listTrouble, e.err)
	if !ok {
		return s
	}
	s.Day.Lines = slices.Clone(e.lines)
	slices.Reverse(s.Day.Lines)
	if len(e.lines) > 0 {
		s = s.told(&e.lines[0].At)
	}
	if _, there := s.Day.opened(); !there {
		s.Day.Open = ""
		if s.Shown == nil && s.Undo == Asked {
			s.Undo = NotAsked
		}
	}
	return s
}

// found are the lines that are looked for, by the desk's rule.
func (d Day) found() []desk.Line { return desk.Matching(d.Lines, d.Find) }

func (d Day) opened() (desk.Line, bool) {
	for _, l := range d.Lines {
		if d.Open != "" && l.Redemption == d.Open {
			return l, true
		}
	}
	return desk.Line{}, false
}

// at is the marked line's place among those found.
func (d Day) at(found []desk.Line) int {
	return max(0, slices.IndexFunc(found, func(l desk.Line) bool { return l.Redemption == d.At }))
}

func (d Day) move(m Move, rows int) Day {
	found := d.found()
	if len(found) > 0 {
		d.At = found[step(d.at(found), len(found), rows, m)].Redemption
	}
	return d
}

// maxFind is the longest search: an order number may have 64 characters, but nobody types more than its end.
const maxFind = 16

func (s State) search(k Key) State {
	s.Day.Open, s.Undo, s.Trouble = "", NotAsked, nil
	f := s.Day.Find
	switch {
	case k == Clear:
		f = ""
	case k == Back && f != "":
		f = f[:len(f)-1]
	case k == '.' && strings.Contains(f, "."), k == Back, len(f) == maxFind:
	default:
		f += string(k)
	}
	s.Day.Find, s.Day.At = f, ""
	return s
}

func (s State) open(id string) State {
	s.Day.Open, s.Day.At, s.Mark, s.Undo, s.Trouble = id, id, 0, NotAsked, nil
	return s
}

// lineChoices: in the list Enter opens the marked line.
func (s State) lineChoices() []choice {
	if l, ok := s.Day.opened(); ok {
		out := []choice{{"close", say.backToList, closed{}}}
		if a := (Shown{Answer: l.Answer}); s.printable(a) {
			out = append(out, s.printChoice(a))
		}
		if (Shown{Answer: l.Answer}).Good() {
			out = append(out, choice{"undo", say.undo, undo(Asked)})
		}
		return out
	}
	found := s.Day.found()
	if len(found) == 0 {
		return []choice{{"leave", say.backToSale, turned(SalePage)}}
	}
	return []choice{{"row", voucher.Text{}, opened(found[s.Day.at(found)].Redemption)}}
}
