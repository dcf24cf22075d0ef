package hidpos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"hexiao/drivers"
)

// tick is how long a read waits before it is looked whether a code has stalled.
const tick = stall / 4

// Run reads the scanner until ctx ends, through any number of unplugs, and gives every scan to emit, one at a time. While emit blocks nothing
// is read, and the kernel keeps 63 reports; emit must come back when ctx ends. Run returns nil. It must not be called twice at the same time.
//
// The kernel gives each report to every program that has the device open; none can be shut out.
func (d *Device) Run(ctx context.Context, emit func(drivers.Scan)) error {
	d.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return d.serve(ctx, path, up, emit)
	}
	return d.attachment.Run(ctx)
}

func (d *Device) serve(ctx context.Context, path string, up func(), emit func(drivers.Scan)) error {
	f, err := open(path)
	if err != nil {
		return openProblem(d.options.Address, path, err)
	}
	l, err := d.greet(f, path)
	if err != nil {
		_ = f.Close()
		return err
	}
	return d.attend(ctx, f, l, up, emit)
}

// attend reads an opened device until ctx ends or it is lost, and closes it.
func (d *Device) attend(ctx context.Context, f *os.File, l layout, up func(), emit func(drivers.Scan)) error {
	defer f.Close()
	up()
	err := d.read(ctx, f, l, emit)
	if err == nil {
		return nil
	}
	return drivers.Unplugged(d.options.Address, err)
}

// open opens the device for writing, too, if this user may: only some models have to be written to.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	}
	return f, err
}

// greet makes sure that the opened device is the one that is meant and a scanner, and wakes it.
func (d *Device) greet(f *os.File, path string) (layout, error) {
	id, err := identify(f)
	if err != nil {
		return layout{}, openProblem(d.options.Address, path, err)
	}
	if !d.meant(id.usb) {
		return layout{}, drivers.Missing(d.options.Address) // another one has taken the number since it was looked up
	}
	l, err := parse(id.descriptor)
	if err != nil {
		return layout{}, notAScanner(path, err)
	}
	if l.wakes && id.usb.Vendor == honeywell {
		if err := id.wake(); err != nil {
			d.options.Log.Warn("scanner could not be told to report", "device", d.options.Device, "error", err)
		}
	}
	return l, nil
}

// meant tells whether an opened device is the one that was looked up, as far as the kernel says what it is: those before 5.6 tell no serial number.
func (d *Device) meant(opened drivers.USB) bool {
	wanted := d.usb
	if opened.Serial == "" {
		wanted.Serial = ""
	}
	if opened.Socket == "" {
		wanted.Socket = ""
	}
	return wanted.Is(opened)
}

// read takes the reports until ctx ends or the device is lost.
func (d *Device) read(ctx context.Context, f *os.File, l layout, emit func(drivers.Scan)) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	s := d.session(l, emit)
	var scans []drivers.Scan // not handed on yet: while emit blocks nothing is read, so the kernel's queue is emptied before
	buf := make([]byte, maxReport/8+1)
	for {
		_ = f.SetReadDeadline(time.Now().Add(tick))
		if ctx.Err() != nil {
			return nil
		}
		n, err := s.next(conn, buf, len(scans) == 0)
		now := d.options.Now()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.EAGAIN):
		case errors.Is(err, os.ErrDeadlineExceeded):
			scans = append(scans, s.join.flush(now)...)
		case err != nil:
			s.pass(append(scans, s.join.unplugged(now)...))
			return err
		default:
			if scans = append(scans, s.join.add(buf[:n], now)...); len(scans) < kernelQueue {
				continue
			}
		}
		s.pass(scans)
		scans = nil
	}
}

// next reads one report and takes note of when none was there, which the file's own Read would not tell. Unless it is to wait for one, the error
// is then EAGAIN.
func (s *session) next(conn syscall.RawConn, buf []byte, wait bool) (n int, err error) {
	failed := conn.Read(func(fd uintptr) bool {
		n, err = unix.Read(int(fd), buf)
		if errors.Is(err, unix.EAGAIN) {
			s.join.queue.empty()
			return !wait
		}
		return !errors.Is(err, unix.EINTR)
	})
	switch {
	case failed != nil:
		return 0, failed
	case err != nil:
		return 0, err
	case n == 0:
		return 0, errEnded
	}
	return n, nil
}

var errEnded = errors.New("end of data")

// usualGroup is the one that our udev rule gives such devices to; without a rule they belong to root.
const usualGroup = "hexiao-agent"

func openProblem(address, path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.EIO):
		return drivers.Missing(address)
	case errors.Is(err, fs.ErrPermission):
		return drivers.Denied(path, drivers.GroupOf(path, usualGroup))
	case errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EINVAL):
		return notAScanner(path, errors.New("it is no HID device"))
	}
	return fmt.Errorf("open %s: %w", path, err)
}
