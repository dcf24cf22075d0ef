package journal

import (
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// FailBefore makes the next write fail before its commit.
func (j *Journal) FailBefore(err error) { j.disk.before = once(&j.disk.before, err) }

// FailWhile makes the next write fail before its commit, and does something meanwhile.
func (j *Journal) FailWhile(do func(), err error) {
	j.disk.before = func() error {
		j.disk.before = nil
		do()
		return err
	}
}

// FailBehind makes the next write say that it failed although its commit reached the disk: a sync that failed.
func (j *Journal) FailBehind(err error) { j.disk.behind = once(&j.disk.behind, err) }

// FailTakingBack makes the next write fail as FailBehind does, and taking it back fail too, until mended is called.
func (j *Journal) FailTakingBack(err error) (mended func()) {
	fail := func() error { return err }
	j.disk.behind = func() error {
		j.disk.behind, j.disk.before = nil, fail
		return err
	}
	return func() { j.disk.before = nil }
}

func once(fault *func() error, err error) func() error {
	return func() error {
		*fault = nil
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
