package office

import (
	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// lookout is a detector, and what is kept of its lines.
type lookout struct {
	detector *cashout.Detector
	rules    cashout.Rules
	since    map[string]int64   // merchant's first line, seconds since 1970
	alerts   map[string]int     // how many
	best     map[string]float64 // highest score of an alert
}

func newLookout(r cashout.Rules) *lookout {
	return &lookout{cashout.New(r, nil), r, map[string]int64{}, map[string]int{}, map[string]float64{}}
}

// observe takes an event and gives an alert; a watch line only notes since when the merchant is looked at.
func (l *lookout) observe(e *cashout.Event) *cashout.Alert {
	a, _ := l.detector.Observe(e)
	if a == nil {
		return nil
	}
	if l.since[a.Merchant] == 0 {
		l.since[a.Merchant] = a.At
	}
	if a.Level != cashout.LevelAlert {
		return nil
	}
	l.alerts[a.Merchant]++
	l.best[a.Merchant] = max(l.best[a.Merchant], a.Score)
	return a
}

func (w *Watch) lookouts() []*lookout {
	if w.shadow == nil {
		return []*lookout{w.live}
	}
	return []*lookout{w.live, w.shadow}
}

// govern gives the detectors the thresholds of the campaign. Once there were events they stay as they are: what may change
// then are tiers of which nothing was issued, and their thresholds are learnt from bills.
func (w *Watch) govern(c *voucher.Campaign) {
	for _, l := range w.lookouts() {
		if !w.begun {
			l.rules = rulesFor(l.rules, c)
			l.detector = cashout.New(l.rules, w.shops.all)
		}
	}
}

// rulesFor are rules with the thresholds of a campaign.
func rulesFor(r cashout.Rules, c *voucher.Campaign) cashout.Rules {
	r.Tiers = nil
	for _, t := range c.Tiers {
		r.Tiers = append(r.Tiers, cashout.TierRule{Tier: string(t.ID), Threshold: t.Threshold})
	}
	return r
}

func (w *Watch) declare(s cashout.Shop) {
	w.shops.add(s)
	for _, l := range w.lookouts() {
		l.detector.Declare(s)
	}
}

func (w *Watch) take(s *Sight) {
	w.begun = true
	if w.shadow != nil {
		e := s.Event // Observe may move its arrival
		w.shadow.observe(&e)
	}
	if a := w.live.observe(&s.Event); a != nil {
		w.pending = append(w.pending, suspected(a, s.At))
	}
}
