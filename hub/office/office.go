package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/gate"
	"hexiao/hub/ledger"
	"hexiao/hub/registry"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
)

// Office does what people ask. Every field but Live and Watch is needed; Do is safe for concurrent use.
type Office struct {
	Book   *book.Book
	Ledger *ledger.Ledger
	Views  *store.Store
	Keys   *registry.Keys
	Now    func() time.Time
	Live   func(voucher.TerminalID) (gate.Live, bool) // of terminals that came in; nil where no gate runs
	Watch  *Watch                                     // the cash-out detector that runs; nil where none does

	serving atomic.Bool           // others come in through the socket
	writes  atomic.Pointer[inbox] // of the newest watch; nil before one was made
}

// Refusal is an answer no, with its sentence in both languages; Code is fixed for scripts. All that a person did wrong
// comes as a *Refusal, through the socket too; any other error is a fault of the hub.
type Refusal = ledger.Refusal

func refuse(code, zh, en string) error {
	return &Refusal{Code: code, Text: voucher.Text{Zh: zh, En: en}}
}

type operation func(o *Office, ctx context.Context, in json.RawMessage) (any, error)

// op makes an operation of a method with an input of its own type; unknown fields are refused.
func op[In, Out any](do func(*Office, context.Context, In) (Out, error)) operation {
	return func(o *Office, ctx context.Context, in json.RawMessage) (any, error) {
		var input In
		read := json.NewDecoder(bytes.NewReader(in))
		read.DisallowUnknownFields()
		if err := read.Decode(&input); err != nil {
			return nil, refuse("bad_request", "请求无法理解："+err.Error(), "the request cannot be understood: "+err.Error())
		}
		return do(o, ctx, input)
	}
}

// operations are all there are, by name.
var operations = map[string]operation{
	"campaign.apply":   op((*Office).applyCampaign),
	"campaign.show":    op((*Office).showCampaign),
	"merchant.import":  op((*Office).importMerchants),
	"merchant.list":    op((*Office).listMerchants),
	"merchant.show":    op((*Office).showMerchant),
	"merchant.suspend": op((*Office).suspendMerchant),
	"merchant.resume":  op((*Office).resumeMerchant),
	"terminal.token":   op((*Office).makeToken),
	"terminal.list":    op((*Office).listTerminals),
	"terminal.show":    op((*Office).showTerminal),
	"terminal.revoke":  op((*Office).revokeTerminal),

	"terminal.acceptances": op((*Office).listAcceptances),

	"terminal.write-off-statement": op((*Office).stateWriteOff),
	"terminal.write-off":           op((*Office).writeOff),

	"voucher.issue":  op((*Office).issue),
	"voucher.show":   op((*Office).showVoucher),
	"case.list":      op((*Office).listCases),
	"case.show":      op((*Office).showCase),
	"audit.verify":   op((*Office).auditBook),
	"audit.export":   op((*Office).exportBook),
	"audit.record":   op((*Office).showRecord),
	"case.statement": op((*Office).stateDecision),
	"case.decide":    op((*Office).decideCase),
	"case.material":  op((*Office).CaseMaterial),
	"case.evidence":  op((*Office).exportEvidence),
	"case.screening": op((*Office).screening),
	"case.precision": op((*Office).precision),
	"case.stream":    op((*Office).exportStream),
	"state.show":     op((*Office).showState),
	"person.add":     op((*Office).addPerson),
	"person.list":    op((*Office).listPersons),
}

// None is the input of an operation that needs none.
type None struct{}

// Do does one operation by its name; input and answer are JSON. It blocks until what it changed is on disk. Errors: a
// *Refusal to be shown to a person, anything else for the operator.
func (o *Office) Do(ctx context.Context, name string, in json.RawMessage) (json.RawMessage, error) {
	do, known := operations[name]
	if !known {
		return nil, refuse("bad_request", "没有这个操作："+name, "there is no operation "+name)
	}
	out, err := do(o, ctx, in)
	if file := (*registry.FileError)(nil); errors.As(err, &file) {
		return nil, refuse("bad_file", file.In("zh"), file.In("en"))
	}
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return answer, nil
}
