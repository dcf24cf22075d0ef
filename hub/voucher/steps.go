package voucher

// Cashout is the kind of a case about a merchant who is suspected of turning vouchers into cash. No campaign's rule
// proposes for it, and it is not decided at once but in steps; so CaseKinds does not list it.
const Cashout CaseKind = "cashout"

// CashoutState is where a case about cash-out stands.
type CashoutState string

// The states.
const (
	Suspected   CashoutState = "suspected"   // the detector has raised an alert, and nobody has looked yet
	UnderReview CashoutState = "review"      // somebody looks at it
	Heard       CashoutState = "heard"       // the merchant was asked, and must answer by a set time
	Answered    CashoutState = "answered"    // the merchant's answer is on record
	Verified    CashoutState = "verified"    // found to be true
	Cleared     CashoutState = "cleared"     // found to be nothing
	Suspended   CashoutState = "suspended"   // the merchant may not redeem
	WithPolice  CashoutState = "with_police" // handed to the public security organ; the merchant stays suspended
	Lifted      CashoutState = "lifted"      // the suspension is over
)

// The verdicts that are steps of a case about cash-out.
const (
	StepReview  CaseVerdict = "review"
	StepHear    CaseVerdict = "hear"
	StepAnswer  CaseVerdict = "answer"
	StepVerify  CaseVerdict = "verify"
	StepClear   CaseVerdict = "clear"
	StepSuspend CaseVerdict = "suspend"
	StepPolice  CaseVerdict = "police"
	StepLift    CaseVerdict = "lift"
)

// CashoutStep is one way on from a state. Persons is how many must sign: 1 may also be the operator at the console.
type CashoutStep struct {
	From    CashoutState
	Verdict CaseVerdict
	To      CashoutState
	Persons int
}

// cashoutSteps is the whole course of a case. A merchant is heard before anything is found against it; whoever sees at
// once that there is nothing in it may clear it without asking. What was found is corrected by clearing it, also later.
var cashoutSteps = []CashoutStep{
	{Suspected, StepReview, UnderReview, 1},
	{UnderReview, StepHear, Heard, 1},
	{UnderReview, StepClear, Cleared, 1},
	{Heard, StepAnswer, Answered, 1},
	{Heard, StepVerify, Verified, 1}, // once the time to answer is over
	{Heard, StepClear, Cleared, 1},
	{Answered, StepAnswer, Answered, 1},
	{Answered, StepVerify, Verified, 1},
	{Answered, StepClear, Cleared, 1},
	{Verified, StepSuspend, Suspended, 2},
	{Verified, StepClear, Cleared, 1},
	{Suspended, StepPolice, WithPolice, 1},
	{Suspended, StepLift, Lifted, 2},
	{WithPolice, StepLift, Lifted, 2},
	{Lifted, StepClear, Cleared, 1},
}

// Step finds the step by a verdict; false when it is not possible from the state.
func (s CashoutState) Step(v CaseVerdict) (CashoutStep, bool) {
	for _, step := range cashoutSteps {
		if step.From == s && step.Verdict == v {
			return step, true
		}
	}
	return CashoutStep{}, false
}

// Steps lists what is possible from the state, in the order of a case's life.
func (s CashoutState) Steps() []CashoutStep {
	var all []CashoutStep
	for _, step := range cashoutSteps {
		if step.From == s {
			all = append(all, step)
		}
	}
	return all
}

// Open tells whether later alerts about the merchant belong to the case.
func (s CashoutState) Open() bool { return s != Cleared && s != Lifted }

// Holds tells whether what the case names is not to be paid out.
func (s CashoutState) Holds() bool { return s != Cleared }

// Bars tells whether the merchant is suspended by the case.
func (s CashoutState) Bars() bool { return s == Suspended || s == WithPolice }

var cashoutStateText = map[CashoutState]Text{
	Suspected:   {"待核查", "suspected"},
	UnderReview: {"核查中", "under review"},
	Heard:       {"已要求商户说明，待答复", "waiting for the merchant's answer"},
	Answered:    {"商户已答复", "answered by the merchant"},
	Verified:    {"已查实", "verified"},
	Cleared:     {"已排除", "cleared"},
	Suspended:   {"商户已暂停", "the merchant is suspended"},
	WithPolice:  {"已移送公安机关", "handed to the police"},
	Lifted:      {"已解除暂停", "the suspension is lifted"},
}

// Text is the state in words.
func (s CashoutState) Text() Text { return cashoutStateText[s] }

var cashoutStepText = map[CaseVerdict]Text{
	StepReview:  {"开始核查", "begin the review"},
	StepHear:    {"要求商户限期说明", "ask the merchant for an answer by a set time"},
	StepAnswer:  {"记录商户的答复", "put the merchant's answer on record"},
	StepVerify:  {"认定属实", "find it true"},
	StepClear:   {"排除嫌疑", "find nothing in it"},
	StepSuspend: {"暂停商户（两人签名）", "suspend the merchant (two persons sign)"},
	StepPolice:  {"移送公安机关", "hand it to the police"},
	StepLift:    {"解除暂停（两人签名）", "lift the suspension (two persons sign)"},
}

// StepText is a step in words; the zero Text for a verdict that is none.
func StepText(v CaseVerdict) Text { return cashoutStepText[v] }
