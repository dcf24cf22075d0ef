package rehearsal

import (
	"fmt"
	"time"

	"hexiao/agent/journal"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// clone starts another PC on a copy of a till's disk as it is now.
func (f *faults) clone(m *machine, c chance, after time.Duration) {
	w := f.w
	if m.id.Terminal == "" || len(m.copies) > 1 {
		return
	}
	k := &machine{w: w, c: c, name: fmt.Sprintf("%s copy %d", m.name, len(m.copies)+1), seat: m.seat, id: m.id, disk: m.disk.Clone(), older: true,
		hashes: map[voucher.RedemptionID][32]byte{}, of: m}
	m.copies, w.copies = append(m.copies, k), append(w.copies, k)
	w.copied[m.id.Terminal] = true
	m.older = true
	k.again(after)
}

// snapshot keeps what a till's disk holds now, and puts it back later.
func (f *faults) snapshot(m *machine, d, back time.Duration) {
	if m.id.Terminal == "" || !m.on {
		return
	}
	kept, state := m.disk.Clone(), m.journal.State()
	f.w.queue.after(d, func() {
		if f.w.calm {
			return
		}
		f.w.note("%s is put back to record %d of epoch %d", m.name, state.Last, state.Epoch)
		f.replaceDisk(m, kept, state.Epoch, state.Last, back)
		f.w.met("till put back to an older disk")
	})
}

// wipe gives a till an empty disk; its identity is kept elsewhere.
func (f *faults) wipe(m *machine, back time.Duration) {
	if m.id.Terminal == "" {
		return
	}
	f.replaceDisk(m, &journal.Memory{}, 0, 0, back)
	f.w.met("till's disk wiped")
}

func (f *faults) replaceDisk(m *machine, with *journal.Memory, epoch uint32, last uint64, back time.Duration) {
	m.stop(true)
	f.w.book.loses(m, epoch, last)
	m.disk, m.older, m.hashes, m.heard = with, true, map[voucher.RedemptionID][32]byte{}, time.Time{}
	f.w.copied[m.id.Terminal] = true
	m.life++
	m.again(back)
}

// backup keeps what the hub's disk holds now, and puts it back later.
func (h *hub) backup(d time.Duration) {
	if !h.up {
		return
	}
	kept := h.disk.copied()
	h.w.queue.after(d, func() {
		if h.w.calm {
			return
		}
		h.disk.faults = nil
		if h.up {
			h.died(errKilled)
		}
		h.w.note("hub is put back to a backup")
		h.w.met("hub put back to an older book")
		h.disk, h.restoring, h.older = kept.copied(), true, true
	})
}

// renew begins a new generation on a book that was put back, as `hexiao-hub restore` does, and has people do again what it
// lost.
func (h *hub) renew() {
	if !h.restoring {
		return
	}
	h.step(func() {
		err := h.ledger.Restore(background, ledger.HubMade{Generation: h.c.read(16), Key: h.public(), Issuing: h.issuingKey()})
		h.restoring = err != nil
	})
	h.w.people.lost()
}

// lost has the platform ask again for what a restored book does not have, and the office enter again who signs.
func (p *people) lost() {
	if !p.w.hub.up {
		return
	}
	t := p.w.audit.tally
	p.w.office.insist("the campaign is to be applied again", func(l *ledger.Ledger) error {
		in, _, err := l.Apply(background, p.w.scene.campaign)
		if err == nil {
			p.w.scene.campaign = in
		}
		return err
	})
	for _, n := range p.w.scene.notes {
		if n.issued && t.vouchers[n.code.Body.Serial] == nil {
			n.issued = false
			p.w.queue.after(p.c.span(time.Minute, time.Hour), func() { p.issue(n) })
		}
	}
	p.w.office.insist("persons are to be entered again", func(*ledger.Ledger) error { return p.w.office.enter() })
}

// forget lets the disk lose the newest groups since the hub started, though it had said that they were written.
func (h *hub) forget(n int) {
	groups := h.w.audit.groups
	if n > len(groups) {
		n = len(groups)
	}
	if n == 0 {
		return
	}
	at := groups[len(groups)-n]
	segments := h.w.audit.segments()
	if at.segment != len(segments)-1 {
		return // a seal vouches for it
	}
	_, f := find(h.disk.durable, fmt.Sprintf("%08d.book", at.segment+1))
	clear(f.disk[at.offset:])
	clear(f.cache[at.offset:])
	h.older, h.w.lied = true, true
	h.w.met("hub's disk lost what it had called written")
	h.w.note("hub's disk forgets %d groups", n)
}
