package streams

import "math"

// burst: fakes one after another at one till; blatant: hugging the threshold, few payers, short gaps.
func burst(a *act) {
	s := a.shop()
	purse := a.purse(int(float64(a.n) / (1.5 + 9*a.x)))
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, g := range a.groups(l.vs, 4, 6+int(14*a.x)) {
			t, till := s.moment(a.c, from, to), s.till(a.c)
			for _, v := range g {
				a.fake(s, v, till, t, a.bill(s, v, t, 0.3+0.5*a.x), a.payer(s, purse, 0.4+0.6*a.x))
				t += a.c.seconds(20, 60) + int64(a.c.gap(300-230*a.x))
			}
		}
	}
}

// inflate: real customers whose bills are written up to the threshold and a little more.
func inflate(a *act) {
	s := a.shop()
	for _, l := range a.lots(s, a.n, holderIn(s.town)) {
		from, to := a.w.opening(l.phase)+hour/2, a.w.end(l.phase)
		for _, v := range l.vs {
			t := s.moment(a.c, from, to)
			a.w.inLine(a.c, v, s, t)
			a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.75+0.2*a.x), a.w.payer(a.c, s, v.who))
		}
	}
}

// split: one bill rung up as several, over two tills or with mixed payers.
func split(a *act) {
	s := a.shop()
	same := 0.3 + 0.6*a.x
	for _, l := range a.lots(s, a.n, holderIn(s.town)) {
		from, to := a.spell(l.phase)
		for _, g := range a.groups(l.vs, 2, 3+int(3*a.x)) {
			t, till, payer := s.moment(a.c, from, to), s.till(a.c), a.w.payer(a.c, s, g[0].who)
			for _, v := range g {
				if !a.c.yes(same) {
					payer = a.w.payer(a.c, s, v.who)
				}
				a.w.inLine(a.c, v, s, t)
				a.fake(s, v, till, t, a.part(v), payer)
				t += a.c.seconds(18, 160-90*a.x)
				if a.c.yes(0.5) {
					till = (till + 1) % len(s.tills)
				}
			}
		}
	}
}

// part is a piece of a bill that was cut so that each piece passes the threshold.
func (a *act) part(v *voucher) fen {
	threshold := float64(tiers[v.tier].threshold)
	return fen(threshold * (1 + math.Abs(a.c.normal(0.16-0.11*a.x))))
}

// drip: one fake every so many minutes, like clockwork, over days.
func drip(a *act) {
	s := a.shop()
	every := a.c.between(6, 26) * 60
	slip := every * (0.3 - 0.28*a.x)
	purse := a.purse(a.n / 3)
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, g := range a.groups(l.vs, 5, 9+int(10*a.x)) {
			t, till := s.moment(a.c, from, to), s.till(a.c)
			for i, v := range g {
				at := t + int64(float64(i)*every+a.c.normal(slip))
				a.fake(s, v, till, at, a.natural(s, v, at), a.payer(s, purse, 0.25*a.x))
			}
		}
	}
}

// repeatedBills: the same few invented amounts again and again, nowhere near the threshold.
func repeatedBills(a *act) {
	s := a.shop()
	invented := map[int][]fen{}
	often := 0.55 + 0.4*a.x
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, v := range l.vs {
			t := s.moment(a.c, from, to)
			bill := a.natural(s, v, t)
			if a.c.yes(often) {
				bill = a.inventedBill(invented, v.tier)
			}
			a.fake(s, v, s.till(a.c), t, bill, a.stranger(s))
		}
	}
}

func (a *act) inventedBill(invented map[int][]fen, tier int) fen {
	if invented[tier] == nil {
		for range 2 + a.c.IntN(6-int(4*a.x)) {
			x := float64(tiers[tier].threshold) * a.c.between(1.06, 1.6)
			invented[tier] = append(invented[tier], fen(x)/10*10)
		}
	}
	return one(a.c, invented[tier])
}

// highTier: only the highest vouchers, at a shop whose own bills never come near them.
func highTier(a *act) {
	s := a.shop()
	high := func(v *voucher) bool { return tiers[v.tier].high() }
	for phase, n := range [2]int{a.n * 2 / 3, a.n / 3} {
		from, to := a.spell(phase)
		for _, v := range a.w.take(a.c, s.trade, phase, max(2, n), high) {
			t := s.moment(a.c, from, to)
			bill := fen(float64(tiers[v.tier].threshold) * (1 + math.Abs(a.c.normal(0.18))))
			a.fake(s, v, s.till(a.c), t, max(tiers[v.tier].threshold, bill/50*50), a.stranger(s))
		}
	}
}

// shell: a shop that sells nothing at all.
func shell(a *act) {
	s := a.shop()
	purse := a.purse(int(float64(a.n) / (1.5 + 5*a.x)))
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, v := range l.vs {
			t := s.moment(a.c, from, to)
			a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.15+0.3*a.x), a.payer(s, purse, 0.2+0.6*a.x))
		}
	}
}
