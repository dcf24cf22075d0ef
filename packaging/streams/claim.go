package streams

import (
	"cmp"
	"math"
	"slices"
)

type voucher struct {
	id      uint64
	tier    int
	phase   int
	who     *person
	phone   uint64
	claimed int64
	at      point
	queue   bool // it is claimed in the queue of the shop where it is used
	gone    bool // somebody has decided what becomes of it
}

func (v *voucher) trade() trade { return tiers[v.tier].trade }

// handOut gives the quotas to the people, one voucher a person, trade and phase.
func (w *county) handOut(c chance) {
	for phase := range w.quota {
		for t := range trade(trades) {
			list := w.tiersOf(c, phase, t)
			people := w.quickest(c, t, len(list))
			for i, at := range w.claimTimes(c, phase, len(people)) {
				w.claim(c, people[i], phase, list[i], at)
			}
			shuffle(c, w.pool[phase][t])
		}
	}
}

// tiersOf is the order in which the tiers of a trade go.
func (w *county) tiersOf(c chance, phase int, t trade) []int {
	type ticket struct {
		tier int
		turn float64
	}
	var all []ticket
	for i, n := range w.quota[phase] {
		if tiers[i].trade != t {
			continue
		}
		for range n {
			x := c.Float64()
			if tiers[i].high() {
				x -= w.highFirst
			}
			all = append(all, ticket{i, x})
		}
	}
	slices.SortStableFunc(all, func(a, b ticket) int { return cmp.Compare(a.turn, b.turn) })
	list := make([]int, len(all))
	for i := range all {
		list[i] = all[i].tier
	}
	return list
}

// quickest are the n people who get the vouchers of a trade: the eager ones, mostly.
func (w *county) quickest(c chance, t trade, n int) []*person {
	type runner struct {
		p   *person
		key float64
	}
	var all []runner
	for _, p := range w.people {
		if t != fuel || p.car {
			all = append(all, runner{p, math.Log(p.eager) - math.Log(c.ExpFloat64()+1e-12)})
		}
	}
	slices.SortStableFunc(all, func(a, b runner) int { return cmp.Compare(b.key, a.key) })
	n = min(n, len(all))
	people := make([]*person, n)
	for i := range people {
		people[i] = all[i].p
	}
	shuffle(c, people)
	return people
}

// claimTimes are n times in order: the rush, the rest of the first day, the days after it while stock lasts.
func (w *county) claimTimes(c chance, phase, n int) []int64 {
	times := make([]int64, n)
	opening := w.opening(phase)
	for i := range times {
		switch x := c.Float64(); {
		case x < w.rush:
			times[i] = opening + int64(min(c.gap(w.rushSpan), 3000))
		case x < w.rush+w.firstDay:
			left := float64(w.starts[phase] + 23*hour - opening)
			times[i] = opening + int64(left*math.Pow(c.Float64(), 1.5))
		default:
			d := 1 + weighed(50, 26, 15, 9).draw(c)
			times[i] = w.starts[phase] + int64(d)*day + int64(c.between(6.8, 22.8)*float64(hour))
		}
	}
	slices.Sort(times)
	return times
}

func (w *county) claim(c chance, p *person, phase, tier int, at int64) {
	v := &voucher{id: w.id(ofVoucher, uint64(w.claimedSoFar())), tier: tier, phase: phase, who: p, phone: p.phone, claimed: at}
	v.at = w.whereabouts(c, p, at)
	rushed := at < w.opening(phase)+3000
	v.queue = !rushed && c.yes(w.counter) && p.home.town != nil
	t := v.trade()
	p.held[phase][t] = true
	p.home.held[phase][t] = append(p.home.held[phase][t], v)
	w.pool[phase][t] = append(w.pool[phase][t], v)
}

func (w *county) claimedSoFar() (n int) {
	for phase := range w.pool {
		for t := range w.pool[phase] {
			n += len(w.pool[phase][t])
		}
	}
	return n
}

// whereabouts is where the phone of somebody who claims says it is.
func (w *county) whereabouts(c chance, p *person, t int64) point {
	var at point
	hours := float64((t+zone)%day) / float64(hour)
	switch x := c.Float64(); {
	case p.home.town == nil:
		at = p.home.at.near(c, 300)
	case c.yes(p.home.town.hallPut):
		at = p.home.town.hall.near(c, 30)
	case p.work >= 0 && hours > 7.5 && hours < 18.5 && !weekend(t) && x < 0.8:
		at = w.works[p.work].near(c, 60)
	case x < 0.72:
		at = p.home.at
	case x < 0.95:
		at = p.home.town.at.near(c, p.home.town.radius)
	case x < 0.985:
		at = one(c, w.towns).at.near(c, 1200)
	default:
		at = w.centre.off(c, 15000, 120000)
	}
	if c.yes(0.03) {
		return at.near(c, 1100)
	}
	return at.near(c, 28)
}

// inLine lets a voucher that is used at t have been claimed in the queue, when its holder is one who does so.
func (w *county) inLine(c chance, v *voucher, s *shop, t int64) {
	if waited := c.seconds(45, 1500); v.queue && t-waited >= w.opening(v.phase) {
		v.queue, v.claimed, v.at = false, t-waited, s.place(t).near(c, 25)
	}
}

// before makes sure that a voucher that is used at t was claimed by then, as its holder might have.
func (w *county) before(c chance, v *voucher, t int64) {
	v.queue = false
	opening := w.opening(v.phase)
	if v.claimed <= t-40 {
		return
	}
	v.claimed = opening + int64(math.Pow(c.Float64(), 2)*float64(max(0, t-400-opening)))
	v.claimed = min(v.claimed, t-15)
}
