package cashier

import (
	"strings"

	"hexiao/hub/voucher"
)

// Key is one key of the keypad, on the screen or on the keyboard: a digit, the point, Back or Clear.
type Key rune

// The keys that are no characters.
const (
	Back  Key = '\b'
	Clear Key = 0x7f
)

// Entry is the amount under the cashier's fingers. The zero Entry means that the bill at hand is the desk's.
type Entry struct {
	Text   string // what was typed, in yuan: "", "58", "58.", "58.5"
	Own    bool   // this amount is shown, not the desk's
	Closed bool   // the sale is over: the next digit begins another amount
	Agreed bool   // the desk has shown or taken this very amount
	Doubts int    // ticks since it shows another one
}

// Fen is the amount typed so far.
func (e Entry) Fen() voucher.Fen {
	if e.Text == "" {
		return 0
	}
	f, err := voucher.ParseYuan(strings.TrimSuffix(e.Text, "."))
	if err != nil {
		return 0 // zero: press lets nothing else through
	}
	return f
}

// press gives the entry after one more key. A key that would make something other than an amount of at most two
// decimals and at most voucher.MaxBill changes nothing.
func (e Entry) press(k Key) Entry {
	next := Entry{Own: true}
	if e.Own && !e.Closed {
		next.Text = e.Text
	}
	switch {
	case k == Clear, k == Back && next.Text == "":
		return Entry{Own: true}
	case k == Back:
		next.Text = next.Text[:len(next.Text)-1]
		return next
	case k == '.' && next.Text == "":
		next.Text = "0."
	case k == '.' || k >= '0' && k <= '9':
		next.Text = strings.TrimPrefix(next.Text+string(k), "0")
		if next.Text == "" || next.Text[0] == '.' {
			next.Text = "0" + next.Text
		}
	}
	if !isAmount(next.Text) {
		return e
	}
	return next
}

// isAmount takes what ParseYuan takes, zero, and an amount that ends in its point.
func isAmount(s string) bool {
	whole, part, pointed := strings.Cut(s, ".")
	switch {
	case whole == "", len(whole) > len("1000000"), len(part) > 2, strings.Contains(part, "."):
		return false
	case strings.Trim(whole+part, "0") == "":
		return true
	case pointed && part == "":
		s = whole
	}
	_, err := voucher.ParseYuan(s)
	return err == nil
}
