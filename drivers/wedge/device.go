package wedge

import (
	"log/slog"
	"sync/atomic"
	"time"

	"hexiao/drivers"
)

// Options describe one keyboard scanner.
type Options struct {
	Address string              // "/dev/input/by-id/...-event-kbd", "/dev/input/event5", "usb:VID:PID[:SERIAL]" or "usb-path:SOCKET"; required
	Device  string              // its name in scans and logs; empty means Address
	Framing drivers.Framing     // how its codes are told apart; the zero value is right for scanners that pause less than 80 ms between keys
	OnState func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log     *slog.Logger        // nil: silence
	Now     func() time.Time    // nil: time.Now
}

// Device is one scanner that types like a keyboard. On Linux it is read alone: no other program gets its keys. On Windows nothing withholds one
// keyboard's keys from the other programs; there the program that has the focus gets them, too.
type Device struct {
	options    Options
	attachment *drivers.Attachment
	repeats    atomic.Uint64
}

// NewDevice checks the options; it opens nothing.
func NewDevice(options Options) (*Device, error) {
	usb, isUSB, err := drivers.ParseAddress(options.Address, "请写 /dev/input 下的路径或 usb:VID:PID / write a path under /dev/input or usb:VID:PID")
	if err != nil {
		return nil, err
	}
	if options.Device == "" {
		options.Device = options.Address
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	d := &Device{options: options}
	d.attachment = &drivers.Attachment{Place: options.Address, OnState: options.OnState, Log: options.Log, Now: options.Now}
	d.attachment.Find = finder(options.Address, usb, isUSB)
	return d, nil
}

// State is whether the scanner can be read now, and if not, why and what to do. Safe for concurrent use.
func (d *Device) State() drivers.State { return d.attachment.State() }

// Repeats counts the scans dropped because the same code had just been read. Safe for concurrent use.
func (d *Device) Repeats() uint64 { return d.repeats.Load() }
