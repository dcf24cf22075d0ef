package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// TestErrorAtEveryStep fails each step that anything asks of the system, one at a time, and once that step and all after
// it: with an error of the disk, and with a full one. What was told to have happened is there when the folder is opened
// again; what was told not to have happened is not; and when the disk is well again, the same works.
func TestErrorAtEveryStep(t *testing.T) {
	db, log, _ := sales(t, 5)
	steps := 0
	oldDB, oldLog := oldAndLong(t)
	behind := log[:bytes.Index(log, []byte("A-05"))]
	for name, c := range map[string]struct {
		db, log []byte
		do      func(*testing.T, *journal.Journal) error // nil: only opening is tried
	}{
		"open a new folder":                       {nil, nil, nil},
		"open":                                    {db, log, nil},
		"open with a torn tail":                   {db, append(bytes.Clone(log), 1, 2, 3), nil},
		"open without the first":                  {nil, log, nil},
		"open with a damaged first":               {changed(db, func(b []byte) []byte { return b[:6000] }), log, nil},
		"open without the second":                 {db, nil, nil},
		"open with a damaged second":              {db, changed(log, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }), nil},
		"open with the second behind":             {db, behind, nil},
		"open with old records and a long second": {oldDB, oldLog, nil},
		"accept": {db, log, func(t *testing.T, j *journal.Journal) error {
			_, reason, err := j.Accept(sold(9))
			if err == nil && reason != voucher.OK {
				t.Fatal(reason)
			}
			return err
		}},
		"ask": {db, log, func(t *testing.T, j *journal.Journal) error { _, err := j.Ask(sold(9)); return err }},
		"settle": {db, log, func(t *testing.T, j *journal.Journal) error {
			return j.Settle(ackOf(t, 3, word(1, voucher.Redeemed, voucher.OK)))
		}},
		"verify": {db, log, func(t *testing.T, j *journal.Journal) error { return j.Verify() }},
	} {
		for _, cause := range []error{syscall.EIO, syscall.ENOSPC} {
			for _, on := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %v, for good %v", name, cause, on), func(t *testing.T) {
					for n := 1; failAt(t, n, c.db, c.log, c.do, cause, on); n++ {
						steps++
					}
				})
			}
		}
	}
	t.Logf("%d steps failed", steps)
}

// oldAndLong is a journal of five sales of which two are old, with a second journal that is much longer than what lives.
func oldAndLong(t *testing.T) (db, log []byte) {
	t.Helper()
	dir, p := inMemory(t), newPC()
	j := open(t, dir, p.options())
	accept5(t, j)
	settle(t, j, 2, word(1, voucher.Redeemed, voucher.OK), word(2, voucher.Redeemed, voucher.OK))
	p.run(40 * day)
	j.Hear(p.wall)
	grow(t, j, 20, 60<<10)
	must(t, j.Close())
	return bytesOf(t, dir, "journal.db"), bytesOf(t, dir, "journal.log")
}

// grow adopts so many laws of so many bytes, and then a small one.
func grow(t *testing.T, j *journal.Journal, laws uint64, size int) {
	t.Helper()
	for n := range laws + 1 {
		l := lawBody(10+n, voucher.AtClaim)
		if n < laws {
			l.Campaign.Name.En = strings.Repeat("x", size)
		}
		adopt(t, j, l)
	}
}

// TestErrorWhileTheFirstFileIsMadeSmaller is for the file that only grows large: its steps take longer than the others'.
func TestErrorWhileTheFirstFileIsMadeSmaller(t *testing.T) {
	dir := inMemory(t)
	j := open(t, dir, newPC().options())
	accept5(t, j)
	grow(t, j, 4, 3<<20)
	must(t, j.Close())
	db, log := bytesOf(t, dir, "journal.db"), bytesOf(t, dir, "journal.log")
	j = open(t, dir, newPC().options())
	must(t, j.Verify())
	must(t, j.Close())
	if small := len(bytesOf(t, dir, "journal.db")) + len(bytesOf(t, dir, "journal.log")); len(db) < 8<<20 || small > 1<<20 {
		t.Fatalf("from %d and %d bytes to %d in both", len(db), len(log), small)
	}
	for n := 1; failAt(t, n, db, log, nil, syscall.EIO, false); n++ {
	}
}

func accept5(t *testing.T, j *journal.Journal) {
	t.Helper()
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	for n := uint64(1); n <= 5; n++ {
		accept(t, j, n)
	}
}

// failAt fails the n-th step, and is false when there is none.
func failAt(t *testing.T, n int, db, log []byte, do func(*testing.T, *journal.Journal) error, cause error, on bool) bool {
	t.Helper()
	dir := folderOf(t, db, log)
	defer os.RemoveAll(dir)
	s := &journal.Steps{}
	o := s.In(newPC().options())
	if do == nil {
		s.FailAt(n, on, cause)
	}
	j, err := journal.Open(dir, till, o)
	if do != nil && err != nil {
		t.Fatal(err)
	}
	where := func() string { return fmt.Sprintf("step %d (%v): %v", n, s.Names, err) }
	var before journal.State
	if err == nil {
		before = j.State()
	}
	if do != nil {
		s.FailAt(n, on, cause)
		err = do(t, j)
	}
	failed := s.Failed()
	if err == nil && on && failed && do != nil {
		t.Fatalf("step %d: nobody was told", n)
	}
	if err != nil {
		if !errors.Is(err, cause) || cause == syscall.ENOSPC && do == nil && !errors.Is(err, journal.ErrFull) {
			t.Fatal(where())
		}
	}
	told, wrote := err == nil, errors.Is(err, journal.ErrBroken)
	if do != nil && j.State().Last != before.Last && !told {
		t.Fatalf("%s: it happened in memory", where())
	}
	check := func(last uint64, unproven bool, when string) {
		t.Helper()
		want := before.Last
		if do == nil && db == nil && log == nil {
			want = 0
		} else if do == nil {
			want = 5
		}
		if last == want-1 && unproven && len(recordEnds(log)) == 4 {
			return // the second journal was already behind, and the first could not be read
		}
		if last != want && !(do != nil && last == want+1 && (told || wrote)) {
			t.Fatalf("%s: %s there are %d records, before %d", where(), when, last, want)
		}
	}
	// As a power cut would leave it, with the disk well again.
	cut := inMemory(t)
	defer os.RemoveAll(cut)
	for _, name := range namesIn(t, dir) {
		must(t, os.WriteFile(cut+"/"+name, bytesOf(t, dir, name), 0o600))
	}
	k, kerr := journal.Open(cut, till, newPC().options())
	if kerr != nil {
		t.Fatalf("%s, then after a power cut: %v", where(), kerr)
	}
	check(k.State().Last, k.State().Unproven, "after a power cut")
	must(t, k.Verify())
	must(t, k.Close())
	// And the process goes on.
	s.FailAt(0, false, nil)
	if j == nil {
		if j, kerr = journal.Open(dir, till, newPC().options()); kerr != nil {
			t.Fatalf("%s, then opened again: %v", where(), kerr)
		}
		check(j.State().Last, j.State().Unproven, "opened again")
	} else if do != nil && !told {
		if err := do(t, j); err != nil {
			t.Fatalf("%s, then again: %v", where(), err)
		}
	}
	must(t, j.Verify())
	must(t, j.Close())
	return failed
}
