package cashier

import (
	"cmp"
	"context"
	"slices"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Events of the check of this PC.
type (
	checkAgain struct{}
	examined   struct { // the desk's answer
		no    int
		found []desk.Finding
		err   error
	}
)

// examining is the deed: the number of the question.
type examining int

func (n examining) do(ctx context.Context, d Door) event {
	found, err := d.Doctor(ctx)
	return examined{int(n), found, err}
}

func (s State) checkAgain() State {
	if s.Page == GuidePage && !s.Guide.Check.Open {
		s.Guide.Check, s.Guide.Line, s.Mark, s.Trouble = s.Guide.Check.again(), 0, 0, nil
	}
	return s
}

// examined takes the findings. What failed is not asked again by itself: a check takes up to 15 s and wakes devices.
func (s State) examined(e examined) State {
	s, ok := s.takes(func(s *State) *Ask { return &s.Guide.Check }, e.no, checkTrouble, e.err)
	if !ok {
		return s
	}
	s.Guide.Findings = slices.Clone(e.found)
	slices.SortStableFunc(s.Guide.Findings, func(a, b desk.Finding) int { return cmp.Compare(badness(b.State), badness(a.State)) })
	s.Guide.Line, s.Guide.Despite = 0, false
	return s
}

func badness(state string) int {
	switch state {
	case desk.Fine:
		return 0
	case desk.Worse:
		return 1
	}
	return 2
}

// bad are the checks that fail.
func (g Guide) bad() []string {
	var out []string
	for _, f := range g.Findings {
		if f.State == desk.Bad {
			out = append(out, f.Check)
		}
	}
	return out
}

// findingSign is the sign and the word of how a finding stands, each of its own shape.
func findingSign(state string) (icon, palette, voucher.Text) {
	switch badness(state) {
	case 0:
		return discCheck, final, guide.fine
	case 1:
		return warn, offline, guide.worse
	}
	return octagon, refused, guide.bad
}
