package cashier

import (
	"slices"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Guide is a technician's way through setting up a till, behind the PIN. Each step may be gone to at any time, and back.
type Guide struct {
	Step Step
	Line int // the first line on the page, where a step has a list of several pages

	Check    Ask
	Findings []desk.Finding // what fails first, then what is worse, then what is fine

	Look  Ask
	Setup desk.Setup
	Kept  bool // a change was written down just now

	Heard []desk.Heard // the newest first
	Works []string     // the scanners that have read something whole
	Told  *desk.Answer // the newest answer: it stays here, and does not fill the window

	Fetch Ask
	Lane  desk.Lane // as the desk gave it when it was asked, with the picture of the code

	Name, Remark string
	Despite      bool           // what fails is known, and the till is accepted with it
	Done         *desk.Accepted // from here
}

// Step is a step of the guide.
type Step int

// The steps.
const (
	CheckStep  Step = iota // this PC
	FitStep                // what is plugged in
	TryStep                // scan anything
	LaneStep               // a voucher that is worth nothing, the whole way
	AcceptStep             // who has left this till working
	stepEnd
)

// Events of the guide.
type (
	guided struct{} // it is wanted
	stepTo Step     // another step is wanted
)

// guide opens it from the settings. It keeps the PIN, with which devices are set up and the till is accepted.
func (s State) guide() State {
	if s.Page != SettingsPage || s.Order != nil {
		return s
	}
	s.Page, s.Guide, s.Mark, s.Trouble, s.Note = GuidePage, Guide{Check: s.Guide.Check, Look: s.Guide.Look, Fetch: s.Guide.Fetch}, 0, nil, nil
	s.Tech = Tech{PIN: s.Tech.PIN}
	s.Guide.Check, s.Guide.Look = s.Guide.Check.again(), s.Guide.Look.again()
	return s
}

// drop forgets all but the numbers of the questions.
func (g Guide) drop() Guide {
	return Guide{Check: g.Check.drop(), Look: g.Look.drop(), Fetch: g.Fetch.drop()}
}

func (s State) stepTo(to Step) State {
	if s.Page != GuidePage || to < CheckStep || to >= stepEnd {
		return s
	}
	s.Guide.Step, s.Guide.Line, s.Guide.Told, s.Guide.Kept, s.Mark, s.Trouble, s.Note = to, 0, nil, false, 0, nil, nil
	s.Guide.Fetch = s.Guide.Fetch.again()
	return s
}

// foldGuide is fold for the guide.
func (s State) foldGuide(e event) State {
	switch e := e.(type) {
	case guided:
		return s.guide()
	case stepTo:
		return s.stepTo(Step(e))
	case checkAgain:
		return s.checkAgain()
	case examined:
		return s.examined(e)
	case lookAgain:
		return s.lookAgain()
	case seen:
		return s.seen(e)
	case fit:
		return s.fit(string(e))
	case fitted:
		return s.fitted(e)
	case noBill:
		return s.noBill()
	case laneWanted:
		return s.laneWanted(bool(e))
	case laneNow:
		return s.laneNow(e)
	case lanePrint:
		return s.lanePrint()
	case wrote:
		return s.write(rune(e))
	case fielded:
		if s.writing() {
			s.Mark = int(e)
		}
	case despite:
		s.Guide.Despite = !s.Guide.Despite
	case signed:
		return s.sign()
	case accepting:
		return s.accept(e)
	}
	return s
}

// trying tells whether scans are tried out: they and their answers stay in the guide.
func (s State) trying() bool {
	return s.Page == GuidePage && s.Shown == nil && (s.Guide.Step == TryStep || s.Guide.Step == LaneStep)
}

// forSale puts pages and answers away for a scan, unless it is only tried out.
func (s State) forSale() State {
	if s.trying() {
		return s
	}
	return s.ready().leave()
}

// stays tells whether an answer is told in the guide. What is on record of a real voucher never is: whoever stands there has
// to see it.
func (s State) stays(a desk.Answer) bool {
	lane := a.Tier == voucher.LaneTierID
	return s.Page == GuidePage && s.Shown == nil && (lane || s.trying() && a.Redemption == "")
}

// guideChoices: forward is what Enter means, except where something is written or begun.
func (s State) guideChoices() []choice {
	g := s.Guide
	next := choice{"step next", guide.next, stepTo(g.Step + 1)}
	last := choice{"step back", say.backOne, backOne{}}
	switch g.Step {
	case CheckStep:
		return s.turning(len(g.Findings), []choice{next, last, {"check again", guide.checkAgain, checkAgain{}}})
	case FitStep:
		return append(s.turning(len(g.fits()), []choice{next, last, {"look again", guide.lookAgain, lookAgain{}}}), s.fitChoices()...)
	case TryStep:
		out := []choice{next, last}
		if s.Bill().Fen != 0 {
			out = append(out, choice{"no bill", guide.noBill, noBill{}})
		}
		return out
	case LaneStep:
		return s.laneChoices(next, last)
	}
	return s.acceptChoices(last)
}

// turning adds the keys for lists of several pages.
func (s State) turning(lines int, all []choice) []choice {
	if lines <= s.guideRows() {
		return all
	}
	return append(all, choice{"page up", say.prev, moved(PageUp)}, choice{"page down", say.next, moved(PageDown)})
}

// guideRows is how many lines stand on one page: each has two sentences.
func (s State) guideRows() int {
	if s.View.Practice || s.textSize() > 120 {
		return 3
	}
	return 4
}

// guideMove turns the pages of a list; it tells whether it did.
func (s State) guideMove(m Move) (State, bool) {
	lines, rows := 0, s.guideRows()
	switch s.Guide.Step {
	case CheckStep:
		lines = len(s.Guide.Findings)
	case FitStep:
		lines = len(s.Guide.fits())
	}
	if lines <= rows || m != PageUp && m != PageDown {
		return s, false
	}
	at := step(s.Guide.Line, lines, rows, m) / rows * rows
	if all := s.choices(); s.Mark >= len(all) || !slices.Contains([]string{"page up", "page down"}, all[s.Mark].name) {
		s.Mark = 0
	}
	s.Guide.Line = at
	return s, true
}
