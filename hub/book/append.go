package book

import "fmt"

// Append adds the bodies as one group, in order, with one write and one sync. When it returns without an error they
// are durable and last is the position of the last of them; without bodies it does nothing and returns the head's.
// After a crash the group is there whole or not at all. The bodies are not kept.
//
// ErrTooLarge means that nothing was written and the book goes on; after Close it is os.ErrClosed. Any other error wraps
// ErrBroken and its cause: the group is not acknowledged, may yet be found by the next Open, and every later Append fails
// with ErrBroken too.
//
// It blocks for the disk: for a write and a sync, at the end of a segment for the three syncs of the change to the next
// one, and there also for the next one's preparation if that is not finished.
func (b *Book) Append(bodies ...[]byte) (last Position, err error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	if b.broken != nil {
		return 0, fmt.Errorf("append: %w: %w", ErrBroken, b.broken)
	}
	if b.closing.Load() {
		return 0, fmt.Errorf("append: %w", errClosed)
	}
	n, err := groupBytes(bodies)
	if err != nil {
		return 0, fmt.Errorf("append: %w", err)
	}
	if len(bodies) == 0 {
		return b.live.last, nil
	}
	if err := b.commit(bodies, n); err != nil {
		b.broken = err
		return 0, fmt.Errorf("append %d entries after %d: %w: %w", len(bodies), b.live.last, ErrBroken, err)
	}
	return b.live.last, nil
}

func groupBytes(bodies [][]byte) (int64, error) {
	var n int64
	for i, body := range bodies {
		if len(body) > MaxBody {
			return 0, fmt.Errorf("body %d of the group has %d bytes, at most %d: %w", i+1, len(body), MaxBody, ErrTooLarge)
		}
		n += frameBytes(len(body))
	}
	if n > MaxGroup {
		return 0, fmt.Errorf("the group has %d bytes, at most %d: %w", n, MaxGroup, ErrTooLarge)
	}
	return n, nil
}

func (b *Book) commit(bodies [][]byte, n int64) error {
	if b.live.end+n > b.live.bytes {
		if err := b.roll(n); err != nil {
			return err
		}
	}
	if _, err := b.tail.WriteAt(b.group(bodies, n), b.live.end); err != nil {
		return err
	}
	if err := b.tail.Sync(); err != nil {
		return err
	}
	b.publish(b.live.last+Position(len(bodies)), b.live.end+n)
	b.prepareAhead()
	return nil
}

// group builds the frames in a buffer that is used again, unless it was an unusually large one.
func (b *Book) group(bodies [][]byte, n int64) []byte {
	const keep = 8 << 20
	buf := b.buf
	if int64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	if n <= keep {
		b.buf = buf
	}
	buf = buf[:n]
	h := header{at: b.live.last, count: uint32(len(bodies))}
	rest := buf
	for _, body := range bodies {
		b.chain.add(body)
		h.at++
		h.number++
		h.length, h.link = uint32(len(body)), b.chain.link()
		frame := rest[:h.bytes()]
		h.write(frame, body, b.live.seed)
		rest = rest[len(frame):]
	}
	return buf
}

// publish lets readers see what has just become durable.
func (b *Book) publish(last Position, end int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.live.postHere(post{b.live.last, b.live.end, b.live.hash})
	b.live.last, b.live.end, b.live.hash = last, end, b.chain.hash
}

// roll goes on in a new segment that has room for n bytes of frames. The order matters: the new segment is complete on
// disk before it gets its name, so that a segment with a name is never torn; the old one is sealed only when the new
// one's name is durable, so that a seal without a successor means that a file was lost.
func (b *Book) roll(n int64) error {
	next := segment{number: b.live.number + 1, first: b.live.last + 1, prev: b.live.hash}
	f, err := b.start(&next, framesAt+n)
	if err != nil {
		return err
	}
	old := b.live
	if err := old.writeMark(b.tail, stateShut); err != nil {
		f.Close()
		return err
	}
	if err := b.tail.Close(); err != nil {
		f.Close()
		return fmt.Errorf("close %s: %w", old.path, err)
	}
	b.mu.Lock()
	b.sealed, b.live = append(b.sealed, old), next
	b.mu.Unlock()
	b.tail, b.marked = f, next.last
	b.aimPreparation()
	b.log.Debug("segment begun", "file", next.path, "bytes", next.bytes, "after", old.last)
	return nil
}
