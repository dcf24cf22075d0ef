package wedge

// Ours is the name of the keyboard that we make ourselves to type codes on (drivers/typist). It is never read as a scanner: what we type would
// come back to us.
const Ours = "hexiao pass-on keyboard"

// KeyOf gives the key that types an ASCII character on a US keyboard, as a Linux key code, and whether Shift is held. Tab, carriage return and
// line feed have their keys; no other control character has one. The codes of these keys are those of a PC keyboard's scan code set 1, too.
func KeyOf(c byte) (code uint16, shift, ok bool) {
	controls := map[uint16]byte{15: '\t', keyEnter: '\r', keyLineFeed: '\n'}
	for i, table := range []map[uint16]byte{plain, controls, shifted} {
		for key, typed := range table {
			if typed == c {
				return key, i == 2, true
			}
		}
	}
	return 0, false, false
}

// ShiftKey is the key that KeyOf means with Shift.
const ShiftKey uint16 = keyLeftShift
