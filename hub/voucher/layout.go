package voucher

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A layout is what a keyboard layout other than the scanner's makes of a code that a scanner types: the scanner sends places of keys, as a rule
// those of a US keyboard, and the PC writes what its own layout has there. Only a code whose checksum holds afterwards counts as read; so it is told from a
// false one by its signature, like any other.
type layout struct {
	name string
	made string // characters as they arrive, in capitals
	of   string // what the scanner meant by each
}

// layouts are the ones in which only known characters change places. Sources: the layouts fr, be, de, cz and sk of xkeyboard-config 2.35, and for
// the damage github.com/odoo/odoo/pull/214407 and github.com/shaxxx/flutter_barcode_listener/issues/34.
var layouts = []layout{
	{"Shift held down on a US or UK keyboard", `!@"“”#£$¥%^&`, `122223344567`},
	{"French or Belgian", `QAWZ?,&É"“”'‘’(-§È`, `AQZWMM1233344` + `45667`},
	{"French or Belgian with Shift held down", `QAWZ?,`, `AQZWMM`},
	{"German", `YZ`, `ZY`},
	{"German with Shift held down", `YZ!"“”§$%&/`, `ZY122234567`},
	{"Spanish or Italian with Shift held down", `!"“”·£$%&/`, `1222334567`},
	{"Czech", `YZ+ĚŠČŘŽÝ`, `ZY1234567`},
	{"Slovak", `YZ+ĽŠČŤŽÝ`, `ZY1234567`},
	{"US, and the scanner set to French or Belgian", `QAWZ:;!@#$%^&`, `AQZWMM1234567`},
	{"US, and the scanner set to Czech or Slovak", `YZ!@#$%^&`, `ZY1234567`},
	{"an input method's marks between syllables", `'‘’`, "\x00\x00\x00"},
}

// undo gives the text as the scanner meant it.
func (l layout) undo(text string) string {
	made, of := []rune(l.made), []rune(l.of)
	return strings.Map(func(r rune) rune {
		for i, m := range made {
			if m == r && of[i] == 0 {
				return -1
			}
			if m == r {
				return of[i]
			}
		}
		return r
	}, text)
}

// repair tries the layouts on a text, in capitals, that is no whole code. It returns ErrDamaged when one of them makes it look like one.
func repair(text string, err error) (Code, error) {
	for _, l := range layouts {
		meant := l.undo(text)
		if meant == text || !strings.HasPrefix(meant, codePrefix) {
			continue
		}
		if code, ok := whole(meant); ok {
			return code, nil
		}
		if err == ErrUnknownCode {
			err = ErrDamaged
		}
	}
	return Code{}, err
}

func whole(text string) (Code, bool) {
	if len(text) != codeText {
		return Code{}, false
	}
	code, err := decode(text[len(codePrefix):])
	return code, err == nil
}

// digitsLeft tells what is left of a code when an input method has taken its letters: base32's digits, behind the prefix's 1. A code has 28 of them
// on average; 15 and more are no goods barcode, and one in 2,000 numbers of that length looks like this.
func digitsLeft(text string) bool {
	return len(text) >= 15 && strings.Trim(strings.TrimPrefix(text, "1"), "234567") == ""
}

// anotherScript tells a text as long as a code with letters of an alphabet that is neither Latin nor Chinese: a layout on which every letter has
// another place, such as the Russian one.
func anotherScript(text string) bool {
	return utf8.RuneCountInString(text) == codeText && strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Han)
	}) >= 0
}
