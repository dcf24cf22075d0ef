package leasemodel

// A hub that was put back to what it was has forgotten records, leases and epochs that terminals can prove: they hold
// its own signed words. In recovery it takes them over as they were, grants nothing and decides nothing anew.

// backTo puts the hub back to what it was.
func (w *world) backTo() {
	w.hub, w.saved, w.hubBack = w.saved, hub{}, true
	w.hub.recover = true
}

// shows takes over the epoch and the leases that a disk shows, as far as they are newer than what the hub knows.
func (h *hub) shows(rule Rule, t int, d *disk) {
	at := &h.term[t]
	for at.epoch < d.epoch {
		at.closeEpoch()
		at.met = d.met
	}
	for e := range d.epoch + 1 {
		if d.serial[e] > at.serial[e] {
			h.lent(rule, at, e, d)
		}
	}
	at.shown = true
}

// newer tells whether a disk has anything to show.
func (h *hub) newer(rule Rule, t int, d *disk) bool {
	at := &h.term[t]
	if rule.RefuseShort {
		return !at.shown
	}
	for e := range d.epoch + 1 {
		if d.serial[e] > at.serial[e] {
			return true
		}
	}
	return d.epoch > at.epoch || !at.shown
}

// lent takes over a newer lease of an epoch: its total holds, whatever the hub thought was lent. What has to be found
// for it comes out of free, and when free has too little it is owed: another terminal has given it back and has yet to say so.
func (h *hub) lent(rule Rule, t *term, e uint8, d *disk) {
	if rule.RefuseShort && d.total[e] > t.total[e]+h.free {
		return
	}
	t.serial[e] = d.serial[e]
	for t.total[e] < d.total[e] {
		h.find(t, e)
	}
	back := min(t.total[e]-d.total[e], t.rest(e))
	t.total[e] -= back
	*h.kept(t, e) -= back
	h.release(back)
}

// find adds a unit to the lease of an epoch.
func (h *hub) find(t *term, e uint8) {
	t.total[e]++
	*h.kept(t, e)++
	if h.free > 0 {
		h.free--
	} else {
		h.owed++
	}
}

// lacks gives the first record with a word on a disk that the hub does not hold.
func (h *hub) lacks(rule Rule, t int, d *disk) (e, i uint8, ok bool) {
	first := uint8(0)
	if rule.ForgetEpochs {
		first = d.epoch
	}
	for e = first; e <= d.epoch; e++ {
		for i := range d.answered(e) {
			if h.term[t].find(e, i, d.chain[e][i]) == unheard {
				return e, i, true
			}
		}
	}
	return 0, 0, false
}

// takeOver enters a proven record with the word it had. One that does not continue the chain is a copy's: its word
// stands, and the terminal is frozen.
func (h *hub) takeOver(rule Rule, t int, e, i uint8, d *disk) {
	r, at := d.chain[e][i], &h.term[t]
	if rule.JudgeAnew {
		h.receive(rule, t, e, i, d)
		return
	}
	w := h.backed(rule, at, e, r.word())
	if w != noted || r.serial() == at.serial[e] && at.follows(e, i, d) {
		h.take(at, e, r, w)
	}
	if w == stray || !at.follows(e, i, d) {
		at.strays[e][i], at.frozen = r.with(w), true
		return
	}
	at.chain[e][i] = r.with(w)
}

// backed finds a unit for a word that needs one when the lease has none.
func (h *hub) backed(rule Rule, t *term, e uint8, w word) word {
	if !w.holds() || t.rest(e) > 0 {
		return w
	}
	if rule.RefuseShort && h.free == 0 {
		return bare
	}
	h.find(t, e)
	return w
}

// reported tells whether the hub has all that a disk can prove.
func (h *hub) reported(rule Rule, t int, d *disk) bool {
	_, _, lacking := h.lacks(rule, t, d)
	return !lacking && !h.newer(rule, t, d)
}
