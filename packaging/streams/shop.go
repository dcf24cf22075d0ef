package streams

import (
	"fmt"
	"math"
	"time"
)

type till struct {
	id   string
	at   point
	fix  bool // it can tell where it is
	pace float64
}

// fake is a redemption behind which there was no sale.
type fake struct {
	arrival int64
	v       *voucher
}

type shop struct {
	id        string
	trade     trade
	format    *format
	town      *town
	at        point
	declared  point
	pull      float64 // how much it pulls customers, relative
	strangers float64 // how much more it pulls those who pass by
	open      int     // hours; close may pass 24
	close     int
	said      [2]int // the hours it declared
	saidNone  bool
	slots     []float64 // how busy each quarter of an hour is, summed up, from open on
	tills     []till
	net       []outage
	expect    float64 // honest redemptions, about
	bills     book
	habits
	where  func(t int64) point       // where its tills are; nil: at their place
	busy   func(day int64) float64   // how busy a day is; nil: like any other
	priced func(c chance, i int) fen // its bills; nil: as its book says
	paid   func(c chance, p *person) (account uint64, known bool)

	kind   string // of odd honest shop, or the pattern of a crook
	crook  bool
	level  int // 1 to 5, of oddity or crookedness; 0: plain
	fakes  []fake
	truant bool // has no honest trade at all
}

// habits are what differs from shop to shop without anybody meaning harm.
type habits struct {
	cash, pairs, voids, redo, queue float64
	sharedPayer                     float64
	noise, rough, roughness, lost   float64 // of the fix: metres, share of rough ones, their metres, share of none
	dropped, droppedMinutes         float64 // outages a week, and how long they are
}

// format is a kind of shop.
type format struct {
	name      string
	trade     trade
	seat, out float64 // how many of its trade, in the seat and elsewhere
	pull      float64
	hours     [][2]int
	peaks     []peak
	tills     [2]int
	typical   fen // a usual bill
}

// peak is a time of day that people like: its hour, how wide it is, how high.
type peak struct{ at, wide, high float64 }

var formats = []format{
	{"corner", supermarket, 50, 56, 0.5, [][2]int{{6, 22}, {7, 21}, {7, 22}, {6, 23}, {8, 21}}, []peak{{10, 2.5, 1}, {18.3, 2, 1.5}}, [2]int{1, 1}, 34 * yuan},
	{"store", supermarket, 33, 38, 1.4, [][2]int{{7, 21}, {7, 22}, {8, 21}, {8, 22}}, []peak{{9.6, 2, 1.1}, {18.5, 2.1, 1.5}}, [2]int{1, 3}, 62 * yuan},
	{"hall", supermarket, 10, 3, 5.5, [][2]int{{8, 22}, {8, 21}, {9, 22}}, []peak{{10, 2, 1}, {19, 2, 1.6}}, [2]int{3, 7}, 118 * yuan},
	{"allnight", supermarket, 7, 3, 0.6, [][2]int{{0, 24}}, []peak{{8.5, 3, 1}, {18.5, 3, 1.4}, {23, 2, 0.8}}, [2]int{1, 2}, 36 * yuan},
	{"noodles", dining, 30, 38, 0.8, [][2]int{{9, 20}, {10, 21}, {7, 15}, {10, 22}}, []peak{{12.1, 0.9, 2}, {18.2, 1, 1.3}}, [2]int{1, 1}, 42 * yuan},
	{"kitchen", dining, 38, 42, 1.2, [][2]int{{10, 21}, {10, 22}, {9, 21}, {11, 22}}, []peak{{12.3, 0.9, 1.5}, {18.6, 1.2, 2}}, [2]int{1, 2}, 112 * yuan},
	{"hotpot", dining, 14, 7, 1.5, [][2]int{{11, 25}, {16, 26}, {11, 23}}, []peak{{12.6, 1, 0.6}, {19, 1.7, 2}, {22.5, 1.5, 0.5}}, [2]int{1, 2}, 205 * yuan},
	{"barbecue", dining, 11, 6, 1, [][2]int{{17, 26}, {17, 27}, {16, 25}}, []peak{{20.5, 1.6, 1.6}, {23.2, 1.8, 1.2}}, [2]int{1, 1}, 140 * yuan},
	{"breakfast", dining, 7, 7, 0.5, [][2]int{{5, 13}, {6, 14}, {5, 11}}, []peak{{7.6, 1, 2}}, [2]int{1, 1}, 28 * yuan},
	{"station", fuel, 55, 50, 1.4, [][2]int{{0, 24}, {0, 24}, {6, 22}}, []peak{{8, 2, 1.2}, {17.6, 2.2, 1.5}, {13, 5, 0.8}}, [2]int{1, 3}, 230 * yuan},
	{"pump", fuel, 45, 50, 0.7, [][2]int{{6, 21}, {6, 22}, {7, 20}}, []peak{{8.2, 2, 1.2}, {17.3, 2, 1.4}, {13, 4, 0.7}}, [2]int{1, 1}, 210 * yuan},
}

// openShops puts shops where people live, in an order that tells nothing.
func (w *county) openShops(c chance) {
	sizes := &weights{}
	for _, t := range w.towns {
		sizes.add(math.Pow(t.size, 0.85))
	}
	kinds := map[trade]float64{supermarket: c.between(38, 52), dining: c.between(34, 50), fuel: c.between(7, 13)}
	of := weighed(kinds[supermarket], kinds[dining], kinds[fuel])
	for i := range w.merchants {
		s := &shop{trade: trade(of.draw(c)), town: w.towns[sizes.draw(c)]}
		if i < trades {
			s.trade = trade(i)
		}
		w.furnish(c, s)
		w.shops = append(w.shops, s)
	}
	w.name(c)
}

func (w *county) furnish(c chance, s *shop) {
	k := &weights{}
	for i := range formats {
		x := formats[i].out
		if s.town.seat {
			x = formats[i].seat
		}
		if formats[i].trade != s.trade {
			x = 0
		}
		k.add(x)
	}
	s.format = &formats[k.draw(c)]
	spread := s.town.radius * 0.8
	if s.trade == fuel {
		spread = s.town.radius * 1.5
	}
	s.at = s.town.at.near(c, spread)
	s.declared = s.at.near(c, 35)
	s.pull, s.strangers = s.format.pull*c.skewed(1, 0.7), 0.3
	s.setHours(c, one(c, s.format.hours))
	s.declareHours(c)
	s.bills = w.newBook(c, s)
	s.habits = w.drawHabits(c)
	s.drawTills(c, w.noFix)
}

func (w *county) drawHabits(c chance) habits {
	h := habits{cash: c.share(w.cash, 0.6), pairs: w.pairs * c.skewed(1, 0.4), voids: w.voids * c.skewed(0.8, 0.7), redo: c.between(0.5, 0.9),
		sharedPayer: w.sharedPayer, noise: c.between(4, 25), rough: c.between(0, 0.04), roughness: c.between(150, 600),
		lost: w.lostFix * c.skewed(0.9, 0.4), dropped: w.outages * c.skewed(0.8, 0.8), droppedMinutes: w.outageMinutes}
	if c.yes(0.04) {
		h.dropped, h.droppedMinutes = c.between(4, 12), c.between(30, 120)
	}
	return h
}

func (s *shop) drawTills(c chance, noFix float64) {
	n := c.whole(s.format.tills[0], s.format.tills[1])
	blind := c.yes(noFix)
	for range n {
		s.tills = append(s.tills, till{at: s.at.near(c, 10), fix: blind == c.yes(0.07), pace: c.between(0.3, 1)})
	}
}

// setHours says when the shop is open, and so when its customers come.
func (s *shop) setHours(c chance, h [2]int) {
	s.open, s.close = h[0], h[1]
	s.slots = nil
	sum := 0.0
	for q := 4 * s.open; q < 4*s.close; q++ {
		at := float64(q)/4 + 0.125
		x := 0.06
		for _, p := range s.format.peaks {
			d := math.Abs(at - p.at)
			d = min(d, 24-d)
			x += p.high * math.Exp(-d*d/(2*p.wide*p.wide))
		}
		sum += x * c.skewed(1, 0.15)
		s.slots = append(s.slots, sum)
	}
}

// second is a time of day at which a customer comes; it may pass 24 hours.
func (s *shop) second(c chance) int64 {
	k := weights{s.slots}
	return (int64(s.open)*4+int64(k.draw(c)))*15*minute + c.Int64N(15*minute)
}

// declareHours: 5 % say nothing, 12 % declare hours too short by an hour or two (cashout/README.md).
func (s *shop) declareHours(c chance) {
	s.said = [2]int{s.open, s.close}
	switch x := c.Float64(); {
	case x < 0.05:
		s.saidNone = true
	case x < 0.17:
		s.said = [2]int{min(23, s.open+c.whole(0, 1)), max(1, s.close-c.whole(1, 2))}
	}
}

// name numbers shops and tills in an order of its own, so that a number says nothing of town or trade.
func (w *county) name(c chance) {
	order := c.Perm(len(w.shops))
	n := 0
	for i, k := range order {
		s := w.shops[k]
		s.id = fmt.Sprintf("M%02d%04d", w.number, 1+i)
		for t := range s.tills {
			n++
			s.tills[t].id = fmt.Sprintf("T%02d%05d", w.number, n)
		}
	}
}

// till is the till at which the next customer stands.
func (s *shop) till(c chance) int {
	if len(s.tills) == 1 {
		return 0
	}
	k := &weights{}
	for _, t := range s.tills {
		k.add(t.pace)
	}
	return k.draw(c)
}

// fix is where a till says it is; ok is false when it does not know.
func (s *shop) fix(c chance, k int, t int64) (p point, ok bool) {
	if s.where != nil {
		return s.fixAt(c, k, s.where(t))
	}
	return s.fixAt(c, k, s.tills[k].at)
}

// fixAt is where a till says it is when it stands at p.
func (s *shop) fixAt(c chance, k int, p point) (fix point, ok bool) {
	if !s.tills[k].fix || c.yes(s.lost) {
		return point{}, false
	}
	if c.yes(s.rough) {
		return p.near(c, s.roughness), true
	}
	return p.near(c, s.noise), true
}

func (s *shop) isOpen(t int64) bool {
	h := int((t - midnight(t)) / hour)
	return s.open <= h && h < s.close || h+24 < s.close
}

// located says whether any till of the shop knows where it is.
func (s *shop) located() bool {
	for _, t := range s.tills {
		if t.fix {
			return true
		}
	}
	return false
}

// fits is how likely a shop is one where people spend a voucher of a tier.
func (s *shop) fits(i int) float64 {
	if s.trade == fuel {
		return 1
	}
	x := 1.7 * float64(s.format.typical) * s.bills.dear / float64(tiers[i].threshold)
	return min(1, max(0.04, x*math.Sqrt(x)))
}

// likes is how much customers like a day.
func (w *county) likes(s *shop, day int64) float64 {
	x := 1.0
	if weekend(day) {
		x = w.weekend[s.trade]
	}
	if weekday(day) == time.Friday {
		x *= 1.08
	}
	if s.busy != nil {
		x *= s.busy(day)
	}
	return x
}

// moment is a time in [from, to) at which a customer might come; any time when the shop is shut all the while.
func (s *shop) moment(c chance, from, to int64) int64 {
	first := midnight(from)
	days := (to - first + day - 1) / day
	for range 80 {
		if t := first + c.Int64N(days)*day + s.second(c); t >= from && t < to {
			return t
		}
	}
	return from + c.Int64N(max(1, to-from))
}
