package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"hexiao/hub/wire"
)

// takeAck notes where an ack stands that the hub's word on records came with. It is read only when the hub has lost what
// it says.
func (f *fold) takeAck(key, value []byte) error {
	if len(key) != 8 {
		return fmt.Errorf("ack under a key of %d bytes", len(key))
	}
	first := binary.BigEndian.Uint64(key)
	i, known := slices.BinarySearch(f.acks, first)
	switch {
	case value == nil && known:
		f.acks = slices.Delete(f.acks, i, i+1)
	case value != nil && !known:
		f.acks = slices.Insert(f.acks, i, first)
	}
	return nil
}

// Proven gives records again that the hub has answered, in order, from the one after a number on, with the ack that it
// answered them with, as received: for a hub that was put back to an older state. They are as many as one ack speaks of, up
// to max. Records of which no ack is kept come without proof, up to the next one that has it.
func (j *Journal) Proven(after uint64, max int) (raws [][]byte, proof *wire.Signed, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if after >= j.fold.tip.Number {
		return nil, nil, nil
	}
	proof, last, err := j.proof(after + 1)
	if err != nil {
		return nil, nil, err
	}
	n := after + 1
	for ; n <= last && len(raws) < max; n++ {
		raw, err := j.raw(n)
		if err != nil {
			return nil, nil, err
		}
		raws = append(raws, raw)
	}
	if n <= last {
		proof = nil // it holds for the last of its records only, and for those before it
	}
	return raws, proof, nil
}

// proof finds the ack that speaks of a record and the last record behind it that it speaks of too. Without one it is nil,
// up to the next record that may have one.
func (j *Journal) proof(number uint64) (proof *wire.Signed, last uint64, err error) {
	f := j.fold
	i, found := slices.BinarySearch(f.acks, number)
	next := i
	if found {
		next++
	} else {
		i--
	}
	if last = f.tip.Number; next < len(f.acks) {
		last = f.acks[next] - 1
	}
	if i < 0 {
		return nil, last, nil
	}
	ack, body, err := j.ack(f.acks[i])
	if err != nil {
		return nil, 0, err
	}
	said := map[uint64]bool{}
	for _, o := range body.Outcomes {
		said[o.ID.Number] = true
	}
	if !said[number] {
		return nil, last, nil
	}
	for last = number; said[last+1]; {
		last++
	}
	for n := last; n >= number; n-- {
		hash, err := j.hash(n)
		if err != nil {
			return nil, 0, err
		}
		if bytes.Equal(hash[:], body.Answered) {
			return ack, n, nil
		}
	}
	return nil, last, nil // the hub took all of them for records of a second chain, and the ack proves none of them
}

// ack reads one from the disk.
func (j *Journal) ack(first uint64) (*wire.Signed, wire.AckBody, error) {
	var signed wire.Signed
	var body wire.AckBody
	value, err := j.again(inAcks, first)
	if err == nil {
		err = wire.Unmarshal(value, &signed)
	}
	if err == nil {
		err = signed.Peek(&body)
	}
	if err != nil {
		return nil, body, fmt.Errorf("ack that begins with record %d: %w", first, err)
	}
	return &signed, body, nil
}

// Papers gives the lease and the law as they were received, nil where there is none: what a hub that has lost them needs
// to see.
func (j *Journal) Papers() (lease, law *wire.Signed, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if lease, err = j.paper(keyLease, j.fold.lease.Serial != 0); err != nil {
		return nil, nil, err
	}
	law, err = j.paper(keyLaw, j.fold.law != nil)
	return lease, law, err
}

func (j *Journal) paper(key string, held bool) (*wire.Signed, error) {
	if !held {
		return nil, nil
	}
	value, err := j.read(inMeta, []byte(key))
	if err != nil {
		return nil, err
	}
	s := new(wire.Signed)
	if err := wire.Unmarshal(value, s); err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return s, nil
}
