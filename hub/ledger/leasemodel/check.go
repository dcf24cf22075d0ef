package leasemodel

// broken names the first guarantee that does not hold in a world, or "".
func (w *world) broken(rule Rule) string {
	switch h := &w.hub; {
	case !h.adds():
		return "the pool does not add up to the stock, or a part of it is below zero (G1)"
	case !h.agrees():
		return "the pool does not say what leases and records say (G1)"
	case w.overspent(rule):
		return "more was accepted than there was stock for (G2)"
	case h.redeemed+h.disputed > w.accepted:
		return "more is redeemed or disputed than was accepted (G3)"
	case h.settled != h.sales():
		return "a sale is settled more than once (G6)"
	case h.accuses(rule):
		return "an honest terminal is taken for a copy (G7)"
	}
	return w.forsworn(rule)
}

// adds holds stock = free + leased + redeemed + disputed + written off. Counts that fell below zero have wrapped.
func (h *hub) adds() bool {
	sum := 0
	for _, part := range [...]uint8{h.free, h.leased + h.written - h.owed, h.redeemed, h.disputed} {
		if part > stock {
			return false
		}
		sum += int(part)
	}
	return sum == stock && (h.owed == 0 || h.free == 0)
}

func (h *hub) agrees() bool {
	var sum hub
	for t := range h.term {
		at := &h.term[t]
		for e := range uint8(epochs) {
			*sum.kept(at, e) += at.rest(e)
			sum.redeemed += at.count(e, redeemed)
			sum.disputed += at.count(e, disputed)
		}
	}
	return sum.leased == h.leased && sum.written == h.written && sum.redeemed == h.redeemed && sum.disputed == h.disputed
}

func (t *term) count(e uint8, what word) uint8 {
	is := func(w word) bool { return w == what }
	return t.chain[e].using(is) + t.strays[e].using(is)
}

// overspent: honest terminals accept no more than the stock, and one copy of a disk adds a lease at most. What a person
// refused the merchant bears, and its unit was free again.
func (w *world) overspent(rule Rule) bool {
	most := uint8(stock)
	if rule.Clone || rule.Restore {
		most += lease
	}
	var back uint8
	for t := range w.hub.term {
		for e := range uint8(epochs) {
			back += w.hub.term[t].count(e, refused)
		}
	}
	return w.accepted-back > most
}

// sales counts the different sales that the hub holds.
func (h *hub) sales() (n uint8) {
	for t := range h.term {
		for e := range uint8(epochs) {
			at := &h.term[t]
			n += at.chain[e].using(anyWord)
			for i, r := range at.strays[e] {
				if r.sale() && !r.same(at.chain[e][i]) {
					n++
				}
			}
		}
	}
	return n
}

func (h *hub) accuses(rule Rule) bool {
	return h.term[1].frozen || h.term[0].frozen && !rule.Clone && !rule.Restore
}

// forsworn looks for a word that a disk holds and the hub does not stand by.
func (w *world) forsworn(rule Rule) string {
	for c := range w.live(rule) {
		at, d := &w.hub.term[owner(c)], &w.disk[c]
		for e := range d.epoch + 1 {
			for i := range d.answered(e) {
				told, held := d.chain[e][i].word(), at.find(e, i, d.chain[e][i])
				switch {
				case held == unheard && !w.hubBack:
					return "a record has its answer and is not in the ledger (G6)"
				case held != unheard && held != told && told != disputed:
					return "a word that was final has changed (G3)"
				}
			}
		}
	}
	return ""
}

// unpaid is asked when everything is settled: what proofs have claimed must be paid by then, except out of what was
// written off, since a terminal may have given back what people took as lost. After a copy nothing is promised here.
func (w *world) unpaid(rule Rule) string {
	if w.hub.owed > w.hub.written && !rule.Clone && !rule.Restore {
		return "a unit is lent twice, and nobody is left to give it back (G1)"
	}
	return ""
}

// live gives how many disks are in a terminal.
func (w *world) live(rule Rule) int {
	if rule.Clone && w.copied {
		return 3
	}
	return 2
}

// settledAll tells whether every record on every disk has its word and is in the ledger, and no recovery is on.
func (w *world) settledAll(rule Rule) bool {
	if w.hub.recover {
		return false
	}
	for c := range w.live(rule) {
		d := &w.disk[c]
		for e := range d.epoch + 1 {
			for i := range d.chain[e].len() {
				r := d.chain[e][i]
				if r.word() == unheard || w.hub.term[owner(c)].find(e, i, r) == unheard {
					return false
				}
			}
		}
	}
	return true
}
