package rehearsal

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"slices"
	"time"

	"hexiao/hub/voucher"
)

// The whole county: the seed's campaign as Lushan County published it (2023-11-29), with its 46,000 vouchers, through
// both phases, at as many merchants as are asked for. A play of one seed without --days is a small campaign of its own.

// countyCampaign is packaging/hexiao-hub/lushan.toml; a test holds the two together. Of fewer than 14 days each phase has
// half, and begins when it did.
func countyCampaign(days int) voucher.Campaign {
	first := time.Date(2023, 12, 11, 0, 0, 0, 0, beijing)
	second := first.AddDate(0, 0, 14)
	g := voucher.Campaign{ID: "lushan-2023-winter", Number: 1, Zone: "Asia/Shanghai",
		Name:   voucher.Text{Zh: "鲁山县“冬日送暖”消费券", En: "Lushan County Winter Warmth vouchers"},
		Area:   voucher.Area{Code: "410423", Name: voucher.Text{Zh: "鲁山县", En: "Lushan County"}},
		Budget: 1_000_000 * yuan, StockAt: voucher.AtClaim, Person: voucher.PerTradeAndPhase,
		Offline: voucher.Offline{Bears: voucher.MerchantBears, Count: 100, Sum: 2500 * yuan, Face: 50 * yuan, Age: 24 * time.Hour, Patience: 1500 * time.Millisecond},
		Phases: []voucher.Phase{{No: 1, Start: first, End: first.AddDate(0, 0, (days+1)/2), Budget: 700_000 * yuan},
			{No: 2, Start: second, End: second.AddDate(0, 0, max(1, days/2)), Budget: 300_000 * yuan}},
	}
	for i, t := range []struct {
		trade           voucher.Trade
		face, threshold voucher.Fen
		one, two        uint32
	}{
		{voucher.Supermarket, 10, 50, 3500, 1500}, {voucher.Supermarket, 20, 100, 7000, 3000}, {voucher.Supermarket, 50, 200, 3500, 1500},
		{voucher.Dining, 10, 50, 3000, 1000}, {voucher.Dining, 20, 100, 2000, 1000}, {voucher.Dining, 50, 200, 1400, 600},
		{voucher.Fuel, 10, 100, 3000, 1000}, {voucher.Fuel, 20, 200, 9000, 4000},
	} {
		g.Tiers = append(g.Tiers, voucher.Tier{No: voucher.TierNo(i + 1), ID: voucher.TierID(fmt.Sprintf("%s-%d", t.trade, t.face)), Trade: t.trade,
			Face: t.face * yuan, Threshold: t.threshold * yuan, Stock: []uint32{t.one, t.two}})
	}
	return g
}

// drawCounty draws who takes part in the county and who comes when.
func drawCounty(seed uint64, days, merchants int, owners bool) *scene {
	c := stream(seed, "county")
	s := &scene{campaign: countyCampaign(days), county: true, silent: 2 * time.Hour, longest: 6 * time.Hour}
	s.start = s.campaign.Phases[0].Start.Add(-24 * time.Hour)
	s.span = s.campaign.Phases[1].End.Add(12 * time.Hour).Sub(s.start)
	s.crowd = 1 + merchants/20
	s.hubKey = ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize))
	s.issuing = ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize))
	s.ratchet = c.read(32)
	s.payers = []byte("the county's key of payers")
	s.drawShops(c, merchants)
	s.drawClaims(c)
	s.drawShopping(stream(seed, "shopping"))
	if owners {
		s.drawOwners(stream(seed, "owners"))
	}
	return s
}

// drawShops: supermarkets, restaurants and petrol stations as 12 to 7 to 1; every tenth has two tills. The first of each trade
// are there in any county.
func (s *scene) drawShops(c chance, merchants int) {
	trades := []voucher.Trade{voucher.Supermarket, voucher.Dining, voucher.Fuel}
	for i := range max(3, merchants) {
		trade := trades[i%3]
		if i >= 3 {
			trade = pick(c, append(slices.Repeat(trades[:1], 12), append(slices.Repeat(trades[1:2], 7), voucher.Fuel)...)...)
		}
		m := voucher.Merchant{Code: voucher.MerchantID(fmt.Sprintf("M%04d", i+1)), Name: fmt.Sprintf("商户 %d", i+1), Trade: trade, Township: "鲁阳街道", Status: voucher.MerchantActive}
		s.merchants = append(s.merchants, m)
		for n := 0; n == 0 || n == 1 && c.in(10); n++ {
			s.seats = append(s.seats, seat{merchant: m.Code, device: ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize)), token: c.read(20)})
		}
	}
}

// drawClaims draws the vouchers and when they are claimed: first come, first served, most of them on the first day. A few
// people try to have a second one of the same trade.
func (s *scene) drawClaims(c chance) {
	people := make([][]byte, 16_000)
	for i := range people {
		people[i] = c.read(32)
	}
	low := map[uint32]bool{}
	for _, p := range s.campaign.Phases {
		for _, trade := range []voucher.Trade{voucher.Supermarket, voucher.Dining, voucher.Fuel} {
			next := c.Perm(len(people))
			for _, t := range s.campaign.Tiers {
				if t.Trade != trade {
					continue
				}
				for n := range t.Stock[p.No-1] {
					who := people[next[0]]
					if next = next[1:]; n > 0 && c.in(1) {
						who = s.notes[len(s.notes)-1].person
					}
					s.drawClaim(c, p, t, who, low)
				}
			}
		}
	}
}

// drawClaim draws one voucher. The low halves of the serials lie close together: each of 460 tills holds the set of those that
// were used, which spread over 32 bits takes a hundred bytes for each, 2 GB in all.
func (s *scene) drawClaim(c chance, p voucher.Phase, t voucher.Tier, who []byte, low map[uint32]bool) {
	draw := func() uint64 { return c.Uint64()&^(1<<32-1) | c.Uint64N(1<<18) }
	serial := draw()
	for low[uint32(serial)] {
		serial = draw()
	}
	low[uint32(serial)] = true
	n := &note{person: who, claimed: p.Start.Sub(s.start) + c.span(time.Minute, min(p.End.Sub(p.Start)*6/7, 48*time.Hour))}
	body := voucher.Body{Key: 1, Campaign: s.campaign.Number, Phase: p.No, Tier: t.No, Serial: voucher.Serial(serial)}
	copy(body.Holder[:], who)
	n.code = voucher.Sign(body, s.issuing)
	n.text = n.code.Text()
	s.notes = append(s.notes, n)
}

// drawShopping: nine vouchers of ten are used, between their claim and the end of their phase, while shops are open; some are
// shown a second time, some bills are too small, and some of what is shown is no voucher.
func (s *scene) drawShopping(c chance) {
	byTrade := map[voucher.Trade][]int{}
	for i, x := range s.seats {
		t := s.trade(x.merchant)
		byTrade[t] = append(byTrade[t], i)
	}
	for _, n := range s.notes {
		if !c.in(90) {
			continue
		}
		p, _ := s.campaign.Phase(n.code.Body.Phase)
		t, _ := s.campaign.Tier(n.code.Body.Tier)
		v := visit{note: n, text: n.text, seat: pick(c, byTrade[t.Trade]...), pos: c.in(60), at: s.openHour(c, n.claimed, p.End.Sub(s.start))}
		v.bill = t.Threshold + voucher.Fen(c.IntN(5000))
		switch {
		case c.in(2):
			v.bill = t.Threshold - voucher.Fen(pick(c, 1, c.between(1, 500)))
		case c.in(1):
			v.text, v.note = s.strange(c), nil
		case c.in(2):
			v.void = c.span(10*time.Second, time.Hour)
		}
		v.again = v.pos && c.in(2)
		s.visits = append(s.visits, v)
		if c.in(2) { // a copy of the picture, at another shop
			v.at, v.seat = v.at+c.span(time.Minute, 8*time.Hour), pick(c, byTrade[t.Trade]...)
			s.visits = append(s.visits, v)
		}
	}
	slices.SortStableFunc(s.visits, func(a, b visit) int { return int(a.at - b.at) })
}

// openHour draws an instant between two, while shops are open: from eight to ten, the more the earlier.
func (s *scene) openHour(c chance, from, to time.Duration) time.Duration {
	at := from
	for range 8 {
		at = min(from+c.span(10*time.Minute, max(20*time.Minute, to-from)), to+time.Hour)
		if h := s.start.Add(at).Hour(); h >= 8 && h < 22 {
			break
		}
	}
	return at
}

// nights switches every till off when its shop closes, and on again in the morning.
func (w *world) nights() {
	c := stream(w.seed, "nights")
	for day := 22 * time.Hour; day < w.scene.span; day += 24 * time.Hour {
		for _, m := range w.tills {
			w.queue.at(day+c.span(time.Minute, time.Hour), func() {
				if m.on && !w.calm {
					m.stop(false)
					m.again(9*time.Hour + m.c.span(time.Minute, time.Hour))
				}
			})
		}
	}
}

// County is what a county's campaign came to, to the fen.
type County struct {
	Budget    voucher.Fen    `json:"budget_fen"`
	Pools     []CountyPool   `json:"pools"`
	Redeemed  voucher.Fen    `json:"redeemed_fen"` // what merchants are owed
	Unused    voucher.Fen    `json:"unused_fen"`   // of vouchers that nobody claimed or used, and of what a case refused
	Open      voucher.Fen    `json:"open_fen"`     // of what is neither; 0 when everything is decided
	Merchants int            `json:"merchants"`    // that are owed something
	Largest   voucher.Fen    `json:"largest_fen"`  // that one of them is owed
	Cases     map[string]int `json:"cases"`        // by kind and verdict
	Cashout   Found          `json:"cashout"`
}

// CountyPool is one pool at the end.
type CountyPool struct {
	Phase    voucher.PhaseNo `json:"phase"`
	Tier     voucher.TierID  `json:"tier"`
	Stock    int64           `json:"stock"`
	Issued   int64           `json:"issued"`
	Redeemed int64           `json:"redeemed"`
	Unused   int64           `json:"unused"` // free, or with people who did not come
	Other    int64           `json:"other"`  // leased, disputed, written off
	Sum      voucher.Fen     `json:"redeemed_fen"`
}

// sums adds the county up out of the tally, once by pools and once by merchants: both must come to the same (G13).
func (w *world) sums() *County {
	t := w.audit.tally
	if t.campaign == nil {
		return nil
	}
	k := &County{Budget: t.campaign.Budget, Cases: map[string]int{}}
	for _, p := range t.pools {
		if *p == (stock{phase: p.phase, tier: p.tier}) {
			continue // of a phase that a crook has made up
		}
		tier := t.tier(p.tier)
		x := CountyPool{Phase: p.phase, Tier: tier.ID, Stock: p.stock, Issued: p.issued, Redeemed: p.redeemed, Unused: p.free + p.outstanding,
			Other: p.leased + p.disputed + p.writtenOff, Sum: tier.Face * voucher.Fen(p.redeemed)}
		k.Pools = append(k.Pools, x)
		k.Redeemed += x.Sum
		k.Unused += tier.Face * voucher.Fen(x.Unused)
		k.Open += tier.Face * voucher.Fen(x.Other)
	}
	var sum voucher.Fen
	for _, m := range w.scene.merchants {
		fen := t.owed[m.Code]
		if sum += fen; fen > 0 {
			k.Merchants++
		}
		k.Largest = max(k.Largest, fen)
	}
	if k.Budget != k.Redeemed+k.Unused+k.Open+t.campaign.Offline.Reserve || k.Redeemed != t.redeemed || sum != t.redeemed {
		w.fail("G13", "of %d fen %d are redeemed (%d by merchants, %d by entries), %d unused, %d open", k.Budget, k.Redeemed, sum, t.redeemed, k.Unused, k.Open)
	}
	for _, m := range t.cases {
		if m != nil && m.ruling != nil {
			k.Cases[string(m.Kind)+" "+string(m.ruling.Verdict)]++
		} else if m != nil {
			k.Cases[string(m.Kind)+" open"]++
		}
	}
	return k
}

// print writes it as a table, in yuan with two decimals.
func (k *County) print(out io.Writer) {
	fmt.Fprintf(out, "%-6s %-15s %7s %7s %9s %7s %6s %12s\n", "phase", "tier", "stock", "issued", "redeemed", "unused", "other", "yuan")
	for _, p := range k.Pools {
		fmt.Fprintf(out, "%-6d %-15s %7d %7d %9d %7d %6d %12s\n", p.Phase, p.Tier, p.Stock, p.Issued, p.Redeemed, p.Unused, p.Other, p.Sum)
	}
	fmt.Fprintf(out, "budget %s yuan = redeemed %s + unused %s + open %s\n", k.Budget, k.Redeemed, k.Unused, k.Open)
	fmt.Fprintf(out, "%d merchants are owed it, one of them %s\n", k.Merchants, k.Largest)
	fmt.Fprint(out, "cases:")
	for _, what := range sortedKeys(k.Cases) {
		fmt.Fprintf(out, " %s %d", what, k.Cases[what])
	}
	fmt.Fprintln(out)
	if k.Cashout.Owners == 0 {
		return
	}
	fmt.Fprintf(out, "cash-out: %d shops turn vouchers into cash (%d redemptions), %d of them are found; %d honest ones are suspected\n",
		k.Cashout.Owners, k.Cashout.False, k.Cashout.Found, k.Cashout.Accused)
}
