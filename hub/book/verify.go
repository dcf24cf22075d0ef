package book

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// Verify reads every byte of the book in dir, which must not be open anywhere else, changes nothing, and returns a
// *Damage for the first place that is not as it was written. What a crash left of an unfinished group counts as such a
// place too: only Open can cut it. The context is looked at between segments.
func Verify(ctx context.Context, dir string) error {
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return fmt.Errorf("verify book %s: %w", dir, err)
	}
	return errors.Join(verify(ctx, folder(dir)), unlock())
}

func verify(ctx context.Context, d Disk) error {
	segs, wrong := loadSegments(d)
	if wrong == nil && len(segs) == 0 {
		return fmt.Errorf("there is no book in %s (目录中没有账本)", d.Path(""))
	}
	for i := range segs {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := inspectSegment(d, &segs[i])
		if err == nil {
			err = r.whole(&segs[i])
		}
		if err == nil && i+1 < len(segs) {
			err = r.before(&segs[i], &segs[i+1])
		}
		if err != nil {
			return err
		}
	}
	return wrong
}

// Verify checks every byte of what is durable, beside Append, and returns a *Damage for the first place that is not as
// it was written. The context is looked at between segments, in the live one between entries.
func (b *Book) Verify(ctx context.Context) error {
	segs, err := b.snapshot()
	if err != nil {
		return err
	}
	live := len(segs) - 1
	for i := range segs[:live] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.verifySealed(&segs[i], &segs[i+1]); err != nil {
			return err
		}
	}
	if err := b.verifyHead(&segs[live]); err != nil {
		return err
	}
	whole := segs[live]
	whole.startPosts()
	return b.readSegment(ctx, &whole, whole.first-1, func(Entry) error { return nil })
}

// verifySealed goes by what the file says now, not by what was read from it at the start.
func (b *Book) verifySealed(known, next *segment) error {
	s, err := loadSegment(b.disk, known.number)
	if err != nil {
		return err
	}
	r, err := inspectSegment(b.disk, &s)
	if err != nil {
		return err
	}
	if err := r.whole(&s); err != nil {
		return err
	}
	return r.before(&s, next)
}

// verifyHead keeps Append out, which may be about to write the mark.
func (b *Book) verifyHead(s *segment) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	_, err := loadSegment(b.disk, s.number)
	return err
}

func inspectSegment(d Disk, s *segment) (found, error) {
	f, err := d.Open(s.name(), false)
	if err != nil {
		return found{}, err
	}
	defer f.Close()
	return s.inspect(f)
}

// whole says whether nothing but whole groups and zeros was found.
func (r found) whole(s *segment) error {
	if r.stop != nil {
		return r.stop
	}
	if r.reach > r.end {
		return s.damage(r.end, r.last+1, "there are %d bytes behind the last whole group", r.reach-r.end)
	}
	return nil
}

// before says whether next continues the segment where it was found to end.
func (r found) before(s, next *segment) error {
	seen := *s
	seen.last, seen.hash = r.last, r.hash
	return seen.follows(next)
}
