//go:build linux

package powercut_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
	_ "modernc.org/sqlite"
)

// bareBolt is bbolt with the journal's pattern of puts and nothing around it, with its syncs or without.
func bareBolt(sync bool) workload {
	return workload{func(folder string, s *script) error { return driveBolt(folder, s, !sync) }, openBolt}
}

var boltRooms = [][]byte{[]byte("records"), []byte("meta")}

func driveBolt(folder string, s *script, noSync bool) error {
	path := filepath.Join(folder, "bare.db")
	db, err := makeBolt(path)
	if err != nil {
		return err
	}
	db.NoSync = noSync
	seen := func() string { return seenBolt(db) }
	if err := s.step(func() error { return syncFolder(folder) }, seen); err != nil {
		return err
	}
	for n := range uint64(120) {
		if err := s.step(func() error { return putBolt(db, n+1, 100+s.IntN(300)) }, seen); err != nil {
			return err
		}
	}
	return db.Close()
}

// makeBolt makes the file under another name: a first write that is torn leaves what does not open (bbolt README).
func makeBolt(path string) (*bolt.DB, error) {
	db, err := bolt.Open(path+".new", 0o600, nil)
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, room := range boltRooms {
			if _, err := tx.CreateBucketIfNotExists(room); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close(), os.Rename(path+".new", path)); err != nil {
		return nil, err
	}
	return bolt.Open(path, 0o600, nil)
}

func putBolt(db *bolt.DB, n uint64, size int) error {
	key := binary.BigEndian.AppendUint64(nil, n)
	return db.Update(func(tx *bolt.Tx) error {
		return errors.Join(tx.Bucket(boltRooms[0]).Put(key, make([]byte, size)),
			tx.Bucket(boltRooms[1]).Put([]byte("tip"), key), tx.Bucket(boltRooms[1]).Put([]byte("clock"), key))
	})
}

func seenBolt(db *bolt.DB) string {
	n, sum := 0, sha256.New()
	err := db.View(func(tx *bolt.Tx) (err error) {
		for e := range tx.Check() {
			err = errors.Join(err, e)
		}
		for _, room := range boltRooms {
			err = errors.Join(err, tx.Bucket(room).ForEach(func(k, v []byte) error {
				n++
				fmt.Fprintf(sum, "%x %x\n", k, v)
				return nil
			}))
		}
		return err
	})
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%d values, all %x", n, sum.Sum(nil)[:6])
}

// openBolt may panic, or never come back; its process is there for that.
func openBolt(at job) (r report) {
	path := filepath.Join(at.Folder, "bare.db")
	if _, err := os.Stat(path); err != nil { // nothing was made yet
		return report{Seen: fmt.Sprintf("0 values, all %x", sha256.New().Sum(nil)[:6])}
	}
	db, err := bolt.Open(path, 0o600, nil)
	if r.failed("open", err) {
		return r
	}
	r.Seen = seenBolt(db)
	r.failed("write", errors.Join(putBolt(db, 1<<40, 100), db.Close()))
	return r
}

// bareSQLite is SQLite as the views have it, but for the syncs, which are told.
func bareSQLite(synchronous string) workload {
	return workload{func(folder string, s *script) error { return driveSQLite(folder, s, synchronous) }, openSQLite}
}

func openBare(folder, synchronous string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "bare.sqlite")+"?_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+")")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(`CREATE TABLE IF NOT EXISTS q (id INTEGER PRIMARY KEY, body BLOB)`)
	return db, err
}

func driveSQLite(folder string, s *script, synchronous string) error {
	db, err := openBare(folder, synchronous)
	if err != nil {
		return err
	}
	seen := func() string { return seenSQLite(db) }
	if err := s.step(func() error { return syncFolder(folder) }, seen); err != nil {
		return err
	}
	for n := range 120 {
		put := func() error {
			_, err := db.Exec(`INSERT INTO q VALUES (?, ?)`, n+1, make([]byte, 100+s.IntN(300)))
			return err
		}
		if s.IntN(30) == 0 {
			put = func() error { _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); return err }
		}
		if err := s.step(put, seen); err != nil {
			return err
		}
	}
	return db.Close()
}

func seenSQLite(db *sql.DB) string {
	var n, bytes int
	var whole string
	ctx := context.Background()
	err := errors.Join(db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(id * length(body)), 0) FROM q`).Scan(&n, &bytes),
		db.QueryRowContext(ctx, `PRAGMA integrity_check`).Scan(&whole))
	if err != nil {
		whole = err.Error()
	}
	return fmt.Sprintf("%d rows, %d, %s", n, bytes, whole)
}

func openSQLite(at job) (r report) {
	db, err := openBare(at.Folder, "FULL")
	if r.failed("open", err) {
		return r
	}
	r.Seen = seenSQLite(db)
	_, err = db.Exec(`INSERT INTO q VALUES (1000000, '')`)
	r.failed("write", errors.Join(err, db.Close()))
	return r
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
