package office

import (
	"cmp"
	"fmt"
	"slices"

	"hexiao/hub/cashout"
	"hexiao/hub/voucher"
)

// Picture is everything about one merchant in a replayed stream, for a person to look at. Replay fills it.
type Picture struct {
	Trade     voucher.Trade
	Town      string
	Shop      cashout.Shop   // as in the registry; the zero value where there is none
	Rules     string         // version
	Cut       float64        // of the rules
	High      float64        // the highest score so far
	HighAt    int64          // when that was reached
	Why       *cashout.Alert // what there is against it at the end; nil when it was never seen
	Rows      []PictureRow   // redemptions in order of arrival
	PeerHours [24]int        // redemptions of the other merchants of its trade, by local hour
	Until     int64          // arrival of the newest event of all
}

// PictureRow is one redemption. Hashes are those of the event; 0 is not known.
type PictureRow struct {
	ID        string // where there is no redemption's ID, the line of the stream
	Event     cashout.Event
	Threshold voucher.Fen // 0: not known
	Voided    int64       // when it was undone; 0: it stands
	Signals   []cashout.Signal
	Suspected bool
}

// gather keeps what a picture needs of an event that was taken.
func (r *Replay) gather(e *cashout.Event) {
	if e.Kind == cashout.Claim {
		return
	}
	p := r.Gather[e.Merchant]
	switch {
	case e.Kind == cashout.Void && p != nil:
		p.void(e)
	case e.Kind == cashout.Redeem && p != nil:
		p.add(e, r)
	}
	if e.Kind == cashout.Redeem {
		r.byHour(e)
	}
}

func (r *Replay) byHour(e *cashout.Event) {
	if r.hours == nil {
		r.hours = map[voucher.Trade]*[24]int{}
	}
	if r.hours[e.Trade] == nil {
		r.hours[e.Trade] = new([24]int)
	}
	r.hours[e.Trade][localHour(e.Time)]++
}

func localHour(t int64) int { return int((t + 8*3600) % 86400 / 3600) }

func (p *Picture) add(e *cashout.Event, r *Replay) {
	row := PictureRow{ID: fmt.Sprintf("#%d", r.lines.Line()), Event: *e}
	for _, t := range r.Rules.Tiers {
		if t.Tier == e.Tier {
			row.Threshold = t.Threshold
		}
	}
	if why := r.detector.Explain(e.Merchant); why != nil {
		for _, part := range why.Parts {
			if n := len(part.Vouchers); n > 0 && part.Vouchers[n-1] == e.Voucher {
				row.Signals = append(row.Signals, part.Signal)
			}
		}
	}
	p.Trade, p.Town = e.Trade, e.Town
	p.Rows = append(p.Rows, row)
}

func (p *Picture) void(e *cashout.Event) {
	for i := len(p.Rows) - 1; i >= 0; i-- {
		if row := &p.Rows[i]; row.Event.Voucher == e.Voucher {
			row.Voided = e.Time
			return
		}
	}
}

// finish fills in what is known at the end of the stream.
func (p *Picture) finish(r *Replay, name string) {
	p.Rules, p.Cut, p.Until = r.Rules.Version, r.Rules.Cut, r.last
	p.Why = r.detector.Explain(name)
	for _, s := range r.Shops {
		if s.Merchant == name {
			p.Shop = s
			p.Trade, p.Town = cmp.Or(p.Trade, s.Trade), cmp.Or(p.Town, s.Town)
		}
	}
	if hours := r.hours[p.Trade]; hours != nil {
		p.PeerHours = *hours
	}
	for i := range p.Rows {
		if e := &p.Rows[i].Event; e.Trade == p.Trade {
			p.PeerHours[localHour(e.Time)]--
		}
	}
	if p.Why != nil {
		p.suspect()
	}
}

// suspect marks the redemptions that speak against the merchant by at least half of its score: those that a person should
// look at first. A merchant whose score is below half the cut has none.
func (p *Picture) suspect() {
	named := map[string][]cashout.Signal{}
	brings := map[cashout.Signal]float64{}
	for _, part := range p.Why.Parts {
		brings[part.Signal] = part.Score
		for _, v := range part.Vouchers {
			named[v] = append(named[v], part.Signal)
		}
	}
	for i := range p.Rows {
		row, sum := &p.Rows[i], 0.0
		for _, s := range named[row.Event.Voucher] {
			if !slices.Contains(row.Signals, s) {
				row.Signals = append(row.Signals, s)
			}
		}
		for _, s := range row.Signals {
			sum += brings[s]
		}
		slices.Sort(row.Signals)
		row.Suspected = p.Why.Score >= p.Cut/2 && sum >= p.Why.Score/2
	}
}
