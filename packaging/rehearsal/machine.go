package rehearsal

import (
	"errors"
	"time"

	"hexiao/agent"
	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
)

// machine is one checkout PC: its disk, its clocks, and the agent's process while that runs.
type machine struct {
	w    *world
	c    chance
	name string // of the PC, not of the terminal: a copied disk runs on another one
	seat int
	id   uplink.Identity
	disk *journal.Memory

	// The clock on the wall, which people set, and the one that only runs.
	offset time.Duration // of the wall clock from the true time, at since
	drift  int64         // millionths
	since  time.Duration
	booted time.Duration // when the monotonic clock was 0
	slept  time.Duration // what it missed since
	dozed  time.Duration // when it fell asleep

	on     bool
	life   int // counts its processes, and their ends
	asleep bool
	shut   bool   // switched off for good
	born   uint64 // newest record when the process began
	doom   int    // step of the disk at which the process dies; 0: not
	reach  reach
	heard  time.Time                         // the highest hub time that this disk has known
	older  bool                              // its disk is a copy, or was put back to an older state
	hashes map[voucher.RedemptionID][32]byte // of records that this disk has, as far as they were seen; looked up only

	journal  *journal.Journal
	core     *agent.Core
	talk     *uplink.Talk
	line     *line
	ends     ends
	tries    int
	stranger bool          // the hub has said that it does not know this terminal
	tick     time.Duration // when the next tick is due; 0: none
	soon     bool          // a report is due soon
	scans    []*sale       // that wait for their answers, in order: the news say nothing of whose they are
	of       *machine      // the PC whose disk this one has a copy of; nil for none
	copies   []*machine    // PCs that run on copies of its disk
	active   time.Duration // when it last had a customer
}

var errKilled = errors.New("the process was killed")

// wall is what the PC's clock says; mono is the clock that nobody can set.
func (m *machine) wall() time.Time {
	ran := m.w.queue.now - m.since
	return m.w.now().Add(m.offset + time.Duration(int64(ran)/1_000_000*m.drift))
}

func (m *machine) mono() time.Duration { return m.w.queue.now - m.booted - m.slept }

// beat is the instant that patience is measured by: the one that only runs.
func (m *machine) beat() time.Time { return time.Unix(0, 0).Add(m.mono()) }

// start begins a process on the disk as it is.
func (m *machine) start() {
	if m.on || m.shut {
		return
	}
	m.life++
	m.doom, m.asleep, m.soon = 0, false, false
	j, err := journal.Open("", m.id.Terminal, journal.Options{Disk: m.disk, Now: m.wall, Mono: m.mono})
	if err != nil {
		m.w.note("%s does not start: %v", m.name, err)
		m.again(m.c.span(5*time.Second, 5*time.Minute))
		return
	}
	m.on, m.journal, m.born = true, j, j.State().Last
	m.core = agent.NewCore(agent.Config{Journal: j, Version: "rehearsal"})
	core := m.core
	j.OnSettled(func(sales []journal.Sale) { core.Settled(sales) })
	m.tries, m.stranger, m.line, m.talk, m.tick, m.scans = 0, false, nil, nil, 0, nil
	m.w.note("%s runs, its journal ends at %d", m.name, j.State().Last)
	m.w.book.started(m)
	m.step(func() { core.Wake(m.beat()) })
	m.dialAfter(m.c.span(50*time.Millisecond, 3*time.Second))
	m.report(m.life)
}

// again starts the process after a while.
func (m *machine) again(d time.Duration) {
	life := m.life
	m.w.queue.after(d, func() {
		if life == m.life {
			m.start()
		}
	})
}

// stop ends the process in an instant. The system closes its line, unless the power failed.
func (m *machine) stop(power bool) {
	if !m.on {
		return
	}
	m.on = false
	m.life++
	if l := m.line; l != nil {
		if power {
			l.up.dead = true
			l.atTill = false
		} else {
			l.leaveTill()
		}
	}
	if power {
		m.booted, m.slept = m.w.queue.now, 0
	}
	m.line, m.talk = nil, nil
	m.w.book.stopped(m)
	m.w.note("%s is gone", m.name)
}

// dying tells whether the process has come to the step in which it is killed: what it does after that has not happened.
func (m *machine) dying() bool { return m.doom > 0 && m.disk.Steps() >= m.doom }

// step lets the process do something, and then what follows from it.
func (m *machine) step(do func()) {
	if !m.on || m.asleep {
		return
	}
	life := m.life
	do()
	if m.life == life && !m.dying() {
		m.core.Look(m.beat())
	}
	m.follow(life)
}

// follow does what the driver of a till and its line does after each step.
func (m *machine) follow(life int) {
	if m.life != life {
		return
	}
	if m.dying() {
		m.w.faults.died(m)
		return
	}
	m.tell()
	m.pump()
	if m.life != life {
		return
	}
	if m.dying() {
		m.w.faults.died(m)
		return
	}
	if m.talk != nil && !m.soon && m.talk.Untold() {
		m.soon = true
		m.w.queue.after(uplink.Soon, func() { m.tellSoon(life) })
	}
	if m.core.Waiting() {
		m.tickAt(m.core.Next(m.beat()).Sub(m.beat()))
	}
	state := m.journal.State()
	m.hashes[voucher.RedemptionID{Terminal: state.Terminal, Epoch: state.Epoch, Number: state.Last}] = state.Head
	m.w.book.stepped(m)
}

// tickAt lets the till look at its patience after a while, unless it does so earlier anyway.
func (m *machine) tickAt(d time.Duration) {
	when := m.w.queue.now + max(d, 0)
	if m.tick != 0 && m.tick <= when {
		return
	}
	m.tick = when
	life := m.life
	m.w.queue.at(when, func() {
		if m.life == life && m.tick == when {
			m.tick = 0
			m.step(func() { m.core.Tick(m.beat()) })
		}
	})
}

// tell shows what the till has to say.
func (m *machine) tell() {
	for _, a := range m.core.News() {
		switch {
		case a.Replaced && a.Tier == voucher.LaneTierID:
			m.w.met("late word on a lane test")
		case a.Replaced:
			m.w.book.replaced(m, a)
		case a.Order == "" && !a.Voided && len(m.scans) > 0:
			s := m.scans[0]
			m.scans = m.scans[1:]
			if s.lane {
				m.w.tested(m, a)
				continue
			}
			m.w.book.shown(m, s, a)
		}
	}
}

// sale is one sale at a counter as its cashier sees it.
type sale struct {
	visit visit
	order string
	tries int
	lane  bool // a technician's scan of a lane voucher
}

// sell lets a cashier try a sale. False when the till does not run: the customer waits.
func (m *machine) sell(s *sale) bool {
	if !m.on || m.asleep {
		return false
	}
	m.active = m.w.queue.now
	s.tries++
	life := m.life
	if !s.visit.pos {
		m.step(func() {
			if m.core.SetBill(desk.Bill{Fen: max(s.visit.bill, 0), Source: "typed"}) != nil {
				return
			}
			m.scans = append(m.scans, s)
			if m.core.Scan(s.visit.text, "scanner", m.beat()) != nil {
				m.scans = m.scans[:len(m.scans)-1]
			}
		})
		return true
	}
	ask := desk.Sale{Bill: s.visit.bill, Code: s.visit.text, Order: s.order, Payer: s.visit.payer}
	answered := func(a desk.Answer) {
		if m.life == life && !m.dying() {
			m.w.book.shown(m, s, a)
		}
	}
	m.step(func() { m.core.Redeem(ask, answered, m.beat()) })
	if s.visit.again {
		m.w.queue.after(m.c.span(10*time.Millisecond, 5*time.Second), func() {
			if m.life == life {
				m.step(func() { m.core.Redeem(ask, answered, m.beat()) })
			}
		})
	}
	return true
}

// void undoes a sale.
func (m *machine) void(id voucher.RedemptionID, life int) {
	if m.life != life {
		return
	}
	m.w.book.voiding(m, id)
	m.step(func() {
		m.core.Void(id, func(a desk.Answer) {
			if m.life == life && !m.dying() {
				m.w.book.voided(m, a)
			}
		}, m.beat())
	})
}
