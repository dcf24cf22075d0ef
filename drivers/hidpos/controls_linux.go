package hidpos

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
	"hexiao/drivers"
)

// setFeature is HIDIOCSFEATURE(2) of linux/hidraw.h, _IOC(_IOC_WRITE|_IOC_READ, 'H', 0x06, 2).
const setFeature = 3<<30 | 2<<16 | 'H'<<8 | 0x06

// identity is what the kernel says of an opened device.
type identity struct {
	usb        drivers.USB
	descriptor []byte
	conn       syscall.RawConn
}

// identify asks the kernel. It fails with ENOTTY when the file is no hidraw device.
func identify(f *os.File) (id identity, err error) {
	if id.conn, err = f.SyscallConn(); err != nil {
		return id, err
	}
	var failed error
	err = id.conn.Control(func(fd uintptr) { failed = id.ask(int(fd)) })
	if err == nil {
		err = failed
	}
	return id, err
}

func (id *identity) ask(fd int) error {
	size, err := unix.IoctlGetInt(fd, unix.HIDIOCGRDESCSIZE)
	if err != nil {
		return err
	}
	descriptor := unix.HIDRawReportDescriptor{Size: uint32(max(0, min(size, maxDescriptor)))}
	if err := unix.IoctlHIDGetDesc(fd, &descriptor); err != nil {
		return err
	}
	id.descriptor = descriptor.Value[:min(descriptor.Size, maxDescriptor)]
	info, err := unix.IoctlHIDGetRawInfo(fd)
	if err != nil {
		return err
	}
	id.usb.Vendor, id.usb.Product = fmt.Sprintf("%04X", uint16(info.Vendor)), fmt.Sprintf("%04X", uint16(info.Product))
	id.usb.Serial, _ = unix.IoctlHIDGetRawUniq(fd)
	phys, _ := unix.IoctlHIDGetRawPhys(fd)
	id.usb.Socket = socket(phys)
	return nil
}

// wake sets feature report 254 to 1.
func (id identity) wake() error {
	report := [2]byte{wakeReport, 1}
	var errno unix.Errno
	err := id.conn.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, setFeature, uintptr(unsafe.Pointer(&report[0])))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}
