package voucher

import "time"

// Standing is what the judging side knows of a voucher.
type Standing uint8

// A till mostly knows nothing (StandingUnknown), or that it redeemed the voucher itself; the ledger always knows.
const (
	StandingUnknown  Standing = iota
	StandingAbsent            // never issued
	StandingIssued            // issued and unused
	StandingRedeemed          // used
	StandingRevoked           // taken back by the campaign
)

// Facts is everything one judgement needs. The caller vouches for them; Judge only applies the rules.
type Facts struct {
	Campaign *Campaign
	At       time.Time // trusted time of the redemption
	Voucher  Body
	Genuine  bool // the code's signature holds (till), or its sight is the one issued (hub)
	Standing Standing
	Bill     Fen
	Merchant Merchant
	Terminal TerminalState
	Place    *Place     // where the terminal stands; nil when not known
	Till     TerminalID // who asks; a lane voucher is good at one till only
}

// Verdict is what the law says. Face and Pay are set whenever the tier is known, so that a refusal can name them too.
type Verdict struct {
	Reason    Reason
	Tier      Tier
	Phase     Phase
	Face      Fen // what the voucher takes off
	Pay       Fen // what remains to be paid: bill less face
	Threshold Fen
}

// Judge applies the campaign's rules to one voucher and one bill. It is the only place where they are written: the till
// calls it to answer at the counter, the ledger to have the last word. The first rule that is broken gives the reason;
// what cannot be mended at the counter comes before what can (a used voucher is "already redeemed" even when the bill
// is also too small).
func Judge(f Facts) Verdict {
	v := Verdict{Reason: f.admit()}
	if v.Reason != OK {
		return v
	}
	if f.Voucher.Lane() {
		return f.lane()
	}
	tier, known := f.Campaign.Tier(f.Voucher.Tier)
	phase, dated := f.Campaign.Phase(f.Voucher.Phase)
	if !known || !dated || f.Standing == StandingAbsent {
		v.Reason = UnknownVoucher
		return v
	}
	v.Tier, v.Phase, v.Face, v.Threshold = tier, phase, tier.Face, tier.Threshold
	v.Pay = max(f.Bill-tier.Face, 0)
	v.Reason = f.weigh(tier, phase)
	return v
}

// admit looks at who asks, and at whether the code is one of this campaign at all.
func (f Facts) admit() Reason {
	switch {
	case f.Terminal == TerminalRevoked:
		return TerminalIsRevoked
	case f.Terminal != TerminalGood:
		return TerminalIsFrozen
	case f.Merchant.Status != MerchantActive:
		return MerchantNotActive
	case f.Voucher.Campaign != f.Campaign.Number:
		return UnknownVoucher
	case !f.Genuine:
		return Forged
	}
	return OK
}

// weigh looks at the voucher against the bill, the shop and the day.
func (f Facts) weigh(tier Tier, phase Phase) Reason {
	switch {
	case f.Standing == StandingRevoked:
		return VoucherRevoked
	case f.Standing == StandingRedeemed:
		return AlreadyRedeemed
	case tier.Trade != f.Merchant.Trade:
		return WrongTrade
	case f.Place != nil && !f.Campaign.Area.Holds(*f.Place):
		return OutsideArea
	case f.At.Before(phase.Start):
		return NotYetValid
	case !f.At.Before(phase.End):
		return Expired
	case f.Bill <= 0:
		return BillMissing
	case f.Bill < tier.Threshold:
		return BelowThreshold
	}
	return OK
}
