package wedge_test

import (
	"testing"

	"hexiao/drivers/wedge"
)

// raw is a key as Raw Input tells of it: scan code of set 1, and flags.
type raw = [2]uint16

const let, e0 = 1, 2 // the key was let go; its scan code stands behind E0

// strike is a key pressed and let go.
func strike(keys ...uint16) (all []raw) {
	for _, k := range keys {
		all = append(all, raw{k, 0}, raw{k, let})
	}
	return all
}

func held(modifier raw, keys ...uint16) []raw {
	all := append([]raw{modifier}, strike(keys...)...)
	return append(all, raw{modifier[0], modifier[1] | let})
}

func join(parts ...[]raw) (all []raw) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestKeysOfRawInput(t *testing.T) {
	shift, rightShift, alt, control := raw{0x2A, 0}, raw{0x36, 0}, raw{0x38, 0}, raw{0x1D, e0}
	for _, c := range []struct {
		name string
		keys []raw
		want string
		lost bool
	}{
		{"digits and Enter", strike(0x02, 0x0B, 0x1C), "10\r", false},
		{"letters with Shift", join(held(shift, 0x23, 0x2D), strike(0x02)), "HX1", false}, // H, X, 1
		{"the other Shift", held(rightShift, 0x0C), "_", false},
		{"the keypad, with its Enter behind E0", join(strike(0x4F, 0x50), []raw{{0x1C, e0}, {0x1C, e0 | let}}), "12\r", false},
		{"the keypad's slash and the other one", join(strike(0x35), []raw{{0x35, e0}, {0x35, e0 | let}}), "//", false},
		{"the shifts that keyboards make up round arrows", join([]raw{{0x2A, e0}}, []raw{{0x4B, e0}, {0x4B, e0 | let}}, strike(0x1E)), "a", false},
		{"right Control and a bracket: a group separator", held(control, 0x1B), "\x1d", false},
		{"a character as its number on the keypad", held(alt, 0x4C, 0x49), ";", false}, // 5, 9
		{"Pause", []raw{{0x1D, 4}, {0x1D, 4 | let}, {0x45, 0}, {0x45, let}}, "", false},
		{"a key without a scan code", strike(0), "", false},
		{"keys that were lost", join(strike(0x02), []raw{{0xFF, 0}}), "1", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, lost := wedge.TypeRaw(c.keys)
			if text != c.want || lost != c.lost {
				t.Errorf("typed %q, lost %v; want %q, %v", text, lost, c.want, c.lost)
			}
		})
	}
}
