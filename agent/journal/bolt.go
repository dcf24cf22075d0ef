package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterr "go.etcd.io/bbolt/errors"
)

// inStore is the room of the file's own mark, which no tape has.
const inStore, keyMark = "store", "mark"

// boltFile is the bbolt file.
type boltFile struct {
	path string
	max  int64
	sys  *system
	read bool     // only to read
	db   *bolt.DB // nil while it is not open
	mark mark     // as the file has it
	old  bool     // it has none: made before there was a tape
	live int64    // bytes of all keys and values, as far as they were read or written
}

// twoPages is the least that a bbolt file can have, with the smallest pages there are.
const twoPages = 2 * 4096

const lockWait = 2 * time.Second // 0 would wait for ever

// build makes a whole file under another name, for the system to rename: a power cut during the first writes of a bbolt
// file can leave one that does not open (bbolt README, "Caveats"). It is filled in one transaction or more, the mark last.
func (b *boltFile) build(m mark, fill func(write func([]put) error) error) (fresh string, err error) {
	f := boltFile{path: b.path + ".new", max: b.max, sys: b.sys}
	if err := b.sys.clear(f.path); err != nil {
		return "", err
	}
	err = f.open()
	if err == nil {
		err = f.fill(m, fill)
	}
	if err = errors.Join(err, f.close()); err != nil {
		return "", errors.Join(err, b.sys.clear(f.path))
	}
	return f.path, nil
}

func (b *boltFile) fill(m mark, fill func(write func([]put) error) error) error {
	if err := fill(func(batch []put) error {
		_, err := b.commit(batch, func(sum uint64) (mark, error) { return mark{sum: sum}, nil })
		return err
	}); err != nil {
		return err
	}
	_, err := b.commit(nil, func(sum uint64) (mark, error) {
		if sum != m.sum {
			return m, fmt.Errorf("%w: the sum is not that of what it was made from", ErrDamaged)
		}
		return m, nil
	})
	return err
}

func (b *boltFile) open() error {
	var f *os.File
	opening := func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		f, err = b.sys.openBolt(name, flag, mode)
		return f, err
	}
	err := guarded(func() (err error) {
		b.db, err = bolt.Open(b.path, 0o600, &bolt.Options{
			Timeout: lockWait, MaxSize: int(b.max), FreelistType: bolt.FreelistMapType, NoStatistics: b.read, OpenFile: opening,
			ReadOnly: b.read, PreLoadFreelist: b.read,
		})
		return err
	})
	if b.db == nil && f != nil {
		abandon(f) // bbolt leaves it open, and locked, when it panics; after an error it is closed already
	}
	switch {
	case errors.Is(err, bolterr.ErrTimeout):
		return fmt.Errorf("%s: %w", b.path, ErrLocked)
	case errors.Is(err, bolterr.ErrInvalid), errors.Is(err, bolterr.ErrChecksum), errors.Is(err, bolterr.ErrVersionMismatch), unreadable(err):
		return fmt.Errorf("%s: %w: %w", b.path, ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("%s: %w", b.path, full(err))
	}
	err = b.reaches()
	if err == nil {
		err = b.readMark()
	}
	if err != nil {
		return errors.Join(err, b.close())
	}
	return nil
}

// reaches looks whether the file is as long as it says that it is. One that was cut off among its free pages reads well
// to the end, and no write ever succeeds: bbolt takes pages from behind the end of the file.
func (b *boltFile) reaches() error {
	info, err := os.Stat(b.path)
	if err != nil {
		return err
	}
	return b.view(func(tx *bolt.Tx) error {
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: it has %d bytes of %d", ErrDamaged, info.Size(), tx.Size())
		}
		return nil
	})
}

func (b *boltFile) readMark() error {
	raw, err := b.get(inStore, []byte(keyMark))
	switch {
	case err != nil:
		return err
	case raw == nil:
		b.mark, b.old = mark{}, true
		return nil
	case len(raw) != markSize || binary.BigEndian.Uint32(raw[16:]) != crc32.Checksum(raw[:16], castagnoli):
		return fmt.Errorf("%s: %w: its mark is not as it was written", b.path, ErrDamaged)
	}
	b.mark, b.old = mark{binary.BigEndian.Uint64(raw), binary.BigEndian.Uint64(raw[8:])}, false
	return nil
}

const markSize = 20

func (m mark) encode() []byte {
	raw := binary.BigEndian.AppendUint64(nil, m.batch)
	raw = binary.BigEndian.AppendUint64(raw, m.sum)
	return binary.BigEndian.AppendUint32(raw, crc32.Checksum(raw, castagnoli))
}

func (b *boltFile) String() string { return b.path }

func (b *boltFile) close() error {
	if b.db == nil {
		return nil
	}
	err := b.db.Close()
	b.db = nil
	return err
}

// guarded makes an error of what bbolt says by a panic, and the mapped file by a fault, when the file is damaged.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return do()
}

// commit keeps a batch, whole or not at all, and returns when it is on disk. The mark that is kept with it is asked for
// when the sum is known, just before the commit. old is what stood there before, put for put. After an error the file must
// be closed and looked at before anything else is written: bbolt is not asked to go on, because its maps of pages may be
// of the transaction that failed.
func (b *boltFile) commit(batch []put, next func(sum uint64) (mark, error)) (old []put, err error) {
	var m mark
	live := b.live
	err = guarded(func() error {
		return b.db.Update(func(tx *bolt.Tx) error {
			sum := b.mark.sum
			for _, p := range batch {
				before, err := p.into(tx)
				if err != nil {
					return err
				}
				old = append(old, before)
				sum += p.sum() - before.sum()
				live += int64(p.weight() - before.weight())
			}
			if m, err = next(sum); err != nil {
				return err
			}
			if _, err := (put{inStore, []byte(keyMark), m.encode()}).into(tx); err != nil {
				return err
			}
			return b.sys.before()
		})
	})
	if err == nil {
		err = b.sys.behind()
	}
	if err != nil {
		return old, fmt.Errorf("%s: %w", b.path, full(err))
	}
	b.mark, b.old, b.live = m, false, live
	return old, nil
}

// into does the put, and gives what stood there before.
func (p put) into(tx *bolt.Tx) (old put, err error) {
	room, err := tx.CreateBucketIfNotExists([]byte(p.room))
	if err != nil {
		return old, err
	}
	if p.room != inMeta && p.room != inStore {
		room.FillPercent = 0.9 // numbers only grow, so a full page is not written to again
	}
	old = put{p.room, p.key, bytes.Clone(room.Get(p.key))}
	if p.value == nil {
		return old, room.Delete(p.key)
	}
	return old, room.Put(p.key, p.value)
}

// each gives the rooms that are named, and then makes sure that the whole file is as its mark says. Nothing of what it
// gave may be trusted when it ends with an error.
func (b *boltFile) each(rooms []string, take func(put) error) error {
	return b.view(func(tx *bolt.Tx) error {
		sum, live := uint64(0), int64(0)
		counted := func(p put) error {
			sum, live = sum+p.sum(), live+int64(p.weight())
			return nil
		}
		for _, name := range rooms {
			if err := eachIn(tx.Bucket([]byte(name)), name, func(p put) error { return errors.Join(counted(p), take(p)) }); err != nil {
				return err
			}
		}
		// A later version may have rooms that this one does not know.
		err := tx.ForEach(func(name []byte, room *bolt.Bucket) error {
			if string(name) == inStore || slices.Contains(rooms, string(name)) {
				return nil
			}
			return eachIn(room, string(name), counted)
		})
		if err == nil && !b.old && sum != b.mark.sum {
			err = fmt.Errorf("%w: it does not hold what was written", ErrDamaged)
		}
		b.live = live
		return err
	})
}

// all gives everything that mark.sum counts, the room meta first.
func (b *boltFile) all(take func(put) error) error {
	rooms := []string{inMeta}
	if err := b.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			if r := string(name); r != inMeta && r != inStore {
				rooms = append(rooms, r)
			}
			return nil
		})
	}); err != nil {
		return err
	}
	return b.each(rooms, take)
}

func eachIn(room *bolt.Bucket, name string, take func(put) error) error {
	if room == nil {
		return nil
	}
	return room.ForEach(func(k, v []byte) error { return take(put{name, k, v}) })
}

func (b *boltFile) get(room string, key []byte) (value []byte, err error) {
	err = b.view(func(tx *bolt.Tx) error {
		if r := tx.Bucket([]byte(room)); r != nil {
			value = bytes.Clone(r.Get(key))
		}
		return nil
	})
	return value, err
}

// check is bbolt's own look at the file's pages.
func (b *boltFile) check() error {
	return b.view(func(tx *bolt.Tx) (err error) {
		for e := range tx.Check() {
			err = errors.Join(err, fmt.Errorf("%w: %w", ErrDamaged, e))
		}
		return err
	})
}

func (b *boltFile) view(look func(*bolt.Tx) error) error {
	if err := guarded(func() error { return b.db.View(look) }); err != nil {
		return fmt.Errorf("%s: %w", b.path, err)
	}
	return nil
}
