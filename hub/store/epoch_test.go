package store_test

import (
	"testing"

	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestATerminalIsSeenInItsNewestEpoch(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1)
	w.sell("T1", voucher.Ask, 1, voucher.Redeemed)
	w.add(&ledger.Entry{Began: &ledger.EpochBegan{Terminal: "T1", Epoch: 3}})
	w.add(&ledger.Entry{Began: &ledger.EpochBegan{Terminal: "T1", Epoch: 2}}) // a copy's
	raw, err := wire.Marshal(voucher.Lease{Terminal: "T1", Epoch: 3, Serial: 7, Count: 5})
	if err != nil {
		t.Fatal(err)
	}
	w.add(&ledger.Entry{Found: &ledger.LeaseFound{Raw: raw}})
	got, err := w.caughtUp().Terminal(t.Context(), "T1")
	if err != nil || got.Epoch != 3 || got.Records != 0 || got.Lease != 7 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestARecordThatNobodyCanReadIsSeen(t *testing.T) {
	w := newWorld(t)
	id := voucher.RedemptionID{Terminal: "T1", Epoch: 1, Number: 1}
	w.add(&ledger.Entry{Case: &ledger.CaseOpened{Number: 1, Kind: voucher.Breach, Terminal: "T1", Record: id, Reason: voucher.Unreadable}})
	w.add(&ledger.Entry{Received: &ledger.RecordReceived{Raw: []byte("junk"), Merchant: "M1",
		Outcome: voucher.Outcome{ID: id, Result: voucher.Disputed, Reason: voucher.Unreadable, Case: 1, At: noon.UnixMilli()}}})
	w.heads["T1"], w.last["T1"] = wire.Hash([]byte("junk")), 1
	w.about("T1", voucher.Void, 1, voucher.Noted)
	w.add(&ledger.Entry{Case: &ledger.CaseOpened{Number: 2, Kind: voucher.Fork, Terminal: "T1", Record: id, Raw: []byte("more junk")}})
	s := w.caughtUp()
	c, err := s.Case(t.Context(), 1)
	if err != nil || c.Reason != "unreadable_record" || len(c.Evidence) == 0 || c.Evidence[0].Kind != "unreadable" {
		t.Fatalf("%+v, %v", c, err)
	}
	if c, err = s.Case(t.Context(), 2); err != nil || len(c.Strays) != 1 || c.Strays[0].Kind != "unreadable" {
		t.Fatalf("%+v, %v", c, err)
	}
	if all, err := s.Redemptions(t.Context(), store.Filter{}); err != nil || len(all) > 2 {
		t.Fatalf("%+v, %v", all, err)
	}
}

// A hub that lost its book takes over what an ack proves; an undoing whose sale could not be taken over undoes nothing.
func TestAProvenUndoingOfNothing(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1)
	w.sell("T1", voucher.Ask, 1, voucher.Disputed)
	r := voucher.Record{ID: voucher.RedemptionID{Terminal: "T1", Epoch: 1, Number: 2}, Prev: w.heads["T1"], Kind: voucher.Void, Of: 1, At: noon.UnixMilli()}
	raw, err := wire.EncodeRecord(&r)
	if err != nil {
		t.Fatal(err)
	}
	w.add(&ledger.Entry{Received: &ledger.RecordReceived{Raw: raw, Merchant: "M1", Proven: true, Outcome: voucher.Outcome{ID: r.ID, Result: voucher.Undone, At: noon.UnixMilli()}}})
	if v, err := w.caughtUp().Voucher(t.Context(), 1, noon); err != nil || v.State != "disputed" {
		t.Fatalf("%+v, %v", v, err)
	}
}

// A proven record that had to do without its voucher counts from when it got it.
func TestAProvenRecordThatLacksItsVoucher(t *testing.T) {
	prove := func(w *world, r voucher.Record, o voucher.Outcome) voucher.RedemptionID {
		w.last["T1"]++
		r.ID, r.Prev, r.At = voucher.RedemptionID{Terminal: "T1", Epoch: 1, Number: w.last["T1"]}, w.heads["T1"], noon.UnixMilli()
		raw, err := wire.EncodeRecord(&r)
		if err != nil {
			t.Fatal(err)
		}
		w.heads["T1"], o.ID, o.At = wire.Hash(raw), r.ID, noon.UnixMilli()
		w.add(&ledger.Entry{Received: &ledger.RecordReceived{Raw: raw, Merchant: "M1", Outcome: o, Proven: true, Lacks: o.Result == voucher.Redeemed}})
		return r.ID
	}
	for _, c := range []struct {
		name  string
		lacks func(w *world) voucher.RedemptionID // the record that lacks it, of sale 1
	}{
		{"an ask", func(w *world) voucher.RedemptionID {
			return prove(w, voucher.Record{Kind: voucher.Ask, Sale: sale(1, 1)}, voucher.Outcome{Result: voucher.Redeemed})
		}},
		{"a confirm", func(w *world) voucher.RedemptionID {
			prove(w, voucher.Record{Kind: voucher.Ask, Sale: sale(1, 1)}, voucher.Outcome{Result: voucher.Rejected, Reason: voucher.OutOfStock})
			return prove(w, voucher.Record{Kind: voucher.Confirm, Of: 1}, voucher.Outcome{Result: voucher.Redeemed})
		}},
	} {
		for _, taken := range []bool{false, true} {
			w := newWorld(t)
			w.issue(1, 1, 1)
			id := c.lacks(w)
			want := int64(0)
			if taken {
				want = 1
				w.add(&ledger.Entry{Amended: &ledger.SaleAmended{Record: id, Units: ledger.FromVoucher}})
			} else {
				of := id
				of.Number = 1
				w.add(&ledger.Entry{Case: &ledger.CaseOpened{Number: 1, Kind: voucher.Conflict, Terminal: "T1", Record: of, Reason: voucher.AlreadyRedeemed, Sale: sale(1, 1)}})
			}
			s := w.caughtUp()
			m, err := s.Merchant(t.Context(), "M1")
			v, err2 := s.Voucher(t.Context(), 1, noon)
			if err != nil || err2 != nil || m.Redeemed != want || (v.State == "redeemed") != taken || (v.Redemption == "T1-1-1") != taken {
				t.Fatalf("%s: %v %v %+v %+v", c.name, err, err2, m, v)
			}
			if row, err := s.Case(t.Context(), 1); !taken && (err != nil || row.Voucher != "0000000000000001" || row.Face != 10_00) {
				t.Fatalf("%s: %+v, %v", c.name, row, err)
			}
		}
	}
}
