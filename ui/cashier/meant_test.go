package cashier

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hexiao/agent/desk"
	"hexiao/ui"
)

// Whatever is typed, touched, scanned and told, in any order: the desk is asked for exactly what was meant. The oracle is
// the screen: a sale is voided by the button that says so, under the number that was written there, and by nothing else; a
// scan is a scan and nothing else is; an amount that is sent is the one that stands there.
func TestTheDeskIsAskedForWhatWasMeant(t *testing.T) {
	c := &rig{counter: newCounter(t)}
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

func (c *rig) judge(t *rapid.T, before State, d did) {
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
		case listing, reckoning, remembering, examining, seeing, laneFetch: // they change nothing
		default:
			c.ordered(t, before, d, one)
		}
	}
	c.missed(t, before, d)
	c.scanned(t, before, d, scans)
	c.billed(t, before, d, bills)
}

// ordered judges what changes something for good.
func (c *rig) ordered(t *rapid.T, before State, d did, one deed) {
	allowed := map[string]bool{}
	written := ""
	switch one := one.(type) {
	case voiding:
		allowed["undo yes"], written = true, string(one)
	case printing: // by the button or its key, and the sale's number stands on the screen
		allowed["print"], allowed["lane print"], written = true, true, string(one)
		allowed[""] = d.kind == "page" && strings.Contains(d.screen, "F6")
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
	case fitting:
		allowed[d.button] = strings.HasPrefix(d.button, "fit") && before.Page == GuidePage && one.pin == rightPIN
	case laneDeed:
		allowed["lane begin"], allowed["lane end"] = bool(one), !bool(one)
	case acceptance:
		allowed["accept"], written = one.PIN == rightPIN && before.lane().Ready, before.Guide.Name
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
func (c *rig) missed(t *rapid.T, before State, d did) {
	asked := func(is func(deed) bool) bool { return slices.ContainsFunc(c.asked, is) }
	switch {
	case d.button == "undo yes" && before.Undoing == "" && !asked(func(d deed) bool { _, is := d.(voiding); return is }):
		t.Fatalf("yes was said to voiding, and nothing was voided; the screen was\n%s", d.screen)
	case d.button == "close yes" && before.Order == nil && !asked(func(d deed) bool { _, is := d.(shutting); return is }):
		t.Fatalf("yes was said to closing, and nothing was closed; the screen was\n%s", d.screen)
	}
}

func (c *rig) scanned(t *rapid.T, before State, d did, got []string) {
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

func (c *rig) billed(t *rapid.T, before State, d did, got []desk.Bill) {
	field := !before.pinned() && !before.seeking() && (before.Page != GuidePage || before.Shown != nil) && !before.Away() && before.Heard
	typing := (d.kind == "digit" || d.kind == "key" || isKey(d.button)) && field
	playing := strings.HasPrefix(d.button, "play ") && before.playable()
	clearing := d.button == "no bill"
	if len(got) > 0 && !typing && !playing && !clearing {
		t.Fatalf("%+v sent the amounts %v; the page was %d", d, got, before.Page)
	}
	if n := len(got); n > 0 && !clearing { // the guide shows no amount of nothing
		said, faint := figures(c.state.Entry, got[n-1].Fen, c.state.Lang)
		if screen := c.look(); got[n-1] != c.state.Bill() || !strings.Contains(screen, said+"\n") || !strings.Contains(screen, faint) {
			t.Fatalf("%+v sent %v, and the screen says\n%s", d, got, screen)
		}
	}
	if typing && c.state.Bill() != before.Bill() && len(got) == 0 {
		t.Fatalf("%+v changed the amount from %v to %v, and the desk was not told", d, before.Bill(), c.state.Bill())
	}
}
