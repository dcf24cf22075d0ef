package book

import (
	"context"
	"fmt"
	"io"
	"sort"
)

// Read calls f with every durable entry behind from, in order, up to the head at the time of the call. Each entry's
// checksum and place in the chain are checked before f sees it. It runs beside Append, and holds no lock while f runs.
//
// It returns f's error as it is, ErrAhead when from lies behind the head, a *Damage, the context's error or the disk's.
func (b *Book) Read(ctx context.Context, from Position, f func(Entry) error) error {
	segs, err := b.snapshot()
	if err != nil {
		return err
	}
	if head := segs[len(segs)-1].last; from > head {
		return fmt.Errorf("read after entry %d of a book that ends with %d: %w", from, head, ErrAhead)
	}
	begin := sort.Search(len(segs), func(i int) bool { return segs[i].last > from })
	for i := range segs[begin:] {
		if err := b.readSegment(ctx, &segs[begin+i], from, f); err != nil {
			return err
		}
	}
	return nil
}

// snapshot returns all segments as they are durable now.
func (b *Book) snapshot() ([]segment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errClosed
	}
	return append(b.sealed[:len(b.sealed):len(b.sealed)], b.live), nil
}

func (b *Book) readSegment(ctx context.Context, s *segment, from Position, f func(Entry) error) error {
	file, err := b.disk.Open(s.name(), false)
	if err != nil {
		return err
	}
	defer file.Close()
	w := newWalk(file, s, s.end, s.postBefore(from))
	for w.next < s.end {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, body, err := w.step()
		if err != nil {
			return w.here(err)
		}
		if h.at <= from {
			continue
		}
		if err := f(Entry{At: h.at, Body: body, Hash: w.chain.hash}); err != nil {
			return err
		}
	}
	return w.ended()
}

// postBefore returns the last post from which an entry behind from can be reached.
func (s *segment) postBefore(from Position) post {
	i := sort.Search(len(s.posts), func(i int) bool { return s.posts[i].at > from })
	return s.posts[max(i-1, 0)]
}

// here makes of an early end of the frames the damage that it is where all is known to be durable.
func (w *walk) here(err error) error {
	if err == io.EOF {
		return w.seg.damage(w.next, w.last+1, "there are zeros instead of the entry")
	}
	return err
}

// ended says whether the walk came to the end that the segment is known to have.
func (w *walk) ended() error {
	if w.last != w.seg.last || w.chain.hash != w.seg.hash || w.next != w.seg.end {
		return w.seg.damage(w.next, w.last, "the segment does not end with entry %d as it did", w.seg.last)
	}
	return nil
}
