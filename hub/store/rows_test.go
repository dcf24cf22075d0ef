package store_test

import (
	"reflect"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestAMerchantIsSeenAsItWasLastSet(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1, 2)
	w.sell("T1", voucher.Ask, 1, voucher.Redeemed)
	w.sell("T1", voucher.Accept, 2, voucher.Redeemed)
	m := voucher.Merchant{Code: "M1", Name: "民生超市", Trade: voucher.Supermarket, Township: "露峰街道", USCC: "91350100M000100Y43",
		Place: &voucher.Place{Lat: 33.739512, Lon: 112.906001}, Open: "07:00", Close: "26:00", Status: voucher.MerchantSuspended}
	w.now = noon.Add(time.Hour)
	w.add(&ledger.Entry{Merchant: &ledger.MerchantSet{Merchant: m, Reason: "复查"}})
	s := w.caughtUp()
	got, err := s.Merchant(t.Context(), "M1")
	want := store.MerchantRow{Merchant: m, Reason: "复查", Changed: w.now.UTC(), Terminals: 1, Redeemed: 2, Face: 20_00}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	all, err := s.Merchants(t.Context())
	if err != nil || len(all) != 2 || !reflect.DeepEqual(all[0], want) || all[1].Code != "M2" || all[1].Place != nil || all[1].Redeemed != 0 {
		t.Errorf("all: %+v, %v", all, err)
	}
}

func TestATerminalIsSeenWithItsNewestRecordAndLease(t *testing.T) {
	w := newWorld(t)
	grant := func(serial uint32, count uint64) {
		raw, err := wire.Marshal(voucher.Lease{Terminal: "T1", Epoch: 1, Serial: serial, Granted: w.now.UnixMilli(), Until: w.now.Add(24 * time.Hour).UnixMilli(), Count: count, Sum: voucher.Fen(count) * 10_00, Face: 50_00})
		if err != nil {
			t.Fatal(err)
		}
		w.add(&ledger.Entry{Lease: &ledger.LeaseGranted{Raw: raw, Sig: []byte{1}}})
	}
	enrolled := w.now
	grant(1, 100)
	w.now = noon.Add(time.Hour)
	grant(2, 130)
	w.sell("T1", voucher.Ask, 1, voucher.Rejected)
	w.sell("T1", voucher.Ask, 1, voucher.Rejected)
	received := w.now
	w.now = noon.Add(2 * time.Hour)
	w.add(&ledger.Entry{State: &ledger.TerminalSet{ID: "T1", State: voucher.TerminalFrozen, Reason: "two chains"}})
	s := w.caughtUp()
	got, err := s.Terminal(t.Context(), "T1")
	want := store.TerminalRow{ID: "T1", Merchant: "M1", State: voucher.TerminalFrozen, Reason: "two chains", Version: "1.0", Enrolled: enrolled.UTC(), Epoch: 1, Records: 2,
		LastRecord: received.UTC(), Lease: 2, LeaseUntil: received.Add(24 * time.Hour).UTC(), LeaseCount: 130, LeaseSum: 1300_00}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	all, err := s.Terminals(t.Context())
	if err != nil || len(all) != 2 || !reflect.DeepEqual(all[0], want) || all[1].ID != "T2" || !all[1].LastRecord.IsZero() || all[1].Lease != 0 {
		t.Errorf("all: %+v, %v", all, err)
	}
}

func TestACaseIsSeenWithItsEvidence(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1)
	winner := w.sell("T2", voucher.Ask, 1, voucher.Redeemed)
	loser := voucher.RedemptionID{Terminal: "T1", Epoch: 1, Number: 1}
	w.add(&ledger.Entry{Case: &ledger.CaseOpened{Number: 1, Kind: voucher.Conflict, Terminal: "T1", Record: loser, Winner: winner, Reason: voucher.AlreadyRedeemed}})
	w.received("T1", voucher.Record{Kind: voucher.Accept, Sale: sale(1, 1), Lease: 3}, voucher.Outcome{Result: voucher.Disputed, Reason: voucher.AlreadyRedeemed, Winner: winner, Case: 1})
	for range 2 {
		stray, err := wire.EncodeRecord(&voucher.Record{ID: loser, Kind: voucher.Accept, Sale: sale(99, 1), At: noon.UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		w.add(&ledger.Entry{Case: &ledger.CaseOpened{Number: 2, Kind: voucher.Fork, Terminal: "T1", Record: loser, Reason: voucher.TerminalIsFrozen, Raw: stray}})
		w.now = w.now.Add(time.Minute)
	}
	s := w.caughtUp()

	first, err := s.Case(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := (store.CaseRow{Number: 1, Kind: "conflict", Terminal: "T1", Record: "T1-1-1", Winner: "T2-1-1", Reason: "already_redeemed", Opened: noon.UTC(), Records: 1,
		Merchant: "M1", State: "open", Voucher: "0000000000000001", Tier: "supermarket-10", Face: 10_00}); first.CaseRow != want {
		t.Errorf("got %+v, want %+v", first.CaseRow, want)
	}
	if len(first.Evidence) != 2 || first.Evidence[0].ID != "T1-1-1" || first.Evidence[0].Case != 1 || first.Evidence[0].Lease != 3 || first.Evidence[1].ID != "T2-1-1" || len(first.Strays) != 0 {
		t.Errorf("evidence: %+v", first)
	}
	second, err := s.Case(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if second.Kind != "fork" || second.Records != 2 || !second.Opened.Equal(noon) || len(second.Evidence) != 0 {
		t.Errorf("got %+v", second)
	}
	if len(second.Strays) != 2 || second.Strays[0].ID != "T1-1-1" || second.Strays[0].Voucher != "0000000000000063" || second.Strays[0].Kind != "accept" {
		t.Errorf("strays: %+v", second.Strays)
	}
	all, err := s.Cases(t.Context())
	if err != nil || len(all) != 2 || all[0] != first.CaseRow || all[1] != second.CaseRow {
		t.Errorf("all: %+v, %v", all, err)
	}
}

func TestARecordIsSeenWhole(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 5)
	till := noon.Add(-3 * time.Hour)
	sold := sale(5, 1)
	sold.Source = voucher.BillOfDisplay
	w.received("T1", voucher.Record{Kind: voucher.Accept, Sale: sold, Lease: 2, At: till.UnixMilli()}, voucher.Outcome{Result: voucher.Redeemed})
	w.about("T1", voucher.Void, 1, voucher.Undone)
	s := w.caughtUp()
	got, err := s.Redemptions(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	accept := store.RecordRow{Position: got[0].Position, ID: "T1-1-1", Kind: "accept", Merchant: "M1", Voucher: "0000000000000005", Phase: 1, Tier: "supermarket-10", Bill: 60_00, Source: "display", Face: 10_00,
		Order: "O-1", Lease: 2, Result: "redeemed", Reason: "ok", TillTime: till.UTC(), HubTime: noon.UTC(), Day: "2023-12-11", UndoneBy: "T1-1-2"}
	void := accept
	void.Position, void.ID, void.Kind, void.About, void.Lease, void.Result, void.TillTime, void.UndoneBy = accept.Position+1, "T1-1-2", "void", 1, 0, "undone", noon.UTC(), ""
	if len(got) != 2 || got[0] != accept || got[1] != void {
		t.Errorf("got %+v\nwant %+v\nand %+v", got, accept, void)
	}
}

func TestRecordsAreFoundByDayTerminalAndMerchant(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1, 2, 3, 4)
	w.sell("T1", voucher.Ask, 1, voucher.Redeemed)
	w.sell("T2", voucher.Ask, 2, voucher.Redeemed)
	w.sell("T2", voucher.Ask, 2, voucher.Rejected)
	w.now = noon.AddDate(0, 0, 1)
	w.sell("T1", voucher.Ask, 3, voucher.Redeemed)
	w.sell("T2", voucher.Ask, 4, voucher.Redeemed)
	s := w.caughtUp()
	for _, c := range []struct {
		says string
		f    store.Filter
		want []string
	}{
		{"all", store.Filter{}, []string{"T1-1-1", "T2-1-1", "T2-1-2", "T1-1-2", "T2-1-3"}},
		{"of a day", store.Filter{Day: "2023-12-12"}, []string{"T1-1-2", "T2-1-3"}},
		{"of a terminal", store.Filter{Terminal: "T1"}, []string{"T1-1-1", "T1-1-2"}},
		{"of a merchant", store.Filter{Merchant: "M2"}, []string{"T2-1-1", "T2-1-2", "T2-1-3"}},
		{"of a merchant and a day", store.Filter{Merchant: "M2", Day: "2023-12-11"}, []string{"T2-1-1", "T2-1-2"}},
		{"that count, of a merchant and a day", store.Filter{Merchant: "M2", Day: "2023-12-11", Counted: true}, []string{"T2-1-1"}},
		{"of another day", store.Filter{Day: "2023-12-13"}, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			for _, page := range []int{0, 1, 2} {
				if got := pages(t, s, c.f, page); !reflect.DeepEqual(got, c.want) {
					t.Errorf("in pages of %d: %v, want %v", page, got, c.want)
				}
			}
		})
	}
}

// pages asks for one page after the other.
func pages(t *testing.T, s *store.Store, f store.Filter, limit int) (ids []string) {
	t.Helper()
	for f.Limit = limit; ; {
		page, err := s.Redemptions(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			ids = append(ids, r.ID)
			f.After = r.Position
		}
		if limit > 0 && len(page) > limit {
			t.Fatalf("a page of %d rows", len(page))
		}
		if len(page) == 0 || limit == 0 {
			return ids
		}
	}
}

// A day is the campaign's, and of the instant that the law judged at.
func TestTheDayARecordCountsFor(t *testing.T) {
	midnight := monday.AddDate(0, 0, 1)
	for _, c := range []struct {
		says            string
		kind            voucher.Kind
		till, heard, at time.Time
		day             string
	}{
		{"an ask is of the hub's day", voucher.Ask, midnight.Add(-time.Minute), time.Time{}, midnight, "2023-12-12"},
		{"an ask just before midnight in the county", voucher.Ask, midnight, time.Time{}, midnight.Add(-time.Millisecond), "2023-12-11"},
		{"an offline sale is of the till's day", voucher.Accept, midnight.Add(-time.Minute), monday, midnight.Add(time.Hour), "2023-12-11"},
		{"a till whose clock is behind what it heard", voucher.Accept, midnight.Add(-time.Hour), midnight, midnight.Add(time.Hour), "2023-12-12"},
		{"a till whose clock is ahead", voucher.Accept, midnight.AddDate(1, 0, 0), monday, midnight.Add(-time.Hour), "2023-12-11"},
	} {
		t.Run(c.says, func(t *testing.T) {
			w := newWorld(t)
			w.issue(1, 1, 1)
			w.now = c.at
			heard := int64(0)
			if !c.heard.IsZero() {
				heard = c.heard.UnixMilli()
			}
			w.received("T1", voucher.Record{Kind: c.kind, Sale: sale(1, 1), At: c.till.UnixMilli(), Heard: heard}, voucher.Outcome{Result: voucher.Redeemed})
			got, err := w.caughtUp().Summary(t.Context(), "M1", c.day)
			if want := []store.SummaryRow{{Merchant: "M1", Day: c.day, Tier: "supermarket-10", Count: 1, Face: 10_00, Bill: 60_00}}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestWhatIsUndoneLaterIsTakenFromTheDayItCountedFor(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1, 2)
	w.sell("T1", voucher.Ask, 1, voucher.Redeemed)
	w.sell("T1", voucher.Ask, 2, voucher.Redeemed)
	w.now = noon.AddDate(0, 0, 1)
	w.about("T1", voucher.Void, 1, voucher.Undone)
	got, err := w.caughtUp().Summary(t.Context(), "", "")
	if want := []store.SummaryRow{{Merchant: "M1", Day: "2023-12-11", Tier: "supermarket-10", Count: 1, Face: 10_00, Bill: 60_00}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestACampaignAppliedAgainIsTheOneInForce(t *testing.T) {
	w := newWorld(t)
	w.issue(1, 1, 1)
	moved := campaign().Moved(monday.AddDate(0, 1, 0))
	moved.Revision = 2
	w.add(&ledger.Entry{Campaign: &ledger.CampaignApplied{Campaign: moved}})
	got, err := w.caughtUp().Voucher(t.Context(), 1, monday.AddDate(0, 0, 20))
	if err != nil || got.State != "issued" {
		t.Errorf("after its phase was moved: %+v, %v", got, err)
	}
}

func TestAnEmptyBookGivesEmptyViews(t *testing.T) {
	w := emptyWorld(t)
	s := w.caughtUp()
	all, err := s.Redemptions(t.Context(), store.Filter{})
	if err != nil || len(all) != 0 || s.Position() != book.Position(0) {
		t.Errorf("got %+v, %v, at %d", all, err, s.Position())
	}
}
