package streams

import "slices"

// canteen: a company pays with one account for dozens of its people, at lunch, one behind the other.
func canteen(o *odd) {
	company := o.w.invent()
	o.s.bills.likes = 0.6
	o.later(func() {
		for phase := range o.w.starts {
			for d := range o.w.days {
				noon := o.w.starts[phase] + int64(d)*day + 11*hour + o.c.seconds(30, 75)*minute
				if weekend(noon) || noon < o.w.opening(phase)+hour || o.c.yes(0.4-0.3*o.x) {
					continue
				}
				staff := o.w.take(o.c, dining, phase, o.c.count(4+10*o.x), func(v *voucher) bool { return !tiers[v.tier].high() })
				o.w.party(o.c, o.s, staff, noon, func() int64 { return o.c.seconds(15, 70) }, func(*voucher) uint64 { return company })
			}
		}
	})
}

// villageCadre: a cadre claims for ten to thirty old people on one phone and takes them to the nearest supermarket.
func villageCadre(o *odd) {
	cadre := o.w.invent()
	o.later(func() {
		phase := o.c.IntN(2)
		old := o.w.take(o.c, supermarket, phase, 10+int(20*o.x), holderIn(o.s.town))
		spot := o.s.town.at.off(o.c, 500, 4000)
		claimed := o.w.opening(phase) + o.c.seconds(60, 5000)
		for _, v := range old {
			v.queue, v.phone, v.claimed, v.at = false, cadre, claimed, spot.near(o.c, 25)
			claimed += o.c.seconds(25, 100)
		}
		account := uint64(0)
		if o.c.yes(0.5) {
			account = o.w.invent()
		}
		d := midnight(claimed) + day
		for group := range slices.Chunk(old, 8) {
			t := d + 9*hour + o.c.seconds(0, 120)*minute
			o.w.party(o.c, o.s, group, t, func() int64 { return o.c.seconds(35, 200) }, func(*voucher) uint64 { return account })
			d += o.c.Int64N(2) * day
		}
	})
}

// busTours: a bus stops, and 12 to 25 vouchers are used in twenty minutes; everybody pays for himself.
func busTours(o *odd) {
	o.s.strangers = 5
	o.later(func() {
		for range 2 + int(6*o.x) {
			phase := o.c.IntN(2)
			t := o.w.starts[phase] + int64(o.c.whole(1, o.w.days-1))*day + one(o.c, []int64{11, 12, 17, 18})*hour + o.c.Int64N(hour)
			n := o.c.whole(12, 25)
			from := one(o.c, o.w.towns)
			guests := o.w.take(o.c, o.s.trade, phase, n, func(v *voucher) bool { return v.who.home.town == from || v.who.home.town == nil })
			pause := 20 * 60 / float64(n)
			o.w.party(o.c, o.s, guests, t, func() int64 { return o.c.seconds(0.4*pause, 1.6*pause) },
				func(v *voucher) uint64 { return o.w.payer(o.c, o.s, v.who) })
		}
	})
}

// fleetFuel: the drivers of a taxi company fill up for round amounts; the company pays.
func fleetFuel(o *odd) {
	company := []uint64{o.w.invent(), o.w.invent()}[:1+o.c.IntN(2)]
	o.later(func() {
		n := int((0.25 + 0.8*o.x) * min(150, max(30, o.s.expect)))
		for phase, k := range [2]int{n * 2 / 3, n / 3} {
			for _, v := range o.w.take(o.c, fuel, phase, k, nil) {
				from := o.w.opening(phase) + hour
				t := o.s.moment(o.c, from, o.w.end(phase))
				o.w.before(o.c, v, t)
				bill := max(tiers[v.tier].threshold, one(o.c, []fen{100, 200, 200, 200, 300})*yuan)
				o.w.redeemed(o.c, visit{v, o.s, o.s.till(o.c), t, bill, one(o.c, company)})
			}
		}
	})
}

// banquet: weddings in the evening; many high tiers within the hour, some tables paid by the host.
func banquet(o *odd) {
	o.s.bills.dear *= 1.3
	o.s.bills.items *= 1.3
	o.later(func() {
		for range 2 + int(5*o.x) {
			phase := o.c.IntN(2)
			t := o.w.starts[phase] + int64(o.c.whole(1, o.w.days-1))*day + 18*hour + o.c.Int64N(2*hour)
			host := o.w.local(o.c, o.s.town).account
			n := o.c.whole(8, 12+int(14*o.x))
			guests := o.w.take(o.c, dining, phase, n, func(v *voucher) bool { return tiers[v.tier].face >= 20*yuan })
			o.w.party(o.c, o.s, guests, t, func() int64 { return o.c.seconds(40, 260) }, func(v *voucher) uint64 {
				if o.c.yes(0.35) {
					return host
				}
				return o.w.payer(o.c, o.s, v.who)
			})
		}
	})
}

// townHall: the shop stands beside the town hall, whose staff help people to claim.
func townHall(o *odd) {
	o.s.town.hall = o.s.at.off(o.c, 25, 120)
	o.s.town.hallPut = 0.2 + 0.5*o.x
}

// scenicSpot: a shop where tourists arrive, claim and eat; they come from anywhere.
func scenicSpot(o *odd) {
	o.s.town = o.w.townAt(o.w.scenic)
	o.move(o.w.scenic.off(o.c, 40, 600))
	o.s.strangers = 25
	o.later(func() {
		n := int((0.4 + o.x) * max(25, min(100, o.s.expect)))
		for phase, k := range [2]int{n * 2 / 3, n / 3} {
			for _, v := range o.w.take(o.c, o.s.trade, phase, k, holderFar(o.s.at, 4000)) {
				from := max(midnight(v.claimed), o.w.opening(phase)+hour)
				o.visit(v, from, min(from+5*day, o.w.end(phase)))
				o.arrive(v)
			}
		}
	})
}

// arrive lets a voucher that was just used have been claimed at the gate of the scenic spot.
func (o *odd) arrive(v *voucher) {
	if !v.gone || o.c.yes(0.3) {
		return
	}
	last := &o.w.lines[len(o.w.lines)-1]
	for i := len(o.w.lines) - 1; i >= 0 && o.w.lines[i].v == v; i-- {
		last = &o.w.lines[i]
	}
	v.claimed, v.at = max(o.w.opening(v.phase), last.t-o.c.seconds(300, 5000)), o.w.scenic.near(o.c, 120)
}

// paydayCompany: a factory's people claim at work in one hour, each on his own phone, and shop next door after the shift.
func paydayCompany(o *odd) {
	o.later(func() {
		work := o.s.at.off(o.c, 80, 900)
		nearby := func(v *voucher) bool { return apart(v.who.home.at, work) < 9000 }
		for range 1 + int(2*o.x) {
			phase := o.c.IntN(2)
			claimed := o.w.opening(phase) + o.c.seconds(5, 120)
			for _, v := range o.w.take(o.c, supermarket, phase, o.c.whole(12, 20+int(25*o.x)), nearby) {
				v.queue, v.claimed, v.at = false, claimed+int64(o.c.gap(700)), work.near(o.c, 45)
				d := midnight(claimed) + o.c.Int64N(3)*day + 17*hour
				t := max(d+int64(o.c.gap(2400)), v.claimed+10*minute)
				o.w.serve(o.c, v, o.s, t)
			}
		}
	})
}
