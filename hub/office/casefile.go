package office

import (
	"context"
	"slices"
	"strconv"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// Case is a row of `case list --json`. Of a case about cash-out State is a voucher.CashoutState, Reason the signal that
// brings most, and Records how many vouchers it names.
type Case struct {
	store.CaseRow
	Score float64     `json:"score,omitempty"`    // of the newest alert
	Held  voucher.Fen `json:"held_fen,omitempty"` // what it keeps from being paid out
}

// CaseFile is `case show --json`: Cashout is set for a case about cash-out, and of the rest only what stands in the list then.
type CaseFile struct {
	store.CaseFile
	Cashout *CashoutFile `json:"cashout,omitempty"`
}

// CashoutFile is a case about cash-out: what the detector has said, as of its newest alert, and what people have done.
type CashoutFile struct {
	Number   uint64               `json:"number"`
	Kind     voucher.CaseKind     `json:"kind"` // "cashout"
	Merchant voucher.MerchantID   `json:"merchant"`
	Name     string               `json:"name"`
	State    voucher.CashoutState `json:"state"`
	Stands   voucher.Text         `json:"state_text"`
	Opened   time.Time            `json:"opened"`
	High     float64              `json:"high_score"`
	Alert    AlertLine            `json:"alert"` // the newest, with its explanation
	Entry    book.Position        `json:"entry"` // of the book, that brought the newest
	Alerts   []AlertLine          `json:"alerts"`
	Vouchers []string             `json:"vouchers"` // that any alert named
	Held     voucher.Fen          `json:"held_fen"`
	AnswerBy *time.Time           `json:"answer_by,omitempty"`
	Steps    []StepRow            `json:"steps"`
	Waiting  []StepRow            `json:"waiting,omitempty"` // signed by one person; a second must sign the same
	Possible []Way                `json:"possible"`          // what can be done now
}

// StepRow is a step that was taken, or that one person has signed.
type StepRow struct {
	Verdict     voucher.CaseVerdict `json:"verdict"`
	Text        voucher.Text        `json:"text"`
	Reason      string              `json:"reason"` // of an answer its words
	By          []string            `json:"by"`
	At          *time.Time          `json:"at,omitempty"` // nil of one that waits
	AnswerBy    *time.Time          `json:"answer_by,omitempty"`
	SnoozeUntil *time.Time          `json:"snooze_until,omitempty"`
	SnoozeScore float64             `json:"snooze_score,omitempty"`
	Unanswered  bool                `json:"unanswered,omitempty"` // the merchant did not answer in time
}

// Way is one way on.
type Way struct {
	Verdict voucher.CaseVerdict  `json:"verdict"`
	To      voucher.CashoutState `json:"to"`
	Persons int                  `json:"persons"`
	Text    voucher.Text         `json:"text"`
}

func (o *Office) listCases(ctx context.Context, _ None) ([]Case, error) {
	rows, err := see(ctx, o, func(v *store.Store) ([]store.CaseRow, error) { return v.Cases(ctx) }, "", "")
	if err != nil {
		return nil, err
	}
	about, err := o.Ledger.Cashouts(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Case, 0, len(rows)+len(about))
	for _, r := range rows {
		all = append(all, Case{CaseRow: r})
	}
	for i := range about {
		all = append(all, cashoutRow(&about[i]))
	}
	slices.SortFunc(all, func(a, b Case) int { return int(a.Number) - int(b.Number) })
	return all, nil
}

func cashoutRow(c *ledger.CashoutInfo) Case {
	last := c.Alerts[len(c.Alerts)-1]
	return Case{store.CaseRow{Number: c.Number, Kind: string(voucher.Cashout), Merchant: c.Merchant, Reason: last.Rule(), Opened: c.Opened.UTC(),
		Records: len(c.Named), State: string(c.State)}, float64(last.Score) / 100, c.Held}
}

func (o *Office) showCase(ctx context.Context, in Named) (CaseFile, error) {
	number, err := strconv.ParseUint(in.ID, 10, 64)
	if err != nil {
		return CaseFile{}, refuse("bad_request", "案件编号是一个数字", "a case has a number")
	}
	c, err := o.Ledger.Cashout(ctx, number)
	if err == nil {
		return o.cashoutFile(ctx, &c)
	}
	f, err := see(ctx, o, func(v *store.Store) (store.CaseFile, error) { return v.Case(ctx, number) }, "没有案件 "+in.ID, "there is no case "+in.ID)
	return CaseFile{CaseFile: f}, err
}

func (o *Office) cashoutFile(ctx context.Context, c *ledger.CashoutInfo) (CaseFile, error) {
	m, _, err := o.Ledger.Merchant(ctx, c.Merchant)
	if err != nil {
		return CaseFile{}, err
	}
	f := &CashoutFile{Number: c.Number, Kind: voucher.Cashout, Merchant: c.Merchant, Name: m.Name, State: c.State, Stands: c.State.Text(), Opened: c.Opened.UTC(),
		High: float64(c.High) / 100, Held: c.Held, AnswerBy: when(c.AnswerBy), Steps: []StepRow{}, Possible: []Way{}}
	for _, a := range c.Alerts {
		f.Alerts = append(f.Alerts, alertLine(a, false))
	}
	newest := c.Alerts[len(c.Alerts)-1]
	f.Alert, f.Entry = alertLine(newest, true), newest.At
	for _, v := range c.Named {
		f.Vouchers = append(f.Vouchers, v.String())
	}
	for i := range c.Steps {
		f.Steps = append(f.Steps, stepRow(&c.Steps[i]))
	}
	for _, p := range c.Proposed {
		row, err := waitingRow(p)
		if err != nil {
			return CaseFile{}, err
		}
		f.Waiting = append(f.Waiting, row)
	}
	f.Possible = ways(c.State)
	return CaseFile{store.CaseFile{CaseRow: cashoutRow(c).CaseRow}, f}, nil
}

func ways(s voucher.CashoutState) []Way {
	all := []Way{}
	for _, step := range s.Steps() {
		all = append(all, Way{step.Verdict, step.To, step.Persons, voucher.StepText(step.Verdict)})
	}
	return all
}

// when is a time for a row; nil for the zero time.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func whenMilli(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	return when(time.UnixMilli(ms))
}

func stepRow(s *ledger.TakenStep) StepRow {
	row := StepRow{Verdict: s.Verdict, Text: voucher.StepText(s.Verdict), Reason: s.Reason, At: when(s.At), AnswerBy: whenMilli(s.AnswerBy),
		SnoozeUntil: whenMilli(s.SnoozeUntil), SnoozeScore: float64(s.SnoozeScore) / 100, Unanswered: s.Unanswered}
	for _, by := range s.By {
		row.By = append(row.By, by.Name)
	}
	return row
}

// alertLine is an alert of the book as the detector's own lines are written, digit for digit.
func alertLine(s *ledger.Suspected, explain bool) AlertLine {
	line := AlertLine{Time: stamp(s.When), Merchant: string(s.Merchant), Rule: s.Rule(), Score: float64(s.Score) / 100}
	if explain {
		line.Rules, line.Seen, line.Why = s.Rules, int(s.Seen), reasons(s)
	}
	return line
}

func reasons(s *ledger.Suspected) []Why {
	all := make([]Why, len(s.Parts))
	for i, p := range s.Parts {
		all[i] = Why{Signal: p.Signal, Score: float64(p.Score) / 100, Innocent: p.Innocent}
		for _, m := range p.Marks {
			all[i].Marks = append(all[i].Marks, cashout.MarkCount{Mark: m.Mark, Count: int(m.Count), Of: int(m.Of), Peers: float64(m.Peers) / 1e4})
		}
		for _, v := range p.Vouchers {
			all[i].Vouchers = append(all[i].Vouchers, v.String())
		}
	}
	return all
}
