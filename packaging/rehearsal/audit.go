package rehearsal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// audit reads the book as a stranger would who has only the disk: its durable bytes, by the format that hub/book/DESIGN.md
// describes. So it sees nothing that was said too early. What it makes of the entries is in tally.go.
type audit struct {
	w        *world
	tally    *tally
	at       place
	names    []string                      // of the book's files, as far as they were needed
	groups   []place                       // where each group since the start of the hub begins
	said     map[[32]byte]voucher.Outcome  // the first word on a record that ever left the hub, by the record's hash; looked up only
	redeemed map[voucher.RedemptionID]bool // was said to be paid for, by ID; looked up only
}

// place is how far the book was read.
type place struct {
	segment int // index among the segments, from 0
	offset  int64
	next    uint64
	hash    [32]byte
}

const (
	frameHead = 32
	framesAt  = 8192
)

func newAudit(w *world) *audit {
	a := &audit{w: w, said: map[[32]byte]voucher.Outcome{}, redeemed: map[voucher.RedemptionID]bool{}}
	a.reset()
	return a
}

func (a *audit) reset() {
	a.tally, a.at = newTally(a.w), place{offset: framesAt, next: 1}
}

// started begins anew: the hub may have come back with less.
func (a *audit) started() {
	before := a.tally
	a.reset()
	a.read()
	a.groups = nil
	if a.w.found == nil {
		a.holds(before)
	}
	a.look()
}

// holds checks that whatever had left the hub is still in its book (G5): a hub may lose what it never said.
func (a *audit) holds(before *tally) {
	for _, id := range before.told {
		was, is := before.outcome(id), a.tally.outcome(id)
		if was == nil {
			continue
		}
		if is == nil || is.Result != was.Result || is.Reason != was.Reason || is.Winner != was.Winner {
			if !a.w.hub.older {
				a.w.fail("G5", "the hub had said %s and its book has %s after a restart", word(was), word(is))
			}
			return
		}
	}
}

func word(o *voucher.Outcome) string {
	if o == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s: result %d, %s, case %d, winner %s", o.ID, o.Result, o.Reason, o.Case, o.Winner)
}

// look reads what is new, and holds the ledger's own figures against it.
func (a *audit) look() {
	if !a.read() {
		return
	}
	if at := a.w.hub.position(); uint64(at) != a.at.next-1 {
		a.w.fail("G5", "the ledger is at entry %d, the disk has %d", at, a.at.next-1)
		return
	}
	a.compare()
}

// read goes on through the durable frames, whole groups only. It tells whether there was anything.
func (a *audit) read() (news bool) {
	for a.w.found == nil {
		s, is := a.segment(a.at.segment)
		if !is {
			break
		}
		n, bodies := a.group(s)
		if n == 0 {
			if next, is := a.segment(a.at.segment + 1); !is || !a.begins(next) {
				break
			}
			a.at.segment, a.at.offset = a.at.segment+1, framesAt
			continue
		}
		a.groups = append(a.groups, a.at)
		a.at.offset += n
		for _, body := range bodies {
			a.take(body)
		}
		a.tally.grouped()
		news = true
	}
	return news
}

// segments are the durable contents of the book's files, in order.
func (a *audit) segments() (all [][]byte) {
	for {
		s, is := a.segment(len(all))
		if !is {
			return all
		}
		all = append(all, s)
	}
}

// segment is the durable contents of one of the book's files, from 0, if there is such a file.
func (a *audit) segment(i int) (contents []byte, is bool) {
	for len(a.names) <= i {
		a.names = append(a.names, fmt.Sprintf("%08d.book", len(a.names)+1))
	}
	_, f := find(a.w.hub.disk.durable, a.names[i])
	if f == nil {
		return nil, false
	}
	return f.disk, true
}

// begins tells whether a segment begins where this one ends.
func (a *audit) begins(s []byte) bool {
	return len(s) > framesAt && binary.LittleEndian.Uint64(s[32:]) == a.at.next && bytes.Equal(s[40:72], a.at.hash[:])
}

// group reads one whole group; 0 where there is none.
func (a *audit) group(s []byte) (n int64, bodies [][]byte) {
	at, next := a.at.offset, a.at.next
	for {
		if int64(len(s)) < at+frameHead {
			return 0, nil
		}
		head := s[at:]
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		number, count := binary.LittleEndian.Uint32(head[16:]), binary.LittleEndian.Uint32(head[20:])
		size := (frameHead + length + 7) &^ 7
		if binary.LittleEndian.Uint64(head[8:]) != next || int(number) != len(bodies)+1 || int64(len(s)) < at+size {
			return 0, nil
		}
		bodies = append(bodies, s[at+frameHead:at+frameHead+length])
		at, next = at+size, next+1
		if number == count {
			return at - a.at.offset, bodies
		}
	}
}

// take takes one entry into the tally, after its place in the chain was checked.
func (a *audit) take(body []byte) {
	h := sha256.New()
	h.Write(a.at.hash[:])
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))
	h.Write(body)
	a.at.hash = [32]byte(h.Sum(nil))
	e, err := ledger.DecodeEntry(body)
	if err != nil {
		a.w.fail("G6", "entry %d: %v", a.at.next, err)
		return
	}
	a.tally.take(a.at.next, &e)
	a.at.next++
}

// leaves looks at a frame that leaves the hub: nothing may be said before it is on disk, and nothing in two ways.
func (a *audit) leaves(frame []byte) {
	m, err := wire.Decode(frame)
	if err != nil {
		a.w.fail("wire", "the hub sends what nobody can read: %v", err)
		return
	}
	switch m := m.(type) {
	case wire.Ack:
		var b wire.AckBody
		if m.Open(&b, a.w.hub.public(), wire.ForAck) != nil {
			a.w.fail("G8", "an ack without the hub's signature")
			return
		}
		a.acked(&b)
	case wire.Lease:
		var b voucher.Lease
		if m.Open(&b, a.w.hub.public(), wire.ForLease) != nil {
			a.w.fail("G8", "a lease without the hub's signature")
			return
		}
		a.read()
		if !a.tally.granted(&b) {
			a.w.fail("G2", "lease %d of %s leaves and is not in the book", b.Serial, b.Terminal)
		}
	}
}

func (a *audit) acked(b *wire.AckBody) {
	a.read()
	s := a.tally.terminals[b.Terminal]
	if s == nil || s.eraOf(b.Epoch) == nil {
		a.w.fail("G5", "an ack of %s, epoch %d, which the disk does not know", b.Terminal, b.Epoch)
		return
	}
	chain := s.eraOf(b.Epoch).chain
	if uint64(len(chain)) < b.Last || b.Last > 0 && !bytes.Equal(chain[b.Last-1].hash[:], b.Head) {
		a.w.fail("G5", "an ack of %s up to %d that the disk does not bear out", b.Terminal, b.Last)
		return
	}
	if b.Book != uint64(a.at.next-1) || !bytes.Equal(b.BookHead, a.at.hash[:]) {
		a.w.fail("G8", "an ack names entry %d of the book, which ends at %d", b.Book, a.at.next-1)
	}
	for i := range b.Outcomes {
		a.saying(s.eraOf(b.Epoch), &b.Outcomes[i])
	}
}

// saying looks at one outcome that leaves.
func (a *audit) saying(x *era, o *voucher.Outcome) {
	if o.Result == voucher.Disputed && a.tally.matter(o.Case) == nil {
		a.w.fail("G6", "%s has no case", word(o))
		return
	}
	kept := a.tally.ring(o.ID)
	if kept == nil || kept.outcome != *o {
		m := a.tally.matter(o.Case)
		if o.Result != voucher.Disputed || !x.hasStray(m) {
			a.w.fail("G5", "the hub says %s, its book %s", word(o), word(a.tally.outcome(o.ID)))
		}
		return
	}
	a.tally.told = append(a.tally.told, o.ID)
	was, before := a.said[kept.hash]
	switch {
	case !before:
		a.said[kept.hash] = *o
		a.redeemed[o.ID] = a.redeemed[o.ID] || o.Result == voucher.Redeemed
	case was.Result != o.Result || was.Reason != o.Reason || was.Winner != o.Winner:
		if !a.w.hub.older { // an ack that never arrived proves nothing to a hub that has lost it
			a.w.fail("G7", "first %s, then %s", word(&was), word(o))
		}
		a.said[kept.hash] = *o
		a.redeemed[o.ID] = a.redeemed[o.ID] || o.Result == voucher.Redeemed
	}
}

// hasStray tells whether a case is about a record of a second chain of the epoch.
func (x *era) hasStray(m *matter) bool {
	if m == nil {
		return false
	}
	for _, s := range x.strays {
		if s == m {
			return true
		}
	}
	return false
}

// saidRedeemed tells whether the hub ever said that it pays for a sale, by the record that began it or by the one that
// confirmed it.
func (a *audit) saidRedeemed(r *row) bool {
	if hash, known := r.till.hashes[r.id]; known {
		o, said := a.said[hash]
		return said && o.Result == voucher.Redeemed || a.confirmed(r.id)
	}
	return a.redeemed[r.id] || a.confirmed(r.id)
}

// confirmed tells whether the sale that a record began was redeemed by the confirmation that followed.
func (a *audit) confirmed(id voucher.RedemptionID) bool {
	c := a.tally.confirmation(id)
	return c != nil && c.Result == voucher.Redeemed
}

// compare holds the ledger's figures against the tally's.
func (a *audit) compare() {
	s, err := a.w.hub.ledger.Summary(background)
	if err != nil {
		return
	}
	for _, p := range s.Pools {
		if p.Stock != p.Free+p.Outstanding+p.Leased+p.Redeemed+p.Disputed+p.WrittenOff-p.Owed ||
			min(p.Free, p.Outstanding, p.Leased, p.Redeemed, p.Disputed, p.WrittenOff) < 0 {
			a.w.fail("G1", "pool %d %s does not add up: %+v", p.Phase, p.Tier, p)
			return
		}
	}
	a.tally.compare(&s)
}

// holdsKey tells whether a signature is that of a key; it is here for the tally, which must not know the wire's frames.
func holdsKey(raw, sig []byte, key ed25519.PublicKey) bool {
	head := wire.Hash(raw)
	return wire.Verify(head[:], sig, key, wire.ForRecords)
}
