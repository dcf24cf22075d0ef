package cashier

import (
	"maps"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// rig is a window, a desk and somebody who does anything at all in front of it, in one thread. Each event is folded at
// once; what the desk is asked is kept, and answered when the test says so.
type rig struct {
	*counter
	state State
	asked []deed // by the newest action
	open  []deed // not answered yet
	day   []desk.Line
	bench desk.Setup
	shift int
	next  int // the number of the next sale
}

func (c *rig) fold(e event) {
	next, deeds := c.state.after(e)
	c.state = next
	c.face.state = next // drawn when somebody looks
	for _, d := range deeds {
		c.asked = append(c.asked, d)
		c.open = append(c.open, d)
	}
}

// begin puts the window back to a state from which a run starts.
func (c *rig) begin(start []event) {
	c.face.keys, c.face.heard, c.face.due, c.face.lag = newKeys(), 0, time.Time{}, 0
	c.clock, c.alarms, c.posted = noon, nil, nil
	c.asked, c.open, c.day, c.shift, c.next, c.bench = nil, nil, dayOf(), 7, 100, benchOf()
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
	printer := sees(withPrinter(online()))
	return [][]event{nil, {printer, good}, {printer, turned(ListPage), opened("T000017-1-57")}, {good}, {good, undo(Asked)}, {turned(ListPage), opened("T000017-1-57"), undo(Asked)}, {turned(ListPage)}, {turned(ListPage), opened("T000017-1-57")}, {turned(ShiftPage)}, {turned(ShiftPage), closeAsked(true)},
		{turned(ShiftPage), lookBack{}}, {turned(PracticePage)}, {sees(v)}, {turned(PINPage)}, append(append([]event{turned(PINPage)}, digits(rightPIN)...), pinDone{}),
		append(append([]event{turned(PINPage)}, digits(rightPIN)...), pinDone{}, pinWanted{}),
		unlock(guided{}), unlock(guided{}, stepTo(FitStep)), unlock(guided{}, stepTo(TryStep)), unlock(guided{}, stepTo(LaneStep)), unlock(passed, guided{}, stepTo(AcceptStep), despite{}, wrote('A'))}
}

// unlock opens the settings; the desk is asked for the PIN.
func unlock(then ...event) []event {
	return append(append(append([]event{turned(PINPage)}, digits(rightPIN)...), pinDone{}), then...)
}

// answer lets the desk answer the question that has waited longest.
func (c *rig) answer(t *rapid.T) {
	if len(c.open) == 0 {
		return
	}
	if rapid.IntRange(0, 9).Draw(t, "fails") == 9 {
		c.reply(desk.ErrUnreachable)
		return
	}
	c.reply(nil)
}

func (c *rig) reply(err error) {
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
	case printing:
		c.fold(printed{string(d), err})
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
	default:
		c.guided(d, err)
	}
}

// guided answers what the guide asks.
func (c *rig) guided(d deed, err error) {
	switch d := d.(type) {
	case examining:
		c.fold(examined{int(d), findings(), err})
	case seeing:
		c.fold(seen{int(d), c.bench, err})
	case fitting:
		if err == nil {
			c.bench.DeviceSetup = d.wish
		}
		c.fold(fitted{c.bench, err})
	case laneFetch:
		c.fold(laneNow{int(d), pictured(laneOf(1, desk.LaneRunning)), err})
	case laneDeed:
		c.fold(laneNow{0, laneOf(1, desk.LaneRunning), err})
	case acceptance:
		c.fold(accepting{laneAccepted("waiting"), err})
	}
}

func (c *rig) errand(d errand, err error) {
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

func (c *rig) sale(number int) desk.Answer {
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
func (c *rig) act(t *rapid.T) did {
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
		d.screen = c.look()
		c.named(rapid.SampledFrom([]fyne.KeyName{fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF6, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12}).Draw(t, "page"))
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

func (c *rig) named(n fyne.KeyName) { c.TypedKey(&fyne.KeyEvent{Name: n}) }

// look draws the window and reads it.
func (c *rig) look() string {
	c.face.show(c.state)
	return c.read()
}

// news is something that comes from the desk unasked.
func (c *rig) news(t *rapid.T) event {
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
