package journal

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Sale is the sale that a record began; false when there is none of that number.
func (j *Journal) Sale(number uint64) (Sale, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.fold.sale(number)
	if !ok {
		return Sale{}, false
	}
	return j.fold.public(s), true
}

// Spent is the sale of this till that holds a voucher.
func (j *Journal) Spent(v voucher.Serial) (Sale, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s, ok := j.fold.held[v]
	if !ok {
		return Sale{}, false
	}
	return j.fold.public(s), true
}

// Day lists the sales that began from an instant until just before another, in the order of the chain; those of earlier epochs for two
// days only.
func (j *Journal) Day(from, to time.Time) []Sale {
	j.mu.Lock()
	defer j.mu.Unlock()
	var day []Sale
	for _, s := range j.fold.past {
		if !s.At.Before(from) && s.At.Before(to) {
			day = append(day, s)
		}
	}
	for _, s := range j.fold.since(from.UnixMilli()) {
		if s.at < to.UnixMilli() {
			day = append(day, j.fold.public(s))
		}
	}
	return day
}

// Between lists the sales behind one ID of this terminal up to another and with it, in the order of the chain: what IDs
// bound, no clock can move. Of earlier epochs it has what was carried over (see Keep).
func (j *Journal) Between(after, upto voucher.RedemptionID) []Sale {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	var sales []Sale
	for _, s := range f.past {
		if behind(s.ID, after) && !behind(s.ID, upto) {
			sales = append(sales, s)
		}
	}
	from := f.firstBehind(after)
	mine := f.sales[from:max(from, f.firstBehind(upto))]
	sales = slices.Grow(sales, len(mine))
	for _, s := range mine {
		sales = append(sales, f.public(s))
	}
	return sales
}

// firstBehind is where among the sales of this epoch those behind an ID begin.
func (f *fold) firstBehind(after voucher.RedemptionID) int {
	return sort.Search(len(f.sales), func(i int) bool { return behind(f.id(f.sales[i].number), after) })
}

// behind tells whether an ID comes after another of the same terminal.
func behind(id, other voucher.RedemptionID) bool {
	return id.Epoch > other.Epoch || id.Epoch == other.Epoch && id.Number > other.Number
}

// Waiting lists the sales that were asked and neither answered, confirmed nor reversed: what a crash left.
func (j *Journal) Waiting() []Sale {
	j.mu.Lock()
	defer j.mu.Unlock()
	var waiting []Sale
	for n := j.fold.first; n <= j.fold.tip.Number; n++ {
		s, ok := j.fold.sale(n)
		if !ok {
			continue
		}
		if p := j.fold.public(s); p.State() == "waiting" {
			waiting = append(waiting, p)
		}
	}
	return waiting
}

// Unsettled gives up to max records as they were encoded, in order and without a gap, from the one after a number on:
// whether the hub has answered them or not, because it may have lost what it once had. Ask from State.Settled on to get
// those it has not answered. What was answered is read from the disk again; what was let go because it is old cannot be
// given any more, nor what comes behind it then.
func (j *Journal) Unsettled(after uint64, max int) [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	var raws [][]byte
	for n := after + 1; n > after && n <= j.fold.tip.Number && len(raws) < max; n++ {
		raw, err := j.raw(n)
		if err != nil {
			j.log.Error("record not read again", "number", n, "err", err)
			break
		}
		raws = append(raws, raw)
	}
	return raws
}

// raw is a record as it was encoded.
func (j *Journal) raw(number uint64) ([]byte, error) {
	if number <= j.fold.base.Number {
		return nil, fmt.Errorf("record %d was let go: %w", number, ErrNoSale)
	}
	if raw := j.fold.entry(number).raw; raw != nil {
		return raw, nil
	}
	return j.again(inRecords, number)
}

// again reads what stands under a number on the disk.
func (j *Journal) again(room string, number uint64) ([]byte, error) {
	return j.read(room, binary.BigEndian.AppendUint64(nil, number))
}

// read reads what the fold knows to be on the disk.
func (j *Journal) read(room string, key []byte) ([]byte, error) {
	if j.closed {
		return nil, ErrClosed
	}
	value, err := j.disk.get(room, key)
	if err == nil && value == nil {
		err = fmt.Errorf("%s: %w: %s %x is gone", j.disk, ErrDamaged, room, key)
	}
	return value, err
}

// Hash is the hash of a record; zero for number 0. Errors: ErrNoSale when there is no such record, or it was let go because
// it is old; or that it cannot be read again.
func (j *Journal) Hash(number uint64) ([32]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case number == 0:
		return [32]byte{}, nil
	case number > j.fold.tip.Number:
		return [32]byte{}, ErrNoSale
	}
	return j.hash(number)
}

func (j *Journal) hash(number uint64) ([32]byte, error) {
	switch number {
	case j.fold.tip.Number:
		return j.fold.tip.Hash, nil
	case j.fold.base.Number:
		return j.fold.base.Hash, nil
	}
	raw, err := j.raw(number)
	if err != nil {
		return [32]byte{}, err
	}
	return wire.Hash(raw), nil
}
