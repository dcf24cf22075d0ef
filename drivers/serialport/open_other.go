//go:build !linux

package serialport

import "go.bug.st/serial"

// openPort opens a port. A child on Windows inherits only handles that are made for it.
func openPort(path string, mode *serial.Mode) (serial.Port, error) { return serial.Open(path, mode) }
