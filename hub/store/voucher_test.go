package store_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// In every case voucher 7, of 10 yuan, was issued in phase 1. T1's records count from 1.
func TestViewsTellHowAVoucherStands(t *testing.T) {
	const v = voucher.Serial(7)
	later := monday.AddDate(0, 0, 7)
	for _, c := range []struct {
		says  string
		story func(*world)
		now   time.Time
		state string
		by    string
		count int64 // what counts in all
	}{
		{"unused", func(w *world) {}, noon, "issued", "", 0},
		{"unused a moment before its phase ends", func(w *world) {}, later.Add(-time.Millisecond), "issued", "", 0},
		{"unused when its phase has ended", func(w *world) {}, later, "expired", "", 0},
		{"asked for and redeemed", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
		}, noon, "redeemed", "T1-1-1", 1},
		{"redeemed, and its phase has ended", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
		}, later, "redeemed", "T1-1-1", 1},
		{"asked for and rejected", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
		}, noon, "issued", "", 0},
		{"accepted offline", func(w *world) {
			w.sell("T1", voucher.Accept, v, voucher.Redeemed)
		}, noon, "redeemed", "T1-1-1", 1},
		{"accepted offline against the law", func(w *world) {
			w.sell("T1", voucher.Accept, v, voucher.Disputed)
		}, noon, "disputed", "T1-1-1", 0},
		{"disputed, and its phase has ended", func(w *world) {
			w.sell("T1", voucher.Accept, v, voucher.Disputed)
		}, later, "disputed", "T1-1-1", 0},
		{"accepted offline a second time: the first recorded wins", func(w *world) {
			w.sell("T2", voucher.Ask, v, voucher.Redeemed)
			w.sell("T1", voucher.Accept, v, voucher.Disputed)
		}, noon, "redeemed", "T2-1-1", 1},
		{"rejected, then redeemed elsewhere", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
			w.sell("T2", voucher.Ask, v, voucher.Redeemed)
		}, noon, "redeemed", "T2-1-1", 1},
		{"redeemed and shown late: the confirm is noted", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
			w.about("T1", voucher.Confirm, 1, voucher.Noted)
		}, noon, "redeemed", "T1-1-1", 1},
		{"rejected, but confirmed within the lease: redeemed by the ask", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
			w.about("T1", voucher.Confirm, 1, voucher.Redeemed)
		}, noon, "redeemed", "T1-1-1", 1},
		{"rejected, but the goods have left the shop", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
			w.about("T1", voucher.Confirm, 1, voucher.Disputed)
		}, noon, "disputed", "T1-1-1", 0},
		{"asked for and given up", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
			w.about("T1", voucher.Reverse, 1, voucher.Undone)
		}, noon, "issued", "", 0},
		{"given up, and its phase has ended", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
			w.about("T1", voucher.Reverse, 1, voucher.Undone)
		}, later, "expired", "", 0},
		{"given up and used again", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
			w.about("T1", voucher.Reverse, 1, voucher.Undone)
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
		}, noon, "redeemed", "T1-1-3", 1},
		{"given up twice: the second is noted", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Redeemed)
			w.about("T1", voucher.Reverse, 1, voucher.Undone)
			w.sell("T2", voucher.Ask, v, voucher.Redeemed)
			w.about("T1", voucher.Reverse, 1, voucher.Noted)
		}, noon, "redeemed", "T2-1-1", 1},
		{"void after an offline sale", func(w *world) {
			w.sell("T1", voucher.Accept, v, voucher.Redeemed)
			w.about("T1", voucher.Void, 1, voucher.Undone)
		}, noon, "issued", "", 0},
		{"void of a sale that a confirm redeemed", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
			w.about("T1", voucher.Confirm, 1, voucher.Redeemed)
			w.about("T1", voucher.Void, 1, voucher.Undone)
		}, noon, "issued", "", 0},
		{"void that names the confirm itself", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
			w.about("T1", voucher.Confirm, 1, voucher.Redeemed)
			w.about("T1", voucher.Void, 2, voucher.Undone)
		}, noon, "issued", "", 0},
		{"confirmed twice, then void", func(w *world) {
			w.sell("T1", voucher.Ask, v, voucher.Rejected)
			w.about("T1", voucher.Confirm, 1, voucher.Redeemed)
			w.about("T1", voucher.Confirm, 1, voucher.Noted)
			w.about("T1", voucher.Void, 1, voucher.Undone)
		}, noon, "issued", "", 0},
		{"void that came too late for a dispute", func(w *world) {
			w.sell("T1", voucher.Accept, v, voucher.Disputed)
			w.about("T1", voucher.Void, 1, voucher.Noted)
		}, noon, "disputed", "T1-1-1", 0},
		{"redeemed, then a lease surrendered", func(w *world) {
			w.sell("T1", voucher.Accept, v, voucher.Redeemed)
			w.received("T1", voucher.Record{Kind: voucher.Surrender, Lease: 1}, voucher.Outcome{Result: voucher.Noted})
		}, noon, "redeemed", "T1-1-1", 1},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := newWorld(t)
			w.issue(1, 1, v)
			c.story(w)
			s := w.caughtUp()
			got, err := s.Voucher(t.Context(), v, c.now)
			if err != nil {
				t.Fatal(err)
			}
			if want := (store.VoucherRow{ID: "0000000000000007", State: c.state, Tier: "supermarket-10", Phase: 1, Redemption: c.by}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			all, err := s.Summary(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			count := int64(0)
			for _, row := range all {
				count += row.Count
				if row.Count == 0 || row.Face != voucher.Fen(row.Count)*10_00 || row.Bill != voucher.Fen(row.Count)*60_00 {
					t.Errorf("sums do not go with the count: %+v", row)
				}
			}
			if count != c.count {
				t.Errorf("%d count, want %d", count, c.count)
			}
		})
	}
}

func TestAVoucherIsPrintedAsScriptsExpect(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 2, 0xfedcba9876543210)
	got, err := w.caughtUp().Voucher(t.Context(), 0xfedcba9876543210, noon)
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(got)
	if want := `{"id":"fedcba9876543210","state":"issued","tier":"dining-20","phase":1,"redemption":""}`; err != nil || string(line) != want {
		t.Errorf("got %s, %v", line, err)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	s := newWorld(t).caughtUp()
	_, noVoucher := s.Voucher(t.Context(), 1, noon)
	_, noTerminal := s.Terminal(t.Context(), "T9")
	_, noMerchant := s.Merchant(t.Context(), "M9")
	_, noCase := s.Case(t.Context(), 9)
	for _, err := range []error{noVoucher, noTerminal, noMerchant, noCase} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
}
