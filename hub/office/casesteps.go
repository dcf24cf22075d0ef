package office

import (
	"context"
	"errors"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// isCashout tells whether a case is about cash-out, and so decided in steps.
func (o *Office) isCashout(ctx context.Context, number uint64) (bool, error) {
	_, err := o.Ledger.Cashout(ctx, number)
	if no := (*Refusal)(nil); errors.As(err, &no) {
		return false, nil
	}
	return err == nil, err
}

func (in Verdict) step() ledger.Step {
	s := ledger.Step{Case: in.Case, Verdict: in.Verdict, Reason: in.Reason, SnoozeScore: hundredths(in.SnoozeScore),
		By: ledger.Signature{Name: in.By, Console: len(in.Raw) == 0, Signed: wire.Signed{Raw: in.Raw, Sig: in.Sig}}}
	if in.AnswerBy != nil {
		s.AnswerBy = *in.AnswerBy
	}
	if in.SnoozeUntil != nil {
		s.SnoozeUntil = *in.SnoozeUntil
	}
	return s
}

// stateStep gives what a person has to sign to take a case a step on.
func (o *Office) stateStep(ctx context.Context, in Verdict) (Statement, error) {
	raw, err := o.Ledger.StateStep(ctx, in.step())
	if err != nil {
		return Statement{}, err
	}
	var body ledger.StepBody
	err = wire.Unmarshal(raw, &body)
	return Statement{Raw: raw, Reason: body.Reason, Step: true}, err
}

func (o *Office) takeStep(ctx context.Context, in Verdict) (Ruled, error) {
	before, err := o.Ledger.Cashout(ctx, in.Case)
	if err != nil {
		return Ruled{}, err
	}
	info, err := o.Ledger.TakeStep(ctx, in.step())
	if err != nil {
		return Ruled{}, err
	}
	r := Ruled{Case: in.Case, State: "waiting", Verdict: in.Verdict, Reason: in.Reason, By: []string{in.By}, Stands: info.State, Held: info.Held, Possible: ways(info.State)}
	if n := len(info.Steps); n > len(before.Steps) {
		last := stepRow(&info.Steps[n-1])
		r.State, r.By, r.AnswerBy = "taken", last.By, last.AnswerBy
	}
	return r, nil
}

// waitingRow is a step that one person has signed.
func waitingRow(p ledger.Proposed) (StepRow, error) {
	var b ledger.StepBody
	if err := wire.Unmarshal(p.By.Signed.Raw, &b); err != nil {
		return StepRow{}, err
	}
	return StepRow{Verdict: b.Verdict, Text: voucher.StepText(b.Verdict), Reason: b.Reason, By: []string{p.By.Name}, AnswerBy: whenMilli(b.AnswerBy),
		SnoozeUntil: whenMilli(b.SnoozeUntil), SnoozeScore: float64(b.SnoozeScore) / 100}, nil
}
