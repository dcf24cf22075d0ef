package agent

import (
	"context"
	"log/slog"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
)

// zone is the campaign's time zone; a name that this PC does not know is Beijing's, in which all campaigns so far lie.
type zone struct {
	name string
	at   *time.Location
}

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

func (z *zone) of(name string) *time.Location {
	if z.at == nil || z.name != name {
		z.name, z.at = name, beijing
		if at, err := time.LoadLocation(name); err == nil && name != "" {
			z.at = at
		}
	}
	return z.at
}

func (t *Core) in(at time.Time) time.Time {
	name := ""
	if law := t.law(); law != nil {
		name = law.Campaign.Zone
	}
	return at.In(t.zone.of(name))
}

// at is trusted time, as people read it.
func (t *Core) at() time.Time { return t.in(t.journal.Stamp().At) }

// draft is an answer with what the request alone says.
func (t *Core) draft(q request) desk.Answer {
	return desk.Answer{Bill: q.bill, BillSource: q.from.String(), Pay: q.bill, Order: q.order, At: t.at()}
}

// draftOf is an answer to one that waited, with what its sale says, and without its redemption: nothing holds.
func (t *Core) draftOf(w *wait) desk.Answer {
	a := t.draft(w.request)
	if s, ok := t.journal.Find(w.id); ok {
		a.Voucher = s.Redemption.Voucher.Serial.String()
		a.Face, a.Tier, a.TierName = t.tier(s)
	}
	return a
}

// refuse makes the answer that nothing happened, and why.
func (t *Core) refuse(a desk.Answer, r voucher.Reason, d desk.Details) desk.Answer {
	a.Answer, a.Reason = voucher.Refused, r
	if r.IsScan() {
		a.Answer = voucher.ScanAgain
	}
	return a.Say(d)
}

// details are the figures of a refusal by the law.
func (t *Core) details(v voucher.Verdict, held journal.Sale) desk.Details {
	d := desk.Details{Threshold: v.Threshold, Trade: v.Tier.Trade}
	if !v.Phase.Start.IsZero() {
		d.From, d.Until = t.in(v.Phase.Start), t.in(v.Phase.End)
	}
	if v.Reason == voucher.AlreadyRedeemed {
		d.Used, d.UsedBill = t.in(held.At), held.Redemption.Bill
	}
	return d
}

// detailsOf are the figures of what became of a sale.
func (t *Core) detailsOf(s journal.Sale) desk.Details {
	var d desk.Details
	if s.Outcome == nil {
		return d
	}
	d.Case = s.Outcome.Case
	if law := t.law(); law != nil {
		b := s.Redemption.Voucher
		tier, _ := law.Campaign.Tier(b.Tier)
		d.Threshold, d.Trade = tier.Threshold, tier.Trade
		if phase, ok := law.Campaign.Phase(b.Phase); ok {
			d.From, d.Until = t.in(phase.Start), t.in(phase.End)
		}
	}
	if other, ok := t.journal.Find(s.Outcome.Winner); ok {
		d.Used, d.UsedBill = t.in(other.At), other.Redemption.Bill
	}
	return d
}

// tier is what a sale's voucher takes off, and of which tier it is; nothing where the campaign in force does not name it.
func (t *Core) tier(s journal.Sale) (face voucher.Fen, id voucher.TierID, name voucher.Text) {
	if s.Redemption.Voucher.Lane() {
		return 0, voucher.LaneTierID, desk.LaneTier()
	}
	if law := t.law(); law != nil {
		if tier, known := law.Campaign.Tier(s.Redemption.Voucher.Tier); known {
			return tier.Face, tier.ID, desk.TierName(tier)
		}
	}
	return 0, "", voucher.Text{}
}

// standing is the answer that a recorded sale has now. Its time is when the sale began.
func (t *Core) standing(s journal.Sale) desk.Answer {
	a := desk.Answer{
		Answer: voucher.Refused, Redemption: s.ID.String(), Bill: s.Redemption.Bill, Pay: s.Redemption.Bill, BillSource: s.Redemption.Source.String(),
		Voucher: s.Redemption.Voucher.Serial.String(), Order: s.Redemption.Order, At: t.in(s.At),
		Chain: desk.Chain(s.Head),
	}
	a.Face, a.Tier, a.TierName = t.tier(s)
	switch s.State() {
	case "final":
		a.Answer, a.Pay = voucher.Final, max(a.Bill-a.Face, 0)
	case "provisional":
		a.Answer, a.Pay, a.Risk = voucher.Provisional, max(a.Bill-a.Face, 0), t.bears()
	case "waiting":
		a.Reason = voucher.Busy
	case "reversed":
		a.Reason = voucher.HubSilent
		if keptByHub(s) {
			a.Reason = s.Undone.Reason
			return a.Say(desk.Details{Kept: true, Case: s.Undone.Case})
		}
	case "voided":
		return t.voided(s, a)
	default: // refused or disputed
		a.Reason = s.Outcome.Reason
	}
	return a.Say(t.detailsOf(s))
}

// keptByHub: the till has taken the sale back, and the hub would not.
func keptByHub(s journal.Sale) bool {
	return s.Reversed && s.Undone != nil && (s.Undone.Result == voucher.Rejected || s.Undone.Result == voucher.Disputed)
}

func (t *Core) bears() voucher.Bearer {
	if law := t.law(); law != nil {
		return law.Campaign.Offline.Bears
	}
	return voucher.MerchantBears
}

// answered gives a recorded sale's answer to those who wait for it.
func (t *Core) answered(w *wait, s journal.Sale) {
	a := t.standing(s)
	a.At = t.at()
	if a.Answer == voucher.Provisional {
		t.shown[s.ID] = true
	}
	t.leave(w, a)
}

// leave ends a wait with an answer.
func (t *Core) leave(w *wait, a desk.Answer) {
	delete(t.waits, w.id)
	if t.scanning == w.id && w.isScan() {
		t.scanning = id{}
	}
	t.conclude(&w.request, a)
	for _, answer := range w.also {
		answer(a)
	}
	t.closeWhenAnswered()
}

// conclude gives an answer to whoever asked, and to everybody who listens.
func (t *Core) conclude(q *request, a desk.Answer) {
	if (a.Answer == voucher.Final || a.Answer == voucher.Provisional) && a.Tier != voucher.LaneTierID {
		t.clearBill(q)
	}
	t.laneAnswered(a)
	if q.answer != nil {
		q.answer(a)
	}
	t.announce(a)
}

// clearBill ends the sale at hand: the one that was scanned against, unless a new bill was set meanwhile, or the one
// that the POS had put there.
func (t *Core) clearBill(q *request) {
	if q.isScan() && q.set == t.billsSet || !q.isScan() && q.bill == t.bill.Fen {
		t.bill, t.payer = desk.Bill{}, voucher.Payer{}
	}
}

func (t *Core) announce(a desk.Answer) {
	level := slog.LevelDebug
	if a.Redemption != "" { // something is on record
		level = slog.LevelInfo
	}
	t.log.Log(context.Background(), level, "answer", "answer", string(a.Answer), "reason", a.Reason.String(),
		"redemption", a.Redemption, "voucher", a.Voucher, "replaced", a.Replaced)
	t.last = &a
	t.news = append(t.news, a)
}
