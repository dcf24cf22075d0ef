package cashout

// Counts is what one signal showed at a merchant.
type Counts struct {
	Signal Signal
	Marks  []MarkCount // that speak against it and were seen, in the order of the rules; Peers is not filled in
}

// Recount derives from a merchant's own events alone, in the order of their arrival, what an explanation says of it: how
// many redemptions were seen, and the marks of those signals that look at nothing but the merchant and the rules. The
// others compare it with its peers and its town, and need the whole stream. It calls look after each event, until look
// returns true: an explanation is as old as its alert, and the events may go further. Shop may be nil.
func Recount(rules Rules, shop *Shop, events []Event, look func(seen int, counts func() []Counts) bool) {
	var shops []Shop
	if shop != nil {
		shops = []Shop{*shop}
	}
	d, signals := New(rules, shops), ownSignals(rules, shop, events)
	for i := range events {
		e := events[i]
		d.Observe(&e)
		m := d.merchant(e.Merchant)
		if look(m.redemptions, func() []Counts { return d.countsOf(m, signals) }) {
			return
		}
	}
}

func (d *Detector) countsOf(m *merchant, of []Signal) (all []Counts) {
	for _, s := range of {
		all = append(all, Counts{s, d.marksOf(m, s)})
	}
	return all
}

// ownSignals are the signals that one merchant's events decide: none that asks what an account or a phone did elsewhere,
// as those do too that fall silent where an excuse fits.
func ownSignals(rules Rules, shop *Shop, events []Event) []Signal {
	all := []Signal{Fresh, HighTier}
	if thresholdsKnown(rules, events) {
		all = append(all, Threshold)
	}
	if shop != nil && shop.Place.Known() {
		all = append(all, PlaceOf)
	}
	return all
}

// thresholdsKnown tells whether the rules give the threshold of each tier; else it is learned from all merchants.
func thresholdsKnown(rules Rules, events []Event) bool {
	known := map[string]bool{}
	for _, t := range rules.Tiers {
		known[t.Tier] = t.Threshold > 0
	}
	for i := range events {
		if !known[events[i].Tier] {
			return false
		}
	}
	return true
}

func (d *Detector) marksOf(m *merchant, s Signal) (marks []MarkCount) {
	all := m.own[s].all
	for i, mark := range d.rules.Signals[s].Marks {
		if n := m.seen[s][i]; mark.Against && n > 0 {
			marks = append(marks, MarkCount{Mark: mark.Name, Count: int(n), Of: int(all)})
		}
	}
	return marks
}
