package journal_test

import (
	"errors"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

func inMemoryOf(m *journal.Memory) journal.Options {
	o := newPC().options()
	o.Disk = m
	return o
}

func TestJournalInMemoryIsThereAfterACrash(t *testing.T) {
	m := new(journal.Memory)
	before := open(t, "", inMemoryOf(m))
	adopt(t, before, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, before, 1)
	after := open(t, "", inMemoryOf(m))
	if after.State().Head != before.State().Head || after.State().Used.Count != 1 {
		t.Fatalf("%v, before %v", after.State(), before.State())
	}
	must(t, after.Verify())
	if _, _, err := before.Accept(sold(2)); !errors.Is(err, journal.ErrClosed) {
		t.Fatalf("the process that crashed wrote: %v", err)
	}
}

func TestCloneOfADiskLivesItsOwnLife(t *testing.T) {
	m := new(journal.Memory)
	j := open(t, "", inMemoryOf(m))
	_, err := j.Ask(sold(1))
	must(t, err)
	image := m.Clone()
	_, err = j.Ask(sold(2))
	must(t, err)
	twin := open(t, "", inMemoryOf(image))
	_, err = twin.Ask(sold(3))
	must(t, err)
	if a, b := j.State(), twin.State(); a.Last != 2 || b.Last != 2 || a.Head == b.Head {
		t.Fatalf("%v and %v", a, b)
	}
	_, err = twin.Ask(sold(4))
	must(t, err)
	m.Restore(image)
	if _, err := j.Ask(sold(5)); !errors.Is(err, journal.ErrClosed) {
		t.Fatalf("written on a disk that was put back: %v", err)
	}
	if back := open(t, "", inMemoryOf(m)); back.State().Head != twin.State().Head {
		t.Fatalf("%v was put back, not %v", back.State(), twin.State())
	}
}

func TestFullMemorySaysSo(t *testing.T) {
	m := new(journal.Memory)
	o := inMemoryOf(m)
	o.MaxSize = 4 << 10
	j := open(t, "", o)
	kept := fillUp(t, j)
	if kept == 0 {
		t.Fatal("nothing fitted")
	}
	o.MaxSize = 0
	j = open(t, "", o)
	_, err := j.Ask(sold(kept + 1))
	must(t, err)
	m.SetFull(true)
	if _, err := j.Ask(sold(kept + 2)); !errors.Is(err, journal.ErrFull) {
		t.Fatal(err)
	}
	m.SetFull(false)
	_, err = j.Ask(sold(kept + 2))
	must(t, err)
	must(t, j.Verify())
}

// TestMemoryAndFilesAreOneDisk plays the same on both, with steps that fail, and compares all that can be seen.
func TestMemoryAndFilesAreOneDisk(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p, m := newPC(), new(journal.Memory)
		o := p.options()
		dir := inMemory(t)
		a, err := journal.Open(dir, till, o)
		must(t, err)
		defer func() { a.Close() }()
		o.Disk = m
		b, err := journal.Open("", till, o)
		must(t, err)
		both := []*journal.Journal{a, b}
		for _, j := range both {
			adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 5))
		}
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			if rapid.IntRange(0, 4).Draw(r, "fails") == 0 {
				a.FailBefore(syscall.EIO)
				m.FailAt(1, syscall.EIO)
			}
			sale := sold(rapid.Uint64Range(1, 9).Draw(r, "serial"))
			number := rapid.Uint64Range(1, 9).Draw(r, "number")
			said := [2][3]any{}
			do := rapid.IntRange(0, 3).Draw(r, "what")
			for i, j := range both {
				var s journal.Sale
				var reason voucher.Reason
				var err error
				switch do {
				case 0:
					s, err = j.Ask(sale)
				case 1:
					s, reason, err = j.Accept(sale)
				case 2:
					s, err = j.Reverse(number)
				case 3:
					s, err = j.Void(number)
				}
				said[i] = [3]any{s, reason, errors.Is(err, syscall.EIO)}
			}
			if said[0] != said[1] || a.State().Head != b.State().Head {
				r.Fatalf("files %+v, memory %+v", said[0], said[1])
			}
			a.FailNothing()
			m.FailAt(1, nil)
		}
		must(t, b.Verify())
	})
}
