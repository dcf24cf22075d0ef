package practice

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Terminal is the terminal's name in the IDs of practice. The hub names terminals "T" and digits, so no such ID can ever
// be a real one.
const Terminal voucher.TerminalID = "PRACTICE"

// What is played: a voucher of ten yuan from a bill of fifty on, and a phone that is read once however long it lies
// there, as at the real till.
const (
	face        voucher.Fen    = 10_00
	threshold   voucher.Fen    = 50_00
	tier        voucher.TierID = "practice-10"
	againWithin                = time.Second
	mostLines                  = 1000 // of the day's list; the oldest go
)

var tierName = desk.TierName(voucher.Tier{ID: tier, Trade: voucher.Supermarket, Face: face, Threshold: threshold})

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

	recent [sha256.Size]byte // hash of the scan before
	read   time.Time         // when it was read
	bills  int               // how often a bill was set
	set    int               // bills, when it was read
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
	clean := strings.ToUpper(voucher.Clean(text))
	sum := sha256.Sum256([]byte(clean))
	same := clean != "" && sum == t.recent && t.bills == t.set && at.Sub(t.read) < againWithin
	t.recent, t.read, t.set = sum, at, t.bills
	if same {
		return desk.Answer{}, false
	}
	a = desk.Answer{Answer: voucher.Refused, Bill: t.bill.Fen, BillSource: t.bill.Source, Pay: t.bill.Fen, At: at, Practice: true}
	return t.play(a, clean, text), true
}

// Picture plays a scan out of a picture, in which the codes of practice are vouchers as well.
func (t *Till) Picture(texts []string, at time.Time) (a desk.Answer, ok bool) {
	text, d, found := desk.Pick(texts, t.isVoucher)
	if found {
		return t.Scan(text, at)
	}
	t.recent, t.read, t.set = [sha256.Size]byte{}, at, t.bills
	a = desk.Answer{Answer: voucher.ScanAgain, Reason: voucher.DamagedScan, Bill: t.bill.Fen, Pay: t.bill.Fen, At: at, Practice: true}
	return a.Say(d), true
}

func (t *Till) isVoucher(text string) bool {
	switch strings.ToUpper(voucher.Clean(text)) {
	case desk.PractiseGood, desk.PractiseOffline, desk.PractiseUsed, desk.PractiseExpired, desk.PractiseDamaged:
		return true
	}
	return voucher.Read(text, t.rules.Payments).Reason == voucher.OK
}

// play answers one scan.
func (t *Till) play(a desk.Answer, clean, text string) desk.Answer {
	d := desk.Details{Threshold: threshold}
	switch clean {
	case desk.PractiseGood:
		return t.accept(a, voucher.Final)
	case desk.PractiseOffline:
		return t.accept(a, voucher.Provisional)
	case desk.PractiseUsed:
		a.Reason, a.Face, a.Tier, a.TierName = voucher.AlreadyRedeemed, face, tier, tierName
	case desk.PractiseExpired:
		a.Reason, a.Face, a.Tier, a.TierName = voucher.Expired, face, tier, tierName
		d.Until = midnight(a.At)
	case desk.PractiseDamaged:
		a.Reason = voucher.DamagedScan
	default:
		a.Reason, d = t.other(text)
	}
	if a.Reason.IsScan() {
		a.Answer = voucher.ScanAgain
	}
	return a.Say(d)
}

// other reads what is no practice code, as the till does. A real voucher is let alone.
func (t *Till) other(text string) (voucher.Reason, desk.Details) {
	r := voucher.Read(text, t.rules.Payments)
	if r.Reason == voucher.OK {
		return voucher.Busy, desk.Details{Practice: true}
	}
	return r.Reason, desk.Details{Code: r.Title, Masked: r.Masked}
}

// midnight is when the day of an instant began, in its zone.
func midnight(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, at.Location())
}

// accept plays a good voucher.
func (t *Till) accept(a desk.Answer, as voucher.Answer) desk.Answer {
	a.Face, a.Tier, a.TierName = face, tier, tierName
	switch {
	case a.Bill == 0:
		a.Reason = voucher.BillMissing
	case a.Bill < threshold:
		a.Reason = voucher.BelowThreshold
	default:
		return t.sell(a, as)
	}
	return a.Say(desk.Details{Threshold: threshold})
}

func (t *Till) sell(a desk.Answer, as voucher.Answer) desk.Answer {
	t.last++
	id := voucher.RedemptionID{Terminal: Terminal, Epoch: 1, Number: t.last}
	a.Answer, a.Pay, a.Redemption, a.Voucher = as, a.Bill-face, id.String(), fmt.Sprintf("PRACTICE-%d", t.last)
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
