package agent

import (
	"slices"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// tally adds up the sales of a shift.
type tally struct {
	shift desk.Shift
	tiers []desk.TierSum // those of the campaign in its order, then others
	hub   desk.Difference
	said  desk.Compared
	sales int
}

// tally adds up the sales behind one record, up to another.
func (t *Core) tally(after, upto mark) tally {
	terminal := t.journal.State().Terminal
	y := tally{tiers: t.tierSums()}
	for _, s := range t.journal.Between(after.of(terminal), upto.of(terminal)) {
		y.add(s, t.fullTier(s), t.in(s.At))
	}
	y.shift.Tiers = slices.DeleteFunc(y.tiers, func(s desk.TierSum) bool { return s.Count == 0 })
	y.said.Online = t.hub.Online
	if !t.hub.Online && !t.hub.Since.IsZero() {
		y.said.Silent = t.in(t.hub.Since)
	}
	y.shift.Hub = y.hub.Say(y.said)
	return y
}

// tierSums are the campaign's tiers, with nothing sold.
func (t *Core) tierSums() []desk.TierSum {
	sums := []desk.TierSum{}
	if law := t.law(); law != nil {
		for _, tier := range law.Campaign.Tiers {
			sums = append(sums, desk.TierSum{Tier: tier.ID, Name: desk.TierName(tier)})
		}
	}
	return sums
}

// fullTier is the tier of a sale's voucher; zero when the campaign in force does not name it.
func (t *Core) fullTier(s journal.Sale) voucher.Tier {
	if law := t.law(); law != nil {
		tier, _ := law.Campaign.Tier(s.Redemption.Voucher.Tier)
		return tier
	}
	return voucher.Tier{}
}

func (y *tally) add(s journal.Sale, tier voucher.Tier, at time.Time) {
	if y.sales++; y.sales == 1 {
		y.shift.First, y.shift.From = s.ID.String(), at
	}
	y.shift.Last = s.ID.String()
	y.count(s, tier)
	y.compare(s, tier.Face)
}

// count puts a sale where it belongs. What nobody was ever shown as accepted belongs nowhere.
func (y *tally) count(s journal.Sale, tier voucher.Tier) {
	bill, face := s.Redemption.Bill, tier.Face
	switch s.State() {
	case "final":
		y.shift.Final.Add(bill, face)
	case "provisional":
		y.shift.Provisional.Add(bill, face)
	case "voided":
		y.shift.Voided.Add(bill, face)
		return
	default:
		if unconfirmed(s) {
			y.shift.Disputed.Add(bill, face)
		}
		return
	}
	y.shift.Standing.Add(bill, face)
	y.tier(tier).Add(bill, face)
}

// unconfirmed: a cashier was shown it as accepted, and the hub has said otherwise since.
func unconfirmed(s journal.Sale) bool {
	state := s.State()
	return s.Provisional && (state == "disputed" || state == "refused")
}

func (y *tally) tier(tier voucher.Tier) *desk.Sum {
	i := slices.IndexFunc(y.tiers, func(s desk.TierSum) bool { return s.Tier == tier.ID })
	if i < 0 {
		i = len(y.tiers)
		y.tiers = append(y.tiers, desk.TierSum{Tier: tier.ID, Name: desk.OtherTier()})
	}
	return &y.tiers[i].Sum
}

// compare sets what the till holds to be sold against what the hub has confirmed of it. As long as a word is still to
// come, the sale waits; once all are there, it agrees or is for people to decide.
func (y *tally) compare(s journal.Sale, face voucher.Fen) {
	state := s.State()
	till := state == "final" || state == "provisional" || unconfirmed(s)
	hub := s.Outcome != nil && s.Outcome.Result == voucher.Redeemed && (s.Undone == nil || s.Undone.Result != voucher.Undone)
	if till != hub {
		n := 1
		if hub {
			n = -1
		}
		y.hub.Count += n
		y.hub.Face += voucher.Fen(n) * face
	}
	switch {
	case state == "provisional", (s.Voided || s.Reversed) && s.Undone == nil:
		y.said.Waiting++
	case till != hub:
		y.said.Against++
	}
}
