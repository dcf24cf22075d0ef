package leasemodel

// next calls yield with every world that can follow. The world given is yield's only until it returns.
func (w *world) next(rule Rule, yield func(step, *world)) {
	m := mover{rule, w, yield}
	for c := range w.disk {
		if c < 2 || rule.Clone && w.copied {
			m.counter(c)
			m.line(c)
			m.orders(c)
			m.recovery(c)
		}
	}
	for t := range w.hub.term {
		m.people(t)
	}
	m.mishaps()
}

// A mover makes worlds out of one.
type mover struct {
	rule  Rule
	from  *world
	yield func(step, *world)
}

// make yields a copy of the world, changed.
func (m *mover) make(s step, change func(*world)) {
	w := *m.from
	change(&w)
	m.yield(s, &w)
}

func (m *mover) quiet(c int) bool { return m.rule.Quiet && c == 1 }

func (m *mover) room() uint8 {
	if m.rule.Length > 0 {
		return m.rule.Length
	}
	return length
}

// maker marks the records of the copy, or of the disk that was put back.
func (w *world) maker(c int) record {
	if c == 2 || c == 0 && w.putBack {
		return second
	}
	return 0
}

// counter is what a terminal does alone.
func (m *mover) counter(c int) {
	d := &m.from.disk[c]
	e, n := d.epoch, d.own().len()
	if d.serial[e] == 0 || d.given {
		return
	}
	if n < m.room() && !d.ended && d.own().using(anyWord) < d.total[e] {
		m.make(step{deed: accepts, who: uint8(c)}, func(w *world) {
			w.disk[c].chain[e][n] = accept | w.maker(c)
			w.accepted++
		})
	}
	if n < m.room() && !m.quiet(c) {
		m.make(step{deed: surrenders, who: uint8(c)}, func(w *world) {
			w.disk[c].chain[e][n] = surrender + record(d.serial[e]) | w.maker(c)
			w.disk[c].given = true
		})
	}
	if m.rule.Clocks && !d.ended && !m.quiet(c) {
		m.make(step{deed: seesEnd, who: uint8(c)}, func(w *world) { w.disk[c].ended = true })
	}
}

// line is what a terminal and the hub do together.
func (m *mover) line(c int) {
	t, d, h := owner(c), &m.from.disk[c], &m.from.hub
	m.send(c)
	if !h.knows(m.rule, t, d) {
		if !h.term[t].frozen && d.epoch <= h.term[t].epoch {
			m.make(step{deed: hello, who: uint8(c)}, func(w *world) { w.hub.term[t].frozen = true })
		}
		return
	}
	e := d.epoch
	if units := h.lends(m.rule, t, d); units > 0 && !(m.quiet(c) && h.term[t].serial[0] > 0) {
		m.make(step{deed: grantLost, who: uint8(c)}, func(w *world) { w.hub.grant(t, e, units) })
		m.make(step{deed: granted, who: uint8(c)}, func(w *world) {
			w.hub.grant(t, e, units)
			w.disk[c].adopt(&w.hub.term[t])
		})
	}
	at := &h.term[t]
	if at.epoch == e && !at.frozen && (!h.recover || m.rule.GrantEarly) && at.serial[e] > d.serial[e] && (e == 0 || m.rule.NoRatchet || d.met) {
		m.make(step{deed: leaseAgain, who: uint8(c)}, func(w *world) { w.disk[c].adopt(&w.hub.term[t]) })
	}
}

// adopt takes the lease in force.
func (d *disk) adopt(t *term) {
	d.serial[d.epoch], d.total[d.epoch] = t.serial[d.epoch], t.total[d.epoch]
	d.given, d.ended = false, false
}

// send delivers the first records without a word, in one frame of every length. A hub in recovery decides none.
func (m *mover) send(c int) {
	t, d := owner(c), &m.from.disk[c]
	e := d.epoch
	first, n := d.answered(e), d.own().len()
	if m.from.hubBack && (m.from.hub.recover || !m.from.hub.reported(m.rule, t, d)) {
		return
	}
	for last := first + 1; last <= n; last++ {
		count := last - first
		for _, lost := range []bool{true, false} {
			s := step{sends, uint8(c), count}
			if lost {
				s.deed = sendsLost
			}
			m.make(s, func(w *world) {
				for i := first; i < last; i++ {
					if heard := w.hub.receive(m.rule, t, e, i, d); !lost {
						w.disk[c].chain[e][i] = d.chain[e][i].with(heard)
					}
				}
			})
		}
	}
}

// orders lead a terminal into its next epoch, once all its records have the hub's word.
func (m *mover) orders(c int) {
	t, d, h := owner(c), &m.from.disk[c], &m.from.hub
	at := &h.term[t]
	if h.recover || at.frozen {
		return
	}
	if d.epoch < at.epoch && d.epoch+1 < epochs && d.answered(d.epoch) == d.own().len() && h.knows(m.rule, t, d) {
		m.make(step{deed: obeys, who: uint8(c)}, func(w *world) {
			w.disk[c].epoch++
			w.disk[c].met, w.disk[c].given, w.disk[c].ended = false, false, false
		})
	}
	if d.epoch > 0 && d.epoch == at.epoch && !at.met && !m.rule.NoRatchet {
		m.make(step{deed: turns, who: uint8(c)}, func(w *world) { w.disk[c].met, w.hub.term[t].met = true, true })
	}
}

// recovery is what a terminal shows a restored hub; one that reports after the recovery does so, too.
func (m *mover) recovery(c int) {
	t, d, h := owner(c), &m.from.disk[c], &m.from.hub
	if !m.from.hubBack {
		return
	}
	if h.newer(m.rule, t, d) {
		m.make(step{deed: showsLease, who: uint8(c)}, func(w *world) { w.hub.shows(m.rule, t, d) })
	} else if e, i, ok := h.lacks(m.rule, t, d); ok {
		m.make(step{deed: proves, who: uint8(c)}, func(w *world) { w.hub.takeOver(m.rule, t, e, i, d) })
	}
}

// people is what persons decide about a terminal, and the hub about its lease.
func (m *mover) people(t int) {
	h := &m.from.hub
	at := &h.term[t]
	if m.rule.FreeAtExpiry && at.epoch < epochs && at.rest(at.epoch) > 0 {
		m.make(step{deed: expires, who: uint8(t)}, func(w *world) {
			w.hub.expire(t)
			w.disk[t].ended = true // the best of clocks: it sees the end at once
		})
	}
	if at.frozen && at.epoch < epochs && !h.recover {
		m.make(step{deed: resumes, who: uint8(t)}, func(w *world) { w.hub.term[t].closeEpoch() })
	}
	for e := range uint8(epochs) {
		if h.writable(m.rule, at, e) && !m.quiet(t) && !m.rule.Still {
			m.make(step{deed: writtenOff, who: uint8(t), n: e}, func(w *world) { w.hub.writeOff(t, e) })
		}
	}
	if m.rule.Verdicts {
		m.verdicts(t)
	}
}

// writable tells whether people may write off what a terminal was lent in an epoch. During a recovery nobody knows how
// much that is.
func (h *hub) writable(rule Rule, t *term, e uint8) bool {
	if e > t.epoch || t.written[e] {
		return false
	}
	if h.recover {
		return rule.WriteOffUnseen && e == t.epoch && !t.shown
	}
	return t.serial[e] > 0 && (e == t.epoch || t.rest(e) > 0)
}

func (m *mover) verdicts(t int) {
	for e := range uint8(epochs) {
		for i, r := range m.from.hub.term[t].chain[e] {
			if r.word() != disputed {
				continue
			}
			m.make(step{deed: paid, who: uint8(t)}, func(w *world) { w.hub.decide(&w.hub.term[t].chain[e][i], true) })
			m.make(step{deed: turnedDown, who: uint8(t)}, func(w *world) { w.hub.decide(&w.hub.term[t].chain[e][i], false) })
		}
	}
}

// mishaps are copies, restores, and the end of a recovery.
func (m *mover) mishaps() {
	w := m.from
	lived := w.disk[0].serial[0] > 0
	switch {
	case m.rule.Clone && !w.copied && lived:
		m.make(step{deed: cloned}, func(w *world) { w.disk[2], w.copied = w.disk[0], true })
	case m.rule.Restore && !w.copied && lived:
		m.make(step{deed: diskSaved}, func(w *world) { w.disk[2], w.copied = w.disk[0], true })
	case m.rule.Restore && w.copied && !w.putBack && w.disk[0] != w.disk[2]:
		m.make(step{deed: diskBack}, func(w *world) { w.disk[0], w.disk[2], w.putBack = w.disk[2], disk{}, true })
	}
	switch {
	case m.rule.Hub && !w.hubSaved:
		m.make(step{deed: hubSaved}, func(w *world) { w.saved, w.hubSaved = w.hub, true })
	case m.rule.Hub && !w.hubBack && w.hub != w.saved:
		m.make(step{deed: hubBack}, (*world).backTo)
	case w.hub.recover && w.allReported(m.rule):
		m.make(step{deed: recovered}, func(w *world) { w.hub.recover = false })
	}
}

// allReported tells whether each terminal has reported by one of its disks, or was written off.
func (w *world) allReported(rule Rule) bool {
	for t := range w.hub.term {
		at := &w.hub.term[t]
		cloned := t == 0 && rule.Clone && w.copied && w.hub.reported(rule, t, &w.disk[2])
		if !at.waived && !cloned && !w.hub.reported(rule, t, &w.disk[t]) {
			return false
		}
	}
	return true
}
