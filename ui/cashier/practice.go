package cashier

import (
	"hexiao/agent/desk"
)

// Events of practice.
type (
	practice  bool // begin, or end
	practised struct {
		on  bool
		err error
	}
	played play // one of the answers that practice can show
)

// play is a scan of practice, and the bill that goes with it.
type play struct {
	code  string
	below bool // with a bill below the threshold
}

func (s State) practiceChoices() []choice {
	switch {
	case s.View.Practice:
		return []choice{{"practice on", say.practiceGoOn, turned(SalePage)}, {"practice end", say.practiceEnd, practice(false)}}
	case !s.View.Settings.Practice:
		return []choice{{"leave", say.backToSale, turned(SalePage)}}
	}
	return []choice{{"leave", say.practiceNo, turned(SalePage)}, {"practice begin", say.practiceBegin, practice(true)}}
}

func (s State) plays() []choice {
	return []choice{
		{"play good", say.playGood, played{code: desk.PractiseGood}},
		{"play below", say.playBelow, played{code: desk.PractiseGood, below: true}},
		{"play offline", say.playOffline, played{code: desk.PractiseOffline}},
		{"play used", say.playUsed, played{code: desk.PractiseUsed}},
		{"play expired", say.playExpired, played{code: desk.PractiseExpired}},
		{"play damaged", say.playDamaged, played{code: desk.PractiseDamaged}},
		{"practice end", say.practiceEnd, practice(false)},
	}
}

// practise asks the desk to begin or end practice. Beginning is allowed by the technician.
func (s State) practise(on bool) State {
	if s.Order != nil || s.Away() || !s.Heard || on == s.View.Practice || on && !s.View.Settings.Practice {
		return s
	}
	s.Order = practising(on)
	s.Trouble = nil
	return s
}

func (s State) practised(e practised) State {
	s.Order = nil
	if e.err != nil {
		t := practiceTrouble.say(e.err)
		s.Trouble = &t
		return s
	}
	return s.ready().leave()
}

// The bills that practice is played with when there is none: above and below desk.PractiseFrom.
const (
	playBill  = "58"
	playShort = "42"
)

// play puts a bill there that the scan can be played against. It happens in practice only: afterwards such a code is
// nothing that the till knows, and a bill that nobody typed must not stand there.
func (s State) play(p play) State {
	if !s.playable() {
		return s
	}
	s = s.ready().leave()
	bill := s.Bill().Fen
	switch {
	case p.below:
		s.Entry = Entry{Text: playShort, Own: true}
	case bill == 0, bill < desk.PractiseFrom && (p.code == desk.PractiseGood || p.code == desk.PractiseOffline):
		s.Entry = Entry{Text: playBill, Own: true}
	}
	return s
}

func (s State) playable() bool { return s.Heard && !s.Away() && s.View.Practice && !s.View.Busy }

// ended forgets practice's answers when practice is over.
func (s State) ended() State {
	if s.Last != nil && s.Last.Practice {
		s.Last = nil
	}
	if s.Shown != nil && s.Shown.Practice {
		s = s.ready()
	}
	s.Entry = Entry{}
	return s
}
