package ledger

import (
	"bytes"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// suspected looks whether an alert belongs to the case that the ledger would have given it to. Whether there was cause for
// the alert the detector tells, from the same book.
func (a *Auditor) suspected(at book.Position, e *Entry) error {
	s := e.Suspected
	number, quiet := a.state.place(s, e.At)
	if s.Case != number || s.Quiet != quiet || a.state.merchants[s.Merchant] == nil || s.At >= at {
		return finding(at, "an alert about merchant %s belongs to case %d, not %d", s.Merchant, number, s.Case)
	}
	return nil
}

// stepped looks whether as many persons have signed just that step as it needed, knowing all steps before it.
func (a *Auditor) stepped(at book.Position, e *CashoutStepped) error {
	c := a.state.inquiries[e.Case]
	if c == nil || len(e.By) == 0 {
		return finding(at, "a step of case %d, which is not there, or by nobody", e.Case)
	}
	step, possible := c.state.Step(e.Verdict)
	if !possible || step.Persons == 2 && !twoPersons(e.By) {
		return finding(at, "case %d is %s and takes step %s without the persons that it needs", e.Case, c.state, e.Verdict)
	}
	for _, by := range e.By {
		if by.Console {
			continue
		}
		var b StepBody
		if wire.Unmarshal(by.Signed.Raw, &b) != nil || !bytes.Equal(b.Generation, a.state.hub.Generation) || b.Step != uint64(len(c.steps)) ||
			b.Case != e.Case || b.Verdict != e.Verdict || b.Reason != e.Reason || b.AnswerBy != e.AnswerBy || b.SnoozeUntil != e.SnoozeUntil || b.SnoozeScore != e.SnoozeScore {
			return finding(at, "%s has signed another step than that of case %d", by.Name, e.Case)
		}
		if err := a.autograph(at, by, ForStep); err != nil {
			return err
		}
	}
	if e.Unanswered != (c.state == voucher.Heard && e.Verdict == voucher.StepVerify) {
		return finding(at, "case %d: whether merchant %s has answered is told wrongly", e.Case, c.merchant)
	}
	switch {
	case step.To.Bars() && !step.From.Bars():
		a.status = &voucher.Merchant{Code: c.merchant, Status: voucher.MerchantSuspended}
	case step.From.Bars() && !step.To.Bars():
		a.status = &voucher.Merchant{Code: c.merchant, Status: voucher.MerchantActive}
	}
	return nil
}

// admitted looks whether a merchant is let in that a case has suspended.
func (a *Auditor) admitted(at book.Position, m *voucher.Merchant) error {
	if c := a.state.bars(m.Code); c != nil && m.Status != voucher.MerchantSuspended {
		return finding(at, "merchant %s is let in though case %d has suspended it", m.Code, c.number)
	}
	return nil
}
