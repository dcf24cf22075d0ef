package rehearsal

import (
	"crypto/ed25519"
	"time"

	"hexiao/hub/gate"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// crook is a merchant who has the key of a terminal and a program of his own. He knows the protocol, keeps a chain, and
// lies in everything that a program can lie in. Nothing that he says may cost the fund more than his lease.
type crook struct {
	w     *world
	c     chance
	id    voucher.TerminalID
	key   ed25519.PrivateKey
	epoch uint32
	raws  [][]byte // of his chain, as far as he made it himself
	asks  []uint64 // records of his that asked for something
	last  uint64
	head  [32]byte
	lease uint32
	law   uint64
	acks  []wire.Signed

	generation []byte
	ratchet    wire.Ratchet
	settled    uint64

	talk    *gate.Talk
	heard   []wire.Message // what the hub said in this session
	hangsUp bool
}

// turn makes a crook of whoever keeps a till: its program is put out, and his own goes on with what was on its disk.
func (f *faults) turn(m *machine, c chance) {
	if m.id.Terminal == "" || !m.on || m.shut || len(m.copies) > 0 {
		return
	}
	s := m.journal.State()
	k := &crook{w: f.w, c: c, id: m.id.Terminal, key: m.id.Device, epoch: s.Epoch, last: s.Last, head: s.Head, lease: s.Lease.Serial,
		generation: s.Generation, ratchet: s.Ratchet, settled: s.Settled}
	if s.Law != nil {
		k.law = s.Law.Revision
	}
	m.stop(false)
	m.shut = true
	f.w.copied[k.id] = true
	f.w.crooked[k.id] = true
	f.w.met("a merchant turned crook")
	k.later()
}

// later lets him come again.
func (k *crook) later() {
	k.w.queue.after(k.c.span(10*time.Second, 2*time.Hour), func() {
		if k.w.calm {
			return
		}
		k.visit()
		k.later()
	})
}

// visit is one session: he comes in, says a few things, and goes.
func (k *crook) visit() {
	h := k.w.hub
	if !h.up {
		return
	}
	k.heard, k.hangsUp = nil, false
	k.talk = gate.NewTalk(gate.TalkOptions{Ledger: h.ledger, Hub: h.key, Nonce: h.c.read(32), Now: h.now, Send: k.hears})
	h.step(func() { k.ended(k.talk.Begin()) })
	if k.hangsUp || len(k.heard) == 0 {
		return
	}
	challenge, _ := k.heard[0].(wire.Challenge)
	k.says(wire.Hello{Signed: k.seal(k.hello(challenge), wire.ForHello)})
	for range k.c.between(1, 6) {
		if k.hangsUp || !h.up {
			return
		}
		k.says(k.mischief())
	}
}

// hears takes what the hub sends him; the audit looks at it as at any other frame.
func (k *crook) hears(frame []byte) error {
	k.w.audit.leaves(frame)
	m, err := wire.Decode(frame)
	if err != nil {
		return nil
	}
	k.heard = append(k.heard, m)
	switch m := m.(type) {
	case wire.Lease:
		var l voucher.Lease
		if m.Peek(&l) == nil {
			k.lease = l.Serial
		}
	case wire.Ack:
		var b wire.AckBody
		if m.Peek(&b) == nil {
			k.ratchet = b.Ratchet
			k.acks = append(k.acks, m.Signed)
		}
	case wire.Pulse:
		var b wire.PulseBody
		if m.Peek(&b) == nil {
			k.ratchet = b.Ratchet
		}
	case wire.Law:
		var b wire.LawBody
		if m.Peek(&b) == nil {
			k.law = b.Revision
		}
	case wire.Welcome:
		k.last = max(k.last, m.Last)
		if k.last == m.Last && m.Last > 0 {
			copy(k.head[:], m.Head)
		}
		var o wire.OrderBody
		if m.Order != nil && m.Order.Peek(&o) == nil && k.c.in(60) { // sometimes he obeys
			k.epoch, k.last, k.head, k.lease, k.ratchet, k.settled, k.raws, k.asks = o.Epoch, 0, [32]byte{}, 0, wire.Ratchet{}, 0, nil, nil
			k.hangsUp = true
		}
	}
	return nil
}

func (k *crook) says(m wire.Message) {
	frame, err := wire.Encode(m)
	if err != nil {
		return
	}
	k.w.hub.step(func() { k.ended(k.talk.Hear(background, frame)) })
}

func (k *crook) ended(err error) { k.hangsUp = k.hangsUp || err != nil }

func (k *crook) seal(body any, p wire.Purpose) wire.Signed {
	s, err := wire.Seal(body, k.key, p)
	if err != nil {
		panic(err)
	}
	return s
}

// hello is mostly true; sometimes it claims what he has not.
func (k *crook) hello(c wire.Challenge) wire.HelloBody {
	b := wire.HelloBody{Nonce: c.Nonce, Protocol: wire.Protocol, Terminal: k.id, Epoch: k.epoch, Last: k.last, Head: k.head[:], Law: k.law, Lease: k.lease,
		Version: "crook", Generation: c.Generation, Ratchet: k.ratchet, Settled: k.settled}
	switch k.c.IntN(12) {
	case 0:
		b.Ratchet = wire.Ratchet{Turn: k.ratchet.Turn + 5, Tick: 1, Secret: k.c.read(16)} // a secret of his own
	case 1:
		b.Lease += uint32(k.c.between(1, 9))
	case 2:
		b.Generation, b.Settled = k.c.read(16), k.last+7
		lent := k.seal(voucher.Lease{Terminal: k.id, Epoch: k.epoch, Serial: k.lease + 3, Campaign: "rehearsal", Until: 1 << 50, Count: 999, Sum: 1 << 40}, wire.ForLease)
		b.Lent = &lent // a lease that he has signed himself
	case 3:
		b.Epoch += uint32(k.c.IntN(2))
		b.Law = 1 << 62
	}
	return b
}

// mischief is one thing that he says.
func (k *crook) mischief() wire.Message {
	switch k.c.IntN(14) {
	case 0: // what he has said before, again
		if len(k.raws) > 0 {
			return k.frame(k.raws)
		}
	case 1: // a secret that was never given to him, and a used set from the future
		return wire.Status{Lease: k.lease, Turn: k.ratchet.Turn + uint64(k.c.IntN(3)), Tick: k.ratchet.Tick + 9, Spent: 1 << 40}
	case 2: // another record under a number that he has used
		if len(k.raws) > 1 {
			at := k.c.IntN(len(k.raws) - 1)
			r, err := wire.DecodeRecord(k.raws[at])
			if err == nil && r.Sale != nil {
				r.Sale.Bill += 100
				if raw, err := wire.EncodeRecord(r); err == nil {
					return k.frame([][]byte{raw})
				}
			}
		}
	case 3: // a record with a hole before it
		r := k.record(voucher.Accept)
		r.ID.Number += 3
		raw, _ := wire.EncodeRecord(r)
		return k.frame([][]byte{raw})
	case 4: // what nobody can read, and a good record behind it
		junk := append([]byte("junk "), k.c.read(20)...)
		k.add(junk)
		return k.frame([][]byte{junk, k.add(k.encoded(k.record(voucher.Ask)))})
	case 5: // in another terminal's name
		r := k.record(voucher.Accept)
		for _, m := range k.w.all() {
			if m.id.Terminal != k.id {
				r.ID.Terminal = m.id.Terminal
			}
		}
		return k.frame([][]byte{k.encoded(r)})
	case 6: // signed by nobody
		return wire.Records{Raw: [][]byte{k.encoded(k.record(voucher.Accept))}, Sig: k.c.read(64)}
	case 7: // an ack that answered something else
		f := k.frame([][]byte{k.add(k.encoded(k.record(voucher.Accept)))})
		if len(k.acks) > 0 {
			proof := pick(k.c, k.acks...)
			f.Proof = &proof
		}
		return f
	}
	var raws [][]byte
	for range k.c.between(1, 25) {
		kind := voucher.Accept
		switch k.c.IntN(10) {
		case 0, 1:
			kind = voucher.Ask
		case 2:
			kind = pick(k.c, voucher.Confirm, voucher.Reverse, voucher.Void)
		case 3:
			kind = voucher.Surrender
		}
		raws = append(raws, k.add(k.encoded(k.record(kind))))
	}
	return k.frame(raws)
}

func (k *crook) frame(raws [][]byte) wire.Records {
	raws = raws[:min(len(raws), wire.MaxRecords)]
	head := wire.Hash(raws[len(raws)-1])
	return wire.Records{Raw: raws, Sig: wire.Sign(head[:], k.key, wire.ForRecords)}
}

// add puts a record at the end of his chain.
func (k *crook) add(raw []byte) []byte {
	k.last++
	k.head = wire.Hash(raw)
	k.raws = append(k.raws, raw)
	return raw
}

func (k *crook) encoded(r *voucher.Record) []byte {
	raw, err := wire.EncodeRecord(r)
	if err != nil {
		panic(err)
	}
	return raw
}

// record makes the next record of his chain: a voucher that he has seen or only heard of, at an hour that suits him.
func (k *crook) record(kind voucher.Kind) *voucher.Record {
	now := k.w.now().UnixMilli()
	r := &voucher.Record{ID: voucher.RedemptionID{Terminal: k.id, Epoch: k.epoch, Number: k.last + 1}, Prev: k.head, Kind: kind, Sure: k.c.in(70),
		At: now - int64(k.c.between(-3_600_000, 20_000_000)), WallClock: now, Lease: k.lease}
	r.Heard = pick(k.c, r.At-int64(k.c.IntN(3_600_000)), 0, now+int64(k.c.IntN(7_200_000)))
	switch kind {
	case voucher.Ask:
		r.Sale, k.asks = k.sale(), append(k.asks, r.ID.Number)
	case voucher.Accept:
		r.Sale = k.sale()
	case voucher.Confirm, voucher.Reverse, voucher.Void:
		if r.ID.Number == 1 {
			r.Kind, r.Sale = voucher.Ask, k.sale()
			break
		}
		if r.Of = 1 + k.c.Uint64N(r.ID.Number-1); len(k.asks) > 0 && k.c.in(70) {
			r.Of = pick(k.c, k.asks[max(0, len(k.asks)-3):]...) // also one that he has confirmed or taken back before
		}
	case voucher.Surrender:
		r.Lease = pick(k.c, k.lease, k.lease+1, voucher.AllLeases)
	}
	return r
}

func (k *crook) sale() *voucher.Redemption {
	n := pick(k.c, k.w.scene.notes...)
	tier, _ := k.w.scene.campaign.Tier(n.code.Body.Tier)
	s := &voucher.Redemption{Voucher: n.code.Body, Sight: n.code.Sight(), Bill: tier.Threshold + voucher.Fen(k.c.between(-200, 900))}
	switch k.c.IntN(8) {
	case 0: // he has only heard of it
		s.Sight = voucher.Sight(k.c.read(16))
	case 1:
		s.Voucher.Tier = 2
	case 2:
		s.Voucher.Phase = voucher.PhaseNo(k.c.between(0, 3))
	case 3:
		s.Voucher.Serial++
	}
	return s
}
