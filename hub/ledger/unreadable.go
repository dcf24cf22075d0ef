package ledger

import (
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// One bad record neither blocks those behind it nor vanishes (G9): a record that the hub cannot read, of a later version
// or damaged before it was hashed, has its place in the chain by its hash, is kept as it came, and is a case.

// Record reads the record. One that the hub could not read when it came has its ID and nothing else, also when a later
// program could read it: its outcome is for good. It is read once; what is given is not to be written to.
func (e *RecordReceived) Record() (*voucher.Record, error) {
	if e.Outcome.Reason == voucher.Unreadable {
		return &voucher.Record{ID: e.Outcome.ID}, nil
	}
	if e.record != nil {
		return e.record, nil
	}
	var err error
	e.record, err = wire.DecodeRecord(e.Raw)
	return e.record, err
}

// places puts the records of a frame where they belong: one that does not say so itself stands where it was put when it
// came before, else behind the one before it in the frame, else behind the newest that the hub has. So junk behind a record
// of a second chain is of that chain too. False when they do not have one number after the other: a false till could have
// the first taken and the last not, and with it the only signature.
func (e *life) places(b Batch) (all []incoming, ok bool) {
	for i, r := range b.Records {
		in := incoming{Record: r, raw: b.Raw[i], hash: wire.Hash(b.Raw[i])}
		if i == len(b.Records)-1 {
			in.sig = b.Sig
		}
		if r.Kind == 0 && r.ID.Number == 0 {
			in.Record = e.place(in, all)
		}
		if i > 0 && in.ID.Number != all[i-1].ID.Number+1 {
			return nil, false
		}
		all = append(all, in)
	}
	return all, true
}

func (e *life) place(r incoming, before []incoming) *voucher.Record {
	placed := *r.Record
	if n := e.unread[r.hash]; n != 0 {
		placed.ID.Number = n
	} else if s := e.strays[r.hash]; s != nil {
		placed.ID.Number = s.outcome.ID.Number
	} else if n := len(before); n > 0 {
		placed.ID.Number, placed.Prev = before[n-1].ID.Number+1, before[n-1].hash
	} else {
		placed.ID.Number, placed.Prev = uint64(len(e.chain))+1, e.head()
	}
	return &placed
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
