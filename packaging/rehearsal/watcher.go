package rehearsal

import (
	"bytes"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// watcher looks at what terminals say to the hub, as it comes off the wire: what the hub could know of a copied disk it
// must notice at the first word (G6, G7), and what it is told twice must change nothing (G7).
type watcher struct {
	w       *world
	c       chance
	ticks   []tick // the newest that each epoch's terminal has said to have on its disk, since the hub runs
	batches []ledger.Batch
}

type tick struct {
	id    voucher.TerminalID
	epoch uint32
	turn  uint64
	tick  uint64
}

// forgets: the hub keeps ticks in memory only.
func (x *watcher) forgets() { x.ticks = nil }

// before looks at a frame before the hub does, and gives what is to be looked at afterwards.
func (x *watcher) before(l *line, frame []byte) (after func()) {
	after = func() {}
	m, err := wire.Decode(frame)
	if err != nil {
		return after
	}
	switch m := m.(type) {
	case wire.Hello:
		var b wire.HelloBody
		if m.Peek(&b) != nil {
			return after
		}
		x.w.note("hub hears hello on line %d: %s, epoch %d, record %d, turn %d, tick %d", l.no, b.Terminal, b.Epoch, b.Last, b.Ratchet.Turn, b.Ratchet.Tick)
		if x.older(&b) {
			return func() { x.noticed(l, &b) }
		}
		if s := x.w.audit.tally.terminals[b.Terminal]; s == nil || s.matter == nil {
			x.w.book.unnoticed(l.till)
		}
	case wire.Status:
		hello := l.talk.Hello()
		x.heard(tick{l.talk.Terminal(), hello.Epoch, m.Turn, m.Tick})
	case wire.Records:
		return func() { x.twice(l, m) }
	}
	return after
}

func (x *watcher) heard(t tick) {
	for i, old := range x.ticks {
		if old.id == t.id && old.epoch == t.epoch {
			if t.turn > old.turn || t.turn == old.turn && t.tick > old.tick {
				x.ticks[i] = t
			}
			return
		}
	}
	x.ticks = append(x.ticks, t)
}

// older tells whether a hello shows less than the hub has: fewer records, another chain, an older secret or epoch.
func (x *watcher) older(b *wire.HelloBody) bool {
	s := x.w.audit.tally.terminals[b.Terminal]
	if s == nil || s.state == voucher.TerminalRevoked || s.closed != nil || s.matter != nil || x.w.audit.tally.recovering || x.w.hub.older {
		return false // it is known already, or the hub does not know enough itself
	}
	e := s.eraOf(b.Epoch)
	if e == nil || e != s.era {
		return e != nil
	}
	last := uint64(len(e.chain))
	switch r := b.Ratchet; {
	case b.Last < last, r.Turn < e.confirmed:
		return true
	case b.Last == last && last > 0 && !bytes.Equal(b.Head, e.chain[last-1].hash[:]):
		return true
	default:
		for _, t := range x.ticks {
			if t.id == b.Terminal && t.epoch == b.Epoch && t.turn == e.confirmed && r.Turn == t.turn && r.Tick < t.tick {
				return true
			}
		}
	}
	return false
}

// noticed checks that the hub has frozen a terminal whose older disk has spoken.
func (x *watcher) noticed(l *line, b *wire.HelloBody) {
	s := x.w.audit.tally.terminals[b.Terminal]
	if l.talk.Terminal() == "" || !l.atHub {
		return // it did not get so far, or was sent away unmet
	}
	x.w.met("older disk noticed at its first word")
	if s.matter == nil || s.state == voucher.TerminalGood {
		x.w.fail("G6", "%s said hello with record %d of epoch %d and turn %d, tick %d, which is less than was known, and is %q",
			b.Terminal, b.Last, b.Epoch, b.Ratchet.Turn, b.Ratchet.Tick, s.state)
	}
}

// twice hands the hub now and then what it has had before: the same answers come out, and the book stays as it is.
func (x *watcher) twice(l *line, m wire.Records) {
	if len(m.Raw) > 0 && len(x.batches) < 50 {
		b := ledger.Batch{Terminal: l.talk.Terminal(), Raw: m.Raw, Sig: m.Sig}
		for _, raw := range m.Raw {
			r, err := wire.DecodeRecord(raw)
			if err != nil {
				return
			}
			b.Records = append(b.Records, r)
		}
		x.batches = append(x.batches, b)
	}
	if len(x.batches) == 0 || !x.c.in(12) {
		return
	}
	b := pick(x.c, x.batches...)
	for i, raw := range b.Raw {
		kept := x.w.audit.tally.ring(b.Records[i].ID)
		if kept == nil || kept.hash != wire.Hash(raw) {
			return // it was not taken, or the hub has lost it
		}
	}
	x.replay(b)
}

func (x *watcher) replay(b ledger.Batch) {
	h := x.w.hub
	before, head := h.book.Head()
	var ack wire.AckBody
	var err error
	h.step(func() { ack, err = h.ledger.Receive(background, b) })
	if !h.up {
		return
	}
	x.w.met("records told twice")
	if at, now := h.book.Head(); at != before || now != head {
		x.w.fail("G7", "%d records of %s were told a second time, and the book went from %d to %d", len(b.Raw), b.Terminal, before, at)
		return
	}
	for i := range ack.Outcomes {
		if kept := x.w.audit.tally.outcome(b.Records[i].ID); kept == nil || *kept != ack.Outcomes[i] {
			x.w.fail("G7", "told a second time it is %s, and was %s", word(&ack.Outcomes[i]), word(kept))
			return
		}
	}
	if err != nil || len(ack.Outcomes) != len(b.Raw) {
		x.w.fail("G7", "told a second time %d of %d records of %s are answered: %v", len(ack.Outcomes), len(b.Raw), b.Terminal, err)
	}
}

// refolded checks that everything stands in the book: a ledger that folds it anew knows the same, and its audit finds
// nothing that the ledger would not have written.
func (w *world) refolded() {
	if w.found != nil || !w.hub.up {
		return
	}
	h := w.hub
	mine, err := w.digest(h.ledger)
	if err != nil {
		w.fail("refold", "%v", err)
		return
	}
	again, err := ledger.Open(background, h.book, ledger.Options{Now: h.now, Ratchet: w.scene.ratchet, Payers: w.scene.payers, Inline: true})
	if err != nil {
		w.fail("refold", "the book cannot be folded: %v", err)
		return
	}
	anew, err := w.digest(again)
	if err != nil || !bytes.Equal(mine, anew) {
		w.fail("refold", "the ledger knows something else than its book: %v", err)
		return
	}
	a := ledger.NewAuditor(func(ledger.Autograph) error { return nil })
	err = h.book.Read(background, 0, func(e book.Entry) error { return a.Add(e) })
	if err == nil {
		_, err = a.End()
	}
	if err != nil {
		w.fail("audit", "%v", err)
	}
}

// digest is all that a ledger can be asked for.
func (w *world) digest(l *ledger.Ledger) ([]byte, error) {
	s, err := l.Summary(background)
	if err != nil {
		return nil, err
	}
	for i := range s.Pools {
		s.Pools[i].Stranded = 0 // by when a terminal was last heard, which reports say and no entry
	}
	s.Reserve.Stranded = 0
	all := []any{s.Pools, s.Redeemed, s.Cases, s.Open, s.Reserve, s.Frozen, s.Position}
	for _, x := range w.audit.tally.stations {
		info, err := l.Terminal(background, x.id)
		if err != nil {
			return nil, err
		}
		law, err := l.Law(background, x.id)
		if err != nil {
			return nil, err
		}
		all = append(all, info.State, info.Epoch, info.Last, info.Head, info.Lease, info.Used, law)
	}
	for _, n := range w.scene.notes {
		standing, by, err := l.Voucher(background, n.code.Body.Serial)
		if err != nil {
			return nil, err
		}
		all = append(all, standing, by)
	}
	for n := uint64(1); n <= s.Cases; n++ {
		c, err := l.Case(background, n)
		if err == nil {
			all = append(all, c.Number, c.Kind, c.Ruling)
		}
	}
	return wire.Marshal(all)
}
