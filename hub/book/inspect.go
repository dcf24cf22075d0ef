package book

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// loadSegments reads the heads of all segments of a book and checks that they follow upon each other.
func loadSegments(d Disk) ([]segment, error) {
	names, err := d.Names()
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, name := range names {
		if n := segmentNumber(name); n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	segs := make([]segment, 0, len(numbers))
	for i, n := range numbers {
		if n != uint64(i+1) {
			return nil, missing(d, uint64(i+1), segs)
		}
		seg, err := loadSegment(d, n)
		if err != nil {
			return nil, err
		}
		segs = append(segs, seg)
	}
	return segs, joined(d, segs)
}

func loadSegment(d Disk, number uint64) (segment, error) {
	s := segment{number: number, path: d.Path(segmentName(number))}
	f, err := d.Open(s.name(), false)
	if err != nil {
		return s, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return s, fmt.Errorf("size of %s: %w", s.path, err)
	}
	if size < framesAt {
		return s, s.damage(size, 0, "the file has only %d bytes", size)
	}
	b := make([]byte, framesAt)
	if _, err := f.ReadAt(b, 0); err != nil {
		return s, fmt.Errorf("read %s: %w", s.path, err)
	}
	return s, s.parse(b, size)
}

func missing(d Disk, number uint64, before []segment) *Damage {
	m := &Damage{File: d.Path(segmentName(number)), What: "the file is missing"}
	if len(before) > 0 {
		m.At = before[len(before)-1].last + 1
	}
	return m
}

// joined checks each segment against the one before it. A segment that is not the last and not sealed was left so by
// a crash between two of rollover's steps; whoever needs its end has to walk there.
func joined(d Disk, segs []segment) error {
	for i := range segs {
		s := &segs[i]
		switch {
		case i == 0 && (s.first != 1 || s.prev != Hash{}):
			return s.damage(0, 1, "the first segment begins at entry %d", s.first)
		case i > 0 && segs[i-1].state == stateShut:
			if err := segs[i-1].follows(s); err != nil {
				return err
			}
		}
	}
	if n := len(segs); n > 0 && segs[n-1].state == stateShut {
		return missing(d, uint64(n+1), segs)
	}
	return nil
}

func (s *segment) follows(next *segment) error {
	if next.first != s.last+1 || next.prev != s.hash {
		return next.damage(0, next.first, "it does not continue the segment before it, which ends with entry %d", s.last)
	}
	return nil
}

// found is what walking through a whole segment showed.
type found struct {
	last  Position // of the last whole group
	hash  Hash
	begin int64   // where the last whole group begins
	end   int64   // and where it ends
	reach int64   // behind the last byte that is not zero; more than end if something was left of a group
	stop  *Damage // why the walk ended, nil for zeros between two groups
}

// inspect walks through a segment and its empty rest. It fails for every damage that a crash cannot explain; what it
// can is in found. Posts for reading are set up along the way.
func (s *segment) inspect(f File) (found, error) {
	s.startPosts()
	w := newWalk(f, s, s.bytes, s.posts[0])
	r, err := s.groups(w)
	if err != nil {
		return r, err
	}
	if r.reach, err = w.window.reach(r.end); err != nil {
		return r, err
	}
	later, err := w.later(r.end, r.reach, r.last+1)
	if err != nil {
		return r, err
	}
	lost := w.seg.damage(w.next, w.last+1, "it was acknowledged and is no longer whole")
	if r.stop != nil {
		lost.What = r.stop.What
	}
	switch {
	case later > 0:
		lost.What += fmt.Sprintf("; entry %d behind it is whole, so it cannot be a torn end", later)
		return r, lost
	case r.last < s.last:
		lost.What += fmt.Sprintf("; the entries up to %d were acknowledged, so it cannot be a torn end", s.last)
		return r, lost
	}
	return r, nil
}

// groups walks as far as groups are whole.
func (s *segment) groups(w *walk) (found, error) {
	r := found{last: w.last, hash: w.chain.hash, begin: w.next, end: w.next}
	for {
		_, _, err := w.step()
		d, damaged := errors.AsType[*Damage](err)
		switch {
		case damaged && d.torn:
			r.stop = d
			return r, nil
		case err == io.EOF && w.betweenGroups():
			return r, nil
		case err == io.EOF:
			r.stop = w.torn("the group ends too early")
			return r, nil
		case err != nil:
			return r, err
		case w.betweenGroups():
			s.postHere(post{r.last, r.end, r.hash})
			r.begin = r.end
			r.last, r.hash, r.end = w.last, w.chain.hash, w.next
			if err := s.agrees(r); err != nil {
				return r, err
			}
		}
	}
}

// agrees compares what was found with the mark where that was made.
func (s *segment) agrees(r found) error {
	if r.last == s.last && (r.hash != s.hash || r.end != s.end) {
		return s.damage(r.begin, r.last, "the mark of the segment knows another entry %d", r.last)
	}
	return nil
}

// reach returns the offset behind the last byte from start on that is not zero, or start.
func (w *window) reach(start int64) (int64, error) {
	reach := start
	for offset := start; offset < w.limit; {
		n := min(windowBytes, w.limit-offset)
		b, err := w.at(offset, n)
		if err != nil {
			return 0, err
		}
		if !allZero(b) {
			for n > 0 && b[n-1] == 0 {
				n--
			}
			reach = offset + n
		}
		offset += int64(len(b))
	}
	return reach, nil
}

// later looks between two offsets for a whole frame of a group that begins behind position first, and returns its
// position or 0. A group is written only when the one before it is durable: such a frame proves that the group which
// begins at first was acknowledged. The frames of the unfinished group itself, of which any may have reached the disk,
// begin at first. Bytes that a stranger sent cannot pass for a frame, because nobody outside knows the salt.
func (w *walk) later(start, end int64, first Position) (Position, error) {
	limit := w.window.limit
	most := first + Position(limit/frameHead) // no more entries than these have room in the segment
	for offset := start; offset < end && offset+frameHead <= limit; offset += frameAlign {
		b, err := w.window.at(offset, frameHead)
		if err != nil {
			return 0, err
		}
		h := readHeader(b)
		if h.at <= first || h.at > most || !h.possible() || h.first() <= first || offset+h.bytes() > limit {
			continue
		}
		if b, err = w.window.at(offset, h.bytes()); err != nil {
			return 0, err
		}
		if frameSum(b, w.seg.seed) == h.sum {
			return h.at, nil
		}
	}
	return 0, nil
}
