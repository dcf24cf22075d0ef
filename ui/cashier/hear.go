package cashier

import (
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func (s State) hear(e desk.Event) State {
	switch {
	case e.Gone != nil:
		s.Gone = e.Gone
		s.Now = e.Gone.Since
		s.Order = nil
		if s.Page == PINPage || s.Page == SettingsPage || s.Page == GuidePage {
			s = s.leave()
		}
	case e.View != nil:
		return s.see(*e.View)
	case e.Answer != nil:
		return s.answer(*e.Answer)
	case e.Heard != nil:
		return s.heardScan(*e.Heard)
	}
	return s
}

// answer fills the window with a new answer, unless it only tells what became of an earlier sale: the next customer
// is not to be blocked by that.
func (s State) answer(a desk.Answer) State {
	s.News = &a
	s = s.told(&a.At).changed()
	if s.stays(a) {
		return s.here(a)
	}
	if a.Voided && a.Redemption != "" && (a.Redemption == s.Undoing || a.Redemption == s.Undone) {
		return s.undone(Shown{Answer: a})
	}
	if a.Replaced {
		return s.tell(Shown{Answer: a})
	}
	if s.Entry.Own && s.Entry.Fen() == a.Bill {
		s.Entry.Closed = true
	}
	return s.ready().leave().show(Shown{Answer: a})
}

func (s State) show(a Shown) State {
	s.Shown, s.Last = &a, &a
	s.Count++
	return s
}

// ready puts away the answer and what else was only waiting to be seen. Bad news of earlier sales stays.
func (s State) ready() State {
	s.Shown, s.Undo, s.Trouble, s.Note, s.Mark = nil, NotAsked, nil, nil, 0
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
	s = s.settings(before.Settings, v.Settings)
	s = s.told(v.Oldest).told(v.Lease.Until)
	if back || news(before, v) {
		s = s.changed()
	}
	if v.Busy && !before.Busy {
		s = s.forSale()
	}
	s.Guide.Fetch = s.Guide.Fetch.again()
	s.Entry = s.Entry.seen(before.Bill, v.Bill, back)
	if before.Practice && !v.Practice {
		s = s.ended()
	}
	switch {
	case v.Last == nil:
	case first:
		return s.found(*v.Last)
	case back && !s.knows(*v.Last):
		return s.answer(*v.Last)
	}
	return s
}

// news tells whether a View shows that some sale's state is another now.
func news(before, v desk.View) bool {
	return before.Queued != v.Queued || before.Busy != v.Busy || before.Hub.Online != v.Hub.Online
}

// missedFor is how long ago an answer may have been given that nobody saw because the window was closed: its customer may
// still stand there.
const missedFor = time.Minute

// found takes the newest answer as the window is opened. Who opens it has no customer yet, unless it was closed in the
// middle of a sale; then the answer fills the window and says that it is of before. There is no sound to it.
func (s State) found(a desk.Answer) State {
	s.News = &a
	if a.Practice && !s.View.Practice {
		return s
	}
	shown := Shown{Answer: a, Before: true}
	s.Last = &Shown{Answer: a}
	if age := s.Now.Sub(a.At).Abs(); age <= missedFor && !a.Replaced && !s.View.Busy {
		s.Shown = &shown
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

// taken: the desk holds this amount, so that another one which it shows is not an echo any more.
func (e Entry) taken(f voucher.Fen) Entry {
	e.Agreed = e.Agreed || e.Own && e.Fen() == f
	return e
}

// doubt gives up an amount that the desk has taken and then, for two ticks, shows another one in its place: somebody typed
// in a second window, and a scan would be judged against what the desk has.
func (s State) doubt() State {
	if e := s.Entry; !e.Own || !e.Agreed || !s.Heard || s.Gone != nil || s.View.Bill.Fen == e.Fen() {
		s.Entry.Doubts = 0
		return s
	}
	s.Entry.Doubts++
	if s.Entry.Doubts >= 2 {
		s.Entry = Entry{}
	}
	return s
}
