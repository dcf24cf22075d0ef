package cashier

import (
	"time"

	"fyne.io/fyne/v2"

	"hexiao/drivers/wedge"
	"hexiao/hub/voucher"
)

// settle is how long after the first look at the keyboard the second is taken: two of Fyne's frames.
const settle = 34 * time.Millisecond

// TypedRune hears one character, of a person or of a scanner.
func (f *face) TypedRune(r rune) { f.hear(r) }

// TypedKey hears the keys that are no characters. A scanner types none of them but Enter and Tab.
func (f *face) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		f.hear('\r')
	case fyne.KeyTab:
		f.hear('\t')
	case fyne.KeyF11:
		f.full()
	case fyne.KeyF12:
		f.aside()
	default:
		if e := means[k.Name]; e != nil {
			f.strike(e)
		}
	}
}

// means is what each key says.
var means = map[fyne.KeyName]event{
	fyne.KeyBackspace: pressed(Back), fyne.KeyDelete: pressed(Clear), fyne.KeyEscape: escaped{},
	fyne.KeyF1: turned(MenuPage), fyne.KeyF2: turned(ListPage), fyne.KeyF3: turned(ShiftPage), fyne.KeyF4: lastKey{}, fyne.KeyF6: printWanted{},
	fyne.KeyF8: turned(PINPage), fyne.KeyF9: turned(PracticePage), fyne.KeyF10: toggled{},
	fyne.KeyUp: moved(Up), fyne.KeyDown: moved(Down), fyne.KeyLeft: moved(Left), fyne.KeyRight: moved(Right),
	fyne.KeyPageUp: moved(PageUp), fyne.KeyPageDown: moved(PageDown), fyne.KeyHome: moved(Home), fyne.KeyEnd: moved(End),
}

func (f *face) hear(r rune) {
	f.heard++
	f.hand(f.keys.Key(r, f.time()))
	f.watch(f.heard)
}

// time is the clock by which keys are judged. It stands still at the deadline that a look is due at until the look has
// been taken: a key that comes after it came in time, and this thread was held up.
func (f *face) time() time.Time {
	now := f.now().Add(-f.lag)
	if !f.due.IsZero() && now.After(f.due) {
		f.lag += now.Sub(f.due)
		return f.due
	}
	return now
}

// watch waits until no key has followed the one counted as heard, and lets go what was held back. It looks twice, so
// that the keys of a stall, which come after it in one batch, are heard before the second look.
func (f *face) watch(heard int) {
	deadline, held := f.keys.Deadline()
	if !held {
		f.due = time.Time{}
		return
	}
	f.due = deadline
	f.later(max(0, deadline.Sub(f.time())), func() {
		if f.heard == heard {
			f.later(settle, func() { f.look(heard) })
		}
	})
}

func (f *face) look(heard int) {
	if f.heard != heard {
		return
	}
	f.due = time.Time{}
	f.hand(f.keys.Flush(f.time()))
}

// act does what a button says, behind what was typed before it. While keys are held back it waits with them until it is
// known who typed them: a finger must not cut a scanner's code in two, nor overtake a figure.
func (f *face) act(e event) {
	if _, held := f.keys.Deadline(); held {
		f.behind = append(f.behind, e)
		return
	}
	f.post(e)
}

// strike does what a key says that no scanner types, behind what was typed before it. It shows that a person types, unless
// so much has come before it that only a scanner can have.
func (f *face) strike(e event) {
	if f.keys.Scanning() {
		f.act(e)
		return
	}
	f.heard++
	if deadline, held := f.keys.Deadline(); held {
		f.due = time.Time{}
		f.hand(f.keys.Flush(deadline))
	}
	f.post(e)
}

// hand passes on what was made out of the keys. A scan that is known to be damaged goes on as an empty one, which the
// desk answers with "scan again". Letters that a person types mean nothing here.
func (f *face) hand(h wedge.Heard) {
	for _, s := range h.Scans {
		text := s.Text
		if s.Damaged {
			text = ""
		}
		f.post(scanned(text))
	}
	for _, r := range h.Typed {
		if r = voucher.Narrow(r); r == '.' || r >= '0' && r <= '9' {
			f.post(pressed(r))
		} else if r == '\r' {
			f.post(entered{})
		} else if f.state.writing() {
			f.post(wrote(r))
		}
	}
	if _, held := f.keys.Deadline(); !held || len(h.Scans)+len(h.Typed) > 0 {
		for _, e := range f.behind {
			f.post(e)
		}
		f.behind = nil
	}
}
