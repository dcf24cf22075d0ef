package book

import (
	"errors"
	"fmt"
	"io"
)

// window reads a file through a buffer that only moves forward.
type window struct {
	f     File
	path  string
	limit int64 // nothing is read at or behind it
	buf   []byte
	from  int64 // offset of buf in the file
}

const windowBytes = 256 << 10

// at returns n bytes at offset, valid until the next call. The caller stays before limit.
func (w *window) at(offset, n int64) ([]byte, error) {
	if offset < w.from || offset+n > w.from+int64(len(w.buf)) {
		if err := w.fill(offset, n); err != nil {
			return nil, err
		}
	}
	return w.buf[offset-w.from:][:n:n], nil
}

func (w *window) fill(offset, n int64) error {
	n = max(n, min(windowBytes, w.limit-offset))
	if int64(cap(w.buf)) < n {
		w.buf = make([]byte, n)
	}
	w.buf, w.from = w.buf[:n], offset
	if _, err := w.f.ReadAt(w.buf, offset); err != nil {
		w.buf = w.buf[:0]
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("read %s at offset %d: %w", w.path, offset, err)
	}
	return nil
}

// walk goes from frame to frame of one segment and believes nothing: checksum, position, group and chain must fit.
type walk struct {
	seg    *segment
	window window
	next   int64    // offset of the next frame
	last   Position // of the entry before it
	chain  chain    // after that entry
	group  header   // of the entry before it; zero at a segment's beginning
}

func newWalk(f File, seg *segment, limit int64, from post) *walk {
	w := &walk{seg: seg, next: from.offset, last: from.at}
	w.window = window{f: f, path: seg.path, limit: limit}
	w.chain.init()
	w.chain.hash = from.hash
	return w
}

// betweenGroups says whether the last group is whole.
func (w *walk) betweenGroups() bool { return w.group.number == w.group.count }

// step takes one frame, whose body is valid until the next step. It returns io.EOF where zeros begin or no frame has
// room; a *Damage, which is torn if a crash may have left it; or the error of the disk.
func (w *walk) step() (header, []byte, error) {
	h, frame, err := w.frame()
	if err != nil {
		return header{}, nil, err
	}
	body := frame[frameHead:][:h.length]
	w.chain.add(body)
	if d := w.misfit(h); d != nil {
		return header{}, nil, d
	}
	w.next += h.bytes()
	w.last, w.group = h.at, h
	return h, body, nil
}

func (w *walk) frame() (header, []byte, error) {
	if w.window.limit-w.next < frameHead {
		return header{}, nil, io.EOF
	}
	b, err := w.window.at(w.next, frameHead)
	if err != nil {
		return header{}, nil, err
	}
	if allZero(b) {
		return header{}, nil, io.EOF
	}
	h := readHeader(b)
	if !h.possible() || h.bytes() > w.window.limit-w.next {
		return header{}, nil, w.torn("no frame begins like this")
	}
	if b, err = w.window.at(w.next, h.bytes()); err != nil {
		return header{}, nil, err
	}
	if frameSum(b, w.seg.seed) != h.sum {
		return header{}, nil, w.torn("the frame does not fit its checksum")
	}
	return h, b, nil
}

func (w *walk) torn(what string) *Damage {
	d := w.seg.damage(w.next, w.last+1, "%s", what)
	d.torn = true
	return d
}

// misfit looks at a frame that is whole: no crash can put one where it does not belong, because each start clears
// away what the crash before it left.
func (w *walk) misfit(h header) *Damage {
	switch {
	case h.at != w.last+1:
		return w.seg.damage(w.next, w.last+1, "entry %d stands here", h.at)
	case w.betweenGroups() && h.number != 1,
		!w.betweenGroups() && (h.number != w.group.number+1 || h.count != w.group.count):
		return w.seg.damage(w.next, h.at, "it is number %d of %d of a group that does not begin so", h.number, h.count)
	case h.link != w.chain.link():
		return w.seg.damage(w.next, h.at, "the hash chain does not fit: this entry or one before it has been changed")
	}
	return nil
}
