package desk

import (
	"context"
	"time"

	"hexiao/hub/voucher"
)

const (
	eachRoom = 64              // slips that may wait to be printed by themselves
	eachLate = 2 * time.Minute // then the customer has gone, and the slip is printed by hand if at all
)

// due is an answer whose slip is to be printed by itself.
type due struct {
	answer Answer
	since  time.Time
}

// PrintEach prints the slip of every redemption that is accepted, and of every void, by itself and after its answer, until
// ctx ends; then it returns nil. Where that is not wanted it only waits. It holds nothing up: what a printer in trouble
// cannot take is dropped with a line in the log, stays an original, and is printed by hand.
//
// That a sale accepted offline is confirmed later prints nothing: after an outage that would be hundreds of slips for
// customers who have gone, and the slip that they have bears the same number and chain. Each can be printed by hand. That
// it did not stand is rare and the shop must act: it prints a notice, which says so and what to do, to be kept with the
// slip of that number.
func (s *Server) PrintEach(ctx context.Context) error {
	if s.each == nil {
		<-ctx.Done()
		return nil
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.printDue(ctx)
	}()
	for s.watchDue(ctx) {
		pause := time.NewTimer(time.Second) // let go because too much happened: listen anew
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
	<-ended
	return nil
}

// watchDue hears the counter until it lets us go; false when ctx has ended.
func (s *Server) watchDue(ctx context.Context) bool {
	for e := range s.counter.Watch(ctx) {
		if e.Answer != nil {
			s.slips.given(*e.Answer)
			s.owe(*e.Answer)
		}
	}
	return ctx.Err() == nil
}

// owe puts the slip of an answer in the queue when one is to be printed by itself. It never waits.
func (s *Server) owe(a Answer) {
	if s.each == nil || a.Redemption == "" || a.Practice || !worthASlip(a) {
		return
	}
	select {
	case s.each <- due{a, time.Now()}:
	default:
		s.log.Warn("slip not printed by itself: too many wait", "redemption", a.Redemption)
	}
}

// worthASlip tells whether an answer is news for paper.
func worthASlip(a Answer) bool {
	if a.Replaced {
		return a.Answer == voucher.Refused && !a.Voided
	}
	return a.Answer == voucher.Final || a.Answer == voucher.Provisional
}

// printDue prints what is due. An answer is heard by more ways than one, and may have been printed by hand meanwhile: only
// an original comes out by itself.
func (s *Server) printDue(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case d := <-s.each:
			if time.Since(d.since) > eachLate {
				s.log.Warn("slip not printed by itself: too late", "redemption", d.answer.Redemption)
			} else if s.slips.original(d.answer) {
				_ = s.onPaper(ctx, d.answer, true, s.paper) // it has said so itself
			}
		}
	}
}
