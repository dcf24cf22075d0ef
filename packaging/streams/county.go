package streams

import (
	"fmt"
	"math"
)

// county is one county and all that happens in it. It is used by one goroutine.
type county struct {
	*setting
	seed    uint64
	number  int
	centre  point
	towns   []*town
	works   []point // factories, schools, offices
	service point   // the expressway's service area
	scenic  point   // what tourists come for
	homes   []*household
	people  []*person
	abroad  []*person // who live beyond the county
	shops   []*shop
	near    [trades][]*choice // by town: where its people shop
	passing [trades]*choice   // where strangers shop
	pool    [2][trades][]*voucher
	lines   []line
	acts    []*act
	outings []func()
	names   uint64 // invented accounts and phones so far
}

// town is a subdistrict of the county's seat or a township.
type town struct {
	index   int
	id      string
	at      point
	radius  float64 // metres within which most people live
	size    float64 // people, relative
	seat    bool
	market  int   // its market is on the days d with d % 5 == market; -1: it has none
	hall    point // where many claim because the town hall helps them
	hallPut float64
	people  []*person
}

func newCounty(seed uint64, number int, o *Options) *county {
	w := &county{seed: mix(mix(seed) + uint64(number)), number: number}
	w.setting = drawSetting(w.chance("setting"), drawCalendar(seed))
	w.layOut(w.chance("roads"), mix(seed))
	w.settle(w.chance("people"))
	w.openShops(w.chance("shops"))
	w.castOdd(w.chance("odd"), o.Honest)
	w.index()
	w.expect()
	w.castCrooks(w.chance("crooks"), o)
	w.index()
	w.handOut(w.chance("claims"))
	w.cutLines(w.chance("outages"))
	for _, a := range w.acts {
		a.play()
	}
	for _, out := range w.outings {
		out()
	}
	w.everybodyElse(w.chance("visits"))
	w.writeClaims()
	return w
}

func (w *county) chance(subject string) chance { return newChance(w.seed, subject) }

// id invents an identity that looks like a hash; the same kind and number give the same.
func (w *county) id(kind, n uint64) uint64 { return mix(w.seed ^ kind<<40 ^ n) }

const (
	ofPerson = iota + 1
	ofPhone
	ofAccount
	ofVoucher
	ofInvented
)

// invent gives an account or a phone that nobody has.
func (w *county) invent() uint64 {
	w.names++
	return w.id(ofInvented, w.names)
}

// layOut puts the seat's subdistricts round the centre and the townships along roads that lead away from it.
func (w *county) layOut(c chance, base uint64) {
	w.centre = point{23 + float64(w.number%12)*1.3 + c.between(0, 0.4), 100 + float64(w.number/12)*1.4 + c.between(0, 0.4)}
	code := 110000 + int(base%400000) + w.number
	for i := range w.setting.seats {
		w.addTown(&town{at: w.centre.towards(2*math.Pi*float64(i)/float64(w.setting.seats), c.between(700, 2100)),
			radius: c.between(600, 1100), size: c.between(2, 4.5), seat: true}, code)
	}
	roads := newRoads(c, w.centre)
	for r := 0; len(w.towns) < w.setting.towns; r = (r + 1) % len(roads) {
		w.addTown(roads[r].next(c), code)
	}
	for range c.whole(3, 9) {
		t := one(c, w.towns)
		w.works = append(w.works, t.at.off(c, 300, 2500))
	}
	w.service = w.centre.off(c, 5000, 17000)
	w.scenic = w.centre.off(c, 9000, 26000)
}

// road leads away from the centre.
type road struct {
	end     point
	heading float64
}

func newRoads(c chance, centre point) []road {
	roads := make([]road, c.whole(3, 6))
	turn := c.between(0, 2*math.Pi)
	for i := range roads {
		heading := turn + 2*math.Pi*float64(i)/float64(len(roads))
		roads[i] = road{centre.towards(heading, 2500), heading}
	}
	return roads
}

// next is the next town on the road.
func (r *road) next(c chance) *town {
	r.heading += c.normal(0.2)
	r.end = r.end.towards(r.heading, c.between(2500, 9000))
	return &town{at: r.end, radius: c.between(400, 1700), size: c.skewed(0.8, 0.5)}
}

func (w *county) addTown(t *town, code int) {
	t.index = len(w.towns)
	t.id = fmt.Sprintf("%06d%03d", code, 1+t.index)
	t.market = -1
	w.towns = append(w.towns, t)
}

// townAt is the town that a place belongs to.
func (w *county) townAt(p point) *town {
	best := w.towns[0]
	for _, t := range w.towns {
		if apart(t.at, p) < apart(best.at, p) {
			best = t
		}
	}
	return best
}
