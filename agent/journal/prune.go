package journal

import (
	"fmt"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// What was answered stays for a hub that is put back to a backup, and for the list of a day. Then it goes, from the oldest
// record on, so that the journal does not grow for ever: the last record that went leaves its number and hash behind.
const (
	keepAnswered = 30 * 24 * time.Hour  // after the hub's word
	keepDisputed = 180 * 24 * time.Hour // of sales in dispute: network logs are kept for half a year (Cybersecurity Law, article 21)
	pruneBatch   = 1000                 // records in one transaction
	pruneMost    = 20_000               // records in one start, so that it does not take long
)

// prune lets go what is old, as the hub's clock has it: the PC's own may stand anywhere. Nothing goes while something is
// wrong with the journal, for a person will want to look at all of it.
func (j *Journal) prune() error {
	f := j.fold
	if f.law == nil || f.doubt != nil || j.older() {
		return nil
	}
	last := f.old(time.UnixMilli(f.clock.Mark))
	if from := f.base.Number; last > from {
		j.log.Info("old records let go", "from", from+1, "to", last)
	}
	for f.base.Number < last {
		batch, err := j.dropping(min(last, f.base.Number+pruneBatch))
		if err != nil {
			return err
		}
		if err := j.write(batch, j.clock.stamp(j.now())); err != nil {
			return fmt.Errorf("let go of old records: %w", err)
		}
	}
	return nil
}

// old finds the newest record up to which everything may go.
func (f *fold) old(now time.Time) (last uint64) {
	last = f.base.Number
	reach := last // the newest record about any sale seen so far
	for n := last + 1; n <= min(f.tip.Number, f.base.Number+pruneMost); n++ {
		e := f.entry(n)
		if !e.done || !f.oldRecord(n, e, now) {
			return last
		}
		if e.sale != nil {
			reach = max(reach, e.sale.number, e.sale.confirm, e.sale.undo)
		}
		if reach <= n {
			last = n
		}
	}
	return last
}

func (f *fold) oldRecord(number uint64, e *entry, now time.Time) bool {
	if e.sale == nil {
		o := f.outcome(number)
		return o != nil && answeredBy(o, now.Add(-keepAnswered))
	}
	return f.oldSale(e.sale, now)
}

// oldSale: every record about it was answered long ago, and its voucher is of no more use to anybody.
func (f *fold) oldSale(s *sale, now time.Time) bool {
	p, known := f.law.Campaign.Phase(s.redemption.Voucher.Phase)
	if known && s.redemption.Voucher.Campaign == f.law.Campaign.Number && !now.After(p.End) {
		return false
	}
	keep := keepAnswered
	if f.public(s).State() == "disputed" {
		keep = keepDisputed
	}
	by := now.Add(-keep)
	return answeredBy(s.answer, by) && (s.confirm == 0 || answeredBy(s.confirmed, by)) && (s.undo == 0 || answeredBy(s.undone, by))
}

func answeredBy(o *voucher.Outcome, at time.Time) bool { return o != nil && o.At < at.UnixMilli() }

// dropping is the batch that takes away everything up to a record.
func (j *Journal) dropping(last uint64) ([]put, error) {
	f := j.fold
	hash, err := j.hash(last)
	if err != nil {
		return nil, err
	}
	base, err := wire.Marshal(tip{last, hash})
	if err != nil {
		return nil, err
	}
	var batch []put
	for n := f.base.Number + 1; n <= last; n++ {
		batch = append(batch, numbered(inRecords, n, nil), numbered(inOutcomes, n, nil))
	}
	for i, first := range f.acks { // one that speaks of records on both sides stays
		if first > last || i+1 == len(f.acks) || f.acks[i+1] > last+1 {
			break
		}
		batch = append(batch, numbered(inAcks, first, nil))
	}
	return append(batch, named(keyBase, base)), nil
}

// takeBase begins the chain behind the records that are gone, or lets those go that are still in memory.
func (f *fold) takeBase(value []byte) error {
	was := f.base
	if err := wire.Unmarshal(value, &f.base); err != nil {
		return err
	}
	if f.tip.Number < f.base.Number {
		f.tip, f.first = f.base, f.base.Number+1
		return nil
	}
	f.entries = append([]entry(nil), f.entries[f.base.Number-was.Number:]...)
	for len(f.sales) > 0 && f.sales[0].number <= f.base.Number {
		if s := f.sales[0]; f.held[s.redemption.Voucher.Serial] == s {
			delete(f.held, s.redemption.Voucher.Serial)
		}
		f.sales = f.sales[1:]
	}
	if f.surrender <= f.base.Number {
		f.surrender = 0
	}
	if f.handed != nil && f.handed.number <= f.base.Number {
		f.handed = nil
	}
	for n := range f.others {
		if n <= f.base.Number {
			delete(f.others, n)
		}
	}
	return nil
}

// dropped tells whether a put only takes away what the base has let go already, or will.
func dropped(p put) bool { return p.value == nil && (p.room == inRecords || p.room == inOutcomes) }
