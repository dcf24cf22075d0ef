package cashier

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// The window is closed, or killed, at each step of a sale, and opened again: the new one shows what the desk says.
func TestAWindowThatIsOpenedAgainShowsTheTruth(t *testing.T) {
	answered := online()
	answered.Last = &redeemed
	practised := online()
	practised.Last = &desk.Answer{Answer: voucher.Final, Bill: 5800, Practice: true, At: noon}
	replaced := online()
	replaced.Last = &later
	for _, c := range []struct {
		name string
		v    desk.View
		wait time.Duration
		want string // what the screen must say
		not  string
	}{
		{"before anything was typed", online(), 0, "先输入金额", "上一单"},
		{"with the amount typed", billed(online(), 5800, "typed"), 0, "请扫消费券", "先输入金额"},
		{"while the hub is asked", busy(billed(online(), 5800, "typed")), 0, "正在核销", "请扫消费券"},
		{"just after the answer", answered, 20 * time.Second, "窗口打开前的结果", "请扫消费券"},
		{"two minutes after the answer", answered, 2 * time.Minute, "上一单", "窗口打开前的结果"},
		{"after an answer of practice, which is over", practised, 0, "先输入金额", "核销成功"},
		{"after news of an earlier sale", replaced, 0, "上一单", "窗口打开前的结果"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newCounter(t)
			n.face.show(folded(ticked(noon.Add(c.wait)), sees(c.v)))
			shows(t, n.face, c.want)
			if read := tight(n.read()); contains(read, c.not) {
				t.Errorf("the screen says %q, too", c.not)
			}
		})
	}
}

func contains(s, what string) bool { return what != "" && strings.Contains(s, what) }

// Two windows stand on one agent, and an amount is typed in both. In the end both show what the desk holds, whatever of
// its views has come through: a scan is judged against that.
func TestTwoWindowsShowOneAmount(t *testing.T) {
	one, two := folded(sees(online())), folded(sees(online()))
	give := func(v desk.View, to ...*State) {
		for _, s := range to {
			*s, _ = s.after(sees(v))
		}
	}
	one, _ = one.after(pressed('5'))
	two, _ = two.after(pressed('7'))
	// The desk takes the second window's amount, then the first one's, and tells both only the last.
	two, _ = two.after(taken(700))
	one, _ = one.after(taken(500))
	give(billed(online(), 500, "typed"), &one, &two)
	for i := range 3 {
		for _, s := range []*State{&one, &two} {
			*s, _ = s.after(ticked(noon.Add(time.Duration(i+1) * time.Second)))
		}
	}
	if one.Bill().Fen != 500 || two.Bill().Fen != 500 {
		t.Errorf("the desk holds 5.00; the windows show %v and %v", one.Bill(), two.Bill())
	}
	// Whoever goes on typing there goes on from the amount that he sees.
	two, deeds := two.after(pressed('8'))
	if got := plain(deeds); len(got) != 1 || got[0] != typed(800) || two.Bill().Fen != 800 {
		t.Errorf("an 8 typed in the second window makes %v", got)
	}
	// An amount that the desk is slow to show is not given up.
	one, _ = one.after(pressed(Clear))
	one, _ = one.after(pressed('9'))
	for i := range 5 {
		one, _ = one.after(ticked(noon.Add(time.Duration(i+10) * time.Second)))
	}
	if one.Bill().Fen != 900 {
		t.Errorf("an amount that was never taken or refused is %v after five seconds", one.Bill())
	}
}

// A page that nobody touches goes back to the sale, and a PIN is not left open; a shift that was just closed stays.
func TestPagesAreLeftAfterAWhile(t *testing.T) {
	late := ticked(noon.Add(leftAfter + time.Second))
	for name, c := range map[string]struct {
		events []event
		stays  bool
	}{
		"the list":                    {inList(dayOf()), false},
		"the settings":                {unlocked(), false},
		"a shift that was closed":     {inShift(shiftOf(12), closeAsked(true), closeSent{}, shut{shift: shutAt(shiftOf(12), 0)}), true},
		"an answer on the sale":       {[]event{sees(online()), hears(redeemed)}, true},
		"the list, touched meanwhile": {append(inList(dayOf()), ticked(noon.Add(leftAfter-time.Second)), moved(Down)), true},
	} {
		before := folded(c.events...)
		after := before.with(late)
		if stays := after.Page == before.Page && (after.Shown != nil) == (before.Shown != nil); stays != c.stays {
			t.Errorf("%s: it stays: %v, want %v", name, stays, c.stays)
		}
		if !c.stays && after.Tech != (Tech{}) {
			t.Errorf("%s: the PIN is still there", name)
		}
	}
}

// The settings that the agent holds are the window's.
func TestTheLanguageOfTheSettings(t *testing.T) {
	en := online()
	en.Settings.Lang = "en"
	if s := (State{Lang: "zh", Now: noon}).with(sees(en)); s.Lang != "en" {
		t.Error("a window begins in another language than the settings say")
	}
	asked := State{Lang: "zh", KeepLang: true, Now: noon}.with(sees(en))
	if asked.Lang != "zh" {
		t.Error("the language that was asked for is overruled as the window opens")
	}
	if s := asked.with(toggled{}).with(sees(en)); s.Lang != "en" {
		t.Errorf("the button does not hold: %s", s.Lang)
	}
	if s := asked.with(sees(online())); s.Lang != "zh" {
		t.Error("a setting that is changed does not reach the window")
	}
}

// Nothing of practice is left when it is over, and its buttons play against a bill that fits.
func TestPracticeLeavesNothingBehind(t *testing.T) {
	s := folded(sees(inPractice(online())), playedAs(voucher.Final, voucher.OK, 5800, 1000, ui.Details{}))
	if s.Shown == nil || !s.Shown.Practice {
		t.Fatalf("%+v is shown, want the answer of practice", s.Shown)
	}
	s = s.with(sees(online()))
	if s.Shown != nil || s.Last != nil || s.Entry != (Entry{}) {
		t.Errorf("practice is over, and there are %+v, %+v, %+v", s.Shown, s.Last, s.Entry)
	}
	if _, deeds := s.after(played{code: desk.PractiseGood}); len(deeds) > 0 {
		t.Errorf("practice is over, and its button asks the desk %v", plain(deeds))
	}
	for _, c := range []struct {
		button int
		bill   voucher.Fen
		want   []any
	}{
		{0, 0, []any{typed(5800), desk.PractiseGood}}, {0, 4200, []any{typed(5800), desk.PractiseGood}}, {1, 9900, []any{typed(4200), desk.PractiseGood}},
		{2, 0, []any{typed(5800), desk.PractiseOffline}}, {3, 0, []any{typed(5800), desk.PractiseUsed}},
	} {
		s := folded(sees(inPractice(billed(online(), c.bill, "typed"))))
		_, deeds := s.after(s.plays()[c.button].does)
		if got := plain(deeds); len(got) != 2 || got[0] != c.want[0] || got[1] != c.want[1] {
			t.Errorf("%s with a bill of %d asks the desk %v, want %v", s.plays()[c.button].name, c.bill, got, c.want)
		}
	}
}

// The agent goes away while a page is open, and comes back: nothing that was typed meanwhile has done anything, the list is
// asked for again, and the settings have to be unlocked again.
func TestTheAgentGoesAndComesBackBehindAPage(t *testing.T) {
	away := []event{lost, ticked(noon.Add(5 * time.Second)), pressed('5'), turned(MenuPage), lastKey{}, moved(Down), entered{}, escaped{}}
	for name, events := range map[string][]event{"the list": inList(dayOf()), "the shift": inShift(shiftOf(3), closeAsked(true)), "the settings": unlocked()} {
		s := folded(events...)
		for _, e := range away {
			var deeds []deed
			if s, deeds = s.after(e); len(deeds) > 0 {
				t.Errorf("%s: %#v asks an agent that is away %v", name, e, plain(deeds))
			}
		}
		s, _ = s.after(sees(online()))
		if s.Page != SalePage || s.Tech != (Tech{}) || s.Shift.Sure || s.Bill().Fen != 0 {
			t.Errorf("%s: the agent is back, and there are page %d, %+v, %v", name, s.Page, s.Tech, s.Bill())
		}
	}
	s := folded(append(inList(dayOf()), lost, ticked(noon.Add(5*time.Second)))...)
	s, deeds := s.after(sees(online()))
	if got := plain(deeds); s.Page != ListPage || len(got) != 1 || got[0] != listing(2) {
		t.Errorf("an open list is on page %d and asks %v after the break, want the list again", s.Page, got)
	}
}

// A void is answered twice, to the window that asked and, when the hub has said so, to all; in any order it fills the window
// once, sounds once, and does not come back when it was put away.
func TestAVoidIsShownOnce(t *testing.T) {
	first := reply(voucher.Provisional, voucher.OK, 5800, 1000, ui.Details{Void: true})
	second := reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Void: true})
	refused := reply(voucher.Refused, voucher.AlreadyRedeemed, 5800, 1000, ui.Details{Void: true})
	refused.Redemption = first.Redemption
	start := []event{sees(online()), hears(redeemed), undo(Asked), undo(Sent)}
	for name, c := range map[string]struct {
		events []event
		shown  voucher.Answer // empty: none
		news   int
	}{
		"the window hears first":          {[]event{undone(first), hears(second)}, voucher.Final, 0},
		"all hear first":                  {[]event{hears(second), undone(first)}, voucher.Final, 0},
		"it was put away in between":      {[]event{undone(first), touched{}, hears(second)}, "", 0},
		"the next customer is there":      {[]event{undone(first), hears(tooLow), hears(second)}, voucher.Refused, 0},
		"the hub will not":                {[]event{undone(first), hears(refused)}, voucher.Provisional, 1},
		"it was put away before any word": {[]event{escaped{}, hears(second), undone(first)}, "", 1},
	} {
		s := folded(append(slices.Clone(start), c.events...)...)
		if got := s.Shown; (got != nil) != (c.shown != "") || got != nil && got.Answer.Answer != c.shown {
			t.Errorf("%s: %+v is shown, want %v", name, got, c.shown)
		}
		if len(s.Later) != c.news {
			t.Errorf("%s: %d pieces of news, want %d", name, len(s.Later), c.news)
		}
	}
	list := folded(inList(dayOf(), opened("T000017-1-57"), undo(Asked), undo(Sent))...)
	first.Redemption, second.Redemption = "T000017-1-57", "T000017-1-57"
	if s := list.with(undone(first)).with(hears(second)).with(touched{}); s.Page != ListPage || s.Shown != nil {
		t.Errorf("after a void from the list the window is on page %d and shows %+v, want the list", s.Page, s.Shown)
	}
}
