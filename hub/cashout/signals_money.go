package cashout

import "hexiao/hub/voucher"

// account is what is kept of an account that paid for one person only: most do. Persons and merchants as fingerprints.
type account struct {
	person   uint32
	merchant uint32
	last     uint32 // seconds since 1970, of its newest payment
	crowd    bool   // more is in crowds
}

// crowd is an account that paid for several persons.
type crowd struct {
	persons uint16 // as far as told apart
	old     bool   // not touched since the shelves turned
	last    uint32
	newest  [10]payment
}

// payment is a person whom an account paid for, at which merchant, and whether on an occasion of its own.
type payment struct {
	person, merchant uint32
	again            bool
}

// occasion is how far apart payments of one account must lie to be two matters, in seconds: a feast, a works outing or a
// family's shopping is one. (GAO-14-641 counts benefit periods and not events, for the same reason.)
const occasion = 2 * hour

// oneOccasion tells whether two times are of one occasion, whichever came first: late uploads come behind later ones.
func oneOccasion(a, b uint32) bool { return max(a, b)-min(a, b) < occasion }

func (c *crowd) has(person uint32) bool {
	for i := range min(int(c.persons), len(c.newest)) {
		if c.newest[i].person == person {
			return true
		}
	}
	return false
}

func (c *crowd) add(p payment, at uint32) {
	c.newest[int(c.persons)%len(c.newest)] = p
	c.last = at
	if c.persons < 60000 {
		c.persons++
	}
}

// here counts the occasions at one merchant, the merchants, and the persons at others than where it paid most.
func (c *crowd) here(merchant uint32) (occasions, merchants, elsewhere int) {
	var at [10]uint32
	var count [10]int
	n, most := min(int(c.persons), len(c.newest)), 0
	for _, p := range c.newest[:n] {
		if p.merchant == merchant && p.again {
			occasions++
		}
		k := 0
		for k < merchants && at[k] != p.merchant {
			k++
		}
		if k == merchants {
			at[k] = p.merchant
			merchants++
		}
		count[k]++
		most = max(most, count[k])
	}
	return occasions, merchants, n - most
}

// account finds what is known of an account.
func (d *Detector) account(key uint64) (account, bool) {
	a, known := d.accounts.get(key)
	return a, known && (!a.crowd || d.crowds[key] != nil)
}

// payerMarks looks on how many occasions the account has paid for other persons, here and in the county. Families share
// accounts: two or three persons are common (cashout/README.md: 10 % of payments). What one account alone does is a
// matter of its own, see excused.
func (d *Detector) payerMarks(e *Event, m *merchant) (payer, ring int8) {
	if e.Payer == 0 {
		return silent, silent
	}
	a, known := d.account(e.Payer)
	person := uint32(e.Person)
	switch {
	case !known:
		return 0, silent
	case !a.crowd && a.person == person:
		return silent, silent
	case !a.crowd && a.merchant != m.no:
		return 0, 0
	case !a.crowd && oneOccasion(uint32(e.Time), a.last):
		return 1, silent
	case !a.crowd:
		return 2, silent
	}
	c := d.crowds[e.Payer]
	if c.has(person) {
		return silent, silent
	}
	occasions, merchants, elsewhere := c.here(m.no)
	ring = silent
	if merchants >= 2 && c.persons >= 4 {
		ring = int8(grade(elsewhere, 2, 3, 4))
	}
	if occasions == 0 && merchants == 1 || oneOccasion(uint32(e.Time), c.last) {
		return 1, ring
	}
	return int8(2 + grade(occasions, 1, 3)), ring
}

// grade tells between which limits a number lies: how many of them it has reached.
func grade(n int, limits ...int) (g int) {
	for _, l := range limits {
		if n >= l {
			g++
		}
	}
	return g
}

// paid remembers who paid for whom.
func (d *Detector) paid(e *Event, m *merchant) {
	if e.Payer == 0 {
		return
	}
	a, known := d.account(e.Payer)
	person, at := uint32(e.Person), uint32(e.Time)
	switch {
	case !known:
		d.accounts.put(e.Payer, account{person: person, merchant: m.no, last: at})
	case !a.crowd && a.person == person:
		a.last = at
		d.accounts.put(e.Payer, a)
	case !a.crowd:
		c := &crowd{}
		c.add(payment{a.person, a.merchant, false}, a.last)
		again := a.merchant == m.no && !oneOccasion(at, a.last)
		c.add(payment{person, m.no, again}, at)
		if again {
			m.sharers.add(e.Payer)
		}
		d.crowds[e.Payer] = c
		d.accounts.put(e.Payer, account{crowd: true})
	default:
		d.paidAgain(d.crowds[e.Payer], e, m)
	}
}

func (d *Detector) paidAgain(c *crowd, e *Event, m *merchant) {
	person, at := uint32(e.Person), uint32(e.Time)
	c.old = false
	if c.has(person) {
		c.last = at
		return
	}
	before := false
	for i := range min(int(c.persons), len(c.newest)) {
		before = before || c.newest[i].merchant == m.no
	}
	again := before && !oneOccasion(at, c.last)
	c.add(payment{person, m.no, again}, at)
	if again {
		m.sharers.add(e.Payer)
	}
}

// forgetCrowds drops the crowds that nobody touched between two turns.
func (d *Detector) forgetCrowds() {
	for key, c := range d.crowds {
		if c.old {
			delete(d.crowds, key)
		}
		c.old = true
	}
}

// tier is what is known of a tier.
type tier struct {
	name      string
	key       uint64
	threshold voucher.Fen // from the campaign, 0 when it does not say
	least     voucher.Fen // smallest bill
	bills     int
	class     int8 // 0 low, 1 middle, 2 high of its trade
}

func (d *Detector) tierOf(e *Event) *tier {
	if d.newest != nil && d.newest.name == e.Tier {
		return d.newest
	}
	t := d.tiers[e.Tier]
	if t == nil {
		t = &tier{name: e.Tier, key: Hash(e.Tier), threshold: d.threshold[e.Tier]}
		switch {
		case e.Face >= 5000:
			t.class = 2
		case e.Face >= 2000:
			t.class = 1
		}
		d.tiers[e.Tier] = t
	}
	d.newest = t
	return t
}

func (t *tier) add(b voucher.Fen) {
	if t.bills == 0 || b < t.least {
		t.least = b
	}
	t.bills++
}

// from is the bill from which the tier's vouchers may be used; 0 while that is not known.
func (t *tier) from() voucher.Fen {
	switch {
	case t.threshold > 0:
		return t.threshold
	case t.bills < 50:
		return 0
	}
	return t.least
}

// thresholdMark says how close the bill is to the threshold. A shop whose bills are at the threshold of one tier only
// has a dish or a set at that price; who writes bills up does it for every voucher.
func (m *merchant) thresholdMark(e *Event, t *tier) int8 {
	from := t.from()
	if from == 0 || e.Bill < from {
		return silent
	}
	mark := nearness(e.Bill, from)
	if mark >= 2 && m.oneTier(t.class) {
		return silent
	}
	return mark
}

func nearness(bill, from voucher.Fen) int8 {
	switch over := bill - from; {
	case over == 0:
		return 4
	case over*100 <= from:
		return 3
	case over*100 <= 3*from:
		return 2
	case over*10 <= from:
		return 1
	}
	return 0
}

// oneTier tells whether bills are at the threshold in this tier only, as far as there are enough of others.
func (m *merchant) oneTier(class int8) bool {
	if own := m.bareRate(class); m.tierSeen[class] < 6 || own <= 0.5 {
		return false
	}
	others := false
	for c := range m.tierSeen {
		if int8(c) == class || m.tierSeen[c] < 6 {
			continue
		}
		if m.bareRate(int8(c)) > 0.4 {
			return false
		}
		others = true
	}
	return others
}

// bareRate is how many of the bills of a class of tiers are at the threshold.
func (m *merchant) bareRate(class int8) float64 {
	return float64(m.tierBare[class]) / float64(max(1, m.tierSeen[class]))
}

// splitMark looks whether this bill and the one before are one bill rung up twice: at once one after the other, paid by
// one account, or both just at their thresholds.
func (m *merchant) splitMark(e *Event, t *tier) int8 {
	near := m.redemptions > 0 && e.Time-m.last.time <= 100 && e.Time >= m.last.time && e.Person != m.last.person && (e.Device == 0 || e.Device != m.last.device)
	if !near {
		m.series = 0
		return 0
	}
	one := e.Payer != 0 && e.Payer == m.last.payer
	bare := t.bare(e.Bill) && m.last.bare
	switch {
	case m.run > 8: // so many at once are a crowd and not one bill
		return 0
	case bare:
		m.series++
	case one:
		return 2
	default:
		m.series = 0
		return 1
	}
	if m.series >= 2 || one && !m.sharers.mostly(1) {
		return 4
	}
	return 3
}

// bare tells whether a bill is within 2 % of its threshold.
func (t *tier) bare(b voucher.Fen) bool {
	from := t.from()
	return from > 0 && (b-from)*50 <= from
}

// repeatMark looks whether the same bill was written before, in the same tier, and is not a number that people ask for.
func (m *merchant) repeatMark(e *Event, t *tier) int8 {
	from := t.from()
	if e.Bill%1000 == 0 || from > 0 && (e.Bill-from)*100 <= from {
		return silent
	}
	same := 0
	for _, b := range m.bills {
		if b.amount == e.Bill && b.tier == t.key {
			same++
		}
	}
	return int8(min(same, 2))
}
