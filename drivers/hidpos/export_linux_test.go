package hidpos

import (
	"context"
	"os"

	"hexiao/drivers"
)

// Read reads an opened device until ctx ends or it is lost.
func (d *Device) Read(ctx context.Context, f *os.File, p Parsed, emit func(drivers.Scan)) error {
	return d.read(ctx, f, p.l, emit)
}

// SetServe replaces what is done with a device that was found.
func (d *Device) SetServe(find func() (string, error), open func(path string) (*os.File, Parsed, error), emit func(drivers.Scan)) *drivers.Attachment {
	d.attachment.Find = find
	d.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		f, p, err := open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		up()
		if err := d.read(ctx, f, p.l, emit); err != nil {
			return drivers.Unplugged(d.options.Address, err)
		}
		return nil
	}
	return d.attachment
}

// ListIn is List in other folders.
func ListIn(sys, dev string) ([]drivers.Plugged, error) { return list(sys, dev) }

// Meant tells whether an opened device is the one that was looked up.
func (d *Device) Meant(opened drivers.USB) bool { return d.meant(opened) }
