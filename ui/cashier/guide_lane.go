package cashier

import (
	"context"
	"slices"

	"hexiao/agent/desk"
)

// Events of the lane test.
type (
	laneWanted bool     // a test is to begin; false: the one that runs is to end
	laneNow    struct { // the desk's answer
		no   int // of a question; 0: of laneWanted
		lane desk.Lane
		err  error
	}
	lanePrint struct{} // the slip of the test is wanted
)

type (
	laneFetch int // the deed: the number of the question
	laneDeed  bool
)

func (n laneFetch) do(ctx context.Context, d Door) event {
	l, err := d.Lane(ctx)
	return laneNow{int(n), l, err}
}

func (begin laneDeed) do(ctx context.Context, d Door) event {
	ask := d.EndLane
	if begin {
		ask = d.BeginLane
	}
	l, err := ask(ctx)
	return laneNow{0, l, err}
}

func (s State) laneWanted(begin bool) State {
	if s.Page == GuidePage && s.Guide.Step == LaneStep && s.Order == nil {
		s.Order, s.Trouble, s.Guide.Told, s.Mark = laneDeed(begin), nil, nil, 0
		if begin { // after another test the till may be accepted anew
			s.Guide.Done = nil
		}
	}
	return s
}

func (s State) laneNow(e laneNow) State {
	if e.no != 0 {
		return s.fetched(e)
	}
	s.Order = nil
	switch {
	case s.Page != GuidePage:
		return s
	case e.err != nil:
		t := laneTrouble.say(e.err)
		s.Trouble = &t
		return s
	}
	s.Guide.Lane = e.lane
	s.Guide.Fetch = s.Guide.Fetch.again()
	return s
}

// fetched takes the picture of the code. One that did not come is asked for again at the next tick: at once would be without end
// where the desk has none.
func (s State) fetched(e laneNow) State {
	s, ok := s.takes(func(s *State) *Ask { return &s.Guide.Fetch }, e.no, codeTrouble, e.err)
	if !ok {
		return s
	}
	s.Guide.Lane = e.lane
	if s.blank() {
		s.Guide.Fetch.Failed = true
		return s
	}
	s.Guide.Fetch = s.Guide.Fetch.again()
	return s
}

// lane is the test as it stands: the newest View knows its steps, and the desk's answer the picture of its code, which is
// in no View.
func (s State) lane() desk.Lane {
	own, v := s.Guide.Lane, s.View.Lane
	if v == nil || v.Begun == nil || own.Begun != nil && v.Begun.Before(*own.Begun) {
		return own
	}
	l := *v
	if own.Begun != nil && own.Begun.Equal(*v.Begun) && scanWaits(l) {
		l.PNG = own.PNG
	}
	return l
}

// scanWaits tells whether the code waits to be scanned.
func scanWaits(l desk.Lane) bool {
	return l.State == desk.LaneRunning && slices.ContainsFunc(l.Steps, func(s desk.LaneStep) bool {
		return s.Name == desk.LaneScan && s.State == desk.LaneNow
	})
}

// blank tells whether the picture of the code has to be fetched.
func (s State) blank() bool {
	l := s.lane()
	return s.Guide.Step == LaneStep && s.Order == nil && scanWaits(l) && len(l.PNG) == 0
}

// lanePrint prints the slip of the test; the till's record of it is the hub's proof that it was printed.
func (s State) lanePrint() State {
	if l := s.lane(); s.slipOf(l) && s.Printing == "" {
		s.Printing, s.Printed, s.Trouble = l.Redemption, "", nil
	}
	return s
}

// slipOf tells whether a slip of the test may be printed.
func (s State) slipOf(l desk.Lane) bool {
	return s.Page == GuidePage && s.Guide.Step == LaneStep && l.Redemption != "" && slices.ContainsFunc(l.Steps, func(s desk.LaneStep) bool {
		return s.Name == desk.LanePrint && s.State == desk.LaneNow
	})
}

// laneChoices: while nothing runs Enter begins, while it runs Enter does nothing, and when it has passed it goes on.
func (s State) laneChoices(next, last choice) []choice {
	l := s.lane()
	begin := choice{"lane begin", guide.laneBegin, laneWanted(true)}
	var out []choice
	switch {
	case s.Order != nil:
		return []choice{stayHere, last}
	case l.State == desk.LanePassed:
		begin.label = guide.laneAgain
		out = []choice{next, last, begin}
	case l.State == desk.LaneRunning:
		out = []choice{stayHere, last, {"lane end", guide.laneEnd, laneWanted(false)}, next}
	default:
		out = []choice{begin, last, next}
	}
	if s.slipOf(l) {
		label := guide.lanePrint
		if s.Printing == l.Redemption {
			label = say.printing
		}
		out = append(out, choice{"lane print", label, lanePrint{}})
	}
	return out
}
