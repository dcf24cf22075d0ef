package wedge

import "hexiao/drivers"

// Ours is the name of the keyboard that we make ourselves to type codes on (drivers/typist). It is never read as a scanner: what we type would
// come back to us.
const Ours = "hexiao pass-on keyboard"

// ours is the problem of a config that names it.
func ours(path string) error {
	return drivers.NewProblem("not_a_scanner", path, "%s 是本程序自己的虚拟键盘，不是扫码枪：请改写扫码枪在 /dev/input/by-id 下的路径，它不会变号",
		"%s is this program's own virtual keyboard and no scanner: write the scanner's path under /dev/input/by-id, whose name stays the same")
}

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
