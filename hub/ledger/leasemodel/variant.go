package leasemodel

// Kind says what a variant is there to show.
type Kind uint8

const (
	House  Kind = iota // the rule of the house: no guarantee may break
	Easier             // a rule that looks simpler: it must be seen to break one
	Limit              // what the house does not promise, with the shortest way there
)

func (k Kind) String() string { return [...]string{"house", "easier rule", "limit"}[k] }

// A Variant is one search.
type Variant struct {
	Name string
	Kind Kind
	Rule Rule
}

// Variants gives all searches, the house's first.
func Variants() []Variant {
	return []Variant{
		{"two honest terminals, write-offs, leases and answers lost", House, Rule{}},
		{"terminals see that a lease has ended, at once, late or never", House, Rule{Clocks: true, Quiet: true}},
		{"people pay and refuse what came late", House, Rule{Verdicts: true, Quiet: true}},
		{"the disk of a terminal is cloned", House, Rule{Clone: true, Quiet: true, Length: 3}},
		{"the disk of a terminal is put back", House, Rule{Restore: true, Clocks: true, Quiet: true}},
		{"the hub is put back, around write-offs and new epochs", House, Rule{Hub: true, Quiet: true}},
		{"the hub is put back between two busy terminals", House, Rule{Hub: true, Still: true}},

		{"free at expiry, and late records are paid", Easier, Rule{FreeAtExpiry: true, LateSettles: true, Still: true}},
		{"free at expiry, and late records are disputed", Easier, Rule{FreeAtExpiry: true, Still: true}},
		{"only the head is kept, and an older number is a copy's", Easier, Rule{HeadOnly: true, Still: true}},
		{"only the head is kept, and an older number is one sent again", Easier, Rule{HeadOnly: true, OldIsResend: true, Still: true, Clone: true}},
		{"a surrender gives back a lease that is still on its way", Easier, Rule{AnySurrender: true, Still: true}},
		{"the hub lends without looking at the chain it is shown", Easier, Rule{NoHello: true, Clone: true, Quiet: true, Still: true}},
		{"a new epoch is anybody's who comes with the old disk", Easier, Rule{NoRatchet: true, Clone: true, Quiet: true, Length: 2}},
		{"the restored hub lends before all have reported", Easier, Rule{GrantEarly: true, Hub: true, Still: true}},
		{"the restored hub judges anew what it has judged", Easier, Rule{JudgeAnew: true, Hub: true, Still: true}},
		{"the restored hub takes over only what free has a unit for", Easier, Rule{RefuseShort: true, Hub: true, Quiet: true, Still: true}},
		{"the restored hub is shown the epoch in force only", Easier, Rule{ForgetEpochs: true, Hub: true, Quiet: true}},

		{"the restored hub is told to go on without a terminal", Limit, Rule{WriteOffUnseen: true, Hub: true, Quiet: true}},
		{"people decide cases, and the hub is put back to before", Limit, Rule{Verdicts: true, Hub: true, Quiet: true}},
		{"a disk is cloned, and the hub is put back", Limit, Rule{Clone: true, Hub: true, Quiet: true, Length: 2}},
		{"a disk is put back, and the hub too", Limit, Rule{Restore: true, Hub: true, Quiet: true, Still: true, Length: 2}},
	}
}

// A Result is what a search found.
type Result struct {
	Variant
	Worlds, Steps int      // worlds reached, and steps looked at
	Depth         int      // steps to the world that was reached last
	Fault         string   // the guarantee that breaks, empty for none
	Trace         []string // the shortest way to where it breaks

	deeds [lastDeed]int // how often each was done
	most  uint8         // most sales accepted in one world
	owed  uint8         // most units owed in one world
}

// mostWorlds is where a search is given up, as a fault; so many take less than 4 GiB.
const mostWorlds = 20_000_000

// Search plays a variant to its end, which takes up to half a minute of one core.
func (v Variant) Search() Result {
	s := newSearch(v.Rule)
	at, fault := s.run(mostWorlds)
	r := Result{Variant: v, Worlds: len(s.worlds), Steps: s.steps, Depth: len(s.path(uint32(len(s.worlds) - 1))),
		Fault: fault, deeds: s.deeds, most: s.most, owed: s.owed}
	if fault != "" {
		for _, d := range s.trace(at) {
			r.Trace = append(r.Trace, d.String())
		}
	}
	return r
}

// Held tells whether a search came out as its kind says: the house's rule without a fault, the others with one.
func (r Result) Held() bool {
	return (r.Kind == House) == (r.Fault == "") && r.Fault != endless
}
