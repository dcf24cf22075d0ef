package cashout

// busy is how much busier the shop's town or its trade is than in a usual hour.
func (d *Detector) busy(e *Event, m *merchant) float64 {
	return max(m.town.pace.factor(e.Time), d.pace[m.trade].factor(e.Time))
}

// burstMarks looks whether the redemption continues a series that is closer together than this shop's trade and its
// town's hour explain, and whether it comes as regularly as a clock. Members of one household count as one.
func (m *merchant) burstMarks(e *Event, busy float64) (burst, pace int8) {
	gap := e.Time - m.last.time
	if m.redemptions == 0 || gap < 0 {
		m.run = 0
		return 0, silent
	}
	pace = paceMark(gap, m.gap)
	if m.household(e) {
		return silent, pace
	}
	rate := m.rate(e.Time) * max(0.5, busy)
	if gap > 300 || rate*float64(gap)/hour > 0.08 {
		m.run = 0
		return 0, pace
	}
	m.run++
	switch {
	case m.run >= 9:
		return 4, pace
	case m.run >= 4:
		return 3, pace
	case m.run >= 2:
		return 2, pace
	}
	return 1, pace
}

// household tells whether the redemption before was most likely of the same family: claimed at one place or on one phone,
// or paid by one account.
func (m *merchant) household(e *Event) bool {
	l := &m.last
	return e.Person == l.person || e.Device != 0 && e.Device == l.device || e.Payer != 0 && e.Payer == l.payer ||
		e.ClaimAt.Known() && l.place.Known() && metres(e.ClaimAt, l.place) < 80
}

// paceMark looks whether two gaps are the same. Short ones are those of a queue.
func paceMark(gap, before int64) int8 {
	if gap < 300 || gap > 6*hour || before < 300 {
		return silent
	}
	if off := gap - before; max(off, -off) <= max(4, gap/50) {
		return 1
	}
	return 0
}

// hoursMarks look whether the shop was open: by what it declared, else by the hours of its trade. What goes on in one
// night only is excused: a feast that lasts.
func (d *Detector) hoursMarks(e *Event, m *merchant) (declared, night int8) {
	usual := d.profile(m.trade, localHour(e.Time))
	late := usual
	if m.hasHours() {
		late = m.outside(e.Time)
		if late >= 2 && usual == 0 { // the trade is open then: the shop's hours are more likely declared wrongly
			late = 1
		}
	}
	if tonight := localDay(e.Time - 12*hour); late >= 2 && tonight != m.night {
		m.night = tonight
		m.nights++
	}
	if m.hasHours() {
		return late, silent
	}
	return silent, late
}

func (m *merchant) hasHours() bool { return m.shop.Close > m.shop.Open }

// outside says how long after or before the declared hours it was. Many shops declare them an hour or two too short.
func (m *merchant) outside(t int64) int8 {
	at := (t + 8*hour) % day
	open, closed := int64(m.shop.Open)*hour, int64(m.shop.Close)*hour
	late := int64(day)
	for _, shift := range []int64{-day, 0, day} {
		if x := at + shift; x < open {
			late = min(late, open-x)
		} else if x < closed {
			return 0
		} else {
			late = min(late, x-closed)
		}
	}
	switch {
	case late <= hour:
		return 1
	case late <= 2*hour:
		return 2
	case late <= 3*hour:
		return 3
	}
	return 4
}

// profile says how usual an hour is in a trade, as far as redemptions of all its merchants show: each merchant counts
// by days and not by redemptions, so that a busy crook does not make its hours usual.
func (d *Detector) profile(trade, h int) int8 {
	t := d.peers[trade]
	share := t.hours[h] / t.hoursAll
	switch {
	case share >= 0.02:
		return 0
	case share >= 0.008:
		return 1
	case share >= 0.003:
		return 2
	case share >= 0.0012:
		return 3
	}
	return 4
}

// freshMark says how soon after claiming it was used.
func freshMark(e *Event) int8 {
	switch age := e.Time - e.Claimed; {
	case e.Claimed < Earliest || age < 0:
		return silent
	case age < 300:
		return 2
	case age < 1800:
		return 1
	}
	return 0
}

// voidMark says how long after the redemption it was undone.
func voidMark(after int64) int8 {
	if after <= 1800 {
		return 1
	}
	return 2
}

// reuseMark looks whether the voucher had been redeemed and undone at another merchant.
func reuseMark(m *merchant, before use) int8 {
	if before.state == voided && before.merchant != m.no {
		return 3
	}
	return 0
}

// offlineMark looks whether the terminal had no line, and whether another one of the shop had one meanwhile.
func (m *merchant) offlineMark(e *Event) int8 {
	if !e.Offline {
		return 0
	}
	key := Hash(e.Terminal)
	for _, t := range m.tills {
		if t.key != 0 && t.online > e.Time && t.online < e.Arrived && t.key != key {
			return 2
		}
	}
	return 1
}

// surgeMark compares the day with the shop's days so far and with its town's.
func (m *merchant) surgeMark(e *Event, busy float64) int8 {
	days := float64(localDay(e.Time) - localDay(m.first))
	if m.redemptions < 10 || days < 2 || localDay(e.Time) != m.today {
		return silent
	}
	before := float64(m.redemptions-m.count) / days
	switch x := float64(m.count+1) / (before + 4) / max(1, busy); {
	case x >= 4:
		return 2
	case x >= 2.5:
		return 1
	}
	return 0
}
