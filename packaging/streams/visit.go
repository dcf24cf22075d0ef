package streams

// visit is one voucher used at one till.
type visit struct {
	v     *voucher
	s     *shop
	till  int
	t     int64
	bill  fen
	payer uint64 // 0: cash, or not known
}

// everybodyElse spends what neither crooks nor odd shops have taken.
func (w *county) everybodyElse(c chance) {
	for phase := range w.pool {
		for t := range w.pool[phase] {
			for _, v := range w.pool[phase][t] {
				if v.gone {
					continue
				}
				v.gone = true
				if c.yes(w.redeem) {
					w.goShopping(c, v)
				}
			}
		}
	}
}

func (w *county) goShopping(c chance, v *voucher) {
	s := w.choose(c, v)
	if s == nil {
		return
	}
	t, ok := w.when(c, v, s)
	if !ok {
		return
	}
	k := w.serve(c, v, s, t)
	if c.yes(s.pairs) {
		w.spouse(c, &k)
	}
}

// spouse is somebody of the same household who pays the other half of the trolley.
func (w *county) spouse(c chance, k *visit) {
	for _, v := range k.v.who.home.held[k.v.phase][k.v.trade()] {
		t := k.t + c.seconds(18, 190)
		if v.gone || t >= w.end(v.phase) {
			continue
		}
		v.gone = true
		w.inLine(c, v, k.s, t)
		w.before(c, v, t)
		second := visit{v, k.s, k.till, t, w.bill(c, k.s, v.tier, t), w.payer(c, k.s, v.who)}
		if c.yes(0.4) {
			second.payer = k.payer
		}
		w.redeemed(c, second)
		return
	}
}

// choose is the shop to which somebody goes with a voucher; nil when there is none.
func (w *county) choose(c chance, v *voucher) *shop {
	p, t := v.who, v.trade()
	k := w.passing[t]
	if p.home.town != nil {
		k = w.near[t][p.home.town.index]
	}
	if k.sum() <= 0 {
		return nil
	}
	var s *shop
	for range 4 {
		s = p.usual[t]
		if s == nil || s.truant || !c.yes(w.habit) {
			s = k.pick(c)
		}
		if p.usual[t] == nil {
			p.usual[t] = s
		}
		if c.yes(s.fits(v.tier)) {
			break
		}
	}
	return s
}

// when is the time of an honest visit; ok is false when the holder never gets round to it.
func (w *county) when(c chance, v *voucher, s *shop) (t int64, ok bool) {
	start := w.starts[v.phase]
	first := int((v.claimed - start) / day)
	if v.queue || c.yes(s.queue) {
		return w.inQueue(c, v, s, start+int64(min(first, 4))*day)
	}
	days := &weights{}
	for d := first; d < w.days; d++ {
		x := w.lag[min(d-first, len(w.lag)-1)] * w.likes(s, start+int64(d)*day)
		if d == w.days-1 {
			x *= w.lastDay
		}
		days.add(x)
	}
	if days.sum() <= 0 {
		return 0, false
	}
	for range 7 {
		t = start + int64(first+days.draw(c))*day + s.second(c)
		if t > v.claimed+100 && t < w.end(v.phase) {
			return t, true
		}
	}
	return 0, false
}

// inQueue claims the voucher at the shop, shortly before it is used.
func (w *county) inQueue(c chance, v *voucher, s *shop, from int64) (t int64, ok bool) {
	for range 9 {
		t = from + s.second(c)
		waited := c.seconds(45, 1500)
		if t-waited >= w.opening(v.phase) && t < w.end(v.phase) {
			v.claimed, v.at = t-waited, s.place(t).near(c, 25)
			return t, true
		}
		from += c.Int64N(2) * day
	}
	return 0, false
}

// place is where the shop is at t.
func (s *shop) place(t int64) point {
	if s.where != nil {
		return s.where(t)
	}
	return s.at
}

// payer is the account behind the payment code of an honest customer.
func (w *county) payer(c chance, s *shop, p *person) uint64 {
	if s.paid != nil {
		if account, known := s.paid(c, p); known {
			return account
		}
	}
	switch x := c.Float64(); {
	case x < s.cash:
		return 0
	case x < s.cash+(1-s.cash)*s.sharedPayer:
		return p.home.members[0].account
	}
	return p.account
}

// serve is an honest redemption.
func (w *county) serve(c chance, v *voucher, s *shop, t int64) visit {
	k := visit{v, s, s.till(c), t, w.bill(c, s, v.tier, t), w.payer(c, s, v.who)}
	w.redeemed(c, k)
	return k
}

// redeemed writes down an honest redemption, and the void when the cashier was wrong.
func (w *county) redeemed(c chance, k visit) {
	k.v.gone = true
	w.write(c, redeem, k)
	if !c.yes(k.s.voids) {
		return
	}
	back := k
	back.t += c.seconds(15, 540)
	w.write(c, void, back)
	again := back
	again.t += c.seconds(12, 260)
	if again.t < w.end(k.v.phase) && c.yes(k.s.redo) {
		if c.yes(0.4) {
			again.bill = w.bill(c, k.s, k.v.tier, again.t)
		}
		w.write(c, redeem, again)
	}
}

// party is people who come together: their vouchers are used one after another. The time after the last is returned.
func (w *county) party(c chance, s *shop, vs []*voucher, t int64, gap func() int64, pay func(*voucher) uint64) int64 {
	n := s.till(c)
	for _, v := range vs {
		if t >= w.end(v.phase) {
			v.gone = false // they go home, and each may use it elsewhere
			continue
		}
		w.inLine(c, v, s, t)
		w.before(c, v, t)
		w.redeemed(c, visit{v, s, n, t, w.bill(c, s, v.tier, t), pay(v)})
		t += gap()
	}
	return t
}

// take finds up to n vouchers that nobody has decided about.
func (w *county) take(c chance, t trade, phase, n int, fit func(*voucher) bool) []*voucher {
	pool := w.pool[phase][t]
	if len(pool) == 0 || n <= 0 {
		return nil
	}
	var got []*voucher
	from := c.IntN(len(pool))
	for i := range pool {
		if v := pool[(from+i)%len(pool)]; !v.gone && (fit == nil || fit(v)) {
			v.gone = true
			if got = append(got, v); len(got) == n {
				break
			}
		}
	}
	return got
}
