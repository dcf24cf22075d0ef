package cashier

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// The events that change a State besides desk.Event: what a person does, and what the desk made of what it was asked.
type (
	event   any
	pressed Key         // a key of the keypad or keyboard
	scanned string      // a scanner typed into the window
	pasted  string      // put there by Ctrl+V
	given   shot        // a picture that was dropped on the window, or pasted
	taken   voucher.Fen // the desk has taken this amount
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
	if personal(e) {
		s.Touched = s.Now
	}
	return s.fold(e).ask()
}

// personal tells whether a person did it, as against the desk and the clock.
func personal(e event) bool {
	switch e.(type) {
	case pressed, scanned, pasted, given, touched, escaped, recall, toggled, read, undo, turned, moved, entered, lastKey, opened, closed, closeAsked,
		closeSent, lookBack, looked, backOne, practice, played, pinDone, pinWanted, set, sounded, filled, aside, printWanted, guided, stepTo,
		checkAgain, lookAgain, fit, noBill, laneWanted, lanePrint, wrote, fielded, despite, signed:
		return true
	}
	return false
}

func (s State) fold(e event) State {
	switch e := e.(type) {
	case desk.Event:
		return s.hear(e)
	case ticked:
		s.Now = time.Time(e)
		return s.doubt().idle().retry()
	case pressed:
		return s.key(Key(e))
	case scanned:
		return s.forSale()
	case pasted:
		return s.paste(string(e))
	case given:
		return s.give(shot(e))
	case touched:
		return s.touch()
	case escaped:
		return s.escape()
	case recall:
		return s.recall()
	case toggled:
		s.Lang = other(s.Lang)
	case read:
		s.Later, s.Mark = nil, 0
	case undo:
		return s.undo(Undo(e))
	case undone:
		return s.undone(Shown{Answer: desk.Answer(e)})
	case taken:
		s.Entry = s.Entry.taken(voucher.Fen(e))
	case untaken:
		return s.untaken(e)
	case printWanted:
		return s.print()
	case printed:
		return s.printed(e)
	}
	return s.foldPage(e)
}

// foldPage is fold for what happens on the pages.
func (s State) foldPage(e event) State {
	switch e := e.(type) {
	case turned:
		return s.turn(Page(e))
	case moved:
		return s.move(Move(e))
	case lastKey:
		return s.lastSale()
	case backOne:
		return s.back()
	case opened:
		return s.open(string(e))
	case closed:
		return s.open("").marking(s.Day.Open)
	case listed:
		return s.listed(e)
	case reckoned:
		return s.reckoned(e)
	case remembered:
		return s.remembered(e)
	case closeAsked:
		return s.askClose(bool(e))
	case closeSent:
		return s.sendClose()
	case shut:
		return s.shut(e)
	case lookBack:
		s.Shift.Looking, s.Shift.PastAsk, s.Mark = true, s.Shift.PastAsk.again(), 0
	case looked:
		return s.look(int(e))
	}
	return s.foldTech(e)
}

// foldTech is fold for practice and settings.
func (s State) foldTech(e event) State {
	switch e := e.(type) {
	case practice:
		return s.practise(bool(e))
	case practised:
		return s.practised(e)
	case played:
		return s.play(play(e))
	case pinDone:
		return s.pinEnd()
	case pinWanted:
		return s.pinNew()
	case pinChecked:
		return s.pinChecked(e)
	case pinChanged:
		return s.pinChanged(e)
	case set:
		return s.set(e)
	case now:
		return s.setNow(e)
	}
	return s.foldGuide(e)
}
