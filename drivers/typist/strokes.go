package typist

import "hexiao/drivers/wedge"

// MaxText is the longest text that is typed, in characters: at one key in 4 ms it takes two seconds. The longest codes that cashiers scan for a
// POS (links in QR codes of invoices, EMV codes) have some 300.
const MaxText = 512

// Stroke is one key pressed and let go, with Shift held or not.
type Stroke struct {
	Key   uint16 // a Linux key code, which is the key's scan code of set 1, too
	Shift bool
	Char  byte // what it types without Caps Lock
}

// letter tells whether Caps Lock changes what the key types.
func (s Stroke) letter() bool { return 'a' <= s.Char|0x20 && s.Char|0x20 <= 'z' }

// Strokes are the keys that type a text. It reports false for a text that has no keys: empty, longer than MaxText, beyond ASCII, or with a
// control character in it.
func Strokes(text string) ([]Stroke, bool) {
	if text == "" || len(text) > MaxText {
		return nil, false
	}
	all := make([]Stroke, 0, len(text)+1)
	for _, c := range []byte(text) {
		key, shift, known := wedge.KeyOf(c)
		if !known || c < ' ' {
			return nil, false
		}
		all = append(all, Stroke{key, shift, c})
	}
	return all, true
}

// enter ends a code.
func enter() Stroke {
	key, _, _ := wedge.KeyOf('\r')
	return Stroke{Key: key, Char: '\r'}
}
