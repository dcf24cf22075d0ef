package powercut

import (
	"fmt"
	"math/rand/v2"
)

// Sector is what a disk writes whole or not at all, in bytes.
const Sector = 512

// fate is what becomes of things that were not synced when the power was cut.
type fate uint8

const (
	nothing    fate = iota // of them is there
	everything             // is there
	early                  // the first so many are
	some                   // any of them are
	sectors                // any sectors of any of them are
	torn                   // all are there but for some sectors of the last
	grown                  // only the sizes are: zeros where the data should be
	fates
)

var fateNames = [...]string{"nothing", "everything", "early", "some", "sectors", "torn", "grown"}

func (f fate) String() string { return fateNames[f] }

// Cut says at what moment the power failed and what became of what was not synced by then.
type Cut struct {
	At      int    // so many events had happened
	Last    string // the last of them
	Entries fate   // of made, renamed and removed names
	Written fate   // of writes and sizes, the same for all files unless Apart
	Apart   bool   // each file has a fate of its own
	Open    int    // events that were not yet durable
}

// String is the cut in words.
func (c Cut) String() string {
	written := c.Written.String()
	if c.Apart {
		written = "each file its own"
	}
	return fmt.Sprintf("after event %d (%s); of %d unsynced: entries %s, writes %s", c.At, c.Last, c.Open, c.Entries, written)
}

// Cut is a power cut at a moment drawn from r, half of the time just before a sync, when most is at stake. The same log and
// the same random numbers give the same disk.
func (l *Log) Cut(r *rand.Rand) (*Image, Cut) {
	at, late := r.IntN(len(l.Events)+1), r.IntN(2) == 0
	for late && at < len(l.Events) && !l.Events[at].sync() {
		at++
	}
	return l.CutAt(at, r)
}

// CutAt is a power cut after so many events.
func (l *Log) CutAt(at int, r *rand.Rand) (*Image, Cut) {
	im, open := l.durable(at)
	c := Cut{At: at, Last: "none", Open: len(open)}
	if at > 0 {
		c.Last = l.Events[at-1].String()
	}
	c.Entries = []fate{nothing, nothing, everything, everything, early, some}[r.IntN(6)]
	c.Written = fate(r.IntN(int(fates)))
	c.Apart = r.IntN(3) == 0
	im.keepEntries(open, c.Entries, r)
	ids, writes := byFile(open)
	for _, id := range ids {
		f := c.Written
		if c.Apart {
			f = fate(r.IntN(int(fates)))
		}
		im.keepWrites(id, writes[id], f, r)
	}
	return im, c
}

// durable is the disk with all that was synced within the first events, and the events of which nothing is known.
func (l *Log) durable(at int) (*Image, []*Event) {
	im, synced := l.Base.Clone(), map[FileID]int{}
	for i := range l.Events[:at] {
		if e := &l.Events[i]; e.sync() {
			synced[e.File] = i
		}
	}
	var open []*Event
	for i := range l.Events[:at] {
		switch e := &l.Events[i]; {
		case e.sync(), e.Kind == Lie:
		case e.Kind == Make && i >= synced[e.Dir], e.Kind == MakeFolder && i >= synced[e.Dir]:
			im.made(e)
			open = append(open, e)
		case e.entry() && i < max(synced[e.Dir], synced[e.FromDir]), !e.entry() && i < synced[e.File]:
			im.apply(e)
		default:
			open = append(open, e)
		}
	}
	return im, open
}

// made brings a file or folder into being that no folder lists yet: its contents may be synced before its name is.
func (im *Image) made(e *Event) {
	if e.Kind == Make {
		im.touch(e.File)
	} else {
		im.list(e.File)
	}
}

// keepEntries lists what became durable before its folder was synced.
func (im *Image) keepEntries(open []*Event, f fate, r *rand.Rand) {
	var entries []*Event
	for _, e := range open {
		if e.entry() {
			entries = append(entries, e)
		}
	}
	first := r.IntN(len(entries) + 1)
	for i, e := range entries {
		if f == everything || f == early && i < first || f == some && r.IntN(2) == 0 {
			im.apply(e)
		}
	}
}

// byFile sorts what was written by files, each in the order in which it was.
func byFile(open []*Event) (ids []FileID, writes map[FileID][]*Event) {
	writes = map[FileID][]*Event{}
	for _, e := range open {
		if e.entry() {
			continue
		}
		if writes[e.File] == nil {
			ids = append(ids, e.File)
		}
		writes[e.File] = append(writes[e.File], e)
	}
	return ids, writes
}

// keepWrites writes what became durable of a file before it was synced.
func (im *Image) keepWrites(id FileID, writes []*Event, f fate, r *rand.Rand) {
	im.touch(id)
	full := finalSize(int64(len(im.Files[id])), writes)
	first := r.IntN(len(writes) + 1)
	for i, e := range writes {
		switch {
		case f == everything, f == early && i < first, f == some && r.IntN(2) == 0, f == torn && i < len(writes)-1:
			im.apply(e)
		case f == sectors, f == torn:
			im.keepSectors(e, r)
		}
	}
	if size := int64(len(im.Files[id])); size < full && (f == grown || (f == some || f == sectors) && r.IntN(2) == 0) {
		im.resize(id, full)
	}
}

// keepSectors writes any of the sectors that a write touches. A size has none; it is kept or not.
func (im *Image) keepSectors(e *Event, r *rand.Rand) {
	if e.Kind == Size {
		if r.IntN(2) == 0 {
			im.apply(e)
		}
		return
	}
	for from := int64(0); from < int64(len(e.Data)); {
		to := min(from+Sector-(e.Offset+from)%Sector, int64(len(e.Data)))
		if r.IntN(2) == 0 {
			im.write(e.File, e.Offset+from, e.Data[from:to])
		}
		from = to
	}
}

// finalSize is how long the file would be with all the writes.
func finalSize(size int64, writes []*Event) int64 {
	for _, e := range writes {
		if e.Kind == Size {
			size = e.Offset
		} else {
			size = max(size, e.Offset+int64(len(e.Data)))
		}
	}
	return size
}
