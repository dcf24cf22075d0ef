package powercut

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// drawn is what many power cuts after all the events leave of one path: how often which contents, "-" where there is none.
func drawn(l *Log, at string) map[string]int {
	seen := map[string]int{}
	for n := range uint64(400) {
		im, _ := l.CutAt(len(l.Events), rand.New(rand.NewPCG(1, n)))
		contents := "-"
		im.Walk(func(path string, _ FileID, b []byte) {
			if path == at {
				contents = string(b)
			}
		})
		seen[contents]++
	}
	return seen
}

func TestPowerCutLeaves(t *testing.T) {
	made := []Event{{Kind: Make, File: 2, Dir: Root, Name: "a"}}
	hello := Event{Kind: Write, File: 2, Data: []byte("hello")}
	fileSync, folderSync := Event{Kind: Sync, File: 2}, Event{Kind: SyncFolder, File: Root}
	other := []Event{{Kind: Make, File: 3, Dir: Root, Name: "b"}, {Kind: Write, File: 3, Data: []byte("other")}, {Kind: Sync, File: 3}, folderSync}
	renamed := Event{Kind: Rename, File: 2, Dir: Root, Name: "b", FromDir: Root, From: "a"}
	for _, c := range []struct {
		name string
		log  []Event
		path string
		may  []string // all of these, and nothing else
	}{
		{"a file whose name was synced but not its contents", join(made, folderSync, hello), "a", []string{"", "hello", "\x00\x00\x00\x00\x00"}},
		{"a file whose contents were synced but not its name", join(made, hello, fileSync), "a", []string{"-", "hello"}},
		{"a file of which all was synced", join(made, hello, fileSync, folderSync), "a", []string{"hello"}},
		{"a write behind the sync", join(made, hello, fileSync, folderSync, Event{Kind: Write, File: 2, Data: []byte("HELL")}), "a", []string{"hello", "HELLo"}},
		{"a file cut behind the sync", join(made, hello, fileSync, folderSync, Event{Kind: Size, File: 2, Offset: 2}), "a", []string{"hello", "he"}},
		{"a file that took another's name", join(join(made, hello, fileSync), join(other, renamed)...), "b", []string{"other", "hello"}},
		{"a file that lost its name", join(join(made, hello, fileSync), join(other, renamed)...), "a", []string{"hello", "-"}},
		{"a file that lost its name for good", join(join(made, hello, fileSync), join(other, renamed, folderSync)...), "a", []string{"-"}},
		{"a file that was removed", join(made, hello, fileSync, folderSync, Event{Kind: Remove, File: 2, Dir: Root, Name: "a"}), "a", []string{"hello", "-"}},
		{"a file in a folder that nobody synced", []Event{{Kind: MakeFolder, File: 3, Dir: Root, Name: "d"}, {Kind: Make, File: 2, Dir: 3, Name: "a"},
			hello, fileSync, {Kind: SyncFolder, File: 3}}, "d/a", []string{"hello", "-"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := drawn(&Log{Events: c.log}, c.path)
			for _, want := range c.may {
				if seen[want] == 0 {
					t.Errorf("%q was never left", want)
				}
				delete(seen, want)
			}
			if len(seen) > 0 {
				t.Errorf("left as well: %v", seen)
			}
		})
	}
}

func join(some []Event, more ...Event) []Event { return append(append([]Event{}, some...), more...) }

func TestALieKeepsASyncFromItsFile(t *testing.T) {
	l := &Log{Events: []Event{{Kind: Make, File: 2, Path: "a", Dir: Root, Name: "a"}, {Kind: Write, File: 2, Path: "a", Data: []byte("x")},
		{Kind: Sync, File: 2, Path: "a"}, {Kind: SyncFolder, File: Root, Path: ""}}}
	if seen := drawn(l, "a"); seen["x"] != 400 {
		t.Fatalf("honest: %v", seen)
	}
	if seen := drawn(l.Without(func(path string) bool { return path == "a" }), "a"); seen["x"] == 400 || seen["-"] > 0 {
		t.Errorf("the sync of the file lies: %v", seen)
	}
	if seen := drawn(l.Without(func(path string) bool { return path == "." }), "a"); seen["-"] == 0 || seen[""] > 0 {
		t.Errorf("the sync of the folder lies: %v", seen)
	}
	if seen := drawn(l, "a"); seen["x"] != 400 {
		t.Errorf("the honest log was changed: %v", seen)
	}
}

// TestPowerCutKeepsSectorsWhole holds states of random logs of one file against what each of its sectors may hold: what
// was durable, what any later write put there, or nothing yet.
func TestPowerCutKeepsSectorsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &Log{Events: []Event{{Kind: Make, File: 2, Dir: Root, Name: "a"}, {Kind: SyncFolder, File: Root}}}
		for i := range rapid.IntRange(1, 12).Draw(t, "events") {
			from, sectors := rapid.Int64Range(0, 5).Draw(t, "from"), rapid.IntRange(1, 4).Draw(t, "sectors")
			e := Event{Kind: Write, File: 2, Offset: from * Sector, Data: bytes.Repeat([]byte{byte(i + 1)}, sectors*Sector)}
			if rapid.IntRange(0, 3).Draw(t, "sync") == 0 {
				e = Event{Kind: Sync, File: 2}
			}
			l.Events = append(l.Events, e)
		}
		at, seed := rapid.IntRange(2, len(l.Events)).Draw(t, "cut"), rapid.Uint64().Draw(t, "seed")
		im, cut := l.CutAt(at, rand.New(rand.NewPCG(seed, 0)))
		if again, _ := l.CutAt(at, rand.New(rand.NewPCG(seed, 0))); !reflect.DeepEqual(im, again) {
			t.Fatal("the same numbers gave two disks")
		}
		for i, has := range sectorsOf(im.Files[2]) {
			if may := allowed(l.Events[:at], i); !bytes.ContainsRune(may, rune(has)) {
				t.Fatalf("sector %d holds %d, and may hold %v: %s", i, has, may, cut)
			}
		}
	})
}

// sectorsOf is the one number that each sector is full of; 255 where it is full of several.
func sectorsOf(b []byte) (all []byte) {
	for len(b) > 0 {
		one := b[0]
		if bytes.Count(b[:Sector], []byte{one}) != Sector {
			one = 255
		}
		all, b = append(all, one), b[Sector:]
	}
	return all
}

// allowed is what a sector may hold after these events.
func allowed(events []Event, sector int) []byte {
	may := []byte{0}
	for _, e := range events {
		switch first := int(e.Offset / Sector); {
		case e.Kind == Sync:
			may = may[len(may)-1:]
		case e.Kind == Write && sector >= first && sector < first+len(e.Data)/Sector:
			may = append(may, e.Data[0])
		}
	}
	return may
}

func TestImageIsLaidIntoAFolderAndPartsOfItAreTakenAway(t *testing.T) {
	im := NewImage()
	for _, e := range []Event{{Kind: MakeFolder, File: 2, Dir: Root, Name: "d"}, {Kind: Make, File: 3, Dir: 2, Name: "a"}, {Kind: Write, File: 3, Offset: 2, Data: []byte("x")}} {
		im.apply(&e)
	}
	paths := func() (all []string) {
		im.Walk(func(path string, _ FileID, b []byte) { all = append(all, fmt.Sprintf("%s %q", path, b)) })
		return all
	}
	if got := paths(); len(got) != 1 || got[0] != `d/a "\x00\x00x"` {
		t.Errorf("there is %q", got)
	}
	if im.Remove("d/b") || !im.Remove("d/a") || len(paths()) != 0 {
		t.Errorf("after taking d/a away there is %q", paths())
	}
}
