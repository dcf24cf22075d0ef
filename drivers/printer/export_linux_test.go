package printer

import "time"

// SetPatience replaces the time that one page has.
func (p *Printer) SetPatience(d time.Duration) { p.patience = d }

// PortTrouble is what a printer file's status means.
var PortTrouble = portTrouble

// Waiting is how many pages wait, those withdrawn included.
func (p *Printer) Waiting() int { return len(p.jobs) }
