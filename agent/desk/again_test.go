package desk_test

import (
	"testing"
	"time"

	"hexiao/agent/desk"
)

func TestThePhoneThatStillLiesThere(t *testing.T) {
	const code = "HX1ABCDEFGH"
	first := desk.See(code, 1, noon)
	for name, c := range map[string]struct {
		then      desk.Sighting
		dealtWith bool
		again     bool
	}{
		"just before a second":            {desk.See(code, 1, noon.Add(time.Second-1)), false, true},
		"a second later":                  {desk.See(code, 1, noon.Add(time.Second)), false, false},
		"much later, while it waits":      {desk.See(code, 1, noon.Add(time.Minute)), true, true},
		"in other letters, with an end":   {desk.See(" hx1abcdefgh\r", 1, noon), false, true},
		"against another bill":            {desk.See(code, 2, noon), false, false},
		"against another bill, waiting":   {desk.See(code, 2, noon), true, false},
		"another code":                    {desk.See(code+"A", 1, noon), true, false},
		"a damaged scan after the code":   {desk.See("", 1, noon), true, false},
		"the first scan of all is no one": {desk.See("", 0, noon), true, false},
	} {
		if c.then.Again(first, c.dealtWith) != c.again {
			t.Errorf("%s: again is not %v", name, c.again)
		}
	}
	if empty := desk.See("", 0, noon); empty.Again(desk.Sighting{}, true) || empty.Again(empty, true) {
		t.Error("two damaged scans are one")
	}
}
