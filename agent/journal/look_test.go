package journal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// TestLookingChangesNothing looks at folders in every state, and compares what is seen with what Open makes of a copy.
func TestLookingChangesNothing(t *testing.T) {
	db, log, _ := sales(t, 40)
	type state struct{ db, log []byte }
	states := map[string]state{
		"whole": {db, log}, "nothing": {}, "the second journal missing": {db, nil},
		"the second journal damaged": {db, changed(log, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })},
		"the second journal torn":    {db, append(bytes.Clone(log), 1, 2, 3)},
	}
	for _, c := range damagesOfDB {
		states[c.name] = state{changed(db, c.damage), log}
	}
	for name, c := range states {
		t.Run(name, func(t *testing.T) {
			dir := folderOf(t, c.db, c.log)
			before := namesIn(t, dir)
			j, err := journal.Look(dir, till, newPC().options())
			must(t, err)
			seen, day, damage := j.State(), j.Day(noon.Add(-1), noon.Add(1<<40)), j.Verify()
			if _, _, err := j.Accept(sold(99)); err == nil && !seen.Unproven && seen.Law != nil {
				t.Fatal("a journal that is only looked at took a sale")
			}
			must(t, j.Close())
			if !slices.Equal(namesIn(t, dir), before) {
				t.Fatalf("%v, before %v", namesIn(t, dir), before)
			}
			for file, raw := range map[string][]byte{"journal.db": c.db, "journal.log": c.log} {
				if raw != nil && !bytes.Equal(bytesOf(t, dir, file), raw) {
					t.Fatalf("%s was changed", file)
				}
			}
			after := open(t, dir, newPC().options())
			s := after.State()
			if seen.Last != s.Last || seen.Head != s.Head || seen.Unproven != s.Unproven || len(day) != int(s.Last) {
				t.Fatalf("saw %+v and %d sales, then there was %+v", seen, len(day), s)
			}
			repaired := s.Unproven || len(namesIn(t, dir)) > 3 || c.log == nil && c.db != nil
			if repaired != errors.Is(damage, journal.ErrDamaged) {
				t.Fatalf("repaired: %v; looking said %v", repaired, damage)
			}
		})
	}
}

func TestLookingAtAnOpenJournalIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, newPC().options())
	if _, err := journal.Look(dir, till, newPC().options()); !errors.Is(err, journal.ErrLocked) {
		t.Fatal(err)
	}
}

func TestLookingSeesWhatOnlyTheSecondJournalHas(t *testing.T) {
	dir := inMemory(t)
	j := open(t, dir, newPC().options())
	_, err := j.Ask(sold(1))
	must(t, err)
	settle(t, j, 1, word(1, voucher.Redeemed, voucher.OK))
	db := bytesOf(t, dir, "journal.db")
	_, err = j.Ask(sold(2))
	must(t, err)
	must(t, j.Close())
	must(t, os.WriteFile(filepath.Join(dir, "journal.db"), db, 0o600))
	j, err = journal.Look(dir, till, newPC().options())
	must(t, err)
	defer j.Close()
	if s := j.State(); s.Last != 2 || len(j.Unsettled(0, 9)) != 2 {
		t.Fatalf("%+v", s)
	}
	must(t, j.Verify())
}
