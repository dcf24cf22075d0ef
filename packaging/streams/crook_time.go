package streams

// earlyHours: codes redeemed before the shop opens.
func earlyHours(a *act) {
	s := a.shop()
	for _, l := range a.lots(s, a.n, nil) {
		_, to := a.spell(l.phase)
		first := a.w.starts[l.phase] + day
		for _, v := range l.vs {
			t := a.beforeOpening(s, first, to)
			a.fake(s, v, s.till(a.c), t, a.natural(s, v, t), a.stranger(s))
		}
	}
}

// beforeOpening is a time in the hours before the shop opens.
func (a *act) beforeOpening(s *shop, from, to int64) int64 {
	days := max(1, (to-from)/day)
	shut := float64(min(s.open, 24-s.close+s.open)) - 0.5
	ahead := 0.3 + a.c.Float64()*min(5, shut)
	return from + a.c.Int64N(days)*day + int64((float64(s.open)-ahead)*float64(hour))
}

// movedTerminal: a till works a street away, or in another town.
func movedTerminal(a *act) {
	s := a.shop()
	spot := s.at.off(a.c, 400, 900)
	if a.c.yes(0.5) {
		spot = s.at.off(a.c, 2500, 18000)
	}
	till := 0
	for !s.tills[till].fix {
		till++
	}
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, v := range l.vs {
			t := a.clamp(l.phase, s.moment(a.c, from, to))
			a.w.before(a.c, v, t)
			a.fakeAt(spot, visit{v, s, till, t, a.bill(s, v, t, 0.15), a.stranger(s)})
		}
	}
}

// fakeAt records a fake at a till that stands at a spot.
func (a *act) fakeAt(spot point, k visit) {
	l := line{kind: redeem, visit: k}
	l.arrival, l.offline = k.s.heard(k.t)
	l.fix, l.fixed = k.s.fixAt(a.c, k.till, spot)
	a.w.lines = append(a.w.lines, l)
	k.s.fakes = append(k.s.fakes, fake{l.arrival, k.v})
}

// offlineDump: the line is pulled, fakes are taken at leisure, and all come up together.
func offlineDump(a *act) {
	s := a.shop()
	purse := a.purse(max(3, int(float64(a.n)/(1.5+4*a.x))))
	type dump struct {
		vs       []*voucher
		from, to int64
	}
	var dumps []dump
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, g := range a.groups(l.vs, 4+int(4*a.x), 9+int(22*a.x)) {
			begin := s.moment(a.c, from, to-2*hour)
			end := min(begin+int64(float64(hour)*a.c.between(1, 7-4*a.x)), a.w.end(l.phase)-minute)
			s.net = append(s.net, outage{begin, end, end + a.c.seconds(5, 200)})
			dumps = append(dumps, dump{g, begin, end})
		}
	}
	s.tidyNet()
	for _, d := range dumps {
		for _, v := range d.vs {
			t := d.from + a.c.Int64N(d.to-d.from)
			a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.2), a.payer(s, purse, 0.3+0.5*a.x))
		}
	}
}

// lastHours: what is still unused on the last evening is bought up and spent.
func lastHours(a *act) {
	s := a.shop()
	purse := a.purse(max(2, int(float64(a.n)/(1.3+4*a.x))))
	for _, l := range a.lots(s, a.n, nil) {
		end := a.w.end(l.phase)
		span := (6 - 3.5*a.x) * float64(hour)
		for _, v := range l.vs {
			t := end - 60 - a.c.seconds(0, span)
			a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.15), a.payer(s, purse, 0.2+0.4*a.x))
		}
	}
}

// mixed: two or three traces, each of them faint.
func mixed(a *act) {
	s := a.shop()
	traces := a.c.Perm(6)[:2+a.c.IntN(2)]
	has := map[int]bool{}
	for _, k := range traces {
		has[k] = true
	}
	purse := a.purse(max(3, a.n/4))
	hands := a.hands(max(3, a.n/4), s.town.at)
	fit := func(v *voucher) bool { return !has[0] || a.c.yes(0.5) || apart(v.who.home.at, s.at) > 7000 }
	for _, l := range a.lots(s, a.n, fit) {
		from, to := a.spell(l.phase)
		t := int64(0)
		for _, v := range l.vs {
			if !has[1] || t == 0 || a.c.yes(0.6) {
				t = s.moment(a.c, from, to)
			} else {
				t += a.c.seconds(40, 260)
			}
			if has[2] && a.c.yes(0.2) {
				t = a.beforeOpening(s, a.w.starts[l.phase]+day, to)
			}
			a.traced(s, v, t, has, purse, hands)
		}
	}
}

// traced is one fake of a crook who leaves some traces.
func (a *act) traced(s *shop, v *voucher, t int64, has map[int]bool, purse []uint64, hands []*hand) {
	hug, paid := 0.05, 0.0
	if has[3] {
		hug = 0.3 + 0.25*a.x
	}
	if has[4] {
		paid = 0.3 + 0.25*a.x
	}
	if has[5] && a.c.yes(0.4) {
		one(a.c, hands).claim(a, v, t)
	}
	a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, hug), a.payer(s, purse, paid))
}
