package cashout

import "hexiao/hub/voucher"

// excuses tells on which signals an innocent reading fits all that was seen, so that they count less by themselves:
// crooks of that kind are found by what else they show.
func (m *merchant) excuses() (all [signals]bool) {
	all[Payer] = m.sharers.mostly(1) || trades[m.trade] == voucher.Fuel && m.sharers.mostly(2) // a canteen; fleets
	all[Split] = all[Payer] && m.sharers.all() >= 3                                            // whose people come one behind the other
	all[Phone] = m.hasty < 3 && (m.helpers.all() == 0 || m.helpers.mostly(1))                  // a helper who claims for others and takes them along
	all[Hours] = m.nights < 2                                                                  // a feast
	all[Night] = m.openAtNight()
	all[Repeat] = trades[m.trade] != voucher.Supermarket // set menus, round sums of fuel
	all[Catchment] = trades[m.trade] == voucher.Fuel     // by the expressway
	if home, sure := m.home(); sure {                    // moved, wrongly registered, or on wheels
		all[PlaceOf] = m.returns == 0 || m.roams(home) || !m.cameBack(home)
	}
	return all
}

// openAtNight tells of a shop that declared no hours whether it looks like one that sells at night: all night long, as
// groceries and petrol stations do, or with its day in the evening, as night kitchens do. Who only goes on for some hours
// after closing does not look so.
func (m *merchant) openAtNight() bool {
	between := func(from, to int) (n uint32) {
		for h := from; h < to; h++ {
			n += m.perHour[h]
		}
		return n
	}
	switch trades[m.trade] {
	case voucher.Dining:
		return between(8, 15)*12 <= uint32(m.redemptions)
	case voucher.Fuel:
		return true
	}
	return between(3, 6) > 0
}

// oneCause silences what only repeats something that was seen: that a helper pays for those for whom he claimed on one
// occasion; that customers of a van come from where it stands; and that one account pays, or one helper claimed, for the
// people who come: they come together, from where they work or live, and pay alike.
func (m *merchant) oneCause(e *Event, marks *[signals]int8, excused [signals]bool) {
	if marks[Phone] == onOuting && marks[Payer] == atTable {
		marks[Payer] = silent
	}
	if marks[PlaceOf] >= fromHome && excused[PlaceOf] {
		marks[Catchment] = silent
	}
	if !(excused[Payer] && m.sharers.has(e.Payer) || excused[Phone] && m.helpers.has(e.Device)) {
		return
	}
	for _, s := range []Signal{Catchment, ClaimSpot, Burst, Split, Repeat, Pace, Ring, Surge} {
		marks[s] = silent
	}
}

// Marks of which oneCause asks, see catalogue.
const (
	atTable  = 1 // of Payer
	onOuting = 2 // of Phone
	fromHome = 2 // of PlaceOf
)
