package cashier

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// hands are how a cashier works the window: by the keyboard alone, or by touch alone.
type hands interface {
	digits(s string)
	language()
	void()      // ask to void what is on the screen
	yes()       // to the question
	list()      // open the day's list
	openFirst() // its first line
	home()      // back to the sale
	shift()
	closeShift()
	practise() // begin practice
	stop()     // end it
}

type keyboard struct{ s *shop }

// press types keys as a person does, with time between them: an Enter straight behind a scan is the scanner's.
func (k keyboard) press(names ...fyne.KeyName) {
	for _, n := range names {
		k.s.pass += time.Second
		k.s.face.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func (k keyboard) digits(s string) {
	for _, r := range s {
		k.s.pass += time.Second
		k.s.face.TypedRune(r)
		k.s.settle()
	}
}
func (k keyboard) language()   { k.press(fyne.KeyF10) }
func (k keyboard) void()       { k.press(fyne.KeyF4) }
func (k keyboard) yes()        { k.press(fyne.KeyRight, fyne.KeyReturn) }
func (k keyboard) list()       { k.press(fyne.KeyF2) }
func (k keyboard) openFirst()  { k.press(fyne.KeyHome, fyne.KeyReturn) }
func (k keyboard) home()       { k.press(fyne.KeyEscape) }
func (k keyboard) shift()      { k.press(fyne.KeyF3) }
func (k keyboard) closeShift() { k.press(fyne.KeyEnd, fyne.KeyReturn) }
func (k keyboard) practise()   { k.press(fyne.KeyF9, fyne.KeyDown, fyne.KeyReturn) }
func (k keyboard) stop()       { k.press(fyne.KeyF9, fyne.KeyDown, fyne.KeyReturn) }

type finger struct{ s *shop }

// on touches a button as soon as it is on the screen and nothing is on its way to the desk: what is touched meanwhile counts
// for nothing, and no person is that quick.
func (f finger) on(names ...string) {
	for _, n := range names {
		f.s.until("there is a button "+n, func() bool { return f.s.face.has(n) && f.s.face.state.Order == nil })
		test.Tap(f.s.face.buttons[n])
	}
}

// has tells whether a button is on the screen now.
func (f *face) has(name string) bool {
	b := f.buttons[name]
	for _, o := range f.objects {
		if b != nil && o == fyne.CanvasObject(b) {
			return true
		}
	}
	return false
}

func (f finger) digits(s string) {
	for _, r := range s {
		f.on("key" + string(r))
	}
}
func (f finger) language()   { f.on("language") }
func (f finger) void()       { f.on("undo") }
func (f finger) yes()        { f.on(f.s.question()) }
func (f finger) list()       { f.on("menu", "menu list") }
func (f finger) openFirst()  { f.on("row0") }
func (f finger) home()       { f.on("menu", "leave") }
func (f finger) shift()      { f.on("menu", "menu shift") }
func (f finger) closeShift() { f.on("close") }
func (f finger) practise()   { f.on("menu", "menu practice", "practice begin") }
func (f finger) stop()       { f.on("menu", "menu practice", "practice end") }

// question is the button that says yes to what is being asked.
func (s *shop) question() string {
	name := ""
	s.until("something is asked", func() bool {
		for _, n := range []string{"undo yes", "close yes"} {
			if s.face.has(n) {
				name = n
			}
		}
		return name != ""
	})
	return name
}

// settle waits until what was typed has been told from a scan and handed on.
func (s *shop) settle() {
	s.until("the keys are handed on", func() bool { _, held := s.face.keys.Deadline(); return !held })
}

// scan is what a scanner types, all at once.
func (s *shop) scan(code string) {
	for _, r := range code {
		s.face.TypedRune(r)
	}
	s.face.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

func (s *shop) sees(v desk.View)    { s.door.events <- sees(v).(desk.Event) }
func (s *shop) hears(a desk.Answer) { s.door.events <- hears(a).(desk.Event) }

// A cashier's day: a sale, a void from the list, practice, the language, the end of the shift. Both hands do all of it, and
// the desk is asked the very same.
func TestADayByOneHand(t *testing.T) {
	for name, with := range map[string]func(*shop) hands{"by keyboard alone": func(s *shop) hands { return keyboard{s} }, "by touch alone": func(s *shop) hands { return finger{s} }} {
		t.Run(name, func(t *testing.T) {
			first := saleAt(42, "final", 5800, 1000, ui.Details{})
			s := openShop(t, &fakeDoor{day: []desk.Line{first}, shift: shiftOf(12)})
			h := with(s)
			s.sees(online())
			s.says("先输入金额")
			h.digits("58")
			s.says("请扫消费券")
			s.scan(voucherCode)
			s.until("the scan is there", func() bool { return len(s.door.heard()) > 0 && s.door.heard()[len(s.door.heard())-1] == voucherCode })
			s.hears(redeemed)
			s.sees(online())
			s.says("核销成功")
			if a := <-s.told; a.Answer != voucher.Final || a.Bill != 5800 {
				t.Errorf("the sound that was wanted is of %+v", a)
			}
			h.language()
			s.says("Collect ¥48.00")
			h.language()
			s.says("请收款")
			h.list()
			s.says("当日清单")
			s.says("T000017-1-42")
			h.openFirst()
			s.says("清单中的一笔")
			h.void()
			s.says("要撤销这一单吗")
			h.yes()
			s.says("此单不再减免")
			h.home()
			s.says("先输入金额")
			h.practise()
			s.until("practice is asked for", func() bool { return has(s.door.heard(), practising(true)) })
			s.sees(inPractice(online()))
			s.says("练习，不是真的")
			h.stop()
			s.until("practice is ended", func() bool { return has(s.door.heard(), practising(false)) })
			s.sees(online())
			h.shift()
			s.says("第 12 班 · 进行中")
			h.closeShift()
			s.says("要交班吗")
			h.yes()
			s.says("第 12 班 · 已交班")
			h.home()
			s.says("先输入金额")
			s.askedInAll(voucherCode, voucher.RedemptionID{Terminal: "T000017", Epoch: 1, Number: 42}, practising(true), practising(false), shutting(12))
		})
	}
}

func has(all []any, one any) bool {
	for _, a := range all {
		if a == one {
			return true
		}
	}
	return false
}

// askedInAll compares what the desk was asked, without the amounts: how many of them are sent hangs on how quickly one types.
func (s *shop) askedInAll(want ...any) {
	s.t.Helper()
	var got []any
	last := voucher.Fen(-1)
	for _, a := range s.door.heard() {
		if b, isBill := a.(desk.Bill); isBill {
			last = b.Fen
			continue
		}
		if a == any(voucherCode) && last != 5800 {
			s.t.Errorf("the scan was judged against %d fen", last)
		}
		got = append(got, a)
	}
	if len(got) != len(want) {
		s.t.Fatalf("the desk was asked %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			s.t.Errorf("the desk was asked %v, want %v", got, want)
		}
	}
}

// The technician's way by keyboard: the PIN is typed unseen, a wrong one says how many tries are left, and each setting is
// sent with the right one.
func TestSettingsByKeyboard(t *testing.T) {
	s := openShop(t, &fakeDoor{})
	k := keyboard{s}
	s.sees(online())
	s.says("先输入金额")
	k.press(fyne.KeyF1, fyne.KeyEnd, fyne.KeyReturn)
	s.says("请输入 PIN")
	k.digits("111111")
	s.says("●●●●●●")
	if strings.Contains(s.face.read(), "111111") {
		t.Fatal("the PIN can be read on the screen")
	}
	k.press(fyne.KeyReturn)
	s.says("还可以试 4 次")
	k.digits(rightPIN)
	k.press(fyne.KeyReturn)
	s.says("试听")
	k.press(fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	s.says("80 %")
	k.press(fyne.KeyDown, fyne.KeyReturn)
	if a := <-s.told; a.Answer != voucher.Final || !a.Practice {
		t.Errorf("the sound that was wanted is of %+v", a)
	}
	k.press(fyne.KeyEscape)
	s.says("先输入金额")
	louder := online().Settings
	louder.Volume = 80
	s.asked(checking("111111"), checking(rightPIN), setting{rightPIN, louder})
}

// A scan on any page is a scan, and its answer fills the window; digits of a person go into the field over the keypad.
func TestAScanOnEveryPage(t *testing.T) {
	for _, c := range []struct {
		name string
		page Page
	}{{"menu", MenuPage}, {"list", ListPage}, {"shift", ShiftPage}, {"practice", PracticePage}, {"PIN", PINPage}} {
		t.Run(c.name, func(t *testing.T) {
			s := openShop(t, &fakeDoor{shift: shiftOf(1)})
			s.sees(online())
			s.says("先输入金额")
			s.post(turned(c.page))
			s.until("the page is open", func() bool { return s.face.state.Page == c.page })
			s.scan(paymentCode) // nothing but digits, as a PIN is
			s.asked(paymentCode)
			s.until("the sale is back", func() bool { return s.face.state.Page == SalePage })
			if got := s.face.state.Tech.Typed + s.face.state.Day.Find + s.face.state.Entry.Text; got != "" {
				t.Errorf("%q of the scan was taken for typing", got)
			}
			s.hears(tooLow)
			s.says("不可核销")
		})
	}
}

func TestTheWindowGetsOutOfTheWay(t *testing.T) {
	for name, events := range map[string][]event{"in a sale": {sees(online())}, "over an answer": {sees(online()), hears(redeemed)}, "while the agent is away": {lost}, "before it was there": nil} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, &fakeDoor{})
			for _, e := range events {
				s.door.events <- e.(desk.Event)
			}
			s.face.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF12})
			if s.hidden != 1 {
				t.Errorf("F12 got it out of the way %d times", s.hidden)
			}
		})
	}
}

// A list that the desk does not give is asked for again, and what is said about it goes when it comes.
func TestAListThatFailsIsAskedForAgain(t *testing.T) {
	s := folded(sees(online()), turned(ListPage), listed{no: 1, err: desk.ErrUnreachable})
	if s.Trouble == nil || s.Day.Ask.Open {
		t.Fatalf("nothing is said, or it is still asked: %+v", s.Day.Ask)
	}
	s, deeds := s.after(ticked(noon.Add(time.Second)))
	if got := plain(deeds); len(got) != 1 || got[0] != listing(2) {
		t.Fatalf("after a second the desk is asked %v, want the list again", got)
	}
	if s, _ = s.after(listed{no: 2, lines: dayOf()}); s.Trouble != nil || len(s.Day.Lines) != 8 {
		t.Errorf("the list is there, and still it says %v", s.Trouble)
	}
}

// A finger that touches twice by mistake must not void a sale or close a shift: where the button lay that asks, there lies no.
func TestTouchingTwiceMeansNo(t *testing.T) {
	test.NewTempApp(t)
	w := open(t, State{Lang: "zh"}, small.Width, small.Height)
	for _, c := range []struct {
		name    string
		before  []event
		asks    string
		yes, no string
	}{
		{"the last sale", []event{sees(online()), hears(redeemed)}, "undo", "undo yes", "undo no"},
		{"a line of the list", inList(dayOf(), opened("T000017-1-57")), "undo", "undo yes", "undo no"},
		{"the shift", inShift(shiftOf(3)), "close", "close yes", "close no"},
	} {
		for _, lang := range []string{"zh", "en"} {
			s := scene(lang, c.before)
			w.turnTo(s, small)
			asks := w.face.buttons[c.asks]
			at := box{asks.Position().X, asks.Position().Y, asks.Size().Width, asks.Size().Height}
			for _, choice := range s.choices() {
				if choice.name == c.asks {
					s = s.with(choice.does)
				}
			}
			if s.Shown != nil {
				s = s.with(undo(Asked))
			}
			w.turnTo(s, small)
			yes := w.face.buttons[c.yes]
			if !w.face.has(c.yes) || !w.face.has(c.no) {
				t.Fatalf("%s %s: nothing is asked", c.name, lang)
			}
			middle := box{at.x + at.w/2, at.y + at.h/2, 1, 1}
			if over(middle, box{yes.Position().X, yes.Position().Y, yes.Size().Width, yes.Size().Height}) {
				t.Errorf("%s %s: yes lies where the button lay that asked", c.name, lang)
			}
		}
	}
}
