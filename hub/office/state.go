package office

import (
	"context"

	"hexiao/hub/voucher"
)

// State is what a person at the hub has to see to, beside the machine itself.
type State struct {
	Recovering bool                 `json:"recovering"`        // the hub was restored, and waits
	Restores   int                  `json:"restores"`          // how many times it was restored, or lost the end of its book
	Waiting    []voucher.TerminalID `json:"waiting,omitempty"` // for these to report
	Cases      int                  `json:"open_cases"`
	Stranded   Stranded             `json:"stranded"`
	Frozen     []voucher.TerminalID `json:"frozen,omitempty"` // terminals that wait for a person, or to begin anew
}

// showState gathers what waits for people.
func (o *Office) showState(ctx context.Context, _ None) (State, error) {
	r, err := o.Ledger.Recovery(ctx)
	if err != nil {
		return State{}, err
	}
	s, err := o.Ledger.Summary(ctx)
	if err != nil {
		return State{}, err
	}
	st := State{Recovering: r.Recovering, Restores: r.Restores, Waiting: r.Waiting, Cases: s.Open, Frozen: s.Frozen}
	for _, p := range s.Pools {
		st.Stranded.Units += uint64(p.Stranded)
	}
	st.Stranded.Sum = s.Reserve.Stranded
	return st, nil
}
