package practice

import (
	"fmt"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Terminal is the terminal's name in the IDs of practice. The hub names terminals "T" and digits, so no such ID can ever
// be a real one.
const Terminal voucher.TerminalID = "PRACTICE"

// mostLines of the day's list are kept; the oldest go.
const mostLines = 1000

// tier is what is played: a voucher of ten yuan.
var tier = voucher.Tier{ID: "practice-10", No: 1, Trade: voucher.Supermarket, Face: 10_00, Threshold: desk.PractiseFrom}

// Rules is what practice borrows of the campaign in force, so that it says what the till would say.
type Rules struct {
	Payments []voucher.PaymentScheme
	Bears    voucher.Bearer // of a later loss
}

// Till plays sales. It is not safe for concurrent use; Switch holds its lock.
type Till struct {
	rules Rules
	bill  desk.Bill
	sales []sale // as they began
	last  uint64

	recent desk.Sighting // the scan before
	bills  int           // how often a bill was set
}

// sale is one that was accepted in play.
type sale struct {
	id     voucher.RedemptionID
	answer desk.Answer
	voided bool
}

// NewTill makes one on which nothing was sold.
func NewTill(r Rules) *Till { return &Till{rules: r} }

// Bill is the bill at hand.
func (t *Till) Bill() desk.Bill { return t.bill }

// SetBill sets the bill at hand, or clears it with 0. Errors: voucher.ErrNotPositive or ErrTooMuch.
func (t *Till) SetBill(b desk.Bill) error {
	if b.Fen != 0 {
		if err := voucher.CheckBill(b.Fen); err != nil {
			return err
		}
	}
	if !b.Over(t.bill) {
		return nil
	}
	b.Payer = ""
	t.bill = b
	t.bills++
	return nil
}

// Scan plays a scan against the bill at hand; ok is false for the same phone still lying there.
func (t *Till) Scan(text string, at time.Time) (a desk.Answer, ok bool) {
	seen, before := desk.See(text, t.bills, at), t.recent
	t.recent = seen
	if seen.Again(before, false) {
		return desk.Answer{}, false
	}
	a = t.draft(voucher.Refused, at)
	switch clean := voucher.Capitals(text); clean {
	case desk.PractiseGood, desk.PractiseUsed, desk.PractiseExpired:
		return t.judge(a, clean, voucher.Final), true
	case desk.PractiseOffline:
		return t.judge(a, clean, voucher.Provisional), true
	case desk.PractiseDamaged:
		text = ""
	}
	return t.other(a, text), true
}

// Picture plays a scan out of a picture, in which the codes of practice are vouchers as well.
func (t *Till) Picture(texts []string, at time.Time) (a desk.Answer, ok bool) {
	text, d, found := desk.Pick(texts, t.isVoucher)
	if found {
		return t.Scan(text, at)
	}
	t.recent = desk.See("", t.bills, at)
	a = t.draft(voucher.ScanAgain, at)
	a.Reason = voucher.DamagedScan
	return a.Say(d), true
}

// draft is an answer about the bill at hand.
func (t *Till) draft(as voucher.Answer, at time.Time) desk.Answer {
	return desk.Answer{Answer: as, Bill: t.bill.Fen, BillSource: t.bill.Source, Pay: t.bill.Fen, At: at, Practice: true}
}

func (t *Till) isVoucher(text string) bool {
	switch voucher.Capitals(text) {
	case desk.PractiseGood, desk.PractiseOffline, desk.PractiseUsed, desk.PractiseExpired, desk.PractiseDamaged:
		return true
	}
	return voucher.Read(text, t.rules.Payments).Reason == voucher.OK
}

// other answers what is no practice code as the till does. A real voucher is let alone.
func (t *Till) other(a desk.Answer, text string) desk.Answer {
	r := voucher.Read(text, t.rules.Payments)
	if a.Reason = r.Reason; r.Reason == voucher.OK {
		a.Reason = voucher.Busy
		return a.Say(desk.Details{Practice: true})
	}
	a.Answer = voucher.ScanAgain
	return a.Say(desk.Details{Code: r.Title, Masked: r.Masked})
}

// judge asks the law about a practice voucher, of a campaign that runs today.
func (t *Till) judge(a desk.Answer, code string, good voucher.Answer) desk.Answer {
	v := voucher.Judge(facts(code, a.Bill, a.At))
	a.Reason, a.Face, a.Tier, a.TierName = v.Reason, v.Face, v.Tier.ID, desk.TierName(v.Tier)
	if v.Reason == voucher.OK {
		return t.sell(a, good, v.Pay)
	}
	return a.Say(desk.Details{Threshold: v.Threshold, Trade: v.Tier.Trade, Until: v.Phase.End})
}

func facts(code string, bill voucher.Fen, at time.Time) voucher.Facts {
	today := midnight(at)
	f := voucher.Facts{
		Campaign: &voucher.Campaign{Number: 1, Tiers: []voucher.Tier{tier}, Phases: []voucher.Phase{{No: 1, Start: today, End: today.AddDate(0, 0, 1)}}},
		At:       at, Voucher: voucher.Body{Campaign: 1, Phase: 1, Tier: tier.No}, Genuine: true, Standing: voucher.StandingIssued, Bill: bill,
		Merchant: voucher.Merchant{Trade: tier.Trade, Status: voucher.MerchantActive}, Terminal: voucher.TerminalGood,
	}
	switch code {
	case desk.PractiseUsed:
		f.Standing = voucher.StandingRedeemed
	case desk.PractiseExpired:
		f.Campaign.Phases[0].Start, f.Campaign.Phases[0].End = today.AddDate(0, 0, -7), today
	}
	return f
}

// midnight is when the day of an instant began, in its zone.
func midnight(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, at.Location())
}

func (t *Till) sell(a desk.Answer, as voucher.Answer, pay voucher.Fen) desk.Answer {
	t.last++
	id := voucher.RedemptionID{Terminal: Terminal, Epoch: 1, Number: t.last}
	a.Answer, a.Pay, a.Redemption, a.Voucher = as, pay, id.String(), fmt.Sprintf("PRACTICE-%d", t.last)
	if as == voucher.Provisional {
		a.Risk = t.rules.Bears
	}
	a = a.Say(desk.Details{})
	t.sales = append(t.sales[max(0, len(t.sales)-mostLines+1):], sale{id: id, answer: a})
	t.bill = desk.Bill{}
	return a
}

// Void plays the undoing of a played sale.
func (t *Till) Void(id voucher.RedemptionID, at time.Time) desk.Answer {
	for i := range t.sales {
		if t.sales[i].id == id {
			t.sales[i].voided = true
			return t.sales[i].void(at)
		}
	}
	a := desk.Answer{Answer: voucher.Refused, Reason: voucher.UnknownVoucher, Redemption: id.String(), Voided: true, At: at, Practice: true}
	return a.Say(desk.Details{})
}

// void is the answer on a sale that was undone: as sure as the sale was.
func (s sale) void(at time.Time) desk.Answer {
	a := s.answer
	a.Voided, a.Risk, a.Pay, a.At = true, "", a.Bill, at
	return a.Say(desk.Details{})
}

// Day lists what was played on a civil day in the zone of now, oldest first; "" is today. The error is desk.ErrDay.
func (t *Till) Day(day string, now time.Time) ([]desk.Line, error) {
	if day == "" {
		day = now.Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, desk.ErrDay
	}
	lines := []desk.Line{}
	for _, s := range t.sales {
		if s.answer.At.Format(time.DateOnly) == day {
			lines = append(lines, s.line())
		}
	}
	return lines, nil
}

func (s sale) line() desk.Line {
	switch {
	case s.voided:
		return desk.Line{Answer: s.void(s.answer.At), State: "voided"}
	case s.answer.Answer == voucher.Provisional:
		return desk.Line{Answer: s.answer, State: "provisional"}
	}
	return desk.Line{Answer: s.answer, State: "final"}
}
