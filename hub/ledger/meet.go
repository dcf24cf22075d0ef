package ledger

import (
	"context"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Met is what a terminal's hello came to.
type Met struct {
	TerminalInfo                 // Epoch, Last and Head are of the epoch that the terminal speaks of, as far as the hub has it
	Turn         uint64          // of this connection, for the ratchet of its acks and pulses; 0: they carry none
	Order        *wire.OrderBody // what the Welcome brings; nil for none. HubTime is left to the caller
	Recovering   bool            // nothing unproven is decided, and nothing lent, before every terminal has reported
}

// Device gives the key that a hello must be signed with. ErrUnknownTerminal.
func (l *Ledger) Device(ctx context.Context, h wire.HelloBody) (key []byte, err error) {
	return ask(ctx, l, func(d *draft) ([]byte, error) {
		if t := d.terminals[h.Terminal]; t != nil {
			return t.Key, nil
		}
		return nil, ErrUnknownTerminal
	})
}

// Meet takes a terminal's hello, whose signature was verified with the key that Device gives, and begins a turn of its ratchet.
// ErrUnknownTerminal.
func (l *Ledger) Meet(ctx context.Context, h wire.HelloBody) (Met, error) {
	return ask(ctx, l, func(d *draft) (Met, error) { return d.meet(h) })
}

func (d *draft) meet(h wire.HelloBody) (Met, error) {
	t := d.terminals[h.Terminal]
	if t == nil {
		return Met{}, ErrUnknownTerminal
	}
	e := t.lifeOf(h.Epoch)
	if e == nil {
		return Met{TerminalInfo: t.info(t.life)}, nil
	}
	d.add(Entry{Met: &TerminalMet{Terminal: t.ID, Epoch: e.epoch, Turn: e.turn + 1}})
	return Met{TerminalInfo: t.info(e), Turn: e.turn}, nil
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
	return TerminalInfo{t.TerminalEnrolled, t.state, e.epoch, uint64(len(e.chain)), head[:], lease, e.grant, e.used}
}

// Reply is what a terminal's report leads to.
type Reply struct {
	Grant  *LeaseGranted    // a new lease; nil for none
	Recall *wire.RecallBody // to be signed: the terminal is to give its lease back; nil for none
}

// Report takes a terminal's word on itself, of the epoch it said hello with: it confirms what of the ratchet is on its disk, and may
// bring a lease or a recall. ErrUnknownTerminal.
func (l *Ledger) Report(ctx context.Context, id voucher.TerminalID, epoch uint32, s wire.Status) (Reply, error) {
	return ask(ctx, l, func(d *draft) (Reply, error) { return d.report(id, epoch, s) })
}

func (d *draft) report(id voucher.TerminalID, epoch uint32, s wire.Status) (Reply, error) {
	t := d.terminals[id]
	if t == nil {
		return Reply{}, ErrUnknownTerminal
	}
	if e := t.lifeOf(epoch); e != nil {
		d.confirmTurn(t, e, s)
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
		e.tick = 0
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
	l.turn = e.Turn
	return nil
}

func (s *state) applyConfirmed(e *TurnConfirmed) error {
	l, err := s.life(e.Terminal, e.Epoch)
	if err != nil {
		return err
	}
	l.confirmed = e.Turn
	return nil
}
