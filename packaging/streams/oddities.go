package streams

import "slices"

// oddity is one way in which an honest shop looks odd.
type oddity struct {
	name   string
	single bool // one in a county is enough
	fit    func(*county, *shop) bool
	make   func(*odd)
}

// odd is one honest shop being made odd, before anybody claims; what it does later it puts into outings.
type odd struct {
	w *county
	c chance
	s *shop
	x float64 // 0 hardly odd to 1 very
}

// later does something when the crooks have had their pick, and before everybody else.
func (o *odd) later(f func()) { o.w.outings = append(o.w.outings, f) }

var oddities = []oddity{
	{name: "set_menu", fit: formatIs("noodles", "kitchen"), make: setMenu},
	{name: "canteen", fit: formatIs("noodles", "kitchen", "breakfast"), make: canteen},
	{name: "village_cadre", fit: village, make: villageCadre},
	{name: "mobile_vendor", fit: stall, make: mobileVendor},
	{name: "market_day", single: true, fit: marketTown, make: marketDay},
	{name: "bus_tours", fit: formatIs("kitchen", "hotpot", "hall"), make: busTours},
	{name: "wrong_hours", fit: notAllNight, make: wrongHours},
	{name: "expressway_fuel", fit: tradeIs(fuel), make: expresswayFuel},
	{name: "clumsy_cashier", make: clumsyCashier},
	{name: "poor_network", make: poorNetwork},
	{name: "couples", fit: tradeIs(supermarket, dining), make: couples},
	{name: "counter_claims", make: counterClaims},
	{name: "cash_only", make: cashOnly},
	{name: "fleet_fuel", fit: tradeIs(fuel), make: fleetFuel},
	{name: "relocated", fit: located, make: relocated},
	{name: "banquet", fit: formatIs("kitchen", "hotpot"), make: banquet},
	{name: "town_hall", fit: village, make: townHall},
	{name: "rough_gps", fit: located, make: roughGPS},
	{name: "kind_rounding", fit: tradeIs(supermarket), make: kindRounding},
	{name: "wrong_address", make: wrongAddress},
	{name: "scenic_spot", fit: tradeIs(supermarket, dining), make: scenicSpot},
	{name: "payday_company", fit: tradeIs(supermarket), make: paydayCompany},
}

func tradeIs(ts ...trade) func(*county, *shop) bool {
	return func(_ *county, s *shop) bool { return slices.Contains(ts, s.trade) }
}

func formatIs(names ...string) func(*county, *shop) bool {
	return func(_ *county, s *shop) bool { return slices.Contains(names, s.format.name) }
}

func located(_ *county, s *shop) bool { return s.located() }

// stall shops are small, and their till knows where it is.
func stall(w *county, s *shop) bool { return s.located() && formatIs("corner", "noodles")(w, s) }

func notAllNight(_ *county, s *shop) bool { return s.close-s.open < 18 && s.trade != fuel }

// village shops are supermarkets outside the seat.
func village(_ *county, s *shop) bool { return s.trade == supermarket && !s.town.seat }

// marketTown has at least three shops and lies outside the seat.
func marketTown(w *county, s *shop) bool {
	n := 0
	for _, other := range w.shops {
		if other.town == s.town {
			n++
		}
	}
	return !s.town.seat && n >= 3
}
