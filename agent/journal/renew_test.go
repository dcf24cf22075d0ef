package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func order(epoch uint32) wire.OrderBody {
	return wire.OrderBody{Terminal: till, Epoch: epoch, HubTime: noon.UnixMilli()}
}

// closing is a till whose every record is answered: one sale of three days ago, one redeemed, one disputed, one voided.
func closing(t *testing.T, dir string, p *pc) *journal.Journal {
	t.Helper()
	j := open(t, dir, p.options())
	adopt(t, j, lawBody(4, voucher.AtClaim), leaseOf(3, 9))
	j.Hear(p.wall)
	accept(t, j, 1)
	p.run(72 * time.Hour)
	law, lease := lawBody(5, voucher.AtClaim), leaseOf(4, 9)
	lease.Until = p.wall.Add(24 * time.Hour).UnixMilli()
	adopt(t, j, law, lease)
	for serial := uint64(2); serial <= 4; serial++ {
		accept(t, j, serial)
	}
	_, err := j.Void(4)
	must(t, err)
	must(t, j.AdoptSpent(spentBody(t, 1, 0, 10, []uint32{77}, nil)))
	j.Turn(generations[1], wire.Ratchet{Turn: 3, Tick: 9, Secret: []byte("secret")})
	settle(t, j, 5, word(1, voucher.Redeemed, voucher.OK), word(2, voucher.Redeemed, voucher.OK),
		word(3, voucher.Disputed, voucher.AlreadyRedeemed), word(4, voucher.Redeemed, voucher.OK), word(5, voucher.Undone, voucher.OK))
	return j
}

// fresh checks that a journal is that of a new epoch, with what goes over into it.
func fresh(t *testing.T, j *journal.Journal, epoch uint32, at time.Time) {
	t.Helper()
	s := j.State()
	if s.Epoch != epoch || s.Last != 0 || s.Head != [32]byte{} || s.Queued != 0 || s.Settled != 0 || s.Acked != 0 {
		t.Errorf("chain %+v", s)
	}
	if s.Lease.Serial != 0 || s.Used.Count != 0 || s.Given != 0 || s.Older || s.Unproven || s.Ratchet.Turn != 0 {
		t.Errorf("what belongs to the old epoch went over: %+v", s)
	}
	if s.Law == nil || s.Law.Revision != 5 || string(s.Generation) != string(generations[1]) || s.Spent.Version != 10 {
		t.Errorf("what should go over did not: %+v", s)
	}
	if now := j.Stamp().At; now.Before(at) {
		t.Errorf("trusted time fell from %v to %v", at, now)
	}
	day := j.Day(noon, noon.Add(1000*time.Hour))
	if len(day) != 3 || day[0].ID.Epoch != 1 || day[0].Number != 2 || day[0].State() != "final" || day[1].State() != "disputed" || day[2].State() != "voided" {
		t.Errorf("the days' list: %+v", day)
	}
	must(t, j.Verify())
}

func TestANewEpochBeginsWhereTheOldOneEnded(t *testing.T) {
	dir, p := t.TempDir(), newPC()
	j := closing(t, dir, p)
	old, _ := j.Sale(2)
	at := j.Stamp().At
	must(t, j.Renew(order(2)))
	for range 2 {
		fresh(t, j, 2, at)
		must(t, j.Close())
		j = open(t, dir, p.options())
	}
	if s, ok := j.Find(old.ID); !ok || !reflect.DeepEqual(s.Outcome, old.Outcome) || s.Redemption != old.Redemption || s.Head != old.Head || s.Head == [32]byte{} {
		t.Errorf("%+v, want %+v", s, old)
	}
	if _, ok := j.Sale(2); ok {
		t.Error("a number of the old epoch names a sale")
	}
	must(t, j.Renew(order(2))) // comes again

	lease := leaseOf(4, 9)
	must(t, j.AdoptLease(seal(t, lease, wire.ForLease), lease)) // of the old epoch
	if s := j.State(); s.Lease.Serial != 0 {
		t.Errorf("a lease of the old epoch was taken: %+v", s.Lease)
	}
	lease.Epoch, lease.Until = 2, p.wall.Add(time.Hour).UnixMilli()
	must(t, j.AdoptLease(seal(t, lease, wire.ForLease), lease))
	for serial, want := range map[uint64]voucher.Reason{2: voucher.AlreadyRedeemed, 3: voucher.AlreadyRedeemed, 77: voucher.AlreadyRedeemed, 4: voucher.OK, 5: voucher.OK} {
		s, reason, err := j.Accept(sold(serial))
		if err != nil || reason != want || want == voucher.OK && s.ID.Epoch != 2 {
			t.Errorf("voucher %d: %v, %v", serial, reason, err)
		}
	}
	for _, name := range []string{"journal.db.epoch-1", "journal.log.epoch-1"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAnOrderWaitsFor(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	if err := j.Renew(wire.OrderBody{Terminal: "T000002", Epoch: 2}); !errors.Is(err, journal.ErrOther) {
		t.Errorf("of another terminal: %v", err)
	}
	must(t, j.Renew(order(1)))
	asked, err := j.Ask(sold(1))
	must(t, err)
	if err := j.Renew(order(2)); !errors.Is(err, journal.ErrUnsettled) {
		t.Fatalf("with a record that is not answered: %v", err)
	}
	if _, err := j.Ask(sold(2)); !errors.Is(err, journal.ErrRenewing) {
		t.Errorf("something new: %v", err)
	}
	if _, reason, err := j.Accept(sold(2)); err != nil || reason != voucher.TerminalIsFrozen {
		t.Errorf("something new offline: %v, %v", reason, err)
	}
	j.Owe(asked.Number) // the disk refused to take it back
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK))
	if err := j.Renew(order(2)); !errors.Is(err, journal.ErrUnsettled) {
		t.Fatalf("with a sale that is still to be taken back: %v", err)
	}
	_, err = j.Reverse(asked.Number)
	must(t, err)
	settle(t, j, 2, word(2, voucher.Undone, voucher.OK))
	must(t, j.Renew(order(2)))
	if _, err := j.Ask(sold(2)); err != nil || j.State().Epoch != 2 {
		t.Fatal(err, j.State())
	}
}

// A power cut at any renaming leaves the old epoch with all its records, or the new one; and the order can then be obeyed.
func TestANewEpochInterruptedAtAnyStep(t *testing.T) {
	dir, p := inMemory(t), newPC()
	j := closing(t, dir, p)
	at := j.Stamp().At
	var images []string
	image := func(bool) error {
		to := inMemory(t)
		must(t, os.CopyFS(to, os.DirFS(dir)))
		images = append(images, to)
		return nil
	}
	j.AtEachRename(image)
	must(t, j.Renew(order(2)))
	if len(images) < 8 {
		t.Fatalf("only %d steps seen", len(images))
	}
	olds := 0
	for i, dir := range images {
		j := open(t, dir, p.options())
		if s := j.State(); s.Epoch == 1 {
			olds++
			if s.Last != 5 || s.Queued != 0 {
				t.Errorf("step %d: the old epoch has lost something: %+v", i, s)
			}
			_, err := j.Meet(5, s.Head[:])
			must(t, err)
			must(t, j.Renew(order(2)))
		}
		fresh(t, j, 2, at)
	}
	if olds == 0 || olds == len(images) {
		t.Errorf("%d of %d steps were still in the old epoch", olds, len(images))
	}
}

func TestANewEpochOnADiskThatFails(t *testing.T) {
	for n := 1; ; n++ {
		dir, p := inMemory(t), newPC()
		j := closing(t, dir, p)
		at := j.Stamp().At
		steps := 0
		j.AtEachRename(func(done bool) error {
			if steps++; !done && steps == n {
				return errors.New("the disk refuses")
			}
			return nil
		})
		err := j.Renew(order(2))
		if err == nil {
			if steps >= n {
				continue // it was the second half of a step
			}
			if n < 4 {
				t.Fatal("nothing failed")
			}
			return
		}
		if _, err := j.Ask(sold(9)); err == nil {
			t.Errorf("step %d failed, and the journal goes on: %+v", n, j.State())
		}
		must(t, j.Close())
		j = open(t, dir, p.options())
		if s := j.State(); s.Epoch == 1 {
			_, err := j.Meet(5, s.Head[:])
			must(t, err)
			must(t, j.Renew(order(2)))
		}
		fresh(t, j, 2, at)
	}
}

func TestANewEpochInMemory(t *testing.T) {
	p := newPC()
	o := p.options()
	o.Disk = new(journal.Memory)
	j, err := journal.Open("", till, o)
	must(t, err)
	adopt(t, j, lawBody(5, voucher.AtClaim), leaseOf(1, 9))
	o.Disk.SetFull(true)
	if err := j.Renew(order(2)); !errors.Is(err, journal.ErrFull) || j.State().Epoch != 1 {
		t.Fatalf("on a full disk: %v", err)
	}
	o.Disk.SetFull(false)
	must(t, j.Renew(order(2)))
	again, err := journal.Open("", till, o)
	must(t, err)
	if s := again.State(); s.Epoch != 2 || s.Law == nil || s.Lease.Serial != 0 {
		t.Fatalf("%+v", s)
	}
}

// Whichever step of the disk fails, memory and disk are of the same epoch afterwards.
func TestMemoryAndDiskBeginTogether(t *testing.T) {
	for n := 1; ; n++ {
		o := newPC().options()
		o.Disk = new(journal.Memory)
		j, err := journal.Open("", till, o)
		must(t, err)
		adopt(t, j, lawBody(5, voucher.AtClaim), leaseOf(1, 9))
		before := o.Disk.Steps()
		o.Disk.FailAt(n, errors.New("the disk refuses"))
		failed := j.Renew(order(2)) != nil
		epoch, reached := j.State().Epoch, o.Disk.Steps()-before >= n
		o.Disk.FailAt(n-(o.Disk.Steps()-before), nil)
		if again, err := journal.Open("", till, o); err != nil || again.State().Epoch != epoch || failed != (epoch == 1) {
			t.Fatalf("step %d: %v; failed %v, memory is in epoch %d", n, err, failed, epoch)
		}
		if !reached {
			return
		}
	}
}
