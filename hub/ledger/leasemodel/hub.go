package leasemodel

// receive answers record i of a disk's epoch. It is decided once; the same record again gets the same word.
func (h *hub) receive(rule Rule, t int, e, i uint8, d *disk) word {
	r, at := d.chain[e][i], &h.term[t]
	if rule.HeadOnly {
		return h.receiveByHead(rule, t, e, i, d)
	}
	if w := at.find(e, i, r); w != unheard {
		return w
	}
	if !at.follows(e, i, d) {
		return h.fork(t, e, i, r)
	}
	return h.enter(t, e, i, r, h.judge(rule, at, e, r))
}

// receiveByHead is receive of a hub that can look up nothing but the head of the chain.
func (h *hub) receiveByHead(rule Rule, t int, e, i uint8, d *disk) word {
	r, at := d.chain[e][i], &h.term[t]
	n := at.chain[e].len()
	switch {
	case at.follows(e, i, d):
		return h.enter(t, e, i, r, h.judge(rule, at, e, r))
	case i+1 == n && at.chain[e][i].same(r):
		return at.chain[e][i].word()
	case i < n && rule.OldIsResend:
		return redeemed // it must have been answered before, and most were
	}
	return h.fork(t, e, i, r)
}

// judge gives the word on a record that continues its chain.
func (h *hub) judge(rule Rule, t *term, e uint8, r record) word {
	closed := e < t.epoch
	switch {
	case !r.sale() && !closed && (r.serial() == t.serial[e] || rule.AnySurrender):
		return noted
	case !r.sale():
		return rejected
	case t.rest(e) == 0 && rule.LateSettles:
		t.total[e]++ // what was lent is free again, so it comes out of free, be there any or not
		h.free--
		h.leased++
		return redeemed
	case t.rest(e) == 0:
		return bare
	case closed || t.frozen:
		return disputed
	}
	return redeemed
}

// enter appends a record to the chain with its word, and moves its unit.
func (h *hub) enter(t int, e, i uint8, r record, w word) word {
	at := &h.term[t]
	h.take(at, e, r, w)
	at.chain[e][i] = r.with(w)
	return w
}

// take moves what a word says: a sale's unit out of the lease, a surrendered rest back to free.
func (h *hub) take(t *term, e uint8, r record, w word) {
	if r.sale() {
		h.settled++
	}
	switch {
	case w == redeemed:
		h.redeemed++
		h.draw(t, e)
	case w == disputed:
		h.disputed++
		h.draw(t, e)
	case w == refused:
		h.draw(t, e)
		h.release(1)
	case w == noted:
		h.giveBack(t, e)
	}
}

// draw takes a unit out of the rest of an epoch's lease, wherever that is kept.
func (h *hub) draw(t *term, e uint8) { *h.kept(t, e)-- }

// kept is where the rest of an epoch's lease is counted.
func (h *hub) kept(t *term, e uint8) *uint8 {
	if t.written[e] {
		return &h.written
	}
	return &h.leased
}

// giveBack makes the rest of a lease free.
func (h *hub) giveBack(t *term, e uint8) {
	rest := t.rest(e)
	t.total[e] -= rest
	*h.kept(t, e) -= rest
	h.release(rest)
}

// release makes units free; what proofs have claimed before goes first.
func (h *hub) release(units uint8) {
	paid := min(units, h.owed)
	h.owed -= paid
	h.free += units - paid
}

// fork keeps a record of a second chain and freezes the terminal.
func (h *hub) fork(t int, e, i uint8, r record) word {
	at := &h.term[t]
	if r.sale() {
		h.settled++
	}
	at.strays[e][i] = r.with(stray)
	at.frozen = true
	return stray
}

// knows tells whether a disk that says hello is the terminal's newest as far as the hub can see: its chain holds the
// hub's, and where an epoch was begun it is the disk that began it. The hub freezes whoever is not.
func (h *hub) knows(rule Rule, t int, d *disk) bool {
	at := &h.term[t]
	if rule.NoHello {
		return true
	}
	if d.epoch < at.epoch {
		return rule.NoRatchet || !at.met
	}
	if d.epoch > 0 && at.met && !d.met && !rule.NoRatchet {
		return false
	}
	n := at.chain[d.epoch].len()
	return n == 0 || at.chain[d.epoch][n-1].same(d.own()[n-1])
}

// lends tells how many units more the hub lends to a terminal that says hello.
func (h *hub) lends(rule Rule, t int, d *disk) uint8 {
	at := &h.term[t]
	e := d.epoch
	if h.recover && !rule.GrantEarly || at.frozen || at.epoch != e || at.serial[0]+at.serial[1] >= serials {
		return 0
	}
	if e > 0 && !rule.NoRatchet && !(at.met && d.met) {
		return 0
	}
	rest := at.rest(e)
	if rest >= lease {
		return 0
	}
	return min(lease-rest, h.free)
}

// grant lends the units under a new serial.
func (h *hub) grant(t int, e, units uint8) {
	at := &h.term[t]
	at.serial[e]++
	at.total[e] += units
	h.free -= units
	h.leased += units
}

// expire is the easier rule: the lease is over, so what is left of it is free.
func (h *hub) expire(t int) { h.giveBack(&h.term[t], h.term[t].epoch) }

// closeEpoch ends the epoch in force: the terminal is to begin a new one, and is in good standing for it.
func (t *term) closeEpoch() {
	t.epoch++
	t.frozen, t.met = false, false
}

// writeOff takes the rest of an epoch's lease as lost, by the word of two people. What comes late draws from it.
func (h *hub) writeOff(t int, e uint8) {
	at := &h.term[t]
	rest := at.rest(e)
	h.leased -= rest
	h.written += rest
	at.written[e], at.waived = true, h.recover
	if e == at.epoch {
		at.closeEpoch()
	}
}

// decide is a person's word on a money case: pay makes the unit the merchant's, refuse makes it free.
func (h *hub) decide(r *record, pay bool) {
	h.disputed--
	if pay {
		h.redeemed++
		*r = r.with(redeemed)
		return
	}
	h.release(1)
	*r = r.with(refused)
}
