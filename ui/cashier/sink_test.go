package cashier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// counter plays the PC in front of a face: it types, lets time pass, and keeps what the face posts.
type counter struct {
	*face
	clock  time.Time
	posted []event
	alarms []alarm
}

type alarm struct {
	at time.Time
	do func()
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	test.NewTempApp(t)
	w := open(t, scene("zh", []event{sees(online())}), 1024, 600)
	c := &counter{face: w.face, clock: noon}
	c.face.now = func() time.Time { return c.clock }
	c.face.post = func(e event) { c.posted = append(c.posted, e) }
	c.face.later = func(wait time.Duration, do func()) { c.alarms = append(c.alarms, alarm{c.clock.Add(wait), do}) }
	return c
}

// pass lets time pass and does what was put off, in order.
func (c *counter) pass(d time.Duration) {
	end := c.clock.Add(d)
	for {
		next := slices.IndexFunc(c.alarms, func(a alarm) bool {
			return !a.at.After(end) && !slices.ContainsFunc(c.alarms, func(b alarm) bool { return b.at.Before(a.at) })
		})
		if next < 0 {
			c.clock = end
			return
		}
		a := c.alarms[next]
		c.alarms = slices.Delete(c.alarms, next, next+1)
		c.clock = a.at
		a.do()
	}
}

// overdue does what was put off to a time that is over, without turning the clock back.
func (c *counter) overdue() {
	due := c.alarms
	c.alarms = nil
	for _, a := range due {
		if a.at.After(c.clock) {
			c.alarms = append(c.alarms, a)
			continue
		}
		a.do()
	}
}

// key types one character, or Enter, Tab, Backspace, Escape.
func (c *counter) key(r rune) {
	names := map[rune]fyne.KeyName{'\r': fyne.KeyReturn, '\t': fyne.KeyTab, '\b': fyne.KeyBackspace, 0x1b: fyne.KeyEscape, 0x7f: fyne.KeyDelete}
	if name, special := names[r]; special {
		c.TypedKey(&fyne.KeyEvent{Name: name})
		return
	}
	c.TypedRune(r)
}

const (
	voucherCode = "HX1AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINBTHAZDGMZUGA4DSOBSGQ2TINZUHE3DKMJXGI3TIMRZGU2DMNZYHEYDCMRTGQ2TMNZYHEYDC"
	paymentCode = "283456789012345678"
)

func TestAScannerIsToldFromAPerson(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name string
		keys string
		gap  time.Duration
		want []event
	}{
		{"a voucher, 1 ms a character", voucherCode + "\r", ms, []event{scanned(voucherCode)}},
		{"a voucher, 16 ms a character", voucherCode + "\r", 16 * ms, []event{scanned(voucherCode)}},
		{"a voucher, all at once", voucherCode + "\r", 0, []event{scanned(voucherCode)}},
		{"a voucher with Tab behind it", voucherCode + "\t", 2 * ms, []event{scanned(voucherCode)}},
		{"a payment code, which is nothing but digits", paymentCode + "\r", 2 * ms, []event{scanned(paymentCode)}},
		{"a payment code of a scanner that sends no Enter", paymentCode, 2 * ms, []event{scanned(paymentCode)}},
		{"a barcode of goods", "69012345\r", 2 * ms, []event{scanned("69012345")}},
		{"an amount, typed", "58.5", 140 * ms, []event{pressed('5'), pressed('8'), pressed('.'), pressed('5')}},
		{"an amount, typed by the quickest fingers", "1234567.89", 70 * ms, []event{pressed('1'), pressed('2'), pressed('3'), pressed('4'), pressed('5'), pressed('6'), pressed('7'), pressed('.'), pressed('8'), pressed('9')}},
		{"an amount and Enter", "58\r", 120 * ms, []event{pressed('5'), pressed('8'), entered{}}},
		{"an amount corrected", "58\b9", 30 * ms, []event{pressed('5'), pressed('8'), pressed(Back), pressed('9')}},
		{"Delete clears", "5\x7f", 120 * ms, []event{pressed('5'), pressed(Clear)}},
		{"Escape", "\x1b", 0, []event{escaped{}}},
		{"a key held down", strings.Repeat("0", 12), 33 * ms, slices.Repeat([]event{pressed('0')}, 12)},
		{"letters of a person", "abc", 120 * ms, nil},
		{"figures of an input method set to full width", "５８。５", 120 * ms, []event{pressed('5'), pressed('8'), pressed('.'), pressed('5')}},
		{"a scan that an input method made characters of, none of whose figures is an amount", "好像安额不爱3高不哥2发艺的7去去吃\r", 10 * ms, []event{scanned("")}},
		{"the same, and it kept Enter for itself", "好像安额不爱3高不哥2发艺的7去去吃", 10 * ms, []event{scanned("")}},
		{"a scan whose letters an input method ate", "1234567765432234567765\r", 20 * ms, []event{scanned("1234567765432234567765")}},
		{"a scan on a French keyboard", "HX&QEBQGBQF&QYDé\"'(-è\r", ms, []event{scanned("HX&QEBQGBQF&QYDé\"'(-è")}},
		{"a phrase of an input method, of which only a figure means something", "满5元", 0, []event{pressed('5')}},
		{"a scan through such an input method", "ＨＸ１ＡＥＢＡＧ\r", ms, []event{scanned("HX1AEBAG")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newCounter(t)
			for _, r := range c.keys {
				n.key(r)
				n.pass(c.gap)
			}
			n.pass(time.Second)
			if !slices.Equal(n.posted, c.want) {
				t.Errorf("made %q of it, want %q", n.posted, c.want)
			}
		})
	}
}

// A PC that hangs in the middle of a scan hands over the first keys, then nothing, and afterwards the rest in one batch;
// the alarm that was due meanwhile comes before or after them.
func TestAScanSurvivesAStall(t *testing.T) {
	for _, code := range []string{voucherCode, paymentCode} {
		for _, first := range []int{1, 2, 5, 7, 12} {
			for _, stall := range []time.Duration{60, 90, 150, 280} {
				for _, alarmFirst := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s, %d of it before %d ms, alarm first %v", code[:2], first, stall, alarmFirst), func(t *testing.T) {
						n := newCounter(t)
						for _, r := range code[:first] {
							n.key(r)
							n.pass(time.Millisecond)
						}
						n.clock = n.clock.Add(stall * time.Millisecond)
						if alarmFirst {
							n.overdue()
						}
						for _, r := range code[first:] {
							n.key(r)
						}
						n.key('\r')
						n.pass(time.Second)
						if want := []event{scanned(code)}; !slices.Equal(n.posted, want) {
							t.Errorf("made %q of it, want %q", n.posted, want)
						}
					})
				}
			}
		}
	}
}

func TestTypingIsSeenAtOnce(t *testing.T) {
	n := newCounter(t)
	n.key('5')
	n.pass(150 * time.Millisecond)
	if len(n.posted) != 1 {
		t.Errorf("a digit is not told within 150 ms of its key: %q", n.posted)
	}
}

func TestATouchOnTheKeypadComesAfterWhatWasTyped(t *testing.T) {
	n := newCounter(t)
	n.key('5')
	test.Tap(n.buttons["key00"])
	n.pass(time.Second)
	if want := []event{pressed('5'), pressed('0'), pressed('0')}; !slices.Equal(n.posted, want) {
		t.Errorf("made %q of 5 and a touch on 00", n.posted)
	}
}

// A finger on a button, or another keyboard's Escape, in the middle of a scan: the code arrives whole, and then what the
// person wanted.
func TestNothingCutsAScanInTwo(t *testing.T) {
	for first := 1; first < len(voucherCode); first += 7 {
		for what, strike := range map[string]func(n *counter){
			"a touch": func(n *counter) { test.Tap(n.buttons["clear"]) },
			"Delete":  func(n *counter) { n.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDelete}) },
		} {
			if what == "Delete" && first < 8 { // so few keys may be a person's, and Delete says that they are
				continue
			}
			n := newCounter(t)
			for i, r := range voucherCode {
				if i == first {
					strike(n)
				}
				n.key(r)
				n.pass(time.Millisecond)
			}
			n.key('\r')
			n.pass(time.Second)
			if want := []event{scanned(voucherCode), pressed(Clear)}; !slices.Equal(n.posted, want) {
				t.Fatalf("%s after %d characters made %q, want %q", what, first, n.posted, want)
			}
		}
	}
}

func TestEveryKeyOfTheKeypad(t *testing.T) {
	n := newCounter(t)
	for _, name := range []string{"key1", "key2", "key3", "key4", "key5", "key6", "key7", "key8", "key9", "key0", "key00", "key.", "back", "clear"} {
		test.Tap(n.buttons[name])
	}
	want := []event{}
	for _, r := range "1234567890" + "00" + ".\b\x7f" {
		want = append(want, pressed(r))
	}
	if !slices.Equal(n.posted, want) {
		t.Errorf("the keypad gives %q, want %q", n.posted, want)
	}
}

// On the small screen, on every page: WCAG 2.1, 2.5.5 asks for 44 by 44 CSS pixels.
func TestButtonsAreLargeEnoughToTouch(t *testing.T) {
	test.NewTempApp(t)
	w := open(t, State{Lang: "zh"}, small.Width, small.Height)
	for _, c := range scenes {
		for _, percent := range []int{100, 150} {
			s := scene("en", c.events)
			s.View.Settings.TextSize = percent
			w.turnTo(s, small)
			for name, b := range w.face.buttons {
				if w.face.has(name) && (b.Size().Width < 44 || b.Size().Height < 44) {
					t.Errorf("%s at %d %%: %s is %v large", c.name, percent, name, b.Size())
				}
				if _, can := fyne.CanvasObject(b).(fyne.Focusable); can {
					t.Errorf("%s: %s can take the keys away from the scanner", c.name, name)
				}
			}
		}
	}
}

func TestTheKeysComeBack(t *testing.T) {
	n := newCounter(t)
	w := fyne.CurrentApp().Driver().AllWindows()[len(fyne.CurrentApp().Driver().AllWindows())-1]
	w.Canvas().Unfocus()
	test.TypeOnCanvas(w.Canvas(), "7")
	n.pass(time.Second)
	if want := []event{pressed('7')}; !slices.Equal(n.posted, want) {
		t.Errorf("a key typed while nothing had the focus made %q", n.posted)
	}
	if w.Canvas().Focused() != fyne.Focusable(n.face) {
		t.Error("the window has not taken the focus back")
	}
}
