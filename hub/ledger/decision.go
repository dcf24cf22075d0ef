package ledger

import (
	"context"
	"fmt"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// ForDecision keeps a person's signature under a decision from being taken for anything else.
const ForDecision wire.Purpose = "hexiao decision 1\x00"

// DecisionBody is what a person signs to decide a case.
type DecisionBody struct {
	Generation []byte              `cbor:"1,keyasint"` // the hub's: a case has its number within it
	Case       uint64              `cbor:"2,keyasint"`
	Verdict    voucher.CaseVerdict `cbor:"3,keyasint"`
	Reason     string              `cbor:"4,keyasint"` // stays on record
}

// Decision asks for a case to be decided: by the operator at the hub's console in words, or by a person with a signature
// over a DecisionBody.
type Decision struct {
	Case    uint64
	Verdict voucher.CaseVerdict
	Reason  string
	By      Signature
}

// CaseDecided closes a case, for good. A correction is a new entry of another kind; this one stays.
type CaseDecided struct {
	Case    uint64              `cbor:"1,keyasint"`
	Verdict voucher.CaseVerdict `cbor:"2,keyasint"`
	Reason  string              `cbor:"3,keyasint"`
	By      []Signature         `cbor:"4,keyasint"`
	From    Draw                `cbor:"5,keyasint,omitempty"` // of Pay: where unit or money came from
	Paid    voucher.Fen         `cbor:"6,keyasint,omitempty"` // of Pay: to the merchant
	Tell    voucher.Text        `cbor:"7,keyasint"`           // what the merchant is told
}

// CaseInfo is a case as the ledger knows it.
type CaseInfo struct {
	Number   uint64
	Kind     voucher.CaseKind
	Terminal voucher.TerminalID
	Opened   time.Time
	Rule     voucher.CaseRule     // that proposes: when the sale was undone meanwhile, to refuse
	Void     voucher.RedemptionID // what undid the sale before anybody had decided; zero for nothing
	Proposed []Proposed           // signed by one person and waiting for a second, the newest last
	Ruling   *CaseDecided         // nil while it is open
}

// Case gives one case. Refusal: not_found.
func (l *Ledger) Case(ctx context.Context, number uint64) (CaseInfo, error) {
	return ask(ctx, l, func(d *draft) (CaseInfo, error) {
		c, err := d.dossier(number)
		if err != nil {
			return CaseInfo{}, err
		}
		return c.info(), nil
	})
}

// Decide decides a case, or keeps a person's word until a second one signs the same: a verdict other than the proposed
// one needs two. The answer tells which. Asked again with the same words it answers the same. Refusals: not_found,
// case_decided, bad_verdict, bad_request, person_unknown, bad_signature, two_persons, nothing_to_pay, reserve_exhausted,
// recovering.
func (l *Ledger) Decide(ctx context.Context, in Decision) (CaseInfo, error) {
	return ask(ctx, l, func(d *draft) (CaseInfo, error) { return d.decide(in) })
}

func (s *state) dossier(number uint64) (*dossier, error) {
	if c := s.dossiers[number]; c != nil {
		return c, nil
	}
	return nil, refuse("not_found", fmt.Sprintf("没有案件 %d", number), fmt.Sprintf("there is no case %d", number))
}

func (c *dossier) info() CaseInfo {
	return CaseInfo{c.Number, c.Kind, c.Terminal, time.UnixMilli(c.opened), c.proposal(), c.void, append([]Proposed(nil), c.proposed...), c.ruling}
}

func (d *draft) decide(in Decision) (CaseInfo, error) {
	c, err := d.dossier(in.Case)
	if err != nil {
		return CaseInfo{}, err
	}
	if err := d.mayDecide(c, in); err != nil {
		return CaseInfo{}, err
	}
	by := []Signature{in.By}
	if in.Verdict != c.proposal().Propose {
		first, again := second(c.proposed, in.By)
		switch {
		case again:
			return c.info(), nil
		case first == nil:
			if _, err := d.source(c, in.Verdict); err != nil {
				return CaseInfo{}, err
			}
			d.add(Entry{Proposed: &Proposed{Case: c.Number, By: in.By}})
			return c.info(), nil
		}
		by = []Signature{first.By, in.By}
	}
	err = d.rule(c, in, by)
	return c.info(), err
}

// mayDecide looks at who asks and for what; nothing has been changed when it refuses.
func (d *draft) mayDecide(c *dossier, in Decision) error {
	if c.ruling != nil {
		return refuse("case_decided", fmt.Sprintf("案件 %d 已由 %s 裁定为 %s；裁定不能更改，也不能重复", c.Number, c.ruling.names(), c.ruling.Verdict),
			fmt.Sprintf("case %d was decided by %s: %s; a decision stays, and nothing is decided twice", c.Number, c.ruling.names(), c.ruling.Verdict))
	}
	if !in.Verdict.Fits(c.Kind) {
		a, b := voucher.Pay, voucher.Refuse
		if c.Kind.AboutTerminal() {
			a, b = voucher.Resume, voucher.Revoke
		}
		return refuse("bad_verdict", fmt.Sprintf("%s 类案件的裁定是 %s 或 %s，不是 %q", c.Kind, a, b, in.Verdict),
			fmt.Sprintf("a %s case is decided with %s or %s, not %q", c.Kind, a, b, in.Verdict))
	}
	if err := wantReason(in.Reason); err != nil {
		return err
	}
	if !in.By.Console {
		return d.signedDecision(in)
	}
	if !plain(in.By.Name, maxName) {
		return refuse("bad_request", "须写明由谁裁定", "say who decides")
	}
	if proposed := c.proposal().Propose; in.Verdict != proposed {
		return refuse("two_persons", fmt.Sprintf("规则建议 %s；改为 %s 须由两名已登记的人员先后签名（--as 姓名 --key 钥匙文件）", proposed, in.Verdict),
			fmt.Sprintf("the rule proposes %s; for %s two entered persons must sign, one after the other (--as NAME --key FILE)", proposed, in.Verdict))
	}
	return nil
}

// signedDecision verifies that a person has signed just what is asked for.
func (d *draft) signedDecision(in Decision) error {
	var body DecisionBody
	if err := d.verify(in.By, ForDecision, &body); err != nil {
		return err
	}
	if string(body.Generation) != string(d.hub.Generation) || body.Case != in.Case || body.Verdict != in.Verdict || body.Reason != in.Reason {
		return refuse("bad_signature", "签名签的是另一项裁定；请重新签名", "the signature is for another decision; sign again")
	}
	return nil
}

func (r *CaseDecided) names() string {
	all := ""
	for i, by := range r.By {
		if i > 0 {
			all += ", "
		}
		all += by.Name
	}
	return all
}

// rule decides. What it means for the terminal follows in entries of its own.
func (d *draft) rule(c *dossier, in Decision, by []Signature) error {
	from, err := d.source(c, in.Verdict)
	if err != nil {
		return err
	}
	r := CaseDecided{Case: c.Number, Verdict: in.Verdict, Reason: in.Reason, By: by, From: from, Tell: c.proposal().Tell}
	if in.Verdict == voucher.Pay {
		r.Paid = d.face(c)
	}
	if in.Verdict != c.proposal().Propose || r.Tell == (voucher.Text{}) {
		r.Tell = told(in)
	}
	d.add(Entry{Decided: &r})
	t := d.terminals[c.Terminal]
	if in.Verdict == voucher.Revoke && t.state != voucher.TerminalRevoked {
		d.setTerminal(t, voucher.TerminalRevoked, in.Reason)
	}
	if in.Verdict == voucher.Resume {
		d.resume(t, c.Number)
	}
	return nil
}

// told is what the merchant hears when persons decide otherwise than a rule would have.
func told(in Decision) voucher.Text {
	verdict := map[voucher.CaseVerdict]voucher.Text{
		voucher.Pay:    {Zh: "经人工复核，予以支付", En: "After a review it is paid"},
		voucher.Refuse: {Zh: "经人工复核，不予支付", En: "After a review it is not paid"},
		voucher.Resume: {Zh: "经人工复核，终端可以继续使用", En: "After a review the terminal may go on"},
		voucher.Revoke: {Zh: "经人工复核，终端已注销", En: "After a review the terminal is out for good"},
	}[in.Verdict]
	return voucher.Text{Zh: verdict.Zh + "：" + in.Reason, En: verdict.En + ": " + in.Reason}
}
