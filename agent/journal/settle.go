package journal

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Settle keeps what the hub made of records, and the ack as it was received. The first word on a record stays for good:
// the same again changes nothing, another is logged as an error and left. Then whoever OnSettled named is told of the
// sales that changed. An ack that speaks of other records than this journal's chain shows that the hub has what this disk
// has not (see Meet); what it says of the records that were sent is kept all the same. Errors: ErrOther, ErrFull,
// ErrBroken; nothing was kept then, and the hub will say it again when it is asked again.
func (j *Journal) Settle(ack wire.AckBody, raw wire.Signed) error {
	changed, tell, err := j.settle(ack, raw)
	if err == nil && tell != nil {
		tell(changed)
	}
	return err
}

func (j *Journal) settle(ack wire.AckBody, raw wire.Signed) ([]Sale, func([]Sale), error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	if ack.Terminal != f.owner.Terminal || ack.Epoch != f.owner.Epoch {
		return nil, nil, fmt.Errorf("ack for %s in epoch %d: %w", ack.Terminal, ack.Epoch, ErrOther)
	}
	fresh, err := j.fresh(ack.Outcomes)
	if err != nil {
		return nil, nil, err
	}
	stamp := j.clock.stamp(j.now())
	batch, err := j.measure(ack.Last, ack.Head, stamp)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range fresh {
		value, err := wire.Marshal(o)
		if err != nil {
			return nil, nil, err
		}
		batch = append(batch, numbered(inOutcomes, o.ID.Number, value))
	}
	if ack.Last > f.acked.Last || len(fresh) > 0 {
		head, err := received(keyAcked, raw, func(g *fold) bool { return g.acked.Last == ack.Last })
		if err != nil {
			return nil, nil, err
		}
		batch = append(batch, head)
		if len(fresh) > 0 {
			batch = append(batch, numbered(inAcks, first(fresh), head.value))
		}
	}
	if len(batch) == 0 {
		return nil, nil, nil
	}
	if err := j.write(batch, stamp); err != nil {
		return nil, nil, fmt.Errorf("settle up to %d: %w", ack.Last, err)
	}
	if len(fresh) == 0 {
		return nil, nil, nil
	}
	return f.touched(fresh), j.onSettled, nil
}

// fresh picks the outcomes of records that had none. Those of records that are not here say nothing to this till.
func (j *Journal) fresh(outcomes []voucher.Outcome) ([]voucher.Outcome, error) {
	f := j.fold
	fresh := make([]voucher.Outcome, 0, len(outcomes))
	seen := make(map[uint64]bool, len(outcomes))
	for _, o := range outcomes {
		n := o.ID.Number
		switch {
		case n == 0 || o.ID != f.id(n):
			return nil, fmt.Errorf("outcome of %s: %w", o.ID, ErrOther)
		case n <= f.base.Number: // said long ago
		case n > f.tip.Number:
			j.log.Error("hub answered a record that is not here", "record", o.ID.String())
		case !f.entry(n).done && !seen[n]:
			fresh = append(fresh, o)
			seen[n] = true
		default:
			j.compare(o)
		}
	}
	return fresh, nil
}

// first is the lowest number among outcomes.
func first(outcomes []voucher.Outcome) uint64 {
	n := outcomes[0].ID.Number
	for _, o := range outcomes {
		n = min(n, o.ID.Number)
	}
	return n
}

// compare looks at a second word on a record. The first stays; another one is a fault of the hub that a person must see.
func (j *Journal) compare(o voucher.Outcome) {
	if had := j.fold.outcome(o.ID.Number); had != nil && *had != o {
		j.log.Error("hub answered one record in two ways, the first is kept", "record", o.ID.String(),
			"result", had.Result, "reason", had.Reason.String(), "then_result", o.Result, "then_reason", o.Reason.String())
	}
}

// touched lists the sales that outcomes are about, in order, each once.
func (f *fold) touched(outcomes []voucher.Outcome) []Sale {
	var sales []Sale
	seen := map[*sale]bool{}
	for _, o := range outcomes {
		if s := f.entry(o.ID.Number).sale; s != nil && !seen[s] {
			seen[s] = true
			sales = append(sales, f.public(s))
		}
	}
	slices.SortFunc(sales, func(a, b Sale) int { return cmp.Compare(a.Number, b.Number) })
	return sales
}

// AdoptLaw keeps a law, as it was received, when its revision is higher than the one in force, or when that one came from
// a hub of another generation, in which revisions counted anew (see Face); otherwise nothing happens. Errors: ErrOther,
// ErrFull, ErrBroken.
func (j *Journal) AdoptLaw(raw wire.Signed, body wire.LawBody) error {
	same := func(f *fold) bool { return f.law.Revision == body.Revision && f.law.Terminal == body.Terminal }
	return j.adopt(keyLaw, raw, same, func(f *fold) (bool, error) {
		if body.Terminal != f.owner.Terminal {
			return false, fmt.Errorf("law for %s: %w", body.Terminal, ErrOther)
		}
		return f.law == nil || body.Revision > f.law.Revision || !bytes.Equal(j.facing, f.lawFrom), nil
	}, func() []put { return []put{named(keyLawFrom, append([]byte{}, j.facing...))} })
}

// AdoptLease keeps a lease, as it was received, when it is of this epoch and its serial is higher than that of the one
// in force; otherwise nothing happens. Errors: ErrOther, ErrFull, ErrBroken.
func (j *Journal) AdoptLease(raw wire.Signed, l voucher.Lease) error {
	same := func(f *fold) bool { return f.lease.Serial == l.Serial && f.lease.Terminal == l.Terminal }
	return j.adopt(keyLease, raw, same, func(f *fold) (bool, error) {
		if l.Terminal != f.owner.Terminal {
			return false, fmt.Errorf("lease for %s: %w", l.Terminal, ErrOther)
		}
		return l.Epoch == f.owner.Epoch && l.Serial > f.lease.Serial && l.Serial > f.given, nil
	}, func() []put { return nil })
}

// Face says of which generation the hub is that speaks from now on. It is kept in memory; what comes from that hub is
// then kept with it.
func (j *Journal) Face(generation []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.facing = bytes.Clone(generation)
}

// adopt keeps a signed thing when it is newer, with what belongs to it, and tells.
func (j *Journal) adopt(key string, raw wire.Signed, same func(*fold) bool, newer func(*fold) (bool, error), also func() []put) error {
	tell, err := j.adoptNewer(key, raw, same, newer, also)
	if tell != nil {
		tell()
	}
	return err
}

func (j *Journal) adoptNewer(key string, raw wire.Signed, same func(*fold) bool, newer func(*fold) (bool, error), also func() []put) (tell func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := newer(j.fold); !ok {
		return nil, err
	}
	p, err := received(key, raw, same)
	if err != nil {
		return nil, err
	}
	if err := j.write(append(also(), p), j.clock.stamp(j.now())); err != nil {
		return nil, fmt.Errorf("adopt %s: %w", key, err)
	}
	return j.onLaw, nil
}

// received makes the put of a signed thing, and makes sure first that the bytes can be read again and say what the
// caller read in them: the file is folded from the bytes.
func received(key string, raw wire.Signed, same func(*fold) bool) (put, error) {
	value, err := wire.Marshal(raw)
	if err != nil {
		return put{}, err
	}
	p, again := named(key, value), newFold()
	if err := again.takeMeta(key, value); err != nil {
		return put{}, fmt.Errorf("%s as received: %w", key, err)
	}
	if !same(again) {
		return put{}, fmt.Errorf("%s as received says something else than its body", key)
	}
	return p, nil
}
