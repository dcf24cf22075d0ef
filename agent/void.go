package agent

import (
	"errors"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// Void undoes a good redemption of this till. It is recorded at once; with the hub there the caller waits for its word
// as for any other. answer is called once, now or in a later step.
func (t *Core) Void(of voucher.RedemptionID, answer func(desk.Answer), now time.Time) {
	s, known := t.journal.Find(of)
	if !known || !t.current(of) {
		state := t.journal.State()
		earlier := desk.Details{Earlier: of.Terminal == state.Terminal && of.Epoch < state.Epoch}
		answer(t.refuse(desk.Answer{Redemption: of.String(), Voided: true, At: t.at()}, voucher.UnknownVoucher, earlier))
		return
	}
	a := t.standing(s)
	a.Voided, a.Risk, a.Pay, a.At = true, "", a.Bill, t.at()
	switch state := s.State(); {
	case state == "voided":
		t.voidAgain(s, answer)
	case state == "refused" || state == "reversed":
		answer(t.refuse(a, voucher.UnknownVoucher, desk.Details{}))
	case state == "waiting":
		answer(t.refuse(a, voucher.Busy, desk.Details{}))
	case t.stopping:
		answer(stopped(a))
	default:
		t.recordVoid(s, a, answer, now)
	}
}

func (t *Core) recordVoid(s journal.Sale, a desk.Answer, answer func(desk.Answer), now time.Time) {
	s, err := t.journal.Void(s.Number)
	switch {
	case errors.Is(err, journal.ErrNoSale):
		answer(t.refuse(a, voucher.UnknownVoucher, desk.Details{}))
		return
	case err != nil:
		answer(t.unwritten(a, err))
		return
	}
	t.wrote()
	t.log.Info("redemption voided", "redemption", s.ID.String())
	w := &wait{request: request{answer: answer}, id: s.ID, deadline: now}
	t.voids[s.ID] = w
	if law := t.law(); !t.hub.Online || law == nil {
		t.endVoid(w)
	} else {
		w.deadline = now.Add(t.patienceOf(law))
	}
}

func (t *Core) voidAgain(s journal.Sale, answer func(desk.Answer)) {
	if w, waits := t.voids[s.ID]; waits {
		w.also = append(w.also, answer)
		return
	}
	a := t.standing(s)
	a.Again = true
	answer(a)
}

// endVoid answers those who wait for a void with what is known of it by now.
func (t *Core) endVoid(w *wait) {
	delete(t.voids, w.id)
	s, _ := t.journal.Find(w.id)
	if s.Undone == nil {
		t.unvoided[s.ID] = true
	}
	a := t.standing(s)
	for _, answer := range append(w.also, w.answer) {
		answer(a)
	}
}

// lateVoid hears the hub's word on a void that was said to be on its way. Only a refusal is news: then the redemption
// stands after all.
func (t *Core) lateVoid(s journal.Sale) {
	delete(t.unvoided, s.ID)
	if a := t.standing(s); a.Answer == voucher.Refused {
		a.Replaced, a.At = true, t.at()
		t.announce(a)
	}
}

// voided is the answer on a sale that was undone at the counter: FINAL when the hub has undone it too.
func (t *Core) voided(s journal.Sale, a desk.Answer) desk.Answer {
	a.Voided, a.Pay = true, a.Bill
	switch {
	case s.Undone == nil:
		a.Answer = voucher.Provisional
	case s.Undone.Result == voucher.Undone:
		a.Answer = voucher.Final
	default:
		a.Answer, a.Reason = voucher.Refused, s.Undone.Reason
		if a.Reason == voucher.OK { // it changed nothing: there was nothing to undo
			a.Reason = voucher.UnknownVoucher
		}
	}
	return a.Say(desk.Details{})
}
