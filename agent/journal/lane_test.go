package journal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func handover(lane uint64) voucher.Handover {
	return voucher.Handover{Technician: "王工", Note: "新装", Version: "v", System: "linux/amd64",
		Lane: voucher.RedemptionID{Terminal: till, Epoch: 1, Number: lane}, Checks: []voucher.Check{{Check: "disk", State: "ok"}}}
}

func TestAHandoverIsARecordThatOutlivesTheProgram(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 5))
	if _, there := j.Handed(); there {
		t.Fatal("there is one before there was any")
	}
	accept(t, j, 1)
	must(t, j.Handover(handover(1)))
	accept(t, j, 2)
	for range 2 {
		h, there := j.Handed()
		if !there || h.Technician != "王工" || h.ID.Number != 2 || h.Outcome != nil || h.Lane.Number != 1 {
			t.Fatalf("%+v, %v", h, there)
		}
		if s := j.State(); s.Last != 3 || s.Queued != 3 || s.Used.Count != 2 {
			t.Fatalf("%+v", s)
		}
		must(t, j.Verify())
		must(t, j.Close())
		j = open(t, dir, newPC().options())
	}
	told := 0
	j.OnSettled(func([]journal.Sale) { told++ })
	settle(t, j, 2, word(2, voucher.Noted, voucher.OK))
	if h, _ := j.Handed(); told != 1 || h.Outcome == nil || h.Outcome.Result != voucher.Noted {
		t.Errorf("told %d times of %+v", told, h)
	}
	var out bytes.Buffer
	must(t, j.Export(&out))
	if text := out.String(); strings.Count(text, `"kind":"handover"`) != 1 || !strings.Contains(text, `"technician":"王工"`) || !strings.Contains(text, `"lane":"`+string(till)+`-1-1"`) {
		t.Errorf("exported as %s", text)
	}
	must(t, j.Handover(handover(3)))
	if h, _ := j.Handed(); h.ID.Number != 4 || h.Outcome != nil {
		t.Errorf("the newest is %+v", h)
	}
}

func TestAHandoverThatIsNotWholeIsNotRecorded(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	h := handover(1)
	h.Technician = "a\x1b[2J"
	if err := j.Handover(h); !errors.Is(err, wire.ErrFrame) || j.State().Last != 0 {
		t.Errorf("%v, %+v", err, j.State())
	}
}

func TestAHandoverOfLongAgoIsLetGo(t *testing.T) {
	pc := newPC()
	dir := t.TempDir()
	j := open(t, dir, pc.options())
	adopt(t, j, lawBody(1, voucher.AtClaim))
	must(t, j.Handover(handover(1)))
	settle(t, j, 1, wordAt(1, voucher.Noted, pc.wall))
	j = later(t, dir, j, pc, 31*day)
	if h, there := j.Handed(); there || j.State().Base != 1 {
		t.Errorf("%+v, base %d", h, j.State().Base)
	}
}

func TestWishesForALaneVoucher(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	told := 0
	j.OnLaw(func() { told++ })
	give := func(code string) { must(t, j.AdoptLane(wire.LaneBody{Terminal: till, Code: code})) }
	give("early") // nobody asked
	j.WantLane()
	if came, _ := j.Lane(); came != nil || j.LaneWish() != 1 || told != 0 {
		t.Fatalf("%+v, told %d times", came, told)
	}
	give("one")
	give("two") // late, and for nobody
	if came, _ := j.Lane(); came == nil || came.Code != "one" || j.LaneWish() != 0 || told != 1 {
		t.Fatalf("%+v, told %d times", came, told)
	}
	j.FaceLanes(true)
	j.FaceLanes(true)
	if _, known := j.Lane(); !known || told != 2 {
		t.Errorf("told %d times", told)
	}
	j.WantLane()
	if came, _ := j.Lane(); came != nil || j.LaneWish() != 2 {
		t.Errorf("a new wish has the old answer: %+v", came)
	}
	j.DropLane()
	if j.LaneWish() != 0 {
		t.Error("it is still wanted")
	}
}
