package cashier

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

// keyed presses keys: digits and the point, < for Back, c for Clear.
func keyed(e Entry, keys string) Entry {
	for _, k := range keys {
		switch k {
		case '<':
			k = rune(Back)
		case 'c':
			k = rune(Clear)
		}
		e = e.press(Key(k))
	}
	return e
}

func TestKeypadMakesAnAmount(t *testing.T) {
	for _, c := range []struct {
		name, keys, text string
		fen              voucher.Fen
	}{
		{"whole yuan", "58", "58", 5800},
		{"one decimal", "58.5", "58.5", 5850},
		{"two decimals", "58.05", "58.05", 5805},
		{"a third decimal is not taken", "58.059", "58.05", 5805},
		{"a second point is not taken", "5.8.1", "5.81", 581},
		{"zeros in front fall away", "0058", "58", 5800},
		{"less than a yuan", "0.07", "0.07", 7},
		{"the point first", ".5", "0.5", 50},
		{"the point last", "7.", "7.", 700},
		{"the largest bill", "1000000.00", "1000000.00", voucher.MaxBill},
		{"one fen more than the largest bill is not taken", "1000000.01", "1000000.0", voucher.MaxBill},
		{"ten times the largest bill is not taken", "10000000", "1000000", voucher.MaxBill},
		{"back takes the last away", "58.5<<<", "5", 500},
		{"a third zero is not taken either", "0.000<5", "0.05", 5},
		{"back on nothing", "5<<<", "", 0},
		{"clear", "58c", "", 0},
		{"clear, and again", "58c7", "7", 700},
	} {
		t.Run(c.name, func(t *testing.T) {
			if e := keyed(Entry{}, c.keys); e.Text != c.text || e.Fen() != c.fen || !e.Own {
				t.Errorf("%q gives %q (%d fen, own %v), want %q (%d fen)", c.keys, e.Text, e.Fen(), e.Own, c.text, c.fen)
			}
		})
	}
}

func TestTheNextDigitAfterASaleBeginsAnotherAmount(t *testing.T) {
	e := keyed(Entry{}, "58")
	e.Closed = true
	if got := keyed(e, "7").Text; got != "7" {
		t.Errorf("7 after a sale of 58 gives %q", got)
	}
	if got := keyed(e, "<").Text; got != "" {
		t.Errorf("Back after a sale of 58 gives %q, want nothing", got)
	}
}

// The keypad against a model that reckons in fen by itself: any keys in any order give an amount that the desk takes, and
// the one that a person meant.
func TestKeypadAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.SampledFrom([]rune("0123456789..<c")), 0, 24).Draw(t, "keys")
		e, m := Entry{}, model{}
		for _, k := range keys {
			e = keyed(e, string(k))
			m = m.press(k)
			if e.Fen() != m.fen() {
				t.Fatalf("after %q: %q is %d fen, the model has %d", string(keys), e.Text, e.Fen(), m.fen())
			}
		}
		if f := e.Fen(); f != 0 && voucher.CheckBill(f) != nil {
			t.Fatalf("%q gives %d fen, which no till takes", string(keys), f)
		}
		said, faint := figures(e, e.Fen(), "zh")
		if e.Own && said+faint != fmt.Sprintf("¥%d.%02d", e.Fen()/100, e.Fen()%100) {
			t.Fatalf("%q is shown as %q%q", e.Text, said, faint)
		}
	})
}

// model is the keys that counted.
type model struct{ keys []rune }

func (m model) press(k rune) model {
	switch {
	case k == 'c':
		return model{}
	case k == '<':
		if len(m.keys) > 0 {
			m.keys = m.keys[:len(m.keys)-1]
		}
		return m
	case k == '.' && len(m.keys) == 0:
		m.keys = []rune("0.")
		return m
	}
	before := m.keys
	if string(before) == "0" && k != '.' {
		before = nil
	}
	next := model{keys: append(slices.Clone(before), k)}
	if s := string(next.keys); strings.Count(s, ".") > 1 || next.decimals() > 2 || next.fen() > voucher.MaxBill {
		return m
	}
	return next
}

func (m model) decimals() int {
	_, part, _ := strings.Cut(string(m.keys), ".")
	return len(part)
}

func (m model) fen() voucher.Fen {
	var fen voucher.Fen
	scale := -1
	for _, k := range m.keys {
		switch {
		case k == '.':
			scale = 2
		case scale < 0:
			fen = fen*10 + voucher.Fen(k-'0')*100
		case scale == 2:
			fen, scale = fen+voucher.Fen(k-'0')*10, 1
		default:
			fen += voucher.Fen(k - '0')
		}
	}
	return fen
}
