package office

import (
	"cmp"
	"context"
	"slices"

	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// Precisions says how often alerts were right, as people have found. It measures, and changes no weight.
type Precisions struct {
	Rows   []Precision `json:"rows"`
	Shadow *Trial      `json:"shadow,omitempty"` // nil where no rules are tried beside those in force
}

// Precision counts cases by the rules' version and the signal that brought most to the alert that opened them; Signal is
// empty in the row of all of a version.
type Precision struct {
	Rules     string   `json:"rules"`
	Signal    string   `json:"signal"`
	Verified  int      `json:"verified"`
	Cleared   int      `json:"cleared"`
	Open      int      `json:"open"`      // neither
	Precision *float64 `json:"precision"` // verified / (verified + cleared); null while nothing is decided
}

// Trial says what rules that are only tried would have made of the cases that are decided.
type Trial struct {
	Rules     string     `json:"rules"`
	Merchants int        `json:"merchants"` // that are ranked
	Verified  int        `json:"verified"`  // that they would have alerted of
	Cleared   int        `json:"cleared"`   // likewise
	Rows      []TrialRow `json:"rows"`
}

// TrialRow is a case that is decided.
type TrialRow struct {
	Case     uint64             `json:"case"`
	Merchant voucher.MerchantID `json:"merchant"`
	Verified bool               `json:"verified"`
	Score    float64            `json:"score"`        // highest by the rules in force
	Shadow   float64            `json:"shadow_score"` // highest by those that are tried
	Rank     int                `json:"shadow_rank"`  // from 1; 0 for a merchant that they have not seen
	Alerted  bool               `json:"shadow_alert"`
}

// finding is what people have made of a case so far.
func finding(c *ledger.CashoutInfo) (verified, cleared bool) {
	if c.State == voucher.Cleared {
		return false, true
	}
	for _, s := range c.Steps {
		verified = verified || s.Verdict == voucher.StepVerify
	}
	return verified, false
}

func (o *Office) precision(ctx context.Context, _ None) (Precisions, error) {
	cases, err := o.Ledger.Cashouts(ctx)
	if err != nil {
		return Precisions{}, err
	}
	p := Precisions{Rows: counted(cases)}
	if o.Watch == nil || o.Watch.shadow == nil {
		return p, nil
	}
	if err := o.Watch.CatchUp(ctx); err != nil {
		return Precisions{}, err
	}
	p.Shadow = o.Watch.trial(cases)
	return p, nil
}

func counted(cases []ledger.CashoutInfo) []Precision {
	type key struct{ rules, signal string }
	at := map[key]*Precision{}
	for i := range cases {
		first := cases[i].Alerts[0]
		for _, k := range []key{{first.Rules, ""}, {first.Rules, first.Rule()}} {
			if at[k] == nil {
				at[k] = &Precision{Rules: k.rules, Signal: k.signal}
			}
			switch verified, cleared := finding(&cases[i]); {
			case verified:
				at[k].Verified++
			case cleared:
				at[k].Cleared++
			default:
				at[k].Open++
			}
		}
	}
	rows := []Precision{}
	for _, r := range at {
		if n := r.Verified + r.Cleared; n > 0 {
			share := float64(r.Verified) / float64(n)
			r.Precision = &share
		}
		rows = append(rows, *r)
	}
	slices.SortFunc(rows, func(a, b Precision) int {
		return cmp.Or(cmp.Compare(a.Rules, b.Rules), cmp.Compare(a.Signal, b.Signal))
	})
	return rows
}

// trial looks what the rules that are tried have made of the merchants about whom people have decided.
func (w *Watch) trial(cases []ledger.CashoutInfo) *Trial {
	w.mu.Lock()
	defer w.mu.Unlock()
	ranking := w.shadow.detector.Ranking()
	slices.SortStableFunc(ranking, func(a, b cashout.Alert) int { return cmp.Compare(b.Score, a.Score) })
	t := &Trial{Rules: w.shadow.rules.Version, Merchants: len(ranking), Rows: []TrialRow{}}
	for i := range cases {
		c := &cases[i]
		verified, cleared := finding(c)
		if !verified && !cleared {
			continue
		}
		row := TrialRow{Case: c.Number, Merchant: c.Merchant, Verified: verified, Score: float64(c.High) / 100, Alerted: w.shadow.alerts[string(c.Merchant)] > 0}
		if at := slices.IndexFunc(ranking, func(a cashout.Alert) bool { return a.Merchant == string(c.Merchant) }); at >= 0 {
			row.Rank, row.Shadow = at+1, ranking[at].Score
		}
		switch {
		case row.Alerted && verified:
			t.Verified++
		case row.Alerted:
			t.Cleared++
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
