package streams

// hand is somebody who claims for others on one phone, at one place, one after another.
type hand struct {
	phone uint64
	at    point
	next  [2]int64 // when they claim next, by phase
}

// hands are so many of them, around a place.
func (a *act) hands(n int, round point) []*hand {
	all := make([]*hand, n)
	for i := range all {
		h := &hand{phone: a.w.invent(), at: round.off(a.c, 100, 5000)}
		for phase := range h.next {
			h.next[phase] = a.w.opening(phase) + int64(a.c.gap(800))
		}
		all[i] = h
	}
	return all
}

// claim claims a voucher that is to be used at t.
func (h *hand) claim(a *act, v *voucher, t int64) {
	v.queue, v.phone, v.at = false, h.phone, h.at.near(a.c, 25)
	v.claimed = min(h.next[v.phase], t-401)
	h.next[v.phase] += a.c.seconds(12, 150)
}

// fewEach: hired hands claim for three to five people each on their phones; spent at one friendly shop.
func fewEach(a *act) {
	s := a.shop()
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, g := range a.groups(l.vs, 3, 5) {
			h := a.hands(1, s.town.at)[0]
			for _, v := range g {
				t := s.moment(a.c, max(from, h.next[l.phase]+hour/2), to)
				h.claim(a, v, t)
				a.fake(s, v, s.till(a.c), t, a.natural(s, v, t), a.stranger(s))
			}
		}
	}
}

// keep redeems a voucher whose claim stays as it is, unless that lies too late.
func (a *act) keep(v *voucher, s *shop, t int64, bill fen, payer uint64) {
	v.queue = false
	t = a.clamp(v.phase, t)
	v.claimed = min(v.claimed, t-10)
	a.record(visit{v, s, s.till(a.c), t, bill, payer})
}

// soldCodes: codes bought from people all over the county and beyond; nothing else is odd.
func soldCodes(a *act) {
	s := a.shop()
	far := holderFar(s.at, 6000)
	mixedBag := func(v *voucher) bool { return far(v) || a.c.yes(0.25*(1-a.x)) }
	for _, l := range a.lots(s, a.n, mixedBag) {
		from, to := a.spell(l.phase)
		for _, v := range l.vs {
			t := s.moment(a.c, from, to)
			a.fake(s, v, s.till(a.c), t, a.natural(s, v, t), a.stranger(s))
		}
	}
}

// freshClaims: staff claim on the phones of passers-by at the counter, one after another, and spend at once.
func freshClaims(a *act) {
	s := a.shop()
	purse := a.purse(max(2, int(float64(a.n)/(2+6*a.x))))
	for _, l := range a.lots(s, a.n, nil) {
		from := a.w.opening(l.phase) + hour/2
		to := a.w.starts[l.phase] + 5*day
		for _, g := range a.groups(l.vs, 2, 4+int(10*a.x)) {
			t, till := s.moment(a.c, from, to), s.till(a.c)
			for _, v := range g {
				v.queue, v.claimed, v.at = false, t-a.c.seconds(25, 120+300*(1-a.x)), s.at.near(a.c, 18)
				v.claimed = max(v.claimed, a.w.opening(l.phase))
				a.record(visit{v, s, till, t, a.bill(s, v, t, 0.2), a.payer(s, purse, 0.2+0.6*a.x)})
				t += a.c.seconds(60, 200) + int64(a.c.gap(240*(1-a.x)))
			}
		}
	}
}

// claimFarm: many phones on one spot within an hour; spent over days like anybody's.
func claimFarm(a *act) {
	s := a.shop()
	spot := one(a.c, a.w.towns).at.off(a.c, 100, 2500)
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		span := float64(hour) * (1.6 - a.x)
		begin := a.w.opening(l.phase)
		if a.c.yes(0.4) {
			begin = max(begin, min(begin+a.c.seconds(0.5, 9)*hour, a.w.starts[l.phase]+20*hour))
		}
		for _, v := range l.vs {
			v.phone, v.claimed, v.at = a.w.invent(), begin+a.c.seconds(5, span), spot.near(a.c, 12+40*(1-a.x))
			t := s.moment(a.c, max(from, begin+2*hour), to)
			a.keep(v, s, t, a.natural(s, v, t), a.stranger(s))
		}
	}
}

// personTours: the same people's vouchers of all trades, within minutes, at shops that lie far apart.
func personTours(a *act) {
	left := a.n
	for phase := range a.w.starts {
		from, to := a.spell(phase)
		at := a.c.IntN(len(a.w.homes))
		for i := range a.w.homes {
			vs := a.bundle(a.w.homes[(at+i)%len(a.w.homes)], phase)
			if vs == nil {
				continue
			}
			t := a.allOpen(from, to-hour)
			for i, s := range a.shops {
				at := t + int64(i)*a.c.seconds(100, 900-500*a.x)
				a.fake(s, vs[i], s.till(a.c), at, a.natural(s, vs[i], at), a.stranger(s))
			}
			if left--; left <= a.n/3*(1-phase) {
				break
			}
		}
	}
}

// allOpen is a time at which all the shops are open, if there is one.
func (a *act) allOpen(from, to int64) (t int64) {
	for range 30 {
		t = a.shop().moment(a.c, from, to)
		open := true
		for _, s := range a.shops {
			open = open && s.isOpen(t)
		}
		if open {
			break
		}
	}
	return t
}

// bundle is one person's vouchers, one for each shop, when a household has such a person.
func (a *act) bundle(h *household, phase int) []*voucher {
	var vs []*voucher
	for _, s := range a.shops {
		for _, v := range h.held[phase][s.trade] {
			if !v.gone && (len(vs) == 0 || v.who == vs[0].who) {
				vs = append(vs, v)
				break
			}
		}
	}
	if len(vs) < len(a.shops) {
		return nil
	}
	for _, v := range vs {
		v.gone = true
	}
	return vs
}
