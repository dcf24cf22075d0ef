package cashout

import (
	"cmp"
	"math"
	"slices"
)

// Level says what a line is for.
type Level string

// An alert asks people to look at a merchant; a watch line only ranks it.
const (
	LevelAlert Level = ""
	LevelWatch Level = "watch"
)

// Alert is what the detector says of a merchant, with all that a person needs to check it.
type Alert struct {
	At       int64   // arrival of the event that brought it, seconds since 1970
	Merchant string  //
	Level    Level   //
	Rules    string  // version
	Score    float64 // logarithm of how much more likely the merchant's events are if some are false; the parts add up to it
	Parts    []Part  // largest first
	Seen     int     // redemptions of the merchant so far
}

// Rule names the signal that brings most.
func (a *Alert) Rule() string {
	if len(a.Parts) == 0 {
		return "none"
	}
	return a.Parts[0].Signal.String()
}

// Part is what one signal brings to a score.
type Part struct {
	Signal   Signal
	Score    float64
	Marks    []MarkCount // those that speak against the merchant and were seen, in the order of the rules
	Vouchers []string    // the newest that did, at most twenty, oldest first
}

// MarkCount compares a merchant with its peers.
type MarkCount struct {
	Mark  string
	Count int     // redemptions of the merchant that bore it
	Of    int     // redemptions of the merchant that could
	Peers float64 // share among the merchants of its trade
}

// WatchAt is the part of the cut from which on a merchant is worth a line of its own.
const WatchAt = 0.25

// told keeps what an event brought up for the explanation, and gives a line where one is due.
func (m *merchant) told(d *Detector, e *Event, marks *[signals]int8) *Alert {
	for s := range signals {
		if marks[s] != silent && d.rules.Signals[s].Marks[marks[s]].Against {
			m.evidence[s].add(e.Voucher)
		}
	}
	if m.score > m.high {
		m.high, m.at = m.score, e.Arrived
	}
	today := localDay(e.Arrived)
	switch {
	case m.redemptions >= d.rules.Least && m.score >= d.rules.Cut && m.score >= m.toldScore*d.rules.Again && today != m.alerted:
		m.alerted, m.toldScore, m.shown = today, m.score, m.score
		return d.say(m, LevelAlert, e.Arrived)
	case m.score >= d.rules.Cut*WatchAt && m.score >= m.shown*1.5:
		m.shown = m.score
		return d.say(m, LevelWatch, e.Arrived)
	}
	return nil
}

// Ranking gives every merchant's highest score so far, as watch lines in the order of the merchants' first events.
func (d *Detector) Ranking() []Alert {
	all := make([]Alert, 0, len(d.order))
	for _, m := range d.order {
		if m.redemptions == 0 {
			continue
		}
		a := d.say(m, LevelWatch, m.at)
		a.Score = round(m.high)
		if m.at == 0 {
			a.At = d.last
		}
		all = append(all, *a)
	}
	return all
}

// Explain says what there is against a merchant now; nil when it was never seen.
func (d *Detector) Explain(name string) *Alert {
	if m := d.known(name); m != nil && m.redemptions > 0 {
		return d.say(m, LevelWatch, d.last)
	}
	return nil
}

func (d *Detector) say(m *merchant, level Level, at int64) *Alert {
	a := &Alert{At: at, Merchant: m.name, Level: level, Rules: d.rules.Version, Score: round(m.score), Seen: m.redemptions}
	for s := range signals {
		if m.part[s] >= 0.005 {
			a.Parts = append(a.Parts, d.part(m, s))
		}
	}
	slices.SortStableFunc(a.Parts, func(x, y Part) int { return cmp.Compare(y.Score, x.Score) })
	return a
}

func (d *Detector) part(m *merchant, s Signal) Part {
	t := &m.evidence[s]
	p := Part{Signal: s, Score: round(m.part[s])}
	p.Vouchers = append(append(p.Vouchers, t.vouchers[t.next:]...), t.vouchers[:t.next]...)
	p.Marks = d.marksOf(m, s)
	for i := range p.Marks {
		mark := slices.Index(catalogue[s].marks, p.Marks[i].Mark)
		p.Marks[i].Peers = math.Round(d.peers[m.trade].rate(s, mark)*1e4) / 1e4
	}
	return p
}

// round gives hundredths, so that what is shown does not hang on the last bits of a sum.
func round(x float64) float64 { return math.Round(x*100) / 100 }
