package ledger

import (
	"context"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// TerminalMet is a terminal's hello: a turn of its ratchet begins, and with its first one an epoch.
type TerminalMet struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"`
	Turn     uint64             `cbor:"3,keyasint"`
	Shown    uint64             `cbor:"4,keyasint,omitempty"` // the turn whose secret it showed: that one is on its disk
}

// TurnConfirmed says that a turn of the ratchet is on the terminal's disk: whoever shows an older one is a copy.
type TurnConfirmed struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"`
	Turn     uint64             `cbor:"3,keyasint"`
}

// Met is what a terminal's hello came to.
type Met struct {
	TerminalInfo                 // Epoch, Last and Head are of the epoch that the terminal speaks of, as far as the hub has it
	Turn         uint64          // of this connection, for the ratchet of its acks and pulses; 0: they carry none
	Order        *wire.OrderBody // what the Welcome brings; nil for none. HubTime is left to the caller
	Recovering   bool            // nothing unproven is decided, and nothing lent, before every terminal has reported
}

// Device gives the key that a hello must be signed with: the terminal's, or for one that a restored book has lost the one
// in the law that it shows. ErrUnknownTerminal.
func (l *Ledger) Device(ctx context.Context, h wire.HelloBody) (key []byte, err error) {
	return ask(ctx, l, func(d *draft) ([]byte, error) {
		if t := d.terminals[h.Terminal]; t != nil {
			return t.Key, nil
		}
		if lost := d.lostTerminal(h); lost != nil {
			return lost.Device, nil
		}
		return nil, ErrUnknownTerminal
	})
}

// Meet takes a terminal's hello, whose signature was verified with the key that Device gives, and begins a turn of its
// ratchet. A copy or an older disk is noticed here: it is frozen, and a case is open. ErrUnknownTerminal.
func (l *Ledger) Meet(ctx context.Context, h wire.HelloBody) (Met, error) {
	return ask(ctx, l, func(d *draft) (Met, error) { return d.meet(h) })
}

func (d *draft) meet(h wire.HelloBody) (Met, error) {
	t, err := d.greeted(h)
	if err != nil {
		return Met{}, err
	}
	if d.news(t, h) {
		d.loseTail(t.ID)
	}
	e := d.speaker(t, h)
	d.compare(t, e, h)
	if e == nil {
		return Met{TerminalInfo: t.info(&life{epoch: h.Epoch}), Recovering: d.recovering}, nil
	}
	d.adoptLease(t, e, h)
	d.turn(t, e, h)
	d.heed(t, e, h)
	met := Met{TerminalInfo: t.info(e), Turn: e.turn, Order: t.order(), Recovering: d.recovering}
	if e != t.life || t.standing() != voucher.TerminalGood {
		met.Grant = nil // who may accept nothing needs no lease, least of all a copy
	}
	return met, nil
}

// turn begins a turn of the ratchet. What the hello shows of the one before is on the disk.
func (d *draft) turn(t *terminal, e *life, h wire.HelloBody) {
	m := TerminalMet{Terminal: t.ID, Epoch: e.epoch, Turn: e.turn + 1}
	if d.shown(h) {
		m.Shown, m.Turn = h.Ratchet.Turn, max(e.turn, h.Ratchet.Turn)+1
	}
	d.add(Entry{Met: &m})
	if m.Shown > 0 && m.Shown == e.confirmed {
		e.tick = max(e.tick, h.Ratchet.Tick)
	}
}

// speaker finds the epoch that a hello is of. One that was ordered begins with its first hello. A restored book may have
// lost the begin of one, and the end of the one before: that is a gap. Of any other epoch it knows nothing and gives nil.
func (d *draft) speaker(t *terminal, h wire.HelloBody) *life {
	ordered := t.closed != nil && h.Epoch == t.closed.Next
	switch e := t.lifeOf(h.Epoch); {
	case e != nil:
		return e
	case h.Epoch > t.epoch && t.reported && !ordered, h.Epoch < t.epoch && !d.shown(h):
		return nil
	case h.Epoch > t.epoch && !t.reported && t.fork == 0:
		next := uint64(len(t.chain)) + 1
		d.copied(t, CaseOpened{Kind: voucher.Gap, Record: named(t, t.epoch, next), From: next},
			"the book has lost the end of an epoch; what else the terminal took in it is not known")
	}
	d.add(Entry{Began: &EpochBegan{Terminal: t.ID, Epoch: h.Epoch}})
	return t.lifeOf(h.Epoch)
}

// lifeOf finds an epoch of the terminal; nil when the hub knows of none.
func (t *terminal) lifeOf(epoch uint32) *life {
	if epoch == t.epoch {
		return t.life
	}
	return t.past[epoch]
}

// info is the terminal as it is shown, with what the hub has of one of its epochs.
func (t *terminal) info(e *life) TerminalInfo {
	head, lease := e.head(), e.lease
	lease.Pools = slices.Clone(lease.Pools)
	return TerminalInfo{TerminalEnrolled: t.TerminalEnrolled, State: t.state, Epoch: e.epoch, Last: uint64(len(e.chain)), Head: head[:], Lease: lease, Grant: e.grant, Used: e.used}
}

// Reply is what a terminal's report leads to.
type Reply struct {
	Grant  *LeaseGranted    // a new lease; nil for none
	Recall *wire.RecallBody // to be signed: the terminal is to give its lease back; nil for none
}

// Report takes a terminal's word on itself, of the epoch it said hello with: it confirms what of the ratchet is on its
// disk, and may bring a lease or a recall. ErrUnknownTerminal.
func (l *Ledger) Report(ctx context.Context, id voucher.TerminalID, epoch uint32, s wire.Status) (Reply, error) {
	return ask(ctx, l, func(d *draft) (Reply, error) { return d.report(id, epoch, s) })
}

func (d *draft) report(id voucher.TerminalID, epoch uint32, s wire.Status) (Reply, error) {
	t := d.terminals[id]
	if t == nil {
		return Reply{}, ErrUnknownTerminal
	}
	t.heard = d.time.UnixMilli()
	e := t.lifeOf(epoch)
	if e == nil {
		return Reply{}, nil
	}
	d.confirmTurn(t, e, s)
	if e != t.life {
		return Reply{}, nil // a copy in an epoch that is over gets nothing
	}
	if recall := d.recall(t); recall != nil && epoch == t.epoch {
		if s.Lease != recall.Lease {
			recall = nil // a newer one is on its way to the terminal
		}
		return Reply{Recall: recall}, nil
	}
	grant, err := d.topUp(id)
	return Reply{Grant: grant}, err
}

// confirmTurn notes what of the ratchet a terminal has on its disk. The turn is for good; the tick within it is kept in
// memory only, because a sync for each would cost more than what is won: after a restart of the hub an older copy of the
// same turn is noticed as soon as the other one has come again.
func (d *draft) confirmTurn(t *terminal, e *life, s wire.Status) {
	if s.Turn > e.turn {
		return // never given out: a false till, which must not be able to confirm what it will be asked for
	}
	if s.Turn > e.confirmed {
		d.add(Entry{Confirmed: &TurnConfirmed{Terminal: t.ID, Epoch: e.epoch, Turn: s.Turn}})
	}
	if s.Turn == e.confirmed {
		e.tick = max(e.tick, s.Tick)
	}
}

func (s *state) applyMet(e *TerminalMet) error {
	l, err := s.life(e.Terminal, e.Epoch)
	if err != nil {
		return err
	}
	s.terminals[e.Terminal].heard = s.at
	l.turn = e.Turn
	l.confirm(e.Shown)
	return nil
}

func (s *state) applyConfirmed(e *TurnConfirmed) error {
	l, err := s.life(e.Terminal, e.Epoch)
	if err != nil {
		return err
	}
	l.confirm(e.Turn)
	return nil
}

// confirm notes a turn that is on the terminal's disk.
func (e *life) confirm(turn uint64) {
	if turn > e.confirmed {
		e.confirmed, e.tick = turn, 0
	}
}
