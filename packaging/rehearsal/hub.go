package rehearsal

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/gate"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// hub is the centre's machine: its disk, and the process that runs on it.
type hub struct {
	w       *world
	c       chance
	disk    *platter
	segment int64         // bytes of the book's segments
	offset  time.Duration // of its clock
	key     ed25519.PrivateKey

	up        bool
	life      int // counts its processes
	book      *book.Book
	ledger    *ledger.Ledger
	lines     []*line                      // that it holds open, in order, and some that are closed
	closed    int                          // how many of them, at most
	byTill    map[voucher.TerminalID]*line // the newest of each; looked up only
	newest    map[voucher.TerminalID]int   // the line made last that a terminal has come in on, since the hub runs; looked up only
	admitted  int                          // lines so far
	silent    time.Duration                // how long it waits for a frame
	older     bool                         // it was put back to an older state, or lost its tail
	restoring bool                         // its next start begins a new generation
	tail      int                          // how many groups its disk forgets with the next power cut
	kept      *platter                     // the backup that people have: of its last start
}

func (h *hub) now() time.Time { return h.w.now().Add(h.offset) }

// start opens book and ledger, as a new process does.
func (h *hub) start() {
	h.life++
	h.lines, h.closed, h.byTill, h.newest = nil, 0, map[voucher.TerminalID]*line{}, map[voucher.TerminalID]int{}
	h.disk.off, h.disk.cutOff = false, false
	err := h.open()
	if err != nil {
		h.w.note("hub does not start: %v", err)
		h.mended(err)
		h.died(err)
		return
	}
	h.up = true
	h.keeps()
	h.w.watcher.forgets()
	h.w.note("hub runs, the book ends at %d", h.position())
	h.w.audit.started()
	h.renew()
}

// keeps makes the backup that people have.
func (h *hub) keeps() { h.kept = h.disk.copied() }

// mended is people who do what the hub says when its book is damaged: they put their backup back. A disk that has lost
// what it had called written may leave such a book, nothing else may.
func (h *hub) mended(err error) {
	if _, damaged := errors.AsType[*book.Damage](err); !damaged || !h.w.lied || h.kept == nil {
		return
	}
	h.w.note("hub is put back to the backup of its last start")
	h.w.met("hub refused a damaged book, and a backup was put back")
	h.disk, h.restoring, h.older = h.kept.copied(), true, true
}

func (h *hub) open() (err error) {
	h.book, err = book.Open("", book.Options{SegmentBytes: h.segment, Disk: h.disk, Random: h.c.bytes, Inline: true})
	if err != nil {
		return err
	}
	life := h.life
	h.ledger, err = ledger.Open(background, h.book, ledger.Options{
		Now: h.now, Ratchet: h.w.scene.ratchet, Payers: h.w.scene.payers, Inline: true,
		Sign:    func(raw []byte) []byte { return wire.Sign(raw, h.key, wire.ForLease) },
		Changed: func(c ledger.Change) { h.w.queue.after(50*time.Millisecond, func() { h.spread(life, c) }) },
	})
	return err
}

func (h *hub) position() book.Position {
	at, _ := h.book.Head()
	return at
}

// step lets the process do something, and looks at what became of it.
func (h *hub) step(do func()) {
	if !h.up {
		return
	}
	do()
	if h.disk.off || !h.ledger.Running() {
		h.died(errors.New("its disk failed"))
		return
	}
	h.w.audit.look()
}

// died ends the process; it comes back after a while.
func (h *hub) died(why error) {
	h.up = false
	h.life++
	h.w.note("hub is gone: %v", why)
	cut := h.disk.cutOff
	if cut {
		if h.tail > 0 {
			h.forget(h.tail)
		}
		h.tail = 0
		room := h.disk.room
		h.disk = h.disk.cut(h.w.faults.survivors())
		h.disk.room = room
	}
	h.disk.heal()
	for _, l := range h.lines {
		if cut && l.atHub {
			l.kill()
		} else {
			l.leaveHub()
		}
	}
	h.lines = nil
	h.w.queue.after(h.c.span(500*time.Millisecond, 3*time.Minute), h.restart)
}

func (h *hub) restart() {
	if !h.up {
		h.start()
	}
}

// admit answers a call; the line is open at both ends when the challenge arrives.
func (h *hub) admit(l *line) {
	if !h.up {
		l.refused()
		return
	}
	h.admitted++
	l.atHub, l.hubLife, l.heardAtHub, l.admitted = true, h.life, h.w.queue.now, h.admitted
	h.lines = append(h.lines, l)
	l.talk = gate.NewTalk(gate.TalkOptions{
		Ledger: h.ledger, Hub: h.key, Nonce: h.c.read(32), Now: h.now, Issuing: h.w.scene.issuing, Chance: h.w.lanes.Uint32,
		Send: func(frame []byte) error {
			h.w.audit.leaves(frame)
			l.toTill(frame)
			return nil
		},
		Overtaken: func() bool { return h.newest[l.talk.Terminal()] > l.admitted },
		Entered:   func(ledger.TerminalInfo) { h.entered(l) },
	})
	h.step(func() { h.ended(l, l.talk.Begin()) })
	h.watch(l)
}

// entered makes a line the one of its terminal; an older one is sent away.
func (h *hub) entered(l *line) {
	id := l.talk.Terminal()
	h.newest[id] = max(h.newest[id], l.admitted)
	older := h.byTill[id]
	h.byTill[id] = l
	if older != nil && older != l && older.atHub {
		h.farewell(older, wire.Bye{After: 30_000}) // as gate's replaced
		h.close(older)
	}
}

// watch gives up a line on which nothing was heard for too long.
func (h *hub) watch(l *line) {
	h.w.queue.at(l.heardAtHub+h.silent, func() {
		switch {
		case !l.atHub || l.hubLife != h.life:
		case h.w.queue.now-l.heardAtHub >= h.silent:
			h.w.note("hub gives up line %d: silence", l.no)
			h.close(l)
		default:
			h.watch(l)
		}
	})
}

func (h *hub) close(l *line) {
	if l.talk != nil && h.byTill[l.talk.Terminal()] == l {
		delete(h.byTill, l.talk.Terminal())
	}
	l.leaveHub()
	if h.closed++; h.closed > 16 && 2*h.closed > len(h.lines) {
		h.lines = slices.DeleteFunc(h.lines, func(o *line) bool { return !o.atHub })
		h.closed = 0
	}
}

// hear takes one frame.
func (h *hub) hear(l *line, frame []byte) {
	w := h.w.watcher.before(l, frame)
	h.step(func() { h.ended(l, l.talk.Hear(background, frame)) })
	if h.up {
		w()
	}
}

// ended says farewell where a talk is over.
func (h *hub) ended(l *line, err error) {
	if err == nil {
		return
	}
	h.w.note("hub ends line %d of %s: %v", l.no, l.till.name, err)
	if f, ok := errors.AsType[*gate.Farewell](err); ok {
		bye := f.Bye
		if bye.After > 0 { // the gate draws it from a source of its own, to spread those who come back
			bye.After = int64(h.c.between(2000, 12000))
		}
		h.farewell(l, bye)
	}
	h.close(l)
}

func (h *hub) farewell(l *line, bye wire.Bye) {
	if frame, err := wire.Encode(bye); err == nil {
		l.toTill(frame)
	}
}

// lost hears that the till has closed.
func (h *hub) lost(l *line) {
	if l.atHub && l.hubLife == h.life {
		h.close(l)
	}
}

// spread brings changed laws to those whom they concern, and sends away those who must say hello anew.
func (h *hub) spread(life int, c ledger.Change) {
	if life != h.life || !h.up {
		return
	}
	for _, l := range slices.Clone(h.lines) {
		id := l.talk.Terminal()
		if !h.up || !l.atHub || id == "" || h.byTill[id] != l {
			continue
		}
		switch {
		case c.Hub || slices.Contains(c.Hello, id):
			h.w.note("hub sends line %d of %s away, to say hello anew", l.no, l.till.name)
			h.close(l)
		case c.All || slices.Contains(c.Terminals, id) || slices.Contains(c.Merchants, h.w.merchantOf(id)):
			h.step(func() {
				if _, err := l.talk.Law(background); err != nil {
					h.ended(l, err)
				}
			})
		}
	}
}
