package cashout

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"hexiao/hub/voucher"
)

// What cannot be as it says is named, and what is left out changes nothing.
func TestFaultyEvents(t *testing.T) {
	claim := Event{Kind: Claim, Time: monday, Arrived: monday, Voucher: "V1", Key: Hash("V1"), Person: 1, Trade: voucher.Dining, Tier: "dining-10", Face: 1000, Claimed: monday, ClaimAt: centre}
	redeem := claim
	redeem.Kind, redeem.Time, redeem.Arrived, redeem.Merchant, redeem.Town, redeem.Terminal, redeem.Bill = Redeem, monday+100, monday+100, "M1", "T1", "M1-1", 5000
	void := redeem
	void.Kind, void.Time, void.Arrived = Void, monday+200, monday+200
	with := func(e Event, change func(*Event)) Event { change(&e); return e }
	at := func(e Event, s int64) Event { e.Time, e.Arrived = s, s; return e }
	for _, c := range []struct {
		name   string
		before []Event
		e      Event
		want   Fault
	}{
		{"a claim", nil, claim, ""},
		{"a redemption of it", []Event{claim}, redeem, ""},
		{"a void of that", []Event{claim, redeem}, void, ""},
		{"rung up again after the void", []Event{claim, redeem, void}, at(redeem, monday+300), ""},
		{"the same claim again", []Event{claim}, claim, EarlyClaim},
		{"the same redemption again", []Event{claim, redeem}, redeem, Duplicate},
		{"redeemed twice", []Event{claim, redeem}, at(redeem, monday+300), Twice},
		{"redeemed twice at two shops", []Event{claim, redeem}, with(at(redeem, monday+300), func(e *Event) { e.Merchant = "M2" }), Twice},
		{"the same void again", []Event{claim, redeem, void}, void, Duplicate},
		{"a void without a redemption", []Event{claim}, void, NotUsed},
		{"a void of nothing", nil, void, NotUsed},
		{"a void by another shop", []Event{claim, redeem}, with(void, func(e *Event) { e.Merchant = "M2" }), NotUsed},
		{"a redemption without a claim", nil, redeem, Unclaimed},
		{"used before it was claimed", []Event{claim}, with(redeem, func(e *Event) { e.Claimed = e.Time + 1 }), LateClaim},
		{"it happened after it arrived", []Event{claim}, with(redeem, func(e *Event) { e.Time = e.Arrived + 301 }), Future},
		{"the clock of the till is a little ahead", []Event{claim}, with(redeem, func(e *Event) { e.Time = e.Arrived + 300 }), ""},
		{"two years later", []Event{claim}, at(redeem, monday+2*year), Future},
		{"it arrives before the one before", []Event{claim, at(with(redeem, func(e *Event) { e.Voucher, e.Key = "V2", Hash("V2") }), monday+200)}, redeem, Backwards},
		{"in the year 1", nil, at(claim, -62_135_596_800), NoTime},
		{"in the year 9999", nil, at(claim, 253_402_300_799), NoTime},
		{"at no time", nil, at(claim, 0), NoTime},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New(DefaultRules(), nil)
			for _, e := range c.before {
				if _, fault := d.Observe(&e); fault.Skipped() {
					t.Fatal(fault)
				}
			}
			before := fmt.Sprint(d.Ranking(), d.last, d.vouchers.young)
			e := c.e
			_, fault := d.Observe(&e)
			if fault != c.want {
				t.Errorf("%q, want %q", fault, c.want)
			}
			if fault.Skipped() && fmt.Sprint(d.Ranking(), d.last, d.vouchers.young) != before {
				t.Error("it is left out, and something changed")
			}
		})
	}
}

// One line with a wrong clock does not put all those behind it out of order.
func TestALeapOfOneClock(t *testing.T) {
	d := New(DefaultRules(), nil)
	for i, c := range []struct {
		at   int64
		want Fault
	}{{0, ""}, {60, ""}, {200 * day, ""}, {120, ""}, {180, ""}, {150, Backwards}, {3 * day, ""}, {3*day + 1, ""}, {3*day + 2, ""}, {3*day + 3, ""}, {240, Backwards}} {
		name := fmt.Sprint("V", i)
		e := Event{Kind: Claim, Time: monday + c.at, Arrived: monday + c.at, Voucher: name, Key: Hash(name), Claimed: monday + c.at}
		if _, fault := d.Observe(&e); fault != c.want {
			t.Errorf("event %d: %q, want %q", i, fault, c.want)
		}
	}
}

// A fold: the same events give the same alerts, whether in one go or told to a detector twice, and whatever it was told to
// expect.
func TestTheSameEventsGiveTheSameAlerts(t *testing.T) {
	s := newStory(5)
	events := s.arrivals(append(s.ordinary(14), stories[0].tell(s)...))
	run := func(ahead int) (lines []string) {
		d := New(DefaultRules(), s.shops)
		for i, e := range events {
			if ahead > 0 {
				c := events[(i+ahead)%len(events)]
				d.Expect([]Coming{{c.Key, c.Person, c.Device, c.Payer}})
			}
			if a, _ := d.Observe(&e); a != nil {
				lines = append(lines, fmt.Sprintf("%+v", *a))
			}
		}
		for _, a := range d.Ranking() {
			lines = append(lines, fmt.Sprintf("%+v", a))
		}
		return lines
	}
	one, two, expected := run(0), run(0), run(7)
	if !reflect.DeepEqual(one, two) || len(one) < 10 {
		t.Errorf("%d and %d lines, and not the same", len(one), len(two))
	}
	if !reflect.DeepEqual(one, expected) {
		t.Errorf("%d lines, and %d other ones of a detector that was told what to expect", len(one), len(expected))
	}
}

// The parts of an explanation are its score, and what it counts was there.
func TestAnExplanationAddsUp(t *testing.T) {
	s := newStory(6)
	d := New(DefaultRules(), nil)
	alerts := 0
	seen := map[string]bool{}
	for _, e := range s.arrivals(append(s.ordinary(14), stories[0].tell(s)...)) {
		seen[e.Voucher] = true
		a, _ := d.Observe(&e)
		if a == nil {
			continue
		}
		sum := 0.0
		for _, p := range a.Parts {
			sum += p.Score
			for _, m := range p.Marks {
				if m.Count > m.Of || m.Count == 0 || m.Peers <= 0 || m.Peers > 1 {
					t.Errorf("%s: %+v", p.Signal, m)
				}
			}
			for _, v := range p.Vouchers {
				if !seen[v] {
					t.Errorf("voucher %s has not been seen", v)
				}
			}
		}
		if !near(sum, a.Score, 0.05) {
			t.Errorf("the parts add up to %.2f, the score is %.2f", sum, a.Score)
		}
		if a.Level == LevelAlert {
			alerts++
			if a.Merchant != "M03" || a.Rule() != "payer" || a.At != e.Arrived {
				t.Errorf("%+v", a)
			}
		}
	}
	if alerts == 0 || alerts > 14 {
		t.Errorf("%d alerts in 14 days", alerts)
	}
}

func TestAMerchantIsToldOncePerDay(t *testing.T) {
	s := newStory(8)
	var all []sale
	for i := range int64(90) {
		x := sale{shop: "M03", at: monday + i/30*day + 9*hour + i%30*1100, payer: fmt.Sprint("owner", i%5)}
		if i >= 60 {
			x.device, x.claimed = fmt.Sprint("farm", i%3), x.at-(monday+day+i/3*20)
		}
		all = append(all, x)
	}
	d := New(DefaultRules(), nil)
	days := map[int64]int{}
	for _, e := range s.arrivals(append(s.ordinary(5), all...)) {
		if a, _ := d.Observe(&e); a != nil && a.Level == LevelAlert {
			days[localDay(a.At)]++
		}
	}
	if len(days) < 2 {
		t.Errorf("told on %d days, though it went on", len(days))
	}
	for _, n := range days {
		if n > 1 {
			t.Errorf("told %d times on a day", n)
		}
	}
}

func TestFlatTableEqualsAMap(t *testing.T) {
	var f Table[int]
	want := map[uint64]int{}
	r := newStory(1).r
	for i := range 20_000 {
		key := 1 + r.Uint64N(5000)<<r.IntN(50)
		f.Put(key, i)
		want[key] = i
		if other := r.Uint64(); other != 0 {
			if _, here := f.Get(other); here != (want[other] != 0) {
				t.Fatalf("%d is there: %t", other, here)
			}
		}
	}
	for key, v := range want {
		if got, here := f.Get(key); !here || got != v {
			t.Fatalf("%d: %d, %t, want %d", key, got, here, v)
		}
	}
	if f.n != len(want) {
		t.Errorf("%d entries, want %d", f.n, len(want))
	}
}

// A campaign of years does not fill the memory: what nobody can use any more is forgotten.
func TestWhatIsOverIsForgotten(t *testing.T) {
	d := New(DefaultRules(), nil)
	most := 0
	for i := range 40_000 {
		at := monday + int64(i)*day/50
		e := Event{Kind: Claim, Time: at, Arrived: at, Voucher: fmt.Sprint(i), Key: Hash(fmt.Sprint(i)), Person: uint64(i + 1), Device: uint64(i + 1), Trade: voucher.Fuel, Tier: "fuel-10", Face: 1000, Claimed: at, ClaimAt: Place{33 + float64(i%100)/1000, 113}}
		d.Observe(&e)
		e.Kind, e.Time, e.Arrived, e.Merchant, e.Payer, e.Bill = Redeem, at+60, at+60, fmt.Sprint("M", i%7), uint64(i/3+1), 12000
		d.Observe(&e)
		most = max(most, d.vouchers.len()+d.accounts.len()+d.phones.len()+d.persons.len()+len(d.crowds))
	}
	if limit := 3 * 9 * 50 * 5; most > limit {
		t.Errorf("%d entries kept, want at most %d", most, limit)
	}
	if len(d.order) != 7 {
		t.Errorf("%d merchants", len(d.order))
	}
}

func TestRulesThatCannotBeUsed(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"no JSON", `{`, `[`, "rules:"},
		{"a field that nobody knows", `"cut"`, `"cutt"`, `unknown field "cutt"`},
		{"no cut", `"cut": 5.8,`, ``, "must be given"},
		{"a share of all", `"mixes": [0.06,`, `"mixes": [1,`, "between 0 and 1, not 1"},
		{"a weight of none", `"weight": 0.8`, `"weight": 0`, "signal payer: its weight"},
		{"a mark that no false one bears", `"name": "first", "false": 0.2,`, `"name": "first", "false": 0,`, `mark "first" needs a false share`},
		{"two mixes", `"mixes": [0.06, `, `"mixes": [`, "three mixes"},
		{"a signal under another name", `"name": "payer"`, `"name": "payers"`, `signal 1 is "payer", not "payers"`},
		{"a mark under another name", `"name": "table"`, `"name": "tables"`, `mark 2 of signal payer is "table", not "tables"`},
		{"shares that do not add up", `"name": "first", "false": 0.2,`, `"name": "first", "false": 0.3,`, "false shares add up"},
		{"a share of nothing", `"name": "first", "false": 0.2, "honest": {"*": 0.94}`, `"name": "first", "false": 0.2, "honest": {"*": 0}`, `mark "first" needs a share of honest supermarket`},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw := strings.Replace(string(builtIn), c.old, c.new, 1)
			if raw == string(builtIn) {
				t.Fatal("nothing was changed")
			}
			if _, err := ParseRules([]byte(raw)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	if _, err := ParseRules(builtIn); err != nil {
		t.Error(err)
	}
	raw, err := json.Marshal(DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseRules(raw); err != nil || !reflect.DeepEqual(again, DefaultRules()) {
		t.Errorf("rules that were written are read otherwise: %v", err)
	}
}

// Whatever comes, nothing falls over, and scores are numbers.
func FuzzObserve(f *testing.F) {
	f.Add(int64(1), monday, monday, 33.9, 113.1, int64(5000), uint8(1))
	f.Add(int64(-1), int64(math.MaxInt64), int64(math.MinInt64), math.NaN(), math.Inf(1), int64(-5), uint8(200))
	f.Fuzz(func(t *testing.T, n, at, arrived int64, lat, lon float64, bill int64, kind uint8) {
		d := New(DefaultRules(), []Shop{{Merchant: "M0", Place: Place{lat, lon}, Open: int(n), Close: int(bill)}})
		for i := range int64(40) {
			e := Event{Kind: Kind(kind%5) + Kind(i%2), Time: at + i*n%100_000, Arrived: arrived + i*60, Voucher: fmt.Sprint(i / 3), Key: uint64(i / 3), Person: uint64(n * i), Device: uint64(i % 2), Payer: uint64(i % 3),
				Trade: trades[uint64(n)%3], Tier: "t", Face: voucher.Fen(bill), Claimed: at - n, ClaimAt: Place{lat, lon + float64(i)}, Merchant: fmt.Sprint("M", i%2), Town: "T", Terminal: "t", Bill: voucher.Fen(bill), Fix: Place{lat * float64(i), lon}}
			d.Observe(&e)
		}
		for _, a := range d.Ranking() {
			if math.IsNaN(a.Score) || math.IsInf(a.Score, 0) || a.Score < 0 {
				t.Errorf("score %g", a.Score)
			}
		}
	})
}
