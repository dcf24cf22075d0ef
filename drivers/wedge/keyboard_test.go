package wedge_test

import (
	"testing"

	"hexiao/drivers/wedge"
)

const (
	shift, ctrl, alt, capsLock, enter, kpEnter, tab = 42, 29, 56, 58, 28, 96, 15
)

func down(code uint16) wedge.Event { return wedge.NewEvent(1, code, 1) }
func up(code uint16) wedge.Event   { return wedge.NewEvent(1, code, 0) }
func report() wedge.Event          { return wedge.NewEvent(0, 0, 0) }

// stroke presses and lets go a key while the modifiers are held.
func stroke(code uint16, modifiers ...uint16) []wedge.Event {
	var events []wedge.Event
	for _, m := range modifiers {
		events = append(events, down(m), report())
	}
	events = append(events, down(code), report(), up(code), report())
	for _, m := range modifiers {
		events = append(events, up(m), report())
	}
	return events
}

func strokes(all ...[]wedge.Event) []wedge.Event {
	var events []wedge.Event
	for _, s := range all {
		events = append(events, s...)
	}
	return events
}

// usKeys are the key codes of linux/input-event-codes.h by what is printed on the keys.
var usKeys = map[byte]uint16{
	'1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10, '0': 11, '-': 12, '=': 13,
	'q': 16, 'w': 17, 'e': 18, 'r': 19, 't': 20, 'y': 21, 'u': 22, 'i': 23, 'o': 24, 'p': 25, '[': 26, ']': 27,
	'a': 30, 's': 31, 'd': 32, 'f': 33, 'g': 34, 'h': 35, 'j': 36, 'k': 37, 'l': 38, ';': 39, '\'': 40, '`': 41, '\\': 43,
	'z': 44, 'x': 45, 'c': 46, 'v': 47, 'b': 48, 'n': 49, 'm': 50, ',': 51, '.': 52, '/': 53, ' ': 57,
}

var usShifted = map[byte]byte{
	'!': '1', '@': '2', '#': '3', '$': '4', '%': '5', '^': '6', '&': '7', '*': '8', '(': '9', ')': '0', '_': '-', '+': '=', '{': '[', '}': ']',
	':': ';', '"': '\'', '~': '`', '|': '\\', '<': ',', '>': '.', '?': '/',
}

// usStroke is how a scanner types the character.
func usStroke(c byte) []wedge.Event {
	switch {
	case c == '\r':
		return stroke(enter)
	case 'A' <= c && c <= 'Z':
		return stroke(usKeys[c+'a'-'A'], shift)
	case usShifted[c] != 0:
		return stroke(usKeys[usShifted[c]], shift)
	}
	return stroke(usKeys[c])
}

func usText(text string) []wedge.Event {
	var events []wedge.Event
	for i := range len(text) {
		events = append(events, usStroke(text[i])...)
	}
	return events
}

func TestKeyboardTypesEveryPrintableCharacter(t *testing.T) {
	for c := byte(' '); c < 0x7f; c++ {
		if got := wedge.Type(false, usStroke(c)...); got != string(c) {
			t.Errorf("%q was typed, %q read", c, got)
		}
	}
}

func TestKeyboard(t *testing.T) {
	cases := []struct {
		name   string
		caps   bool
		events []wedge.Event
		want   string
	}{
		{"Enter, Tab and the keypad's Enter", false, strokes(stroke(enter), stroke(tab), stroke(kpEnter)), "\r\t\r"},
		{"either shift, both until the last is up", false, []wedge.Event{down(42), down(54), down(30), up(42), down(31), up(54), down(32)}, "ASd"},
		{"the light of caps lock was on at opening", true, usText("aA1!"), "Aa1!"},
		{"caps lock pressed", false, strokes(stroke(capsLock), usText("hx1"), stroke(capsLock), usText("hx1")), "HX1hx1"},
		{"the system switches the light", false, strokes([]wedge.Event{wedge.NewEvent(0x11, 1, 1)}, usText("a"), []wedge.Event{wedge.NewEvent(0x11, 1, 0)}, usText("a")), "Aa"},
		{"num lock's light is no caps lock", false, strokes([]wedge.Event{wedge.NewEvent(0x11, 0, 1)}, usText("a")), "a"},
		{"auto-repeat is no second character", false, []wedge.Event{down(30), wedge.NewEvent(1, 30, 2), wedge.NewEvent(1, 30, 2), up(30)}, "a"},
		{"shift stays held through its auto-repeat", false, []wedge.Event{down(42), wedge.NewEvent(1, 42, 2), down(30)}, "A"},
		{"the keypad types digits, shifted or not", false, strokes(stroke(79), stroke(71, shift), stroke(83), stroke(82)), "17.0"},
		{"Ctrl makes control characters", false, strokes(stroke(27, ctrl), stroke(48, ctrl), stroke(50, ctrl)), "\x1d\x02\r"},
		{"Ctrl with a digit is nothing", false, stroke(2, ctrl), ""},
		{"characters typed as numbers with Alt", false, strokes(alted(72), alted(88), alted(49)), "HX1"},
		{"an ideograph in GBK typed as its number with Alt", false, alted(0xC2AB), "\xc2\xab"},
		{"Alt alone and Alt with a letter are nothing", false, strokes(stroke(30, alt), []wedge.Event{down(alt), up(alt)}), ""},
		{"function keys and volume keys are nothing", false, strokes(stroke(59), stroke(115), stroke(1), stroke(14)), ""},
		{"mouse movement is nothing", false, []wedge.Event{wedge.NewEvent(2, 30, 1)}, ""},
		{"events dropped: reading goes on after the next report", false,
			strokes(usText("a"), []wedge.Event{down(42), wedge.NewEvent(0, 3, 0), down(30), report()}, usText("b")), "a!b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := wedge.Type(c.caps, c.events...); got != c.want {
				t.Errorf("read %q, want %q", got, c.want)
			}
		})
	}
}

// alted types a number on the keypad while Alt is held.
func alted(number int) []wedge.Event {
	keypad := [10]uint16{82, 79, 80, 81, 75, 76, 77, 71, 72, 73}
	events := []wedge.Event{down(alt)}
	for place := 100000; place > 0; place /= 10 {
		if number >= place {
			events = append(events, stroke(keypad[number/place%10])...)
		}
	}
	return append(events, up(alt))
}
