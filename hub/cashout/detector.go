// Package cashout finds merchants that turn vouchers into cash. It is a fold over events in the order in which they
// reached the hub: pure, without clock, file or chance, so that a recorded stream gives the same alerts as the ledger that
// runs, byte for byte. It must not know who a person is, and decides nothing: an alert is a question to people. The hub
// feeds it behind the ledger; `hexiao-hub replay` feeds it from a file. See DESIGN.md.
package cashout

import (
	"hexiao/hub/voucher"
)

// Detector is the state of the fold. It is not safe for concurrent use, and never blocks.
type Detector struct {
	rules     Rules
	threshold map[string]voucher.Fen
	tiers     map[string]*tier
	newest    *tier // that was asked for last
	peers     [len(trades)]*table
	merchants Table[*merchant] // by the hash of their names
	order     []*merchant      // as they came
	asked     *merchant        // for which was asked last
	towns     map[string]*town
	pace      [len(trades)]pace

	vouchers shelf[use]
	accounts shelf[account]
	crowds   map[uint64]*crowd // accounts that paid for several persons
	phones   shelf[phone]
	persons  shelf[visit]
	spots    shelf[uint16] // claims per spot of some hundred metres
	catch    catchments

	last   int64 // arrival of the newest event
	leap   leap
	turned int64 // when the shelves turned

	expected uint64 // by Expect; means nothing, see Table.Touch
}

// New makes a detector that has seen nothing. Shops may be nil: everything works without, less sharply.
func New(rules Rules, shops []Shop) *Detector {
	d := &Detector{rules: rules, threshold: map[string]voucher.Fen{}, tiers: map[string]*tier{}, towns: map[string]*town{},
		crowds: map[uint64]*crowd{}, catch: newCatchments()}
	for _, t := range rules.Tiers {
		d.threshold[t.Tier] = t.Threshold
	}
	for i := range d.peers {
		d.peers[i] = newTable(&rules, i)
	}
	for i := range shops {
		d.Declare(shops[i])
	}
	return d
}

// Declare says what a merchant signed up with, or changes it from now on.
func (d *Detector) Declare(s Shop) {
	d.merchant(s.Merchant).shop = s
}

// Fault says why an event could not be taken as it is. The zero value is none.
type Fault string

// What may be wrong with an event that can be read. Skipped ones change nothing; the others are taken as said.
const (
	Duplicate  Fault = "duplicate"       // the same redemption, void or claim once more: skipped
	Twice      Fault = "used_twice"      // a used voucher redeemed without a void between: skipped
	NotUsed    Fault = "void_of_unused"  // a void of a voucher that is not in use at this merchant: skipped
	NoTime     Fault = "impossible_time" // before the year 2000 or after 2100: skipped
	Future     Fault = "future"          // happened after it arrived, or a year after the event before: skipped
	Backwards  Fault = "wrong_order"     // arrived before the event before: taken as if it arrived with that one
	Unclaimed  Fault = "no_claim"        // redeemed without a claim seen: taken with the claim that it names itself
	LateClaim  Fault = "late_claim"      // used before it was claimed: taken, and its age says nothing
	EarlyClaim Fault = "claimed_again"   // a claim of a voucher that was claimed already: skipped
)

// Skipped tells whether the event changed nothing.
func (f Fault) Skipped() bool {
	return f == Duplicate || f == Twice || f == NotUsed || f == NoTime || f == Future || f == EarlyClaim
}

// Observe takes the next event. The alert is nil unless the event brings its merchant to the cut, or well beyond the last
// alert, for the first time on a local day.
func (d *Detector) Observe(e *Event) (*Alert, Fault) {
	fault := d.sort(e)
	if fault.Skipped() {
		return nil, fault
	}
	if more := d.fits(e); more != "" {
		fault = more
	}
	if fault.Skipped() {
		return nil, fault
	}
	d.arrive(e.Arrived)
	d.turn()
	switch e.Kind {
	case Claim:
		d.claim(e)
	case Redeem:
		return d.redeem(e), fault
	case Void:
		return d.void(e), fault
	}
	return nil, fault
}

// fits looks whether an event fits what became of its voucher so far.
func (d *Detector) fits(e *Event) Fault {
	u, known := d.vouchers.get(e.Key)
	m := d.known(e.Merchant)
	here := m != nil && u.merchant == m.no
	again := here && u.at == uint32(e.Time)
	switch {
	case e.Kind == Claim && known:
		return EarlyClaim
	case e.Kind == Redeem && u.state == used && again, e.Kind == Void && u.state == voided && again:
		return Duplicate
	case e.Kind == Redeem && u.state == used:
		return Twice
	case e.Kind == Redeem && !known:
		return Unclaimed
	case e.Kind == Redeem && e.Time < e.Claimed:
		return LateClaim
	case e.Kind == Void && (u.state != used || !here):
		return NotUsed
	}
	return ""
}

// year is how far an arrival may lie after the one before, in seconds: campaigns have pauses, but not such ones.
const year = 366 * day

// slack is how far the clock of a terminal may be ahead of the hub's, in seconds.
const slack = 300

// Times that the detector takes, in seconds since 1970: it keeps them in 32 bits, and no clock of a campaign shows others.
const (
	Earliest = 946_684_800   // 2000
	Latest   = 4_102_444_800 // 2100
)

// sort looks at the event's place among the others.
func (d *Detector) sort(e *Event) Fault {
	for _, t := range []int64{e.Time, e.Arrived} {
		if t < Earliest || t > Latest {
			return NoTime
		}
	}
	if e.Time > e.Arrived+slack || d.last != 0 && e.Arrived > d.last+year {
		return Future
	}
	if e.Arrived < d.last && (d.leap.from == 0 || e.Arrived < d.leap.from) {
		e.Arrived = d.last
		return Backwards
	}
	return ""
}

// leap is a jump of the arrivals by more than a day: from where, and the events since. Where one of the next three comes
// from before it, the one that leapt had a wrong clock, and not all those behind it.
type leap struct {
	from   int64
	events int
}

// arrive moves the newest arrival.
func (d *Detector) arrive(at int64) {
	d.leap.events++
	switch {
	case d.last != 0 && at > d.last+day:
		d.leap = leap{from: d.last}
	case at < d.last || d.leap.events >= 3:
		d.leap = leap{}
	}
	d.last = at
}

func (d *Detector) turn() {
	if d.turned == 0 {
		d.turned = d.last
	}
	if d.last < d.turned+turnAfter {
		return
	}
	d.turned = d.last
	d.vouchers.turn()
	d.accounts.turn()
	d.phones.turn()
	d.persons.turn()
	d.spots.turn()
	d.forgetCrowds()
}

// use is what became of a voucher. at is when it was claimed, redeemed or voided last.
type use struct {
	at       uint32 // seconds since 1970; good until 2106
	merchant uint32 // who took it last, counted from 1; 0: nobody
	state    useState
}

type useState uint8

const (
	claimed useState = iota
	used
	voided
)

func (d *Detector) claim(e *Event) {
	d.vouchers.put(e.Key, use{at: uint32(e.Time)})
	d.claimedOn(e)
	d.claimedAt(e)
}

func (d *Detector) redeem(e *Event) *Alert {
	before, _ := d.vouchers.get(e.Key)
	m := d.at(e)
	d.vouchers.put(e.Key, use{uint32(e.Time), m.no, used})
	if before.state == voided && before.merchant == m.no { // rung up again: its first time has been looked at
		return nil
	}
	var marks [signals]int8
	excused := d.read(e, m, &marks, before)
	d.learn(m, &marks)
	m.weigh(&d.rules, d.peers[m.trade], &marks, excused)
	d.remember(e, m)
	return m.told(d, e, &marks)
}

func (d *Detector) void(e *Event) *Alert {
	before, _ := d.vouchers.get(e.Key)
	m := d.at(e)
	d.vouchers.put(e.Key, use{uint32(e.Time), m.no, voided})
	marks := quiet()
	marks[Voids] = voidMark(e.Time - int64(before.at))
	d.learn(m, &marks)
	m.weigh(&d.rules, d.peers[m.trade], &marks, m.excuses())
	return m.told(d, e, &marks)
}

// quiet is an event that says nothing.
func quiet() (marks [signals]int8) {
	for s := range marks {
		marks[s] = silent
	}
	return marks
}

// read finds the event's mark on every signal, before anything of it is remembered, and the signals that are excused.
func (d *Detector) read(e *Event, m *merchant, marks *[signals]int8, before use) [signals]bool {
	*marks = quiet()
	marks[Payer], marks[Ring] = d.payerMarks(e, m)
	tier, busy := d.tierOf(e), d.busy(e, m)
	phone, known := d.phones.get(e.Device)
	marks[Phone] = phoneMark(e, m, phone, known)
	marks[ClaimSpot] = d.spotMark(e, m, phone)
	marks[Burst], marks[Pace] = m.burstMarks(e, busy)
	marks[Catchment] = d.catchmentMark(e, m)
	marks[Threshold] = m.thresholdMark(e, tier)
	marks[Split] = m.splitMark(e, tier)
	marks[Hours], marks[Night] = d.hoursMarks(e, m)
	marks[PlaceOf] = m.placeMark(e)
	marks[Fresh] = freshMark(e)
	marks[Voids] = reuseMark(m, before)
	marks[Offline] = m.offlineMark(e)
	marks[Travel] = d.travelMark(e, m)
	marks[Repeat] = m.repeatMark(e, tier)
	marks[HighTier] = tier.class // which of its trade's vouchers it was
	marks[Surge] = m.surgeMark(e, busy)
	excused := m.excuses()
	m.oneCause(e, marks, excused)
	marks[Together] = d.togetherMark(marks, excused)
	return excused
}

// togetherMark counts what else speaks against the merchant in a redemption whose bill is at its threshold. Honest
// customers have their oddities one at a time, and their bills are what they are.
func (d *Detector) togetherMark(marks *[signals]int8, excused [signals]bool) int8 {
	if marks[Threshold] < 3 {
		return 0
	}
	n := 0
	for s := range Together {
		if s != Threshold && !excused[s] && marks[s] != silent && d.rules.Signals[s].Marks[marks[s]].Against {
			n++
		}
	}
	return int8(min(n, 3))
}

// learn lets the peers' rates follow, from merchants that are not suspected.
func (d *Detector) learn(m *merchant, marks *[signals]int8) {
	if m.score > d.rules.Cut/2 {
		return
	}
	for s := range signals {
		if marks[s] != silent {
			d.peers[m.trade].learn(&d.rules, s, int(marks[s]))
		}
	}
}

// remember keeps what later events are compared with.
func (d *Detector) remember(e *Event, m *merchant) {
	d.paid(e, m)
	d.spentOf(e, m)
	m.cameFrom(e)
	d.catch.add(e, m, m.score <= d.rules.Cut/2)
	d.visited(e, m)
	tier := d.tierOf(e)
	tier.add(e.Bill)
	if m.redemptions == 0 || e.Time/hour != m.last.time/hour {
		d.peers[m.trade].worked(localHour(e.Time))
	}
	m.town.pace.add(e.Time)
	d.pace[m.trade].add(e.Time)
	m.add(e, tier, tier.bare(e.Bill))
}

// Coming is what an event that comes soon will be about, as in Event.
type Coming struct{ Voucher, Person, Device, Payer uint64 }

// Expect has what Observe will look up for some events brought into the processor's memory; it changes nothing of what is
// found. Told before the first of them, it saves a third of their cost: the look-ups wait for the machine's memory together
// and not one after the other. That is why it goes through one table at a time.
func (d *Detector) Expect(all []Coming) {
	sum := uint64(0)
	for i := range all {
		sum += d.vouchers.touch(all[i].Voucher)
	}
	for i := range all {
		sum += d.persons.touch(all[i].Person)
	}
	for i := range all {
		sum += d.phones.touch(all[i].Device)
	}
	for i := range all {
		sum += d.accounts.touch(all[i].Payer)
	}
	d.expected = sum
}
