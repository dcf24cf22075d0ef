package wedge

// The key codes that are more than a character (linux/input-event-codes.h).
const (
	keyLeftShift  = 42
	keyBackslash  = 43
	keyRightShift = 54
	keyLeftAlt    = 56
	keySpace      = 57
	keyCapsLock   = 58
	keyKPEnter    = 96
	keyLeftCtrl   = 29
	keyRightCtrl  = 97
	keyKPSlash    = 98
	keyRightAlt   = 100
	keyLineFeed   = 101

	key1     = 2
	keyEnter = 28
)

const (
	released = 0
	pressed  = 1 // 2 is auto-repeat, which no scanner means
)

// keyboard makes bytes of key events as a US keyboard does, which is what scanners believe to type on. It is pure.
type keyboard struct {
	held     map[uint16]bool // modifiers
	caps     bool
	dropping bool   // the system lost events; what comes up to the next report is incomplete
	alt      uint32 // the number typed on the keypad while Alt is held
	altTyped bool
}

func newKeyboard(caps bool) *keyboard {
	return &keyboard{held: map[uint16]bool{}, caps: caps}
}

// feed takes one event and returns the bytes it types. lost is true when the system says that it dropped events.
func (k *keyboard) feed(e event) (typed []byte, lost bool) {
	switch {
	case e.kind == evSyn && e.code == synDropped:
		k.dropping = true
		clear(k.held) // nobody knows; what a scanner types next begins with modifiers of its own
		k.altTyped = false
		return nil, true
	case k.dropping:
		k.dropping = e.kind != evSyn || e.code != synReport
	case e.kind == evLED && e.code == ledCapsL:
		k.caps = e.value != 0
	case e.kind == evKey:
		return k.key(e), false
	}
	return nil, false
}

func (k *keyboard) key(e event) []byte {
	switch e.code {
	case keyLeftAlt, keyRightAlt:
		k.held[e.code] = e.value != released
		return k.altCode(e.value)
	case keyLeftShift, keyRightShift, keyLeftCtrl, keyRightCtrl:
		k.held[e.code] = e.value != released
		return nil
	}
	if e.value != pressed {
		return nil
	}
	if e.code == keyCapsLock {
		k.caps = !k.caps
		return nil
	}
	if k.held[keyLeftAlt] || k.held[keyRightAlt] {
		k.altDigit(e.code)
		return nil
	}
	c, ok := k.character(e.code)
	if !ok {
		return nil
	}
	return []byte{c}
}

func (k *keyboard) character(code uint16) (byte, bool) {
	if c, ok := sameInBoth[code]; ok {
		return c, true
	}
	c, ok := plain[code]
	if !ok {
		return 0, false
	}
	shift := k.held[keyLeftShift] || k.held[keyRightShift]
	if 'a' <= c && c <= 'z' {
		shift = shift != k.caps
	}
	if shift {
		c = shifted[code]
	}
	if k.held[keyLeftCtrl] || k.held[keyRightCtrl] {
		return c & 0x1F, c >= '@' // some scanners send control characters, such as a group separator, as Ctrl+]
	}
	return c, true
}

// altDigit gathers a character that is typed as its number on the keypad while Alt is held; some scanners type everything like that, to be
// free of layouts.
func (k *keyboard) altDigit(code uint16) {
	if c := sameInBoth[code]; '0' <= c && c <= '9' && k.alt < 1<<24 {
		k.alt, k.altTyped = k.alt*10+uint32(c-'0'), true
	}
}

// altCode ends such a number when Alt goes up: one byte, or two of GBK as Windows takes them.
func (k *keyboard) altCode(value int32) []byte {
	number, typed := k.alt, k.altTyped
	if value == released || value == pressed {
		k.alt, k.altTyped = 0, false
	}
	switch {
	case value != released || !typed || number > 0xFFFF:
		return nil
	case number > 0xFF:
		return []byte{byte(number >> 8), byte(number)}
	}
	return []byte{byte(number)}
}

var plain, shifted = layout()

// layout is the US layout, row by row from its first key code.
func layout() (plain, shifted map[uint16]byte) {
	plain, shifted = map[uint16]byte{}, map[uint16]byte{}
	for _, row := range []struct {
		from       uint16
		down, with string
	}{
		{key1, "1234567890-=", "!@#$%^&*()_+"},
		{16, "qwertyuiop[]", "QWERTYUIOP{}"},
		{30, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
		{keyBackslash, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
		{keySpace, " ", " "},
	} {
		for i := range len(row.down) {
			plain[row.from+uint16(i)], shifted[row.from+uint16(i)] = row.down[i], row.with[i]
		}
	}
	return plain, shifted
}

// sameInBoth are the keys that Shift does not change, the keypad among them: scanners mean its digits, whatever NumLock says.
var sameInBoth = map[uint16]byte{
	15: '\t', keyEnter: '\r', keyKPEnter: '\r', keyLineFeed: '\n',
	55: '*', 71: '7', 72: '8', 73: '9', 74: '-', 75: '4', 76: '5', 77: '6', 78: '+', 79: '1', 80: '2', 81: '3', 82: '0', 83: '.', keyKPSlash: '/',
}
