package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// The names in the room meta. Names and meanings are for good.
const (
	keyOwner = "owner" // owner: whose journal this is
	keyTip   = "tip"   // tip: the newest record's number and hash
	keyClock = "clock" // kept
	keyUsed  = "used"  // voucher.Use: all that was taken from leases in this epoch
	keyLaw   = "law"   // wire.Signed around a wire.LawBody, as received
	keyLease = "lease" // wire.Signed around a voucher.Lease, as received
	keyAcked = "acked" // wire.Signed around the newest wire.AckBody, as received
	keyHub   = "hub"   // met: the generation and the ratchet of the hub that spoke last

	keyLawFrom = "lawfrom" // the generation of the hub that the law came from

	keyBeyond = "beyond" // beyond: what the hub has and this disk has not
	keyGiven  = "given"  // uint32: leases up to this serial were given back
	keyBase   = "base"   // tip: the newest record that was let go; the chain begins behind it
	keyDoubt  = "doubt"  // doubt: the journal is unproven; not there otherwise
)

// owner says whose journal a file is.
type owner struct {
	Format   int                `cbor:"1,keyasint"`
	Terminal voucher.TerminalID `cbor:"2,keyasint"`
	Epoch    uint32             `cbor:"3,keyasint"`
}

// format 2 keeps a tape beside the bbolt file, and a mark in it.
const format = 2

// tip is the end of the chain. It is kept with each record, so that a file that lost its newest pages is noticed.
type tip struct {
	Number uint64   `cbor:"1,keyasint"`
	Hash   [32]byte `cbor:"2,keyasint"`
}

// entry is what memory keeps of each record.
type entry struct {
	raw  []byte // until the hub's word has come; afterwards it is read from disk when it is wanted again
	sale *sale  // the one it began or is about; nil for a Surrender and a handover
	at   int64
	kind voucher.Kind
	done bool // the hub's word has come
}

// fold is the state in memory: what comes of taking every put that was ever made, in the order of records.
type fold struct {
	owner     owner
	base      tip // the newest record that was let go; zero for none
	tip       tip // as the puts of records make it
	stored    tip // as the disk says it should be
	clock     kept
	used      voucher.Use
	law       *wire.LawBody
	lawFrom   []byte // the generation of the hub that it came from
	lease     voucher.Lease
	acked     wire.AckBody
	acks      []uint64 // of each ack on disk, the first record it answers; in order
	hub       met
	beyond    beyond
	spent     spent
	past      []Sale                      // of earlier epochs, oldest first
	handed    *handed                     // the newest handover; nil for none
	given     uint32                      // leases up to this serial were given back
	surrender uint64                      // number of the newest Surrender, 0 for none
	others    map[uint64]*voucher.Outcome // on records that are about no sale
	doubt     *doubt                      // nil when the journal is proven
	entries   []entry
	sales     []*sale
	held      map[voucher.Serial]*sale
	first     uint64 // number of the oldest record the hub has not answered; one more than the newest when it answered all
	queued    uint64 // how many it has not answered
}

func newFold() *fold {
	return &fold{held: map[voucher.Serial]*sale{}, others: map[uint64]*voucher.Outcome{}, first: 1}
}

// entry is what memory keeps of a record, by its number, which is above the base.
func (f *fold) entry(number uint64) *entry { return &f.entries[number-f.base.Number-1] }

// take takes one put. Errors wrap ErrDamaged: a put that was made by this program does not fail.
func (f *fold) take(p put) error {
	if dropped(p) {
		return nil
	}
	var err error
	switch p.room {
	case inRecords:
		err = f.takeRecord(p.key, p.value)
	case inOutcomes:
		err = f.takeOutcome(p.key, p.value)
	case inPast:
		err = f.takePast(p.value)
	case inSpent:
		err = f.takeSpent(p.key, p.value)
	case inAcks:
		err = f.takeAck(p.key, p.value)
	case inMeta:
		err = f.takeMeta(string(p.key), p.value)
	}
	if err != nil {
		return fmt.Errorf("%w: %s %x: %w", ErrDamaged, p.room, p.key, err)
	}
	return nil
}

func (f *fold) takeMeta(key string, value []byte) error {
	if value == nil {
		return f.dropMeta(key)
	}
	value = bytes.Clone(value) // what is decoded may point into it, and the file's pages do not stay
	switch key {
	case keyOwner:
		return wire.Unmarshal(value, &f.owner)
	case keyTip:
		return wire.Unmarshal(value, &f.stored)
	case keyClock:
		return wire.Unmarshal(value, &f.clock)
	case keyUsed:
		f.used = voucher.Use{}
		return wire.Unmarshal(value, &f.used)
	case keyHub:
		f.hub = met{}
		return wire.Unmarshal(value, &f.hub)
	case keyLawFrom:
		f.lawFrom = append([]byte(nil), value...)
		return nil
	case keyBeyond:
		f.beyond = beyond{}
		return wire.Unmarshal(value, &f.beyond)
	case keyBase:
		return f.takeBase(value)
	case keyDoubt:
		f.doubt = new(doubt)
		return wire.Unmarshal(value, f.doubt)
	case keyLaw:
		f.law = new(wire.LawBody)
		return peek(value, f.law)
	case keyLease:
		f.lease = voucher.Lease{}
		err := peek(value, &f.lease)
		f.giveBack()
		return err
	case keyGiven:
		err := wire.Unmarshal(value, &f.given)
		f.giveBack()
		return err
	case keyAcked:
		f.acked = wire.AckBody{}
		err := peek(value, &f.acked)
		f.acked.Outcomes = nil
		return err
	}
	return nil // written by a later version, which knows what it means
}

func (f *fold) dropMeta(key string) error {
	if key == keyDoubt {
		f.doubt = nil
	}
	return nil
}

// peek reads the body of a signed thing that was verified when it came.
func peek(value []byte, body any) error {
	var s wire.Signed
	if err := wire.Unmarshal(value, &s); err != nil {
		return err
	}
	return s.Peek(body)
}

func (f *fold) takeRecord(key, raw []byte) error {
	r, err := wire.DecodeRecord(raw)
	if err != nil {
		return err
	}
	switch next := f.tip.Number + 1; {
	case r.ID != f.id(next) || len(key) != 8 || binary.BigEndian.Uint64(key) != next:
		return fmt.Errorf("record %s stands where %s belongs", r.ID, f.id(next))
	case r.Prev != f.tip.Hash:
		return fmt.Errorf("record %s does not follow the one before it", r.ID)
	}
	s, err := f.touch(r)
	if err != nil {
		return err
	}
	f.tip = tip{r.ID.Number, wire.Hash(raw)}
	if s != nil && s.number == r.ID.Number {
		s.head = f.tip.Hash
	}
	f.entries = append(f.entries, entry{raw: bytes.Clone(raw), sale: s, at: r.At, kind: r.Kind})
	f.queued++
	if s != nil {
		f.hold(s)
	}
	return nil
}

// touch does what a record says to the sale it begins or is about.
func (f *fold) touch(r *voucher.Record) (*sale, error) {
	if r.Kind == voucher.Ask || r.Kind == voucher.Accept {
		s := &sale{number: r.ID.Number, redemption: *r.Sale, kind: r.Kind, at: r.At}
		f.sales = append(f.sales, s)
		return s, nil
	}
	if r.Kind == voucher.Surrender {
		f.surrender = r.ID.Number
		return nil, nil
	}
	if r.Kind == voucher.Handed {
		f.handed = &handed{*r.Handover, r.ID.Number, r.At}
		return nil, nil
	}
	s, ok := f.sale(r.Of)
	if !ok {
		return nil, fmt.Errorf("record %s is about number %d, which is no sale", r.ID, r.Of)
	}
	if r.Kind == voucher.Confirm {
		s.confirm = r.ID.Number
	} else {
		s.undo, s.undid = r.ID.Number, r.Kind
	}
	return s, nil
}

func (f *fold) takeOutcome(key, value []byte) error {
	o := new(voucher.Outcome)
	if err := wire.Unmarshal(value, o); err != nil {
		return err
	}
	if o.ID.Number <= f.base.Number || o.ID != f.id(o.ID.Number) || o.ID.Number > f.tip.Number ||
		len(key) != 8 || binary.BigEndian.Uint64(key) != o.ID.Number {
		return fmt.Errorf("outcome of %s, of which there is no record", o.ID)
	}
	e := f.entry(o.ID.Number)
	if !e.done {
		e.done, e.raw = true, nil
		f.queued--
	}
	for f.first <= f.tip.Number && f.entry(f.first).done {
		f.first++
	}
	if e.sale == nil {
		f.others[o.ID.Number] = o
		return nil
	}
	e.sale.hear(o)
	f.hold(e.sale)
	return nil
}

// hear takes the hub's word on one of the records about the sale.
func (s *sale) hear(o *voucher.Outcome) {
	switch o.ID.Number {
	case s.number:
		s.answer = o
	case s.confirm:
		s.confirmed = o
	case s.undo:
		s.undone = o
	}
}

// hold keeps in mind who holds the sale's voucher. At most one does: nothing is recorded on a voucher that is held.
func (f *fold) hold(s *sale) {
	serial := s.redemption.Voucher.Serial
	if f.public(s).Holds() {
		f.held[serial] = s
	} else if f.held[serial] == s {
		delete(f.held, serial)
	}
}

// settleHolders finds out again who holds what, after a whole file was taken: it gives the records first and the hub's
// words afterwards, so on the way a sale seems to hold what it had lost before a later one took it.
func (f *fold) settleHolders() {
	clear(f.held)
	for _, s := range f.sales {
		f.hold(s)
	}
}

func (f *fold) public(s *sale) Sale { return s.public(f.id(s.number)) }

func (f *fold) id(number uint64) voucher.RedemptionID {
	return voucher.RedemptionID{Terminal: f.owner.Terminal, Epoch: f.owner.Epoch, Number: number}
}

// sale finds the sale that a record began.
func (f *fold) sale(number uint64) (*sale, bool) {
	if number <= f.base.Number || number > f.tip.Number {
		return nil, false
	}
	s := f.entry(number).sale
	return s, s != nil && s.number == number
}

// outcome is the word kept on a record, nil when there is none yet.
func (f *fold) outcome(number uint64) *voucher.Outcome {
	if number <= f.base.Number {
		return nil
	}
	s := f.entry(number).sale
	if s == nil {
		return f.others[number]
	}
	for _, o := range []*voucher.Outcome{s.answer, s.confirmed, s.undone} {
		if o != nil && o.ID.Number == number {
			return o
		}
	}
	return nil
}

// since finds the sales that began from an instant on, in order. It looks at all of them: stamps fall along a chain where
// the hub has overruled a clock of a wrong year.
func (f *fold) since(at int64) (sales []*sale) {
	for _, s := range f.sales {
		if s.at >= at {
			sales = append(sales, s)
		}
	}
	return sales
}
