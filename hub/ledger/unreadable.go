package ledger

import (
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// One bad record neither blocks those behind it nor vanishes (G9): a record that the hub cannot read, of a later version
// or damaged before it was hashed, has its place in the chain by its hash, is kept as it came, and is a case.

// Record reads the record. One that the hub could not read when it came has its ID and nothing else, also when a later
// program could read it: its outcome is for good.
func (e *RecordReceived) Record() (*voucher.Record, error) {
	if e.Outcome.Reason == voucher.Unreadable {
		return &voucher.Record{ID: e.Outcome.ID}, nil
	}
	return wire.DecodeRecord(e.Raw)
}

// place finds where a record belongs that does not say so itself: where it was put when it came before, else next.
func (e *life) place(r *incoming) {
	if r.Kind != 0 || r.ID.Number != 0 {
		return
	}
	placed := *r.Record
	if placed.ID.Number = e.unread[r.hash]; placed.ID.Number == 0 {
		placed.ID.Number = uint64(len(e.chain)) + 1
		placed.Prev = e.head()
	}
	r.Record = &placed
}

// ordered tells whether the records of a frame have one number after the other, with those that do not say theirs in
// between. Else a false till could have the first taken and the last not, and with it the only signature.
func (e *life) ordered(b Batch) bool {
	next, before := uint64(len(e.chain))+1, uint64(0)
	for i, r := range b.Records {
		n := r.ID.Number
		if n == 0 {
			if n = e.unread[wire.Hash(b.Raw[i])]; n == 0 {
				n = next
			}
		}
		if i > 0 && n != before+1 {
			return false
		}
		if n == next {
			next++
		}
		before = n
	}
	return true
}

func (e *life) keepUnread(hash [32]byte) {
	if e.unread == nil {
		e.unread = map[[32]byte]uint64{}
	}
	e.unread[hash] = uint64(len(e.chain))
}

func (d *draft) unreadable(t *terminal, r *voucher.Record) voucher.Outcome {
	number := d.openCase(CaseOpened{Kind: voucher.Breach, Terminal: t.ID, Record: r.ID, Reason: voucher.Unreadable})
	return voucher.Outcome{Result: voucher.Disputed, Reason: voucher.Unreadable, Case: number}
}
