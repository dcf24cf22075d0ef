package ledger

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// spentLog is what happened to vouchers, in the order of the book: used, or to be used again. 12 bytes for each.
type spentLog struct {
	at      []uint64 // position of the entry, times 2; plus 1 when the voucher may be used again
	numbers []uint32
}

func (s *spentLog) note(at book.Position, v *issued, again bool) {
	mark := uint64(at) << 1
	if again {
		mark++
	}
	s.at, s.numbers = append(s.at, mark), append(s.numbers, wire.NumberOf(v.Serial))
}

// since gives what changed after a version, at most max changes: what was used, what may be used again, and the version
// that this leads to.
func (s *spentLog) since(version uint64, max int) (used, again []uint32, to uint64) {
	from := sort.Search(len(s.at), func(i int) bool { return s.at[i]>>1 > version })
	end := min(len(s.at), from+max)
	last := make(map[uint32]bool, end-from)
	to = version
	for i := from; i < end; i++ {
		last[s.numbers[i]], to = s.at[i]&1 == 0, s.at[i]>>1
	}
	for number, in := range last {
		if in {
			used = append(used, number)
		} else {
			again = append(again, number)
		}
	}
	return used, again, to
}

// Spent gives what brings a terminal's set of used vouchers from a version (0: none yet) to a newer one, at most max
// changes at a time and at most wire.MaxNumbers; From equals To when there is nothing newer. At is 0 when more is to come. A version is a
// position of this generation's book: a terminal that comes from another generation begins with 0.
func (l *Ledger) Spent(ctx context.Context, since uint64, max int) (wire.SpentBody, error) {
	var used, again []uint32
	body, err := ask(ctx, l, func(d *draft) (b wire.SpentBody, err error) {
		if d.hub == nil || d.campaign == nil {
			return b, nil
		}
		if since > uint64(d.position) {
			since = 0 // of another generation, or made up
		}
		b = wire.SpentBody{Campaign: d.campaign.ID, Generation: d.hub.Generation, From: since}
		used, again, b.To = d.spent.since(since, min(max, wire.MaxNumbers))
		if b.To == d.spent.newest(since) {
			b.At = d.time.UnixMilli()
		}
		return b, nil
	})
	if err != nil {
		return body, err
	}
	if body.Add, err = numbers(used); err == nil {
		body.Remove, err = numbers(again)
	}
	return body, err
}

// newest is the version of the whole log, or what the caller has when that is newer.
func (s *spentLog) newest(has uint64) uint64 {
	if n := len(s.at); n > 0 {
		return max(has, s.at[n-1]>>1)
	}
	return has
}

func numbers(all []uint32) ([]byte, error) {
	var n wire.Numbers
	slices.Sort(all)
	n.Add(all...)
	raw, err := n.Bytes()
	if err != nil {
		return nil, fmt.Errorf("spent set of %d vouchers: %w", len(all), err)
	}
	return raw, nil
}

// InUse picks the serials that cannot be issued because their low 32 bits are in use. Issue refuses them: whoever makes
// serials asks first, because among a million vouchers every four-thousandth new one meets another.
func (l *Ledger) InUse(ctx context.Context, serials []voucher.Serial) (taken []voucher.Serial, err error) {
	err = l.tell(ctx, func(d *draft) error {
		for _, s := range serials {
			if d.numbers.Has(s) {
				taken = append(taken, s)
			}
		}
		return nil
	})
	return taken, err
}
