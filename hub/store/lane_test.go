package store_test

import (
	"slices"
	"testing"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// A lane test is in the views to be looked at, and in none of their sums; its void leaves it used.
func TestALaneTestIsShownAndNotCounted(t *testing.T) {
	w := newWorld(t)
	lane := voucher.NewLane(1, 1, "T1", noon.Add(time.Hour), 9)
	w.add(&ledger.Entry{Lane: &ledger.LaneIssued{Terminal: "T1", Serial: lane.Serial}})
	s := w.caughtUp()
	standing := func(now time.Time, state, by string) {
		t.Helper()
		v, err := s.Voucher(t.Context(), lane.Serial, now)
		if err != nil || v.State != state || v.Redemption != by || v.Tier != voucher.LaneTierID {
			t.Errorf("%+v, %v; want %s by %q", v, err, state, by)
		}
	}
	standing(noon.Add(59*time.Minute), "issued", "")
	standing(noon.Add(time.Hour), "expired", "")
	id := w.received("T1", voucher.Record{Kind: voucher.Ask, Sale: &voucher.Redemption{Voucher: lane}}, voucher.Outcome{Result: voucher.Redeemed})
	w.write()
	catchUp(t, s, w.book)
	standing(noon.Add(2*time.Hour), "redeemed", id.String())
	void := w.about("T1", voucher.Void, id.Number, voucher.Undone)
	w.write()
	catchUp(t, s, w.book)
	standing(noon.Add(2*time.Hour), "redeemed", id.String())
	records, err := s.Redemptions(t.Context(), store.Filter{})
	if err != nil || len(records) != 2 || records[0].Counted || records[0].Tier != voucher.LaneTierID || records[0].UndoneBy != void.String() || records[1].Tier != voucher.LaneTierID {
		t.Errorf("%+v, %v", records, err)
	}
	if counted, err := s.Redemptions(t.Context(), store.Filter{Counted: true}); err != nil || len(counted) != 0 {
		t.Errorf("counted: %+v, %v", counted, err)
	}
	if sums, err := s.Summary(t.Context(), "", ""); err != nil || len(sums) != 0 {
		t.Errorf("summed: %+v, %v", sums, err)
	}
}

func TestHandoversAreShownAsTheyWereMade(t *testing.T) {
	w := newWorld(t)
	hand := func(at voucher.TerminalID, who string, result voucher.Result) voucher.RedemptionID {
		w.now = w.now.Add(time.Minute)
		return w.received(at, voucher.Record{Kind: voucher.Handed, Handover: &voucher.Handover{Technician: who, Note: "备注", Version: "1.2", System: "linux/amd64",
			Lane: voucher.RedemptionID{Terminal: at, Epoch: 1, Number: 7}, Checks: []voucher.Check{{Check: "disk", State: "ok"}}}}, voucher.Outcome{Result: result})
	}
	hand("T1", "王工", voucher.Noted)
	second := hand("T1", "李工", voucher.Noted)
	at := w.now
	hand("T1", "骗子", voucher.Rejected)
	hand("T2", "王工", voucher.Rejected)
	many := w.received("T2", voucher.Record{Kind: voucher.Handed, Handover: &voucher.Handover{Technician: "骗子", Lane: voucher.RedemptionID{Terminal: "T2", Epoch: 1, Number: 7}}},
		voucher.Outcome{Result: voucher.Rejected, Reason: voucher.LaneLimit})
	s := w.caughtUp()
	all, err := s.Handovers(t.Context(), "")
	if err != nil || len(all) != 4 {
		t.Fatalf("%+v, %v", all, err)
	}
	one, err := s.Handovers(t.Context(), "T1")
	if err != nil || len(one) != 3 {
		t.Fatalf("%+v, %v", one, err)
	}
	if h := one[1]; h.ID != second.String() || h.Technician != "李工" || h.Note != "备注" || h.Lane != "T1-1-7" || !h.Honoured || len(h.Checks) != 1 || h.Merchant != "M1" || !h.HubTime.Equal(at) {
		t.Errorf("%+v", h)
	}
	if one[2].Honoured {
		t.Error("one that names no lane test is honoured")
	}
	if kept, err := s.Redemptions(t.Context(), store.Filter{Terminal: "T2"}); err != nil || !slices.ContainsFunc(kept, func(r store.RecordRow) bool { return r.ID == many.String() }) {
		t.Errorf("one too many of its day is no record: %+v, %v", kept, err)
	}
	rows, err := s.Terminals(t.Context())
	if err != nil || !rows[0].Accepted.Equal(at) || !rows[1].Accepted.IsZero() {
		t.Errorf("%+v, %v", rows, err)
	}
}

// A false till that has seen a customer's voucher writes its serial into an acceptance of a lane voucher, and the other way round:
// neither is said to be used.
func TestALaneVoucherInNameOnlyUsesNoOther(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 7)
	lane := voucher.NewLane(1, 1, "T1", noon.Add(time.Hour), 9)
	w.add(&ledger.Entry{Lane: &ledger.LaneIssued{Terminal: "T1", Serial: lane.Serial}})
	posing := lane
	posing.Serial = 7
	for _, sold := range []*voucher.Redemption{{Voucher: posing, Bill: 58_00}, sale(lane.Serial, 1)} {
		w.received("T2", voucher.Record{Kind: voucher.Accept, Sale: sold}, voucher.Outcome{Result: voucher.Disputed, Reason: voucher.UnknownVoucher, Case: 1})
	}
	s := w.caughtUp()
	for _, serial := range []voucher.Serial{7, lane.Serial} {
		if v, err := s.Voucher(t.Context(), serial, noon); err != nil || v.State != "issued" || v.Redemption != "" {
			t.Errorf("%+v, %v", v, err)
		}
	}
}
