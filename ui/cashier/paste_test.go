package cashier

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"hexiao/hub/voucher"
)

func TestWhatIsPasted(t *testing.T) {
	for _, c := range []struct {
		name, text string
		fen        voucher.Fen // 0: no amount comes of it
		scan       string
		says       string
	}{
		{"an amount", "58.5", 5850, "", ""},
		{"an amount with blanks and a line's end around it", " 58 \r\n", 5800, "", ""},
		{"an amount with its sign", "¥58.00", 5800, "", ""},
		{"full-width digits", "５８．５", 5850, "", ""},
		{"zeros in front", "00058", 5800, "", ""},
		{"the largest bill", "1000000.00", voucher.MaxBill, "", ""},
		{"nothing", "", 0, "", "这不是金额"},
		{"zero", "0", 0, "", "金额必须大于 0"},
		{"a negative amount", "-58", 0, "", "金额必须大于 0"},
		{"a letter for a zero", "5O", 0, "", "这不是金额"},
		{"two points", "5.8.1", 0, "", "这不是金额"},
		{"three decimals", "5.801", 0, "", "这不是金额"},
		{"an exponent", "1e9", 0, "", "这不是金额"},
		{"too much", "1000000.01", 0, "", "不能超过"},
		{"a telephone number", "13812345678", 0, "", "不能超过"},
		{"thousands with a comma", "1,000", 0, "", "这不是金额"},
		{"a voucher's code", voucherCode, 0, voucherCode, ""},
		{"a voucher's code and a line's end", voucherCode + "\n", 0, voucherCode, ""},
		{"a code in small letters", strings.ToLower(voucherCode), 0, strings.ToLower(voucherCode), ""},
		{"two codes", voucherCode + "\n" + voucherCode, 0, "", "这不是金额"},
		{"a payment code, which is a secret", paymentCode, 0, "", "不能超过"},
		{"a whole page of text", strings.Repeat("券 ", 100000), 0, "", "这不是金额"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := folded(sees(billed(online(), 700, "pos")))
			s, deeds := start.after(pasted(c.text))
			var want []any
			switch {
			case c.scan != "":
				want = []any{c.scan}
			case c.fen != 0:
				want = []any{typed(c.fen)}
			}
			if got := plain(deeds); !slices.Equal(got, want) {
				t.Errorf("the desk is asked %v, want %v", got, want)
			}
			if c.fen == 0 && s.Bill() != start.Bill() {
				t.Errorf("the amount is %v now", s.Bill())
			}
			if (s.Trouble != nil) != (c.says != "") || s.Trouble != nil && !strings.Contains(s.Trouble.Zh, c.says) {
				t.Errorf("it says %v, want %q", s.Trouble, c.says)
			}
		})
	}
}

// In the fields of the pages nothing is pasted, and while the agent is away nothing at all.
func TestWhereNothingIsPasted(t *testing.T) {
	for name, s := range map[string]State{"a PIN": folded(sees(online()), turned(PINPage)), "a search": folded(inList(dayOf())...), "the agent is away": folded(sees(online()), lost, ticked(noon.Add(time.Minute)))} {
		after, deeds := s.after(pasted("246810"))
		if len(deeds) > 0 || after.Tech.Typed != "" || after.Day.Find != "" || after.Bill() != s.Bill() {
			t.Errorf("%s: %v, %q, %q, %v", name, plain(deeds), after.Tech.Typed, after.Day.Find, after.Bill())
		}
	}
}

func TestPasteIsCtrlVAndNoOtherKeyOrClick(t *testing.T) {
	n := newCounter(t)
	fyne.CurrentApp().Clipboard().SetContent("58")
	for _, s := range []fyne.Shortcut{&fyne.ShortcutCopy{Clipboard: fyne.CurrentApp().Clipboard()}, &fyne.ShortcutCut{Clipboard: fyne.CurrentApp().Clipboard()}, &fyne.ShortcutSelectAll{}, &fyne.ShortcutUndo{},
		&desktop.CustomShortcut{KeyName: fyne.Key5, Modifier: fyne.KeyModifierControl}} {
		n.TypedShortcut(s)
	}
	middle := &desktop.MouseEvent{Button: desktop.MouseButtonTertiary}
	for _, b := range n.buttons {
		b.MouseDown(middle)
		b.MouseUp(middle)
	}
	n.pass(time.Second)
	if len(n.posted) > 0 {
		t.Fatalf("made %v of it", n.posted)
	}
	n.TypedShortcut(&fyne.ShortcutPaste{Clipboard: fyne.CurrentApp().Clipboard()})
	if want := []event{pasted("58")}; !slices.Equal(n.posted, want) {
		t.Errorf("Ctrl+V made %v, want %v", n.posted, want)
	}
}

// A code of 150 characters comes in while the cashier touches something at any moment of it: it is one scan, whole, the touch
// is felt once, and no digit of the code becomes an amount. The same with a key of the keyboard, once it can be known that
// a scanner is typing.
func TestABurstWhileButtonsAreTouched(t *testing.T) {
	n := newCounter(t)
	burst(t, n, 0, func() { test.Tap(n.buttons["menu"]) })
	burst(t, n, 8, func() { n.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1}) })
}

func burst(t *testing.T, n *counter, from int, touch func()) {
	t.Helper()
	for _, code := range []string{"HX1" + strings.Repeat("ABCDEFG234567", 12)[:147], strings.Repeat("2834567890", 15)} {
		for at := from; at < len(code)+2; at++ {
			n.face.keys, n.posted = newKeys(), nil
			for i, r := range code + "\r" {
				if i == at {
					touch()
				}
				n.key(r)
				n.pass(time.Millisecond)
			}
			if at > len(code) {
				touch()
			}
			n.pass(5 * time.Second)
			one, other := []event{scanned(code), turned(MenuPage)}, []event{turned(MenuPage), scanned(code)}
			if !slices.Equal(n.posted, one) && !slices.Equal(n.posted, other) {
				t.Fatalf("touched after %d of %d: made %v of it", at, len(code), n.posted)
			}
		}
	}
}
