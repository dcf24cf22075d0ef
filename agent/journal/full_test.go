package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

func TestFullJournalSaysSoAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	o := newPC().options()
	o.MaxSize = 256 << 10
	j := open(t, dir, o)
	kept := fillUp(t, j)
	if _, err := j.Ask(sold(1 << 40)); !errors.Is(err, journal.ErrFull) {
		t.Fatalf("second write on a full disk: %v", err)
	}
	if got := j.State().Last; got != kept {
		t.Fatalf("%d records were kept, the state says %d", kept, got)
	}
	must(t, j.Verify())
	must(t, j.Close())

	o.MaxSize = 1 << 20
	j = open(t, dir, o)
	if s, ok := j.Sale(kept); !ok || s.Redemption.Voucher.Serial != voucher.Serial(kept) {
		t.Fatalf("the last sale that was kept: %+v", s)
	}
	_, err := j.Ask(sold(kept + 1))
	must(t, err)
	must(t, j.Verify())
}

// fillUp asks until the disk is full, and gives how many sales were kept.
func fillUp(t testing.TB, j *journal.Journal) (kept uint64) {
	t.Helper()
	for n := uint64(1); n < 100_000; n++ {
		if _, err := j.Ask(sold(n)); err != nil {
			if !errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrBroken) {
				t.Fatalf("ask %d: %v", n, err)
			}
			return n - 1
		}
	}
	t.Fatal("the disk was never full")
	return 0
}

func TestFailedWriteHasNotHappened(t *testing.T) {
	noSpace := fmt.Errorf("write: %w", syscall.ENOSPC)
	for _, c := range []struct {
		name string
		fail func(*journal.Journal, error)
	}{
		{"failed before the commit", (*journal.Journal).FailBefore},
		{"failed in the last sync, with everything in the file", (*journal.Journal).FailBehind},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir, newPC().options())
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
			accept(t, j, 1)
			before := j.State()
			told := 0
			j.OnSettled(func([]journal.Sale) { told++ })
			j.OnLaw(func() { told++ })

			for name, do := range map[string]func() error{
				"ask":    func() error { _, err := j.Ask(sold(2)); return err },
				"accept": func() error { _, _, err := j.Accept(sold(2)); return err },
				"void":   func() error { _, err := j.Void(1); return err },
				"settle": func() error { return j.Settle(ackOf(t, 1, word(1, voucher.Redeemed, voucher.OK))) },
				"law":    func() error { l := lawBody(2, voucher.AtClaim); return j.AdoptLaw(seal(t, l, "x"), l) },
			} {
				c.fail(j, noSpace)
				if err := do(); !errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrBroken) {
					t.Fatalf("%s: %v", name, err)
				}
				checkUntouched(t, dir, j, before)
			}
			if told != 0 {
				t.Fatal("told of what did not happen")
			}
			accept(t, j, 2)
			must(t, j.Verify())
		})
	}
}

// checkUntouched looks at memory and at a copy of the file.
func checkUntouched(t *testing.T, dir string, j *journal.Journal, before journal.State) {
	t.Helper()
	must(t, j.Verify())
	for _, j := range []*journal.Journal{j, open(t, copied(t, dir), newPC().options())} {
		s := j.State()
		if s.Last != before.Last || s.Head != before.Head || s.Queued != before.Queued || s.Used.Count != before.Used.Count || s.Law.Revision != before.Law.Revision {
			t.Fatalf("%+v, before %+v", s, before)
		}
		if sale, _ := j.Sale(1); sale.State() != "provisional" {
			t.Fatalf("sale 1 is %s", sale.State())
		}
		if _, held := j.Spent(2); held {
			t.Fatal("the voucher of the failed sale is held")
		}
	}
}

func TestBrokenJournalMendsItselfWhenTheDiskIsGoodAgain(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	_, err := j.Ask(sold(1))
	must(t, err)
	mended := j.FailTakingBack(syscall.EIO)
	for range 2 {
		if _, err := j.Ask(sold(2)); !errors.Is(err, journal.ErrBroken) || !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
	}
	if s, ok := j.Sale(1); !ok || s.State() != "waiting" {
		t.Fatal("reading stopped with writing")
	}
	mended()
	s, err := j.Ask(sold(3))
	must(t, err)
	if s.Number != 2 {
		t.Fatalf("the next sale has number %d", s.Number)
	}
	must(t, j.Verify())
	if again := open(t, copied(t, dir), newPC().options()); again.State().Head != j.State().Head {
		t.Fatal("file and memory differ")
	}
}

func TestFileThatWasPutBackUnderARunningAgentIsNoticed(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	_, err := j.Ask(sold(1))
	must(t, err)
	older := copied(t, dir)
	_, err = j.Ask(sold(2))
	must(t, err)
	j.FailWhile(func() { must(t, os.Rename(filepath.Join(older, "journal.db"), filepath.Join(dir, "journal.db"))) }, syscall.EIO)
	for range 2 {
		if _, err := j.Ask(sold(3)); !errors.Is(err, journal.ErrBroken) {
			t.Fatalf("a record was chained to one that the file does not hold: %v", err)
		}
	}
}

func TestSecondAgentOnTheFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, journal.Options{})
	_, err := journal.Open(dir, till, journal.Options{})
	if !errors.Is(err, journal.ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatal(err)
	}
	must(t, j.Close())
	open(t, dir, journal.Options{})
}

func TestJournalOfAnotherTerminalIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, journal.Options{})
	_, err := j.Ask(sold(1))
	must(t, err)
	must(t, j.Close())
	if _, err := journal.Open(dir, "T000002", journal.Options{}); !errors.Is(err, journal.ErrOther) {
		t.Fatal(err)
	}
	open(t, dir, journal.Options{}) // and it was not left locked
}

func TestClosedJournalWritesNothing(t *testing.T) {
	j := open(t, t.TempDir(), newPC().options())
	_, err := j.Ask(sold(1))
	must(t, err)
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK))
	must(t, j.Close())
	if _, err := j.Ask(sold(2)); !errors.Is(err, journal.ErrClosed) {
		t.Error(err)
	}
	if err := j.Verify(); !errors.Is(err, journal.ErrClosed) {
		t.Error(err)
	}
	j.Hear(noon)
	if n := len(j.Unsettled(0, 9)); n != 0 {
		t.Errorf("%d records read from a closed file", n)
	}
	must(t, j.Close())
}

func TestHalfMadeJournalIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"journal.db.new", "journal.log.new"} {
		must(t, os.WriteFile(filepath.Join(dir, file), []byte("torn"), 0o600))
	}
	j := open(t, dir, newPC().options())
	_, err := j.Ask(sold(1))
	must(t, err)
	if names := namesIn(t, dir); !slices.Equal(names, []string{"journal.db", "journal.lock", "journal.log"}) {
		t.Fatalf("%v", names)
	}
}
