//go:build linux

package powercut_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"hexiao/packaging/powercut"
)

var workloads = map[string]workload{
	"journal": {driveJournal, openJournal},
	"book":    {driveBook, openBook},
	"views":   {driveViews, openViews},
	"shifts":  {driveShifts, openShifts},

	// What follows is for the controls.
	"bbolt":              bareBolt(true),
	"bbolt without sync": bareBolt(false),
	"SQLite FULL":        bareSQLite("FULL"),
	"SQLite NORMAL":      bareSQLite("NORMAL"),
	"SQLite OFF":         bareSQLite("OFF"),

	"touch": {touch, nil},
	"look":  {look, nil},
}

// number is what a variable says, or something else.
func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	said := os.Getenv(variable)
	if said == "" {
		return otherwise
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q: want a number", variable, said)
	}
	return n
}

// TestPowerCutsLoseNothing plays till and hub on a disk that is recorded, cuts the power at HEXIAO_STATES moments (600
// where nothing is said, fewer under the race detector), and opens what is left: everything acknowledged must be there, nothing that never was, and it
// must go on. HEXIAO_SEED draws other moments.
func TestPowerCutsLoseNothing(t *testing.T) {
	needDisk(t)
	states, seed := number(t, "HEXIAO_STATES", usual), uint64(number(t, "HEXIAO_SEED", 1))
	all, tried := newTally(), 0
	for _, c := range []struct {
		workload string
		share    int // of ten; the last comes on top
	}{{"journal", 4}, {"book", 4}, {"views", 2}, {"shifts", 1}} {
		t.Run(c.workload, func(t *testing.T) {
			began := time.Now()
			rec := record(t, c.workload, seed, nil)
			recorded := time.Since(began)
			tr := &trial{recording: rec, seed: seed, states: states * c.share / 10, limit: 20 * time.Second}
			sum := tr.run(t)
			t.Logf("%s: %d steps, %d events recorded in %v; %d power cuts in %v: %v", c.workload, len(rec.Marks), len(rec.Log.Events),
				recorded.Round(time.Millisecond), tr.states, (time.Since(began) - recorded).Round(time.Millisecond), sum)
			if n := sum.bad(); n > 0 {
				tr.keep(t, sum)
				t.Errorf("%d of %d power cuts did harm; the first: %s", n, tr.states, sum.first)
			}
			all.join(sum)
			tried += tr.states
		})
	}
	t.Logf("figures: %d states after a power cut: %v", tried, all)
}

// hurts is what happens to one of a till's two journals besides the power cut.
var hurts = map[string]func(*powercut.Image, *rand.Rand){
	"bbolt's file is gone":         func(im *powercut.Image, _ *rand.Rand) { im.Remove("journal/journal.db") },
	"the log is gone":              func(im *powercut.Image, _ *rand.Rand) { im.Remove("journal/journal.log") },
	"bbolt's file is part rubbish": func(im *powercut.Image, r *rand.Rand) { litter(im, "journal/journal.db", r) },
	"the log is part rubbish":      func(im *powercut.Image, r *rand.Rand) { litter(im, "journal/journal.log", r) },
}

// litter fills some sectors of a file with rubbish.
func litter(im *powercut.Image, at string, r *rand.Rand) {
	im.Walk(func(path string, id powercut.FileID, b []byte) {
		for range 1 + r.IntN(3) {
			if path == at && len(b) > 0 {
				from := r.IntN(len(b)) / powercut.Sector * powercut.Sector
				for i := from; i < min(from+powercut.Sector, len(b)); i++ {
					im.Files[id][i] = byte(r.Uint32())
				}
			}
		}
	})
}

// TestPowerCutsThatLeaveOneJournalLoseNothing takes one of a till's two journals away, in part or whole, or leaves its syncs
// away, and lets the power be cut besides: what was acknowledged is in the other.
func TestPowerCutsThatLeaveOneJournalLoseNothing(t *testing.T) {
	needDisk(t)
	states, seed := max(20, number(t, "HEXIAO_STATES", usual)/15), uint64(number(t, "HEXIAO_SEED", 1))
	all, tried := newTally(), 0
	unsynced := func(file string) func(string) bool {
		return func(path string) bool { return strings.HasPrefix(path, file) }
	}
	for _, c := range []struct {
		name string
		lie  func(path string) bool
	}{
		{"bbolt's syncs do nothing", unsynced("journal/journal.db")}, {"the log's syncs do nothing", unsynced("journal/journal.log")},
		{"bbolt's file is gone", nil}, {"the log is gone", nil}, {"bbolt's file is part rubbish", nil}, {"the log is part rubbish", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := record(t, "journal", seed, nil)
			rec.Damaged = true
			if c.lie != nil {
				rec.Log = rec.Log.Without(c.lie)
			} else {
				rec.Hurt = c.name
			}
			tr := &trial{recording: rec, seed: seed, states: states, limit: 20 * time.Second}
			sum := tr.run(t)
			t.Logf("%d power cuts: %v", tr.states, sum)
			if n := sum.bad(); n > 0 {
				tr.keep(t, sum)
				t.Errorf("%d of %d power cuts did harm; the first: %s", n, tr.states, sum.first)
			}
			all.join(sum)
			tried += tr.states
		})
	}
	t.Logf("figures: %d states with one journal damaged besides: %v", tried, all)
}

// TestPowerCutsCatchWhatDoesNotSync is the other half of the test above: the same power cuts, of the same seed, must find
// out whatever leaves a sync away. Beside each stands the same thing with its syncs, which must come through.
func TestPowerCutsCatchWhatDoesNotSync(t *testing.T) {
	needDisk(t)
	states, seed := max(20, number(t, "HEXIAO_STATES", usual)/15), uint64(number(t, "HEXIAO_SEED", 1))
	caught, unsound := 0, 0
	for _, c := range []struct {
		name, workload string
		lie            func(path string) bool // whose sync the disk leaves away; nil: nobody's
		sound          bool
	}{
		{"bbolt as it is", "bbolt", nil, true},
		{"bbolt with NoSync", "bbolt without sync", nil, false},
		{"SQLite with synchronous=FULL", "SQLite FULL", nil, true},
		{"SQLite with synchronous=NORMAL", "SQLite NORMAL", nil, false},
		{"SQLite with synchronous=OFF", "SQLite OFF", nil, false},
		{"a book whose groups are not synced", "book", func(path string) bool { return strings.HasSuffix(path, ".book") }, false},
		{"a book whose new segment is not synced", "book", func(path string) bool { return strings.HasSuffix(path, "/spare") }, false},
		{"a book whose folder is not synced", "book", func(path string) bool { return path == "hub/book" }, false},
		{"two journals that are not synced", "journal", func(path string) bool { return strings.HasPrefix(path, "journal/") }, false},
		{"a journal whose folder is not synced", "journal", func(path string) bool { return path == "journal" }, false},
		{"closed shifts that are not synced", "shifts", func(path string) bool { return strings.HasPrefix(path, "journal/shifts.log") }, false},
		{"a journal in a folder that is not synced", "journal", func(path string) bool { return path == "." }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := record(t, c.workload, seed, nil)
			if c.lie != nil {
				rec.Log = rec.Log.Without(c.lie)
			}
			tr := &trial{recording: rec, seed: seed, states: states, limit: 3 * time.Second}
			sum := tr.run(t)
			t.Logf("%d power cuts: %v; the first: %s", tr.states, sum, sum.first)
			found := sum.bad() - sum.counts[hung] - sum.counts[noTrial]
			if !c.sound {
				unsound++
				caught += min(found, 1)
			}
			switch {
			case c.sound && sum.bad() > 0:
				tr.keep(t, sum)
				t.Errorf("%d of %d power cuts did harm", sum.bad(), tr.states)
			case !c.sound && found == 0:
				t.Errorf("none of %d power cuts did harm: this test would not find out what does not sync", tr.states)
			}
		})
	}
	t.Logf("figures: %d of %d controls that leave a sync away caught", caught, unsound)
}

// TestPowerCutsWhileRecoveringLoseNothing cuts the power a second time, while what the first cut left is being opened and
// gone on with: what the opening has shown must stay, and what it has not shown must be what the first cut allowed.
func TestPowerCutsWhileRecoveringLoseNothing(t *testing.T) {
	needDisk(t)
	states, seed := number(t, "HEXIAO_STATES", usual), uint64(number(t, "HEXIAO_SEED", 1))
	const each = 10
	total, cuts := newTally(), 0
	for _, workload := range []string{"journal", "book", "views", "shifts"} {
		t.Run(workload, func(t *testing.T) {
			rec := record(t, workload, seed, nil)
			first := &trial{recording: rec, seed: seed + 1}
			all, tried := newTally(), 0
			for n := 0; tried < 1+states/150; n++ {
				im, cut := first.state(n)
				if cut.Open == 0 {
					continue // all was durable
				}
				tried++
				second := &trial{recording: rec.after(cut.At, record(t, workload, uint64(n), im)), seed: seed, states: each, limit: 20 * time.Second}
				sum := second.run(t)
				if sum.bad() > 0 {
					second.keep(t, sum)
					t.Errorf("%d of %d second power cuts did harm, after the first %s; the first: %s", sum.bad(), each, cut, sum.first)
				}
				all.join(sum)
			}
			t.Logf("%d power cuts while %d others were recovered from: %v", tried*each, tried, all)
			total.join(all)
			cuts += tried * each
		})
	}
	t.Logf("figures: %d power cuts while others were recovered from: %v", cuts, total)
}

// TestPowerCutIsRebuiltAgain builds a state again from its number and a recording that was written down, as whoever looks
// at a failure does. HEXIAO_POWERCUT names the recording, HEXIAO_SEED and HEXIAO_STATE the state.
func TestPowerCutIsRebuiltAgain(t *testing.T) {
	needDisk(t)
	from := os.Getenv("HEXIAO_POWERCUT")
	if from == "" {
		from = filepath.Join(t.TempDir(), "recording")
		must(t, record(t, "book", 1, nil).save(from))
	}
	seed, n := uint64(number(t, "HEXIAO_SEED", 1)), number(t, "HEXIAO_STATE", 100)
	sum := newTally()
	var disks [2]*powercut.Image
	for i := range disks {
		rec, err := load(from)
		must(t, err)
		again := &trial{recording: rec, seed: seed, limit: 20 * time.Second}
		disks[i], _ = again.state(n)
		w := &worker{exe: executable(t), limit: again.limit}
		again.try(w, n, sum)
		w.end()
	}
	if !reflect.DeepEqual(disks[0], disks[1]) {
		t.Error("the same recording, seed and number gave two disks")
	}
	if sum.bad() > 0 {
		t.Error(sum.first)
	}
}
