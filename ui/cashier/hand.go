package cashier

import "hexiao/hub/voucher"

// key is a key of the keypad, on the screen or on the keyboard: for the field that stands over the keypad.
func (s State) key(k Key) State {
	switch {
	case s.Away(), !s.Heard:
		return s
	case s.Shown != nil:
		return s.ready().leave().press(k)
	case s.Page == ListPage && s.Undo == Sent:
		return s
	case s.Page == ListPage:
		return s.search(k)
	case s.Page == PINPage && s.View.Settings.PINSet:
		return s.pin(k)
	case s.Page == GuidePage:
		return s.write(rune(k))
	}
	return s.ready().leave().press(k)
}

func (s State) press(k Key) State {
	next := s.Entry.press(k)
	next.Agreed = s.Entry.Agreed && next.Fen() == s.Entry.Fen()
	s.Entry = next
	return s
}

// touch puts the answer away; while undoing is asked about it only says no, and while it goes on it does nothing. On a
// page a touch beside everything means nothing.
func (s State) touch() State {
	switch s.Undo {
	case Asked:
		s.Undo, s.Mark = NotAsked, 0
		return s
	case Sent:
		return s
	}
	if s.Shown == nil && s.Page != SalePage {
		return s
	}
	return s.ready()
}

// escape puts the answer away, or goes back to the sale; there it clears the amount.
func (s State) escape() State {
	switch {
	case s.Shown != nil, s.Page != SalePage:
		return s.ready().leave()
	}
	return s.key(Clear)
}

// marking marks a line of the list.
func (s State) marking(id string) State {
	s.Day.At = id
	return s
}

func (s State) recall() State {
	s = s.ready().leave()
	if s.Last == nil {
		s.Trouble = &say.noLast
		return s
	}
	s.Shown = s.Last
	if s.Undoing != "" && s.Undoing == s.Last.Redemption {
		s.Undo = Sent
	}
	return s
}

func (s State) undo(step Undo) State {
	a := s.sale()
	if a == nil || !a.Good() || s.Undo == Sent {
		return s
	}
	if step == Sent {
		if s.Undo != Asked || s.Undoing != "" {
			return s
		}
		s.Undoing = a.Redemption
	}
	s.Undo, s.Mark, s.Trouble = step, 0, nil
	return s
}

// undone takes what the desk says about the undoing that this window asked for. It says it twice: to this window, and as
// an event to all, when the hub has said so too. The first word fills the window where the sale is still on the screen, and
// else stands in a line; the second changes the first, and is no news to anybody but when it is bad.
func (s State) undone(a Shown) State {
	if a.Redemption != "" && a.Redemption == s.Undone && a.Redemption != s.Undoing {
		return s.undoneAgain(a)
	}
	at := s.sale()
	mine := at != nil && s.Undo == Sent && at.Redemption == s.Undoing
	s.Undone, s.Undoing = s.Undoing, ""
	s = s.changed()
	if !mine {
		return s.tell(a)
	}
	s.Day.Open = ""
	return s.ready().show(a)
}

func (s State) undoneAgain(a Shown) State {
	switch now := s.Shown; {
	case !accepted(a.Answer):
		return s.tell(a)
	case now == nil || !now.Voided || now.Redemption != a.Redemption || now.Answer.Answer == voucher.Final:
		return s
	}
	s.Shown, s.Last = &a, &a
	return s
}

func (s State) untaken(e untaken) State {
	t := e.what.say(e.err)
	s.Trouble = &t
	switch e.what {
	case billTrouble:
		s.Entry = Entry{} // an amount that the desk does not know must not stand there
	case undoTrouble:
		s.Undo, s.Undoing, s.Mark = NotAsked, "", 0
		s = s.changed()
	}
	return s
}
