package wedge

import (
	"context"
	"os"

	"hexiao/drivers"
)

// NewControls makes what the kernel would answer about a device.
func NewControls(caps bool, grab, release func() error, held func() (bool, error)) keyControls {
	return keyControls{caps: caps, grab: grab, release: release, held: held}
}

// Read reads an opened device until ctx ends or it is lost.
func (d *Device) Read(ctx context.Context, f *os.File, c keyControls, emit func(drivers.Scan)) error {
	return d.read(ctx, f, c, emit)
}

// FindIn is findUSB.
var FindIn = findUSB

// NotOurs is notOurs.
var NotOurs = notOurs

// ListIn is List in other folders.
var ListIn = list
