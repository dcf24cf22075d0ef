package streams

// act is one pattern played by one crook at one or more shops.
type act struct {
	*pattern
	w     *county
	c     chance
	shops []*shop
	level int
	x     float64 // 0 faint to 1 blatant
	n     int     // fakes at each shop
	reach float64 // metres within which the crook finds people who sell their vouchers; 0: anywhere
}

func (a *act) shop() *shop { return a.shops[0] }

func (a *act) play() { a.pattern.play(a) }

// lot is what a crook has bought, begged or claimed in one phase.
type lot struct {
	phase int
	vs    []*voucher
}

// lots finds n vouchers for a shop, in one phase or in both. Those whose holders fit come first; the rest are any.
func (a *act) lots(s *shop, n int, fit func(*voucher) bool) []lot {
	first := int(float64(n) * a.c.between(0.5, 0.85))
	switch x := a.c.Float64(); {
	case x < 0.3:
		first = n
	case x < 0.45:
		first = 0
	}
	if fit == nil {
		fit = a.sellers(s)
	}
	var all []lot
	for phase, k := range []int{first, n - first} {
		vs := a.w.take(a.c, s.trade, phase, k, fit)
		if fit != nil {
			vs = append(vs, a.w.take(a.c, s.trade, phase, k-len(vs), nil)...)
		}
		if len(vs) > 0 {
			shuffle(a.c, vs)
			all = append(all, lot{phase, vs})
		}
	}
	return all
}

// sellers are those from whom the crook buys; nil: anybody.
func (a *act) sellers(s *shop) func(*voucher) bool {
	if a.reach == 0 {
		return nil
	}
	return func(v *voucher) bool { return apart(v.who.home.at, s.at) < a.reach }
}

// spell is the time within a phase in which the crook is at it.
func (a *act) spell(phase int) (from, to int64) {
	from, to = a.w.opening(phase)+hour, a.w.end(phase)-5*minute
	if a.c.yes(0.5) {
		from += int64(a.c.IntN(3)) * day
	}
	if a.c.yes(0.25) {
		to -= int64(a.c.IntN(2)) * day
	}
	return from, to
}

// fake redeems a voucher without a sale.
func (a *act) fake(s *shop, v *voucher, till int, t int64, bill fen, payer uint64) int64 {
	t = a.clamp(v.phase, t)
	a.w.before(a.c, v, t)
	return a.record(visit{v, s, till, t, bill, payer})
}

// record writes a fake down as it is.
func (a *act) record(k visit) int64 {
	arrival := a.w.write(a.c, redeem, k)
	k.s.fakes = append(k.s.fakes, fake{arrival, k.v})
	return arrival
}

// clamp keeps a time within a phase.
func (a *act) clamp(phase int, t int64) int64 {
	if end := a.w.end(phase); t >= end {
		t = end - 1 - a.c.Int64N(40*minute)
	}
	return max(t, a.w.opening(phase)+10*minute)
}

// natural is a bill like those of the shop.
func (a *act) natural(s *shop, v *voucher, t int64) fen { return a.w.bill(a.c, s, v.tier, t) }

// hugging is a bill at the threshold, or a little and oddly above.
func (a *act) hugging(v *voucher) fen {
	threshold := tiers[v.tier].threshold
	switch x := a.c.Float64(); {
	case x < 0.25:
		return threshold
	case x < 0.6:
		return threshold + fen(a.c.whole(1, 190))
	}
	return threshold + fen(a.c.IntN(int(threshold)/40))
}

// bill hugs the threshold with a probability.
func (a *act) bill(s *shop, v *voucher, t int64, hug float64) fen {
	if a.c.yes(hug) {
		return a.hugging(v)
	}
	return a.natural(s, v, t)
}

// stranger is the account of an honest customer of the shop who happens to pay now, or none.
func (a *act) stranger(s *shop) uint64 {
	if s.town == nil {
		return 0
	}
	p := a.w.local(a.c, s.town)
	return a.w.payer(a.c, s, p)
}

// purse is a number of accounts that the crook can use.
func (a *act) purse(n int) []uint64 {
	accounts := make([]uint64, max(1, n))
	for i := range accounts {
		accounts[i] = a.w.invent()
	}
	return accounts
}

// payer is one of the purse with a probability, else some customer.
func (a *act) payer(s *shop, purse []uint64, p float64) uint64 {
	if a.c.yes(p) {
		return one(a.c, purse)
	}
	return a.stranger(s)
}

// groups cuts vouchers into groups of lo to hi.
func (a *act) groups(vs []*voucher, lo, hi int) (all [][]*voucher) {
	for len(vs) > 0 {
		n := min(len(vs), a.c.whole(lo, hi))
		all = append(all, vs[:n])
		vs = vs[n:]
	}
	return all
}

func holderIn(t *town) func(*voucher) bool {
	return func(v *voucher) bool { return v.who.home.town == t }
}

func holderFar(from point, metres float64) func(*voucher) bool {
	return func(v *voucher) bool { return apart(v.who.home.at, from) > metres }
}
