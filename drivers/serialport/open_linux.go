package serialport

import (
	"os"
	"strconv"
	"syscall"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// openPort opens a port so that no child of this process inherits it: the library leaves its descriptors open for children (go.bug.st/serial
// v1.8.0; a dpkg that was started meanwhile was seen holding the scanner's port). Until they are marked nothing is forked; that is as long as
// the kernel lets a device take to be set up, 5 s at most for each setting (USB_CTRL_SET_TIMEOUT).
func openPort(path string, mode *serial.Mode) (serial.Port, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	before := inheritable()
	port, err := serial.Open(path, mode)
	for fd := range inheritable() {
		if !before[fd] {
			unix.CloseOnExec(fd)
		}
	}
	return port, err
}

// inheritable are the descriptors that a child would get. All that Go opens itself it would not: what came in between is the library's, the
// port and the pipe that ends a read. None is found where /proc is not mounted.
func inheritable() map[int]bool {
	found := map[int]bool{}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return found
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			found[fd] = true
		}
	}
	return found
}
