package office

import (
	"context"
	"errors"
	"math"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// anew looks at the book with rules that are not those of the newest alert: whoever they would have alerted of before that
// one, and who has no case that is open, is told of as of now. The alerts that were dealt with stay as they are.
func (w *Watch) anew(ctx context.Context) error {
	cases, err := w.office.Ledger.Cashouts(ctx)
	if err != nil || len(cases) == 0 {
		return err
	}
	open, newest := map[voucher.MerchantID]bool{}, cases[0].Alerts[0]
	for i := range cases {
		open[cases[i].Merchant] = open[cases[i].Merchant] || cases[i].State.Open()
		if last := cases[i].Alerts[len(cases[i].Alerts)-1]; last.At > newest.At {
			newest = last
		}
	}
	for _, a := range w.standing(newest.Rules) {
		if open[voucher.MerchantID(a.Merchant)] {
			continue
		}
		w.mu.Lock()
		w.pending = append(w.pending, suspected(a, 0))
		w.pending[len(w.pending)-1].At, _ = w.office.Book.Head() // no two have one: each alert is an entry itself
		w.mu.Unlock()
		if err := w.tell(ctx); err != nil {
			return err
		}
	}
	return nil
}

// standing lists the merchants that stand at the cut now and were alerted of, if the rules are others than those named.
func (w *Watch) standing(rules string) (all []*cashout.Alert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if rules == w.live.rules.Version {
		return nil
	}
	for _, r := range w.live.detector.Ranking() {
		if a := w.live.detector.Explain(r.Merchant); w.live.alerts[r.Merchant] > 0 && a.Score >= w.live.rules.Cut {
			all = append(all, a)
		}
	}
	return all
}

// tell hands the alerts to the ledger, those that it has not dealt with. One that it refuses is dropped, so that it does
// not stand before the others for ever.
func (w *Watch) tell(ctx context.Context) error {
	dealt, err := w.office.Ledger.Watched(ctx)
	if err != nil {
		return err
	}
	for a := w.next(); a != nil; a = w.next() {
		if a.At > dealt && !w.quiet {
			err := w.hand(ctx, a)
			if errors.Is(err, ledger.ErrRecovering) {
				return nil // it waits, and is told when the hub has recovered
			}
			if err != nil {
				return err
			}
		}
		w.drop()
	}
	return nil
}

func (w *Watch) hand(ctx context.Context, a *ledger.Suspected) error {
	number, err := w.office.Ledger.Suspect(ctx, *a)
	if no := (*Refusal)(nil); errors.As(err, &no) {
		w.log.Error("cash-out alert not taken", "merchant", a.Merchant, "entry", uint64(a.At), "cause", err)
		return nil
	}
	if err == nil && number > 0 {
		w.log.Warn("cash-out suspected", "merchant", a.Merchant, "case", number, "score", float64(a.Score)/100, "rule", a.Rule(), "entry", uint64(a.At))
	}
	return err
}

func (w *Watch) next() *ledger.Suspected {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) == 0 {
		return nil
	}
	return &w.pending[0]
}

func (w *Watch) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = w.pending[1:]
}

// hundredths of a score, whole: the detector gives it rounded.
func hundredths(x float64) int64 { return int64(math.Round(x * 100)) }

// suspected is an alert as the book keeps it.
func suspected(a *cashout.Alert, at book.Position) ledger.Suspected {
	s := ledger.Suspected{Merchant: voucher.MerchantID(a.Merchant), At: at, When: a.At, Score: hundredths(a.Score), Rules: a.Rules, Seen: uint64(a.Seen)}
	for _, p := range a.Parts {
		part := ledger.SuspectedPart{Signal: p.Signal.String(), Score: hundredths(p.Score), Innocent: p.Signal.Innocent()}
		for _, m := range p.Marks {
			part.Marks = append(part.Marks, ledger.SuspectedMark{Mark: m.Mark, Count: uint64(m.Count), Of: uint64(m.Of), Peers: int64(math.Round(m.Peers * 1e4))})
		}
		for _, name := range p.Vouchers {
			if id, ok := voucher.ParseSerial(name); ok {
				part.Vouchers = append(part.Vouchers, id)
			}
		}
		s.Parts = append(s.Parts, part)
	}
	return s
}
