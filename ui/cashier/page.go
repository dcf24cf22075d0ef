package cashier

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Page is what the window shows while no answer fills it. A scan or an answer always comes back to SalePage, and Escape
// does: whatever is open, the next customer is not made to wait.
type Page int

// The pages.
const (
	SalePage Page = iota // the amount, the scan
	MenuPage
	ListPage     // the day's sales; one may be open
	ShiftPage    // the sums of the shift, and closing it
	PracticePage // whether to begin or end practice
	PINPage      // the technician's PIN is asked for
	SettingsPage // behind the PIN
	GuidePage    // behind the PIN, too: setting up this till
)

// leftAfter is how long a page stays open that nobody touches: whoever comes back to the till finds the sale.
const leftAfter = 3 * time.Minute

// guideLeftAfter is the same for the guide: a technician lies under the counter, plugging cables.
const guideLeftAfter = 20 * time.Minute

// Events of a person on the pages.
type (
	turned  Page     // a page was asked for
	moved   Move     // another choice or line is marked
	entered struct{} // Enter: what is marked, else as a tap beside everything
	lastKey struct{} // F4: the last answer comes back; when it is on the screen, undoing it is asked about
)

// Move is a key that moves the mark.
type Move int

// The moves.
const (
	Up Move = iota
	Down
	Left
	Right
	PageUp
	PageDown
	Home
	End
)

// turn opens a page from its beginning. What was typed on the page before is forgotten, a PIN above all.
func (s State) turn(p Page) State {
	if s.Away() || !s.Heard {
		return s
	}
	if s.Page == p && p == MenuPage && s.Shown == nil { // F1 again
		p = SalePage
	}
	s = s.ready().leave()
	s.Page = p
	switch p {
	case ListPage:
		s.Day.Ask = s.Day.Ask.again()
	case ShiftPage:
		s.Shift.Ask = s.Shift.Ask.again()
	}
	return s
}

// leave goes back to the sale.
func (s State) leave() State {
	s.Page, s.Mark, s.Note = SalePage, 0, nil
	s.Day = Day{Ask: s.Day.Ask.drop()}
	s.Shift = Shifts{Ask: s.Shift.Ask.drop(), PastAsk: s.Shift.PastAsk.drop()}
	s.Tech, s.Guide = Tech{}, s.Guide.drop()
	return s
}

// idle leaves a page that nobody has touched for long.
func (s State) idle() State {
	fresh := s.Page == ShiftPage && s.Shift.Seen != nil && s.Shift.Fresh // whoever counts the drawer needs it longer
	wait := leftAfter
	if s.Page == GuidePage {
		wait = guideLeftAfter
	}
	if s.Page == SalePage || fresh || s.Shown != nil || s.Order != nil || s.Undo == Sent || s.Now.Sub(s.Touched) < wait {
		return s
	}
	return s.ready().leave()
}

// choice is something that can be chosen, by a touch on the button of its name or with the arrows and Enter.
type choice struct {
	name  string
	label voucher.Text
	does  event
}

// stayHere is what Enter means first where nothing is to be begun, ended or left by a second one.
var stayHere = choice{does: touched{}}

// choices are what the arrows go through, in the order of the screen; the first is what Enter means before any arrow.
// The sale itself has none marked to begin with: there Enter belongs to the scanner and to the amount.
func (s State) choices() []choice {
	switch {
	case s.Away(), !s.Heard:
		return nil
	case s.Undo == Asked:
		return []choice{{"undo no", say.undoNo, undo(NotAsked)}, {"undo yes", say.undoYes, undo(Sent)}}
	case s.Shown != nil, s.Undo == Sent:
		return nil
	}
	switch s.Page {
	case MenuPage:
		return s.menu()
	case ListPage:
		return s.lineChoices()
	case ShiftPage:
		return s.shiftChoices()
	case PracticePage:
		return s.practiceChoices()
	case PINPage:
		return s.pinChoices()
	case SettingsPage:
		return s.settingsChoices()
	case GuidePage:
		return s.guideChoices()
	}
	return s.saleChoices()
}

// saleChoices are what lies on the sale's own screen besides the keypad.
func (s State) saleChoices() []choice {
	if s.View.Busy {
		return nil
	}
	out := []choice{stayHere}
	if len(s.Later) > 0 {
		out = append(out, choice{"earlier", say.noted, read{}})
	}
	if s.Last != nil {
		out = append(out, choice{"last", say.last, recall{}})
	}
	if s.View.Practice {
		out = append(out, s.plays()...)
	}
	return out
}

// marked is the choice that Enter means.
func (s State) marked() choice {
	all := s.choices()
	if len(all) == 0 {
		return choice{does: touched{}}
	}
	return all[min(s.Mark, len(all)-1)]
}

// meant turns Enter into what is marked.
func (s State) meant(e event) event {
	if _, ok := e.(entered); ok {
		return s.marked().does
	}
	return e
}

// move marks another choice. The arrows up and down go by rows where choices stand in rows.
func (s State) move(m Move) State {
	if s.Page == ListPage && s.Shown == nil && s.Day.Open == "" {
		s.Day = s.Day.move(m, s.rows())
		return s
	}
	if s.Page == ShiftPage && s.Shift.Looking && s.Shift.Seen == nil && s.Shown == nil {
		s.Shift.At = step(s.Shift.At, len(s.Shift.Past), s.rows(), m)
		return s
	}
	if s.Page == GuidePage && s.Shown == nil {
		if turned, done := s.guideMove(m); done {
			return turned
		}
	}
	n, row := len(s.choices()), 1
	if s.Page == MenuPage && s.Shown == nil {
		row = menuColumns
	}
	if n == 0 {
		return s
	}
	switch m {
	case Left:
		s.Mark = (s.Mark + n - 1) % n
	case Right:
		s.Mark = (s.Mark + 1) % n
	case Up:
		s.Mark = (s.Mark + n - row) % n
	case Down:
		s.Mark = (s.Mark + row) % n
	case Home, PageUp:
		s.Mark = 0
	case End, PageDown:
		s.Mark = n - 1
	}
	return s
}

// step moves within n lines, of which rows stand on one page.
func step(at, n, rows int, m Move) int {
	switch m {
	case Up, Left:
		at--
	case Down, Right:
		at++
	case PageUp:
		at -= rows
	case PageDown:
		at += rows
	case Home:
		at = 0
	case End:
		at = n - 1
	}
	return max(0, min(at, n-1))
}

// rows is how many lines stand on one page of a list: fewer with larger letters, and below the band of practice. It does
// not hang on the size of the window, whose rows grow with it.
func (s State) rows() int {
	all := 7
	if s.View.Practice {
		all = 6
	}
	return max(4, all*100/s.textSize())
}

func (s State) textSize() int {
	if n := s.View.Settings.TextSize; n >= desk.MinTextSize && n <= desk.MaxTextSize {
		return n
	}
	return 100
}

// lastSale is F4.
func (s State) lastSale() State {
	switch {
	case s.Away(), !s.Heard, s.Undo != NotAsked:
		return s
	case s.sale() != nil:
		return s.undo(Asked)
	}
	return s.recall()
}

// sale is the sale that is looked at: the answer that fills the window, else the open line of the list.
func (s State) sale() *Shown {
	if s.Shown != nil {
		return s.Shown
	}
	if l, ok := s.Day.opened(); ok && s.Page == ListPage {
		return &Shown{Answer: l.Answer}
	}
	return nil
}
