package cashier

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// State is all that the window shows. It is a value that with folds one event into; it knows no Fyne, asks no clock and
// does nothing: what is to be sent to the desk is found by comparing two states (see Window.act).
type State struct {
	Lang string         // "zh" or "en"
	Now  time.Time      // as of the last tick
	Zone *time.Location // the campaign's, as the desk tells times; nil before it has told any

	View  desk.View
	Heard bool       // a View has come since the window was opened
	Gone  *desk.Gone // the agent cannot be reached

	Entry   Entry
	Shown   *Shown        // the answer that fills the window; nil: ready for the next scan
	Count   int           // answers shown so far: two equal answers are still two
	Last    *Shown        // the newest answer, filling the window or put away
	News    *desk.Answer  // the newest answer that the desk gave to everybody
	Undo    Undo          // how far undoing Shown has come
	Undoing string        // the redemption that the desk was asked to undo
	Later   []Shown       // what became of earlier sales, not yet put away
	Trouble *voucher.Text // what the desk did not take; until the next touch or answer
}

// Shown is an answer as it is shown.
type Shown struct{ desk.Answer }

// Good tells whether the sale was accepted, so that it can be undone.
func (s Shown) Good() bool {
	return !s.Voided && s.Redemption != "" && accepted(s.Answer)
}

func accepted(a desk.Answer) bool {
	return a.Answer == voucher.Final || a.Answer == voucher.Provisional
}

// Undo is how far undoing the answer on the screen has come: a slip of the finger must not undo a sale.
type Undo int

// The steps of undoing.
const (
	NotAsked Undo = iota
	Asked         // "do you really want to?" is on the screen
	Sent          // the desk was asked
)

// goneAfter is how long the agent must be away before the window says so: a desk that drops a slow window is back
// within 100 ms (desk.Client), and a screen that flashes frightens.
const goneAfter = time.Second

// Away tells whether the agent has been away long enough to say so.
func (s State) Away() bool { return s.Gone != nil && s.Now.Sub(s.Gone.Since) >= goneAfter }

// hour is what the window shows of the time: minutes, and seconds while the agent is away.
func (s State) hour() string {
	if s.Away() {
		return s.Now.Format(time.DateTime)
	}
	return s.Now.Format("2006-01-02 15:04")
}

// Bill is the amount at hand: what is being typed, else the desk's.
func (s State) Bill() desk.Bill {
	if s.Entry.Own {
		return desk.Bill{Fen: s.Entry.Fen(), Source: "typed"}
	}
	return s.View.Bill
}

// The events that change a State besides desk.Event: what a person does, and what the desk made of what it was asked.
type (
	event   any
	pressed Key         // a key of the keypad or keyboard
	scanned string      // a scanner typed into the window
	touched struct{}    // the answer is put away by a tap or Enter
	escaped struct{}    // Escape: the answer is put away, else the amount is cleared
	recall  struct{}    // the last answer is wanted back
	toggled struct{}    // the other language
	read    struct{}    // what became of earlier sales has been read
	undo    Undo        // Asked, Sent, or NotAsked: never mind
	undone  desk.Answer // the desk's answer to Sent
	untaken struct {    // the desk did not take something
		what trouble
		err  error
	}
	ticked time.Time
)

// with gives the state after one event.
func (s State) with(e event) State {
	switch e := e.(type) {
	case desk.Event:
		return s.hear(e)
	case pressed:
		return s.ready().press(Key(e))
	case scanned:
		return s.ready()
	case touched:
		return s.touch()
	case escaped:
		if s.Shown == nil {
			return s.press(Clear)
		}
		return s.ready()
	case recall:
		return s.recall()
	case toggled:
		s.Lang = other(s.Lang)
	case read:
		s.Later = nil
	case undo:
		s = s.undo(Undo(e))
	case undone:
		return s.undone(Shown{desk.Answer(e)})
	case untaken:
		return s.untaken(e)
	case ticked:
		s.Now = time.Time(e)
	}
	return s
}

func (s State) hear(e desk.Event) State {
	switch {
	case e.Gone != nil:
		s.Gone = e.Gone
		s.Now = e.Gone.Since
	case e.View != nil:
		return s.see(*e.View)
	case e.Answer != nil:
		return s.answer(*e.Answer)
	}
	return s
}

// answer fills the window with a new answer, unless it only tells what became of an earlier sale: the next customer
// is not to be blocked by that.
func (s State) answer(a desk.Answer) State {
	s.News = &a
	s = s.told(&a.At)
	if a.Replaced {
		return s.tell(Shown{a})
	}
	if s.Entry.Own && s.Entry.Fen() == a.Bill {
		s.Entry.Closed = true
	}
	return s.ready().show(Shown{a})
}

func (s State) show(a Shown) State {
	s.Shown, s.Last = &a, &a
	s.Count++
	return s
}

// ready puts away the answer and what else was only waiting to be seen. Bad news of earlier sales stays.
func (s State) ready() State {
	s.Shown, s.Undo, s.Trouble = nil, NotAsked, nil
	var bad []Shown
	for _, a := range s.Later {
		if !accepted(a.Answer) {
			bad = append(bad, a)
		}
	}
	s.Later = bad
	return s
}

// maxLater bounds what is kept of earlier sales; the day's list has them all.
const maxLater = 99

func (s State) tell(a Shown) State {
	s.Later = append(s.Later[:len(s.Later):len(s.Later)], a)
	s.Later = s.Later[max(0, len(s.Later)-maxLater):]
	return s
}

// see takes a View. The first one after a break may bear an answer that nobody has seen.
func (s State) see(v desk.View) State {
	before, back := s.View, s.Gone != nil || !s.Heard
	first := !s.Heard
	s.View, s.Heard, s.Gone = v, true, nil
	s = s.told(v.Oldest).told(v.Lease.Until)
	if v.Busy && !before.Busy {
		s = s.ready()
	}
	s.Entry = s.Entry.seen(before.Bill, v.Bill, back)
	switch {
	case v.Last == nil:
	case first:
		s.News, s.Last = v.Last, &Shown{*v.Last} // who opens the window has no customer yet
	case back && !s.knows(*v.Last):
		return s.answer(*v.Last)
	}
	return s
}

// told learns the campaign's zone from a time that the desk tells in it. Its sentences name hours too, and a PC that is
// set to another zone must not name others.
func (s State) told(t *time.Time) State {
	if t != nil && !t.IsZero() {
		s.Zone = t.Location()
	}
	return s
}

func (s State) zone() *time.Location {
	if s.Zone == nil {
		return time.Local
	}
	return s.Zone
}

// knows tells whether an answer is the newest that was heard before the break.
func (s State) knows(a desk.Answer) bool {
	return s.News != nil && s.News.Redemption == a.Redemption && s.News.At.Equal(a.At) && s.News.Answer == a.Answer && s.News.Replaced == a.Replaced
}

// seen tells the entry what the desk holds. An amount that differs from ours replaces it only once the desk has shown
// ours: before that it is the echo of an earlier key. What the POS or the display set always does, when it is new.
func (e Entry) seen(before, now desk.Bill, back bool) Entry {
	switch {
	case !e.Own:
		return e
	case now.Fen == e.Fen():
		e.Agreed = true
		return e
	case back, e.Agreed, now != before && now.Fen != 0 && now.Source != "typed":
		return Entry{}
	}
	return e
}

func (s State) press(k Key) State {
	if s.Away() || !s.Heard {
		return s
	}
	next := s.Entry.press(k)
	next.Agreed = s.Entry.Agreed && next.Fen() == s.Entry.Fen()
	s.Entry = next
	return s
}

// touch puts the answer away; while undoing is asked about it only says no, and while it goes on it does nothing.
func (s State) touch() State {
	switch s.Undo {
	case Asked:
		s.Undo = NotAsked
		return s
	case Sent:
		return s
	}
	return s.ready()
}

func (s State) recall() State {
	if s.Last == nil {
		return s
	}
	s.Undo, s.Trouble = NotAsked, nil
	s.Shown = s.Last
	return s
}

func (s State) undo(step Undo) State {
	if s.Shown == nil || !s.Shown.Good() || s.Undo == Sent {
		return s
	}
	if step == Sent {
		if s.Undo != Asked || s.Undoing != "" {
			return s
		}
		s.Undoing = s.Shown.Redemption
	}
	s.Undo = step
	return s
}

// undone shows how undoing went, where the sale is still on the screen; else as a line.
func (s State) undone(a Shown) State {
	mine := s.Shown != nil && s.Shown.Redemption == s.Undoing
	s.Undoing = ""
	if !mine {
		return s.tell(a)
	}
	return s.ready().show(a)
}

func (s State) untaken(e untaken) State {
	t := e.what.say(e.err)
	s.Trouble = &t
	switch e.what {
	case billTrouble:
		s.Entry = Entry{} // an amount that the desk does not know must not stand there
	case undoTrouble:
		s.Undo, s.Undoing = NotAsked, ""
	}
	return s
}

func other(lang string) string {
	if lang == "zh" {
		return "en"
	}
	return "zh"
}
