package hidpos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows"
	"hexiao/drivers"
)

// waited is how long a read takes at least that found nothing and had to wait; one from the class driver's queue takes microseconds. When
// so many come without a wait as Linux would keep, some are taken for lost, though Windows keeps more: who is so late has other troubles.
const waited = 500 * time.Microsecond

// tick is how long a read waits before it is looked whether a code has stalled.
const tick = stall / 4

// Run reads the scanner until ctx ends, through any number of unplugs, and gives every scan to emit, one at a time. While emit blocks nothing
// is read, and the class driver keeps 512 reports; emit must come back when ctx ends. Run returns nil. It must not be called twice at the same
// time.
//
// The class driver gives each report to every program that has the device open, unless one, such as a POS with OPOS, has it for itself.
func (d *Device) Run(ctx context.Context, emit func(drivers.Scan)) error {
	d.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return d.serve(ctx, path, up, emit)
	}
	return d.attachment.Run(ctx)
}

func (d *Device) serve(ctx context.Context, path string, up func(), emit func(drivers.Scan)) error {
	file, err := open(path)
	if err != nil {
		return openProblem(d.options.Address, path, err)
	}
	l, size, err := d.greet(file, path)
	if err != nil {
		return errors.Join(err, windows.CloseHandle(file))
	}
	f := os.NewFile(uintptr(file), path)
	defer f.Close()
	up()
	if err := d.read(ctx, f, l, size, emit); err != nil {
		return drivers.Unplugged(d.options.Address, err)
	}
	return nil
}

// open opens the device for overlapped reading, and for writing, too, if this user may: only some models have to be written to.
func open(path string) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return windows.InvalidHandle, err
	}
	const shared = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE
	f, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, shared, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_OVERLAPPED, 0)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return windows.CreateFile(name, windows.GENERIC_READ, shared, nil, windows.OPEN_EXISTING, windows.FILE_FLAG_OVERLAPPED, 0)
	}
	return f, err
}

// greet makes sure that the opened device is a scanner, and wakes it; size is how long a report is, with its number.
func (d *Device) greet(f windows.Handle, path string) (l layout, size int, err error) {
	h, done, err := greeted(f)
	if err != nil {
		return layout{}, 0, notAScanner(path, err)
	}
	defer done()
	if l, err = h.layout(); err != nil {
		return layout{}, 0, notAScanner(path, err)
	}
	h.keepMany()
	if usb, _ := drivers.FromWindows(drivers.WindowsInstance(path)); l.wakes && usb.Vendor == honeywell {
		if err := h.wake(); err != nil {
			d.options.Log.Warn("scanner could not be told to report", "device", d.options.Device, "error", err)
		}
	}
	return l, int(h.caps.InputBytes), nil
}

// read takes the reports until ctx ends or the device is lost. Windows puts a number before each, 0 where the device has none.
func (d *Device) read(ctx context.Context, f *os.File, l layout, size int, emit func(drivers.Scan)) error {
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	s := d.session(l, emit)
	buf := make([]byte, size)
	for {
		if err := f.SetReadDeadline(time.Now().Add(tick)); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		began := time.Now()
		n, err := f.Read(buf)
		if time.Since(began) >= waited {
			s.join.queue.empty()
		}
		now := d.options.Now()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.pass(s.join.flush(now))
		case err != nil:
			s.pass(s.join.unplugged(now))
			return err
		case l.numbered:
			s.pass(s.join.add(buf[:n], now))
		default:
			s.pass(s.join.add(buf[1:n], now))
		}
	}
}

func openProblem(address, path string, err error) error {
	switch {
	case errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_PATH_NOT_FOUND) || errors.Is(err, windows.ERROR_DEVICE_NOT_CONNECTED):
		return drivers.Missing(address)
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return drivers.Busy(address) // by a program that has it for itself; keyboards and mice are Windows' own, but those List leaves out
	case errors.Is(err, windows.ERROR_INVALID_NAME):
		return notAScanner(path, errors.New("it is no HID device"))
	}
	return fmt.Errorf("open %s: %w", path, err)
}
