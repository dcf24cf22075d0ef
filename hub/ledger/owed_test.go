package ledger

import (
	"path/filepath"
	"testing"

	"hexiao/hub/voucher"
)

// One terminal gives units back after the backup, another sells them, FINAL. Whoever reports first to the restored hub,
// FINAL stays FINAL, and in the end the stock adds up without anything owed.
func TestProvenFinalStandsInWhateverOrderTerminalsReport(t *testing.T) {
	for _, c := range []struct {
		name  string
		order []int
	}{
		{"the one that gave back first", []int{0, 1}},
		{"the one that sold first", []int{1, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, filepath.Join(t.TempDir(), "book"))
			defer func() { h.stop() }()
			h.begin(law(voucher.AtRedemption, 4))
			tills := []*till{h.till("M1", 1), h.till("M2", 2)}
			a, b := tills[0], tills[1]
			a.meet()
			b.meet()
			var codes []voucher.Code
			for range 4 {
				codes = append(codes, h.issue(1))
			}
			saved := h.backup()
			a.record(voucher.Record{Kind: voucher.Surrender, Lease: a.serial()})
			if _, err := a.deliver(0, 1); err != nil {
				t.Fatal(err)
			}
			final := 0
			for _, code := range codes {
				b.ask(code, 58_00)
				ack, err := b.deliver(len(b.raw)-1, len(b.raw))
				if err != nil {
					t.Fatal(err)
				}
				if ack.Outcomes[0].Result == voucher.Redeemed {
					final++
				}
			}
			a.file()
			b.file()
			before := h.pools()["supermarket-10"]
			if before.Redeemed != int64(final) || final < 3 {
				t.Fatalf("%d were sold, the pool has %+v", final, before)
			}
			h.restore(saved)
			for _, i := range c.order {
				m := tills[i].greets()
				tills[i].prove(m.Last)
			}
			after := h.pools()["supermarket-10"]
			before.Stranded, after.Stranded = 0, 0
			if after != before {
				t.Errorf("the restored hub has %+v, it had %+v", after, before)
			}
		})
	}
}
