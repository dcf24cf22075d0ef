package cashier

import (
	"context"
	"slices"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// Events of slips on paper.
type (
	printWanted struct{} // of the sale that is looked at
	printed     struct { // the desk's answer
		of  string
		err error
	}
)

// printing is the deed: a redemption.
type printing string

func (p printing) do(ctx context.Context, d Door) event {
	id, err := voucher.ParseRedemptionID(string(p))
	if err == nil {
		_, err = d.Print(ctx, id, "", 0)
	}
	return printed{string(p), err}
}

// printable tells whether a sale has a slip, and this till a printer.
func (s State) printable(a Shown) bool {
	there := slices.ContainsFunc(s.View.Devices, func(d desk.Device) bool { return d.Kind == desk.PrinterDevice })
	return there && accepted(a.Answer) && a.Redemption != "" && !a.Practice
}

// print has the desk print the slip of the sale on the screen. It goes on beside everything else: the next customer's
// answer takes the screen as ever, and only what went wrong is said.
func (s State) print() State {
	a := s.sale()
	if s.Away() || a == nil || !s.printable(*a) || s.Printing != "" || s.Undo != NotAsked {
		return s
	}
	s.Printing, s.Printed, s.Trouble = a.Redemption, "", nil
	return s
}

func (s State) printed(e printed) State {
	s.Printing = ""
	if e.err == nil {
		s.Printed = e.of
		return s
	}
	t := printTrouble.say(e.err)
	if a := s.sale(); a == nil || a.Redemption != e.of {
		t = joined(tx("小票 "+e.of+"：", "Slip "+e.of+":"), t)
	}
	s.Trouble = &t
	return s
}

// printChoice is the button: it says how far printing has come.
func (s State) printChoice(a Shown) choice {
	label := say.print
	switch a.Redemption {
	case s.Printing:
		label = say.printing
	case s.Printed:
		label = say.printAgain
	}
	return choice{"print", label, printWanted{}}
}
