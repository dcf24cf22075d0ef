package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind names a kind of fault, as --faults takes it.
type Kind string

// kinds are all there are, in the order in which a seed draws them. New ones go to the end, so that old seeds stay what
// they were.
var kinds = []Kind{}

// Mix says which kinds of fault may happen, and how often at most; without an entry a kind does not.
type Mix map[Kind]int

// as drawn, as far as this many
const unbounded = 1 << 20

// All is every kind, as often as the seed draws it.
func All() Mix {
	m := Mix{}
	for _, k := range kinds {
		m[k] = unbounded
	}
	return m
}

// ParseMix reads "all", "none", or a list such as "cut,clone:1", where the number says how often at most.
func ParseMix(text string) (Mix, error) {
	switch text {
	case "all":
		return All(), nil
	case "none", "":
		return Mix{}, nil
	}
	m := Mix{}
	for _, word := range strings.Split(text, ",") {
		name, count, counted := strings.Cut(strings.TrimSpace(word), ":")
		n := unbounded
		if counted {
			if _, err := fmt.Sscanf(count, "%d", &n); err != nil {
				return nil, fmt.Errorf("--faults %s: %q is no number", text, count)
			}
		}
		if !slices.Contains(kinds, Kind(name)) {
			return nil, fmt.Errorf("--faults %s: there is no fault %q; there are all, none, or a list of %s", text, name, joined(kinds))
		}
		m[Kind(name)] = n
	}
	return m, nil
}

func joined(kinds []Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ",")
}

// String is what ParseMix reads.
func (m Mix) String() string {
	var words []string
	all := len(kinds) > 0
	for _, k := range kinds {
		n, has := m[k]
		all = all && n == unbounded
		switch {
		case has && n == unbounded:
			words = append(words, string(k))
		case has && n > 0:
			words = append(words, fmt.Sprintf("%s:%d", k, n))
		}
	}
	switch {
	case all:
		return "all"
	case len(words) == 0:
		return "none"
	}
	return strings.Join(words, ",")
}

// faults is who brings them.
type faults struct {
	w     *world
	c     chance
	begun []happening
}

// happening is one fault of a seed, drawn before the play begins.
type happening struct {
	at   time.Duration
	kind Kind
	do   func()
}

func newFaults(w *world) *faults { return &faults{w: w, c: stream(w.seed, "faults")} }

func (f *faults) begin()          {}
func (f *faults) end()            {}
func (f *faults) died(m *machine) { m.stop(false) }

// survivors says which sectors that were not synced are on the disk after a power cut.
func (f *faults) survivors() func() bool { return func() bool { return false } }
