package voucher

import "time"

// CaseKind is what a case is about: a matter that a person must decide.
type CaseKind string

// The kinds of case.
const (
	Conflict CaseKind = "conflict" // a voucher was accepted offline that another redemption had used
	Gap      CaseKind = "gap"      // the hub has records that the terminal's disk has not: an older disk; what else it had taken is not known
	Fork     CaseKind = "fork"     // two chains of records under the same numbers, or a second copy of a disk
	Late     CaseKind = "late"     // it came longer after its phase than the campaign allows, or under a lease that was written off
	Clock    CaseKind = "clock"    // accepted at an uncertain time across the begin or end of its phase
	Breach   CaseKind = "breach"   // accepted offline against the law, beyond the lease, or as a record that cannot be read
)

// CaseKinds lists every kind.
func CaseKinds() []CaseKind { return []CaseKind{Conflict, Gap, Fork, Late, Clock, Breach} }

// AboutTerminal tells whether such a case is about a terminal as a whole: it is decided by Resume or Revoke; all others
// are about money and decided by Pay or Refuse.
func (k CaseKind) AboutTerminal() bool { return k == Gap || k == Fork }

// CaseVerdict is how a case is decided.
type CaseVerdict string

// The verdicts. Pay and Refuse say who bears a disputed redemption: the fund or the merchant. Resume lets a terminal go
// on in a new epoch; Revoke puts it out for good.
const (
	Pay    CaseVerdict = "pay"
	Refuse CaseVerdict = "refuse"
	Resume CaseVerdict = "resume"
	Revoke CaseVerdict = "revoke"
)

// Fits tells whether a case of the kind can be decided so.
func (v CaseVerdict) Fits(k CaseKind) bool {
	if k.AboutTerminal() {
		return v == Resume || v == Revoke
	}
	return v == Pay || v == Refuse
}

// CaseRule proposes how cases are decided: it is data of the campaign, so that who bears what is a county's choice and
// not the program's. The first rule that fits a case proposes; every field that is set must hold.
type CaseRule struct {
	Kind     CaseKind      `cbor:"1,keyasint" json:"kind"`
	Reason   *Reason       `cbor:"2,keyasint,omitempty" json:"reason,omitempty"`    // why it is disputed
	Bears    Bearer        `cbor:"3,keyasint,omitempty" json:"bears,omitempty"`     // the campaign's word on offline losses
	InLease  *bool         `cbor:"4,keyasint,omitempty" json:"in_lease,omitempty"`  // the terminal's lease covered the acceptance
	OneOwner *bool         `cbor:"5,keyasint,omitempty" json:"one_owner,omitempty"` // both sides are the same merchant's
	Fresh    time.Duration `cbor:"6,keyasint,omitempty" json:"fresh_ns,omitempty"`  // the till's spent set was at most so old
	Propose  CaseVerdict   `cbor:"7,keyasint" json:"propose"`
	Tell     Text          `cbor:"8,keyasint" json:"tell"` // what the merchant is told
}

// CaseFacts is what a rule looks at.
type CaseFacts struct {
	Kind     CaseKind
	Reason   Reason
	Bears    Bearer
	InLease  bool
	OneOwner bool
	SpentAge time.Duration // of the till's spent set when it accepted; negative when it had none
}

// Fits tells whether the rule speaks of such a case.
func (r CaseRule) Fits(f CaseFacts) bool {
	return r.Kind == f.Kind &&
		(r.Reason == nil || *r.Reason == f.Reason) &&
		(r.Bears == "" || r.Bears == f.Bears) &&
		(r.InLease == nil || *r.InLease == f.InLease) &&
		(r.OneOwner == nil || *r.OneOwner == f.OneOwner) &&
		(r.Fresh == 0 || f.SpentAge >= 0 && f.SpentAge <= r.Fresh)
}

// Rule finds the rule that proposes for a case: the campaign's first that fits, else the first of DefaultCaseRules, which
// have one for every kind.
func (c *Campaign) Rule(f CaseFacts) CaseRule {
	var own []CaseRule
	if c != nil {
		own = c.Rules
	}
	for _, rules := range [][]CaseRule{own, DefaultCaseRules()} {
		for _, r := range rules {
			if r.Fits(f) {
				return r
			}
		}
	}
	return CaseRule{Kind: f.Kind, Propose: Refuse}
}

// DefaultCaseRules are proposals where a campaign says nothing. They follow the card world's habit: what was taken inside
// the rules given beforehand is borne as those rules say, everything else by the merchant who took it; who redeems one
// voucher twice under one roof is not paid.
func DefaultCaseRules() []CaseRule {
	yes, no := true, false
	return []CaseRule{
		{Kind: Conflict, OneOwner: &yes, Propose: Refuse, Tell: Text{
			"同一商户对同一张券核销了两次，只支付一次。", "One voucher was redeemed twice at the same merchant; it is paid once."}},
		{Kind: Conflict, Bears: FundBears, InLease: &yes, Propose: Pay, Tell: Text{
			"断网期间在限额内受理，事后发现此券已在别处使用；按活动规则由专项资金承担。", "Accepted within the limits while the line was down; the voucher had been used elsewhere. By the campaign's rule the fund bears it."}},
		{Kind: Conflict, Propose: Refuse, Tell: Text{
			"此券已在别处先行核销；按活动规则由商户承担。", "The voucher had been redeemed elsewhere before; by the campaign's rule the merchant bears it."}},
		{Kind: Late, InLease: &yes, Propose: Pay, Tell: Text{
			"受理时合规，只是上传较晚；予以支付。", "It was accepted within the rules and only arrived late; it is paid."}},
		{Kind: Late, Propose: Refuse, Tell: Text{
			"上传过晚且超出离线限额，不予支付。", "It arrived too late and was beyond the offline limits; it is not paid."}},
		{Kind: Clock, InLease: &yes, Propose: Pay, Tell: Text{
			"本机时钟当时不可靠，无法确定是否在有效期内；限额内受理，予以支付。请校准收款电脑的时间。", "The till's clock could not be relied on then; accepted within the limits, it is paid. Please set the PC's clock right."}},
		{Kind: Clock, InLease: &no, Propose: Refuse, Tell: Text{
			"本机时钟当时不可靠且超出离线限额，不予支付。", "The till's clock could not be relied on and the acceptance was beyond the offline limits; it is not paid."}},
		{Kind: Breach, Propose: Refuse, Tell: Text{
			"此笔受理不符合活动规则，不予支付。", "This acceptance was against the campaign's rules; it is not paid."}},
		{Kind: Gap, Propose: Resume, Tell: Text{
			"收款电脑的数据曾被还原，中心无法得知其间是否还有受理；请保留小票备查。", "The PC's data was put back to an earlier state; what it took in between is not known to the centre. Please keep the receipts."}},
		{Kind: Fork, Propose: Resume, Tell: Text{
			"同一终端出现两份数据，请只保留一台电脑使用该终端。", "Two copies of one terminal's data have appeared; please use the terminal on one PC only."}},
	}
}
