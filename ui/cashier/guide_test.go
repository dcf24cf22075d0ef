package cashier

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

// lastAsked tells what the desk is asked by the last of some events.
func lastAsked(events ...event) (State, []deed) {
	s := folded(events[:len(events)-1]...)
	return s.after(events[len(events)-1])
}

func TestTheWorstIsToldFirst(t *testing.T) {
	s := folded(guidedTo(CheckStep)...)
	var order []string
	for _, f := range s.Guide.Findings {
		order = append(order, f.Check)
	}
	if want := []string{"clock", "ime", "system", "disk", "hub", "queue"}; !slices.Equal(order, want) {
		t.Errorf("the findings stand as %v, want %v", order, want)
	}
	if got := folded(unlocked(guided{}, examined{no: 1, found: []desk.Finding{{Check: "x", State: "of a later version"}}})...).Guide.Findings; badness(got[0].State) != 2 {
		t.Error("a state that is not known is taken for no failure")
	}
}

func TestACheckRunsOnceAtATime(t *testing.T) {
	if _, deeds := lastAsked(unlocked(guided{})...); !slices.Contains(deeds, deed(examining(1))) {
		t.Errorf("opening the guide asks %v", plain(deeds))
	}
	if _, deeds := lastAsked(unlocked(guided{}, checkAgain{})...); len(deeds) != 0 {
		t.Errorf("a check that runs is asked for again: %v", plain(deeds))
	}
	if _, deeds := lastAsked(guidedTo(CheckStep, checkAgain{})...); !slices.Equal(deeds, []deed{examining(2)}) {
		t.Errorf("checking again asks %v", plain(deeds))
	}
	failed := unlocked(guided{}, examined{no: 1, err: desk.ErrUnreachable}, ticked(noon), ticked(noon))
	if _, deeds := lastAsked(failed...); len(deeds) != 0 {
		t.Errorf("a check that failed is repeated by itself: %v", plain(deeds))
	}
}

// Whatever is pressed, all other devices are sent as they were.
func TestADeviceIsSetUpAndTakenAway(t *testing.T) {
	before := benchOf().DeviceSetup
	for name, c := range map[string]struct {
		press string
		want  func(*desk.DeviceSetup)
	}{
		"a scanner is set up": {"hidpos " + hidUSB, func(d *desk.DeviceSetup) {
			d.Scanners = append(d.Scanners, desk.ScannerSetup{Kind: "hidpos", Path: hidUSB, Name: "Honeywell 1950g"})
		}},
		"a scanner is taken away":             {"serial " + gunUSB, func(d *desk.DeviceSetup) { d.Scanners = d.Scanners[1:] }},
		"one that is not there is taken away": {"hidpos usb:05e0:1701", func(d *desk.DeviceSetup) { d.Scanners = d.Scanners[:1] }},
		"the printer is set up":               {"printer /dev/usb/lp0", func(d *desk.DeviceSetup) { d.Printer = &desk.PrinterSetup{To: "/dev/usb/lp0"} }},
	} {
		want := before
		want.Scanners = slices.Clone(before.Scanners)
		c.want(&want)
		_, deeds := lastAsked(guidedTo(FitStep, fit(c.press))...)
		if len(deeds) != 1 {
			t.Errorf("%s: the desk is asked %v", name, plain(deeds))
			continue
		}
		got := deeds[0].(fitting)
		if got.pin != rightPIN || !reflect.DeepEqual(got.wish, want) {
			t.Errorf("%s: the desk is asked for %+v, want %+v", name, got.wish, want)
		}
	}
	if s, deeds := lastAsked(guidedTo(FitStep, fit("display COM5"))...); len(deeds) != 0 || s.Trouble == nil {
		t.Errorf("what stands in the file only asks the desk %v, and says %v", plain(deeds), s.Trouble)
	}
	if _, deeds := lastAsked(guidedTo(FitStep, fit("printer /dev/usb/lp0"), fit("hidpos "+hidUSB))...); len(deeds) != 0 {
		t.Errorf("a second device is set up while the first one is being saved: %v", plain(deeds))
	}
}

// No scan that is tried out ends the guide, unless something real is on record.
func TestWhatTriesAScannerStaysInTheGuide(t *testing.T) {
	lane := reply(voucher.Final, voucher.OK, 0, 0, ui.Details{})
	lane.Tier = voucher.LaneTierID
	for name, c := range map[string]struct {
		at    Step
		event event
		stays bool
	}{
		"a scan into the window":             {TryStep, scanned("HX1"), true},
		"while the hub is asked":             {LaneStep, sees(busy(online())), true},
		"an answer of which nothing stays":   {TryStep, hears(missingBill), true},
		"the answer to the lane test":        {LaneStep, hears(lane), true},
		"the same, looked away from":         {AcceptStep, hears(lane), true},
		"a real sale":                        {TryStep, hears(redeemed), false},
		"an answer while devices are set up": {FitStep, hears(missingBill), false},
		"a scan while devices are set up":    {FitStep, scanned("HX1"), false},
		"the agent goes":                     {LaneStep, lost, false},
	} {
		s := folded(guidedTo(c.at, c.event)...)
		if stays := s.Page == GuidePage && s.Shown == nil; stays != c.stays {
			t.Errorf("%s: the guide stays: %v, want %v", name, stays, c.stays)
		}
		if !c.stays && s.Tech.PIN != "" {
			t.Errorf("%s: the PIN is kept", name)
		}
	}
}

func TestWhatIsTriedGetsNoBill(t *testing.T) {
	s, deeds := lastAsked(guidedTo(TryStep, sees(billed(online(), 5800, "pos")), noBill{})...)
	if len(deeds) != 1 || deeds[0].(errand).bill == nil || deeds[0].(errand).bill.Fen != 0 || s.Bill().Fen != 0 {
		t.Errorf("clearing the amount asks %v and leaves %v", plain(deeds), s.Bill())
	}
}

func TestAScannerIsMarkedThatReadsWhole(t *testing.T) {
	s := folded(guidedTo(TryStep, heardOf("gun", "damaged_scan", "", 12))...)
	if len(s.Guide.Works) != 0 {
		t.Error("a damaged scan makes the scanner good")
	}
	for range 5 { // it lies there
		s = s.with(heardOf("gun", "goods_barcode", "69****45", 13))
	}
	if !slices.Equal(s.Guide.Works, []string{"gun"}) || len(s.Guide.Heard) != 2 {
		t.Errorf("five times the same is %d lines, and %v read", len(s.Guide.Heard), s.Guide.Works)
	}
	if s = folded(guidedTo(CheckStep, heardOf("gun", "goods_barcode", "69****45", 13))...); len(s.Guide.Heard) != 0 {
		t.Error("a sale's scan is kept where none are tried")
	}
}

// The picture of the code comes when it is there, and is asked for again by no clock.
func TestTheCodeIsFetchedWhenTheTillHasIt(t *testing.T) {
	begun := guidedTo(LaneStep, laneWanted(true), laneNow{lane: laneOf(0, desk.LaneRunning)}, laned(laneOf(0, desk.LaneRunning)))
	if _, deeds := lastAsked(append(begun, ticked(noon))...); len(deeds) != 0 {
		t.Errorf("before there is a code the desk is asked %v", plain(deeds))
	}
	arrived := append(begun, laned(laneOf(1, desk.LaneRunning)))
	if _, deeds := lastAsked(arrived...); !slices.Equal(deeds, []deed{laneFetch(1)}) {
		t.Fatalf("when the code is there the desk is asked %v", plain(deeds))
	}
	shown := append(arrived, laneNow{no: 1, lane: pictured(laneOf(1, desk.LaneRunning))})
	s, deeds := lastAsked(shown...)
	if len(s.lane().PNG) == 0 || len(deeds) != 0 {
		t.Errorf("the picture has %d bytes, and the desk is asked %v", len(s.lane().PNG), plain(deeds))
	}
	if s, deeds = lastAsked(append(shown, laned(laneOf(3, desk.LaneRunning)))...); len(s.lane().PNG) != 0 || len(deeds) != 0 {
		t.Errorf("after the scan the code is still shown (%d bytes), or the desk is asked %v", len(s.lane().PNG), plain(deeds))
	}
}

func TestATestOfBeforeIsNotTakenForThisOne(t *testing.T) {
	old := laneOf(5, desk.LanePassed)
	before := noon.Add(-1800e9)
	old.Begun = &before
	s := folded(guidedTo(LaneStep, laned(old), laneWanted(true), laneNow{lane: laneOf(0, desk.LaneRunning)})...)
	if got := s.lane().State; got != desk.LaneRunning {
		t.Errorf("the test that was just begun is %q", got)
	}
}

func TestNothingIsSignedUnsaid(t *testing.T) {
	named := spelled("王小明")
	for name, c := range map[string]struct {
		events []event
		want   *voucher.Text
	}{
		"no lane test":       {append(append([]event{}, named...), despite{}, signed{}), &guide.laneFirst},
		"no name":            {[]event{passed, despite{}, signed{}}, &guide.nameFirst},
		"a name of spaces":   {[]event{passed, despite{}, wrote(' '), signed{}}, &guide.nameFirst},
		"a check that fails": {append(append([]event{passed}, named...), signed{}), &guide.badFirst},
		"all said":           {append(append([]event{passed, despite{}}, named...), signed{}), nil},
	} {
		s, deeds := lastAsked(guidedTo(AcceptStep, c.events...)...)
		if c.want != nil && (len(deeds) != 0 || s.Trouble == nil || *s.Trouble != *c.want) {
			t.Errorf("%s: the desk is asked %v, and the screen says %v", name, plain(deeds), s.Trouble)
		}
		if c.want == nil {
			got := desk.Acceptance(deeds[0].(acceptance))
			if got.Technician != "王小明" || got.PIN != rightPIN || !slices.Equal(got.Despite, []string{"clock"}) {
				t.Errorf("%s: the desk is asked for %+v", name, got)
			}
		}
	}
}

func TestTheNameIsWritten(t *testing.T) {
	s := folded(guidedTo(AcceptStep, wrote('王'), wrote('\u200b'), pressed('7'), wrote(' '), wrote('é'), pressed(Back), pasted("小明\n"), fielded(1), wrote('备'), pressed('2'))...)
	if s.Guide.Name != "王7 小明" || s.Guide.Remark != "备2" || s.Bill().Fen != 0 {
		t.Errorf("the name is %q, the remark %q, the amount %v", s.Guide.Name, s.Guide.Remark, s.Bill())
	}
	for range voucher.MaxTechnician + 5 {
		s = s.with(fielded(0)).with(wrote('王'))
	}
	if n := len([]rune(s.Guide.Name)); n != voucher.MaxTechnician {
		t.Errorf("the name has %d characters", n)
	}
}

func TestTheRecordFollowsTheHub(t *testing.T) {
	done := guidedTo(AcceptStep, append(append([]event{passed, despite{}}, spelled("王小明")...), signed{}, accepting{lane: laneAccepted("waiting")})...)
	if got := folded(done...).record().State; got != "waiting" {
		t.Errorf("the record is %q", got)
	}
	if got := folded(append(done, acceptedView("acked"))...).record().State; got != "acked" {
		t.Errorf("the hub has the record, and it is %q", got)
	}
}

// What is begun or signed is not left by a second Enter of an impatient finger, before the desk answers or after.
func TestASecondEnterGoesNowhere(t *testing.T) {
	toSign := append(append([]event{passed, despite{}}, spelled("王小明")...), moved(Home), moved(Right), moved(Right), moved(Right), entered{})
	for name, c := range map[string]struct {
		at     Step
		events []event
		deeds  int
	}{
		"a lane test is being begun": {LaneStep, []event{entered{}}, 1},
		"it has just begun":          {LaneStep, []event{entered{}, laneNow{lane: laneOf(0, desk.LaneRunning)}, laned(laneOf(0, desk.LaneRunning))}, 1},
		"the till is being accepted": {AcceptStep, toSign, 1},
	} {
		s, deeds := folded(guidedTo(c.at)...), 0
		for _, e := range append(slices.Clone(c.events), entered{}) {
			var asked []deed
			s, asked = s.after(e)
			deeds += len(asked)
		}
		if s.Page != GuidePage || s.Guide.Step != c.at || deeds != c.deeds {
			t.Errorf("%s: a second Enter leads to step %v of page %v, and the desk is asked %d things", name, s.Guide.Step, s.Page, deeds)
		}
	}
}

// The hub may find no lane test behind a record; then it is to be done again, and the till accepted anew.
func TestATillIsAcceptedAnewAfterAnotherLaneTest(t *testing.T) {
	done := append(append([]event{passed, despite{}}, spelled("王小明")...), signed{}, accepting{lane: laneAccepted("waiting")}, acceptedView("rejected"))
	again := append(done, stepTo(LaneStep), laneWanted(true), laneNow{lane: laneOf(0, desk.LaneRunning)}, acceptedView("rejected"), stepTo(AcceptStep), signed{})
	_, deeds := lastAsked(guidedTo(AcceptStep, again...)...)
	if len(deeds) != 1 || deedName(deeds[0]) != "acceptance" {
		t.Errorf("after another lane test signing asks %v", plain(deeds))
	}
}

// What failed only when the till was to be accepted has to be seen before it can be said to be known.
func TestARefusedAcceptanceLooksAgain(t *testing.T) {
	refusal := &desk.Error{Status: 409, Text: tx("还有不合格的检查", "Checks fail")}
	sign := append(append([]event{passed, despite{}}, spelled("王小明")...), signed{}, accepting{err: refusal})
	s, deeds := lastAsked(guidedTo(AcceptStep, sign...)...)
	if !slices.Equal(deeds, []deed{examining(2)}) || s.Trouble == nil || s.Guide.Name != "王小明" {
		t.Errorf("after the refusal the desk is asked %v, and the screen says %v to %q", plain(deeds), s.Trouble, s.Guide.Name)
	}
}

// The guide has no place to type a PIN: it says where there is one, before the technician is locked out.
func TestAPINThatNoLongerHoldsIsToBeTypedAnew(t *testing.T) {
	wrong := &desk.Error{Status: 403, Text: tx("PIN 不对", "The PIN is wrong")}
	for name, s := range map[string]State{
		"a device":   folded(guidedTo(FitStep, fit("hidpos "+hidUSB), fitted{err: wrong})...),
		"acceptance": folded(guidedTo(AcceptStep, append(append([]event{passed, despite{}}, spelled("王小明")...), signed{}, accepting{err: wrong})...)...),
	} {
		if s.Trouble == nil || !strings.Contains(s.Trouble.Zh, "F8") || !strings.Contains(s.Trouble.En, "F8") {
			t.Errorf("%s: the screen says %v", name, s.Trouble)
		}
	}
}

// A code whose picture did not come is asked for again with the next tick, and no sooner: the desk may have none.
func TestACodeThatDidNotComeIsFetchedAgain(t *testing.T) {
	waits := laneOf(1, desk.LaneRunning)
	for name, first := range map[string]laneNow{"no answer": {no: 1, err: desk.ErrUnreachable}, "no picture": {no: 1, lane: waits}} {
		asked := guidedTo(LaneStep, laned(waits), first)
		if _, deeds := lastAsked(asked...); len(deeds) != 0 {
			t.Errorf("%s: the desk is asked at once: %v", name, plain(deeds))
		}
		if _, deeds := lastAsked(append(asked, ticked(noon))...); !slices.Equal(deeds, []deed{laneFetch(2)}) {
			t.Errorf("%s: with the next tick the desk is asked %v", name, plain(deeds))
		}
		s := folded(append(asked, ticked(noon), laneNow{no: 2, lane: pictured(waits)})...)
		if len(s.lane().PNG) == 0 || s.Trouble != nil {
			t.Errorf("%s: when the picture has come the screen has %d bytes of it and says %v", name, len(s.lane().PNG), s.Trouble)
		}
	}
}

// Names come as characters from the system's input method, hanzi several at once; letters reach nothing elsewhere.
func TestANameThatIsTypedReachesTheField(t *testing.T) {
	c := newCounter(t)
	c.face.state = folded(guidedTo(AcceptStep, passed)...)
	for _, r := range "王小明" {
		c.key(r)
	}
	c.pass(1e9)
	for _, r := range "Li 2" {
		c.key(r)
		c.pass(1e9)
	}
	want := append(spelled("王小明Li "), pressed('2'))
	if !slices.Equal(c.posted, want) {
		t.Errorf("typing posts %v, want %v", c.posted, want)
	}
	c.face.state, c.posted = folded(sees(online())), nil
	c.key('L')
	c.pass(1e9)
	if len(c.posted) != 0 {
		t.Errorf("a letter on the sale posts %v", c.posted)
	}
}

// The whole guide, by the keys alone and by touch alone.
func TestTheGuideFromEndToEnd(t *testing.T) {
	for name, touch := range map[string]bool{"by keyboard": false, "by touch": true} {
		t.Run(name, func(t *testing.T) {
			s := openShop(t, &fakeDoor{setup: benchOf(), lane: pictured(laneOf(1, desk.LaneRunning))})
			k := keyboard{s}
			press := func(button string) {
				s.until("there is a button "+button, func() bool { return s.face.has(button) })
				if touch {
					test.Tap(s.face.buttons[button])
					return
				}
				i := slices.IndexFunc(s.face.state.choices(), func(c choice) bool { return c.name == button })
				if i < 0 {
					t.Fatalf("%s cannot be reached with the arrows: %+v", button, s.face.state.choices())
				}
				k.press(fyne.KeyHome)
				for range i {
					k.press(fyne.KeyRight)
				}
				k.press(fyne.KeyReturn)
			}
			s.sees(online())
			s.says("先输入金额")
			k.press(fyne.KeyF8)
			s.says("请输入 PIN")
			k.digits(rightPIN)
			press("pin ok")
			press("set up")
			s.says("慢 3 小时 12 分")
			press("step next")
			press("fit1")
			s.says("已保存")
			press("step next")
			s.says("还没有扫到任何码")
			s.door.events <- heardOf("/dev/ttyUSB0", "goods_barcode", "69****45", 13).(desk.Event)
			s.says("已读到")
			press("step next")
			press("lane begin")
			s.says("请扫这个码")
			v := online()
			l := laneOf(5, desk.LanePassed)
			v.Lane = &l
			s.sees(v)
			s.says("再测一次")
			press("step next")
			press("despite")
			if touch {
				press("letterW")
				press("letterX")
			} else {
				k.press(fyne.KeyHome)
				k.digits("WX")
			}
			s.says("WX")
			press("accept")
			s.says("T000017-1-61")
			var asked []string
			for _, one := range s.door.heard() {
				asked = append(asked, deedName(one))
			}
			if got, want := strings.Join(asked, " "), "checking examining fitting laneDeed acceptance"; got != want {
				t.Errorf("the desk was asked %q, want %q", got, want)
			}
		})
	}
}

func deedName(d any) string {
	if one, is := d.(deed); is {
		return name(one)
	}
	return "?"
}
