package store_test

import (
	"testing"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// Views that an earlier version has folded are folded again from the book by the newer one, whichever migration they stopped at:
// what they hold afterwards is what views hold that were folded at once.
func TestViewsOfEachEarlierVersionAreFoldedAgain(t *testing.T) {
	w := newWorld(t)
	lane := voucher.NewLane(1, 1, "T1", noon.Add(time.Hour), 9)
	w.add(&ledger.Entry{Lane: &ledger.LaneIssued{Terminal: "T1", Serial: lane.Serial}})
	id := w.received("T1", voucher.Record{Kind: voucher.Ask, Sale: &voucher.Redemption{Voucher: lane}}, voucher.Outcome{Result: voucher.Redeemed})
	w.received("T1", voucher.Record{Kind: voucher.Handed, Handover: &voucher.Handover{Technician: "王工", Lane: id}}, voucher.Outcome{Result: voucher.Noted})
	w.issue(1, 1, 77)
	w.received("T1", voucher.Record{Kind: voucher.Ask, Sale: &voucher.Redemption{Voucher: voucher.Body{Serial: 77, Phase: 1, Tier: 1}, Bill: 58_00, Source: voucher.BillOfPOS}},
		voucher.Outcome{Result: voucher.Redeemed})
	w.write()
	want := w.foldedOnce()
	for version, back := range map[string]string{
		"before sources of bills": `ALTER TABLE record DROP COLUMN bill_source; DELETE FROM goose_db_version WHERE version_id = 6`,
		"before handovers":        `ALTER TABLE record DROP COLUMN bill_source; DROP TABLE handover; DELETE FROM goose_db_version WHERE version_id > 4`,
	} {
		t.Run(version, func(t *testing.T) {
			path := w.views() + version
			s := open(t, path)
			catchUp(t, s, w.book)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			change(t, path, back)
			s = open(t, path)
			catchUp(t, s, w.book)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if got := dump(t, path); got != want {
				t.Errorf("they hold\n%s\nand not\n%s", got, want)
			}
		})
	}
}
