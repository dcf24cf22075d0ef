package rehearsal

import (
	"errors"
	"fmt"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
)

// How a till's machine calls the hub, and what goes over the line.

// dialAfter calls the hub after a while.
func (m *machine) dialAfter(d time.Duration) {
	life := m.life
	m.w.queue.after(d, func() {
		if m.life == life && m.on && !m.asleep && m.line == nil {
			m.dial()
		}
	})
}

// dial makes a line. That it is not answered is noticed after a while.
func (m *machine) dial() {
	m.w.net.lines++
	l := &line{w: m.w, no: m.w.net.lines, till: m, life: m.life, atTill: true, heardAtTill: m.w.queue.now}
	m.line, m.talk = l, uplink.NewTalk(m.id, m.journal, "rehearsal")
	if m.stranger {
		m.talk.ShowPapers()
	}
	m.ends.keep(l)
	m.w.net.carry(l, &l.up, m.reach.up, func() { m.w.hub.admit(l) })
	m.watch(l, 10*time.Second)
}

// watch gives up a line on which nothing was heard for too long.
func (m *machine) watch(l *line, patience time.Duration) {
	m.w.queue.at(l.heardAtTill+patience, func() {
		switch {
		case !l.atTill || l.life != m.life || m.line != l || m.asleep:
		case m.w.queue.now-l.heardAtTill >= patience:
			m.w.note("%s gives up line %d: silence", m.name, l.no)
			m.hangUp(l, errors.New("silence"))
		case m.talk.Open():
			m.watch(l, m.w.hub.silent*2/3)
		default:
			m.watch(l, patience)
		}
	})
}

// hear takes one frame.
func (m *machine) hear(l *line, frame []byte) {
	if m.line != l || m.asleep {
		return
	}
	m.step(func() {
		was := m.talk.Open()
		out, err := m.talk.Take(frame)
		if m.dying() {
			return
		}
		if !was && m.talk.Open() {
			m.core.Line(true, m.wall(), voucher.Text{})
			m.tries, m.stranger = 0, false
		}
		for _, f := range out {
			l.toHub(f)
		}
		if err != nil {
			m.hangUp(l, err)
		}
	})
}

// pump sends what is new in the journal.
func (m *machine) pump() {
	select {
	case <-m.journal.Pending():
	default:
		return
	}
	if m.talk == nil {
		return
	}
	out, err := m.talk.Pump()
	for _, f := range out {
		m.line.toHub(f)
	}
	if err != nil {
		m.hangUp(m.line, err)
	}
}

// tellSoon reports what the hub does not know to be on the disk yet.
func (m *machine) tellSoon(life int) {
	if m.life != life {
		return
	}
	m.soon = false
	m.step(func() {
		if m.talk != nil && m.talk.Untold() {
			m.says()
		}
	})
}

// report sends the till's word on itself: often while there are customers, seldom otherwise, so that a play of days has
// time for what matters.
func (m *machine) report(life int) {
	every := m.w.hub.silent / 5
	if m.w.queue.now-m.active < 2*time.Minute {
		every = min(every, time.Minute)
	}
	m.w.queue.after(every, func() {
		if m.life != life {
			return
		}
		m.step(func() {
			m.core.Tick(m.beat()) // as the agent does all the time
			if m.talk != nil {
				m.says()
			}
		})
		if m.life == life {
			m.report(life)
		}
	})
}

// says sends a report now.
func (m *machine) says() {
	out, err := m.talk.Report()
	for _, f := range out {
		m.line.toHub(f)
	}
	if err != nil {
		m.hangUp(m.line, err)
	}
}

// lost hears that the hub has closed.
func (m *machine) lost(l *line) {
	if m.line == l {
		m.step(func() { m.hangUp(l, errors.New("closed by the hub")) })
	}
}

// hangUp ends a line, and calls again after a while: full jitter, longer each time.
func (m *machine) hangUp(l *line, why error) {
	if m.line != l {
		return
	}
	m.w.note("%s ends line %d: %v", m.name, l.no, why)
	l.leaveTill()
	was := m.talk.Open()
	m.line, m.talk = nil, nil
	m.core.Line(false, m.wall(), voucher.Text{Zh: "断线", En: fmt.Sprint(why)})
	wait := time.Duration(m.c.Int64N(int64(500*time.Millisecond) << min(m.tries, 6)))
	if bye, said := uplink.Farewell(why); said {
		wait += min(time.Duration(bye.After)*time.Millisecond, time.Hour)
		first := !m.stranger && !was
		m.stranger = m.stranger || bye.Fatal && !was
		if bye.Fatal && !first { // as uplink's sentAway
			wait += 5 * time.Minute
		}
	}
	if errors.Is(why, uplink.ErrRenewed) {
		wait = 0
	}
	if errors.Is(why, journal.ErrFull) || errors.Is(why, journal.ErrBroken) {
		wait += 30 * time.Second
	}
	m.tries++
	m.dialAfter(wait)
}
