package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// history draws entries as a ledger might have made them, and keeps beside them, in the plainest way, what the views must
// say of each voucher and of the sums.
type history struct {
	*world
	serials []voucher.Serial
	state   map[voucher.Serial]string
	by      map[voucher.Serial]string
	sales   map[voucher.TerminalID][]*drawn // record n is sales[t][n-1]; nil for one that is no sale
	sums    map[string]int64                // merchant, day, tier: count
	leases  map[voucher.TerminalID]uint32
	cases   uint64

	revision uint32
}

// drawn is a sale, and what holds its voucher now.
type drawn struct {
	kind    voucher.Kind
	result  voucher.Result
	serial  voucher.Serial
	tier    voucher.TierNo
	confirm *drawn
	day     string // it counts for, "" while it does not
}

func newHistory(t testing.TB) *history {
	return &history{world: newWorld(t), state: map[voucher.Serial]string{}, by: map[voucher.Serial]string{},
		sales: map[voucher.TerminalID][]*drawn{}, sums: map[string]int64{}, leases: map[voucher.TerminalID]uint32{}}
}

func (h *history) draw(r *rapid.T) {
	at := rapid.SampledFrom([]voucher.TerminalID{"T1", "T2"}).Draw(r, "terminal")
	h.now = h.now.Add(time.Duration(rapid.IntRange(0, 20*60*60).Draw(r, "seconds")) * time.Second)
	switch rapid.SampledFrom([]string{"issue", "sale", "sale", "sale", "confirm", "undo", "surrender", "lease", "merchant", "freeze", "stray", "campaign"}).Draw(r, "what") {
	case "issue":
		h.drawIssue(r)
	case "sale":
		h.drawSale(r, at)
	case "confirm":
		h.drawConfirm(r, at)
	case "undo":
		h.drawUndo(r, at)
	case "surrender":
		h.received(at, voucher.Record{Kind: voucher.Surrender, Lease: 1}, voucher.Outcome{Result: voucher.Noted})
		h.sales[at] = append(h.sales[at], nil)
	case "lease":
		h.leases[at]++
		raw, err := wire.Marshal(voucher.Lease{Terminal: at, Epoch: 1, Serial: h.leases[at], Count: 5})
		if err != nil {
			r.Fatal(err)
		}
		h.add(&ledger.Entry{Lease: &ledger.LeaseGranted{Raw: raw}})
	case "merchant":
		h.add(&ledger.Entry{Merchant: &ledger.MerchantSet{Merchant: voucher.Merchant{Code: "M1", Name: rapid.String().Draw(r, "name")}}})
	case "freeze":
		h.add(&ledger.Entry{State: &ledger.TerminalSet{ID: at, State: voucher.TerminalFrozen}})
	case "stray":
		h.cases = max(h.cases, 1)
		h.add(&ledger.Entry{Case: &ledger.CaseOpened{Number: h.cases, Kind: voucher.Fork, Terminal: at, Raw: []byte{1}}})
	case "campaign":
		c := campaign()
		h.revision++
		c.Revision = h.revision
		h.add(&ledger.Entry{Campaign: &ledger.CampaignApplied{Campaign: c}})
	}
}

func (h *history) drawIssue(r *rapid.T) {
	id := voucher.Serial(rapid.Uint64().Draw(r, "serial"))
	if h.state[id] != "" {
		return
	}
	h.issue(1, 1, id)
	h.serials, h.state[id] = append(h.serials, id), "issued"
}

// serial is mostly one that was issued.
func (h *history) serial(r *rapid.T) voucher.Serial {
	if len(h.serials) == 0 || rapid.IntRange(0, 9).Draw(r, "stranger") == 0 {
		return 12345
	}
	return rapid.SampledFrom(h.serials).Draw(r, "voucher")
}

func (h *history) drawSale(r *rapid.T, at voucher.TerminalID) {
	s := &drawn{kind: rapid.SampledFrom([]voucher.Kind{voucher.Ask, voucher.Accept}).Draw(r, "kind"), serial: h.serial(r), tier: 1, result: voucher.Rejected}
	issued := h.state[s.serial] == "issued"
	if s.kind == voucher.Accept {
		s.result = voucher.Disputed
	}
	if issued && rapid.Bool().Draw(r, "good") {
		s.result = voucher.Redeemed
	}
	record := voucher.Record{Kind: s.kind, Sale: sale(s.serial, s.tier), At: h.now.Add(-time.Duration(rapid.IntRange(0, 30).Draw(r, "hours late")) * time.Hour).UnixMilli()}
	id := h.received(at, record, voucher.Outcome{Result: s.result})
	h.sales[at] = append(h.sales[at], s)
	sold := h.now
	if s.kind == voucher.Accept {
		sold = time.UnixMilli(record.At)
	}
	h.take(at, s, s, id, sold)
}

// take: a redeemed or disputed sale uses the voucher up, when it was unused.
func (h *history) take(at voucher.TerminalID, s, holder *drawn, by voucher.RedemptionID, sold time.Time) {
	if h.state[s.serial] == "issued" && holder.result != voucher.Rejected && holder.result != voucher.Noted {
		h.state[s.serial], h.by[s.serial] = "disputed", by.String()
		if holder.result == voucher.Redeemed {
			h.state[s.serial] = "redeemed"
		}
	}
	if holder.result == voucher.Redeemed {
		holder.day = sold.In(shanghai).Format(time.DateOnly)
		h.sums[h.key(at, holder.day, s)]++
	}
}

func (h *history) key(at voucher.TerminalID, day string, s *drawn) string {
	return fmt.Sprintf("M%s %s %d", at[1:], day, s.tier)
}

func (h *history) drawConfirm(r *rapid.T, at voucher.TerminalID) {
	if len(h.sales[at]) == 0 {
		return
	}
	of := rapid.IntRange(1, len(h.sales[at])).Draw(r, "of")
	s, result := h.sales[at][of-1], voucher.Noted
	c := &drawn{kind: voucher.Confirm}
	first := s != nil && s.kind == voucher.Ask && s.confirm == nil
	if first && s.result == voucher.Rejected {
		result = voucher.Disputed
		if h.state[s.serial] == "issued" && rapid.Bool().Draw(r, "good") {
			result = voucher.Redeemed
		}
	}
	c.result = result
	id := h.about(at, voucher.Confirm, uint64(of), result)
	h.sales[at] = append(h.sales[at], nil)
	if first {
		id.Number, s.confirm = uint64(of), c
		h.take(at, s, c, id, h.now)
	}
}

func (h *history) drawUndo(r *rapid.T, at voucher.TerminalID) {
	if len(h.sales[at]) == 0 {
		return
	}
	of := rapid.IntRange(1, len(h.sales[at])).Draw(r, "of")
	s, result := h.sales[at][of-1], voucher.Noted
	var holder *drawn
	switch {
	case s != nil && s.day != "":
		holder = s
	case s != nil && s.confirm != nil && s.confirm.day != "":
		holder = s.confirm
	}
	if holder != nil {
		h.sums[h.key(at, holder.day, s)]--
		h.state[s.serial], h.by[s.serial], holder.day, result = "issued", "", "", voucher.Undone
	}
	h.about(at, rapid.SampledFrom([]voucher.Kind{voucher.Reverse, voucher.Void}).Draw(r, "kind"), uint64(of), result)
	h.sales[at] = append(h.sales[at], nil)
}

// wantViews compares the views with what was kept beside the entries.
func (h *history) wantViews(r *rapid.T, s *store.Store) {
	for id, state := range h.state {
		got, err := s.Voucher(h.t.Context(), id, noon)
		if err != nil || got.State != state || got.Redemption != h.by[id] {
			r.Fatalf("voucher %s is %+v, %v, want %s by %q", id, got, err, state, h.by[id])
		}
	}
	sums, err := s.Summary(h.t.Context(), "", "")
	if err != nil {
		r.Fatal(err)
	}
	got := map[string]int64{}
	for _, row := range sums {
		got[fmt.Sprintf("%s %s 1", row.Merchant, row.Day)] = row.Count
	}
	for key, n := range h.sums {
		if got[key] != n {
			r.Fatalf("%s: %d count, want %d", key, got[key], n)
		}
	}
	counted, err := s.Redemptions(h.t.Context(), store.Filter{Counted: true})
	if err != nil {
		r.Fatal(err)
	}
	again := map[string]int64{}
	for _, row := range counted {
		again[fmt.Sprintf("%s %s 1", row.Merchant, row.Day)]++
	}
	for key, n := range got {
		if again[key] != n {
			r.Fatalf("%s: the summary says %d, the records %d", key, n, again[key])
		}
	}
}

// Entries cut at random points into several catchings up, with the file closed and opened between some, give the views
// that one fold gives, and both are what the plain model says.
func TestHoweverTheBookIsCutTheViewsAreTheSame(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(t)
		defer h.book.Close()
		s := open(t, h.views())
		for range rapid.IntRange(1, 6).Draw(r, "pieces") {
			for range rapid.IntRange(0, 25).Draw(r, "entries") {
				h.draw(r)
			}
			h.write()
			catchUp(t, s, h.book)
			if rapid.Bool().Draw(r, "closed between") {
				if err := s.Close(); err != nil {
					r.Fatal(err)
				}
				s = open(t, h.views())
			}
		}
		h.wantViews(r, s)
		if err := s.Close(); err != nil {
			r.Fatal(err)
		}
		if got, want := dump(t, h.views()), h.foldedOnce(); got != want {
			r.Fatalf("in pieces:\n%s\nin one go:\n%s", got, want)
		}
	})
}

func TestManyVouchersOfAnySerial(t *testing.T) {
	w := newWorld(t)
	ids := []voucher.Serial{0, 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	w.issue(1, 1, ids...)
	s := w.caughtUp()
	for _, id := range ids {
		if got, err := s.Voucher(t.Context(), id, noon); err != nil || got.ID != id.String() || got.State != "issued" {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
}

// BenchmarkFold gives entries per second from an empty file: a quarter issues 100 vouchers each, the rest redeem them.
func BenchmarkFold(b *testing.B) {
	const issues, each = 400, 250
	w := newWorld(b)
	for i := range issues {
		ids := make([]voucher.Serial, each)
		for j := range ids {
			ids[j] = voucher.Serial(i*each+j) * 0x9e3779b97f4a7c15
		}
		w.issue(1, 1, ids...)
	}
	for i := range issues * each {
		w.sell(voucher.TerminalID(fmt.Sprintf("T%d", i%2+1)), voucher.Ask, voucher.Serial(i)*0x9e3779b97f4a7c15, voucher.Redeemed)
	}
	w.write()
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		s := open(b, filepath.Join(dir, fmt.Sprint(i)))
		catchUp(b, s, w.book)
		s.Close()
	}
	b.ReportMetric(float64(issues*each)*float64(b.N)/b.Elapsed().Seconds(), "redemptions/s")
}
