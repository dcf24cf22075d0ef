package leasemodel

// Bounds of the model. They are small because the mistakes are: each that is known shows within them.
const (
	stock   = 3 // units in the pool
	lease   = 2 // units a terminal has open at most
	serials = 2 // leases granted to a terminal at most
	epochs  = 2 // of each terminal; one more may be ordered, but nothing begins in it
	length  = 5 // records in an epoch at most
)

// Rule says which mishaps happen, and where it is not the house's rule that is played. The zero Rule is the house's, with
// two honest terminals, leases and answers that may be lost, and people who write leases off.
type Rule struct {
	Clocks   bool // terminals see that a lease has ended, some time; without it their clocks stand still
	Verdicts bool // people decide money cases: pay, or refuse and free the unit
	Clone    bool // the disk of terminal 0 is copied once, and both copies go on
	Restore  bool // the disk of terminal 0 is put back once to what it was
	Hub      bool // the hub is put back once to what it was

	// Narrower bounds, where all of it would take too long.

	Quiet  bool  // terminal 1 only takes one lease, sells and sends
	Still  bool  // nobody writes anything off
	Length uint8 // records in an epoch at most, 0 for all that there is room for

	// Easier rules.

	FreeAtExpiry   bool // the hub takes the rest of a lease back when it ends; all clocks agree
	LateSettles    bool // and pays out of free what comes later
	HeadOnly       bool // the hub keeps of a chain number and hash of its head only; an older number is a copy's
	OldIsResend    bool // and with HeadOnly: an older number is one sent again
	AnySurrender   bool // a surrender gives back the rest of a newer lease, too
	NoRatchet      bool // whoever says hello in an epoch is taken for the terminal
	NoHello        bool // the hub lends without looking at the chain that the terminal shows
	GrantEarly     bool // the restored hub lends before all terminals have reported
	JudgeAnew      bool // the restored hub judges again what it had judged
	RefuseShort    bool // the restored hub takes over of a proven lease or sale only what free has a unit for
	ForgetEpochs   bool // a terminal shows the restored hub the records of its epoch only, not of those before
	WriteOffUnseen bool // people write off a terminal that the restored hub has not heard yet
}
