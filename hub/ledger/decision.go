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

func (s *state) face(c *dossier) voucher.Fen {
	if c.sale == nil {
		return 0
	}
	return s.tier(c.sale.Voucher.Tier).Face
}

// source finds what a payment comes out of, if that may be touched now: while a restored hub waits for its terminals, what
// seems free or unspent may be taken.
func (s *state) source(c *dossier, verdict voucher.CaseVerdict) (Draw, error) {
	from, err := s.payer(c, verdict)
	if err == nil && s.recovering && (from == FromFree || from == FromReserve) {
		err = refuse("recovering", "中心正在恢复，库存和备付金尚未核清；请待各终端补报后再裁定支付（进度见 hexiao-hub doctor）",
			"the hub was restored, and stock and reserve are not known yet; decide to pay when all terminals have reported (`hexiao-hub doctor` says how far that is)")
	}
	return from, err
}

// payer finds what a payment comes out of: the unit that the acceptance has set aside; else the unit of its voucher when
// that is good still, or with stock at redemption a free one; else the loss reserve, which must bear it beside all that
// it is kept for already (G2).
func (s *state) payer(c *dossier, verdict voucher.CaseVerdict) (Draw, error) {
	if verdict != voucher.Pay {
		return NoDraw, nil
	}
	if c.sale == nil {
		return NoDraw, refuse("nothing_to_pay", "此案没有可支付的核销：中心读不出这条记录", "there is no redemption to pay: the hub cannot read the record")
	}
	if !c.void.IsZero() {
		return NoDraw, refuse("nothing_to_pay", fmt.Sprintf("此笔已在终端撤销（%s），不能支付；请裁定 refuse", c.void), fmt.Sprintf("the sale was undone at the till (%s), so it cannot be paid; decide refuse", c.void))
	}
	if c.units != NoDraw {
		return FromDispute, nil
	}
	at := pool{c.sale.Voucher.Phase, c.sale.Voucher.Tier}
	if v := s.vouchers[c.sale.Voucher.Serial]; v != nil && v.seen(c.sale) && (v.standing == voucher.StandingIssued || c.holds(v)) {
		switch {
		case s.campaign.StockAt == voucher.AtClaim && v.standing == voucher.StandingIssued:
			return FromVoucher, nil
		case s.campaign.StockAt == voucher.AtRedemption && s.units(at).free > 0:
			return FromFree, nil
		}
	}
	face, room := s.face(c), s.campaign.Offline.Reserve-s.committed()+c.claim
	if face > room {
		return NoDraw, refuse("reserve_exhausted", fmt.Sprintf("案件 %d 没有对应的库存，备付金也只剩 %s 元可用，不够 %s 元；请裁定 refuse，或先提高活动的 reserve_yuan", c.Number, max(0, room), face),
			fmt.Sprintf("case %d has no unit of stock, and the loss reserve has %s yuan to spare, not %s; decide refuse, or raise the campaign's reserve_yuan first", c.Number, max(0, room), face))
	}
	return FromReserve, nil
}

// holds tells whether the disputed record is what used the voucher. One of a second chain never is: its number may be
// another's in the first.
func (c *dossier) holds(v *issued) bool { return len(c.Raw) == 0 && v.by == c.Record }

// committed is what the loss reserve is spent on or kept for: paid, claimed by open cases, what terminals may still
// accept, and what they may have accepted under leases that were written off.
func (s *state) committed() voucher.Fen { return s.paid + s.claims + s.open + s.kept }

func (s *state) applyProposed(e *Proposed) error {
	if t := s.terminals[e.Terminal]; t != nil {
		t.proposed = append(t.proposed, *e)
		return nil
	}
	c := s.dossiers[e.Case]
	if c == nil {
		return fmt.Errorf("a verdict on case %d, which is not there", e.Case)
	}
	c.proposed = append(c.proposed, *e)
	return nil
}

// applyDecided moves the unit and the money of a case.
func (s *state) applyDecided(e *CaseDecided) error {
	c := s.dossiers[e.Case]
	if c == nil || c.ruling != nil {
		return fmt.Errorf("case %d is decided twice or is not there", e.Case)
	}
	c.ruling, c.proposed = e, nil
	s.claims -= c.claim
	c.claim = 0
	t := s.terminals[c.Terminal]
	if t.fork == c.Number {
		t.fork = 0
	}
	switch e.Verdict {
	case voucher.Pay:
		return s.pay(c, e)
	case voucher.Refuse:
		return s.refuse(c)
	}
	return nil
}

func (s *state) pay(c *dossier, e *CaseDecided) error {
	if e.From == FromReserve {
		s.paid += e.Paid
		return nil
	}
	body := c.sale.Voucher
	at := pool{body.Phase, body.Tier}
	u, v := s.units(at), s.vouchers[body.Serial]
	switch e.From {
	case FromDispute:
		u.disputed--
	case FromVoucher:
		u.outstanding--
	case FromFree:
		u.free--
	}
	u.redeemed++
	s.redeemed += e.Paid
	l := s.linkOf(c)
	if v != nil && v.standing == voucher.StandingIssued && v.seen(c.sale) {
		v.standing, v.by = voucher.StandingRedeemed, c.Record
		s.spent.note(s.position, v, false)
		if l != nil {
			l.taken = v
		}
	}
	if v != nil && c.holds(v) {
		v.disputed = false
	}
	if l != nil { // from now on it is as any other redemption, and may be voided
		if l.paid = true; e.From != FromDispute {
			l.units = e.From
		}
	}
	return u.check(at)
}

// linkOf is the disputed record of a case; nil of one of a second chain, which is in no chain of ours.
func (s *state) linkOf(c *dossier) *link {
	l := s.terminals[c.Terminal].lifeOf(c.Record.Epoch)
	if l == nil || len(c.Raw) > 0 {
		return nil
	}
	return l.disputed(c.Record.Number)
}

// refuse frees the unit that was set aside. The voucher stays used, because it was taken at a counter; unless the sale was
// undone there: then it is its holder's again.
func (s *state) refuse(c *dossier) error {
	if c.sale == nil {
		return nil
	}
	at := pool{c.sale.Voucher.Phase, c.sale.Voucher.Tier}
	u, v := s.units(at), s.vouchers[c.sale.Voucher.Serial]
	again := !c.void.IsZero() && v != nil && c.holds(v)
	if again {
		v.standing, v.disputed, v.by = voucher.StandingIssued, false, voucher.RedemptionID{}
		s.linkOf(c).taken = nil
		s.spent.note(s.position, v, true)
	}
	if c.units == NoDraw {
		return nil
	}
	u.disputed--
	if again && c.units == FromVoucher {
		u.outstanding++
	} else {
		u.free++
	}
	return u.check(at)
}
