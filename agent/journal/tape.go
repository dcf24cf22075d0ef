package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"hexiao/hub/wire"
)

// The file journal.log, the tape. All numbers are big endian; the format is for good, and a newer one has another number.
//
//	header   magic 8 bytes "hexiaoJL", format 4 bytes, CRC-32C of these 12
//	frame    length of body 4 bytes, CRC-32C of all else in the frame, kind 1 byte, batch 8 bytes, sum 8 bytes, body
//	body     CBOR of the puts
//
// It begins with a snapshot: all that was kept when it was written, in one or more frames, owner first. Each frame after
// those is one batch. batch counts them, and sum is mark.sum when that batch has been kept.
const (
	tapeMagic  = "hexiaoJL"
	tapeFormat = 1
	tapeHeader = len(tapeMagic) + 8
	frameHead  = 25
	frameMost  = 64 << 20 // bytes of body; the longest batch is a whole set of used vouchers, some 2 bytes for each
)

// The kinds of frame.
const (
	isBatch byte = 1 // one batch
	isPart  byte = 2 // a part of the snapshot, and not its last
	isLast  byte = 3 // the last part of the snapshot
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// mark says which state of the journal a file holds: how many batches went before, and the sum of all that is kept.
type mark struct{ batch, sum uint64 }

// tapePut is a put as the tape has it.
type tapePut struct {
	_     struct{} `cbor:",toarray"`
	Room  string
	Key   []byte
	Value []byte // nil takes the key away
}

// encodeFrame makes a frame of a batch.
func encodeFrame(kind byte, m mark, batch []put) ([]byte, error) {
	puts := make([]tapePut, len(batch))
	for i, p := range batch {
		puts[i] = tapePut{Room: p.room, Key: p.key, Value: p.value}
	}
	body, err := wire.Marshal(puts)
	if err != nil {
		return nil, err
	}
	if len(body) > frameMost {
		return nil, fmt.Errorf("a batch of %d bytes; the journal takes %d", len(body), frameMost)
	}
	raw := make([]byte, frameHead, frameHead+len(body))
	binary.BigEndian.PutUint32(raw, uint32(len(body)))
	raw[8] = kind
	binary.BigEndian.PutUint64(raw[9:], m.batch)
	binary.BigEndian.PutUint64(raw[17:], m.sum)
	raw = append(raw, body...)
	binary.BigEndian.PutUint32(raw[4:], checksum(raw))
	return raw, nil
}

// checksum is the CRC-32C of all of a frame but the checksum itself.
func checksum(raw []byte) uint32 {
	return crc32.Update(crc32.Checksum(raw[:4], castagnoli), castagnoli, raw[8:])
}

// decodeBody gives the puts of a frame that is intact.
func decodeBody(raw []byte) ([]put, error) {
	var puts []tapePut
	if err := wire.Unmarshal(raw[frameHead:], &puts); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	batch := make([]put, len(puts))
	for i, p := range puts {
		batch[i] = put{p.Room, p.Key, p.Value}
	}
	return batch, nil
}

func encodeHeader() []byte {
	raw := binary.BigEndian.AppendUint32([]byte(tapeMagic), tapeFormat)
	return binary.BigEndian.AppendUint32(raw, crc32.Checksum(raw, castagnoli))
}

// tape is the second journal: a plain file that only grows, beside the bbolt file. What it holds is enough to make the
// other one again.
type tape struct {
	path string
	sys  *system
	f    file  // nil while it is not open
	end  int64 // where the next frame goes: all before it is on disk
}

// tapeEnd stands behind the last frame, and the next one is written over it: a tape that was cut off between two frames
// would look whole without it. Only where bbolt cannot be read either does it matter.
const tapeEnd = "HXTAPEND"

// open opens the tape to write behind what is known to be good; whatever stands there is cut away.
func (t *tape) open(end int64) error {
	t.end = end
	f, err := t.sys.open(t.path, os.O_RDWR)
	if err != nil {
		return err
	}
	t.f = f
	info, err := f.Stat()
	switch {
	case err == nil && info.Size() < end:
		err = fmt.Errorf("%s: %w: it has %d bytes of %d", t.path, ErrDamaged, info.Size(), end)
	case err == nil && info.Size() == end+int64(len(tapeEnd)) && t.ended():
	case err == nil && info.Size() > end:
		err = t.cut()
	}
	if err != nil {
		return errors.Join(err, t.close())
	}
	return nil
}

// ended tells whether the mark of the end stands where it belongs.
func (t *tape) ended() bool {
	raw := make([]byte, len(tapeEnd))
	_, err := t.f.ReadAt(raw, t.end)
	return err == nil && string(raw) == tapeEnd
}

// cut takes away what stands behind the end, and marks it, when the disk has room.
func (t *tape) cut() error {
	if err := t.f.Truncate(t.end); err != nil {
		return fmt.Errorf("cut %s: %w", t.path, err)
	}
	if _, err := t.f.WriteAt([]byte(tapeEnd), t.end); err != nil {
		if !errors.Is(full(err), ErrFull) {
			return fmt.Errorf("cut %s: %w", t.path, err)
		}
		if err := t.f.Truncate(t.end); err != nil { // no room for all of it; the next frame brings it
			return fmt.Errorf("cut %s: %w", t.path, err)
		}
	}
	if err := t.f.Sync(); err != nil {
		return fmt.Errorf("cut %s: %w", t.path, err)
	}
	return nil
}

// append writes a frame and returns when it is on disk. After an error the tape must be opened again.
func (t *tape) append(raw []byte) error {
	_, err := t.f.WriteAt(append(raw, tapeEnd...), t.end)
	if err == nil {
		err = t.f.Sync()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", t.path, full(err))
	}
	t.end += int64(len(raw))
	return nil
}

func (t *tape) close() error {
	if t.f == nil {
		return nil
	}
	err := t.f.Close()
	t.f = nil
	return err
}

// partSize is how much of a snapshot goes into one frame, bytes.
const partSize = 256 << 10

// rewrite makes the tape anew as a snapshot of a state and opens it. The old one stays until the new one is whole.
func (t *tape) rewrite(m mark, each func(take func(put) error) error) error {
	fresh := &tape{path: t.path + ".new", sys: t.sys}
	if err := t.sys.clear(fresh.path); err != nil {
		return err
	}
	if err := fresh.fill(m, each); err != nil {
		return errors.Join(err, t.sys.clear(fresh.path))
	}
	err := t.close()
	if err == nil {
		err = t.sys.rename(fresh.path, t.path)
	}
	if err != nil {
		return errors.Join(err, t.sys.clear(fresh.path))
	}
	t.end = fresh.end // whichever of the two a power cut leaves, both say the same
	if err := t.sys.syncFolder(filepath.Dir(t.path)); err != nil {
		return err
	}
	return t.open(t.end)
}

// fill writes a snapshot and syncs it.
func (t *tape) fill(m mark, each func(take func(put) error) error) (err error) {
	if t.f, err = t.sys.open(t.path, os.O_RDWR|os.O_CREATE|os.O_EXCL); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.put(encodeHeader()); err != nil {
		return err
	}
	part, size := []put(nil), 0
	if err := each(func(p put) error {
		if size > partSize {
			if err := t.frame(isPart, m, part); err != nil {
				return err
			}
			part, size = nil, 0
		}
		part, size = append(part, p.clone()), size+p.weight()
		return nil
	}); err != nil {
		return err
	}
	if err := t.frame(isLast, m, part); err != nil {
		return err
	}
	if _, err := t.f.WriteAt([]byte(tapeEnd), t.end); err != nil {
		return err
	}
	return t.f.Sync()
}

func (t *tape) frame(kind byte, m mark, batch []put) error {
	raw, err := encodeFrame(kind, m, batch)
	if err != nil {
		return err
	}
	return t.put(raw)
}

// put writes behind the end without a sync.
func (t *tape) put(raw []byte) error {
	n, err := t.f.WriteAt(raw, t.end)
	t.end += int64(n)
	return err
}
