//go:build !windows

package main

import (
	"image"
	"image/color"
	"slices"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// moment is a step of a redemption at which the window is killed.
type moment struct {
	name  string
	reach func(s *shop, p *till, v stage.Voucher) // brings the window there
	shows []color.NRGBA                           // the grounds that the next window may have at first
	then  func(s *shop, p *till)                  // before its truth is tried
	typed bool                                    // the bill is still there
	may   [][]string                              // what may have become of the voucher by then: states of its redemptions
}

// A window that is opened behind a sale that is over may show its answer, or be ready for the next.
var (
	ready  = []color.NRGBA{idleGround}
	either = []color.NRGBA{idleGround, grounds[final].ground, voidedGround, waitingGround}
)

var moments = []moment{
	{name: "bill typed", reach: func(s *shop, p *till, v stage.Voucher) { s.bill() }, shows: ready, typed: true, may: [][]string{nil}},
	{name: "scan sent", reach: func(s *shop, p *till, v stage.Voucher) { s.bill(); s.scan(v.Code) }, shows: either, may: [][]string{nil, {"final"}}},
	{name: "waiting for the hub", reach: waiting, shows: []color.NRGBA{waitingGround}, then: func(s *shop, p *till) {
		s.line.Silence(stage.Down, false)
		s.shows(p, "the answer that the window before waited for", grounds[final].ground)
	}, may: [][]string{{"final"}}},
	{name: "answer shown", reach: sold, shows: either, may: [][]string{{"final"}}},
	{name: "void asked", reach: func(s *shop, p *till, v stage.Voucher) { sold(s, p, v); s.undo(p) }, shows: either, may: [][]string{{"final"}}},
	{name: "void sent", reach: func(s *shop, p *till, v stage.Voucher) { sold(s, p, v); s.undo(p); s.click(onYes) }, shows: either, may: [][]string{{"final"}, {"voided"}}},
	{name: "void answered", reach: func(s *shop, p *till, v stage.Voucher) {
		sold(s, p, v)
		s.undo(p)
		s.click(onYes)
		s.shows(p, "the void", voidedGround)
	}, shows: either, may: [][]string{{"voided"}}},
}

// sold brings a sale to its answer.
func sold(s *shop, p *till, v stage.Voucher) {
	s.bill()
	s.scan(v.Code)
	s.shows(p, "FINAL", grounds[final].ground)
}

// waiting brings a sale so far that the hub is asked, and says nothing.
func waiting(s *shop, p *till, v stage.Voucher) {
	s.bill()
	s.line.Silence(stage.Down, true)
	s.scan(v.Code)
	s.wait("question to the hub", func(v desk.View) bool { return v.Busy })
	s.shows(p, "that the hub is asked", waitingGround)
}

// undo presses the button, and waits until the window asks whether that is meant.
func (s *shop) undo(p *till) {
	foot := image.Rect(200, 625, 480, 680)
	before, err := s.x.Look()
	check(s, err)
	s.click(onUndo)
	s.x.until(s, p.ended, "the question whether to void", func(m *image.NRGBA) bool { return differs(m, before, foot) })
}

// differs tells whether two pictures differ within a part of them.
func differs(a, b *image.NRGBA, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		if !slices.Equal(a.Pix[a.PixOffset(part.Min.X, y):a.PixOffset(part.Max.X, y)], b.Pix[b.PixOffset(part.Min.X, y):b.PixOffset(part.Max.X, y)]) {
			return true
		}
	}
	return false
}

// The window is killed at each step of a redemption. The next one must show the truth, and go on from it: the voucher is
// scanned there once more, and is then redeemed exactly once, at the till and in the ledger.
func TestAWindowKilledAtAnyStepLosesNothing(t *testing.T) {
	s := newShop(t, len(moments))
	for _, m := range moments {
		v := s.voucher()
		p := s.fresh()
		m.reach(s, p, v)
		p.kill()
		next := s.open(m.name+": what the next window should show", m.shows...)
		if m.then != nil {
			m.then(s, next)
		}
		s.settled()
		states := s.lines(v)
		if !slices.ContainsFunc(m.may, func(may []string) bool { return slices.Equal(may, states) }) {
			t.Errorf("killed at %q: the redemptions of the voucher are %v, which may be %v", m.name, states, m.may)
		}
		s.again(next, m, v, states)
		next.stop(t)
		t.Logf("killed at %q: %v, then redeemed once", m.name, states)
	}
	t.Logf("figures: the window killed at %d steps of a redemption, each time the next showed the truth and the voucher was redeemed once", len(moments))
}

// again scans the voucher in the next window.
func (s *shop) again(p *till, m moment, v stage.Voucher, states []string) {
	s.Helper()
	if !m.typed {
		s.hit(keyEscape)
		s.sync()
		s.shows(p, m.name+": a window ready for a scan", idleGround)
		s.bill()
	}
	s.listens(p, m.name+": a window with the keyboard")
	s.scan(v.Code)
	want := grounds[final]
	if slices.Equal(states, []string{"final"}) {
		want = grounds[refused]
	}
	see(s, s.x, p, m.name+", scanned again: "+want.name, want.ground, want.ink)
	standing := 0
	for _, state := range s.lines(v) {
		if state == "final" {
			standing++
		}
	}
	ledger, err := s.hub.Standing(s.ctx, v.ID)
	check(s, err)
	if standing != 1 || ledger.State != voucherRedeemed {
		s.Errorf("%s: the till has %d good redemptions of the voucher, the ledger has it %q", m.name, standing, ledger.State)
	}
	if m.typed {
		s.billOf(v, 58_00)
	}
}

const voucherRedeemed = "redeemed"

func (s *shop) billOf(v stage.Voucher, want voucher.Fen) {
	s.Helper()
	day, err := s.agent.Desk.Day(s.ctx, "")
	check(s, err)
	for _, l := range day {
		if l.Voucher == v.ID && l.Bill != want {
			s.Errorf("the bill typed into the window that was killed became %d", l.Bill)
		}
	}
}

// A window that is closed as a person closes it, while the hub is asked.
func TestAWindowClosedInTheMiddleOfARedemption(t *testing.T) {
	s := newShop(t, 2)
	s.x.manage(t)
	v := s.voucher()
	p := s.fresh()
	waiting(s, p, v)
	s.hit(keyF4, keyAlt) // openbox closes a window so
	s.sync()
	p.gone(t, done)
	s.line.Silence(stage.Down, false)
	s.settled()
	if states := s.lines(v); !slices.Equal(states, []string{"final"}) {
		t.Errorf("the redemptions of the voucher are %v", states)
	}
	p = s.fresh()
	sold(s, p, s.voucher())
	p.stop(t)
}

// A redemption that one window begins is answered in both; either can sell at once.
func TestTwoWindowsOnOneAgent(t *testing.T) {
	s := newShop(t, 2)
	other := openDisplay(t)
	one := s.fresh()
	two := open(t, other, s.args()...)
	idle(t, other, two)
	first := s.voucher()
	sold(s, one, first)
	see(t, other, two, "the other window's FINAL", grounds[final].ground, grounds[final].ink)

	h := newHands(t, other)
	h.hit(keyEscape)
	h.sync()
	idle(t, other, two)
	if states := s.lines(first); !slices.Equal(states, []string{"final"}) {
		t.Errorf("putting the answer away in the other window made %v of it", states)
	}
	s.billBy(h)
	second := s.voucher()
	h.scan(second.Code)
	see(t, other, two, "FINAL", grounds[final].ground, grounds[final].ink)
	s.settled()
	for _, v := range []stage.Voucher{first, second} {
		ledger, err := s.hub.Standing(s.ctx, v.ID)
		check(t, err)
		if states := s.lines(v); !slices.Equal(states, []string{"final"}) || ledger.State != voucherRedeemed {
			t.Errorf("the redemptions of a voucher are %v, in the ledger it is %s", states, ledger.State)
		}
	}
	one.stop(t)
	two.stop(t)
}

func TestAWrongTokenIsSaidAndNothingIsRedeemed(t *testing.T) {
	x := openDisplay(t)
	counter := newCounter()
	counter.scans, counter.bills = make(chan string, 100), make(chan desk.Bill, 100)
	args := counter.serve(t)
	args[len(args)-1] = tokenFile(t, "wrong")
	p := open(t, x, args...)
	x.until(t, p.ended, "that the agent cannot be used", func(m *image.NRGBA) bool { return share(m, awayGround) > 0.5 && share(m, grounds[final].ink) > 0.005 })
	h := newHands(t, x)
	h.write("58")
	h.scan(random(150))
	keep(t, x, "till-wrong-token.png")
	select {
	case b := <-counter.bills:
		t.Errorf("a bill of %d came through", b.Fen)
	case text := <-counter.scans:
		t.Errorf("a scan came through: %q", text)
	case <-time.After(2 * time.Second): // it has been refused by then
	}
	p.stop(t)
}

// First frame and answers on the smallest and the largest screen that a till has.
func TestSmallAndLargeScreens(t *testing.T) {
	for _, size := range []string{"1024x600", "3840x2160"} {
		t.Run(size, func(t *testing.T) {
			x := openScreen(t, size)
			x.manage(t)
			counter := newCounter()
			p := open(t, x, counter.serve(t)...)
			for _, g := range grounds {
				counter.answer(g.answer)
				see(t, x, p, g.name, g.ground, g.ink)
			}
			keep(t, x, "till-"+size+".png")
			p.stop(t)
		})
	}
}
