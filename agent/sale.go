package agent

import (
	"errors"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// defaultPatience is DESIGN's, for a law that does not say.
const defaultPatience = 1500 * time.Millisecond

// redeem takes a sale from its text to an answer, or to the wait for one.
func (t *Core) redeem(q request, now time.Time) {
	law := t.law()
	r := voucher.Read(q.code, payments(law))
	t.log.Debug("scan", "source", q.source, "reading", r)
	switch {
	case t.stopping:
		t.conclude(&q, stopped(t.draft(q)))
	case r.Reason != voucher.OK:
		t.conclude(&q, t.refuse(t.draft(q), r.Reason, desk.Details{Code: r.Title, Masked: r.Masked}))
	case law == nil:
		t.conclude(&q, t.refuse(t.draft(q), voucher.NoCampaign, desk.Details{}))
	default:
		t.redeemCode(q, r.Code, law, now)
	}
}

func (t *Core) redeemCode(q request, code voucher.Code, law *wire.LawBody, now time.Time) {
	if code.Body.Lane() { // nothing is bought; the bill at hand waits for the next customer
		q.bill, q.payer, q.from = 0, voucher.Payer{}, 0
		t.laneHeard(q, code, now)
	}
	r := voucher.Redemption{Voucher: code.Body, Sight: code.Sight(), Bill: q.bill, Order: q.order, Payer: q.payer, Source: q.from}
	held, spent := t.journal.Spent(code.Body.Serial)
	if spent && t.undo[held.ID] {
		// It was refused, and the journal could not keep that. Whatever the hub has made of it meanwhile, it is taken back
		// before anything is said of the voucher.
		t.takeBack()
		held, spent = t.journal.Spent(code.Body.Serial)
	}
	if spent && t.undo[held.ID] {
		t.conclude(&q, t.refuse(t.draft(q), voucher.JournalFailed, desk.Details{DiskFull: t.fault == desk.WarnDiskFull}))
		return
	}
	if spent && q.order != "" && same(held.Redemption, r) {
		t.again(q, held)
		return
	}
	a := t.draft(q)
	a.Voucher = code.Body.Serial.String()
	if spent && held.State() == "waiting" {
		t.conclude(&q, t.refuse(a, voucher.Busy, desk.Details{}))
		return
	}
	v := voucher.Judge(t.facts(law, code, r, spent))
	a.Face, a.Tier = v.Face, v.Tier.ID
	if a.Tier != "" {
		a.TierName = desk.TierName(v.Tier)
	}
	switch {
	case v.Reason != voucher.OK:
		t.conclude(&q, t.refuse(a, v.Reason, t.details(v, held)))
	case t.hub.Online:
		t.ask(q, a, r, law, now)
	default:
		t.accept(q, a, r)
	}
}

// same tells whether two sales are one and the same, whatever was said of who paid; the source of the bill is not said by
// what was recorded before it was kept.
func same(a, b voucher.Redemption) bool {
	a.Payer, b.Payer = voucher.Payer{}, voucher.Payer{}
	a.Source, b.Source = 0, 0
	return a == b
}

// facts gathers what the law needs to know. A key that the law does not name makes a code forged, as a bad signature
// does.
func (t *Core) facts(law *wire.LawBody, code voucher.Code, r voucher.Redemption, spent bool) voucher.Facts {
	f := voucher.Facts{
		Campaign: &law.Campaign, At: t.journal.Stamp().At, Voucher: code.Body, Bill: r.Bill,
		Merchant: law.Merchant, Terminal: law.State, Place: law.Place, Till: law.Terminal,
	}
	for _, k := range law.Keys {
		f.Genuine = f.Genuine || k.ID == code.Body.Key && code.Genuine(k.Public)
	}
	if spent {
		f.Standing = voucher.StandingRedeemed
	}
	return f
}

// again answers POS software that asks for the same sale once more, as after a lost answer: the same redemption.
func (t *Core) again(q request, held journal.Sale) {
	if w, waits := t.waits[held.ID]; waits {
		w.also = append(w.also, q.answer)
		return
	}
	a := t.standing(held)
	a.Again = true
	q.answer(a)
}

// ask records the sale and waits for the hub's word on it; the uplink sends it as soon as it is in the journal.
func (t *Core) ask(q request, a desk.Answer, r voucher.Redemption, law *wire.LawBody, now time.Time) {
	used := t.journal.Elsewhere(r.Voucher)
	s, err := t.journal.Ask(r)
	if err != nil {
		t.conclude(&q, t.unwritten(a, err))
		return
	}
	t.wrote()
	t.laneSold(s)
	t.waits[s.ID] = &wait{request: q, id: s.ID, deadline: now.Add(t.patienceOf(law)), used: used}
	if q.isScan() {
		t.scanning = s.ID
	}
}

func (t *Core) patienceOf(law *wire.LawBody) time.Duration {
	switch {
	case t.patience > 0:
		return t.patience
	case law.Campaign.Offline.Patience > 0:
		return law.Campaign.Offline.Patience
	}
	return defaultPatience
}

// accept records the sale without the hub, inside the lease.
func (t *Core) accept(q request, a desk.Answer, r voucher.Redemption) {
	s, reason, err := t.journal.Accept(r)
	switch {
	case err != nil:
		t.conclude(&q, t.unwritten(a, err))
	case reason != voucher.OK:
		t.conclude(&q, t.uncovered(a, reason, r.Voucher.Serial))
	default:
		t.wrote()
		t.answered(&wait{request: q, id: s.ID}, s)
	}
}

// goOn decides without the hub, whose word has not come in time: inside the lease the sale is shown PROVISIONAL,
// otherwise it is taken back.
func (t *Core) goOn(w *wait) {
	if !t.current(w.id) {
		w.deadline = w.deadline.Add(lookEvery) // it was answered, or the journal would not have begun anew: the word is on its way
		return
	}
	s, reason, err := t.journal.Confirm(w.id.Number)
	switch {
	case err != nil:
		t.owe(w.id)
		t.leave(w, t.unwritten(t.draftOf(w), err))
	case reason == voucher.OK, s.Outcome != nil: // confirmed, or its word came at this very moment
		t.wrote()
		t.answered(w, s)
	default:
		t.giveBack(w, reason)
	}
}

func (t *Core) giveBack(w *wait, uncovered voucher.Reason) {
	a := t.draftOf(w)
	if _, err := t.journal.Reverse(w.id.Number); err != nil {
		t.owe(w.id)
		t.leave(w, t.unwritten(a, err))
		return
	}
	t.wrote()
	s, _ := t.journal.Find(w.id)
	serial := s.Redemption.Voucher.Serial
	if _, here := t.journal.Spent(serial); uncovered == voucher.AlreadyRedeemed && !w.used && !here {
		// It came into the set of used vouchers since the hub was asked, most likely by this very sale, which the hub has
		// redeemed and whose word was lost: it must not be said that somebody used it elsewhere.
		uncovered = voucher.HubSilent
	}
	t.leave(w, t.uncovered(a, uncovered, serial))
}

// uncovered is the answer where there is no word from the hub and the journal did not take the sale either.
func (t *Core) uncovered(a desk.Answer, reason voucher.Reason, v voucher.Serial) desk.Answer {
	if reason == voucher.JournalFailed {
		return t.refuse(a, reason, desk.Details{Unproven: true})
	}
	return t.refuse(a, t.silence(reason), t.usedWhere(v))
}

// usedWhere says of a voucher that is refused as used whether that was at this till.
func (t *Core) usedWhere(v voucher.Serial) desk.Details {
	if held, here := t.journal.Spent(v); here {
		return desk.Details{Used: t.in(held.At), UsedBill: held.Redemption.Bill}
	}
	return desk.Details{Elsewhere: true}
}

// silence is what to say when there is no word from the hub and the lease does not cover the sale either: the reason
// that tells a cashier most. Units of a pool that this terminal was not lent may still be had online.
func (t *Core) silence(uncovered voucher.Reason) voucher.Reason {
	switch {
	case uncovered == voucher.ClockUntrusted, uncovered == voucher.AlreadyRedeemed, uncovered == voucher.TerminalIsFrozen:
		return uncovered
	case t.journal.State().Lease.Serial == 0:
		return voucher.HubSilent
	case uncovered == voucher.OfflineLimit, uncovered == voucher.OutOfStock:
		return voucher.OfflineLimit
	}
	return voucher.HubSilent
}

// Settled hears what the hub has said of sales: to those that wait for it, and to those that were shown PROVISIONAL.
func (t *Core) Settled(sales []journal.Sale) {
	for _, s := range sales {
		state := s.State()
		if w, waits := t.waits[s.ID]; waits && state != "waiting" {
			t.heard(w, s)
			continue
		}
		if w, waits := t.voids[s.ID]; waits && s.Undone != nil {
			t.endVoid(w)
		} else if t.unvoided[s.ID] && s.Undone != nil {
			t.lateVoid(s)
		}
		if keptByHub(s) {
			t.announce(t.standing(s))
		}
		if t.shown[s.ID] && state != "provisional" {
			t.replace(s, state)
		}
	}
}

// heard answers one that waits. What the hub has no stock left for may still be inside what it has lent this terminal:
// it will then be taken from there.
func (t *Core) heard(w *wait, s journal.Sale) {
	law := t.law()
	if s.Outcome.Result != voucher.Rejected || s.Outcome.Reason != voucher.OutOfStock || !t.current(w.id) || law.Campaign.StockAt != voucher.AtRedemption {
		t.answered(w, s)
		return
	}
	lent, reason, err := t.journal.Confirm(w.id.Number)
	switch {
	case err != nil:
		t.failed(err)
		t.answered(w, s)
	case reason != voucher.OK:
		t.answered(w, s)
	default:
		t.wrote()
		t.answered(w, lent)
	}
}

// replace tells what became of a sale that was shown PROVISIONAL.
func (t *Core) replace(s journal.Sale, state string) {
	delete(t.shown, s.ID)
	if state == "voided" || state == "reversed" {
		return // whoever voided it was told
	}
	a := t.standing(s)
	a.Replaced, a.At = true, t.at()
	t.announce(a.Say(t.detailsOf(s)))
}

// unwritten is the answer where the journal could not be written. A voucher that another sale took in between is said to
// be used.
func (t *Core) unwritten(a desk.Answer, err error) desk.Answer {
	switch {
	case errors.Is(err, journal.ErrSpent):
		return t.refuse(a, voucher.AlreadyRedeemed, desk.Details{})
	case errors.Is(err, journal.ErrRenewing):
		return t.refuse(a, voucher.Busy, desk.Details{})
	case errors.Is(err, journal.ErrUnproven):
		return t.refuse(a, voucher.JournalFailed, desk.Details{Unproven: true})
	}
	t.failed(err)
	return t.refuse(a, voucher.JournalFailed, desk.Details{DiskFull: t.fault == desk.WarnDiskFull})
}
