package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// ForStep keeps a person's signature under a step of a cash-out case from being taken for anything else.
const ForStep wire.Purpose = "hexiao cash-out step 1\x00"

// What holds where nobody says otherwise: a merchant has three days to answer (issue 4; a working week where a holiday
// lies between is for whoever asks to set), at most ninety. A case that is cleared stays quiet for a fortnight, the length
// of the seed's campaign, unless the score grows by half.
const (
	answerTime = 3 * 24 * time.Hour
	longestAsk = 90 * 24 * time.Hour
	snoozeTime = 14 * 24 * time.Hour
)

// StepBody is what a person signs to take a case about cash-out a step on. Its first four fields are those of a
// DecisionBody. Step says how many steps the person has seen: once there are more, the word no longer holds.
type StepBody struct {
	Generation  []byte              `cbor:"1,keyasint"` // the hub's
	Case        uint64              `cbor:"2,keyasint"`
	Verdict     voucher.CaseVerdict `cbor:"3,keyasint"`
	Reason      string              `cbor:"4,keyasint"` // of an answer its words, of a handing over the reference number; stays on record
	Step        uint64              `cbor:"5,keyasint"`
	AnswerBy    int64               `cbor:"6,keyasint,omitempty"` // of hear: milliseconds since 1970
	SnoozeUntil int64               `cbor:"7,keyasint,omitempty"` // of clear: alerts are quiet until then, milliseconds since 1970,
	SnoozeScore int64               `cbor:"8,keyasint,omitempty"` // and up to this score, in hundredths
}

// CashoutStepped is a step that was taken, for good.
type CashoutStepped struct {
	Case        uint64              `cbor:"1,keyasint"`
	Verdict     voucher.CaseVerdict `cbor:"2,keyasint"`
	Reason      string              `cbor:"3,keyasint"`
	By          []Signature         `cbor:"4,keyasint"`
	AnswerBy    int64               `cbor:"5,keyasint,omitempty"` // as in StepBody, as are the two below
	SnoozeUntil int64               `cbor:"6,keyasint,omitempty"`
	SnoozeScore int64               `cbor:"7,keyasint,omitempty"`
	Unanswered  bool                `cbor:"8,keyasint,omitempty"` // of verify: the merchant had not answered when the time was over
}

// Step asks for a step. AnswerBy, SnoozeUntil and SnoozeScore may be left out; what holds then is in StateStep's bytes.
type Step struct {
	Case        uint64
	Verdict     voucher.CaseVerdict
	Reason      string
	AnswerBy    time.Time
	SnoozeUntil time.Time
	SnoozeScore int64 // in hundredths
	By          Signature
}

// StateStep gives the bytes that a person has to sign for a step: those that another one has signed already, when they say
// what is asked for and still hold. An empty reason takes another person's. Refusals: those of TakeStep.
func (l *Ledger) StateStep(ctx context.Context, in Step) ([]byte, error) {
	return ask(ctx, l, func(d *draft) ([]byte, error) { return d.stateStep(in) })
}

// TakeStep takes a case about cash-out a step on, or keeps a person's word until a second one signs the same, where the
// step needs two: State of the answer tells. A suspension, and its end, are in force for the merchant's terminals with the
// same group of entries. Refusals: not_found, bad_step for one that is not possible now, too_early for a finding before the
// merchant's time to answer is over, case_moved for a signature from before another step, two_persons, bad_request,
// person_unknown, bad_signature.
func (l *Ledger) TakeStep(ctx context.Context, in Step) (CashoutInfo, error) {
	return ask(ctx, l, func(d *draft) (CashoutInfo, error) { return d.takeStep(in) })
}

func (d *draft) stateStep(in Step) ([]byte, error) {
	c, err := d.inquiry(in.Case)
	if err != nil {
		return nil, err
	}
	for _, p := range c.proposed {
		var had StepBody
		if err := wire.Unmarshal(p.By.Signed.Raw, &had); err != nil {
			return nil, err
		}
		if had.Verdict == in.Verdict && (in.Reason == "" || in.Reason == had.Reason) && d.mayStep(c, had) == nil {
			return p.By.Signed.Raw, nil
		}
	}
	body := d.stepBody(c, in)
	if err := d.mayStep(c, body); err != nil {
		return nil, err
	}
	return wire.Marshal(body)
}

// stepBody fills in what was left out.
func (d *draft) stepBody(c *inquiry, in Step) StepBody {
	b := StepBody{Generation: d.hub.Generation, Case: c.number, Verdict: in.Verdict, Reason: in.Reason, Step: uint64(len(c.steps))}
	switch in.Verdict {
	case voucher.StepHear:
		b.AnswerBy = given(in.AnswerBy, d.time.Add(answerTime))
	case voucher.StepClear:
		b.SnoozeUntil, b.SnoozeScore = given(in.SnoozeUntil, d.time.Add(snoozeTime)), in.SnoozeScore
		if b.SnoozeScore == 0 {
			b.SnoozeScore = c.high + c.high/2
		}
	}
	return b
}

func given(t, otherwise time.Time) int64 {
	if t.IsZero() {
		return otherwise.UnixMilli()
	}
	return t.UnixMilli()
}

// mayStep tells whether a step can be taken now.
func (d *draft) mayStep(c *inquiry, b StepBody) error {
	step, possible := c.state.Step(b.Verdict)
	asked := time.UnixMilli(b.AnswerBy)
	switch {
	case string(b.Generation) != string(d.hub.Generation) || b.Step > uint64(len(c.steps)):
		return refuse("bad_signature", "签名签的不是本中心的这个案件；请重新签名", "the signature is for another case than this hub's; sign again")
	case b.Step != uint64(len(c.steps)):
		return refuse("case_moved", fmt.Sprintf("案件 %d 在签名之后又有进展（现在：%s），所签内容已不成立；请核对后重新签名", c.number, c.state.Text().Zh),
			fmt.Sprintf("case %d has moved on since that was signed (it is %s now); look at it again, then sign anew", c.number, c.state.Text().En))
	case !possible:
		return c.impossible(b.Verdict)
	case wantReason(b.Reason) != nil:
		return wantReason(b.Reason)
	case b.Verdict == voucher.StepHear && (!asked.After(d.time) || asked.After(d.time.Add(longestAsk))):
		return refuse("bad_request", "答复期限（--answer-by）须在现在之后，最长九十天", "the time to answer (--answer-by) lies after now, and within ninety days")
	case step.From == voucher.Heard && b.Verdict == voucher.StepVerify && d.time.UnixMilli() < c.answerBy:
		return c.early()
	}
	return nil
}

// impossible names what can be done instead.
func (c *inquiry) impossible(v voucher.CaseVerdict) error {
	var zh, en []string
	for _, s := range c.state.Steps() {
		t := voucher.StepText(s.Verdict)
		zh, en = append(zh, fmt.Sprintf("%s（%s）", s.Verdict, t.Zh)), append(en, fmt.Sprintf("%s (%s)", s.Verdict, t.En))
	}
	can := voucher.Text{Zh: "现在可以：" + strings.Join(zh, "、"), En: "possible now: " + strings.Join(en, ", ")}
	if len(zh) == 0 {
		can = voucher.Text{Zh: "此案已了结，不能再做任何步骤", En: "it is closed, and nothing more can be done in it"}
	}
	return refuse("bad_step", fmt.Sprintf("案件 %d 目前是“%s”，不能 %s；%s", c.number, c.state.Text().Zh, v, can.Zh),
		fmt.Sprintf("case %d is %q, so %q is not possible; %s", c.number, c.state.Text().En, v, can.En))
}

func (c *inquiry) early() error {
	at := time.UnixMilli(c.answerBy).UTC().Format(time.RFC3339)
	return refuse("too_early", fmt.Sprintf("商户可在 %s 前答复，期限未到不能认定；收到答复请先用 answer 记录，也可以 clear 排除", at),
		fmt.Sprintf("the merchant may answer until %s, and nothing is found true before; put an answer on record with answer, or clear the case", at))
}

func (d *draft) takeStep(in Step) (CashoutInfo, error) {
	c, err := d.inquiry(in.Case)
	if err != nil {
		return CashoutInfo{}, err
	}
	body := d.stepBody(c, in)
	if !in.By.Console {
		if body, err = d.signedStep(in); err != nil {
			return CashoutInfo{}, err
		}
	}
	if err := d.mayStep(c, body); err != nil {
		return CashoutInfo{}, err
	}
	by, ready, err := d.enough(c, in)
	if err != nil || !ready {
		return d.told(c), err
	}
	d.step(c, body, by)
	return d.told(c), nil
}

// signedStep verifies that a person has signed just what is asked for.
func (d *draft) signedStep(in Step) (body StepBody, err error) {
	if err := d.verify(in.By, ForStep, &body); err != nil {
		return body, err
	}
	if body.Case != in.Case || body.Verdict != in.Verdict || body.Reason != in.Reason {
		return body, refuse("bad_signature", "签名签的是另一项内容；请重新签名", "the signature is for something else; sign again")
	}
	return body, nil
}

// enough gathers those whose word a step needs; ready is false while a second person is waited for.
func (d *draft) enough(c *inquiry, in Step) (by []Signature, ready bool, err error) {
	step, _ := c.state.Step(in.Verdict)
	switch {
	case step.Persons < 2 && in.By.Console && !plain(in.By.Name, maxName):
		return nil, false, refuse("bad_request", "须写明由谁办理", "say who does it")
	case step.Persons < 2:
		return []Signature{in.By}, true, nil
	case in.By.Console:
		return nil, false, refuse("two_persons", fmt.Sprintf("%s 须由两名已登记的人员先后签名（--as 姓名 --key 钥匙文件）", in.Verdict),
			fmt.Sprintf("for %s two entered persons must sign, one after the other (--as NAME --key FILE)", in.Verdict))
	}
	first, again := second(c.proposed, in.By)
	if first == nil {
		if !again {
			d.add(Entry{Proposed: &Proposed{Case: c.number, By: in.By}})
		}
		return nil, false, nil
	}
	return []Signature{first.By, in.By}, true, nil
}

// step writes a step, and what it means for the merchant.
func (d *draft) step(c *inquiry, b StepBody, by []Signature) {
	was := c.state
	d.add(Entry{Stepped: &CashoutStepped{Case: c.number, Verdict: b.Verdict, Reason: b.Reason, By: by, AnswerBy: b.AnswerBy,
		SnoozeUntil: b.SnoozeUntil, SnoozeScore: b.SnoozeScore, Unanswered: was == voucher.Heard && b.Verdict == voucher.StepVerify}})
	if was.Bars() == c.state.Bars() {
		return
	}
	m := d.merchants[c.merchant].Merchant
	if m.Status = voucher.MerchantActive; c.state.Bars() {
		m.Status = voucher.MerchantSuspended
	}
	d.add(Entry{Merchant: &MerchantSet{m, fmt.Sprintf("case %d: %s", c.number, b.Reason)}})
	d.change.Merchants = append(d.change.Merchants, c.merchant)
}

func (s *state) applyStepped(e *CashoutStepped) error {
	c := s.inquiries[e.Case]
	if c == nil {
		return fmt.Errorf("a step of case %d, which is not there", e.Case)
	}
	step, possible := c.state.Step(e.Verdict)
	if !possible {
		return fmt.Errorf("case %d is %s and takes step %s", e.Case, c.state, e.Verdict)
	}
	c.state, c.proposed = step.To, nil
	c.steps = append(c.steps, TakenStep{*e, time.UnixMilli(s.at)})
	if e.AnswerBy > 0 {
		c.answerBy = e.AnswerBy
	}
	return nil
}

// barred refuses to let a merchant in again that a case has suspended.
func (d *draft) barred(code voucher.MerchantID) error {
	c := d.bars(code)
	if c == nil {
		return nil
	}
	return refuse("case_suspended", fmt.Sprintf("商户 %s 由案件 %d 暂停，不能直接恢复；请由两人用 case decide %d --verdict lift 解除", code, c.number, c.number),
		fmt.Sprintf("merchant %s is suspended by case %d and cannot simply be let in again; two persons lift it with `case decide %d --verdict lift`", code, c.number, c.number))
}
