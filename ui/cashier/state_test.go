package cashier

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/ui"
)

func folded(events ...event) State { return scene("zh", events) }

var (
	redeemed = reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{})
	tooLow   = reply(voucher.Refused, voucher.BelowThreshold, 4200, 1000, ui.Details{Threshold: 5000})
	later    = reply(voucher.Final, voucher.OK, 9900, 1000, ui.Details{Replaced: true})
	laterBad = reply(voucher.Refused, voucher.AlreadyRedeemed, 9900, 1000, ui.Details{Replaced: true})
)

func TestAnAnswerStaysUntilSomebodyTouches(t *testing.T) {
	shown := []event{sees(online()), hears(redeemed)}
	for _, c := range []struct {
		name  string
		then  event
		stays bool
	}{
		{"a view that tells nothing new", sees(online()), true},
		{"a tick", ticked(noon.Add(time.Hour)), true},
		{"news of an earlier sale", hears(later), true},
		{"the other language", toggled{}, true},
		{"a digit", pressed('1'), false},
		{"a tap", touched{}, false},
		{"Escape", escaped{}, false},
		{"a scan into the window", scanned("HX1"), false},
		{"a scan of another scanner, while the hub is asked", sees(busy(online())), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := folded(append(shown, c.then)...).Shown != nil; got != c.stays {
				t.Errorf("still shown: %v, want %v", got, c.stays)
			}
		})
	}
}

func TestNewsOfEarlierSalesCoversNothing(t *testing.T) {
	s := folded(sees(online()), hears(tooLow), hears(later), hears(laterBad))
	if s.Shown == nil || s.Shown.Answer.Bill != 4200 {
		t.Fatalf("%+v is shown, want the answer to the customer who stands there", s.Shown)
	}
	if len(s.Later) != 2 {
		t.Fatalf("%d pieces of news, want 2", len(s.Later))
	}
	if s = s.with(pressed('5')); len(s.Later) != 1 || s.Later[0].Answer.Answer != voucher.Refused {
		t.Errorf("after a touch the news is %+v; only what went wrong must stay", s.Later)
	}
	if s = s.with(read{}); len(s.Later) != 0 {
		t.Error("news that was read is still there")
	}
}

func TestTheAmountShownIsTheDesksUnlessSomebodyTypes(t *testing.T) {
	typed58 := billed(online(), 5800, "typed")
	for _, c := range []struct {
		name   string
		events []event
		want   desk.Bill
	}{
		{"the POS sets it", []event{sees(billed(online(), 12350, "pos"))}, desk.Bill{Fen: 12350, Source: "pos"}},
		{"typed over the POS", []event{sees(billed(online(), 12350, "pos")), pressed('7')}, desk.Bill{Fen: 700, Source: "typed"}},
		{"an echo of an earlier key changes nothing", []event{sees(online()), pressed('5'), pressed('8'), sees(billed(online(), 500, "typed"))}, desk.Bill{Fen: 5800, Source: "typed"}},
		{"the same POS bill seen again does not wipe what is typed", []event{sees(billed(online(), 12350, "pos")), pressed('7'), sees(billed(online(), 12350, "pos"))}, desk.Bill{Fen: 700, Source: "typed"}},
		{"a new POS bill goes first", []event{sees(online()), pressed('7'), sees(billed(online(), 12350, "pos"))}, desk.Bill{Fen: 12350, Source: "pos"}},
		{"the desk ends the sale", []event{sees(online()), pressed('5'), pressed('8'), sees(typed58), hears(redeemed), sees(online())}, desk.Bill{}},
		{"the end of a sale does not wipe the next amount", []event{sees(online()), pressed('5'), pressed('8'), sees(typed58), hears(redeemed), pressed('9'), sees(online())}, desk.Bill{Fen: 900, Source: "typed"}},
		{"a refused sale keeps its amount", []event{sees(online()), pressed('5'), pressed('8'), sees(typed58), hears(tooLow), touched{}}, desk.Bill{Fen: 5800, Source: "typed"}},
		{"the agent comes back without the amount", []event{sees(online()), pressed('5'), lost, sees(online())}, desk.Bill{}},
		{"an amount that was not taken must not stand there", []event{sees(online()), pressed('5'), untaken{billTrouble, errors.New("no")}}, desk.Bill{}},
		{"nothing can be typed while the agent is away", []event{sees(online()), lost, ticked(noon.Add(time.Minute)), pressed('5')}, desk.Bill{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := folded(c.events...).Bill(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTheAgentIsGoneOnlyAfterAWhile(t *testing.T) {
	s := folded(sees(online()), lost)
	if s.Away() {
		t.Error("a break of no time at all fills the window")
	}
	if s = s.with(ticked(noon.Add(2 * time.Second))); !s.Away() {
		t.Error("two seconds without the agent are not told")
	}
	if s = s.with(sees(online())); s.Away() {
		t.Error("the agent is back and the window does not say so")
	}
}

func TestHoursAreTheCampaigns(t *testing.T) {
	there := time.FixedZone("", 5*60*60+45*60) // nobody's own zone
	v := online()
	until := noon.Add(time.Hour).In(there)
	v.Lease.Until = &until
	s := folded(sees(v))
	if got, want := s.at(v.Hub.Since), v.Hub.Since.In(there).Format("15:04"); !strings.HasSuffix(got, want) {
		t.Errorf("the hub is there since %s, want %s as the desk tells hours", got, want)
	}
}

func TestAnAnswerMissedInABreakIsShownAfterIt(t *testing.T) {
	v := online()
	v.Last = &redeemed
	late := ticked(noon.Add(2 * time.Minute))
	if s := folded(late, sees(v)); s.Shown != nil || s.Last == nil {
		t.Error("a window that has just been opened must show an old answer as the last one, not over the screen")
	}
	if s := folded(sees(v)); s.Shown == nil || !s.Shown.Before || s.Count != 0 {
		t.Error("an answer of the minute before the window was opened is not shown plainly as such")
	}
	if s := folded(sees(online()), lost, sees(v)); s.Shown == nil {
		t.Error("the answer given during the break is not shown")
	}
	if s := folded(sees(online()), hears(redeemed), touched{}, lost, sees(v)); s.Shown != nil {
		t.Error("an answer that was put away comes back after a break")
	}
}

func TestUndoingTakesTwoTouches(t *testing.T) {
	void := reply(voucher.Final, voucher.OK, 5800, 1000, ui.Details{Void: true})
	good := []event{sees(online()), hears(redeemed)}
	for _, c := range []struct {
		name    string
		events  []event
		undoing string
	}{
		{"one touch asks only", append(good, undo(Asked)), ""},
		{"the second does it", append(good, undo(Asked), undo(Sent)), "T000017-1-42"},
		{"not without the question", append(good, undo(Sent)), ""},
		{"no, keep it", append(good, undo(Asked), undo(NotAsked), undo(Sent)), ""},
		{"a tap beside the buttons means no", append(good, undo(Asked), touched{}, undo(Sent)), ""},
		{"a refusal cannot be undone", []event{sees(online()), hears(tooLow), undo(Asked), undo(Sent)}, ""},
		{"a sale that was brought back", append(good, touched{}, recall{}, undo(Asked), undo(Sent)), "T000017-1-42"},
		{"done", append(good, undo(Asked), undo(Sent), undone(void)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := folded(c.events...).Undoing; got != c.undoing {
				t.Errorf("asked the desk to undo %q, want %q", got, c.undoing)
			}
		})
	}
	if s := folded(append(good, undo(Asked), undo(Sent), undone(void))...); s.Shown == nil || !s.Shown.Voided {
		t.Error("the answer to undoing does not fill the window")
	}
	if s := folded(append(good, undo(Asked), undo(Sent), hears(tooLow), undone(void))...); s.Shown.Voided || len(s.Later) != 1 {
		t.Error("the answer to undoing covers the next customer's")
	}
}

func TestWhatTheDeskIsTold(t *testing.T) {
	start := folded(sees(billed(online(), 500, "pos")))
	for _, c := range []struct {
		name string
		e    event
		want []any
	}{
		{"a digit is a bill", pressed('7'), []any{desk.Bill{Fen: 700, Source: "typed"}}},
		{"the same sum typed over the POS's is a typed bill", pressed('5'), []any{desk.Bill{Fen: 500, Source: "typed"}}},
		{"clear clears it", pressed(Clear), []any{desk.Bill{Source: "typed"}}},
		{"Escape with no answer clears it", escaped{}, []any{desk.Bill{Source: "typed"}}},
		{"a scan is a scan", scanned("HX1"), []any{"HX1"}},
		{"a tap is nothing", touched{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, deeds := start.after(c.e)
			if got := plain(deeds); !slices.Equal(got, c.want) {
				t.Errorf("told %+v, want %+v", got, c.want)
			}
		})
	}
	s := start.with(pressed('7'))
	if _, deeds := s.after(pressed('.')); len(deeds) > 0 {
		t.Errorf("the point after 7 changes no sum, but the desk is told %+v", plain(deeds))
	}
}

// plain is what the desk is asked, so that it can be compared: bills and scans as the desk gets them.
func plain(deeds []deed) []any {
	var out []any
	for _, d := range deeds {
		switch e, in := d.(errand); {
		case in && e.bill != nil:
			out = append(out, *e.bill)
		case in && e.picture != nil:
			out = append(out, *e.picture)
		case in:
			out = append(out, e.scan)
		default:
			out = append(out, d)
		}
	}
	return out
}

func TestErrandsWait(t *testing.T) {
	one, two := desk.Bill{Fen: 500}, desk.Bill{Fen: 5800}
	l := line(nil).add(errand{bill: &one}).add(errand{bill: &two}).add(errand{scan: "HX1"}).add(errand{bill: &one})
	if len(l) != 3 || l[0].bill.Fen != 5800 || l[1].scan != "HX1" || l[2].bill.Fen != 500 {
		t.Errorf("got %+v; a bill replaces one that waits, and never passes a scan", l)
	}
}
