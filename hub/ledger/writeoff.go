package ledger

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// ForWriteOff keeps a person's signature under a write-off from being taken for anything else.
const ForWriteOff wire.Purpose = "hexiao write-off 1\x00"

// WriteOffBody is what two persons sign to write off what the leases of a terminal have left, of an epoch and all before
// it. Last and Head say what they knew: once the terminal has sent more, their word no longer holds.
type WriteOffBody struct {
	Generation []byte             `cbor:"1,keyasint"` // the hub's
	Terminal   voucher.TerminalID `cbor:"2,keyasint"`
	Epoch      uint32             `cbor:"3,keyasint"`
	Last       uint64             `cbor:"4,keyasint"`           // newest record of the epoch that runs
	Head       []byte             `cbor:"5,keyasint"`           // its hash
	Release    bool               `cbor:"6,keyasint"`           // what is left is free again, and nothing is set aside for records that come later
	Reason     string             `cbor:"7,keyasint"`           // stays on record
	Unheard    bool               `cbor:"8,keyasint,omitempty"` // the hub was restored and has not heard the terminal since: it may have been lent more than the book knows, and that is lent again
}

// WrittenOff is the write-off, once both have signed.
type WrittenOff struct {
	Terminal voucher.TerminalID  `cbor:"1,keyasint"`
	Epoch    uint32              `cbor:"2,keyasint"` // this one and all before it
	Release  bool                `cbor:"3,keyasint,omitempty"`
	Reason   string              `cbor:"4,keyasint"`
	By       []Signature         `cbor:"5,keyasint"`
	Units    []voucher.PoolUnits `cbor:"6,keyasint,omitempty"` // that were left, per pool
	Sum      voucher.Fen         `cbor:"7,keyasint,omitempty"` // face value that was left
}

// Stranded is what leases hold that nobody else can use.
type Stranded struct {
	Units []voucher.PoolUnits // lent out of the stock, per pool
	Sum   voucher.Fen         // lent out of the loss reserve; 0 where the merchant bears offline losses
}

// Count is the units of all pools.
func (s Stranded) Count() (n uint64) {
	for _, p := range s.Units {
		n += p.Units
	}
	return n
}

// WriteOffAnswer says what came of a person's word.
type WriteOffAnswer struct {
	Body WriteOffBody
	Done *WrittenOff // nil while it waits for a second person
}

// StateWriteOff gives the bytes that a person has to sign to write off a terminal: those that another one has signed
// already, when they say what is asked for and still hold. past leaves the epoch that runs alone. An empty reason takes
// another person's. Refusals: unknown_terminal, bad_request, nothing_to_write_off.
func (l *Ledger) StateWriteOff(ctx context.Context, id voucher.TerminalID, past, release bool, reason string) ([]byte, error) {
	return ask(ctx, l, func(d *draft) ([]byte, error) { return d.stateWriteOff(id, past, release, reason) })
}

// WriteOff takes a person's signature over a WriteOffBody; the second person's, over the same bytes, writes off. Refusals:
// unknown_terminal, bad_request, person_unknown, bad_signature, terminal_reported, nothing_to_write_off.
func (l *Ledger) WriteOff(ctx context.Context, by Signature) (WriteOffAnswer, error) {
	return ask(ctx, l, func(d *draft) (WriteOffAnswer, error) { return d.writeOff(by) })
}

func (d *draft) stateWriteOff(id voucher.TerminalID, past, release bool, reason string) ([]byte, error) {
	t := d.terminals[id]
	if t == nil {
		return nil, noTerminal(id)
	}
	body := WriteOffBody{Generation: d.hub.Generation, Terminal: id, Epoch: t.epoch, Last: uint64(len(t.chain)), Release: release, Reason: reason, Unheard: t.awaited}
	head := t.head()
	body.Head = head[:]
	if past {
		body.Epoch--
	}
	for _, p := range t.proposed {
		var had WriteOffBody
		if err := wire.Unmarshal(p.By.Signed.Raw, &had); err != nil {
			return nil, err
		}
		if had.Epoch == body.Epoch && had.Release == release && (reason == "" || reason == had.Reason) && d.mayWriteOff(t, had) == nil {
			return p.By.Signed.Raw, nil
		}
	}
	if err := d.mayWriteOff(t, body); err != nil {
		return nil, err
	}
	return wire.Marshal(body)
}

func noTerminal(id voucher.TerminalID) error {
	return refuse("unknown_terminal", fmt.Sprintf("没有终端 %s", id), fmt.Sprintf("there is no terminal %s", id))
}

// mayWriteOff tells whether a statement still holds.
func (d *draft) mayWriteOff(t *terminal, b WriteOffBody) error {
	head := t.head()
	switch {
	case wantReason(b.Reason) != nil:
		return wantReason(b.Reason)
	case !bytes.Equal(b.Generation, d.hub.Generation) || b.Epoch > t.epoch || b.Last != uint64(len(t.chain)) || !bytes.Equal(b.Head, head[:]) || b.Unheard != t.awaited:
		return refuse("terminal_reported", fmt.Sprintf("终端 %s 在签名之后又有上报，所签内容已不成立；请核对后重新签名", t.ID),
			fmt.Sprintf("terminal %s has reported since that was signed, so it no longer holds; look at it again, then sign anew", t.ID))
	case b.Epoch == t.epoch && t.written == nil:
		return nil // also with nothing left: a restored hub need not wait for it any more
	}
	if left := d.left(t, b.Epoch); left.Count() == 0 && left.Sum == 0 {
		return refuse("nothing_to_write_off", fmt.Sprintf("终端 %s 没有可核销的剩余租约", t.ID), fmt.Sprintf("the leases of terminal %s have nothing left to write off", t.ID))
	}
	return nil
}

func (d *draft) writeOff(by Signature) (WriteOffAnswer, error) {
	var body WriteOffBody
	if err := d.verify(by, ForWriteOff, &body); err != nil {
		return WriteOffAnswer{}, err
	}
	t := d.terminals[body.Terminal]
	if t == nil {
		return WriteOffAnswer{}, noTerminal(body.Terminal)
	}
	if err := d.mayWriteOff(t, body); err != nil {
		return WriteOffAnswer{}, err
	}
	first, again := second(t.proposed, by)
	if first == nil {
		if !again {
			d.add(Entry{Proposed: &Proposed{Terminal: t.ID, By: by}})
		}
		return WriteOffAnswer{Body: body}, nil
	}
	left := d.left(t, body.Epoch)
	done := WrittenOff{Terminal: t.ID, Epoch: body.Epoch, Release: body.Release, Reason: body.Reason, By: []Signature{first.By, by}, Units: left.Units, Sum: left.Sum}
	d.add(Entry{Written: &done})
	if body.Epoch == t.epoch && t.state != voucher.TerminalRevoked {
		d.closeEpoch(t, 0)
		d.change.Terminals = append(d.change.Terminals, t.ID)
	}
	return WriteOffAnswer{body, &done}, nil
}

// left is what the leases of an epoch and of those before it have left, as far as the records have come.
func (d *draft) left(t *terminal, epoch uint32) Stranded {
	var all Stranded
	for _, l := range t.lives() {
		if l.epoch <= epoch {
			d.addLeft(&all, l)
		}
	}
	return all
}

func (d *draft) addLeft(all *Stranded, l *life) {
	if l.written != nil {
		return
	}
	for _, p := range l.lease.Pools {
		if left := l.unused(p); left > 0 {
			all.Units = withUnits(all.Units, p.Phase, p.Tier, voucher.Units(all.Units, p.Phase, p.Tier)+uint64(left))
		}
	}
	if d.campaign != nil && d.campaign.Offline.Bears == voucher.FundBears {
		all.Sum += l.open
	}
}

// unused is how many units of a pool the lease has left.
func (l *life) unused(p voucher.PoolUnits) int64 {
	return max(0, int64(p.Units)-int64(voucher.Units(l.used.Pools, p.Phase, p.Tier)))
}

// applyWritten moves what the leases have left out of what is lent: to what is written off, where records that come later
// still find it, or to the free stock and the reserve.
func (s *state) applyWritten(e *WrittenOff) error {
	t := s.terminals[e.Terminal]
	if t == nil || e.Epoch > t.epoch {
		return fmt.Errorf("terminal %s is written off for epoch %d, which is not there", e.Terminal, e.Epoch)
	}
	t.proposed = nil
	for _, l := range t.lives() {
		if l.epoch > e.Epoch || l.written != nil {
			continue
		}
		for _, p := range l.lease.Pools {
			at := pool{p.Phase, p.Tier}
			u, left := s.units(at), l.unused(p)
			u.leased -= left
			if e.Release {
				u.free += left
			} else {
				u.writtenOff += left
			}
			if err := u.check(at); err != nil {
				return err
			}
		}
		s.open -= l.open
		s.kept += l.open
		l.written, l.grant = e, nil
		s.reopen(l)
	}
	if e.Epoch == t.epoch {
		s.excuse(t)
	}
	return nil
}

// How long a terminal may be silent before what it holds counts as stranded.
const silence = 24 * time.Hour

// stranded is what a terminal's leases hold that nobody else can use: of epochs that are over, and of one that runs when
// its lease has ended, or it may accept nothing, or it was not heard for a day.
func (d *draft) stranded(t *terminal) Stranded {
	epoch := t.epoch - 1
	heard := time.UnixMilli(max(t.heard, t.since))
	if t.standing() != voucher.TerminalGood || d.time.UnixMilli() >= t.lease.Until || d.time.Sub(heard) > silence {
		epoch++
	}
	return d.left(t, epoch)
}
