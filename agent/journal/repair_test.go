package journal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// sales makes a journal with so many accepted sales, whose orders tell them apart, and gives its two files.
func sales(t *testing.T, count uint64) (db, log []byte, s journal.State) {
	t.Helper()
	dir := t.TempDir()
	j := open(t, dir, newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, count+5))
	for n := uint64(1); n <= count; n++ {
		r := sold(n)
		r.Order = fmt.Sprintf("A-%02d", n)
		_, reason, err := j.Accept(r)
		must(t, err)
		if reason != voucher.OK {
			t.Fatal(reason)
		}
	}
	s = j.State()
	must(t, j.Close())
	return bytesOf(t, dir, "journal.db"), bytesOf(t, dir, "journal.log"), s
}

func bytesOf(t *testing.T, dir, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, file))
	must(t, err)
	return raw
}

// folderOf is a folder with these files; nil for none.
func folderOf(t *testing.T, db, log []byte) string {
	t.Helper()
	dir := inMemory(t)
	for file, raw := range map[string][]byte{"journal.db": db, "journal.log": log} {
		if raw != nil {
			must(t, os.WriteFile(filepath.Join(dir, file), raw, 0o600))
		}
	}
	return dir
}

// keptAs is what stands in the file that was set aside, nil when there is none.
func keptAs(t *testing.T, dir, file string) []byte {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, file+".bad-*"))
	must(t, err)
	if len(found) == 0 {
		return nil
	}
	if len(found) > 1 {
		t.Fatalf("%v", found)
	}
	return bytesOf(t, dir, filepath.Base(found[0]))
}

// changed is a copy with something done to it.
func changed(raw []byte, do func([]byte) []byte) []byte { return do(bytes.Clone(raw)) }

var damagesOfDB = []struct {
	name   string
	damage func([]byte) []byte
}{
	{"missing", func([]byte) []byte { return nil }},
	{"empty", func(b []byte) []byte { return b[:0] }},
	{"one byte", func(b []byte) []byte { return b[:1] }},
	{"cut inside the second page", func(b []byte) []byte { return b[:6000] }},
	{"cut inside the first page", func(b []byte) []byte { return b[:100] }},
	{"cut after the meta pages", func(b []byte) []byte { return b[:2*os.Getpagesize()] }},
	{"cut inside the last page that it counts", func(b []byte) []byte { return b[:pagesOf(b)*os.Getpagesize()-100] }},
	{"both meta pages zero", func(b []byte) []byte { clear(b[:2*os.Getpagesize()]); return b }},
	{"all else zero", func(b []byte) []byte { clear(b[2*os.Getpagesize():]); return b }},
	{"one byte of a record changed", func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "A-20", "B-20")) }},
	{"one byte of the newest record changed", func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "A-40", "B-40")) }},
	{"the campaign of the lease changed", func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "lushan", "lishan")) }},
}

// pagesOf is how many pages a bbolt file says that it has (bbolt v1.5.0, internal/common: 16 bytes of page header, then the
// meta: the number of pages at its byte 40, the transaction's number at 48). The younger of the two metas holds.
func pagesOf(b []byte) int {
	pages, youngest := uint64(0), uint64(0)
	for _, meta := range [][]byte{b[16:], b[os.Getpagesize()+16:]} {
		if tx := binary.NativeEndian.Uint64(meta[48:]); tx >= youngest {
			pages, youngest = binary.NativeEndian.Uint64(meta[40:]), tx
		}
	}
	return int(pages)
}

func TestDamagedFileIsSetAsideAndMadeAgainFromTheOther(t *testing.T) {
	db, log, whole := sales(t, 40)
	for _, c := range damagesOfDB {
		t.Run(c.name, func(t *testing.T) {
			bad := changed(db, c.damage)
			dir := folderOf(t, bad, log)
			j := open(t, dir, newPC().options())
			s := j.State()
			if s.Last != 40 || s.Head != whole.Head || s.Used.Count != 40 || s.Queued != 40 || !s.Unproven || s.Lost {
				t.Fatalf("%+v", s)
			}
			if !bytes.Equal(keptAs(t, dir, "journal.db"), bad) {
				t.Fatal("the damaged file was not kept as it was")
			}
			must(t, j.Verify())
			must(t, j.Close())
			if s := open(t, dir, newPC().options()).State(); !s.Unproven || s.Last != 40 {
				t.Fatalf("opened again: %+v", s)
			}
		})
	}
}

func TestDamagedFileWithoutAnotherLeavesANewUnprovenJournal(t *testing.T) {
	db, _, _ := sales(t, 40)
	for _, c := range damagesOfDB[1:] {
		t.Run(c.name, func(t *testing.T) {
			bad := changed(db, c.damage)
			dir := folderOf(t, bad, nil)
			if s := open(t, dir, newPC().options()).State(); s.Last != 0 || !s.Unproven || !s.Lost {
				t.Fatalf("%+v", s)
			}
			if !bytes.Equal(keptAs(t, dir, "journal.db"), bad) {
				t.Fatal("the damaged file was not kept as it was")
			}
		})
	}
}

func TestDamagedSecondJournalIsMadeAgainFromTheFirst(t *testing.T) {
	db, log, whole := sales(t, 40)
	middle := bytes.Index(log, []byte("A-20"))
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
		kept   bool
	}{
		{"missing", func([]byte) []byte { return nil }, false},
		{"empty", func(b []byte) []byte { return b[:0] }, true},
		{"only a header", func(b []byte) []byte { return b[:16] }, true},
		{"one byte of the header changed", func(b []byte) []byte { b[3] ^= 1; return b }, true},
		{"one byte in the middle changed", func(b []byte) []byte { b[middle] ^= 1; return b }, true},
		{"one byte of the last frame changed", func(b []byte) []byte { b[len(b)-1-endMark] ^= 1; return b }, true},
		{"one byte of the end's mark changed", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, false},
		{"cut in the middle", func(b []byte) []byte { return b[:middle] }, true},
		{"bytes behind the last frame", func(b []byte) []byte { return append(b, "torn"...) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := changed(log, c.damage)
			dir := folderOf(t, db, bad)
			j := open(t, dir, newPC().options())
			if s := j.State(); s.Last != 40 || s.Head != whole.Head || s.Used.Count != 40 || s.Unproven {
				t.Fatalf("%+v", s)
			}
			if kept := keptAs(t, dir, "journal.log"); c.kept != (kept != nil) || c.kept && !bytes.Equal(kept, bad) {
				t.Fatalf("%d bytes kept of %d", len(kept), len(bad))
			}
			must(t, j.Verify())
			accept(t, j, 41)
			must(t, j.Verify())
		})
	}
}

func TestBothDamagedLeaveTheLongestBeginning(t *testing.T) {
	db, log, _ := sales(t, 40)
	badDB := changed(db, func(b []byte) []byte { return b[:6000] })
	badLog := changed(log, func(b []byte) []byte { b[bytes.Index(b, []byte("A-20"))] ^= 1; return b })
	dir := folderOf(t, badDB, badLog)
	j := open(t, dir, newPC().options())
	if s := j.State(); s.Last != 19 || s.Used.Count != 19 || !s.Unproven || !s.Lost {
		t.Fatalf("%+v", s)
	}
	if !bytes.Equal(keptAs(t, dir, "journal.db"), badDB) || !bytes.Equal(keptAs(t, dir, "journal.log"), badLog) {
		t.Fatal("the damaged files were not kept")
	}
	must(t, j.Verify())
}

// endMark is the length of what stands behind the last frame of the second journal.
const endMark = 8

// A second journal that was cut off just behind a frame has nothing that is torn. What it lacks must not be gone in silence.
func TestASecondJournalThatWasCutBetweenTwoFrames(t *testing.T) {
	dir := inMemory(t)
	j := open(t, dir, newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	accept(t, j, 1)
	end := len(bytesOf(t, dir, "journal.log")) - endMark
	accept(t, j, 2)
	db, log := bytesOf(t, dir, "journal.db"), bytesOf(t, dir, "journal.log")
	for _, c := range []struct {
		name    string
		db, log []byte
		last    uint64
		lost    bool
	}{
		{"and the first is damaged too", db[:len(db)/3], log[:end], 1, true},
		{"and the first is whole", db, log[:end], 2, false},
		{"no more than its mark, and the first is damaged", db[:len(db)/3], log[:len(log)-endMark], 2, true},
		{"not at all", db[:len(db)/3], log, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s := open(t, folderOf(t, c.db, c.log), newPC().options()).State(); s.Last != c.last || s.Lost != c.lost {
				t.Fatalf("%+v", s)
			}
		})
	}
}

// TestOneFileBehindTheOther mixes files of different moments.
func TestOneFileBehindTheOther(t *testing.T) {
	dir := inMemory(t)
	j := open(t, dir, newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	type moment struct{ db, log []byte }
	at := []moment{}
	for n := range uint64(5) {
		if n > 0 {
			accept(t, j, n)
		}
		at = append(at, moment{bytesOf(t, dir, "journal.db"), bytesOf(t, dir, "journal.log")})
	}
	anew := folderOf(t, at[4].db, nil)
	must(t, open(t, anew, newPC().options()).Close()) // which makes the second journal again, as one snapshot
	for _, c := range []struct {
		name     string
		db, log  []byte
		last     uint64
		unproven bool
	}{
		{"a crash between the two", at[3].db, at[4].log, 4, false},
		{"a crash between the two, and a torn tail", at[3].db, append(bytes.Clone(at[4].log), 0, 0, 1), 4, false},
		{"a crash between the two, and an earlier byte of the second flipped", at[3].db, changed(at[4].log, func(b []byte) []byte { b[40] ^= 1; return b }), 4, false},
		{"a crash while the second was written", at[3].db, at[4].log[:len(at[4].log)-1-endMark], 3, false},
		{"a crash while the mark of the second's end was written", at[3].db, at[4].log[:len(at[4].log)-1], 4, false},

		{"the second behind", at[4].db, at[2].log, 4, false},
		{"the first behind by more than one", at[1].db, at[4].log, 4, true},
		{"the first behind where the second begins", at[1].db, bytesOf(t, anew, "journal.log"), 4, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folderOf(t, c.db, c.log)
			j := open(t, dir, newPC().options())
			if s := j.State(); s.Last != c.last || s.Used.Count != c.last || s.Unproven != c.unproven {
				t.Fatalf("%+v", s)
			}
			must(t, j.Verify())
			must(t, j.Close())
			if s := open(t, dir, newPC().options()).State(); s.Last != c.last || s.Unproven != c.unproven {
				t.Fatalf("opened again: %+v", s)
			}
		})
	}
}

func TestFilesOfTwoLivesAreNotMixed(t *testing.T) {
	base, _, _ := sales(t, 3)
	a, b := folderOf(t, base, nil), folderOf(t, base, nil)
	ja, jb := open(t, a, newPC().options()), open(t, b, newPC().options())
	accept(t, ja, 10)
	accept(t, jb, 20)
	must(t, ja.Close())
	must(t, jb.Close())
	dir := folderOf(t, bytesOf(t, a, "journal.db"), bytesOf(t, b, "journal.log"))
	j := open(t, dir, newPC().options())
	if _, held := j.Spent(10); !held || j.State().Last != 4 || !j.State().Unproven || !j.State().Lost {
		t.Fatalf("%+v", j.State())
	}
	if !bytes.Equal(keptAs(t, dir, "journal.log"), bytesOf(t, b, "journal.log")) {
		t.Fatal("the other life's file was not kept")
	}
	must(t, j.Verify())
}

func TestUnprovenJournalSellsNothingUntilTheHubHasSpoken(t *testing.T) {
	_, log, _ := sales(t, 3)
	dir := folderOf(t, nil, log)
	j := open(t, dir, newPC().options())
	refuses := func() {
		t.Helper()
		if _, reason, err := j.Accept(sold(9)); err != nil || reason != voucher.JournalFailed {
			t.Fatalf("accept: %v, %v", reason, err)
		}
		if _, err := j.Ask(sold(9)); !errors.Is(err, journal.ErrUnproven) {
			t.Fatalf("ask: %v", err)
		}
		if err := j.Handover(handover(1)); !errors.Is(err, journal.ErrUnproven) {
			t.Fatalf("handover: %v", err)
		}
		if s := j.State(); !s.Unproven || s.Last != 3 {
			t.Fatalf("%+v", s)
		}
	}
	refuses()
	refuses()
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK)) // the hub's answers are taken
	second := wire.Hash(j.Unsettled(1, 1)[0])
	j.FailBefore(errors.New("no"))
	if _, err := j.Meet(2, second[:]); err == nil {
		t.Fatal("proven without the disk")
	}
	refuses()
	older, err := j.Meet(2, second[:])
	must(t, err)
	if older {
		t.Fatal("a record of this chain was taken for another's")
	}
	accept(t, j, 9)
	must(t, j.Verify())
	must(t, j.Close())
	if s := open(t, dir, newPC().options()).State(); s.Unproven || s.Last != 4 {
		t.Fatalf("%+v", s)
	}
}

// A hub that knows no more than what is left cannot say that nothing is missing: it may never have heard of it.
func TestWhatMayBeLostIsNotProvenByTheHub(t *testing.T) {
	db, log, _ := sales(t, 40)
	dir := folderOf(t, db[:6000], log[:len(log)-10])
	j := open(t, dir, newPC().options())
	for range 2 {
		for n := j.State().Settled + 1; n <= j.State().Last; n++ {
			settle(t, j, n, word(n, voucher.Redeemed, voucher.OK))
		}
		s := j.State()
		older, err := j.Meet(s.Last, s.Head[:])
		must(t, err)
		if s = j.State(); older || s.Last != 39 || !s.Unproven || !s.Lost {
			t.Fatalf("older %v, %+v", older, s)
		}
		if _, err := j.Ask(sold(99)); !errors.Is(err, journal.ErrUnproven) {
			t.Fatalf("ask: %v", err)
		}
		must(t, j.Close())
		j = open(t, dir, newPC().options())
	}
	must(t, j.Renew(wire.OrderBody{Terminal: till, Epoch: 2}))
	if s := j.State(); s.Unproven || s.Lost || s.Epoch != 2 {
		t.Fatalf("begun anew: %+v", s)
	}
}

func TestUnprovenJournalStaysSoWhenTheHubKnowsMore(t *testing.T) {
	_, log, whole := sales(t, 3)
	for name, c := range map[string]struct {
		last uint64
		head [32]byte
	}{"another record": {4, [32]byte{1}}, "another newest": {3, [32]byte{1}}, "another second": {2, whole.Head}} {
		dir := folderOf(t, nil, log)
		j := open(t, dir, newPC().options())
		older, err := j.Meet(c.last, c.head[:])
		must(t, err)
		if s := j.State(); !older || !s.Older || !s.Unproven {
			t.Fatalf("%s: %+v", name, s)
		}
		if _, err := j.Ask(sold(9)); !errors.Is(err, journal.ErrUnproven) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestUnprovenSaleIsNotConfirmed(t *testing.T) {
	dir := inMemory(t)
	j := open(t, dir, newPC().options())
	adopt(t, j, lawBody(1, voucher.AtClaim), leaseOf(1, 9))
	_, err := j.Ask(sold(1))
	must(t, err)
	must(t, j.Close())
	must(t, os.Remove(filepath.Join(dir, "journal.db")))
	j = open(t, dir, newPC().options())
	if _, reason, err := j.Confirm(1); err != nil || reason != voucher.JournalFailed {
		t.Fatalf("%v, %v", reason, err)
	}
	_, err = j.Reverse(1) // what was shown to nobody can be taken back
	must(t, err)
	_, err = j.Meet(0, nil)
	must(t, err)
	accept(t, j, 1)
	must(t, j.Verify())
}

func TestJournalFromBeforeTheSecondOneIsTakenOver(t *testing.T) {
	db, _, whole := sales(t, 40)
	dir := folderOf(t, db, nil)
	must(t, journal.MakeOld(filepath.Join(dir, "journal.db"), till))
	j := open(t, dir, newPC().options())
	if s := j.State(); s.Last != 40 || s.Head != whole.Head || s.Unproven {
		t.Fatalf("%+v", s)
	}
	accept(t, j, 41)
	must(t, j.Verify())
	must(t, j.Close())
	if names := namesIn(t, dir); len(names) != 3 {
		t.Fatalf("%v", names)
	}
	must(t, os.Remove(filepath.Join(dir, "journal.db")))
	if s := open(t, dir, newPC().options()).State(); s.Last != 41 {
		t.Fatalf("made again from the second journal: %+v", s)
	}
}

func TestFilesOfANewerVersionAreLeftAlone(t *testing.T) {
	db, log, _ := sales(t, 3)
	newer := changed(log, journal.NewerTape)
	for name, dir := range map[string]string{"with the other": folderOf(t, db, newer), "alone": folderOf(t, nil, newer)} {
		before := namesIn(t, dir)
		_, err := journal.Open(dir, till, newPC().options())
		if err == nil || !strings.Contains(err.Error(), "newer version") || !strings.Contains(err.Error(), "升级") {
			t.Fatalf("%s: %v", name, err)
		}
		if after := namesIn(t, dir); len(after) != len(before)+1 { // the lock
			t.Fatalf("%s: %v", name, after)
		}
	}
}

func TestSecondJournalOfAnotherTerminalIsRefusedAndLeftAlone(t *testing.T) {
	_, log, _ := sales(t, 3)
	dir := folderOf(t, []byte("no journal"), log)
	if _, err := journal.Open(dir, "T000002", newPC().options()); !errors.Is(err, journal.ErrOther) {
		t.Fatal(err)
	}
	if names := namesIn(t, dir); len(names) != 3 {
		t.Fatalf("%v", names)
	}
	if !bytes.Equal(bytesOf(t, dir, "journal.log"), log) {
		t.Fatal("the file was changed")
	}
}

func TestVerifyFindsDamageUnderARunningAgent(t *testing.T) {
	for _, file := range []string{"journal.db", "journal.log"} {
		dir := inMemory(t)
		j := open(t, dir, newPC().options())
		for n := range uint64(3) {
			_, err := j.Ask(sold(n))
			must(t, err)
		}
		must(t, j.Verify())
		raw := bytesOf(t, dir, file)
		f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
		must(t, err)
		_, err = f.WriteAt([]byte("B"), int64(bytes.LastIndex(raw, []byte("A-17"))))
		must(t, errors.Join(err, f.Close()))
		if err := j.Verify(); !errors.Is(err, journal.ErrDamaged) || !strings.Contains(err.Error(), file) {
			t.Fatalf("%s: %v", file, err)
		}
	}
}
