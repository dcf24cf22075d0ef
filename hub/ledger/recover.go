package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// A book that was put back to an older state has lost what came after; so has one whose disk lost its end. What terminals
// still hold brings it back: their records with the acks that answered them, the lease, the law that names them. Until
// each has reported, nothing is lent and nothing decided that no earlier ack proves, because what seems free may be taken.

// ErrRecovering: the hub was restored and does not decide these records yet. The ack says how far it came; the terminal
// asks again.
var ErrRecovering = errors.New("the hub was restored and waits for terminals to report")

// recovery is the part of the state about a hub that was restored.
type recovery struct {
	restores   int // how many times
	enrolled   int // terminals, in this generation
	recovering bool
	waiting    int    // terminals that have not reported
	laws       uint64 // where the revisions of laws begin: above all that a lost book has given out
}

// owed is what a terminal says it had, and must show before it has reported.
type owed struct {
	settled uint64 // all its records up to this one have had the hub's word
	lease   uint32 // serial
}

// TerminalReported says that a terminal has shown a restored hub all that an earlier one had said to it.
type TerminalReported struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
}

// HubRecovered says that every terminal has reported, or was revoked or written off.
type HubRecovered struct{}

// LeaseFound is a lease that the book had lost; Raw is the voucher.Lease as it was signed.
type LeaseFound struct {
	Raw   []byte              `cbor:"1,keyasint"`
	Sig   []byte              `cbor:"2,keyasint"`
	Pools []voucher.PoolUnits `cbor:"3,keyasint,omitempty"` // as totals
	Sum   voucher.Fen         `cbor:"4,keyasint"`           // what of it the reserve still had, as a total
}

// Restore begins a new generation of the hub on a book that was put back to an older state; the key stays. Refusal: other_hub.
func (l *Ledger) Restore(ctx context.Context, h HubMade) error {
	return l.tell(ctx, func(d *draft) error {
		switch {
		case d.hub == nil || !bytes.Equal(d.hub.Key, h.Key):
			return refuse("other_hub", "数据目录中的密钥与账簿不符：这不是同一个中心", "the keys in this folder are not those of its book: this is not the same hub")
		case bytes.Equal(d.hub.Generation, h.Generation):
			return refuse("bad_request", "恢复后的中心须用新的代号", "a restored hub needs a new generation")
		}
		d.restore(h)
		return nil
	})
}

func (d *draft) restore(h HubMade) {
	d.add(Entry{Hub: &h})
	d.change.Hub = true
}

// loseTail begins a new generation because a terminal has shown what this one never wrote: the book has lost its end. The
// generation is made of what is known, so that deciding needs no chance.
func (d *draft) loseTail(by voucher.TerminalID) {
	b := append([]byte("hexiao generation 1\x00"), d.hub.Generation...)
	b = binary.BigEndian.AppendUint64(b, uint64(d.position))
	b = binary.BigEndian.AppendUint64(b, uint64(d.time.UnixMilli()))
	sum := sha256.Sum256(append(append(b, d.ratchet...), by...))
	d.restore(HubMade{Generation: sum[:16], Key: d.hub.Key, Issuing: d.hub.Issuing})
}

// news tells whether a hello shows a turn or a lease that the hub would have written down and has not, though the terminal has
// nothing left to report; or a turn of this very generation: a hub that recovers may lose the end of its book as well.
func (d *draft) news(t *terminal, h wire.HelloBody) bool {
	if t.reported && d.lostLease(t, h) {
		return true
	}
	return (t.reported || bytes.Equal(h.Generation, d.hub.Generation)) &&
		d.shown(h) && (h.Epoch > t.epoch || h.Epoch == t.epoch && h.Ratchet.Turn > t.turn)
}

// lostLease tells whether a hello shows a newer lease than the book has. Nothing is sent before it is in the book.
func (d *draft) lostLease(t *terminal, h wire.HelloBody) bool {
	var l voucher.Lease
	return h.Lent != nil && d.hub != nil && h.Lent.Open(&l, d.hub.Key, wire.ForLease) == nil &&
		l.Terminal == t.ID && l.Epoch == t.epoch && l.Serial > t.lease.Serial
}

func (s *state) applyHub(h *HubMade) {
	first := s.hub == nil
	s.hub, s.enrolled = h, 0
	if first {
		return
	}
	s.restores++
	s.recovering, s.waiting = true, 0
	s.laws = uint64(s.at/1000) << 30 // a second has fewer entries than that, and a book too
	for _, t := range s.terminals {
		t.reported, t.awaited, t.owes = false, false, nil
		s.await(t)
	}
}

// await makes the recovery wait for a terminal that has not reported.
func (s *state) await(t *terminal) {
	if s.recovering && !t.reported && t.state != voucher.TerminalRevoked {
		t.awaited = true
		s.waiting++
	}
}

// excuse lets the recovery go on without a terminal: it was revoked or written off.
func (s *state) excuse(t *terminal) {
	if t.awaited {
		t.awaited = false
		s.waiting--
	}
}

func (s *state) applyReported(e *TerminalReported) error {
	t := s.terminals[e.Terminal]
	if t == nil {
		return fmt.Errorf("unknown terminal %s has reported", e.Terminal)
	}
	t.reported = true
	s.excuse(t)
	return nil
}

// greeted finds who says hello. A terminal that the book has lost is entered again, when it shows a law that this hub has
// signed for it.
func (d *draft) greeted(h wire.HelloBody) (*terminal, error) {
	if t := d.terminals[h.Terminal]; t != nil {
		return t, nil
	}
	lost := d.lostTerminal(h)
	if lost == nil {
		return nil, ErrUnknownTerminal
	}
	if d.restores == 0 || bytes.Equal(h.Generation, d.hub.Generation) {
		d.loseTail(h.Terminal)
	}
	if d.merchants[lost.Merchant.Code] == nil {
		d.add(Entry{Merchant: &MerchantSet{Merchant: lost.Merchant, Reason: fmt.Sprintf("shown by terminal %s to a restored hub", h.Terminal)}})
	}
	d.add(Entry{Terminal: &TerminalEnrolled{ID: h.Terminal, Merchant: lost.Merchant.Code, Key: lost.Device, Place: lost.Place, Version: h.Version}})
	t := d.terminals[h.Terminal]
	if lost.State != voucher.TerminalGood {
		d.setTerminal(t, lost.State, "as in the law that it shows")
	}
	if h.Epoch > 1 {
		d.add(Entry{Began: &EpochBegan{Terminal: t.ID, Epoch: h.Epoch}})
	}
	return t, nil
}

// lostTerminal opens the law that an unknown terminal shows; nil when this hub has not signed it for that terminal.
func (d *draft) lostTerminal(h wire.HelloBody) *wire.LawBody {
	var law wire.LawBody
	if d.hub == nil || h.Named == nil || h.Named.Open(&law, d.hub.Key, wire.ForLaw) != nil || law.Terminal != h.Terminal || len(law.Device) == 0 {
		return nil
	}
	return &law
}

// heed notes what a terminal must show, and whether it has.
func (d *draft) heed(t *terminal, e *life, h wire.HelloBody) {
	if e == t.life && !t.reported {
		t.owes = &owed{h.Settled, h.Lease}
		d.look(t)
	}
}

// look tells the book when a terminal has shown all that it had. A lease that two persons have written off is not waited for.
func (d *draft) look(t *terminal) {
	if t.owes != nil && uint64(len(t.chain)) >= t.owes.settled && (t.lease.Serial >= t.owes.lease || t.written != nil) {
		t.owes = nil
		if !d.recovering {
			d.amend(t)
		}
		d.add(Entry{Reported: &TerminalReported{t.ID}})
	}
}

// complete ends the recovery when nobody is waited for any more.
func (d *draft) complete() {
	if d.recovering && d.waiting == 0 {
		for _, id := range slices.Sorted(maps.Keys(d.terminals)) {
			d.amend(d.terminals[id])
		}
		d.add(Entry{Recovered: &HubRecovered{}})
	}
}

// Recovery is how far a restored hub has come.
type Recovery struct {
	Recovering bool
	Restores   int                  // how many times this hub was restored, or lost the end of its book
	Waiting    []voucher.TerminalID // have not reported; each reports when it comes online, or is revoked or written off by people
}

// Recovery tells how far a restored hub has come.
func (l *Ledger) Recovery(ctx context.Context) (Recovery, error) {
	return ask(ctx, l, func(d *draft) (Recovery, error) {
		r := Recovery{Recovering: d.recovering, Restores: d.restores}
		for id, t := range d.terminals {
			if t.awaited {
				r.Waiting = append(r.Waiting, id)
			}
		}
		slices.Sort(r.Waiting)
		return r, nil
	})
}

// nextTerminal is the ID of a terminal that enrols now. In a restored hub it carries letters of the generation, because
// the numbers after the backup were given to terminals that the book has lost.
func (d *draft) nextTerminal() voucher.TerminalID {
	if d.restores == 0 {
		return voucher.TerminalID(fmt.Sprintf("T%06d", d.enrolled+1))
	}
	letters := []byte("T")
	for _, b := range d.hub.Generation[:min(3, len(d.hub.Generation))] {
		letters = append(letters, 'A'+b%26)
	}
	return voucher.TerminalID(fmt.Sprintf("%s%05d", letters, d.enrolled+1))
}
