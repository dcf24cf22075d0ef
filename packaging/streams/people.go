package streams

import "math"

type household struct {
	at      point
	town    *town // nil: they live beyond the county
	members []*person
	held    [2][trades][]*voucher
}

type person struct {
	id      uint64
	home    *household
	phone   uint64
	account uint64
	car     bool
	eager   float64
	work    int             // index of the place of work; -1: none of the known
	usual   [trades]*shop   // where they usually go, once they went
	held    [2][trades]bool // whether they claimed
}

// settle makes enough people that nobody needs two vouchers of one trade.
func (w *county) settle(c chance) {
	most := 0
	for phase := range w.quota {
		var of [trades]int
		for i, n := range w.quota[phase] {
			of[tiers[i].trade] += n
		}
		most = max(most, of[supermarket]*5/4, of[dining]*5/4, of[fuel]*2)
	}
	sizes := &weights{}
	for _, t := range w.towns {
		sizes.add(t.size)
	}
	for len(w.people) < most {
		h := &household{}
		if c.yes(w.outside) {
			h.at = w.centre.off(c, 25000, 220000)
		} else {
			h.town = w.towns[sizes.draw(c)]
			h.at = h.town.at.near(c, h.town.radius)
		}
		w.homes = append(w.homes, h)
		w.fill(c, h)
	}
}

func (w *county) fill(c chance, h *household) {
	car := c.yes(0.7)
	for k := range 1 + weighed(25, 38, 22, 12, 3).draw(c) {
		n := uint64(len(w.people))
		p := &person{id: w.id(ofPerson, n), home: h, phone: w.id(ofPhone, n), account: w.id(ofAccount, n),
			car: car && k < 2, eager: c.skewed(1, 0.7), work: -1}
		if k > 0 && c.yes(w.sharedPhone) {
			p.phone = h.members[0].phone
		}
		if c.yes(w.work) {
			p.work = c.IntN(len(w.works))
		}
		h.members = append(h.members, p)
		w.people = append(w.people, p)
		if h.town != nil {
			h.town.people = append(h.town.people, p)
		} else {
			w.abroad = append(w.abroad, p)
		}
	}
}

// local is somebody who lives in a town.
func (w *county) local(c chance, t *town) *person {
	if len(t.people) == 0 {
		return one(c, w.people)
	}
	return one(c, t.people)
}

// choice is where people of one place shop: shops, each in proportion to how much it pulls them.
type choice struct {
	shops []*shop
	weights
}

func (k *choice) pick(c chance) *shop { return k.shops[k.draw(c)] }

// reach is the distance at which a shop of a trade pulls half as much, and less.
var reach = [trades]float64{1300, 2200, 4500}

// index works out where people shop. It is called again when shops have changed.
func (w *county) index() {
	for t := range trade(trades) {
		w.near[t] = nil
		for _, at := range w.towns {
			w.near[t] = append(w.near[t], w.choiceAt(t, at))
		}
		w.passing[t] = w.choiceAt(t, nil)
	}
}

// choiceAt is the choice of those who live in a town, or of strangers (nil).
func (w *county) choiceAt(t trade, at *town) *choice {
	k := &choice{}
	for _, s := range w.shops {
		if s.trade != t {
			continue
		}
		pull := s.pull * s.strangers
		if at != nil {
			pull = s.pull / math.Pow(1+apart(s.at, at.at)/(reach[t]+0.5*at.radius), 2.1)
		}
		k.shops = append(k.shops, s)
		k.add(pull)
	}
	return k
}

// expect estimates how many honest redemptions each shop gets, for sizing what crooks do.
func (w *county) expect() {
	var of [trades]float64
	for phase := range w.quota {
		for i, n := range w.quota[phase] {
			of[tiers[i].trade] += float64(n) * w.redeem
		}
	}
	people := 0.0
	for _, at := range w.towns {
		people += float64(len(at.people))
	}
	for t := range trade(trades) {
		for _, at := range w.towns {
			k := w.near[t][at.index]
			for i, s := range k.shops {
				from := 0.0
				if i > 0 {
					from = k.upTo[i-1]
				}
				s.expect += of[t] * float64(len(at.people)) / people * (k.upTo[i] - from) / k.sum()
			}
		}
	}
}
