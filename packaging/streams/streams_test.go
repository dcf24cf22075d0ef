package streams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told is what a reader of the stream sees of a line.
type told struct {
	Time        string
	Type        string
	Terminal    *string
	Merchant    *string
	Industry    string
	Township    *string
	Tier        string
	Voucher     string
	Person      string
	AmountFen   *fen `json:"amount_fen"`
	FaceFen     fen  `json:"face_fen"`
	Offline     bool
	Synced      *string
	ClaimTime   string   `json:"claim_time"`
	ClaimLat    float64  `json:"claim_lat"`
	ClaimLon    float64  `json:"claim_lon"`
	TerminalLat *float64 `json:"terminal_lat"`
	TerminalLon *float64 `json:"terminal_lon"`
	Device      string
	Payer       *string
}

func (l *told) arrival() string {
	if l.Synced != nil {
		return *l.Synced
	}
	return l.Time
}

// registered is a line of the registry.
type registered struct {
	Merchant, Industry, Township string
	Lat, Lon                     float64
	OpenHour                     *int `json:"open_hour"`
	CloseHour                    *int `json:"close_hour"`
	Terminals                    []string
}

// made is what Generate wrote.
type made struct {
	bytes    [3][]byte
	truth    []Row
	registry []registered
}

func generated(t *testing.T, o Options) made {
	t.Helper()
	o.Dir = t.TempDir()
	var out [3]bytes.Buffer
	n, err := Generate(o, &out[0], &out[1], &out[2])
	if err != nil {
		t.Fatal(err)
	}
	m := made{}
	for i := range out {
		m.bytes[i] = out[i].Bytes()
	}
	if lines := bytes.Count(m.bytes[0], []byte("\n")); n != lines {
		t.Errorf("%d lines are announced, %d were written", n, lines)
	}
	m.truth, err = readLines[Row](bytes.NewReader(m.bytes[1]))
	if err != nil {
		t.Fatal(err)
	}
	m.registry, err = readLines[registered](bytes.NewReader(m.bytes[2]))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// lines reads the stream.
func (m *made) lines(t *testing.T) (lines []told) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(m.bytes[0]))
	d.DisallowUnknownFields()
	for d.More() {
		var l told
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// rules are what a reader of the stream relies on (cashout/README.md).
type rules struct {
	cal     calendar
	wrong   map[string]int
	last    string
	claims  map[string]*told
	persons map[string]bool
	used    map[string]bool
	tills   map[string]string
}

func (r *rules) want(ok bool, rule string) {
	if !ok {
		r.wrong[rule]++
	}
}

func (r *rules) read(l *told) {
	r.want(l.arrival() >= r.last, "lines come in the order in which the hub learns of them")
	r.last = l.arrival()
	if l.Type == "claim" {
		r.claim(l)
		return
	}
	c := r.claims[l.Voucher]
	if c == nil {
		r.want(false, "a claim comes before its use")
		return
	}
	r.use(l, c)
}

func (r *rules) phase(l *told) int {
	at, _ := parseTime(l.ClaimTime)
	if at >= r.cal.starts[1] {
		return 1
	}
	return 0
}

func (r *rules) claim(l *told) {
	key := fmt.Sprint(l.Person, l.Industry, r.phase(l))
	r.want(!r.persons[key], "one voucher a person, trade and phase")
	r.persons[key] = true
	r.want(l.Terminal == nil && l.Merchant == nil && l.Township == nil && l.AmountFen == nil && l.TerminalLat == nil && l.Payer == nil,
		"a claim knows no shop")
	r.want(l.Time == l.ClaimTime && !l.Offline && l.Synced == nil, "a claim is made online at its own time")
	at, _ := parseTime(l.Time)
	phase := r.phase(l)
	r.want(at >= r.cal.opening(phase) && at < r.cal.end(phase), "claims are open")
	r.claims[l.Voucher] = l
}

func (r *rules) use(l, c *told) {
	r.want(l.Person == c.Person && l.Tier == c.Tier && l.Industry == c.Industry && l.Device == c.Device && l.FaceFen == c.FaceFen &&
		l.ClaimTime == c.Time && l.ClaimLat == c.ClaimLat && l.ClaimLon == c.ClaimLon, "a use repeats its claim")
	r.want(l.Time >= l.ClaimTime, "a use is not before its claim")
	r.want(l.Offline == (l.Synced != nil) && l.arrival() >= l.Time, "offline records come later")
	r.want((l.TerminalLat == nil) == (l.TerminalLon == nil), "a fix has two coordinates")
	if m, ok := r.tills[*l.Terminal]; ok {
		r.want(m == *l.Merchant, "a terminal belongs to one merchant")
	}
	r.tills[*l.Terminal] = *l.Merchant
	r.want(*l.AmountFen >= tiers[slices.IndexFunc(tiers[:], func(t tier) bool { return t.name == l.Tier })].threshold,
		"no bill is below the threshold")
	at, _ := parseTime(l.Time)
	r.want(l.Type == "void" || at < r.cal.end(r.phase(l)), "nothing is redeemed after the phase")
	r.want(r.used[l.Voucher] == (l.Type == "void"), "a voucher is redeemed once, and again only after a void")
	r.used[l.Voucher] = l.Type == "redeem"
}

func broken(seed uint64, lines []told) map[string]int {
	r := &rules{cal: drawCalendar(seed), wrong: map[string]int{}, claims: map[string]*told{}, persons: map[string]bool{},
		used: map[string]bool{}, tills: map[string]string{}}
	for i := range lines {
		r.read(&lines[i])
	}
	return r.wrong
}

func TestStreamsKeepTheRules(t *testing.T) {
	for seed := range uint64(4) {
		m := generated(t, Options{Seed: seed})
		for rule, n := range broken(seed, m.lines(t)) {
			t.Errorf("seed %d: %s: broken %d times", seed, rule, n)
		}
		if len(m.truth) < 150 || len(m.truth) > 600 || len(m.registry) != len(m.truth) {
			t.Errorf("seed %d: %d merchants in the truth, %d in the registry", seed, len(m.truth), len(m.registry))
		}
	}
}

func TestRulesAreNoticed(t *testing.T) {
	m := generated(t, Options{Seed: 3})
	all := m.lines(t)
	i := slices.IndexFunc(all, func(l told) bool { return l.Type == "redeem" && l.Synced == nil })
	cases := []struct {
		name  string
		spoil func(l *told)
	}{
		{"a bill one fen below the threshold", func(l *told) { *l.AmountFen = 4999 }},
		{"another phone", func(l *told) { l.Device = "0" }},
		{"before its claim", func(l *told) { l.Time = "2000-01-01T00:00:00+08:00" }},
		{"a void of nothing", func(l *told) { l.Type = "void" }},
		{"offline without a time of arrival", func(l *told) { l.Offline = true }},
		{"a terminal of another merchant's", func(l *told) {
			for _, other := range all {
				if other.Merchant != nil && *other.Merchant != *l.Merchant {
					l.Merchant = other.Merchant
				}
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			lines := slices.Clone(all)
			bill := *lines[i].AmountFen
			lines[i].AmountFen = &bill
			c.spoil(&lines[i])
			if len(broken(3, lines)) == 0 {
				t.Error("nothing was noticed")
			}
		})
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	first, second, other := generated(t, Options{Seed: 7}), generated(t, Options{Seed: 7}), generated(t, Options{Seed: 8})
	for i, what := range []string{"stream", "truth", "registry"} {
		if !bytes.Equal(first.bytes[i], second.bytes[i]) {
			t.Errorf("the %s of one seed differs", what)
		}
		if bytes.Equal(first.bytes[i], other.bytes[i]) {
			t.Errorf("the %s of two seeds is the same", what)
		}
	}
}

func TestCountiesAreMergedInOrder(t *testing.T) {
	m := generated(t, Options{Seed: 5, Counties: 2})
	for rule, n := range broken(5, m.lines(t)) {
		t.Errorf("%s: broken %d times", rule, n)
	}
	merchants, townships := map[string]bool{}, map[string]bool{}
	for _, r := range m.registry {
		if merchants[r.Merchant] {
			t.Errorf("two merchants are called %s", r.Merchant)
		}
		merchants[r.Merchant], townships[r.Township[:6]] = true, true
	}
	if len(townships) != 2 {
		t.Errorf("%d counties, want 2", len(townships))
	}
}

// Every fake of the truth must be a redemption of that merchant that the hub learns of at that time.
func TestFakesAreInTheStream(t *testing.T) {
	for seed := range uint64(3) {
		m := generated(t, Options{Seed: 20 + seed})
		seen := map[string]bool{}
		for _, l := range m.lines(t) {
			if l.Type == "redeem" {
				seen[*l.Merchant+l.arrival()+l.Voucher] = true
			}
		}
		for _, r := range m.truth {
			if (r.Label == "cashout") != (len(r.Fakes) > 0) || len(r.Fakes) > 0 && r.First != stamp(r.Fakes[0].Arrival) {
				t.Errorf("seed %d: %s is %s with %d fakes, the first at %q", seed, r.Merchant, r.Label, len(r.Fakes), r.First)
			}
			for _, f := range r.Fakes {
				if !seen[r.Merchant+stamp(f.Arrival)+f.Voucher] {
					t.Errorf("seed %d: %s (%s): fake %s at %s is not in the stream", seed, r.Merchant, r.Pattern, f.Voucher, stamp(f.Arrival))
				}
			}
		}
	}
}

// large is a seed whose first county has many merchants.
func large() uint64 {
	for seed := uint64(1); ; seed++ {
		w := &county{seed: mix(mix(seed))}
		if drawSetting(w.chance("setting"), drawCalendar(seed)).merchants > 520 {
			return seed
		}
	}
}

func TestEveryPatternHasItsFakes(t *testing.T) {
	m := generated(t, Options{Seed: large(), Honest: []string{}, Each: 5})
	levels, fakes := map[string]map[int]bool{}, map[string]int{}
	for _, r := range m.truth {
		if r.Label != "cashout" {
			continue
		}
		if len(r.Fakes) < 4 {
			t.Errorf("%s at level %d has %d fakes", r.Pattern, r.Level, len(r.Fakes))
		}
		if levels[r.Pattern] == nil {
			levels[r.Pattern] = map[int]bool{}
		}
		levels[r.Pattern][r.Level] = true
		fakes[r.Pattern] += len(r.Fakes)
	}
	for _, name := range Patterns() {
		if len(levels[name]) != 5 || fakes[name] < 60 {
			t.Errorf("%s: %d levels with %d fakes", name, len(levels[name]), fakes[name])
		}
	}
}

func TestEveryHonestKindIsThere(t *testing.T) {
	m := generated(t, Options{Seed: large(), Patterns: []string{}})
	kinds := map[string]int{}
	for _, r := range m.truth {
		kinds[r.Pattern]++
		if r.Label != "honest" || len(r.Fakes) > 0 {
			t.Errorf("%s is %s (%s), which nobody asked for", r.Merchant, r.Label, r.Pattern)
		}
	}
	for _, name := range Oddities() {
		if kinds[name] == 0 {
			t.Errorf("nobody is %s", name)
		}
	}
}

func TestOnlyWhatIsAskedForIsThere(t *testing.T) {
	m := generated(t, Options{Seed: 9, Patterns: []string{"drip"}, Honest: []string{"canteen"}})
	for _, r := range m.truth {
		if r.Pattern != "" && r.Pattern != map[string]string{"cashout": "drip", "honest": "canteen"}[r.Label] {
			t.Errorf("%s is %s (%s)", r.Merchant, r.Pattern, r.Label)
		}
	}
}

func TestUnknownNamesAreRefused(t *testing.T) {
	for _, o := range []Options{{Patterns: []string{"bursts"}}, {Honest: []string{"shell"}}} {
		if _, err := Generate(o, &bytes.Buffer{}, &bytes.Buffer{}, nil); err == nil || !strings.Contains(err.Error(), "not known") {
			t.Errorf("%v: %v", o, err)
		}
	}
}
