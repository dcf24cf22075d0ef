package journal

import (
	"bytes"
	"fmt"

	"hexiao/hub/wire"
)

// beyond is what the hub holds of this epoch and this disk does not: the disk was put back to an older state, or another
// copy of it has been at the hub. It is kept for the rest of the epoch.
type beyond struct {
	Last uint64 `cbor:"1,keyasint"` // number of the hub's newest record when it was noticed
	Head []byte `cbor:"2,keyasint"` // its hash
	At   int64  `cbor:"3,keyasint"` // trusted time then, milliseconds since 1970
}

// Meet hears what the hub holds of this epoch: its newest record and that record's hash. When that is not of this
// journal's chain, the hub has records that this disk has not; from then on, and for good in this epoch, nothing is
// accepted without the hub. What is recorded here is still to be sent: the hub takes it in as what it is. A disk on which
// that cannot be noted is only logged, and it holds for this life. When it is of this chain, an unproven journal is proven,
// on disk, and sells again, unless records may be lost that the hub cannot know of. The error is that a record could not be read again, or that the proof could not be kept.
func (j *Journal) Meet(last uint64, head []byte) (older bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.clock.stamp(j.now())
	batch, err := j.measure(last, head, s)
	if err != nil {
		return false, fmt.Errorf("compare with the hub's record %d: %w", last, err)
	}
	if batch != nil {
		j.log.Error("the hub has records that this disk has not", "hub", last, "here", j.fold.tip.Number)
		if err := j.write(batch, s); err != nil {
			j.log.Error("it could not be noted", "err", err)
		}
		j.passed = true
	}
	if j.fold.doubt != nil && !j.fold.doubt.Lost && !j.older() {
		return false, j.prove(last, s)
	}
	return j.older(), nil
}

func (j *Journal) older() bool { return j.passed || j.fold.beyond.Last != 0 }

// measure makes the put that says that the hub knows more than this disk; none when it does not, or when that is known.
func (j *Journal) measure(last uint64, head []byte, s Stamp) ([]put, error) {
	if j.fold.beyond.Last != 0 {
		return nil, nil
	}
	ours, err := j.ours(last, head)
	if err != nil || ours {
		return nil, err
	}
	value, err := wire.Marshal(beyond{last, head, s.At.UnixMilli()})
	return []put{named(keyBeyond, value)}, err
}

// ours tells whether a record, by its number and hash, is of this chain. A hub that does not say the hash is believed, and
// one that knows no record but those that were let go.
func (j *Journal) ours(number uint64, hash []byte) (bool, error) {
	switch {
	case number > j.fold.tip.Number:
		return false, nil
	case number < j.fold.base.Number || number == 0 || len(hash) == 0:
		return true, nil
	}
	own, err := j.hash(number)
	return bytes.Equal(hash, own[:]), err
}
