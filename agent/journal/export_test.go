package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func (j *Journal) sys() *system { return j.disk.(*files).sys }

// FailBefore makes the next write fail before its commit.
func (j *Journal) FailBefore(err error) { j.sys().before = once(&j.sys().before, err) }

// FailWhile makes the next write fail before its commit, and does something meanwhile.
func (j *Journal) FailWhile(do func(), err error) {
	j.sys().before = func() error {
		j.sys().before = fine
		do()
		return err
	}
}

// FailBehind makes the next write say that it failed although its commit reached the disk: a sync that failed.
func (j *Journal) FailBehind(err error) { j.sys().behind = once(&j.sys().behind, err) }

// FailTakingBack makes the next write fail as FailBehind does, and taking it back fail too, until mended is called.
func (j *Journal) FailTakingBack(err error) (mended func()) {
	fail := func() error { return err }
	j.sys().behind = func() error {
		j.sys().behind, j.sys().before = fine, fail
		return err
	}
	return func() { j.sys().before = fine }
}

func once(fault *func() error, err error) func() error {
	return func() error {
		*fault = fine
		return err
	}
}

// Fill appends accepted and settled sales, many in one transaction.
func (j *Journal) Fill(r voucher.Redemption, n int) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.clock.stamp(j.now())
	for n > 0 {
		end, batch := j.fold.tip, []put{}
		for range min(n, 1000) {
			r.Voucher.Serial++
			id := j.fold.id(end.Number + 1)
			raw, err := wire.EncodeRecord(&voucher.Record{ID: id, Prev: end.Hash, Kind: voucher.Accept, At: s.At.UnixMilli(), Sale: &r, Lease: 1, WallClock: s.Wall.UnixMilli()})
			if err != nil {
				return err
			}
			word, err := wire.Marshal(voucher.Outcome{ID: id, Result: voucher.Redeemed, At: s.At.UnixMilli()})
			if err != nil {
				return err
			}
			end = tip{id.Number, wire.Hash(raw)}
			batch = append(batch, numbered(inRecords, id.Number, raw), numbered(inOutcomes, id.Number, word))
			n--
		}
		last, err := wire.Marshal(end)
		if err != nil {
			return err
		}
		if err := j.write(append(batch, named(keyTip, last)), s); err != nil {
			return err
		}
	}
	return nil
}

// AtEachRename calls do before and after each renaming of a file; an error of the first stands for the renaming's.
func (j *Journal) AtEachRename(do func(done bool) error) {
	rename := j.sys().rename
	j.sys().rename = func(from, to string) error {
		if err := do(false); err != nil {
			return err
		}
		if err := rename(from, to); err != nil {
			return err
		}
		return do(true)
	}
}

// FailNothing takes back what no write has met.
func (j *Journal) FailNothing() { j.sys().before, j.sys().behind = fine, fine }

// MakeOld makes a bbolt file one from before there was a tape.
func MakeOld(path string, terminal voucher.TerminalID) error {
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		old, err := wire.Marshal(owner{1, terminal, firstEpoch})
		return errors.Join(err, tx.DeleteBucket([]byte(inStore)), tx.Bucket([]byte(inMeta)).Put([]byte(keyOwner), old))
	})
	return errors.Join(err, db.Close())
}

// NewerTape gives a tape the header of a later format.
func NewerTape(raw []byte) []byte {
	binary.BigEndian.PutUint32(raw[8:], tapeFormat+1)
	binary.BigEndian.PutUint32(raw[12:], crc32.Checksum(raw[:12], castagnoli))
	return raw
}

// FrameEnd is where the frame ends that has a byte of a whole tape.
func FrameEnd(raw []byte, at int) int {
	for end := tapeHeader; ; {
		end += frameHead + int(binary.BigEndian.Uint32(raw[end:]))
		if end > at {
			return end
		}
	}
}
