package streams

// payerPool: the owner of several shops pays with a few accounts, spread over the shops.
func payerPool(a *act) {
	purse := a.purse(max(3, int(float64(a.n*len(a.shops))/(2+8*a.x))))
	for _, s := range a.shops {
		for _, l := range a.lots(s, a.n, nil) {
			from, to := a.spell(l.phase)
			for _, v := range l.vs {
				t := s.moment(a.c, from, to)
				a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.15), a.payer(s, purse, 0.8+0.2*a.x))
			}
		}
	}
}

// ring: shops share phones that claimed, accounts that pay and people who sold; each shop sees each of them seldom.
func ring(a *act) {
	n := a.n * len(a.shops)
	purse := a.purse(max(4, int(float64(n)/(2.5+6*a.x))))
	hands := a.hands(max(4, int(float64(n)/(2.5+4*a.x))), a.shop().town.at)
	sellers := map[*household]bool{}
	for _, s := range a.shops {
		known := func(v *voucher) bool { return sellers[v.who.home] }
		for phase, k := range [2]int{(a.n + 1) / 2, a.n / 2} {
			from, to := a.spell(phase)
			vs := a.w.take(a.c, s.trade, phase, k, known)
			vs = append(vs, a.w.take(a.c, s.trade, phase, k-len(vs), a.sellers(s))...)
			for _, v := range vs {
				sellers[v.who.home] = true
				t := s.moment(a.c, from, to)
				if a.c.yes(0.35 + 0.5*a.x) {
					one(a.c, hands).claim(a, v, t)
				}
				a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.15), a.payer(s, purse, 0.5+0.4*a.x))
			}
		}
	}
}

// voidCycling: a voucher is redeemed, voided hours later and redeemed again at the partner's or here; cash against void.
func voidCycling(a *act) {
	s := a.shop()
	purse := a.purse(max(2, int(float64(a.n)/(1+4*a.x))))
	for _, l := range a.lots(s, a.n, nil) {
		from, to := a.spell(l.phase)
		for _, v := range l.vs {
			t := a.clamp(l.phase, s.moment(a.c, from, to-6*hour))
			a.w.before(a.c, v, t)
			k := visit{v, s, s.till(a.c), t, a.natural(s, v, t), a.payer(s, purse, 0.2+0.5*a.x)}
			a.record(k)
			a.cycle(k, a.cycler(), purse)
		}
	}
}

// cycler is the shop at which a voided voucher is redeemed again.
func (a *act) cycler() *shop {
	if a.c.yes(0.65) {
		return a.shops[1]
	}
	return a.shop()
}

// cycle takes a redemption back and redeems the voucher again at a shop.
func (a *act) cycle(k visit, at *shop, purse []uint64) {
	back := k
	back.t += 10*minute + int64(a.c.gap(float64(5*hour)))
	if back.t >= a.w.end(k.v.phase)-hour {
		return
	}
	taken := a.w.write(a.c, void, back)
	t := at.moment(a.c, taken+minute, taken+day)
	if t >= a.w.end(k.v.phase) {
		t = taken + minute + a.c.Int64N(hour)
	}
	if t < a.w.end(k.v.phase) {
		a.record(visit{k.v, at, at.till(a.c), t, a.natural(at, k.v, t), a.payer(at, purse, 0.2+0.5*a.x)})
	}
}

// ownersFamily: some twenty relatives and friends of the owner, again and again, in both phases.
func ownersFamily(a *act) {
	s := a.shop()
	family := a.relatives(s, max(4, a.n*3/5))
	purse := []uint64{s.ownerAccount(a), a.w.invent()}
	phone := a.hands(1, s.town.at)[0]
	for phase := range a.w.starts {
		from, to := a.spell(phase)
		vs := a.w.take(a.c, s.trade, phase, a.n, func(v *voucher) bool { return family[v.who.home] })
		for _, v := range vs {
			t := s.moment(a.c, from, to)
			if a.c.yes(0.5 * a.x) {
				phone.claim(a, v, t)
			}
			payer := a.w.payer(a.c, s, v.who)
			if a.c.yes(0.1 + 0.6*a.x) {
				payer = one(a.c, purse)
			}
			a.fake(s, v, s.till(a.c), t, a.bill(s, v, t, 0.2+0.3*a.x), payer)
		}
	}
}

// relatives are households of one town that hold n vouchers of the trade in the first phase, those with more first.
func (a *act) relatives(s *shop, n int) map[*household]bool {
	family := map[*household]bool{}
	for _, want := range []int{2, 1} {
		for range 4000 {
			h := a.w.local(a.c, s.town).home
			first, second := len(h.held[0][s.trade]), len(h.held[1][s.trade])
			if n <= 0 || family[h] || first < want || second == 0 && want > 1 {
				continue
			}
			family[h] = true
			n -= first
		}
	}
	return family
}

func (s *shop) ownerAccount(a *act) uint64 { return a.w.local(a.c, s.town).account }
