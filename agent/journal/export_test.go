package journal

import (
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func (j *Journal) bolt() *boltFile { return &j.disk.(*files).bolt }

// FailBefore makes the next write fail before its commit.
func (j *Journal) FailBefore(err error) { j.bolt().before = once(&j.bolt().before, err) }

// FailWhile makes the next write fail before its commit, and does something meanwhile.
func (j *Journal) FailWhile(do func(), err error) {
	j.bolt().before = func() error {
		j.bolt().before = nil
		do()
		return err
	}
}

// FailBehind makes the next write say that it failed although its commit reached the disk: a sync that failed.
func (j *Journal) FailBehind(err error) { j.bolt().behind = once(&j.bolt().behind, err) }

// FailTakingBack makes the next write fail as FailBehind does, and taking it back fail too, until mended is called.
func (j *Journal) FailTakingBack(err error) (mended func()) {
	fail := func() error { return err }
	j.bolt().behind = func() error {
		j.bolt().behind, j.bolt().before = nil, fail
		return err
	}
	return func() { j.bolt().before = nil }
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

// FailNothing takes back what no write has met.
func (j *Journal) FailNothing() { j.bolt().before, j.bolt().behind = nil, nil }
