package wedge

import (
	"context"
	"os"

	"hexiao/drivers"
)

// Controls is what the kernel would answer about a device.
type Controls = keyControls

// NewControls makes what the kernel would answer about a device.
func NewControls(caps bool, grab, release func() error, held func() (bool, error)) Controls {
	return Controls{caps: caps, grab: grab, release: release, held: held}
}

// Read reads an opened device until ctx ends or it is lost.
func (d *Device) Read(ctx context.Context, f *os.File, c keyControls, emit func(drivers.Scan)) error {
	return d.read(ctx, f, c, func() {}, emit)
}

// FindIn finds a USB device in other folders.
func FindIn(usb drivers.USB, sys, dev string) (string, error) {
	return drivers.Finder("", usb, true, func() ([]drivers.Plugged, error) { return list(sys, dev) })()
}

// SetOpen replaces the finding and opening of the device. Run it with the Attachment.
func (d *Device) SetOpen(find func() (string, error), open func() (*os.File, keyControls, error), emit func(drivers.Scan)) *drivers.Attachment {
	d.attachment.Find = find
	d.attachment.Serve = func(ctx context.Context, _ string, up func()) error {
		f, k, err := open()
		if err != nil {
			return err
		}
		return d.attend(ctx, f, k, up, emit)
	}
	return d.attachment
}

// NotOurs is notOurs.
var NotOurs = notOurs

// ListIn is List in other folders.
var ListIn = list
