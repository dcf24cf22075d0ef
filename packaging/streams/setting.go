package streams

import (
	"math"
	"time"
)

type fen int64

const yuan fen = 100

type trade int

const (
	supermarket trade = iota
	dining
	fuel
	trades = 3
)

func (t trade) String() string { return [trades]string{"supermarket", "dining", "fuel"}[t] }

type tier struct {
	name            string
	trade           trade
	threshold, face fen
}

// tiers and quotas are the campaign's (cashout/README.md: 46,000 vouchers in two phases).
var tiers = [...]tier{
	{"supermarket-10", supermarket, 50 * yuan, 10 * yuan},
	{"supermarket-20", supermarket, 100 * yuan, 20 * yuan},
	{"supermarket-50", supermarket, 200 * yuan, 50 * yuan},
	{"dining-10", dining, 50 * yuan, 10 * yuan},
	{"dining-20", dining, 100 * yuan, 20 * yuan},
	{"dining-50", dining, 200 * yuan, 50 * yuan},
	{"fuel-10", fuel, 100 * yuan, 10 * yuan},
	{"fuel-20", fuel, 200 * yuan, 20 * yuan},
}

var quotas = [2][len(tiers)]float64{
	{3500, 7000, 3500, 3000, 2000, 1400, 3000, 9000},
	{1500, 3000, 1500, 1000, 1000, 600, 1000, 4000},
}

// high says whether a tier is the highest of its trade.
func (t *tier) high() bool { return t.face == 50*yuan || t.trade == fuel && t.face == 20*yuan }

const (
	minute = int64(60)
	hour   = 60 * minute
	day    = 24 * hour
	zone   = 8 * hour
)

// midnight is the begin of the local day of t.
func midnight(t int64) int64 { return (t+zone)/day*day - zone }

func weekday(t int64) time.Weekday { return time.Weekday(((t+zone)/day + 4) % 7) }

func weekend(t int64) bool { d := weekday(t); return d == time.Saturday || d == time.Sunday }

// calendar is the same for all counties of a seed.
type calendar struct {
	starts [2]int64 // midnight of each phase's first day
	days   int
	opens  int64 // second of the first day at which claims open
}

func (k *calendar) end(phase int) int64     { return k.starts[phase] + int64(k.days)*day }
func (k *calendar) opening(phase int) int64 { return k.starts[phase] + k.opens }

func drawCalendar(seed uint64) calendar {
	c := newChance(seed, "calendar")
	k := calendar{days: one(c, []int{6, 7, 7, 7, 7, 8}), opens: one(c, []int64{8, 9, 10, 10, 12, 19}) * hour}
	for {
		first := time.Date(c.whole(2023, 2027), time.Month(c.whole(1, 12)), c.whole(1, 28), 0, 0, 0, 0, time.UTC)
		second := first.AddDate(0, 0, c.whole(k.days+3, 26))
		k.starts = [2]int64{first.Unix() - zone, second.Unix() - zone}
		if plainDates(&k) {
			return k
		}
	}
}

// plainDates says whether the development set's check_stream.py can tell the phases apart (by the half of the month) and
// count their days (its months have 31), so that it can be run on these streams unchanged.
func plainDates(k *calendar) bool {
	halves := map[int]int{}
	for phase := range k.starts {
		for d := range k.days {
			t := time.Unix(k.starts[phase]+int64(d)*day+zone, 0).UTC()
			half := t.Year()*100 + int(t.Month())*2
			if t.Day() >= 22 {
				half++
			}
			if seen, ok := halves[half]; ok && seen != phase {
				return false
			}
			halves[half] = phase
			if d > 0 && t.Month() == time.March && t.Day() == 1 {
				return false
			}
		}
	}
	return true
}

// setting is what differs from county to county.
type setting struct {
	calendar
	merchants, towns, seats  int
	quota                    [2][len(tiers)]int
	rush, firstDay, counter  float64 // shares of claims: within minutes of the opening, on the first day, in the queue of a shop
	rushSpan                 float64 // seconds in which most of the rush is over
	highFirst                float64 // how much sooner the high tiers are gone; 0: no sooner
	redeem, lastDay          float64
	lag                      [8]float64
	weekend                  [trades]float64
	habit, pairs, voids      float64
	sharedPhone, sharedPayer float64
	cash, noFix, lostFix     float64
	kindness                 float64 // median share of bills a supermarket rounds up to the threshold
	thrift                   float64 // how small a part of the threshold customers have in the basket and still fill it up; 1: they never do
	outside, work            float64 // shares of people who live beyond the county, who claim where they work
	outages, outageMinutes   float64 // a week and shop
	crooked                  float64 // share of merchants, about
	litre                    fen     // of petrol
	litreDay                 int     // day of the first phase on which its price changes
	litreStep                fen
}

func drawSetting(c chance, k calendar) *setting {
	s := &setting{
		calendar: k, merchants: c.whole(150, 600), seats: c.whole(2, 5),
		rush: c.between(0.15, 0.75), counter: c.between(0.05, 0.55), rushSpan: c.between(60, 700),
		highFirst: c.between(0, 0.6), redeem: c.between(0.68, 0.97), lastDay: c.between(1, 1.8),
		habit: c.between(0.3, 0.65), pairs: c.between(0.02, 0.11), voids: c.between(0.003, 0.012),
		sharedPhone: c.between(0.05, 0.25), sharedPayer: c.between(0.04, 0.2),
		cash: 0.03 * math.Pow(20, c.Float64()), noFix: c.between(0, 0.6), lostFix: c.between(0.01, 0.07),
		kindness: c.between(0.05, 0.3), thrift: c.between(0.15, 0.7), outside: c.between(0.01, 0.07), work: c.between(0.05, 0.25),
		outages: c.between(0.2, 1), outageMinutes: c.between(12, 70), crooked: c.between(0.06, 0.13),
		litre: fen(c.whole(705, 845)), litreDay: c.whole(1, 6), litreStep: fen(c.whole(-30, 30)),
	}
	s.towns = s.seats + min(24, max(6, s.merchants/c.whole(18, 34)))
	s.firstDay = (1 - s.rush) * c.between(0.3, 0.7)
	for t := range s.weekend {
		s.weekend[t] = c.between(0.95, 1.5)
	}
	s.drawQuota(c)
	s.drawLag(c)
	return s
}

func (s *setting) drawQuota(c chance) {
	size := c.between(0.55, 1.1) * math.Pow(float64(s.merchants)/420, 0.6)
	for phase := range s.quota {
		for i, q := range quotas[phase] {
			s.quota[phase][i] = int(q * size * c.between(0.75, 1.25))
		}
	}
}

// drawLag: days from claim to use follow a public coupon data set (13/20/17/13/13/12/12 %, cashout/README.md), bent a little.
func (s *setting) drawLag(c chance) {
	for i, x := range [8]float64{13, 20, 17, 13, 13, 12, 12, 10} {
		s.lag[i] = x * c.between(0.7, 1.35)
	}
}
