package office

import (
	"context"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// WriteOff asks for what the leases of a terminal have left to be written off. Raw and Sig are a person's signature over
// a ledger.WriteOffBody.
type WriteOff struct {
	ID      voucher.TerminalID `json:"id"`
	Past    bool               `json:"past,omitempty"`    // only of epochs that are over; the terminal works on
	Release bool               `json:"release,omitempty"` // what is left is free again, and nothing is set aside for records that come later
	Reason  string             `json:"reason"`            // to terminal.write-off-statement it may be empty: the words that another person has signed
	By      string             `json:"by,omitempty"`
	Raw     []byte             `json:"raw,omitempty"`
	Sig     []byte             `json:"sig,omitempty"`
}

// stateWriteOff gives what a person has to sign.
func (o *Office) stateWriteOff(ctx context.Context, in WriteOff) (Statement, error) {
	raw, err := o.Ledger.StateWriteOff(ctx, in.ID, in.Past, in.Release, in.Reason)
	if err != nil {
		return Statement{}, err
	}
	var body ledger.WriteOffBody
	err = wire.Unmarshal(raw, &body)
	return Statement{Raw: raw, Reason: body.Reason}, err
}

// WroteOff says what came of a person's word.
type WroteOff struct {
	ID      voucher.TerminalID `json:"id"`
	State   string             `json:"state"` // "written_off", or "waiting" for a second person
	Epoch   uint32             `json:"epoch"` // this one and all before it
	Release bool               `json:"release"`
	Unheard bool               `json:"unheard,omitempty"` // the hub was restored and has not heard it since: what it was lent after the backup may be lent twice
	Reason  string             `json:"reason"`
	By      []string           `json:"by"`
	Units   uint64             `json:"units"`   // of all pools
	Sum     voucher.Fen        `json:"sum_fen"` // of the loss reserve
}

func (o *Office) writeOff(ctx context.Context, in WriteOff) (WroteOff, error) {
	a, err := o.Ledger.WriteOff(ctx, ledger.Signature{Name: in.By, Signed: wire.Signed{Raw: in.Raw, Sig: in.Sig}})
	if err != nil {
		return WroteOff{}, err
	}
	w := WroteOff{ID: a.Body.Terminal, State: "waiting", Epoch: a.Body.Epoch, Release: a.Body.Release, Unheard: a.Body.Unheard, Reason: a.Body.Reason, By: []string{in.By}}
	if d := a.Done; d != nil {
		w.State, w.By, w.Units, w.Sum = "written_off", nil, ledger.Stranded{Units: d.Units}.Count(), d.Sum
		for _, s := range d.By {
			w.By = append(w.By, s.Name)
		}
	}
	return w, nil
}
