package cashout

import "math"

// table is what the peers of a trade showed on each signal: how many events bore each mark. It begins with what the
// rules say, as if that many events had been seen.
type table struct {
	seen    [signals][maxMarks]float64
	all     [signals]float64
	against [signals]float64 // of all, those that bore a mark that speaks against

	hours    [24]float64 // redemptions by local hour; those of one merchant in the same hour of a day count once
	hoursAll float64
}

// hourWeight is how many of such hours the trade's profile in the rules counts for.
const hourWeight = 400

func newTable(r *Rules, trade int) *table {
	t := &table{}
	for s := range r.Signals {
		for m := range r.Signals[s].Marks {
			n := r.Memory * r.Signals[s].Marks[m].honest(trades[trade])
			t.seen[s][m] = n
			if r.Signals[s].Marks[m].Against {
				t.against[s] += n
			}
		}
		t.all[s] = r.Memory
	}
	for h, share := range r.Hours[string(trades[trade])] {
		t.hours[h] = hourWeight * share
	}
	t.hoursAll = hourWeight
	return t
}

func (t *table) learn(r *Rules, s Signal, mark int) {
	t.seen[s][mark]++
	t.all[s]++
	if r.Signals[s].Marks[mark].Against {
		t.against[s]++
	}
}

func (t *table) worked(hour int) {
	t.hours[hour]++
	t.hoursAll++
}

// rate is the share of a mark among the peers.
func (t *table) rate(s Signal, mark int) float64 { return t.seen[s][mark] / t.all[s] }

// mixes is how many shares of false redemptions are tried, see Rules.Mixes.
const mixes = 3

// balance is the evidence against one merchant: on each signal, for each share of false redemptions that is tried, how much
// more likely its marks are with that share than without.
type balance struct {
	odds  [signals][mixes]float64 // begins with 1
	full  [signals]float64        // what each signal would bring without a limit
	part  [signals]float64        // what each signal brings; the score is their sum
	seen  [signals][maxMarks]uint32
	own   [signals]own
	score float64
	high  float64 // the highest score so far
	at    int64   // when that was reached
}

// own counts what the merchant itself showed on a signal.
type own struct{ against, all uint32 }

// newBalance speaks neither for nor against.
func newBalance() (b balance) {
	for s := range b.odds {
		b.odds[s] = [mixes]float64{1, 1, 1}
	}
	return b
}

// times is how much more often a mark comes with a false redemption than with an honest one of this merchant. Honest
// merchants differ: a merchant's own rate is believed, but no further than honest merchants go.
func (b *balance) times(rules *Rules, peers *table, s Signal, mark int8) float64 {
	r, own := &rules.Signals[s], &b.own[s]
	times := r.Marks[mark].False * peers.all[s] / peers.seen[s][mark]
	if float64(own.against)*peers.all[s] <= peers.against[s]*float64(own.all) { // most merchants, at most times
		return times
	}
	group := peers.against[s] / peers.all[s]
	most := group * r.odds / (1 - group + group*r.odds)
	mine := min((float64(own.against)+rules.Own*group)/(float64(own.all)+rules.Own), most)
	if r.Marks[mark].Against {
		return times * group / mine
	}
	return times * (1 - group) / (1 - mine)
}

// count keeps a mark.
func (b *balance) count(r *SignalRule, s Signal, mark int8) {
	b.seen[s][mark]++
	b.own[s].all++
	if r.Marks[mark].Against {
		b.own[s].against++
	}
}

// weigh adds an event to the evidence. marks holds the event's mark on each signal; excused are those on which an
// innocent reading fits all there is: they count less.
func (b *balance) weigh(rules *Rules, peers *table, marks *[signals]int8, excused [signals]bool) {
	for s := range signals {
		if marks[s] != silent {
			b.shift(rules, s, b.times(rules, peers, s, marks[s]))
			b.count(&rules.Signals[s], s, marks[s])
		}
	}
	b.sum(rules, excused)
}

// crowdSignals are those by which a crowd that comes at once shows, honest or not: a coach party, a feast, a shift that
// ends. They are one reason and not four.
var crowdSignals = [...]Signal{Burst, ClaimSpot, HighTier, Surge}

// guestSignals are those by which guests show who come together from elsewhere, and claim when they have come.
var guestSignals = [...]Signal{Burst, ClaimSpot, HighTier, Surge, Catchment, Fresh}

// sum limits what each signal brings, and what those bring together that one innocent cause shows on.
func (b *balance) sum(rules *Rules, excused [signals]bool) {
	b.score = 0
	doubted := 0.0
	for s, x := range b.full {
		if x > 0 {
			r := &rules.Signals[s]
			if x = min(x, r.Cap); excused[s] {
				x = min(x, r.Excused)
				doubted += x
			}
			b.score += x
		}
		b.part[s] = x
	}
	if doubted > rules.Excused {
		for s := range b.part {
			if excused[s] {
				b.part[s] *= rules.Excused / doubted
			}
		}
	}
	crowd := b.limit(crowdSignals[:], rules.Crowd)
	if guests := b.limit(guestSignals[:], rules.Guests); guests || crowd || doubted > rules.Excused {
		b.score = 0
		for _, x := range b.part {
			b.score += x
		}
	}
}

// limit scales the parts of some signals down to what they may bring together, and tells whether it had to.
func (b *balance) limit(some []Signal, most float64) bool {
	all := 0.0
	for _, s := range some {
		all += b.part[s]
	}
	if all <= most {
		return false
	}
	for _, s := range some {
		b.part[s] *= most / all
	}
	return true
}

// certain is as far as odds are reckoned: every limit lies far below, and what a float64 can hold ends at 1e308.
const certain = 1e150

// shift moves the hypotheses of one signal by one event. What speaks for a merchant is remembered to a limit only, so
// that one who begins to cheat late is found soon.
func (b *balance) shift(rules *Rules, s Signal, times float64) {
	odds, floor := &b.odds[s], rules.floor
	if times <= 1 && *odds == [mixes]float64{floor, floor, floor} {
		return
	}
	sum, high := 0.0, 0.0
	for i, share := range rules.Mixes {
		x := min(max(floor, odds[i]*(1-share+share*times)), certain)
		odds[i] = x
		sum += x
		high = max(high, x)
	}
	b.full[s] = 0
	if high <= 1 { // no share of false ones explains the marks better than none
		return
	}
	w := rules.Signals[s].Weight
	b.full[s] = max(0, math.Log(1-w+w*sum/mixes))
}
