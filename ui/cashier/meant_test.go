package cashier

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// bench is a window, a desk and somebody who does anything at all in front of it, in one thread. Each event is folded at
// once; what the desk is asked is kept, and answered when the test says so.
type bench struct {
	*counter
	state State
	asked []deed // by the newest action
	open  []deed // not answered yet
	day   []desk.Line
	shift int
	next  int // the number of the next sale
}

func (c *bench) fold(e event) {
	next, deeds := c.state.after(e)
	c.state = next
	c.face.state = next // drawn when somebody looks
	for _, d := range deeds {
		c.asked = append(c.asked, d)
		c.open = append(c.open, d)
	}
}

// begin puts the window back to a state from which a run starts.
func (c *bench) begin(start []event) {
	c.face.keys, c.face.heard, c.face.due, c.face.lag = newKeys(), 0, time.Time{}, 0
	c.clock, c.alarms, c.posted = noon, nil, nil
	c.asked, c.open, c.day, c.shift, c.next = nil, nil, dayOf(), 7, 100
	c.state = State{Lang: "zh", KeepLang: true, Now: noon, CanHide: true}
	c.face.post = c.fold
	c.fold(sees(online()))
	for _, e := range start {
		c.fold(e)
		for len(c.open) > 0 {
			c.reply(nil)
		}
	}
}

// starts are where a run begins; from there anything may happen.
func starts() [][]event {
	v := inPractice(online())
	good := hears(saleAt(99, "final", 5800, 1000, ui.Details{}).Answer)
	return [][]event{nil, {good}, {good, undo(Asked)}, {turned(ListPage), opened("T000017-1-57"), undo(Asked)}, {turned(ListPage)}, {turned(ListPage), opened("T000017-1-57")}, {turned(ShiftPage)}, {turned(ShiftPage), closeAsked(true)},
		{turned(ShiftPage), lookBack{}}, {turned(PracticePage)}, {sees(v)}, {turned(PINPage)}, append(append([]event{turned(PINPage)}, digits(rightPIN)...), pinDone{}),
		append(append([]event{turned(PINPage)}, digits(rightPIN)...), pinDone{}, pinWanted{})}
}

// answer lets the desk answer the question that has waited longest.
func (c *bench) answer(t *rapid.T) {
	if len(c.open) == 0 {
		return
	}
	if rapid.IntRange(0, 9).Draw(t, "fails") == 9 {
		c.reply(desk.ErrUnreachable)
		return
	}
	c.reply(nil)
}

func (c *bench) reply(err error) {
	d := c.open[0]
	c.open = c.open[1:]
	fails := err != nil
	switch d := d.(type) {
	case errand:
		c.errand(d, err)
	case voiding:
		if fails {
			c.fold(untaken{undoTrouble, err})
			return
		}
		a := reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Void: true})
		a.Redemption = string(d)
		c.fold(undone(a))
	case listing:
		c.fold(listed{int(d), c.day, err})
	case reckoning:
		c.fold(reckoned{int(d), shiftOf(c.shift), err})
	case remembering:
		c.fold(remembered{int(d), pastShifts(9), err})
	case shutting:
		if !fails && int(d) == c.shift {
			c.shift++
		}
		c.fold(shut{shutAt(shiftOf(int(d)), 0), err})
	case practising:
		c.fold(practised{bool(d), err})
		if v := c.state.View; !fails {
			v.Practice = bool(d)
			c.fold(sees(v))
		}
	case checking:
		if string(d) != rightPIN && !fails {
			err = errPIN
		}
		c.fold(pinChecked{string(d), err})
	case changing:
		c.fold(pinChanged{d.next, err})
	case setting:
		c.fold(now{d.wish, err})
	}
}

func (c *bench) errand(d errand, err error) {
	switch {
	case err != nil && d.bill != nil:
		c.fold(untaken{billTrouble, err})
	case err != nil:
		c.fold(untaken{scanTrouble, err})
	case d.bill != nil:
		v := c.state.View
		v.Bill = *d.bill
		c.fold(taken(d.bill.Fen))
		c.fold(sees(v))
	default:
		c.next++
		c.fold(hears(c.sale(c.next)))
	}
}

func (c *bench) sale(number int) desk.Answer {
	a := saleAt(number, "final", 5800, 1000, ui.Details{}).Answer
	a.Practice = c.state.View.Practice
	return a
}

// did is what somebody did: how it is called, and which button or choice it was, if one.
type did struct {
	kind   string // "key", "scan", "tap", "enter", "desk", ...
	button string
	code   string
	screen string // what was written on it before
}

var codes = []string{voucherCode, paymentCode, "69012345"}

// act does one thing that rapid draws.
func (c *bench) act(t *rapid.T) did {
	kind := rapid.SampledFrom([]string{"digit", "digit", "key", "nothing", "move", "page", "scan", "keypad", "tap", "tap", "tap", "tap", "tap", "enter", "enter", "yes", "PIN", "beside", "beside", "desk", "answer", "answer", "answer", "answer", "time"}).Draw(t, "what")
	d := did{kind: kind}
	switch kind {
	case "digit":
		c.key(rapid.SampledFrom([]rune("0123456789.")).Draw(t, "digit"))
	case "key":
		c.key(rapid.SampledFrom([]rune("\b\x7f\x1b")).Draw(t, "key"))
	case "nothing": // keys that mean nothing to anybody
		c.key(rapid.SampledFrom([]rune("\t aX券")).Draw(t, "key"))
	case "move":
		c.named(rapid.SampledFrom([]fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight, fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown}).Draw(t, "move"))
	case "page":
		c.named(rapid.SampledFrom([]fyne.KeyName{fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12}).Draw(t, "page"))
	case "scan":
		d.code = rapid.SampledFrom(codes).Draw(t, "code")
		for _, r := range d.code + "\r" {
			c.key(r)
			c.pass(time.Millisecond)
		}
	case "tap", "keypad":
		d.screen = c.look()
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(c.buttons)), func(n string) bool { return !c.has(n) || isKey(n) != (kind == "keypad") })
		if len(names) == 0 {
			return d
		}
		d.button = rapid.SampledFrom(names).Draw(t, "button")
		test.Tap(c.buttons[d.button])
	case "yes": // whatever the second choice is
		c.named(fyne.KeyHome)
		c.named(fyne.KeyRight)
	case "PIN":
		if c.state.pinned() {
			for _, r := range rightPIN {
				c.key(r)
				c.pass(time.Second)
			}
		}
	case "enter":
		d.screen = c.look()
		d.button = c.state.marked().name
		c.key('\r')
	case "beside":
		c.Tapped(nil)
	case "desk":
		c.fold(c.news(t))
	case "answer":
		c.answer(t)
	case "time":
		c.fold(ticked(c.state.Now.Add(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 4 * time.Minute}).Draw(t, "time"))))
	}
	c.pass(time.Second)
	return d
}

func isKey(name string) bool {
	return strings.HasPrefix(name, "key") || name == "clear" || name == "back"
}

func (c *bench) named(n fyne.KeyName) { c.TypedKey(&fyne.KeyEvent{Name: n}) }

// look draws the window and reads it.
func (c *bench) look() string {
	c.face.show(c.state)
	return c.read()
}

// news is something that comes from the desk unasked.
func (c *bench) news(t *rapid.T) event {
	v := c.state.View
	switch rapid.IntRange(0, 7).Draw(t, "news") {
	case 0:
		v.Bill = desk.Bill{Fen: voucher.Fen(rapid.IntRange(0, 20000).Draw(t, "bill")), Source: rapid.SampledFrom([]string{"pos", "display", "typed"}).Draw(t, "from")}
	case 1:
		v.Busy = !v.Busy
	case 2:
		v.Queued++
	case 3:
		c.next++
		return hears(c.sale(c.next))
	case 4:
		return hears(tooLow)
	case 5:
		return hears(laterBad)
	case 6:
		return lost
	case 7:
		v.Practice = !v.Practice
	}
	return sees(v)
}

// Whatever is typed, touched, scanned and told, in any order: the desk is asked for exactly what was meant. The oracle is
// the screen: a sale is voided by the button that says so, under the number that was written there, and by nothing else; a
// scan is a scan and nothing else is; an amount that is sent is the one that stands there.
func TestTheDeskIsAskedForWhatWasMeant(t *testing.T) {
	c := &bench{counter: newCounter(t)}
	rapid.Check(t, func(t *rapid.T) {
		c.begin(rapid.SampledFrom(starts()).Draw(t, "start"))
		for range rapid.IntRange(1, 80).Draw(t, "actions") {
			before := c.state
			c.asked = nil
			d := c.act(t)
			c.judge(t, before, d)
		}
	})
}

// Whatever is asked, Enter straight afterwards means no.
func TestEnterMeansNoUntilSomebodyChooses(t *testing.T) {
	for name, events := range map[string][]event{
		"voiding the last sale":    {sees(online()), hears(redeemed), lastKey{}},
		"voiding a sale of a list": inList(dayOf(), opened("T000017-1-57"), lastKey{}),
		"closing the shift":        inShift(shiftOf(3), closeAsked(true)),
		"practice":                 {sees(online()), turned(PracticePage)},
		"the end of practice":      {sees(inPractice(online())), turned(PracticePage)},
		"the menu":                 {sees(online()), turned(MenuPage)},
		"the settings":             unlocked(),
	} {
		s := folded(events...)
		asked := s.Undo == Asked || s.Shift.Sure
		after, deeds := s.after(entered{})
		if len(deeds) > 0 || asked && (after.Undo == Asked || after.Shift.Sure) {
			t.Errorf("%s: Enter asks the desk %v, and the question stands: %v", name, plain(deeds), after.Undo == Asked || after.Shift.Sure)
		}
	}
}

// A question is about the sale and the shift that stood on the screen when it was asked: when another one takes the place
// under the finger, yes means nothing.
func TestAQuestionEndsWithWhatItIsAbout(t *testing.T) {
	next := saleAt(77, "final", 9900, 1000, ui.Details{}).Answer
	for name, c := range map[string]struct {
		events []event
		yes    event
	}{
		"the next customer's answer comes":    {[]event{sees(online()), hears(redeemed), undo(Asked), hears(next)}, undo(Sent)},
		"the last one is called back":         {[]event{sees(online()), hears(redeemed), undo(Asked), recall{}}, undo(Sent)},
		"another line is opened":              {inList(dayOf(), opened("T000017-1-57"), undo(Asked), opened("T000017-1-56")), undo(Sent)},
		"the line is gone from the list":      {inList(dayOf(), opened("T000017-1-57"), undo(Asked), hears(later), listed{no: 2, lines: nil}), undo(Sent)},
		"another window has closed the shift": {inShift(shiftOf(3), closeAsked(true), hears(later), reckoned{no: 2, shift: shiftOf(4)}), closeSent{}},
	} {
		s := folded(c.events...)
		if _, deeds := s.after(c.yes); len(deeds) > 0 {
			t.Errorf("%s: yes asks the desk %v", name, plain(deeds))
		}
		if s.Undo == Asked || s.Shift.Sure {
			t.Errorf("%s: the question still stands", name)
		}
	}
}

func (c *bench) judge(t *rapid.T, before State, d did) {
	var scans []string
	var bills []desk.Bill
	for _, one := range c.asked {
		switch one := one.(type) {
		case errand:
			if one.bill != nil {
				bills = append(bills, *one.bill)
			} else {
				scans = append(scans, one.scan)
			}
		case listing, reckoning, remembering: // they change nothing
		default:
			c.ordered(t, before, d, one)
		}
	}
	c.missed(t, before, d)
	c.scanned(t, before, d, scans)
	c.billed(t, before, d, bills)
}

// ordered judges what changes something for good.
func (c *bench) ordered(t *rapid.T, before State, d did, one deed) {
	allowed := map[string]bool{}
	written := ""
	switch one := one.(type) {
	case voiding:
		allowed["undo yes"], written = true, string(one)
	case shutting:
		allowed["close yes"], written = true, fmt.Sprintf("第 %d 班", int(one))
		if before.Lang == "en" {
			written = fmt.Sprintf("Shift %d", int(one))
		}
	case practising:
		allowed["practice begin"], allowed["practice end"] = bool(one), !bool(one)
	case checking:
		allowed["pin ok"] = string(one) == before.Tech.Typed
	case changing:
		allowed["pin ok"] = one.next == before.Tech.Typed && one.next == before.Tech.Fresh
	case setting:
		for _, n := range []string{"set lang", "quieter", "louder", "set speech", "smaller", "larger", "set full", "set practice"} {
			allowed[n] = true
		}
	}
	if !allowed[d.button] || !strings.Contains(d.screen, written) {
		t.Fatalf("%+v made the desk be asked %T %v; the screen was\n%s", d, one, one, d.screen)
	}
}

// missed: what was said yes to is done.
func (c *bench) missed(t *rapid.T, before State, d did) {
	asked := func(is func(deed) bool) bool { return slices.ContainsFunc(c.asked, is) }
	switch {
	case d.button == "undo yes" && before.Undoing == "" && !asked(func(d deed) bool { _, is := d.(voiding); return is }):
		t.Fatalf("yes was said to voiding, and nothing was voided; the screen was\n%s", d.screen)
	case d.button == "close yes" && before.Order == nil && !asked(func(d deed) bool { _, is := d.(shutting); return is }):
		t.Fatalf("yes was said to closing, and nothing was closed; the screen was\n%s", d.screen)
	}
}

func (c *bench) scanned(t *rapid.T, before State, d did, got []string) {
	var want []string
	switch {
	case d.kind == "scan":
		want = []string{d.code}
	case strings.HasPrefix(d.button, "play ") && before.playable():
		want = []string{map[string]string{"play good": desk.PractiseGood, "play below": desk.PractiseGood, "play offline": desk.PractiseOffline, "play used": desk.PractiseUsed,
			"play expired": desk.PractiseExpired, "play damaged": desk.PractiseDamaged}[d.button]}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v was passed on as the scans %q, want %q", d, got, want)
	}
}

func (c *bench) billed(t *rapid.T, before State, d did, got []desk.Bill) {
	field := !before.pinned() && !before.seeking() && !before.Away() && before.Heard
	typing := (d.kind == "digit" || d.kind == "key" || isKey(d.button)) && field
	playing := strings.HasPrefix(d.button, "play ") && before.playable()
	if len(got) > 0 && !typing && !playing {
		t.Fatalf("%+v sent the amounts %v; the page was %d", d, got, before.Page)
	}
	if n := len(got); n > 0 {
		said, faint := figures(c.state.Entry, got[n-1].Fen, c.state.Lang)
		if screen := c.look(); got[n-1] != c.state.Bill() || !strings.Contains(screen, said+"\n") || !strings.Contains(screen, faint) {
			t.Fatalf("%+v sent %v, and the screen says\n%s", d, got, screen)
		}
	}
	if typing && c.state.Bill() != before.Bill() && len(got) == 0 {
		t.Fatalf("%+v changed the amount from %v to %v, and the desk was not told", d, before.Bill(), c.state.Bill())
	}
}
