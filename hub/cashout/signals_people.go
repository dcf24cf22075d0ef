package cashout

// phone is what is kept of a phone that claimed.
type phone struct {
	persons uint16 // claims of other persons than the one before
	quick   uint16 // of these, within a minute of the claim before
	last    uint32 // time of the newest claim
	person  uint32
	shop    uint32 // merchant that has taken most of its vouchers lately
	here    uint16 // on how many occasions
	spent   uint32 // when one was spent there last
}

// claimedOn notes a claim with its phone.
func (d *Detector) claimedOn(e *Event) {
	if e.Device == 0 {
		return
	}
	p, _ := d.phones.get(e.Device)
	if person := uint32(e.Person); person != p.person {
		if p.persons > 0 && e.Time-int64(p.last) < 60 {
			p.quick++
		}
		p.persons++
		p.person = person
	}
	p.last = uint32(e.Time)
	d.phones.put(e.Device, p)
}

// hasty tells whether most of its claims came one upon the other: nobody who helps people in person is so fast.
func (p *phone) hasty() bool { return p.persons >= 4 && int(p.quick)*4 >= 3*(int(p.persons)-1) }

// spentOf notes with its phone where a voucher was spent.
func (d *Detector) spentOf(e *Event, m *merchant) {
	if e.Device == 0 {
		return
	}
	p, known := d.phones.get(e.Device)
	if !known {
		return
	}
	if p.hasty() {
		m.hasty++
	}
	at := uint32(e.Time)
	switch {
	case p.shop == m.no && oneOccasion(at, p.spent):
	case p.shop == m.no:
		p.here++
	case p.here <= 1:
		p.shop, p.here = m.no, 1
	default:
		p.here--
	}
	if p.shop == m.no {
		p.spent = at
		if p.here >= 2 && (p.persons >= 4 || p.quick >= 2) { // fewer are a family
			m.helpers.add(e.Device)
		}
	}
	d.phones.put(e.Device, p)
}

// phoneMark says for how many persons the voucher's phone has claimed, how fast, and whether they are spent here again and
// again. One phone alone, without haste, or on one occasion, is a helper and those he takes along.
func phoneMark(e *Event, m *merchant, p phone, known bool) int8 {
	if e.Device == 0 {
		return silent
	}
	here := p.shop == m.no
	switch {
	case !known:
		return silent
	case p.persons <= 2:
		return 0
	case p.persons <= 4 && !(here && p.here >= 2):
		return 1
	case here && oneOccasion(uint32(e.Time), p.spent):
		return 2
	case !here || p.here < 2 && !p.hasty():
		return 3
	case p.hasty():
		return 5
	}
	return 4
}

// claimedAt counts a claim with its spot of about a hundred metres.
func (d *Detector) claimedAt(e *Event) {
	if !e.ClaimAt.Known() {
		return
	}
	key := spotKey(e.ClaimAt)
	n, _ := d.spots.get(key)
	d.spots.put(key, min(n+1, 60000))
}

func spotKey(p Place) uint64 {
	y, x := grid(p, 0.001)
	return uint64(y)<<32 | uint64(x)
}

// cluster counts holders of one merchant that claimed at one spot.
type cluster struct {
	spot  uint64
	count uint32
}

// cameFrom notes where the holder claimed: the spots that come most often stay (space saving).
func (m *merchant) cameFrom(e *Event) {
	if !e.ClaimAt.Known() {
		return
	}
	key, least := spotKey(e.ClaimAt), 0
	for i := range m.homes {
		if m.homes[i].spot == key {
			m.homes[i].count++
			return
		}
		if m.homes[i].count < m.homes[least].count {
			least = i
		}
	}
	if m.homes[least].count > 1 && m.redemptions%4 != 0 {
		return
	}
	m.homes[least] = cluster{key, 1}
}

// spotMark looks how many holders of this merchant claimed where this one did, if most who claimed there come here. Those
// who claim beside the shop are its neighbours, or stand in its queue.
func (d *Detector) spotMark(e *Event, m *merchant, p phone) int8 {
	if !e.ClaimAt.Known() || p.persons > 2 { // claims on one phone are a matter of its own
		return silent
	}
	if home, sure := m.home(); sure && metres(home, e.ClaimAt) < 300 {
		return silent
	}
	key, here := spotKey(e.ClaimAt), 0
	for i := range m.homes {
		if m.homes[i].spot == key {
			here = int(m.homes[i].count)
		}
	}
	all, _ := d.spots.get(key)
	if here*3 < int(all) {
		return 0
	}
	return int8(grade(here, 3, 6, 12))
}
