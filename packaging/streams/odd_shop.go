package streams

// setMenu: in one tier nearly all bills are the set menu, which costs exactly the threshold.
func setMenu(o *odd) {
	menu, often := 3+o.c.IntN(2), o.c.between(0.45, 0.6)+0.35*o.x
	o.s.priced = func(c chance, i int) fen {
		if i == menu && c.yes(often) {
			return tiers[i].threshold
		}
		return o.s.bills.basket(c, tiers[i].threshold)
	}
}

// wrongHours: a night shop that declared other hours, or none.
func wrongHours(o *odd) {
	o.s.said, o.s.saidNone = [2]int{o.s.open, o.s.close}, o.c.yes(0.3)
	open := max(9, o.s.open)
	o.s.setHours(o.c, [2]int{open, 23 + int(5*o.x)})
	for q := range o.s.slots { // the later the better
		o.s.slots[q] *= 1 + float64(q)/float64(len(o.s.slots))
	}
}

func clumsyCashier(o *odd) {
	o.s.voids, o.s.redo = 0.03+0.03*o.x+o.c.between(0, 0.01), o.c.between(0.85, 1)
}

func poorNetwork(o *odd) {
	o.s.dropped, o.s.droppedMinutes = o.c.between(4, 8)+12*o.x, o.c.between(60, 150)
}

func couples(o *odd) { o.s.pairs, o.s.sharedPayer = 0.18+0.22*o.x, 0.3+0.3*o.x }

func counterClaims(o *odd) { o.s.queue = 0.35 + 0.45*o.x }

func cashOnly(o *odd) { o.s.cash = 1 }

func roughGPS(o *odd) { o.s.rough, o.s.roughness = 1, 250+o.c.between(100, 300)+250*o.x }

func kindRounding(o *odd) { o.s.bills.kind, o.s.bills.thrift = 0.6+0.35*o.x, 0.25 }

// wrongAddress: whoever signed the shop up wrote down the town hall's place, or the owner's home.
func wrongAddress(o *odd) { o.s.declared = o.s.at.off(o.c, 600, 1200+4000*o.x) }

// relocated: the shop moved in the middle of the campaign; the register keeps the old place.
func relocated(o *odd) {
	old, fresh := o.s.at, o.s.at.off(o.c, 350, 700+3500*o.x)
	from := o.w.starts[o.c.IntN(2)] + int64(o.c.whole(1, 4))*day
	o.s.where = func(t int64) point {
		if t < from {
			return old
		}
		return fresh
	}
}

// mobileVendor: the stall stands on another market each day; its customers live there.
func mobileVendor(o *odd) {
	stops := make([]point, 2+int(4*o.x)+o.c.IntN(2))
	towns := make([]*town, len(stops))
	for i := range stops {
		towns[i] = one(o.c, o.w.towns)
		stops[i] = towns[i].at.off(o.c, 50, 500)
	}
	on := func(t int64) int { return int((t + zone) / day % int64(len(stops))) }
	o.s.where = func(t int64) point { return stops[on(t)] }
	o.later(func() {
		for phase := range o.w.starts {
			for d := range o.w.days {
				from := o.w.starts[phase] + int64(d)*day
				n := o.c.count(o.s.expect * 0.5 / float64(2*o.w.days))
				for _, v := range o.w.take(o.c, o.s.trade, phase, n, holderIn(towns[on(from)])) {
					o.visit(v, from, from+day)
				}
			}
		}
	})
}

// visit is one honest visit at an hour of the shop's in [from, to), when the voucher can have been claimed by then.
func (o *odd) visit(v *voucher, from, to int64) {
	from = max(from, o.w.opening(v.phase)+20*minute)
	if to = min(to, o.w.end(v.phase)); from >= to {
		v.gone = false
		return
	}
	t := o.s.moment(o.c, from, to)
	o.w.before(o.c, v, t)
	o.w.serve(o.c, v, o.s, t)
}

// marketDay: every fifth day the whole township comes to town.
func marketDay(o *odd) {
	o.s.town.market = o.c.IntN(5)
	for _, s := range o.w.shops {
		if s.town == o.s.town {
			s.busy = o.marketBusy(o.s.town.market)
		}
	}
}

func (o *odd) marketBusy(market int) func(int64) float64 {
	busy := 4 + 8*o.x
	return func(d int64) float64 {
		if int((d+zone)/day%5) == market {
			return busy
		}
		return 0.5
	}
}

// expresswayFuel: a station of the service area, open day and night; its customers come from everywhere.
func expresswayFuel(o *odd) {
	o.s.town = o.w.townAt(o.w.service)
	o.move(o.w.service.off(o.c, 60, 350))
	o.s.setHours(o.c, [2]int{0, 24})
	for i := range o.s.slots { // people pass at night, too
		o.s.slots[i] += float64(i) * 0.5 * o.s.slots[len(o.s.slots)-1] / float64(len(o.s.slots))
	}
	o.s.said, o.s.saidNone = [2]int{0, 24}, false
	o.s.strangers = 30
	o.comers(0.5 + 0.4*o.x)
}

// move puts the shop and its tills somewhere else.
func (o *odd) move(to point) {
	o.s.at, o.s.declared = to, to.near(o.c, 40)
	for i := range o.s.tills {
		o.s.tills[i].at = to.near(o.c, 12)
	}
}

// comers fills a share of the shop's trade with people from anywhere.
func (o *odd) comers(share float64) {
	o.later(func() {
		n := int(share / (1 - share) * max(25, min(150, o.s.expect)))
		for phase, k := range [2]int{n * 2 / 3, n / 3} {
			for _, v := range o.w.take(o.c, o.s.trade, phase, k, holderFar(o.s.at, 3000)) {
				o.visit(v, v.claimed, o.w.end(phase))
			}
		}
	})
}
