package journal_test

import (
	"testing"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestALeaseThatWasGivenBack(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	must(t, j.Surrender(0)) // there is none yet
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 5), leaseOf(2, 9))
	accept(t, j, 1)
	waiting, err := j.Ask(sold(2))
	must(t, err)
	must(t, j.Surrender(1)) // is not the lease in force
	must(t, j.Surrender(3))
	if s := j.State(); s.Last != 2 || s.Given != 0 {
		t.Fatalf("another lease was given back: %+v", s)
	}
	must(t, j.Surrender(2))
	must(t, j.Surrender(2))
	for range 2 {
		s := j.State()
		if s.Last != 3 || s.Given != 2 || s.Lease.Serial != 2 || s.Lease.Count != 0 || s.Used.Count != 1 {
			t.Fatalf("%+v", s)
		}
		adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(2, 9)) // comes again
		if _, reason, err := j.Accept(sold(3)); err != nil || reason != voucher.OfflineLimit {
			t.Errorf("accept: %v, %v", reason, err)
		}
		if _, reason, err := j.Confirm(waiting.Number); err != nil || reason != voucher.OfflineLimit {
			t.Errorf("confirm: %v, %v", reason, err)
		}
		must(t, j.Verify())
		must(t, j.Close())
		j = open(t, dir, newPC().options())
	}
	r, err := wire.DecodeRecord(j.Unsettled(2, 1)[0])
	must(t, err)
	if r.Kind != voucher.Surrender || r.Lease != 2 || r.Sale != nil || r.Of != 0 {
		t.Errorf("the record is %+v", r)
	}
	settle(t, j, 3, word(1, voucher.Redeemed, voucher.OK), word(2, voucher.Redeemed, voucher.OK), word(3, voucher.Noted, voucher.OK))
	if s := j.State(); s.Queued != 0 {
		t.Errorf("%+v", s)
	}
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(3, 4))
	accept(t, j, 4)
	must(t, j.Surrender(voucher.AllLeases)) // retired
	must(t, j.Surrender(voucher.AllLeases))
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(4, 50))
	if _, reason, err := j.Accept(sold(5)); err != nil || reason != voucher.OfflineLimit || j.State().Last != 5 {
		t.Errorf("a retired till accepts: %v, %v, %+v", reason, err, j.State())
	}
	lease, _, err := j.Papers()
	must(t, err)
	if s := j.State(); s.Lease.Count != 0 || s.Used.Count != 2 || lease == nil {
		t.Errorf("under the next lease %+v", s)
	}
}
