package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterr "go.etcd.io/bbolt/errors"
)

// boltFile is the bbolt file.
type boltFile struct {
	path string
	max  int64
	db   *bolt.DB // nil while it is not open

	// Faults for tests; nil otherwise. The first fails the transaction before its commit, the second says that a commit
	// failed which did reach the disk.
	before, behind func() error
}

// twoPages is the least that a bbolt file can have, with the smallest pages there are.
const twoPages = 2 * 4096

const lockWait = 2 * time.Second // 0 would wait for ever

// create makes the file under another name and renames it when it is whole: a power cut during the first writes of a
// bbolt file can leave one that does not open (bbolt README, "Caveats").
func (b *boltFile) create(first []put) error {
	fresh := boltFile{path: b.path + ".new", max: b.max}
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
	if err := rename(fresh.path, b.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(b.path))
}

func (b *boltFile) open() error {
	var file *os.File
	opening := func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	err := guarded(func() (err error) {
		b.db, err = bolt.Open(b.path, 0o600, &bolt.Options{
			Timeout: lockWait, MaxSize: int(b.max), FreelistType: bolt.FreelistMapType, NoStatistics: true, OpenFile: opening,
		})
		return err
	})
	if b.db == nil && file != nil {
		abandon(file) // bbolt leaves it open, and locked, when it panics; after an error it is closed already
	}
	switch {
	case errors.Is(err, bolterr.ErrTimeout):
		return fmt.Errorf("%s: %w", b.path, ErrLocked)
	case errors.Is(err, bolterr.ErrInvalid), errors.Is(err, bolterr.ErrChecksum), errors.Is(err, bolterr.ErrVersionMismatch):
		return fmt.Errorf("%s: %w: %w", b.path, ErrDamaged, err)
	case err != nil:
		return fmt.Errorf("%s: %w", b.path, full(err))
	}
	return nil
}

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

// write keeps a batch, whole or not at all, and returns when it is on disk. old is what stood there before, put for put.
// After an error the file must be closed and looked at before anything else is written: bbolt is not asked to go on,
// because its maps of pages may be of the transaction that failed.
func (b *boltFile) write(batch []put) (old []put, err error) {
	err = guarded(func() error {
		return b.db.Update(func(tx *bolt.Tx) error {
			for _, p := range batch {
				room, err := tx.CreateBucketIfNotExists([]byte(p.room))
				if err != nil {
					return err
				}
				old = append(old, put{p.room, p.key, bytes.Clone(room.Get(p.key))})
				if err := p.into(room); err != nil {
					return err
				}
			}
			return call(b.before)
		})
	})
	if err == nil {
		err = call(b.behind)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", b.path, full(err))
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

func (b *boltFile) each(rooms []string, take func(put) error) error {
	return b.view(func(tx *bolt.Tx) error {
		for _, name := range rooms {
			room := tx.Bucket([]byte(name))
			if room == nil {
				continue
			}
			if err := room.ForEach(func(k, v []byte) error { return take(put{name, k, v}) }); err != nil {
				return err
			}
		}
		return nil
	})
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
