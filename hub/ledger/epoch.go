package ledger

import (
	"fmt"
	"maps"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// EpochClosed ends an epoch of a terminal, after a person's decision: it is to begin another as soon as everything of
// this one is answered. What its lease has left stays lent: a copy may have used it.
type EpochClosed struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"`
	Last     uint64             `cbor:"3,keyasint"` // newest record at that time
	Head     []byte             `cbor:"4,keyasint"` // its hash
	Used     voucher.Use        `cbor:"5,keyasint"` // of its leases, as far as its records had come
	Case     uint64             `cbor:"6,keyasint,omitempty"`
	Next     uint32             `cbor:"7,keyasint"` // the epoch it is to begin
}

// EpochBegan is the first that is heard of an epoch.
type EpochBegan struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Epoch    uint32             `cbor:"2,keyasint"`
}

// resume lets a terminal go on in a new epoch, after a person has decided a case about its copies.
func (d *draft) resume(t *terminal, number uint64) {
	d.closeEpoch(t, number)
	if t.state == voucher.TerminalFrozen && t.fork == 0 {
		d.setTerminal(t, voucher.TerminalGood, fmt.Sprintf("case %d was decided: it goes on in epoch %d", number, t.closed.Next))
	}
}

// closeEpoch ends the epoch that runs and gives the terminal's next Welcome the order to begin another; nothing happens
// when that order waits already.
func (d *draft) closeEpoch(t *terminal, number uint64) {
	if t.closed == nil {
		head := t.head()
		d.add(Entry{Closed: &EpochClosed{Terminal: t.ID, Epoch: t.epoch, Last: uint64(len(t.chain)), Head: head[:], Used: t.used, Case: number, Next: t.epoch + 1}})
	}
	d.change.Hello = append(d.change.Hello, t.ID)
}

func (s *state) applyClosed(e *EpochClosed) error {
	t := s.terminals[e.Terminal]
	if t == nil || t.epoch != e.Epoch || t.closed != nil {
		return fmt.Errorf("epoch %d of terminal %s is closed twice or does not run", e.Epoch, e.Terminal)
	}
	t.closed = e
	return nil
}

// order is what the Welcome of a terminal brings whose epoch is closed.
func (t *terminal) order() *wire.OrderBody {
	if t.closed == nil {
		return nil
	}
	return &wire.OrderBody{Terminal: t.ID, Epoch: t.closed.Next}
}

// applyBegan makes a newer epoch the one that runs, and keeps what became of the records of the one before. An older one
// is a copy's, of which a restored book had lost all.
func (s *state) applyBegan(e *EpochBegan) error {
	t := s.terminals[e.Terminal]
	if t == nil || t.lifeOf(e.Epoch) != nil {
		return fmt.Errorf("epoch %d of terminal %s begins twice", e.Epoch, e.Terminal)
	}
	if e.Epoch < t.epoch {
		t.past[e.Epoch] = newLife(e.Epoch)
		return nil
	}
	t.past[t.epoch] = t.life
	t.life = newLife(e.Epoch)
	return nil
}

// lives are all its epochs, the one that runs last.
func (t *terminal) lives() (all []*life) {
	for _, n := range slices.Sorted(maps.Keys(t.past)) {
		all = append(all, t.past[n])
	}
	return append(all, t.life)
}

// standing is what the terminal may do: nothing in an epoch that is closed.
func (t *terminal) standing() voucher.TerminalState {
	if t.state == voucher.TerminalGood && t.closed != nil {
		return voucher.TerminalFrozen
	}
	return t.state
}
