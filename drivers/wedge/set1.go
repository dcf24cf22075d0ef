package wedge

// How Windows' Raw Input tells of a key: its scan code of set 1, and flags (winuser.h).
const (
	rawBreak = 1 // the key was let go
	rawE0    = 2 // the scan code's first byte was E0
	rawE1    = 4 // it was E1: the Pause key

	rawOverrun = 0xFF // more keys than the keyboard can tell apart, or lost ones
)

// extended are the keys behind E0 that mean something here. The others, such as arrows and the shifts that keyboards make up round them, type
// nothing.
var extended = map[uint16]uint16{0x1C: keyKPEnter, 0x1D: keyRightCtrl, 0x35: keyKPSlash, 0x38: keyRightAlt}

// lastOfSet1 is the last scan code that keyboards of 101 to 105 keys have, F12.
const lastOfSet1 = 0x58

// fromSet1 makes events, as Linux tells them, of a key of Raw Input; none of one that means nothing.
//
// Linux took its codes from set 1, so that most keys have the same. Raw Input tells of a held key's repeats as of further presses; no scanner
// holds one.
func fromSet1(code, flags uint16) []event {
	e := event{kind: evKey, code: code, value: pressed}
	if flags&rawBreak != 0 {
		e.value = released
	}
	switch {
	case code == rawOverrun:
		return []event{{kind: evSyn, code: synDropped}, {kind: evSyn, code: synReport}}
	case flags&rawE1 != 0 || code == 0 || code > lastOfSet1:
		return nil
	case flags&rawE0 != 0:
		known := false
		if e.code, known = extended[code]; !known {
			return nil
		}
	}
	return []event{e}
}
