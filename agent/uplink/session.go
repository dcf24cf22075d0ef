package uplink

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// session is one conversation with the hub, from the challenge to the end of the connection: what an incoming frame
// means, and what to send next. It has no I/O, no goroutine and no clock; whoever drives it hands in the frames and the
// journal's state, and does what the step says.
type session struct {
	id      Identity
	version string
	shows   bool                                        // the papers whatever generation the hub is of
	papers  func() (lease, law *wire.Signed, err error) // as received, for a hub of another generation; nil: there are none

	stage      stage
	generation []byte // the hub's, as its challenge says
	sent       uint64 // number of the newest record sent
	flight     int    // frames of records whose acks are still to come
	silent     bool   // the hub acknowledged all frames, but not every record in them
	mute       bool   // it did so, and has answered no other record since
	answered   uint64 // all records up to this one were answered when it did
	lanes      bool   // the hub answers a LaneAsk
	untold     bool   // answers were kept that the hub does not know to be on this disk
}

// stage is what the session waits for.
type stage uint8

const (
	challenged stage = iota // the hub's challenge
	welcomed                // its answer to our hello
	open                    // anything
)

// step is what a frame asks for. Everything in it that the hub says was verified with its key, except Bye, which moves
// nothing but the hour of the next attempt.
type step struct {
	heard   time.Time    // the hub's time, as of now; zero when it was not said
	ratchet wire.Ratchet // that came with it
	law     *received[wire.LawBody]
	lease   *received[voucher.Lease]
	ack     *received[wire.AckBody]
	recall  *received[wire.RecallBody]
	spent   *received[wire.SpentBody]
	lane    *received[wire.LaneBody]
	reply   wire.Message // to be sent at once; nil for nothing
	opens   bool         // the hub has let us in
	welcome wire.Welcome // with opens
	faces   []byte       // with opens: the hub's generation
	order   *received[wire.OrderBody]
	bye     *wire.Bye
}

// received is a signed thing as it came, and what it says.
type received[B any] struct {
	raw  wire.Signed
	body B
}

// openSigned verifies a signed thing with the hub's key.
func openSigned[B any](raw wire.Signed, key ed25519.PublicKey, p wire.Purpose) (*received[B], error) {
	r := &received[B]{raw: raw}
	if err := raw.Open(&r.body, key, p); err != nil {
		return nil, fmt.Errorf("%T: %w", r.body, err)
	}
	return r, nil
}

// errTurn wraps wire.ErrFrame: a message that does not belong here.
func errTurn(m wire.Message) error { return fmt.Errorf("%w: %T out of turn", wire.ErrFrame, m) }

// receive says what a frame means. After an error the connection is of no more use: the error wraps wire.ErrFrame
// or wire.ErrSignature, and nothing of the frame may be used.
func (s *session) receive(frame []byte, st journal.State) (step, error) {
	m, err := wire.Decode(frame)
	if err != nil {
		return step{}, err
	}
	if bye, ok := m.(wire.Bye); ok {
		return step{bye: &bye}, nil
	}
	switch s.stage {
	case challenged:
		if c, ok := m.(wire.Challenge); ok {
			return s.hello(c, st)
		}
	case welcomed:
		if w, ok := m.(wire.Welcome); ok {
			return s.enter(w, st)
		}
	case open:
		return s.hear(m)
	}
	return step{}, errTurn(m)
}

// hello answers the challenge. Only a nonce of the agreed length is signed.
func (s *session) hello(c wire.Challenge, st journal.State) (step, error) {
	if len(c.Nonce) != 32 {
		return step{}, fmt.Errorf("%w: nonce of %d bytes", wire.ErrFrame, len(c.Nonce))
	}
	b := wire.HelloBody{
		Nonce: c.Nonce, Protocol: wire.Protocol, Terminal: s.id.Terminal, Epoch: st.Epoch,
		Last: st.Last, Lease: st.Lease.Serial, Version: s.version,
		Generation: st.Generation, Ratchet: st.Ratchet, Settled: st.Settled, Lost: st.Lost,
	}
	s.generation = c.Generation
	b.Spent = s.spent(st)
	if err := s.show(&b); err != nil {
		return step{}, err
	}
	if st.Last > 0 {
		b.Head = st.Head[:]
	}
	if st.Law != nil && bytes.Equal(st.From, c.Generation) {
		b.Law = st.Law.Revision // in another generation revisions say nothing
	}
	signed, err := wire.Seal(b, s.id.Device, wire.ForHello)
	s.stage = welcomed
	return step{reply: wire.Hello{Signed: signed}}, err
}

// papersRoom is how many bytes of a hello the law may take; a law that does not fit is not shown, and a hub that has lost
// the terminal then says so.
const papersRoom = wire.MaxUp - 8<<10

// show adds the lease as it was received: a hub that does not know it has lost the end of its book. So may one that does not
// know the terminal, or is of another generation than the one that spoke last: that is shown the law too.
func (s *session) show(b *wire.HelloBody) error {
	if s.papers == nil {
		return nil
	}
	lease, law, err := s.papers()
	if err != nil {
		return err
	}
	b.Lent = lease
	if !s.shows && bytes.Equal(b.Generation, s.generation) {
		return nil
	}
	if law != nil && len(law.Raw) <= papersRoom {
		b.Named = law
	}
	return nil
}

// enter begins to send: from where the hub's knowledge ends, or from the oldest record whose answer never reached us, if
// that is earlier. A hub that was restored knows less than it once acknowledged; it gets those records again, as far as
// they are still here. One that lacks older ones cannot take these in; the line stays up, and people write the terminal off.
func (s *session) enter(w wire.Welcome, st journal.State) (step, error) {
	next := step{opens: true, welcome: w, faces: s.generation}
	if w.Order != nil {
		order, err := openSigned[wire.OrderBody](*w.Order, s.id.HubKey, wire.ForOrder)
		if err != nil {
			return step{}, err
		}
		next.order = order
	}
	s.lanes = w.Lanes
	s.stage, s.sent = open, max(min(w.Last, st.Settled), st.Base)
	return next, nil
}

// fork begins to send when the hub's chain is not this one, or is longer. A hub that has less than it once answered may
// have lost records that branched off anywhere: it gets all of them.
func (s *session) fork(st journal.State) {
	if s.sent < st.Settled {
		s.sent = st.Base
	}
}

// hear takes what the hub says once the line is open. A law or a lease may have been signed long ago; the time is only
// taken from what was signed just now.
func (s *session) hear(m wire.Message) (next step, err error) {
	switch m := m.(type) {
	case wire.Law:
		next.law, err = openSigned[wire.LawBody](m.Signed, s.id.HubKey, wire.ForLaw)
	case wire.Lease:
		next.lease, err = openSigned[voucher.Lease](m.Signed, s.id.HubKey, wire.ForLease)
	case wire.Recall:
		next.recall, err = openSigned[wire.RecallBody](m.Signed, s.id.HubKey, wire.ForRecall)
	case wire.Spent:
		next.spent, err = openSigned[wire.SpentBody](m.Signed, s.id.HubKey, wire.ForSpent)
	case wire.Lane:
		next.lane, err = openSigned[wire.LaneBody](m.Signed, s.id.HubKey, wire.ForLane)
	case wire.Ack:
		next.ack, err = openSigned[wire.AckBody](m.Signed, s.id.HubKey, wire.ForAck)
		if err == nil {
			next.heard, next.ratchet = time.UnixMilli(next.ack.body.HubTime), next.ack.body.Ratchet
			s.flight = max(s.flight-1, 0)
		}
	case wire.Pulse:
		var p *received[wire.PulseBody]
		p, err = openSigned[wire.PulseBody](m.Signed, s.id.HubKey, wire.ForPulse)
		if err == nil {
			next.heard, next.ratchet = time.UnixMilli(p.body.HubTime), p.body.Ratchet
		}
	default:
		err = errTurn(m)
	}
	if err != nil {
		return step{}, err
	}
	return next, nil
}

// wants tells whether more records may be sent now, and after which number. A hub that acknowledges every frame, but not
// every record in them, is not ready to decide (it waits for other terminals after it was put back to an older state): it
// is asked again with the next status, not at once, or there would be no end to it.
func (s *session) wants(st journal.State) (after uint64, ok bool) {
	s.silent = s.stage == open && s.flight == 0 && st.Settled < s.sent
	switch {
	case s.silent:
		s.mute, s.answered = true, st.Settled
	case st.Settled > s.answered, st.Queued == 0:
		s.mute = false
	}
	return s.sent, s.stage == open && !s.silent && s.flight < wire.MaxFlight && s.sent < st.Last
}

// again begins anew with the records that a silent hub has not answered.
func (s *session) again(st journal.State) {
	if s.silent {
		s.sent, s.silent = st.Settled, false
	}
}

// frameRoom is how many bytes of records fit into a frame, with the ack that answers them: the same records go again with it to
// a hub that was put back to an older state, all or none. The rest is for the signature and what CBOR adds.
const (
	frameRoom   = wire.MaxUp - 2048
	ackRoom     = 512 // of an ack without its outcomes
	outcomeRoom = 128 // of one of them
)

var errNoRecords = errors.New("no records to send")

// records makes the next frame out of what the journal gave for wants, with the ack that answered them before, if one
// did. It takes as many as fit.
func (s *session) records(raws [][]byte, proof *wire.Signed) (wire.Message, error) {
	n, size, word := 0, ackRoom, outcomeRoom
	if proof != nil {
		size, word = len(proof.Raw)+len(proof.Sig), 0
	}
	for n < min(len(raws), wire.MaxRecords) && size+len(raws[n])+8+word <= frameRoom {
		size += len(raws[n]) + 8 + word
		n++
	}
	if n == 0 {
		return nil, errNoRecords
	}
	head := wire.Hash(raws[n-1])
	s.sent += uint64(n)
	s.flight++
	return wire.Records{Raw: raws[:n], Sig: wire.Sign(head[:], s.id.Device, wire.ForRecords), Proof: proof}, nil
}

// spent is the version of the set of used vouchers; 0 when it is of another generation, in which versions say nothing.
func (s *session) spent(st journal.State) uint64 {
	if !bytes.Equal(st.Spent.Generation, s.generation) {
		return 0
	}
	return st.Spent.Version
}

// status is the terminal's word on itself.
func (s *session) status(st journal.State) wire.Message {
	s.untold = false
	m := wire.Status{Queued: st.Queued, Lease: st.Lease.Serial, Used: st.Used, Turn: st.Ratchet.Turn, Tick: st.Ratchet.Tick, Spent: s.spent(st)}
	if !st.Oldest.IsZero() {
		m.Oldest = st.Oldest.UnixMilli()
	}
	return m
}
