package rehearsal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// audit reads the book as a stranger would who has only the disk: its durable bytes, by the format that hub/book/DESIGN.md
// describes. So it sees nothing that was said too early. What it makes of the entries is in tally.go.
type audit struct {
	w     *world
	tally *tally
	at    place
	said  map[voucher.RedemptionID]voucher.Outcome // the first word that ever left the hub; looked up only
	seen  bool                                     // read something since the hub started
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
	a := &audit{w: w, said: map[voucher.RedemptionID]voucher.Outcome{}}
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
	segments := a.segments()
	for a.w.found == nil && a.at.segment < len(segments) {
		n, bodies := a.group(segments[a.at.segment])
		if n == 0 {
			if a.at.segment+1 >= len(segments) || !a.begins(segments[a.at.segment+1]) {
				break
			}
			a.at.segment, a.at.offset = a.at.segment+1, framesAt
			continue
		}
		a.at.offset += n
		for _, body := range bodies {
			a.take(body)
		}
		news = true
	}
	return news
}

// segments are the durable contents of the book's files, in order.
func (a *audit) segments() [][]byte {
	var all [][]byte
	for n := 1; ; n++ {
		_, f := find(a.w.hub.disk.durable, fmt.Sprintf("%08d.book", n))
		if f == nil {
			return all
		}
		all = append(all, f.disk)
	}
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
func (a *audit) leaves(l *line, frame []byte) {
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
	t := a.tally.terminals[b.Terminal]
	if t == nil || t.epoch != b.Epoch || uint64(len(t.chain)) < b.Last || b.Last > 0 && !bytes.Equal(t.chain[b.Last-1].hash[:], b.Head) {
		a.w.fail("G5", "an ack of %s up to %d that the disk does not bear out", b.Terminal, b.Last)
		return
	}
	for i := range b.Outcomes {
		a.saying(&b.Outcomes[i])
	}
}

// saying looks at one outcome that leaves.
func (a *audit) saying(o *voucher.Outcome) {
	if o.Result == voucher.Disputed && o.Case == 0 {
		a.w.fail("G6", "%s has no case", word(o))
	}
	stray := o.Result == voucher.Disputed && o.Reason == voucher.TerminalIsFrozen
	if kept := a.tally.outcome(o.ID); !stray && (kept == nil || *kept != *o) {
		a.w.fail("G5", "the hub says %s, its book %s", word(o), word(kept))
		return
	}
	was, before := a.said[o.ID]
	if !stray {
		a.tally.told = append(a.tally.told, o.ID)
	}
	switch {
	case !before:
		a.said[o.ID] = *o
	case stray: // the same number in a second chain
	case was.Result != o.Result || was.Reason != o.Reason || was.Winner != o.Winner:
		a.w.fail("G7", "first %s, then %s", word(&was), word(o))
	}
}

// confirmed tells whether the sale that a record began was redeemed by the confirmation that followed.
func (a *audit) confirmed(id voucher.RedemptionID) bool {
	t := a.tally.terminals[id.Terminal]
	if t == nil || t.epoch != id.Epoch || id.Number == 0 || id.Number > uint64(len(t.chain)) {
		return false
	}
	c := t.chain[id.Number-1].confirm
	return c != 0 && t.chain[c-1].outcome.Result == voucher.Redeemed
}

// compare holds the ledger's figures against the tally's.
func (a *audit) compare() {
	s, err := a.w.hub.ledger.Summary(background)
	if err != nil {
		return
	}
	for _, p := range s.Pools {
		if p.Stock != p.Free+p.Outstanding+p.Leased+p.Redeemed+p.Disputed+p.WrittenOff ||
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

func short(b []byte) string { return strings.ToUpper(fmt.Sprintf("%x", b[:min(4, len(b))])) }
