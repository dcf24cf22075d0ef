package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	bolterr "go.etcd.io/bbolt/errors"
)

// The rooms of a disk. Names are for good.
const (
	inMeta     = "meta"
	inRecords  = "records"  // number, 8 bytes big endian -> the record as it was encoded
	inOutcomes = "outcomes" // number -> voucher.Outcome
	inSpent    = "spent"    // 0, or a version -> wire.SpentBody that begins the set of used vouchers, or leads to the version
	inPast     = "past"     // epoch, 4 bytes, and number -> bygone: a sale of an earlier epoch
	inAcks     = "acks"     // number of the first record it answers -> wire.Signed around a wire.AckBody, as received
)

// put is one value to be kept: all that ever happens to a disk. A nil value takes the key away.
type put struct {
	room       string
	key, value []byte
}

func (p put) clone() put { return put{p.room, bytes.Clone(p.key), bytes.Clone(p.value)} }

// weight is what a value takes of the disk, bytes.
func (p put) weight() int {
	if p.value == nil {
		return 0
	}
	return len(p.key) + len(p.value)
}

// sum is the put's part in mark.sum: 8 bytes of its SHA-256, 0 for a value that is not there. Such sums are added up, so
// that a batch changes the sum by what it puts and what it replaces, and a value that is lost, changed or there twice is
// noticed: no value and no page of bbolt has a checksum of its own.
func (p put) sum() uint64 {
	if p.value == nil {
		return 0
	}
	raw := make([]byte, 0, 256)
	raw = append(binary.BigEndian.AppendUint32(raw, uint32(len(p.room))), p.room...)
	raw = append(binary.BigEndian.AppendUint32(raw, uint32(len(p.key))), p.key...)
	h := sha256.Sum256(append(raw, p.value...))
	return binary.BigEndian.Uint64(h[:])
}

func numbered(room string, n uint64, value []byte) put {
	return put{room, binary.BigEndian.AppendUint64(nil, n), value}
}

func named(key string, value []byte) put { return put{inMeta, []byte(key), value} }

// reader is what can be read as a whole.
type reader interface {
	fmt.Stringer // what to call it in an error

	// each gives everything back, room by room in the order named, keys in order. What it gives is only good during the
	// call.
	each(rooms []string, take func(put) error) error
}

// disk is where puts are kept: the files of a folder, or a Memory. It is not safe for concurrent use.
type disk interface {
	reader

	// write keeps a batch, whole or not at all, and returns when it is on disk. After an error nothing of it is kept;
	// an error that wraps ErrBroken says that this is not sure yet: whatever is asked of the disk next makes it so first.
	write(batch []put) error
	// get is one value, nil when there is none.
	get(room string, key []byte) ([]byte, error)
	// renew sets everything aside under the number of an epoch and begins anew with the given contents. After an error all
	// is as it was; one that wraps ErrBroken says that the disk must be opened anew.
	renew(epoch uint32, first []put) error
	// tidy gives back room in which nothing lives any more. It takes as long as reading everything.
	tidy() error
	// fill is how much is used and how much may be, bytes.
	fill() (used, limit int64)
	// check looks for damage in what each would not notice.
	check() error
	close() error
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

// unreadable tells whether the disk could not give back what it had taken.
func unreadable(err error) bool {
	return slices.ContainsFunc(badSector, func(e error) bool { return errors.Is(err, e) })
}
