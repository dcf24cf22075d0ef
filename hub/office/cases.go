package office

import (
	"context"
	"encoding/hex"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Verdict asks for a case to be decided. Raw and Sig are a person's signature over a ledger.DecisionBody; without them it
// is the operator at the hub's console who decides, and By is the operating system's name of that user.
type Verdict struct {
	Case    uint64              `json:"case"`
	Verdict voucher.CaseVerdict `json:"verdict"`
	Reason  string              `json:"reason"` // to case.statement it may be empty: the words that another person has signed
	By      string              `json:"by,omitempty"`
	Raw     []byte              `json:"raw,omitempty"`
	Sig     []byte              `json:"sig,omitempty"`

	// Of a case about cash-out only:
	AnswerBy    *time.Time `json:"answer_by,omitempty"`    // of hear: until when the merchant may answer; three days when nil
	SnoozeUntil *time.Time `json:"snooze_until,omitempty"` // of clear: alerts are quiet until then; a fortnight when nil
	SnoozeScore float64    `json:"snooze_score,omitempty"` // of clear: and up to this score; half as much again as the highest when 0
}

// Statement is what a person has to sign: the bytes, and the reason that stands in them.
type Statement struct {
	Raw    []byte `json:"raw"`
	Reason string `json:"reason"`
	Step   bool   `json:"step,omitempty"` // it is a ledger.StepBody, to be signed for ledger.ForStep
}

// stateDecision gives what a person has to sign to decide a case: the words that another person has signed already when
// no others are wanted.
func (o *Office) stateDecision(ctx context.Context, in Verdict) (Statement, error) {
	if steps, err := o.isCashout(ctx, in.Case); err != nil || steps {
		if err != nil {
			return Statement{}, err
		}
		return o.stateStep(ctx, in)
	}
	info, err := o.Ledger.Case(ctx, in.Case)
	if err != nil {
		return Statement{}, err
	}
	for _, p := range info.Proposed {
		var body ledger.DecisionBody
		if err := wire.Unmarshal(p.By.Signed.Raw, &body); err != nil {
			return Statement{}, err
		}
		if body.Verdict == in.Verdict && (in.Reason == "" || in.Reason == body.Reason) {
			return Statement{Raw: p.By.Signed.Raw, Reason: body.Reason}, nil
		}
	}
	if in.Reason == "" {
		return Statement{}, refuse("bad_request", "请用 --reason 写明原因：它会留存备查", "say why with --reason: it stays on record")
	}
	s, err := o.Ledger.Summary(ctx)
	if err != nil {
		return Statement{}, err
	}
	raw, err := wire.Marshal(ledger.DecisionBody{Generation: s.Hub.Generation, Case: in.Case, Verdict: in.Verdict, Reason: in.Reason})
	return Statement{Raw: raw, Reason: in.Reason}, err
}

// Ruled says what came of a verdict.
type Ruled struct {
	Case    uint64              `json:"case"`
	State   string              `json:"state"` // "decided", of a step "taken", or "waiting" for a second person
	Verdict voucher.CaseVerdict `json:"verdict"`
	Reason  string              `json:"reason"`
	By      []string            `json:"by"`
	Paid    voucher.Fen         `json:"paid_fen"`
	Told    voucher.Text        `json:"told"` // what the merchant is told; empty while it waits

	Stands   voucher.CashoutState `json:"case_state,omitempty"` // of a case about cash-out, now, as are those below
	Held     voucher.Fen          `json:"held_fen,omitempty"`   // what it keeps from being paid out
	AnswerBy *time.Time           `json:"answer_by,omitempty"`  // of hear
	Possible []Way                `json:"possible,omitempty"`
}

func (o *Office) decideCase(ctx context.Context, in Verdict) (Ruled, error) {
	if steps, err := o.isCashout(ctx, in.Case); err != nil || steps {
		if err != nil {
			return Ruled{}, err
		}
		return o.takeStep(ctx, in)
	}
	by := ledger.Signature{Name: in.By, Console: len(in.Raw) == 0, Signed: wire.Signed{Raw: in.Raw, Sig: in.Sig}}
	info, err := o.Ledger.Decide(ctx, ledger.Decision{Case: in.Case, Verdict: in.Verdict, Reason: in.Reason, By: by})
	if err != nil {
		return Ruled{}, err
	}
	r := Ruled{Case: in.Case, State: "waiting", Verdict: in.Verdict, Reason: in.Reason, By: []string{in.By}}
	if d := info.Ruling; d != nil {
		r.State, r.Paid, r.Told, r.By = "decided", d.Paid, d.Tell, nil
		for _, s := range d.By {
			r.By = append(r.By, s.Name)
		}
	}
	return r, nil
}

// Person is somebody who may sign.
type Person struct {
	Name string `json:"name"`
	Key  string `json:"key"` // Ed25519 public key, 64 hexadecimal digits
}

func (o *Office) addPerson(ctx context.Context, in Person) (Person, error) {
	key, err := hex.DecodeString(in.Key)
	if err != nil {
		return Person{}, refuse("bad_request", "公钥须为 64 位十六进制", "the public key is 64 hexadecimal digits")
	}
	return in, o.Ledger.AddPerson(ctx, ledger.PersonSet{Name: in.Name, Key: key})
}

func (o *Office) listPersons(ctx context.Context, _ None) ([]Person, error) {
	all, err := o.Ledger.Persons(ctx)
	list := make([]Person, len(all))
	for i, p := range all {
		list[i] = Person{p.Name, hex.EncodeToString(p.Key)}
	}
	return list, err
}
