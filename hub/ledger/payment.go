package ledger

import (
	"fmt"

	"hexiao/hub/voucher"
)

// What a decision about money moves: a unit of stock, or money of the loss reserve.

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
	if c.sale.Voucher.Lane() {
		return NoDraw, refuse("nothing_to_pay", "此笔是测试券，没有可支付的金额；请裁定 refuse", "this was a lane voucher, which is worth nothing; decide refuse")
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
	if c := s.inquiries[e.Case]; c != nil {
		c.proposed = append(c.proposed, *e)
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
	v := s.vouchers[c.sale.Voucher.Serial]
	again := !c.void.IsZero() && v != nil && c.holds(v)
	if again {
		v.standing, v.disputed, v.by = voucher.StandingIssued, false, voucher.RedemptionID{}
		s.linkOf(c).taken = nil
		s.spent.note(s.position, v, true)
	}
	if c.units == NoDraw {
		return nil
	}
	u := s.units(at)
	u.disputed--
	if again && c.units == FromVoucher {
		u.outstanding++
	} else {
		u.free++
	}
	return u.check(at)
}
