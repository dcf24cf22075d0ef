package hidpos

import (
	"context"
	"os"

	"hexiao/drivers"
)

// SetOpen replaces the finding and opening of the device. Run it with the Attachment.
func (d *Device) SetOpen(find func() (string, error), open func() (*os.File, Parsed, error), emit func(drivers.Scan)) *drivers.Attachment {
	d.attachment.Find = find
	d.attachment.Serve = func(ctx context.Context, _ string, up func()) error {
		f, p, err := open()
		if err != nil {
			return err
		}
		return d.attend(ctx, f, p.l, up, emit)
	}
	return d.attachment
}

// OpenProblem is openProblem.
var OpenProblem = openProblem

// ListIn is List in other folders.
func ListIn(sys, dev string) ([]drivers.Plugged, error) { return list(sys, dev) }

// Meant tells whether an opened device is the one that was looked up.
func (d *Device) Meant(opened drivers.USB) bool { return d.meant(opened) }
