package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterr "go.etcd.io/bbolt/errors"
)

// The rooms of the file. Names are for good.
const (
	inMeta     = "meta"
	inRecords  = "records"  // number, 8 bytes big endian -> the record as it was encoded
	inOutcomes = "outcomes" // number -> voucher.Outcome
)

// put is one value to be kept: all that ever happens to the disk. A nil value takes the key away.
type put struct {
	room       string
	key, value []byte
}

func numbered(room string, n uint64, value []byte) put {
	return put{room, binary.BigEndian.AppendUint64(nil, n), value}
}

func named(key string, value []byte) put { return put{inMeta, []byte(key), value} }

// disk is the file. What it does is small on purpose: write a batch whole or not at all, and give everything back. It is
// not safe for concurrent use.
type disk struct {
	path string
	max  int64
	db   *bolt.DB // nil when it could not be opened again

	// Faults for tests; nil otherwise. The first fails the transaction before its commit, the second says that a commit
	// failed which did reach the disk.
	before, behind func() error
}

// twoPages is the least that a bbolt file can have, with the smallest pages there are.
const twoPages = 2 * 4096

const lockWait = 2 * time.Second // 0 would wait for ever

// openDisk opens the file, and makes it with the given contents when it is not there.
func openDisk(path string, max int64, first []put) (*disk, error) {
	d := &disk{path: path, max: max}
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		if err := d.create(first); err != nil {
			return nil, fmt.Errorf("make %s: %w", path, full(err))
		}
	case err == nil && info.Size() < twoPages: // of an empty one bbolt would make a new one
		return nil, fmt.Errorf("%s: %w: it has %d bytes", path, ErrDamaged, info.Size())
	}
	return d, d.open()
}

// create makes the file under another name and renames it when it is whole: a power cut during the first writes of a
// bbolt file can leave one that does not open (bbolt README, "Caveats").
func (d *disk) create(first []put) error {
	fresh := disk{path: d.path + ".new", max: d.max}
	if err := os.Remove(fresh.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := fresh.open(); err != nil {
		return err
	}
	_, err := fresh.write(first)
	if err := errors.Join(err, fresh.close()); err != nil {
		return errors.Join(err, os.Remove(fresh.path))
	}
	if err := rename(fresh.path, d.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(d.path))
}

func (d *disk) open() error {
	var file *os.File
	opening := func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	err := d.guarded(func() (err error) {
		d.db, err = bolt.Open(d.path, 0o600, &bolt.Options{
			Timeout: lockWait, MaxSize: int(d.max), FreelistType: bolt.FreelistMapType, NoStatistics: true, OpenFile: opening,
		})
		return err
	})
	if d.db == nil && file != nil {
		abandon(file) // bbolt leaves it open, and locked, when it panics; after an error it is closed already
	}
	switch {
	case errors.Is(err, bolterr.ErrTimeout):
		return fmt.Errorf("%s: %w", d.path, ErrLocked)
	case errors.Is(err, bolterr.ErrInvalid), errors.Is(err, bolterr.ErrChecksum), errors.Is(err, bolterr.ErrVersionMismatch):
		return fmt.Errorf("%s: %w: %w", d.path, ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("%s: %w", d.path, full(err))
	}
	return nil
}

func (d *disk) close() error {
	if d.db == nil {
		return nil
	}
	err := d.db.Close()
	d.db = nil
	return err
}

// guarded makes an error of what bbolt says by a panic, and the mapped file by a fault, when the file is damaged.
func (*disk) guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	return do()
}

// write keeps a batch, whole or not at all, and returns when it is on disk. old is what stood there before, put for put.
// After an error the file must be closed and looked at (see mend) before anything else is written.
func (d *disk) write(batch []put) (old []put, err error) {
	err = d.guarded(func() error {
		return d.db.Update(func(tx *bolt.Tx) error {
			for _, p := range batch {
				b, err := tx.CreateBucketIfNotExists([]byte(p.room))
				if err != nil {
					return err
				}
				old = append(old, put{p.room, p.key, bytes.Clone(b.Get(p.key))})
				if err := p.into(b); err != nil {
					return err
				}
			}
			return call(d.before)
		})
	})
	if err == nil {
		err = call(d.behind)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", d.path, full(err))
	}
	return old, err
}

func (p put) into(b *bolt.Bucket) error {
	if p.value == nil {
		return b.Delete(p.key)
	}
	return b.Put(p.key, p.value)
}

func call(fault func() error) error {
	if fault == nil {
		return nil
	}
	return fault()
}

// each gives everything back, room by room in the order named, keys in order. What it gives is only good during the call.
func (d *disk) each(rooms []string, take func(put) error) error {
	return d.view(func(tx *bolt.Tx) error {
		for _, room := range rooms {
			b := tx.Bucket([]byte(room))
			if b == nil {
				continue
			}
			if err := b.ForEach(func(k, v []byte) error { return take(put{room, k, v}) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// get is one value, nil when there is none.
func (d *disk) get(room string, key []byte) (value []byte, err error) {
	err = d.view(func(tx *bolt.Tx) error {
		if b := tx.Bucket([]byte(room)); b != nil {
			value = bytes.Clone(b.Get(key))
		}
		return nil
	})
	return value, err
}

// check is bbolt's own look at the file's pages.
func (d *disk) check() error {
	return d.view(func(tx *bolt.Tx) (err error) {
		for e := range tx.Check() {
			err = errors.Join(err, e)
		}
		return err
	})
}

func (d *disk) view(look func(*bolt.Tx) error) error {
	if err := d.guarded(func() error { return d.db.View(look) }); err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	return nil
}

// full marks the errors that mean that there is no room.
func full(err error) error {
	if err == nil || errors.Is(err, ErrFull) {
		return err
	}
	if errors.Is(err, bolterr.ErrMaxSizeReached) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	for _, e := range noRoom {
		// bbolt v1.5.0 hands on the text only where the file would not grow (db.grow), so the text is looked at too.
		if errors.Is(err, e) || strings.HasSuffix(err.Error(), e.Error()) {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return err
}
