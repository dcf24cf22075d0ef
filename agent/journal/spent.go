package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// spent is the set of vouchers that were used anywhere, as the hub last said it. On disk it is a wire.SpentBody under 0,
// which begins the set, and those that came since under the versions they lead to.
type spent struct {
	campaign   voucher.CampaignID
	generation []byte
	version    uint64
	at         int64 // the hub's time of the newest version that was whole, milliseconds since 1970; 0 for none
	set        wire.Numbers

	size   int            // bytes of the first
	deltas map[uint64]int // bytes of those that came since
}

// How many changes may stand beside the set before they are merged into it: in number, and in bytes by the set's own, so
// that what is written in all stays a small multiple of what came.
const (
	mostDeltas  = 64
	leastMerged = 64 << 10
)

// takeSpent takes a set, or a change to it. Changes are never taken back one by one: they go when the set is written anew.
func (f *fold) takeSpent(key, value []byte) error {
	if len(key) != 8 {
		return fmt.Errorf("set of used vouchers under a key of %d bytes", len(key))
	}
	to := binary.BigEndian.Uint64(key)
	if value == nil {
		delete(f.spent.deltas, to)
		return nil
	}
	var b wire.SpentBody
	if err := wire.Unmarshal(value, &b); err != nil {
		return err
	}
	add, remove, err := numbersOf(b)
	if err != nil {
		return err
	}
	if to == 0 {
		f.spent = spent{campaign: b.Campaign, generation: bytes.Clone(b.Generation), size: len(value), deltas: map[uint64]int{}}
	} else {
		f.spent.deltas[to] = len(value)
	}
	f.spent.set.Merge(add, remove)
	f.spent.version = b.To
	if b.At != 0 {
		f.spent.at = b.At
	}
	return nil
}

func numbersOf(b wire.SpentBody) (add, remove *wire.Numbers, err error) {
	if add, err = wire.ReadNumbers(b.Add); err != nil {
		return nil, nil, err
	}
	remove, err = wire.ReadNumbers(b.Remove)
	return add, remove, err
}

// AdoptSpent keeps a change to the set of vouchers used anywhere. One that begins with an empty set replaces what is
// there; any other is taken only when it is of the same campaign and generation and follows what is there, so a change
// that comes twice or too late does no harm, and one that came too early is asked for again by the version in the next
// status. Errors: one that wraps wire.ErrFrame, ErrFull, ErrBroken.
func (j *Journal) AdoptSpent(b wire.SpentBody) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := &j.fold.spent
	same := b.Campaign == s.campaign && bytes.Equal(b.Generation, s.generation)
	switch {
	case b.From != 0 && (!same || b.From > s.version || b.To < s.version):
		return nil
	case same && b.To == s.version && (b.From != 0 || len(b.Add)+len(b.Remove) == 0):
		j.spentAt = max(j.spentAt, b.At) // nothing has changed since, which need not be written down
		return nil
	}
	if _, _, err := numbersOf(b); err != nil {
		return fmt.Errorf("used vouchers as received: %w", err)
	}
	batch, err := s.puts(b)
	if err != nil {
		return err
	}
	if err := j.write(batch, j.clock.stamp(j.now())); err != nil {
		return fmt.Errorf("used vouchers up to version %d: %w", b.To, err)
	}
	j.spentAt = 0
	return nil
}

// puts makes what is to be written for a change: itself, or the whole set when enough stands beside it.
func (s *spent) puts(b wire.SpentBody) ([]put, error) {
	if b.From != 0 && !s.manyWith(len(b.Add)+len(b.Remove)) {
		value, err := wire.Marshal(b)
		return []put{numbered(inSpent, b.To, value)}, err
	}
	if b.From != 0 {
		whole, err := s.merged(b)
		if err != nil {
			return nil, err
		}
		b = whole
	}
	value, err := wire.Marshal(b)
	batch := []put{numbered(inSpent, 0, value)}
	for _, to := range slices.Sorted(maps.Keys(s.deltas)) {
		batch = append(batch, numbered(inSpent, to, nil))
	}
	return batch, err
}

func (s *spent) manyWith(more int) bool {
	for _, size := range s.deltas {
		more += size
	}
	return len(s.deltas) >= mostDeltas || more > max(s.size, leastMerged)
}

// merged is the set with a change, as if it had come whole.
func (s *spent) merged(b wire.SpentBody) (whole wire.SpentBody, err error) {
	add, remove, err := numbersOf(b)
	if err != nil {
		return whole, err
	}
	var set wire.Numbers
	set.Merge(&s.set, new(wire.Numbers))
	set.Merge(add, remove)
	whole = wire.SpentBody{Campaign: b.Campaign, Generation: b.Generation, To: b.To, At: b.At}
	if whole.At == 0 {
		whole.At = s.at
	}
	whole.Add, err = set.Bytes()
	return whole, err
}

// elsewhere tells whether a voucher is known to have been used at another till. One that this till itself has voided since
// the set was made may be used again.
func (f *fold) elsewhere(b voucher.Body) bool {
	if f.law == nil || f.spent.campaign != f.law.Campaign.ID || !f.spent.set.Has(b.Serial) {
		return false
	}
	for _, s := range slices.Backward(f.sales) {
		if s.redemption.Voucher.Serial == b.Serial && s.undone != nil && s.undone.Result == voucher.Undone {
			return s.undone.At <= f.spent.at
		}
	}
	return true
}

// Elsewhere tells whether a voucher is known to have been used at another till.
func (j *Journal) Elsewhere(b voucher.Body) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.fold.elsewhere(b)
}

// looked is the hub's time of the set that an acceptance is held against, 0 for none.
func (j *Journal) looked() int64 {
	if j.fold.law == nil || j.fold.spent.campaign != j.fold.law.Campaign.ID {
		return 0
	}
	return max(j.fold.spent.at, j.spentAt)
}

// Spent is how the set of vouchers used anywhere stands.
type Spent struct {
	Generation []byte // of the hub that made it; empty for none. Not to be changed
	Version    uint64
	At         int64 // the hub's time of it, milliseconds since 1970; 0 for none that was whole
}

func (j *Journal) spentState() Spent {
	s := &j.fold.spent
	return Spent{s.generation, s.version, max(s.at, j.spentAt)}
}
