package cashout

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"hexiao/hub/voucher"
)

// A story is a small town with ordinary shops, into which a test puts one that is not. Monday, 9 March 2026, 00:00 in
// China is its first hour.
const monday = int64(1_772_985_600)

// story makes events in the order of their arrival. Every person claims once, at home, some hours before use.
type story struct {
	r     *rand.Rand
	n     int
	shops []Shop
	fixes map[string]Place // where terminals really are, when not where the shop says
}

// sale is one redemption; the zero fields are filled in as an ordinary customer's.
type sale struct {
	shop          string
	at            int64
	bill          voucher.Fen // 0: some ordinary bill
	tier          string      // "": supermarket-10
	payer, device string      // "": the holder's own; "none": not known
	person        string
	claimed       int64 // seconds before use; 0: some hours
	from          Place // where the holder claimed; zero: in town
	fix           Place // zero: at the shop
	offline       int64 // seconds until it arrives
	till          string
	voucher       string
}

var centre = Place{33.90, 113.10}

// home is a spot in town, or some kilometres beside it.
func (s *story) home() Place {
	return Place{centre.Lat + s.r.NormFloat64()*0.008, centre.Lon + s.r.NormFloat64()*0.008}
}

// newStory has twelve groceries that sell for a fortnight, twenty redemptions a day.
func newStory(seed uint64) *story {
	s := &story{r: rand.New(rand.NewPCG(seed, 7))}
	for i := range 12 {
		s.shops = append(s.shops, Shop{Merchant: fmt.Sprintf("M%02d", i), Trade: voucher.Supermarket, Town: "T1", Place: s.home(), Open: 7, Close: 21})
	}
	return s
}

// ordinary adds the usual customers of all shops for some days.
func (s *story) ordinary(days int) []sale {
	var all []sale
	for d := range days {
		for i := range s.shops {
			for range 18 + s.r.IntN(5) {
				all = append(all, sale{shop: s.shops[i].Merchant, at: monday + int64(d)*day + 8*hour + s.r.Int64N(12*hour)})
			}
		}
	}
	return all
}

func (s *story) shop(name string) *Shop {
	for i := range s.shops {
		if s.shops[i].Merchant == name {
			return &s.shops[i]
		}
	}
	panic("no shop " + name)
}

var thresholds = map[string]voucher.Fen{"supermarket-10": 5000, "supermarket-20": 10000, "supermarket-50": 20000}
var faces = map[string]voucher.Fen{"supermarket-10": 1000, "supermarket-20": 2000, "supermarket-50": 5000}

// event fills a sale in.
func (s *story) event(x sale) Event {
	s.n++
	shop := s.shop(x.shop)
	name := func(given, own string) uint64 {
		switch given {
		case "":
			return Hash(fmt.Sprint(own, s.n))
		case "none":
			return 0
		}
		return Hash(given)
	}
	if x.tier == "" {
		x.tier = "supermarket-10"
	}
	if x.bill == 0 {
		x.bill = voucher.Fen(float64(thresholds[x.tier]) * (1.02 + 0.6*s.r.ExpFloat64()))
	}
	if x.claimed == 0 {
		x.claimed = 2*hour + s.r.Int64N(20*hour)
	}
	if !x.from.Known() {
		x.from = s.home()
	}
	if where, known := s.fixes[x.shop]; known && !x.fix.Known() {
		x.fix = where
	}
	if !x.fix.Known() {
		x.fix = Place{shop.Place.Lat + s.r.NormFloat64()*1e-4, shop.Place.Lon + s.r.NormFloat64()*1e-4}
	}
	if x.voucher == "" {
		x.voucher = fmt.Sprintf("V%06d", s.n)
	}
	if x.till == "" {
		x.till = x.shop + "-1"
	}
	e := Event{Kind: Redeem, Time: x.at, Arrived: x.at + x.offline, Offline: x.offline > 0, Voucher: x.voucher, Key: Hash(x.voucher),
		Person: name(x.person, "person"), Device: name(x.device, "device"), Payer: name(x.payer, "payer"), Trade: voucher.Supermarket, Tier: x.tier, Face: faces[x.tier],
		Claimed: x.at - x.claimed, ClaimAt: x.from, Merchant: x.shop, Town: shop.Town, Terminal: x.till, Bill: x.bill, Fix: x.fix}
	return e
}

// tell folds the ordinary customers and the sales of the test, each with its claim, and gives the detector.
func (s *story) tell(t *testing.T, declared bool, sales ...sale) *Detector {
	t.Helper()
	all := s.ordinary(14)
	all = append(all, sales...)
	var shops []Shop
	if declared {
		shops = s.shops
	}
	d := New(DefaultRules(), shops)
	for _, e := range s.arrivals(all) {
		if _, fault := d.Observe(&e); fault != "" {
			t.Fatalf("voucher %s: %s", e.Voucher, fault)
		}
	}
	return d
}

// arrivals gives the events of sales and their claims, in the order of arrival.
func (s *story) arrivals(all []sale) []Event {
	var events []Event
	for _, x := range all {
		e := s.event(x)
		c := e
		c.Kind, c.Time, c.Arrived, c.Offline, c.Merchant, c.Town, c.Terminal, c.Bill, c.Payer, c.Fix = Claim, e.Claimed, e.Claimed, false, "", "", "", 0, 0, Place{}
		events = append(events, c, e)
	}
	sortEvents(events)
	return events
}

// times gives n moments spread over open hours of the fortnight.
func (s *story) times(n int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = monday + int64(i*14/n)*day + 9*hour + s.r.Int64N(10*hour)
	}
	return all
}

// far is a place some kilometres off.
func far(km float64) Place { return Place{centre.Lat + km/111.32, centre.Lon} }

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }
