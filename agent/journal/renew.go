package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// ErrUnsettled: the hub has not answered every record of this epoch, or a sale is still to be taken back.
var ErrUnsettled = errors.New("not every record is answered (还有记录未得到中心答复)")

// ErrRenewing: the hub has ordered a new epoch; nothing new may be recorded in this one.
var ErrRenewing = errors.New("the journal is about to begin anew (日志即将重新开始)")

// firstEpoch is the life of a journal that was never ordered to begin anew.
const firstEpoch = 1

// bygone is a sale of an earlier epoch, as it ended: every record about it is answered.
type bygone struct {
	ID          voucher.RedemptionID `cbor:"1,keyasint"`
	Redemption  voucher.Redemption   `cbor:"2,keyasint"`
	Kind        voucher.Kind         `cbor:"3,keyasint"`
	At          int64                `cbor:"4,keyasint"`
	Provisional bool                 `cbor:"5,keyasint,omitempty"`
	Outcome     *voucher.Outcome     `cbor:"6,keyasint,omitempty"`
	Reversed    bool                 `cbor:"7,keyasint,omitempty"`
	Voided      bool                 `cbor:"8,keyasint,omitempty"`
	Undone      *voucher.Outcome     `cbor:"9,keyasint,omitempty"`
	Head        []byte               `cbor:"10,keyasint,omitempty"`
}

func bygoneOf(s Sale) bygone {
	return bygone{s.ID, s.Redemption, s.Kind, s.At.UnixMilli(), s.Provisional, s.Outcome, s.Reversed, s.Voided, s.Undone, s.Head[:]}
}

func (b bygone) sale() Sale {
	s := Sale{Number: b.ID.Number, ID: b.ID, Redemption: b.Redemption, Kind: b.Kind, At: time.UnixMilli(b.At),
		Provisional: b.Provisional, Outcome: b.Outcome, Reversed: b.Reversed, Voided: b.Voided, Undone: b.Undone}
	copy(s.Head[:], b.Head)
	return s
}

// takePast takes a sale of an earlier epoch. They come in the order of their keys, which is that of their times.
func (f *fold) takePast(value []byte) error {
	var b bygone
	if err := wire.Unmarshal(value, &b); err != nil {
		return err
	}
	f.past = append(f.past, b.sale())
	return nil
}

// Owe says that a sale is still to be reversed: the disk refused it. No new epoch begins before that is done, because in
// the next one nobody could.
func (j *Journal) Owe(number uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.owed[number] = true
}

// Keep says that sales behind an ID are still counted by somebody: a new epoch carries them over however old they are. It
// is kept in memory; to be said again after each opening.
func (j *Journal) Keep(after voucher.RedemptionID) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.keep = &after
}

// counted tells whether somebody said Keep of a sale.
func (j *Journal) counted(id voucher.RedemptionID) bool { return j.keep != nil && behind(id, *j.keep) }

// Renew obeys the hub's order to begin another epoch: the files are set aside under the number of the old one, and a fresh
// journal begins with the law, the time, the set of used vouchers and the sales of the last two days (see Keep) carried
// over; lease, use and ratchet are not. Before that every record must be answered; until it is, nothing new is recorded: Ask says
// ErrRenewing and Accept TerminalIsFrozen. An order that was obeyed before does nothing. Errors: ErrUnsettled, ErrOther,
// ErrFull; ErrBroken when the agent must be started anew.
func (j *Journal) Renew(order wire.OrderBody) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	switch {
	case j.closed:
		return ErrClosed
	case order.Terminal != f.owner.Terminal:
		return fmt.Errorf("order for %s: %w", order.Terminal, ErrOther)
	case order.Epoch <= f.owner.Epoch:
		return nil
	}
	j.renewing = true
	if f.queued > 0 || len(j.owed) > 0 {
		return ErrUnsettled
	}
	s := j.clock.stamp(j.now())
	first, err := j.carry(order.Epoch, s)
	if err == nil {
		next := &replica{contents: contents{}, name: "the next epoch"}
		next.take(first)
		f, err = refold(next, f.owner.Terminal) // not from the disk: once that has begun anew, nothing may fail
	}
	if err == nil {
		err = j.disk.renew(j.fold.owner.Epoch, first)
	}
	if err != nil {
		return fmt.Errorf("begin epoch %d: %w", order.Epoch, err)
	}
	j.log.Warn("the journal has begun anew", "epoch", order.Epoch, "old", j.fold.owner.Epoch, "records", j.fold.tip.Number)
	j.fold, j.heard, j.clock.kept = f, f.hub, f.clock
	j.passed, j.renewing = false, false
	return nil
}

// carry makes the contents of a new epoch's journal.
func (j *Journal) carry(epoch uint32, s Stamp) ([]put, error) {
	c := carrying{j: j}
	c.body(keyOwner, owner{format, j.fold.owner.Terminal, epoch})
	c.body(keyClock, j.clock.after(s))
	if len(j.fold.hub.Generation) > 0 {
		c.body(keyHub, met{Generation: j.fold.hub.Generation})
	}
	if j.fold.law != nil {
		value, err := j.read(inMeta, []byte(keyLaw))
		c.put(named(keyLaw, value), err)
		c.put(named(keyLawFrom, append([]byte{}, j.fold.lawFrom...)), nil)
	}
	c.spent()
	c.past(s.At.Add(-keepPast))
	return c.batch, c.err
}

// carrying gathers puts until one cannot be made.
type carrying struct {
	j     *Journal
	batch []put
	err   error
}

func (c *carrying) put(p put, err error) {
	if c.err == nil {
		c.batch, c.err = append(c.batch, p), err
	}
}

func (c *carrying) body(key string, body any) {
	value, err := wire.Marshal(body)
	c.put(named(key, value), err)
}

// spent carries the set of used vouchers over, and with it those that this till itself holds: the next epoch does not know
// its sales any more.
func (c *carrying) spent() {
	f := c.j.fold
	s := &f.spent
	own := new(wire.Numbers)
	for _, serial := range slices.Sorted(maps.Keys(f.held)) {
		own.Add(wire.NumberOf(serial))
	}
	if f.law == nil || s.campaign == "" && own.Len() == 0 {
		return
	}
	whole := wire.SpentBody{Campaign: s.campaign, Generation: s.generation, To: s.version, At: s.at}
	if s.campaign == "" {
		whole.Campaign = f.law.Campaign.ID
	}
	all := new(wire.Numbers)
	all.Merge(&s.set, new(wire.Numbers))
	all.Merge(own, new(wire.Numbers))
	raw, err := all.Bytes()
	whole.Add = raw
	if err == nil {
		raw, err = wire.Marshal(whole)
	}
	c.put(numbered(inSpent, 0, raw), err)
}

// How much of the past goes over into a new epoch, for the day's list: two days, what Keep says, and no more than a busy
// till sells in two days.
const (
	keepPast = 48 * time.Hour
	mostPast = 5000
)

func (c *carrying) past(from time.Time) {
	f := c.j.fold
	var sales []Sale
	for _, s := range f.past {
		if !s.At.Before(from) || c.j.counted(s.ID) {
			sales = append(sales, s)
		}
	}
	for _, s := range f.sales {
		if s.at >= from.UnixMilli() || c.j.counted(f.id(s.number)) {
			sales = append(sales, f.public(s))
		}
	}
	for _, s := range sales[max(0, len(sales)-mostPast):] {
		value, err := wire.Marshal(bygoneOf(s))
		key := binary.BigEndian.AppendUint32(nil, s.ID.Epoch)
		c.put(put{inPast, binary.BigEndian.AppendUint64(key, s.ID.Number), value}, err)
	}
}

// Find is the sale of an ID of this terminal, of this epoch or, for two days or longer (see Keep), of an earlier one; false when there is none.
// Only one of this epoch can still be changed.
func (j *Journal) Find(id voucher.RedemptionID) (Sale, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f := j.fold
	if id == f.id(id.Number) {
		s, ok := f.sale(id.Number)
		if !ok {
			return Sale{}, false
		}
		return f.public(s), true
	}
	i := slices.IndexFunc(f.past, func(s Sale) bool { return s.ID == id })
	if i < 0 {
		return Sale{}, false
	}
	return f.past[i], true
}
