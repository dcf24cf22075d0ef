package book

import (
	"errors"
	"fmt"
)

// recover finds the end of the book, and leaves the folder as if it had been closed there: the live segment's mark at
// the head and nothing but zeros behind it. A spare from before is left for the next preparation to write over, since its
// contents are not known to be durable.
func (b *Book) recover() error {
	segs, err := loadSegments(b.disk)
	if err != nil {
		return err
	}
	if len(segs) == 0 {
		return b.create()
	}
	// A start after a failed sync of the folder must not rely on names that only the kernel's memory has.
	if err := b.disk.Sync(); err != nil {
		return err
	}
	for i := range segs[:len(segs)-1] {
		if err := b.sealLate(&segs[i], &segs[i+1]); err != nil {
			return err
		}
	}
	b.sealed, b.live = segs[:len(segs)-1], segs[len(segs)-1]
	return b.resume()
}

// create makes the first segment of a new book.
func (b *Book) create() error {
	first := segment{number: 1, first: 1}
	f, err := b.start(&first, framesAt)
	if err != nil {
		return err
	}
	b.tail, b.live = f, first
	return nil
}

// sealLate seals a segment that a crash left between the appearance of its successor and its own seal.
func (b *Book) sealLate(s, next *segment) error {
	if s.state == stateShut {
		s.startPosts()
		return nil
	}
	r, err := inspectSegment(b.disk, s)
	if err != nil {
		return err
	}
	if err := errors.Join(r.whole(s), r.before(s, next)); err != nil {
		return err
	}
	s.last, s.end, s.hash, s.state = r.last, r.end, r.hash, stateShut
	f, err := b.disk.Open(s.name(), true)
	if err != nil {
		return err
	}
	return errors.Join(s.writeMark(f, stateShut), f.Close())
}

// resume finds the end of the live segment and makes it ready to be written.
func (b *Book) resume() error {
	s := &b.live
	f, err := b.disk.Open(s.name(), true)
	if err != nil {
		return err
	}
	r, err := s.inspect(f)
	if err == nil {
		err = b.settle(f, r)
	}
	if err != nil {
		f.Close()
		return err
	}
	b.tail, b.chain.hash, b.marked = f, s.hash, s.last
	return nil
}

// settle makes what was found durable before anybody hears of it, and clears what is left of an unfinished group, so
// that its frames can never be met again.
func (b *Book) settle(f File, r found) error {
	s := &b.live
	clean := r.last == s.last && r.reach == r.end
	marked := s.last
	s.last, s.end, s.hash = r.last, r.end, r.hash
	if clean {
		return nil
	}
	if err := b.cutTail(f, r); err != nil {
		return err
	}
	if r.last > marked {
		if err := rewrite(f, r.begin, r.end); err != nil {
			return fmt.Errorf("settle the last group of %s: %w", s.path, err)
		}
	}
	// The mark must not reach the disk before what it vouches for.
	if err := f.Sync(); err != nil {
		return fmt.Errorf("settle %s: %w", s.path, err)
	}
	return s.writeMark(f, stateLive)
}

func (b *Book) cutTail(f File, r found) error {
	s := &b.live
	if r.reach == r.end {
		return nil
	}
	b.cut = r.reach - r.end
	b.log.Warn("unfinished group cut off the book", "file", s.path, "offset", r.end, "bytes", b.cut, "head", r.last)
	if err := fillZeros(f, r.end, r.reach); err != nil {
		return fmt.Errorf("cut the end of %s: %w", s.path, err)
	}
	return nil
}

// rewrite writes the last group once more as it is. Only this group can be in the kernel's memory and not on disk; and
// after a sync that failed the kernel takes its pages for written and would leave them out of the next sync.
func rewrite(f File, from, to int64) error {
	b := make([]byte, to-from)
	if _, err := f.ReadAt(b, from); err != nil {
		return err
	}
	_, err := f.WriteAt(b, from)
	return err
}

func fillZeros(f File, from, to int64) error {
	for from < to {
		n := min(int64(len(zeros)), to-from)
		if _, err := f.WriteAt(zeros[:n], from); err != nil {
			return err
		}
		from += n
	}
	return nil
}
