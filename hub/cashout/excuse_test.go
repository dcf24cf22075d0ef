package cashout

import (
	"fmt"
	"testing"

	"hexiao/hub/voucher"
)

// An excuse holds for those it was made for, and not for the crook beside them.
func TestExcuses(t *testing.T) {
	night := func(n int, at ...int) *merchant {
		m := &merchant{redemptions: n}
		for _, h := range at {
			m.perHour[h]++
		}
		return m
	}
	names := func(counts ...uint32) (f few) {
		for i, c := range counts {
			f.name[i], f.count[i] = uint64(i+1), c
		}
		return f
	}
	trade := func(m *merchant, of voucher.Trade) *merchant { m.trade = tradeNo(of); return m }
	at := func(m *merchant, returns int, spots ...spot) *merchant {
		m.shop.Place, m.returns = centre, returns
		copy(m.spots[:], spots)
		return m
	}
	for _, c := range []struct {
		name   string
		signal Signal
		m      *merchant
		want   bool
	}{
		{"a canteen's one account", Payer, &merchant{sharers: names(8, 1)}, true},
		{"its people one behind the other", Split, &merchant{sharers: names(8, 1)}, true},
		{"an owner's four accounts", Payer, &merchant{sharers: names(3, 3, 2, 2)}, false},
		{"an account that came back once", Split, &merchant{sharers: names(2)}, false},
		{"two accounts of a taxi fleet", Payer, trade(&merchant{sharers: names(4, 4)}, voucher.Fuel), true},
		{"two accounts at a grocery", Payer, &merchant{sharers: names(4, 4)}, false},
		{"a helper's phone", Phone, &merchant{helpers: names(5, 1)}, true},
		{"nobody's phone twice", Phone, &merchant{}, true},
		{"three phones", Phone, &merchant{helpers: names(3, 3, 3)}, false},
		{"one phone in haste", Phone, &merchant{helpers: names(5), hasty: 3}, false},
		{"one night after hours", Hours, &merchant{nights: 1}, true},
		{"two nights", Hours, &merchant{nights: 2}, false},
		{"a corner shop that never closes", Night, night(50, 23, 4), true},
		{"a grocery that goes on after closing", Night, night(50, 22, 23, 0), false},
		{"a night kitchen", Night, trade(night(50, 22, 23, 1), voucher.Dining), true},
		{"a restaurant with lunch that goes on after closing", Night, trade(night(50, 11, 11, 12, 12, 12, 23, 1), voucher.Dining), false},
		{"a petrol station at night", Night, trade(night(50, 2), voucher.Fuel), true},
		{"set menus of a restaurant", Repeat, trade(&merchant{}, voucher.Dining), true},
		{"the same bill at a grocery", Repeat, &merchant{}, false},
		{"customers of an expressway", Catchment, trade(&merchant{}, voucher.Fuel), true},
		{"customers of a grocery", Catchment, &merchant{}, false},
		{"a terminal that never came back", PlaceOf, at(&merchant{}, 0, spot{far(5), 9, 3, 3}), true},
		{"one that was away on one day", PlaceOf, at(&merchant{}, 4, spot{far(5), 9, 3, 1}), true},
		{"one that goes to and fro", PlaceOf, at(&merchant{}, 4, spot{far(5), 9, 3, 3}), false},
		{"a van", PlaceOf, at(&merchant{}, 4, spot{far(5), 9, 3, 3}, spot{far(7), 9, 3, 3}, spot{far(9), 9, 3, 3}), true},
	} {
		if got := c.m.excuses()[c.signal]; got != c.want {
			t.Errorf("%s: excused on %s: %t", c.name, c.signal, got)
		}
	}
}

// What an excused account or phone brings along is one oddity and not eight.
func TestOneCauseSilencesWhatItBringsAlong(t *testing.T) {
	m := &merchant{}
	m.sharers.add(7)
	m.helpers.add(9)
	for _, c := range []struct {
		payer, device uint64
		excused       Signal
		silenced      bool
	}{{7, 1, Payer, true}, {8, 1, Payer, false}, {1, 9, Phone, true}, {1, 8, Phone, false}, {7, 9, Hours, false}, {0, 0, Payer, false}} {
		var excused [signals]bool
		excused[c.excused] = true
		marks := [signals]int8{Burst: 2, Catchment: 3, Threshold: 4}
		m.oneCause(&Event{Payer: c.payer, Device: c.device}, &marks, excused)
		if (marks[Burst] == silent && marks[Catchment] == silent) != c.silenced || marks[Threshold] != 4 {
			t.Errorf("%+v: %v", c, marks)
		}
	}
}

// One who claims for people and pays for them has helped them once, and customers of a van live where it stands.
func TestOneCauseIsOneOddity(t *testing.T) {
	for _, c := range []struct {
		name     string
		marks    [signals]int8
		excused  Signal
		of       Signal
		silenced bool
	}{
		{"a helper who pays for those he takes along", [signals]int8{Phone: onOuting, Payer: atTable}, Fresh, Payer, true},
		{"an account that came back", [signals]int8{Phone: onOuting, Payer: 3}, Fresh, Payer, false},
		{"a table whose guests claimed themselves", [signals]int8{Payer: atTable}, Fresh, Payer, false},
		{"a van away from home", [signals]int8{PlaceOf: 3, Catchment: 3}, PlaceOf, Catchment, true},
		{"a van at home", [signals]int8{PlaceOf: 0, Catchment: 3}, PlaceOf, Catchment, false},
		{"a terminal that goes to and fro", [signals]int8{PlaceOf: 4, Catchment: 3}, Fresh, Catchment, false},
	} {
		var excused [signals]bool
		excused[c.excused] = true
		(&merchant{}).oneCause(&Event{}, &c.marks, excused)
		if (c.marks[c.of] == silent) != c.silenced {
			t.Errorf("%s: %s is silent: %t", c.name, c.of, !c.silenced)
		}
	}
}

func TestOneOccasionInEitherOrder(t *testing.T) {
	for _, c := range []struct {
		a, b uint32
		want bool
	}{{1000, 1000, true}, {1000, 1000 + occasion - 1, true}, {1000 + occasion - 1, 1000, true}, {1000, 1000 + occasion, false}, {1000 + occasion, 1000, false}} {
		if oneOccasion(c.a, c.b) != c.want {
			t.Errorf("%d and %d", c.a, c.b)
		}
	}
}

// What one innocent cause shows on brings no more than the rules say, alone and together.
func TestScoresAreLimited(t *testing.T) {
	rules := DefaultRules()
	var b balance
	for s := range signals {
		b.full[s] = 100
	}
	b.sum(&rules, [signals]bool{})
	crowd, guests, rest := 0.0, 0.0, 0.0
	for s, x := range b.part {
		switch Signal(s) {
		case Burst, ClaimSpot, HighTier, Surge:
			crowd += x
			guests += x
		case Catchment, Fresh:
			guests += x
		default:
			rest += x
			if x != rules.Signals[s].Cap {
				t.Errorf("%s brings %g, its cap is %g", Signal(s), x, rules.Signals[s].Cap)
			}
		}
	}
	if crowd > rules.Crowd || !near(guests, rules.Guests, 1e-9) || !near(b.score, guests+rest, 1e-9) {
		t.Errorf("a crowd brings %g of %g, guests %g of %g, the score is %g", crowd, rules.Crowd, guests, rules.Guests, b.score)
	}
	if rules.Guests >= rules.Cut {
		t.Error("guests from elsewhere can make an alert alone")
	}
	b.full[Catchment], b.full[Fresh] = 0, 0
	b.sum(&rules, [signals]bool{})
	if crowd := b.part[Burst] + b.part[ClaimSpot] + b.part[HighTier] + b.part[Surge]; !near(crowd, rules.Crowd, 1e-9) {
		t.Errorf("a crowd from around the corner brings %g of %g", crowd, rules.Crowd)
	}
	var all [signals]bool
	for s := range all {
		all[s] = true
	}
	b.sum(&rules, all)
	if !near(b.score, rules.Excused, 1e-9) && b.score > rules.Excused {
		t.Errorf("with an excuse for everything the score is %g, at most %g is wanted", b.score, rules.Excused)
	}
	if rules.Excused >= rules.Cut {
		t.Error("what is excused can make an alert alone")
	}
}

func TestSuspectedMerchantsTeachNobody(t *testing.T) {
	d := New(DefaultRules(), nil)
	marks := quiet()
	marks[Payer] = 4
	before := *d.peers[0]
	d.learn(&merchant{balance: balance{score: d.rules.Cut}}, &marks)
	if *d.peers[0] != before {
		t.Error("a suspected merchant's marks are taken for its peers' custom")
	}
	d.learn(&merchant{}, &marks)
	if *d.peers[0] == before {
		t.Error("nothing is learnt at all")
	}
}

func TestNobodyIsToldOfAfterAFewRedemptions(t *testing.T) {
	d := New(DefaultRules(), nil)
	marks := quiet()
	for n := range 8 {
		m := &merchant{name: fmt.Sprint("M", n), balance: balance{score: 30}, redemptions: n, alerted: -1}
		a := m.told(d, &Event{Arrived: monday}, &marks)
		if alert := a != nil && a.Level == LevelAlert; alert != (n >= d.rules.Least) {
			t.Errorf("after %d redemptions: %+v", n, a)
		}
	}
}
