package cashout

import "math"

// metres is the distance of two places, good enough within a county.
func metres(a, b Place) float64 {
	dy := (a.Lat - b.Lat) * 111320
	dx := (a.Lon - b.Lon) * 111320 * cosine(a.Lat*math.Pi/180)
	return math.Sqrt(dx*dx + dy*dy)
}

// cosine is math.Cos between a quarter turn before and behind, to seven digits in a third of its time: a redemption asks
// for a dozen distances. (Series of Taylor to the tenth power.)
func cosine(x float64) float64 {
	x *= x
	return 1 - x/2*(1-x/12*(1-x/30*(1-x/56*(1-x/90))))
}

// spot is a place where a merchant's terminals were.
type spot struct {
	at    Place // mean
	count int
	today int64 // local day of its newest fix
	days  int   // days on which one was there
}

// spotWidth is how far from a spot a fix belongs to it, in metres: rough fixes are off by hundreds.
const spotWidth = 250

// home is where the merchant is: as registered, else where its terminals were most often.
func (m *merchant) home() (Place, bool) {
	if m.shop.Place.Known() {
		return m.shop.Place, true
	}
	return m.spots[m.best].at, m.settled
}

// settle finds the spot where the terminals were most often.
func (m *merchant) settle() {
	best, all := 0, 0
	for i := range m.spots {
		all += m.spots[i].count
		if m.spots[i].count > m.spots[best].count {
			best = i
		}
	}
	m.best, m.settled = best, all >= 5 && m.spots[best].count*2 > all
}

// placeMark looks how far from home the terminal was, and whether it goes back and forth. Who was never seen at home has a
// wrong address, who left it for good has moved, who is at many places sells from a van.
func (m *merchant) placeMark(e *Event) int8 {
	if !e.Fix.Known() {
		return silent
	}
	home, sure := m.home()
	if !sure {
		return silent
	}
	off := metres(home, e.Fix)
	switch {
	case off <= max(350, 4*m.scatter):
		return 0
	case off <= 900:
		return 1
	}
	switch where := m.spotNear(e.Fix, spotWidth); {
	case where < 0 || m.spots[where].count < 2:
		return 2
	case m.roams(home):
		return 3
	}
	return 4
}

// roams tells whether the terminals were at several places beside home.
func (m *merchant) roams(home Place) bool {
	away := 0
	for i := range m.spots {
		if s := &m.spots[i]; s.count >= 2 && metres(s.at, home) > 350 {
			away++
		}
	}
	return away >= 3
}

// cameBack tells whether a terminal was at one place beside home on several days.
func (m *merchant) cameBack(home Place) bool {
	for i := range m.spots {
		if s := &m.spots[i]; s.days >= 2 && metres(s.at, home) > 900 {
			return true
		}
	}
	return false
}

func (m *merchant) spotNear(p Place, width float64) int {
	for i := range m.spots {
		if s := &m.spots[i]; s.count > 0 && metres(s.at, p) <= width {
			return i
		}
	}
	return -1
}

// stood remembers where the terminal was.
func (m *merchant) stood(e *Event) {
	if !e.Fix.Known() {
		return
	}
	m.cameHome(e)
	if i := m.spotNear(e.Fix, spotWidth); i >= 0 {
		m.spots[i].add(e)
	} else {
		m.newSpot(e)
	}
	m.settle()
}

func (s *spot) add(e *Event) {
	s.count++
	if today := localDay(e.Time); today != s.today {
		s.today = today
		s.days++
	}
	w := 1 / float64(s.count)
	s.at.Lat += (e.Fix.Lat - s.at.Lat) * w
	s.at.Lon += (e.Fix.Lon - s.at.Lon) * w
}

// newSpot takes the place of the rarest, or makes it rarer.
func (m *merchant) newSpot(e *Event) {
	least := 0
	for i := range m.spots {
		if m.spots[i].count < m.spots[least].count {
			least = i
		}
	}
	if m.spots[least].count <= 1 {
		m.spots[least] = spot{e.Fix, 1, localDay(e.Time), 1}
	} else {
		m.spots[least].count--
	}
}

// cameHome notes whether the terminal is at home, how far fixes there scatter, and when it comes back.
func (m *merchant) cameHome(e *Event) {
	home, sure := m.home()
	if !sure {
		return
	}
	off := metres(home, e.Fix)
	if off < 900 {
		m.scattered = min(m.scattered+1, 50)
		m.scatter += (off - m.scatter) / float64(m.scattered)
	}
	near := off <= max(350, 4*m.scatter)
	if near && !m.atHome && m.beenAway && e.Time > m.awayAt {
		m.returns++
	}
	if off > 900 && !near {
		m.awayAt = max(m.awayAt, e.Time)
	}
	if near || off > 900 {
		m.atHome = near
		m.beenAway = m.beenAway || !near && m.seenHome
		m.seenHome = m.seenHome || near
	}
}

// catchments knows where the customers of each town come from, on a grid of about 2.5 km: from where holders come to a
// town's shops, against from where they come to any shop around.
type catchments struct {
	cells   Table[*cell]
	regions map[uint64]*region // by half degree
	asked   *cell              // that was asked for last
}

// cell counts the redemptions of holders who claimed there.
type cell struct {
	key    uint64
	all    float32
	region *region
}

// region counts the redemptions of holders who claimed in a field of half a degree.
type region struct {
	all    float32
	around [9]*region // itself and its neighbours
}

// origins counts where the customers of a town come from: by trade, and last of any.
type origins [len(trades) + 1]float32

func newCatchments() catchments {
	return catchments{regions: map[uint64]*region{}}
}

// grid gives the numbers of a field on a grid of so many degrees; a place off the globe lands at its edge.
func grid(p Place, size float64) (y, x int64) {
	return int64(min(max(p.Lat+90, 0), 180) / size), int64(min(max(p.Lon+180, 0), 360) / size)
}

func cellOf(p Place) uint64 { return fieldNo(grid(p, 0.025)) }

func fieldNo(y, x int64) uint64 { return 1<<60 | uint64(y)<<20 | uint64(x)&(1<<20-1) } // never 0

func (c *catchments) cell(p Place) *cell {
	key := cellOf(p)
	if c.asked != nil && c.asked.key == key {
		return c.asked
	}
	at, known := c.cells.Get(key)
	if !known {
		at = &cell{key: key, region: c.region(grid(p, 0.5))}
		c.cells.Put(key, at)
	}
	c.asked = at
	return at
}

// region finds a region, and makes it known to its neighbours.
func (c *catchments) region(y, x int64) *region {
	key := fieldNo(y, x)
	if r := c.regions[key]; r != nil {
		return r
	}
	r := &region{}
	c.regions[key] = r
	for i := range int64(9) {
		if n := c.regions[fieldNo(y+i/3-1, x+i%3-1)]; n != nil {
			r.around[i], n.around[8-i] = n, r
		}
	}
	return r
}

// near is how many redemptions came from the half degrees about a place.
func (r *region) near() (n float32) {
	for _, x := range r.around {
		if x != nil {
			n += x.all
		}
	}
	return n
}

func (c *catchments) add(e *Event, m *merchant, trusted bool) {
	if !e.ClaimAt.Known() {
		return
	}
	at := c.cell(e.ClaimAt)
	at.all++
	at.region.all++
	if !trusted {
		return
	}
	from, known := m.town.from.Get(at.key)
	if !known {
		from = &origins{}
		m.town.from.Put(at.key, from)
	}
	for _, o := range []*origins{from, &m.town.came} {
		o[m.trade]++
		o[len(trades)]++
	}
}

// share is how many of a town's customers come from a cell: those of the merchant's trade, as far as there are enough of
// them, else those of any; nobody seen yet counts as coming from anywhere.
func (t *town) share(trade int, key uint64, base float64) float64 {
	const smooth = 12
	var from origins
	if f, known := t.from.Get(key); known {
		from = *f
	}
	anybody := (float64(from[len(trades)]) + smooth*base) / (float64(t.came[len(trades)]) + smooth)
	return (float64(from[trade]) + 3*smooth*anybody) / (float64(t.came[trade]) + 3*smooth)
}

// catchmentMark compares how often holders from there come to this town with how often they come to any.
func (d *Detector) catchmentMark(e *Event, m *merchant) int8 {
	if !e.ClaimAt.Known() || m.run >= 2 { // who come together come from one place: that is one oddity
		return silent
	}
	where, known := m.home()
	if !known && m.redemptions > 0 && m.spots[0].count > 0 {
		where, known = m.spots[0].at, true
	}
	if known && metres(where, e.ClaimAt) > 100_000 {
		return 4
	}
	at := d.catch.cell(e.ClaimAt)
	region := float64(at.region.near())
	if m.town.came[len(trades)] < 30 || region < 300 {
		return silent
	}
	base := (float64(at.all) + 0.5) / (region + 50)
	switch r := m.town.share(m.trade, at.key, base) / base; {
	case r < 0.2:
		return 3
	case r < 0.5:
		return 2
	case r < 1.5:
		return 1
	}
	return 0
}

// visit is a person's newest redemption.
type visit struct {
	time     uint32
	merchant uint32
}

func (d *Detector) visited(e *Event, m *merchant) {
	if e.Person != 0 {
		d.persons.put(e.Person, visit{uint32(e.Time), m.no})
	}
}

// travelMark looks whether one person can have been at both places.
func (d *Detector) travelMark(e *Event, m *merchant) int8 {
	v, known := d.persons.get(e.Person)
	if e.Person == 0 || !known || v.merchant == m.no {
		return silent
	}
	there, sureThere := d.order[v.merchant-1].home()
	here, sureHere := m.home()
	if !sureThere || !sureHere {
		return silent
	}
	way, took := metres(there, here), math.Abs(float64(e.Time)-float64(v.time))
	if took > 2*hour {
		return 0
	}
	switch speed := max(0, way-600) / (took + 60); {
	case speed > 33: // 120 km/h along the air line
		return 2
	case speed > 17:
		return 1
	}
	return 0
}
