package streams

import "math"

// book is what a shop sells, from which its bills come.
type book struct {
	trade  trade
	thrift float64 // how small a part of the threshold customers have in the basket and still fill it up
	kind   float64 // share of bills rounded up to the threshold exactly
	dear   float64 // how dear it is, relative
	items  float64 // in a usual basket
	goods  []fen   // prices
	sets   []fen   // set menus
	likes  float64 // share of guests who take one
	round  float64 // share of drivers who ask for a round amount
	floor  fen     // the odd amount below this is let go; 0: nothing is
	extra  []fen   // what is added to reach a threshold
}

// Price endings are those of the shops in cashout/README.md's world: dimes and nines in supermarkets, whole yuan in dining.
var (
	endings     = []fen{0, 0, 50, 80, 90, 90, 99, 20, 60}
	extrasShop  = []fen{100, 150, 200, 250, 300, 350, 500, 690, 880, 990, 1290, 1580}
	extrasTable = []fen{200, 300, 500, 600, 800, 800, 1000, 1200, 1500, 1800, 2200}
	rounds      = []fen{100 * yuan, 150 * yuan, 200 * yuan, 250 * yuan, 300 * yuan, 350 * yuan, 400 * yuan, 500 * yuan}
)

func (w *county) newBook(c chance, s *shop) book {
	b := book{trade: s.trade, thrift: c.share(w.thrift, 0.4), kind: c.share(w.kindness, 0.9), dear: c.skewed(1, 0.25)}
	switch s.trade {
	case supermarket:
		b.stock(c, c.whole(40, 90), 7.5, 0.8)
		b.items, b.extra = float64(s.format.typical)*b.dear/float64(mean(b.goods)), extrasShop
	case dining:
		b.menu(c, s.format)
	case fuel:
		b.kind *= 0.3
		b.round = c.between(0.35, 0.8)
	}
	return b
}

// stock fills the shelves with prices.
func (b *book) stock(c chance, n int, median, spread float64) {
	loose := c.between(0, 0.4) // share of goods sold by weight: any price
	for range n {
		p := fen(100*c.skewed(median, spread)) + 50
		if !c.yes(loose) {
			p = max(100, p/100*100) + one(c, endings)
		}
		b.goods = append(b.goods, p)
	}
}

// menu writes a menu: dishes in whole yuan, set menus below the hundreds.
func (b *book) menu(c chance, f *format) {
	dish := math.Pow(float64(f.typical)/100/4, 0.8) * b.dear
	for range c.whole(14, 45) {
		p := yuan * fen(max(2, c.skewed(dish, 0.5)))
		if c.yes(0.08) {
			p += one(c, []fen{50, 80, 90})
		}
		b.goods = append(b.goods, p)
	}
	b.items = float64(f.typical) * b.dear / float64(mean(b.goods))
	b.likes, b.extra = c.share(0.12, 1), extrasTable
	for range c.whole(2, 4) {
		b.sets = append(b.sets, yuan*(fen(c.skewed(float64(f.typical)/100*b.dear, 0.5))/10*10+one(c, []fen{8, 8, 9, 6})))
	}
	b.floor = one(c, []fen{0, 0, 0, 100, 500})
}

func mean(ps []fen) fen {
	sum := fen(0)
	for _, p := range ps {
		sum += p
	}
	return max(1, sum/fen(max(1, len(ps))))
}

// bill is what an honest customer of the shop pays before a voucher of a tier.
func (w *county) bill(c chance, s *shop, i int, t int64) fen {
	if s.priced != nil {
		if b := s.priced(c, i); b >= tiers[i].threshold {
			return b
		}
	}
	if s.trade == fuel {
		return w.tank(c, &s.bills, tiers[i].threshold, t)
	}
	return s.bills.basket(c, tiers[i].threshold)
}

// basket fills a basket until the voucher may be used; customers who are far from it come back another time with a longer list.
func (b *book) basket(c chance, threshold fen) fen {
	patience := c.between(b.thrift, 1)
	size := b.items * math.Pow(float64(threshold)/(b.items*float64(mean(b.goods))+1), 0.55)
	for range 4 {
		sum := b.natural(c, size)
		if sum >= threshold {
			return b.letGo(sum, threshold)
		}
		if float64(sum) > patience*float64(threshold) {
			return b.topUp(c, sum, threshold)
		}
		size = size*1.25 + 0.5
	}
	return b.topUp(c, b.natural(c, size), threshold)
}

// natural is what somebody buys without thinking of vouchers.
func (b *book) natural(c chance, size float64) fen {
	if len(b.sets) > 0 && c.yes(b.likes) {
		return one(c, b.sets) + fen(c.count(0.8))*one(c, b.extra)
	}
	sum := fen(0)
	for range 1 + c.count(max(0, c.skewed(size, 0.45)-1)) {
		sum += one(c, b.goods)
	}
	return sum
}

// topUp adds what lies at the till until the threshold is reached, or the shopkeeper writes it up kindly.
func (b *book) topUp(c chance, sum, threshold fen) fen {
	if c.yes(b.kind) {
		return threshold + one(c, []fen{0, 0, 0, 0, 10, 50, 80})
	}
	for threshold-sum > 40*yuan {
		sum += one(c, b.goods)
	}
	for sum < threshold {
		if c.yes(0.3) {
			sum += one(c, b.goods)
		} else {
			sum += one(c, b.extra)
		}
	}
	return b.letGo(sum, threshold)
}

// letGo lets the odd amount go, but never so that the voucher is lost.
func (b *book) letGo(sum, threshold fen) fen {
	if b.floor > 0 && sum/b.floor*b.floor >= threshold {
		return sum / b.floor * b.floor
	}
	return sum
}

// tank is a bill for petrol: a round amount, or litres times the price of the day.
func (w *county) tank(c chance, b *book, threshold fen, t int64) fen {
	if c.yes(b.round) {
		for range 8 {
			r := rounds[weighed(18, 8, 42, 7, 20, 3, 6, 4).draw(c)]
			if r >= threshold {
				return r
			}
		}
		return threshold
	}
	price := float64(w.litre+w.priceStep(t)) * one(c, []float64{1, 1, 1, 1.065, 0.955})
	for range 6 {
		if sum := fen(math.Round(c.skewed(31, 0.33) * price)); sum >= threshold {
			return sum
		}
	}
	if c.yes(0.5) {
		return threshold
	}
	return threshold + fen(c.gap(22)*100)
}

func (w *county) priceStep(t int64) fen {
	if t >= w.starts[0]+int64(w.litreDay)*day {
		return w.litreStep
	}
	return 0
}
