// Package display listens on the line from a POS to the customer's display: every byte goes on to the real display first, and a copy of it is
// read for the amount that the customer is asked for. It must not know what a bill is for, and must never hold up the POS.
// packaging/hexiao-agent makes a Tap where the settings name the line.
//
// Screen is what stands on the display, and Reading what it means; both are pure. The rules by which an amount is taken lean to one side: a
// wrong bill is worse than none, which a cashier sees and types.
package display
