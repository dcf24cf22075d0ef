package cashier

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// State is all that the window shows. It is a value that with folds one event into; it knows no Fyne, asks no clock and
// does nothing: what is to be asked of the desk is found by comparing two states (see State.after).
type State struct {
	Lang     string         // "zh" or "en"
	KeepLang bool           // the language was asked for when the window was opened: the agent's settings do not change it then
	CanHide  bool           // the window can be got out of the way
	Now      time.Time      // as of the last tick
	Zone     *time.Location // the campaign's, as the desk tells times; nil before it has told any

	View  desk.View
	Heard bool       // a View has come since the window was opened
	Gone  *desk.Gone // the agent cannot be reached

	Entry    Entry
	Shown    *Shown        // the answer that fills the window; nil: ready for the next scan
	Count    int           // answers shown so far: two equal answers are still two
	Last     *Shown        // the newest answer, filling the window or put away
	News     *desk.Answer  // the newest answer that the desk gave to everybody
	Undo     Undo          // how far undoing Shown has come
	Undoing  string        // the redemption that the desk was asked to undo
	Undone   string        // the newest one of which it has said how that went
	Printing string        // the redemption whose slip the desk was asked to print
	Printed  string        // the newest one that has been printed from here
	Later    []Shown       // what became of earlier sales, not yet put away
	Trouble  *voucher.Text // what the desk did not take; until the next touch or answer

	Page    Page
	Mark    int           // the marked one of the choices
	Touched time.Time     // when a person last did something
	Order   deed          // what the desk is being asked to change besides bill, scan and void; nil: nothing
	Note    *voucher.Text // what came of it
	Day     Day           // of ListPage
	Shift   Shifts        // of ShiftPage
	Tech    Tech          // of PINPage, SettingsPage and GuidePage
	Guide   Guide         // of GuidePage
}

// Shown is an answer as it is shown.
type Shown struct {
	desk.Answer
	Before bool // it was given while no window was open to show it
}

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

// hour is what the window shows of the time: minutes, and seconds while it says how long ago something was.
func (s State) hour() string {
	if s.Away() || s.Shown != nil && s.Shown.Before {
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

func other(lang string) string {
	if lang == "zh" {
		return "en"
	}
	return "zh"
}
