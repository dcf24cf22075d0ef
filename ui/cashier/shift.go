package cashier

import (
	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Shifts are the shift that runs and those before it.
type Shifts struct {
	Ask     Ask
	Runs    *desk.Shift // nil before the desk has told it
	Sure    bool        // "do you really want to close it?" is on the screen
	Seen    *desk.Shift // a closed one that is looked at, the one just closed among them
	Fresh   bool        // Seen was closed just now
	Looking bool        // the closed ones are listed
	PastAsk Ask
	Past    []desk.Shift // the newest first
	At      int          // the marked one
}

// Events of the shift.
type (
	reckoned struct { // the desk's answer
		no    int
		shift desk.Shift
		err   error
	}
	remembered struct {
		no   int
		past []desk.Shift
		err  error
	}
	closeAsked bool     // closing is asked about; false: never mind
	closeSent  struct{} // yes, close it
	shut       struct { // the desk's answer to closeSent
		shift desk.Shift
		err   error
	}
	lookBack struct{} // the closed ones are wanted
	looked   int      // one of them, by its number
	backOne  struct{} // one step back
)

func (s State) reckoned(e reckoned) State {
	s, ok := s.takes(func(s *State) *Ask { return &s.Shift.Ask }, e.no, shiftTrouble, e.err)
	if !ok {
		return s
	}
	if s.Shift.Runs != nil && s.Shift.Runs.Number != e.shift.Number && s.Shift.Sure {
		s.Shift.Sure, s.Mark = false, 0 // another window has closed the one that was asked about
	}
	s.Shift.Runs = &e.shift
	return s.told(&e.shift.From)
}

func (s State) remembered(e remembered) State {
	s, ok := s.takes(func(s *State) *Ask { return &s.Shift.PastAsk }, e.no, shiftTrouble, e.err)
	if ok {
		s.Shift.Past = e.past
		s.Shift.At = max(0, min(s.Shift.At, len(e.past)-1))
	}
	return s
}

// askClose asks before it closes. Mark 0 is "no".
func (s State) askClose(yes bool) State {
	if s.Page != ShiftPage || s.Shift.Runs == nil || s.Shift.Seen != nil || s.Order != nil {
		return s
	}
	s.Shift.Sure, s.Mark, s.Trouble = yes, 0, nil
	return s
}

func (s State) sendClose() State {
	if s.Page != ShiftPage || !s.Shift.Sure || s.Shift.Runs == nil || s.Order != nil {
		return s
	}
	s.Order = shutting(s.Shift.Runs.Number)
	s.Shift.Sure, s.Mark = false, 0
	return s
}

func (s State) shut(e shut) State {
	s.Order = nil
	s = s.changed()
	if e.err != nil {
		t := closeTrouble.say(e.err)
		s.Trouble = &t
		return s
	}
	if s.Page == ShiftPage {
		s.Shift.Seen, s.Shift.Fresh, s.Shift.Looking, s.Mark = &e.shift, true, false, 0
	}
	return s
}

func (s State) look(number int) State {
	for i, one := range s.Shift.Past {
		if one.Number == number {
			s.Shift.Seen, s.Shift.Fresh, s.Shift.At, s.Mark = &one, false, i, 0
		}
	}
	return s
}

// back goes one step back.
func (s State) back() State {
	s.Mark, s.Trouble, s.Note = 0, nil, nil
	switch {
	case s.Page == ShiftPage && s.Shift.Seen != nil:
		s.Shift.Seen = nil
		return s
	case s.Page == ShiftPage && s.Shift.Looking:
		s.Shift.Looking = false
		return s
	case s.Page == PINPage && s.Tech.PIN != "":
		s.Page, s.Tech = SettingsPage, Tech{PIN: s.Tech.PIN}
		return s
	case s.Page == GuidePage && s.Guide.Step > CheckStep:
		return s.stepTo(s.Guide.Step - 1)
	case s.Page == GuidePage && s.Order == nil:
		s.Page, s.Guide = SettingsPage, s.Guide.drop()
		return s
	case s.Page == GuidePage:
		return s
	}
	return s.ready().leave()
}

func (s State) shiftChoices() []choice {
	out := []choice{{"step back", say.backOne, backOne{}}}
	switch {
	case s.Shift.Sure:
		return []choice{{"close no", say.closeNo, closeAsked(false)}, {"close yes", say.closeYes, closeSent{}}}
	case s.Shift.Seen != nil:
		return out
	case s.Shift.Looking && len(s.Shift.Past) > 0:
		return []choice{{"row", voucher.Text{}, looked(s.Shift.Past[s.Shift.At].Number)}}
	case s.Shift.Looking:
		return out
	}
	out[0].label = say.backToSale
	out = append(out, choice{"past", say.pastShifts, lookBack{}})
	if s.Shift.Runs != nil && s.Order == nil {
		out = append(out, choice{"close", say.closeShift, closeAsked(true)})
	}
	return out
}
