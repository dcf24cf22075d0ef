package printer

import (
	"context"
	"errors"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"hexiao/drivers"
)

// group may write to printer files on Debian, Ubuntu and Kylin.
const group = "lp"

// fileWay leads to a printer by the kernel's printer file.
func fileWay(path string) (way, error) { return &filesWay{path}, nil }

type filesWay struct{ path string }

func (w *filesWay) find() error {
	switch is, err := os.Stat(w.path); {
	case errors.Is(err, os.ErrNotExist):
		return missing(w.path)
	case err == nil && is.Mode()&os.ModeCharDevice == 0:
		return notAPrinter(w.path) // before it could be opened, which alone would wake a FIFO's reader
	}
	return nil
}

func (w *filesWay) open(context.Context) (line, error) {
	if err := w.find(); err != nil {
		return nil, err
	}
	fd, err := unix.Open(w.path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return nil, drivers.Denied(w.path, group)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EAGAIN):
		return nil, busy(w.path)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO):
		return nil, missing(w.path)
	case err != nil:
		return nil, problemOf(w.path, err)
	}
	var is unix.Stat_t
	if err := unix.Fstat(fd, &is); err != nil || is.Mode&unix.S_IFMT != unix.S_IFCHR {
		_ = unix.Close(fd)
		return nil, notAPrinter(w.path)
	}
	return &fileLine{w.path, fd}, nil
}

type fileLine struct {
	path string
	fd   int
}

// slice is how long one wait lasts, so that the end of ctx is seen in time.
const slice = 100 * time.Millisecond

// wait waits for events; ready is false when none came within the time.
func (l *fileLine) wait(events int16, within time.Duration) (ready bool, err error) {
	fds := []unix.PollFd{{Fd: int32(l.fd), Events: events}}
	n, err := unix.Poll(fds, int(max(within, 0)/time.Millisecond))
	switch {
	case errors.Is(err, unix.EINTR):
		return false, nil
	case err != nil:
		return false, err
	case n > 0 && fds[0].Revents&(unix.POLLHUP|unix.POLLNVAL|unix.POLLERR) != 0 && fds[0].Revents&events == 0:
		return false, unix.ENODEV
	}
	return n > 0, nil
}

// write waits until the printer took the last transfer, too: closing the file throws away what is still under way, so that a page that is not
// taken is not whole.
func (l *fileLine) write(ctx context.Context, b []byte) (int, error) {
	n, err := l.give(ctx, b)
	if err != nil {
		return n, err
	}
	if err := l.settle(ctx); err != nil {
		return n - 1, err
	}
	return n, nil
}

func (l *fileLine) give(ctx context.Context, b []byte) (taken int, err error) {
	for taken < len(b) {
		if ctx.Err() != nil {
			return taken, stuck(l.path)
		}
		n, err := unix.Write(l.fd, b[taken:])
		taken += max(n, 0)
		switch {
		case err == nil, errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSPC): // usblp's word for an empty roll
			return taken, noPaper(l.path)
		case !errors.Is(err, unix.EAGAIN):
			return taken, l.said(err)
		}
		if _, err := l.wait(unix.POLLOUT, slice); err != nil {
			return taken, l.said(err)
		}
	}
	return taken, nil
}

func (l *fileLine) settle(ctx context.Context) error {
	for {
		ready, err := l.wait(unix.POLLOUT, slice)
		switch {
		case err != nil:
			return l.said(err)
		case ready:
			return nil
		case ctx.Err() != nil:
			return stuck(l.path)
		}
	}
}

func (l *fileLine) said(err error) error {
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EIO) || errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ESHUTDOWN) {
		return lost(l.path)
	}
	return err
}

func (l *fileLine) read(ctx context.Context, b []byte, within time.Duration) (int, error) {
	for until := time.Now().Add(within); ; {
		n, err := unix.Read(l.fd, b)
		switch left := time.Until(until); {
		case n > 0:
			return n, nil
		case err != nil && !isSilence(err):
			return 0, l.said(err)
		case ctx.Err() != nil || left <= 0:
			return 0, nil
		default:
			events := int16(unix.POLLIN)
			if !errors.Is(err, unix.EAGAIN) { // it cannot say anything: only the time is waited for
				events = 0
			}
			if _, err := l.wait(events, min(left, slice)); err != nil {
				return 0, l.said(err)
			}
		}
	}
}

// isSilence tells the errors of reading that say nothing of printing: EINVAL is usblp's word for a printer with no way back (its USB protocol is
// 1), EIO for one whose way back fails.
func isSilence(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EIO)
}

// The status of IEEE 1284 that usblp asks of the printer (ioctl LPGETSTATUS, linux/lp.h). Some printers answer 0 whatever happens.
const (
	lpGetStatus = 0x060b
	lpNoPaper   = 0x20
	lpSelected  = 0x10
	lpNoError   = 0x08
)

func (l *fileLine) trouble() (drivers.Problem, bool) {
	status, err := unix.IoctlGetInt(l.fd, lpGetStatus)
	if err != nil {
		return drivers.Problem{}, false
	}
	return portTrouble(l.path, status)
}

func portTrouble(place string, status int) (drivers.Problem, bool) {
	switch {
	case status&lpNoPaper != 0:
		return noPaper(place), true
	case status != 0 && status&lpNoError == 0:
		return jammed(place), true
	case status != 0 && status&lpSelected == 0:
		return isOffline(place), true
	}
	return drivers.Problem{}, false
}

func (l *fileLine) close() { _ = unix.Close(l.fd) }

// Identify asks a printer at a kernel's printer file what it is: its IEEE 1284 name, such as "MFG:XPRINTER;CMD:ESC/POS;MDL:XP-58;". The error is a
// Problem.
func Identify(path string) (string, error) {
	l, err := (&filesWay{path}).open(context.Background())
	if err != nil {
		return "", err
	}
	defer l.close()
	var answer [1024]byte
	const getID = 2<<30 | uint(len(answer))<<16 | 'P'<<8 | 1 // LPIOC_GET_DEVICE_ID(1024): _IOC(_IOC_READ, 'P', 1, len)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(l.(*fileLine).fd), uintptr(getID), uintptr(unsafe.Pointer(&answer[0])))
	if errno != 0 {
		return "", notAPrinter(path)
	}
	return nameIn(answer[:]), nil
}

// nameIn reads a length of two bytes, which counts itself, and the name behind it.
func nameIn(answer []byte) string {
	n := int(answer[0])<<8 | int(answer[1])
	if n < 2 || n > len(answer) {
		return ""
	}
	name := []rune{}
	for _, b := range answer[2:n] {
		if b >= ' ' && b < 0x7f {
			name = append(name, rune(b))
		}
	}
	return string(name)
}
