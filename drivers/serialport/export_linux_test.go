package serialport

import "hexiao/drivers"

// ListIn is List in other folders.
func ListIn(sys, dev string) ([]Found, error) { return list(sys, dev) }

// SetFolders makes the port look for its USB device in other folders.
func (p *Port) SetFolders(usb drivers.USB, sys, dev string) {
	p.attachment.Find = func() (string, error) {
		return drivers.Finder("", usb, true, func() ([]Found, error) { return list(sys, dev) })()
	}
}
