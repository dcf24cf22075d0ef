package wedge

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The requests of linux/input.h. The numbers hold for the architectures that use asm-generic/ioctl.h, which are all that we build for.
const (
	eviocGrab   = 0x40044590 // _IOW('E', 0x90, int)
	eviocGetID  = 0x80084502 // _IOR('E', 0x02, struct input_id)
	eviocGetKey = 0x18       // _IOC(_IOC_READ, 'E', 0x18, length)
	eviocGetLED = 0x19
)

// keyBytes holds a bit for each of the kernel's 0x300 key codes.
const keyBytes = 0x300 / 8

// controls asks the kernel about the opened device. It fails with ENOTTY when the file is no input device.
func controls(f *os.File) (keyControls, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return keyControls{}, err
	}
	var id [8]byte
	if err := ask(conn, eviocGetID, id[:]); err != nil {
		return keyControls{}, err
	}
	var leds [2]byte
	caps := ask(conn, read('E', eviocGetLED, len(leds)), leds[:]) == nil && leds[0]&(1<<ledCapsL) != 0
	return keyControls{
		caps:    caps,
		grab:    func() error { return order(conn, eviocGrab, 1) },
		release: func() error { return order(conn, eviocGrab, 0) },
		held: func() (bool, error) {
			var keys [keyBytes]byte
			if err := ask(conn, read('E', eviocGetKey, len(keys)), keys[:]); err != nil {
				return false, err
			}
			return keys != [keyBytes]byte{}, nil
		},
	}, nil
}

// read is _IOC(_IOC_READ, kind, number, size).
func read(kind, number, size int) uint {
	return 2<<30 | uint(size)<<16 | uint(kind)<<8 | uint(number)
}

func ask(conn syscall.RawConn, request uint, answer []byte) error {
	var errno unix.Errno
	err := conn.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(&answer[0])))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}

func order(conn syscall.RawConn, request uint, value int) error {
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = unix.IoctlSetInt(int(fd), request, value) }); err != nil {
		return err
	}
	return failed
}
