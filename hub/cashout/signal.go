package cashout

// Signal is one way in which an event can speak against its merchant.
type Signal uint8

// The signals, see DESIGN.md.
const (
	Payer Signal = iota
	Ring
	Phone
	ClaimSpot
	Catchment
	Burst
	Threshold
	Split
	Hours
	Night
	PlaceOf
	Fresh
	Voids
	Offline
	Travel
	Repeat
	Pace
	HighTier
	Surge
	Together
	signals
)

// silent is the mark of an event that says nothing on a signal.
const silent = -1

// catalogue names the signals and their marks, in the order in which they are numbered.
var catalogue = [signals]struct {
	name  string
	marks []string
}{
	Payer:     {"payer", []string{"first", "table", "second", "third", "more"}},
	Ring:      {"ring", []string{"own", "few", "several", "many"}},
	Phone:     {"phone", []string{"own", "family", "outing", "helper", "several", "crowd"}},
	ClaimSpot: {"claimspot", []string{"alone", "some", "many", "crowd"}},
	Catchment: {"catchment", []string{"near", "usual", "far", "farther", "beyond"}},
	Burst:     {"burst", []string{"apart", "second", "third", "fifth", "tenth"}},
	Threshold: {"threshold", []string{"free", "above", "close", "touching", "exact"}},
	Split:     {"split", []string{"apart", "pair", "payer", "bare", "series"}},
	Hours:     {"hours", []string{"open", "edge", "after", "closed", "night"}},
	Night:     {"night", []string{"usual", "edge", "rare", "rarer", "never"}},
	PlaceOf:   {"place", []string{"home", "rough", "away", "roams", "second"}},
	Fresh:     {"fresh", []string{"later", "soon", "at_once"}},
	Voids:     {"voids", []string{"stands", "quick", "late", "elsewhere"}},
	Offline:   {"offline", []string{"online", "outage", "alone"}},
	Travel:    {"travel", []string{"possible", "fast", "impossible"}},
	Repeat:    {"repeat", []string{"new", "again", "often"}},
	Pace:      {"pace", []string{"uneven", "even"}},
	HighTier:  {"tier", []string{"low", "middle", "high"}},
	Surge:     {"surge", []string{"usual", "more", "much"}},
	Together:  {"together", []string{"few", "one", "two", "three"}},
}

// String is the signal's name in rules, alerts and reports.
func (s Signal) String() string { return catalogue[s].name }

// maxMarks is the most marks a signal has.
const maxMarks = 6
