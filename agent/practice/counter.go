package practice

import (
	"context"
	"errors"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Redeem implements desk.Counter. The windows hear of a refusal too: whoever practises must know that somebody waits.
func (s *Switch) Redeem(ctx context.Context, sale desk.Sale) desk.Answer {
	a, practising := s.refuse(desk.Answer{Bill: sale.Bill, Pay: sale.Bill, Order: sale.Order}, true)
	if practising {
		return a
	}
	return s.c.Till.Redeem(ctx, sale)
}

// refuse is the answer to whoever wants something real while practice is on.
func (s *Switch) refuse(a desk.Answer, tell bool) (desk.Answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till == nil {
		return a, false
	}
	a.Answer, a.Reason, a.At = voucher.Refused, voucher.Busy, s.c.Now()
	a = a.Say(desk.Details{Practice: true})
	if tell {
		s.tell(a)
		s.show()
	}
	return a, true
}

// Scan implements desk.Counter.
func (s *Switch) Scan(ctx context.Context, text, source string) error {
	s.heard(text, source)
	if s.play(func(t *Till, at time.Time) (desk.Answer, bool) {
		if s.passedOn(text, source) {
			return desk.Answer{}, false
		}
		return t.Scan(text, at)
	}) {
		return nil
	}
	return s.c.Till.Scan(ctx, text, source)
}

// Picture implements desk.Counter.
func (s *Switch) Picture(ctx context.Context, texts []string, source string) error {
	for _, text := range texts {
		s.heard(text, source)
	}
	if s.play(func(t *Till, at time.Time) (desk.Answer, bool) { return t.Picture(texts, at) }) {
		return nil
	}
	return s.c.Till.Picture(ctx, texts, source)
}

func (s *Switch) heard(text, source string) {
	h := desk.Hear(text, source, s.c.Rules().Payments, s.c.Now())
	s.readers.Tell(desk.Event{Type: desk.HeardEvent, Heard: &h})
}

// passedOn lets go on what is for another program. The lock is held, and practice is on.
func (s *Switch) passedOn(text, source string) bool {
	return s.c.PassOn != nil && voucher.Read(text, s.till.rules.Payments).Foreign() && s.c.PassOn(source, text)
}

// play gives a scan to practice; false when it is off.
func (s *Switch) play(scan func(t *Till, at time.Time) (desk.Answer, bool)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till == nil {
		return false
	}
	s.scanned()
	if a, read := scan(s.till, s.c.Now()); read {
		s.tell(a)
		s.show()
	}
	return true
}

// SetBill implements desk.Counter. What the customer's display shows goes to the real till during practice too: it shows
// what the POS does, which does not practise, and when practice ends an old total must not be there again.
func (s *Switch) SetBill(ctx context.Context, b desk.Bill) error {
	done, err := s.playBill(b)
	if done && b.Source != voucher.BillOfDisplay.String() {
		return err
	}
	return errors.Join(err, s.c.Till.SetBill(ctx, b))
}

func (s *Switch) playBill(b desk.Bill) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till == nil {
		return false, nil
	}
	err = s.till.SetBill(b)
	s.show()
	return true, err
}

// Void implements desk.Counter.
func (s *Switch) Void(ctx context.Context, id voucher.RedemptionID) desk.Answer {
	if id.Terminal == Terminal {
		return s.playVoid(ctx, id)
	}
	if a, practising := s.refuse(desk.Answer{Redemption: id.String(), Voided: true}, false); practising {
		return a
	}
	return s.c.Till.Void(ctx, id)
}

// playVoid undoes a played sale. When practice is over there is none, which the real till says as well as we could.
func (s *Switch) playVoid(ctx context.Context, id voucher.RedemptionID) desk.Answer {
	s.mu.Lock()
	if s.till == nil {
		s.mu.Unlock()
		return s.c.Till.Void(ctx, id)
	}
	defer s.mu.Unlock()
	return s.till.Void(id, s.c.Now())
}

// Day implements desk.Counter.
func (s *Switch) Day(ctx context.Context, day string) ([]desk.Line, error) {
	if lines, practising, err := s.playedDay(day); practising {
		return lines, err
	}
	return s.c.Till.Day(ctx, day)
}

func (s *Switch) playedDay(day string) (lines []desk.Line, practising bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.till == nil {
		return nil, false, nil
	}
	lines, err = s.till.Day(day, s.c.Now())
	return lines, true, err
}

// View implements desk.Counter.
func (s *Switch) View() desk.View {
	v := s.c.Till.View()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dress(v)
}

// Watch implements desk.Counter. A view that the real till has and nobody was told yet is on its way; that it is busy is
// said at once, because the desk waits for the answers that are due before it ends.
func (s *Switch) Watch(ctx context.Context) <-chan desk.Event {
	busy := s.c.Till.View().Busy
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.shown
	v.Busy = v.Busy || busy
	return s.readers.Join(ctx, readerRoom, desk.Event{Type: desk.ViewEvent, View: &v})
}

// Shift implements desk.Shifts: the real till's, for nothing that is played is sold.
func (s *Switch) Shift(ctx context.Context) (desk.Shift, error) { return s.c.Shifts.Shift(ctx) }

// CloseShift implements desk.Shifts.
func (s *Switch) CloseShift(ctx context.Context, number int) (desk.Shift, error) {
	if s.practising() {
		return desk.Shift{}, desk.ErrPractising
	}
	return s.c.Shifts.CloseShift(ctx, number)
}

// Shifts implements desk.Shifts.
func (s *Switch) Shifts(ctx context.Context) ([]desk.Shift, error) { return s.c.Shifts.Shifts(ctx) }

func (s *Switch) practising() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.till != nil
}

// Lane implements desk.Lanes: the real till's.
func (s *Switch) Lane(ctx context.Context) (desk.Lane, error) { return s.c.Lanes.Lane(ctx) }

// BeginLane implements desk.Lanes. What is scanned while practice is on never reaches the hub.
func (s *Switch) BeginLane(ctx context.Context) (desk.Lane, error) {
	if s.practising() {
		return desk.Lane{}, desk.ErrPractising
	}
	return s.c.Lanes.BeginLane(ctx)
}

// EndLane implements desk.Lanes.
func (s *Switch) EndLane(ctx context.Context) (desk.Lane, error) { return s.c.Lanes.EndLane(ctx) }

// LanePrinted implements desk.Lanes.
func (s *Switch) LanePrinted(ctx context.Context, redemption string) error {
	return s.c.Lanes.LanePrinted(ctx, redemption)
}

// AcceptLane implements desk.Lanes.
func (s *Switch) AcceptLane(ctx context.Context, h voucher.Handover) (desk.Lane, error) {
	return s.c.Lanes.AcceptLane(ctx, h)
}
