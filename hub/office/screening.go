package office

import (
	"cmp"
	"context"
	"slices"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// WantScreening asks for the screening list, by the rules in force or by those that are only tried.
type WantScreening struct {
	Shadow bool `json:"shadow,omitempty"`
}

// Screened is a merchant that is worth a look today.
type Screened struct {
	Merchant    voucher.MerchantID   `json:"merchant"`
	Name        string               `json:"name"`
	Score       float64              `json:"score"`
	High        float64              `json:"high_score"` // so far
	Level       string               `json:"level"`      // "alert" at or above the cut, else "watch"
	Signals     []string             `json:"signals"`    // those that bring most, at most three
	Redemptions int                  `json:"redemptions"`
	Alerts      int                  `json:"alerts"`
	Since       time.Time            `json:"since"`          // when it first came up
	Case        uint64               `json:"case,omitempty"` // the newest about it
	State       voucher.CashoutState `json:"state,omitempty"`
	Rules       string               `json:"rules"`
}

// watching gives the watch that runs, or for a command alone one that folds the book now and tells the ledger of nothing;
// caught up with the book.
func (o *Office) watching(ctx context.Context) (*Watch, error) {
	w := o.Watch
	if w == nil {
		w = o.NewWatch(nil, nil)
		w.quiet = true
	}
	return w, w.CatchUp(ctx)
}

// screening lists the merchants above the watch level, the highest score first.
func (o *Office) screening(ctx context.Context, in WantScreening) ([]Screened, error) {
	w, err := o.watching(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := w.screened(in.Shadow)
	if err != nil {
		return nil, err
	}
	cases, err := o.Ledger.Cashouts(ctx)
	if err != nil {
		return nil, err
	}
	newest := map[voucher.MerchantID]*ledger.CashoutInfo{}
	for i := range cases {
		newest[cases[i].Merchant] = &cases[i]
	}
	for i := range rows {
		r := &rows[i]
		if c := newest[r.Merchant]; c != nil {
			r.Case, r.State = c.Number, c.State
		}
		m, _, err := o.Ledger.Merchant(ctx, r.Merchant)
		if err != nil {
			return nil, err
		}
		r.Name = m.Name
	}
	return rows, nil
}

func noShadow() error {
	return refuse("no_shadow", "没有试运行的规则：请在 hub.toml 中用 shadow_rules 指定规则文件，并重新启动 serve", "no rules are tried beside those in force: name their file with shadow_rules in hub.toml, and start serve again")
}

func (w *Watch) screened(shadow bool) ([]Screened, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.live
	if shadow {
		l = w.shadow
	}
	if l == nil {
		return nil, noShadow()
	}
	rows := []Screened{}
	for _, a := range l.detector.Ranking() {
		if now := l.detector.Explain(a.Merchant); now.Score >= l.rules.Cut*cashout.WatchAt {
			rows = append(rows, l.row(now, a.Score))
		}
	}
	slices.SortStableFunc(rows, func(a, b Screened) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Merchant, b.Merchant))
	})
	return rows, nil
}

func (l *lookout) row(a *cashout.Alert, high float64) Screened {
	s := Screened{Merchant: voucher.MerchantID(a.Merchant), Score: a.Score, High: high, Level: string(cashout.LevelWatch), Signals: []string{},
		Redemptions: a.Seen, Alerts: l.alerts[a.Merchant], Since: local(l.since[a.Merchant]), Rules: a.Rules}
	if a.Score >= l.rules.Cut {
		s.Level = "alert"
	}
	for _, p := range a.Parts[:min(3, len(a.Parts))] {
		s.Signals = append(s.Signals, p.Signal.String())
	}
	return s
}
