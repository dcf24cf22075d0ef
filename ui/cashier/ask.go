package cashier

// Ask is a question that is put to the desk when its answer may have changed, one at a time.
type Ask struct {
	No     int  // of the newest one
	Open   bool // it is not answered yet
	Stale  bool // it has to be put again
	Heard  bool // an answer has come
	Failed bool // the newest one got no answer; it is put again at the next tick
}

func (a Ask) again() Ask {
	a.Stale = true
	return a
}

// drop forgets the answers, also one that is still to come.
func (a Ask) drop() Ask { return Ask{No: a.No} }

// put puts the question if there is reason to.
func (a Ask) put(wanted bool) Ask {
	if wanted && a.Stale && !a.Open {
		a.No, a.Open, a.Stale = a.No+1, true, false
	}
	return a
}

// retry puts again what failed.
func (a Ask) retry() Ask {
	a.Stale = a.Stale || a.Failed
	return a
}

// answered takes what came of a question; mine is false for one that nobody waits for any more.
func (a Ask) answered(no int, err error) (now Ask, mine bool) {
	if !a.Open || no != a.No {
		return a, false
	}
	a.Open, a.Failed, a.Heard = false, err != nil, a.Heard || err == nil
	return a, true
}

// takes notes that a question was answered: which finds it in a state. What failed is said, and taken away when it is
// answered after all. ok tells whether there is an answer to use.
func (s State) takes(which func(*State) *Ask, no int, what trouble, err error) (now State, ok bool) {
	before := *which(&s)
	after, mine := before.answered(no, err)
	if !mine {
		return s, false
	}
	*which(&s) = after
	switch {
	case err != nil:
		t := what.say(err)
		s.Trouble = &t
	case before.Failed:
		s.Trouble = nil
	}
	return s, err == nil
}

// changed: the pages' answers may be others now.
func (s State) changed() State {
	s.Day.Ask, s.Shift.Ask, s.Shift.PastAsk = s.Day.Ask.again(), s.Shift.Ask.again(), s.Shift.PastAsk.again()
	return s
}

func (s State) retry() State {
	s.Day.Ask, s.Shift.Ask, s.Shift.PastAsk = s.Day.Ask.retry(), s.Shift.Ask.retry(), s.Shift.PastAsk.retry()
	s.Guide.Fetch = s.Guide.Fetch.retry()
	return s
}

// ask puts the questions of the page that is open.
func (s State) ask() State {
	here := s.Heard && s.Gone == nil
	s.Day.Ask = s.Day.Ask.put(here && s.Page == ListPage)
	s.Shift.Ask = s.Shift.Ask.put(here && s.Page == ShiftPage)
	s.Shift.PastAsk = s.Shift.PastAsk.put(here && s.Page == ShiftPage && s.Shift.Looking)
	guiding := here && s.Page == GuidePage
	s.Guide.Check = s.Guide.Check.put(guiding)
	s.Guide.Look = s.Guide.Look.put(guiding)
	s.Guide.Fetch = s.Guide.Fetch.put(guiding && s.blank())
	return s
}
