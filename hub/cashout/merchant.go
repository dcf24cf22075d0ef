package cashout

import (
	"strings"

	"hexiao/hub/voucher"
)

// merchant is what is kept of one merchant. Its size does not grow with its events.
type merchant struct {
	balance
	no    uint32 // from 1, in the order of coming
	name  string
	trade int
	town  *town
	shop  Shop

	redemptions int
	first       int64 // time of the first redemption
	last        moment
	gap         int64 // between the two newest redemptions, in seconds
	run         int   // length of the series that runs
	series      int   // neighbouring bills that look like one
	tills       [4]till
	perHour     [24]uint32
	night       int64 // the night, from noon to noon, of the newest redemption after hours
	nights      int   // on which there were such
	today       int64 // local day of the newest redemption
	count       int   // redemptions of that day
	bills       [12]bill
	billNo      int
	spots       [6]spot
	best        int         // the spot where terminals were most often
	settled     bool        // most often enough to be home
	homes       [24]cluster // where holders claimed
	sharers     few         // accounts that pay for several persons, by their occasions
	hasty       int         // redemptions of vouchers claimed on a phone that claimed for many, one upon the other
	helpers     few         // phones that claimed for several persons, by their occasions
	tierSeen    [3]uint32   // by class of tier
	tierBare    [3]uint32   // of these, at the threshold
	scatter     float64     // mean distance of fixes from home, in metres
	scattered   int
	atHome      bool // the newest fix was at home
	seenHome    bool
	beenAway    bool    // after it was seen at home
	awayAt      int64   // newest time away
	returns     int     // how often a terminal came home again
	alerted     int64   // local day of the newest alert
	toldScore   float64 // score of the newest alert
	shown       float64 // score of the newest line of any level
	evidence    [signals]trail
}

// moment is what is kept of a redemption to compare its neighbours with.
type moment struct {
	time   int64
	payer  uint64
	person uint64
	device uint64
	place  Place // where its voucher was claimed
	bare   bool  // the bill was at its threshold
}

// till is a terminal and when it last worked with a line.
type till struct {
	key    uint64
	online int64
}

type bill struct {
	amount voucher.Fen
	tier   uint64
}

func (d *Detector) merchant(name string) *merchant {
	m := d.known(name)
	if m == nil {
		m = &merchant{balance: newBalance(), no: uint32(len(d.order) + 1), name: strings.Clone(name), alerted: -1}
		d.merchants.Put(Hash(name), m)
		d.order = append(d.order, m)
	}
	return m
}

// known finds a merchant that was seen or declared; nil for another.
func (d *Detector) known(name string) *merchant {
	if d.asked != nil && d.asked.name == name {
		return d.asked
	}
	m, _ := d.merchants.Get(Hash(name))
	d.asked = m
	return m
}

// at finds the merchant of an event.
func (d *Detector) at(e *Event) *merchant {
	m := d.merchant(e.Merchant)
	m.trade = tradeNo(e.Trade)
	if m.town == nil || m.town.name != e.Town {
		t := d.towns[e.Town]
		if t == nil {
			t = &town{name: e.Town}
			d.towns[e.Town] = t
		}
		m.town = t
	}
	return m
}

// add keeps the event as the newest.
func (m *merchant) add(e *Event, t *tier, bare bool) {
	m.tierSeen[t.class]++
	if bare {
		m.tierBare[t.class]++
	}
	if m.redemptions == 0 {
		m.first = e.Time
	}
	m.redemptions++
	m.gap = e.Time - m.last.time
	if today := localDay(e.Time); today != m.today {
		m.today, m.count = today, 0
	}
	m.count++
	m.perHour[localHour(e.Time)]++
	m.bills[m.billNo%len(m.bills)] = bill{e.Bill, t.key}
	m.billNo++
	key := Hash(e.Terminal)
	m.last = moment{time: e.Time, payer: e.Payer, person: e.Person, device: e.Device, place: e.ClaimAt, bare: bare}
	if !e.Offline {
		m.worked(key, e.Time)
	}
	m.stood(e)
}

// worked notes that a terminal had a line.
func (m *merchant) worked(key uint64, at int64) {
	slot := 0
	for i := range m.tills {
		if m.tills[i].key == key {
			m.tills[i].online = max(m.tills[i].online, at)
			return
		}
		if m.tills[i].online < m.tills[slot].online {
			slot = i
		}
	}
	m.tills[slot] = till{key, at}
}

// rate is how many redemptions an hour the merchant has while it is open, as far as is known; a new one counts with three a day.
func (m *merchant) rate(now int64) float64 {
	return (float64(m.redemptions) + 3) / (float64(max(0, now-m.first))/day + 1) / 12
}

// town is a township or subdistrict.
type town struct {
	name string
	pace pace
	from Table[*origins] // where its customers come from, by cell
	came origins         // all of them
}

// pace is how fast redemptions come somewhere: in the last hour, and usually.
type pace struct {
	last  int64
	busy  float64 // redemptions of the last hour, fading
	first int64
	all   float64
}

func (p *pace) add(at int64) {
	if p.first == 0 {
		p.first, p.last = at, at
	}
	p.fade(at)
	p.busy++
	p.all++
}

func (p *pace) fade(at int64) {
	if at-p.last > 12*hour {
		p.busy, p.last = 0, at
	}
	for ; p.last+600 <= at; p.last += 600 {
		p.busy *= 0.85 // an hour's redemptions make about as many
	}
}

// factor is how much busier it is now than in a usual open hour; 1 while too little is known.
func (p *pace) factor(at int64) float64 {
	if p.all < 50 {
		return 1
	}
	p.fade(at)
	usual := p.all / (float64(max(0, at-p.first))/day + 0.5) / 12
	return (p.busy + 2) / (usual + 2)
}

// trail is what an explanation shows of one signal.
type trail struct {
	vouchers []string // the newest that spoke against the merchant
	next     int
}

// trailLength is how many vouchers are kept per signal and merchant.
const trailLength = 20

func (t *trail) add(voucher string) {
	if len(t.vouchers) < trailLength {
		t.vouchers = append(t.vouchers, voucher)
		return
	}
	t.vouchers[t.next] = voucher
	t.next = (t.next + 1) % trailLength
}

// few counts the names that come most often: a new one takes the place of the rarest (space saving).
type few struct {
	name  [6]uint64
	count [6]uint32
}

func (f *few) add(name uint64) {
	least := 0
	for i := range f.name {
		if f.name[i] == name {
			f.count[i]++
			return
		}
		if f.count[i] < f.count[least] {
			least = i
		}
	}
	f.name[least] = name
	f.count[least]++
}

// mostly tells whether one name, or two, make two thirds of all.
func (f *few) mostly(n int) bool {
	first, second, all := uint32(0), uint32(0), uint32(0)
	for _, c := range f.count {
		all += c
		switch {
		case c > first:
			first, second = c, first
		case c > second:
			second = c
		}
	}
	if n == 2 {
		first += second
	}
	return first > 0 && first*3 >= all*2
}

// has tells whether a name is among those that come most often.
func (f *few) has(name uint64) bool {
	for i := range f.name {
		if f.name[i] == name && f.count[i] > 0 {
			return name != 0
		}
	}
	return false
}

func (f *few) all() (n uint32) {
	for _, c := range f.count {
		n += c
	}
	return n
}
