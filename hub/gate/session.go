package gate

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Session is one terminal's conversation with the hub: what has been said so far, and what may come next. It has no
// I/O, no goroutine and no clock; whoever drives it (conn with a socket, a rehearsal without) asks the ledger what Hear
// requests and hands the answer back. It is not safe for concurrent use.
type Session struct {
	hub    ed25519.PrivateKey
	nonce  []byte
	hello  wire.Hello     // as received, until its signature was looked at
	body   wire.HelloBody // zero before the hello
	key    ed25519.PublicKey
	secret Secret    // of the ratchet
	turn   uint64    // of this connection; 0: there is none
	tick   uint64    // newest that was said
	last   uint64    // newest record that the book has of this epoch, as far as the session knows
	tat    time.Time // when the next Status is due at the steady rate
}

// Secret is Ledger.Secret.
type Secret func(id voucher.TerminalID, epoch uint32, turn, tick uint64) []byte

// Request is what the driver must ask of the ledger before the session can answer. Exactly one field is set.
type Request struct {
	Identify *wire.HelloBody // Ledger.Device, Session.Prove, Ledger.Meet, then Session.Welcome
	Deliver  *ledger.Batch   // Ledger.Receive, then Session.Ack
	Report   *wire.Status    // Ledger.Report, then Session.Pulse
	Lane     bool            // Ledger.LaneVoucher, then Session.Lane
}

// A terminal reports every 10 s, and 2 s after it was answered (wire.Status); one that does so more than once a second, after
// a start of 60, is broken or means harm: each report costs the hub a signature. A line that stood still for a minute, which is
// longer than either end waits, may bring half as many at once.
const (
	statusEvery = time.Second
	statusBurst = 60
)

const maxVersion = 64 // bytes of a version that are kept and shown

// NewSession begins a session. The nonce is 32 fresh random bytes; hub signs what the terminal must believe; secret makes the
// ratchet that its acks and pulses carry.
func NewSession(hub ed25519.PrivateKey, nonce []byte, secret Secret) *Session {
	return &Session{hub: hub, nonce: nonce, secret: secret}
}

// Terminal is who this is; empty before Prove.
func (s *Session) Terminal() voucher.TerminalID {
	if s.key == nil {
		return ""
	}
	return s.body.Terminal
}

// Hello is what the terminal said of itself.
func (s *Session) Hello() wire.HelloBody { return s.body }

// Challenge is the first frame to send. The generation is the hub's, from the book.
func (s *Session) Challenge(generation []byte, now time.Time) wire.Challenge {
	return wire.Challenge{Nonce: s.nonce, HubTime: now.UnixMilli(), Generation: generation}
}

// Hear reads one frame from the terminal. Every error is a *Farewell: the session is over.
func (s *Session) Hear(frame []byte, now time.Time) (Request, error) {
	m, err := wire.Decode(frame)
	if err != nil {
		return Request{}, badFrame(err, "中心无法读取本机发送的数据", "the hub cannot read what this PC sent")
	}
	hello, greeting := m.(wire.Hello)
	switch {
	case greeting && s.body.Terminal == "":
		return s.greeted(hello)
	case greeting, s.key == nil:
		return Request{}, outOfTurn(m)
	}
	switch m := m.(type) {
	case wire.Records:
		return s.records(m)
	case wire.Status:
		return s.status(m, now)
	case wire.LaneAsk:
		return Request{Lane: true}, s.often(now)
	}
	return Request{}, outOfTurn(m)
}

func outOfTurn(m wire.Message) *Farewell {
	return badFrame(fmt.Errorf("%T", m), "本机发送的消息次序不对", "this PC sent a message out of turn")
}

// greeted takes a hello whose signature cannot be looked at yet: the ledger knows the key.
func (s *Session) greeted(m wire.Hello) (Request, error) {
	var b wire.HelloBody
	switch err := m.Peek(&b); {
	case err != nil:
		return Request{}, badFrame(err, "中心无法读取本机发送的数据", "the hub cannot read what this PC sent")
	case b.Protocol != wire.Protocol:
		return Request{}, stranger(
			fmt.Sprintf("本机程序的通信版本为 %d，中心为 %d；请更新本机程序。", b.Protocol, wire.Protocol),
			fmt.Sprintf("This PC speaks protocol %d and the hub %d; update the program on this PC.", b.Protocol, wire.Protocol))
	case b.Terminal == "" || len(b.Terminal) > 32 || b.Epoch == 0:
		return Request{}, badFrame(nil, "本机未说明终端编号", "this PC did not say which terminal it is")
	case !bytes.Equal(b.Nonce, s.nonce):
		return Request{}, badFrame(nil, "本机回应了另一次连接的质询", "this PC answered the challenge of another connection")
	}
	b.Version = plain(b.Version)
	b.Nonce = nil
	s.hello, s.body = m, b
	return Request{Identify: &s.body}, nil
}

// plain cuts a version to what may stand in logs and lists.
func plain(version string) string {
	out := make([]byte, 0, min(len(version), maxVersion))
	for i := 0; i < len(version) && len(out) < maxVersion; i++ {
		if c := version[i]; c > ' ' && c < 0x7f {
			out = append(out, c)
		}
	}
	return string(out)
}

// Unknown is the farewell when the ledger does not know the terminal.
func (s *Session) Unknown() error {
	return stranger(
		fmt.Sprintf("中心没有终端 %q；请向管理员索取新的入网码并重新入网本机。", s.body.Terminal),
		fmt.Sprintf("This hub knows no terminal %q; ask the administrator for a new token and enrol this PC again.", s.body.Terminal))
}

// Prove checks the hello's signature with the key that the ledger gives. The error is a *Farewell.
func (s *Session) Prove(key ed25519.PublicKey) error {
	if !wire.Verify(s.hello.Raw, s.hello.Sig, key, wire.ForHello) {
		return stranger(
			"本机的密钥不是该终端入网时的密钥；请向管理员索取新的入网码并重新入网本机。",
			"The key of this PC is not the one that the terminal enrolled with; ask the administrator for a new token and enrol this PC again.")
	}
	s.key, s.hello = key, wire.Hello{}
	return nil
}

// Welcome answers a hello that was proven: what the hub has of the terminal's epoch, and the order to begin another.
func (s *Session) Welcome(met ledger.Met, now time.Time) (wire.Welcome, error) {
	w := wire.Welcome{State: met.State}
	if met.Epoch == s.body.Epoch {
		w.Last, w.Head = met.Last, met.Head
		s.last, s.turn = met.Last, met.Turn
	}
	if met.Order == nil {
		return w, nil
	}
	order := *met.Order
	order.HubTime = now.UnixMilli()
	signed, err := wire.Seal(order, s.hub, wire.ForOrder)
	w.Order = &signed
	return w, err
}

// records checks what can be checked without the ledger: one signature, and the chain inside the frame. The signature is
// looked at first, so that a stranger's bytes are never taken apart.
func (s *Session) records(m wire.Records) (Request, error) {
	n := len(m.Raw)
	if n == 0 || n > wire.MaxRecords {
		return Request{}, badFrame(fmt.Errorf("%d records", n), "本机一次发送的记录数不对", "this PC sent a wrong number of records at once")
	}
	head := wire.Hash(m.Raw[n-1])
	if !wire.Verify(head[:], m.Sig, s.key, wire.ForRecords) {
		return Request{}, badFrame(wire.ErrSignature, "本机记录的签名不对", "the signature of this PC's records does not hold")
	}
	batch := ledger.Batch{Terminal: s.body.Terminal, Raw: m.Raw, Sig: m.Sig, Records: make([]*voucher.Record, n)}
	for i, raw := range m.Raw {
		r, err := wire.DecodeRecord(raw)
		if err != nil {
			r = s.unreadable(batch, i)
		} else if err = s.link(r, batch, i); err != nil {
			return Request{}, badFrame(err, "本机记录的链条不完整", "the chain of this PC's records does not hold together")
		}
		batch.Records[i] = r
	}
	if m.Proof == nil {
		return Request{Deliver: &batch}, nil
	}
	var err error
	batch.Proof, err = s.proof(*m.Proof, head)
	return Request{Deliver: &batch}, err
}

// proof opens an earlier ack of this hub that came with records. It holds for these very records or not at all.
func (s *Session) proof(m wire.Signed, head [32]byte) (*wire.AckBody, error) {
	var ack wire.AckBody
	err := m.Open(&ack, s.hub.Public().(ed25519.PublicKey), wire.ForAck)
	if err == nil && (ack.Terminal != s.body.Terminal || ack.Epoch != s.body.Epoch || !bytes.Equal(ack.Answered, head[:])) {
		err = fmt.Errorf("an ack of %s, epoch %d, for other records", ack.Terminal, ack.Epoch)
	}
	if err != nil {
		return nil, badFrame(err, "本机出示的中心回执与记录不符", "the hub's ack that this PC shows is not for its records")
	}
	return &ack, nil
}

// link checks record i of a batch against the session and the record before.
func (s *Session) link(r *voucher.Record, b ledger.Batch, i int) error {
	if r.ID.Terminal != s.body.Terminal || r.ID.Epoch != s.body.Epoch {
		return fmt.Errorf("record %s in a session of %s, epoch %d", r.ID, s.body.Terminal, s.body.Epoch)
	}
	if i == 0 {
		return nil // the ledger knows what must come before
	}
	before := b.Records[i-1].ID // of number 0 when it cannot be read: then only the hash tells
	if before.Number != 0 && r.ID.Number != before.Number+1 || r.Prev != wire.Hash(b.Raw[i-1]) {
		return fmt.Errorf("record %s does not follow %s", r.ID, before)
	}
	return nil
}

// unreadable stands for record i of a batch, which this hub cannot read (G9): of no kind, and with number 0 when its place in
// the chain cannot be read either. The ledger keeps it as it came.
func (s *Session) unreadable(b ledger.Batch, i int) *voucher.Record {
	r := &voucher.Record{ID: voucher.RedemptionID{Terminal: s.body.Terminal, Epoch: s.body.Epoch}}
	id, prev, err := wire.ReadLink(b.Raw[i])
	if err != nil {
		return r
	}
	link := &voucher.Record{ID: id, Prev: prev}
	if s.link(link, b, i) != nil {
		return r
	}
	return link
}

func (s *Session) status(m wire.Status, now time.Time) (Request, error) {
	if err := s.often(now); err != nil {
		return Request{}, err
	}
	return Request{Report: &m}, nil
}

// often counts what costs the hub a signature each time it is asked.
func (s *Session) often(now time.Time) error {
	ahead := s.tat.Sub(now)
	if ahead < 0 || ahead > (statusBurst+1)*statusEvery { // so far ahead it never runs: the hub's clock was set back
		s.tat, ahead = now, 0
	}
	if ahead > statusBurst*statusEvery {
		return badFrame(nil, "本机汇报状态过于频繁", "this PC reports its state far too often")
	}
	s.tat = s.tat.Add(statusEvery)
	return nil
}

// Last is the newest record that the book had when the last answer was sealed.
func (s *Session) Last() uint64 { return s.last }

// Ack seals what the ledger made of the records.
func (s *Session) Ack(body wire.AckBody, now time.Time) (wire.Ack, error) {
	body.HubTime, body.Ratchet, s.last = now.UnixMilli(), s.turned(), max(s.last, body.Last)
	signed, err := wire.Seal(body, s.hub, wire.ForAck)
	return wire.Ack{Signed: signed}, err
}

// Pulse answers a report.
func (s *Session) Pulse(now time.Time) (wire.Pulse, error) {
	signed, err := wire.Seal(wire.PulseBody{HubTime: now.UnixMilli(), Ratchet: s.turned()}, s.hub, wire.ForPulse)
	return wire.Pulse{Signed: signed}, err
}

// turned is the ratchet, a tick further.
func (s *Session) turned() wire.Ratchet {
	if s.turn == 0 {
		return wire.Ratchet{}
	}
	s.tick++
	return wire.Ratchet{Turn: s.turn, Tick: s.tick, Secret: s.secret(s.body.Terminal, s.body.Epoch, s.turn, s.tick)}
}

// Recall seals the ledger's wish to have a lease back.
func (s *Session) Recall(body wire.RecallBody) (wire.Recall, error) {
	signed, err := wire.Seal(body, s.hub, wire.ForRecall)
	return wire.Recall{Signed: signed}, err
}

// Spent seals what brings the terminal's set of used vouchers up to date.
func (s *Session) Spent(body wire.SpentBody) (wire.Spent, error) {
	signed, err := wire.Seal(body, s.hub, wire.ForSpent)
	return wire.Spent{Signed: signed}, err
}

// Lane seals a lane voucher, or the reason why there is none.
func (s *Session) Lane(code voucher.Code, no voucher.Reason, now time.Time) (wire.Lane, error) {
	body := wire.LaneBody{Terminal: s.body.Terminal, Reason: no, HubTime: now.UnixMilli()}
	if no == voucher.OK {
		body.Code = code.Text()
	}
	signed, err := wire.Seal(body, s.hub, wire.ForLane)
	return wire.Lane{Signed: signed}, err
}

// SealLaw makes the message that brings a terminal its law. It is a function because the law is also pushed from
// outside the session's own goroutine.
func SealLaw(body wire.LawBody, hub ed25519.PrivateKey, now time.Time) (wire.Law, error) {
	body.HubTime = now.UnixMilli()
	signed, err := wire.Seal(body, hub, wire.ForLaw)
	return wire.Law{Signed: signed}, err
}
