package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
)

// found is one intact frame of a tape.
type found struct {
	kind byte
	mark
	at    int64
	size  int
	loose bool // it does not follow the one before: something between them is missing or damaged
}

// reading of a tape: all of it that is intact.
type scanned struct {
	path    string
	missing bool
	newer   bool    // its format is one that this program does not know
	header  bool    // the header is intact
	frames  []found // in the order of the file
	end     int64   // behind the last intact frame
	tail    bool    // something that is no frame stands behind the last one: a torn write, or damage
	ended   bool    // the mark of the end stands behind the last frame
	failed  error   // it could not be read to its end
}

// scan reads a tape. Damage is told in what comes back; the error is one of the system, before anything was read.
func (t *tape) scan() (s scanned, err error) {
	s.path = t.path
	f, err := t.sys.open(t.path, os.O_RDONLY)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.missing = true
		return s, nil
	case unreadable(err):
		s.failed = err
		return s, nil
	case err != nil:
		return s, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return s, err
	}
	s.read(&window{r: f, size: info.Size()})
	return s, nil
}

func (s *scanned) read(w *window) {
	head := w.look(0, tapeHeader)
	s.header = head != nil && string(head[:8]) == tapeMagic && crc32.Checksum(head[:12], castagnoli) == binary.BigEndian.Uint32(head[12:])
	s.newer = s.header && binary.BigEndian.Uint32(head[8:]) > tapeFormat
	if s.newer {
		return
	}
	s.end = int64(tapeHeader)
	at, loose := s.end, false
	for at < w.size && w.failed == nil {
		f, ok := s.frame(w, at)
		if !ok {
			at, loose = at+1, true // look on for the next one, byte by byte: the length may be what is damaged
			continue
		}
		f.loose = loose || !s.follows(f)
		s.frames = append(s.frames, f)
		at, loose = at+int64(f.size), false
		s.end = at
	}
	size := w.size
	if raw := w.look(s.end, len(tapeEnd)); string(raw) == tapeEnd && s.end+int64(len(raw)) == size {
		s.ended, size = true, s.end
	}
	s.failed, s.tail = w.failed, s.end < size
}

// batchMost is more batches than any till makes: a thousand a second for thirty years.
const batchMost = 1 << 40

// frame reads the frame at a place, if an intact one stands there. What could not be one of this tape is not summed:
// the way through a damaged part must not take long.
func (s *scanned) frame(w *window, at int64) (found, bool) {
	head := w.look(at, frameHead)
	if head == nil {
		return found{}, false
	}
	body := int64(binary.BigEndian.Uint32(head))
	f := found{kind: head[8], mark: mark{binary.BigEndian.Uint64(head[9:]), binary.BigEndian.Uint64(head[17:])}, at: at, size: frameHead + int(body)}
	last := s.last().batch
	if f.kind < isBatch || f.kind > isLast || body > frameMost || at+int64(f.size) > w.size ||
		f.batch < last || f.batch > batchMost {
		return found{}, false
	}
	sum := binary.BigEndian.Uint32(head[4:])
	raw := w.look(at, f.size)
	return f, raw != nil && checksum(raw) == sum
}

// follows tells whether a frame is the one that must come after those before it.
func (s *scanned) follows(f found) bool {
	if len(s.frames) == 0 {
		return f.kind != isBatch
	}
	last := s.frames[len(s.frames)-1]
	if last.kind == isPart {
		return f.kind != isBatch && f.mark == last.mark
	}
	return f.kind == isBatch && f.batch == last.batch+1
}

func (s *scanned) last() found {
	if len(s.frames) == 0 {
		return found{}
	}
	return s.frames[len(s.frames)-1]
}

// whole tells whether nothing before the last intact frame is damaged.
func (s *scanned) whole() bool {
	return s.header && s.failed == nil && len(s.prefix()) == len(s.frames) && len(s.frames) > 0
}

// prefix is the longest beginning that makes a journal: a whole snapshot, and the batches that follow it one by one.
func (s *scanned) prefix() []found {
	n := 0
	for n < len(s.frames) && !s.frames[n].loose {
		n++
	}
	if n == 0 || s.frames[n-1].kind == isPart {
		return nil
	}
	return s.frames[:n]
}

// after is what the tape holds beyond a state, batch by batch; ok is false when it does not know that state, or not all
// that came after it.
func (s *scanned) after(m mark) (frames []found, ok bool) {
	for i, f := range s.frames {
		if f.mark != m || f.kind == isPart {
			continue
		}
		for _, next := range s.frames[i+1:] {
			if next.loose || next.kind != isBatch {
				return nil, false
			}
		}
		return s.frames[i+1:], true
	}
	return nil, false
}

// batches gives the puts of frames, one after the other.
func (t *tape) batches(frames []found, take func(found, []put) error) error {
	if len(frames) == 0 {
		return nil
	}
	f, err := t.sys.open(t.path, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, g := range frames {
		raw := make([]byte, g.size)
		if _, err := io.ReadFull(io.NewSectionReader(f, g.at, int64(g.size)), raw); err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		batch, err := decodeBody(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		if err := take(g, batch); err != nil {
			return err
		}
	}
	return nil
}

// window reads a file piece by piece, so that a long tape takes little memory.
type window struct {
	r      io.ReaderAt
	size   int64
	buf    []byte
	at     int64 // where buf begins
	failed error // the file could not be read here
}

const windowSize = 1 << 20

// look gives n bytes at a place, nil when they are not there. They are good until the next call.
func (w *window) look(at int64, n int) []byte {
	if at < 0 || at+int64(n) > w.size || w.failed != nil {
		return nil
	}
	if at < w.at || at+int64(n) > w.at+int64(len(w.buf)) {
		size := min(int64(max(n, windowSize)), w.size-at)
		if int64(cap(w.buf)) < size {
			w.buf = make([]byte, size)
		}
		w.at, w.buf = at, w.buf[:size]
		if got, err := w.r.ReadAt(w.buf, at); got < len(w.buf) {
			w.failed, w.buf = err, nil
			return nil
		}
	}
	return w.buf[at-w.at:][:n]
}
