package office

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// sees gives what the detector sees of the street's book but claims: kind, voucher, minutes since nine when it happened and
// when it arrived, and whether without a line.
func (s *street) sees() string {
	s.t.Helper()
	nine := time.Date(2023, 12, 11, 9, 0, 0, 0, china).Unix()
	var all []string
	v := NewEvents(nil, func(g *Sight) {
		if g.Kind != cashout.Claim {
			all = append(all, fmt.Sprintf("%s %s %d-%d %t", streamTypes[g.Kind], g.Redemption, (g.Time-nine)/60, (g.Arrived-nine)/60, g.Offline))
		}
	})
	last, head := s.Book.Head()
	s.must(v.Read(s.t.Context(), &until{s.Book, last, head}))
	return strings.Join(all, "; ")
}

func (s *street) pass(minutes int) { s.now.Add(int64(minutes) * 60_000) }

func TestWhatTheDetectorSeesOfSales(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(s *street, a, b *streetTill)
		sees string
	}{
		{"a sale with a line", func(s *street, a, b *streetTill) { a.ask(s); a.send() }, "redeem T000001-1-1 0-0 false"},
		{"one that was refused", func(s *street, a, b *streetTill) {
			sale := s.plain()
			sale.Bill = 49_99
			a.record(voucher.Record{Kind: voucher.Ask, Sale: sale})
			a.send()
		}, ""},
		{"one that comes two hours after it was taken", func(s *street, a, b *streetTill) {
			a.record(voucher.Record{Kind: voucher.Accept, Sale: s.plain(), Lease: 1})
			s.pass(120)
			a.send()
		}, "redeem T000001-1-1 0-120 true"},
		{"a void while there is a line", func(s *street, a, b *streetTill) {
			n := a.ask(s)
			a.send()
			s.pass(5)
			a.record(voucher.Record{Kind: voucher.Void, Of: n})
			a.send()
		}, "redeem T000001-1-1 0-0 false; void T000001-1-1 5-5 false"},
		{"a void that comes later", func(s *street, a, b *streetTill) {
			n := a.ask(s)
			a.send()
			s.pass(5)
			a.record(voucher.Record{Kind: voucher.Void, Of: n})
			s.pass(10)
			a.send()
		}, "redeem T000001-1-1 0-0 false; void T000001-1-1 5-15 true"},
		{"taken back and used elsewhere", func(s *street, a, b *streetTill) {
			sale := s.plain()
			n := a.record(voucher.Record{Kind: voucher.Ask, Sale: sale})
			a.send()
			a.record(voucher.Record{Kind: voucher.Reverse, Of: n})
			a.send()
			s.pass(1)
			b.record(voucher.Record{Kind: voucher.Ask, Sale: sale})
			b.send()
		}, "redeem T000001-1-1 0-0 false; void T000001-1-1 0-0 false; redeem T000002-1-1 1-1 false"},
		{"confirmed after the hub had redeemed it: once", func(s *street, a, b *streetTill) {
			n := a.ask(s)
			a.record(voucher.Record{Kind: voucher.Confirm, Of: n, Lease: 1})
			a.send()
		}, "redeem T000001-1-1 0-0 false"},
		{"used twice offline: the second is a case", func(s *street, a, b *streetTill) {
			sale := s.plain()
			a.record(voucher.Record{Kind: voucher.Accept, Sale: sale, Lease: 1})
			b.record(voucher.Record{Kind: voucher.Accept, Sale: sale, Lease: 1})
			a.send()
			b.send()
		}, "redeem T000001-1-1 0-0 true"},
		{"a case that is paid: from then on", func(s *street, a, b *streetTill) {
			a.record(voucher.Record{Kind: voucher.Accept, Sale: s.plain()}) // without a lease
			n := a.send().Case
			s.pass(30)
			s.decides(n, voucher.Pay)
		}, "redeem T000001-1-1 0-30 true"},
		{"a case that is refused", func(s *street, a, b *streetTill) {
			a.record(voucher.Record{Kind: voucher.Accept, Sale: s.plain()})
			n := a.send().Case
			s.decides(n, voucher.Refuse)
		}, ""},
		{"a voucher whose code the till has never seen", func(s *street, a, b *streetTill) {
			sale := s.plain()
			sale.Sight = voucher.Sight{99, 99}
			a.record(voucher.Record{Kind: voucher.Accept, Sale: sale, Lease: 1})
			s.decides(a.send().Case, voucher.Refuse)
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStreet(t, 1)
			c.play(s, s.tills[0], s.tills[1])
			if got := s.sees(); got != c.sees {
				t.Errorf("it sees %q, want %q", got, c.sees)
			}
		})
	}
}

func (s *street) plain() *voucher.Redemption {
	sale := s.claim("somebody", "phone", nil)
	sale.Bill = 58_00
	return sale
}

func (t *streetTill) ask(s *street) uint64 {
	return t.record(voucher.Record{Kind: voucher.Ask, Sale: s.plain()})
}

// decides has a case decided by two persons where the rule proposes otherwise.
func (s *street) decides(number uint64, as voucher.CaseVerdict) {
	s.t.Helper()
	for _, name := range []string{"li", "wang"} {
		p := s.person(name)
		info, err := s.Ledger.Case(s.t.Context(), number)
		s.must(err)
		if info.Ruling != nil {
			return
		}
		in := Verdict{Case: number, Verdict: as, Reason: "looked at", By: name}
		st, err := s.stateDecision(s.t.Context(), in)
		s.must(err)
		in.Raw, in.Sig = st.Raw, p(st.Raw, ledger.ForDecision)
		_, err = s.decideCase(s.t.Context(), in)
		s.must(err)
	}
}

// Merchants are declared in whole hours that hold those that they gave, and again only when something has changed.
func TestWhatTheDetectorKnowsOfShops(t *testing.T) {
	for _, c := range []struct {
		open, close string
		from, to    int
	}{
		{"07:00", "22:00", 7, 22}, {"07:30", "25:15", 7, 26}, {"00:00", "24:00", 0, 24}, {"", "", 0, 0}, {"07:00", "", 0, 0}, {"22:00", "07:00", 0, 0}, {"seven", "ten", 0, 0},
	} {
		if from, to := openHours(c.open, c.close); from != c.from || to != c.to {
			t.Errorf("%s to %s are %d to %d, want %d to %d", c.open, c.close, from, to, c.from, c.to)
		}
	}
	s := newStreet(t, 1)
	s.must(s.Ledger.SetMerchantStatus(t.Context(), "M2", voucher.MerchantSuspended, "x"))
	moved, _, err := s.Ledger.Merchant(t.Context(), "M1")
	s.must(err)
	moved.Place = &voucher.Place{Lat: 34, Lon: 113}
	_, _, err = s.Ledger.SetMerchants(t.Context(), []voucher.Merchant{moved})
	s.must(err)
	var told []string
	v := NewEvents(func(d cashout.Shop) { told = append(told, fmt.Sprintf("%s %s %v", d.Merchant, d.Town, d.Place)) }, func(*Sight) {})
	last, head := s.Book.Head()
	s.must(v.Read(t.Context(), &until{s.Book, last, head}))
	want := "M1 东镇 {33.74 112.91}; M2 东镇 {33.741 112.92}; M3 西镇 {33.76 112.88}; M4 西镇 {0 0}; M1 东镇 {34 113}"
	if got := strings.Join(told, "; "); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// A sale that the hub refused and that the till had confirmed within its lease counts by its confirmation: what undoes it
// names that. (Seed 1837 of the rehearsal.)
func TestAVoidThatNamesTheConfirmation(t *testing.T) {
	var all []string
	v := NewEvents(nil, func(g *Sight) { all = append(all, fmt.Sprintf("%s %s", streamTypes[g.Kind], g.Redemption)) })
	add := func(e ledger.Entry) {
		t.Helper()
		if err := v.Add(0, &e); err != nil {
			t.Fatal(err)
		}
	}
	record := func(r voucher.Record, result voucher.Result) {
		t.Helper()
		r.ID.Terminal, r.ID.Epoch, r.At = "T1", 1, 1_702_260_000_000
		raw, err := wire.EncodeRecord(&r)
		if err != nil {
			t.Fatal(err)
		}
		add(ledger.Entry{Received: &ledger.RecordReceived{Raw: raw, Merchant: "M1", Outcome: voucher.Outcome{ID: r.ID, Result: result, At: r.At}}})
	}
	add(ledger.Entry{Campaign: &ledger.CampaignApplied{Campaign: voucher.Campaign{Tiers: []voucher.Tier{{No: 1, ID: "dining-10", Trade: voucher.Dining, Face: 1000}}}}})
	add(ledger.Entry{Issued: &ledger.VouchersIssued{Phase: 1, Tier: 1, Vouchers: []ledger.Issued{{Serial: 7}}}})
	sale := &voucher.Redemption{Voucher: voucher.Body{Tier: 1, Serial: 7}, Bill: 5000}
	record(voucher.Record{ID: voucher.RedemptionID{Number: 1}, Kind: voucher.Ask, Sale: sale}, voucher.Rejected)
	record(voucher.Record{ID: voucher.RedemptionID{Number: 2}, Kind: voucher.Confirm, Of: 1, Lease: 1}, voucher.Redeemed)
	record(voucher.Record{ID: voucher.RedemptionID{Number: 3}, Kind: voucher.Void, Of: 2}, voucher.Undone)
	if got := strings.Join(all, "; "); got != "claim -0-0; redeem T1-1-1; void T1-1-1" {
		t.Errorf("it sees %q", got)
	}
}
