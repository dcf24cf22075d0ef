package serialport

import (
	"time"

	"go.bug.st/serial"
)

// SetOpen replaces the opening of ports.
func (p *Port) SetOpen(open func(path string, mode *serial.Mode) (serial.Port, error)) { p.open = open }

// SetOpen replaces the opening of ports.
func (l *Line) SetOpen(open func(path string, mode *serial.Mode) (serial.Port, error)) { l.open = open }

// SetPatience replaces the time that the end waits for a read.
func (p *Port) SetPatience(d time.Duration) { p.patience = d }
