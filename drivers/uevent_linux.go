package drivers

import (
	"bytes"
	"errors"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// kernel hears the events of the kernel for all devices of this process. It listens while somebody follows it.
var kernel = newUevents(listen)

// The groups of NETLINK_KOBJECT_UEVENT: what the kernel sends at once, and what udev sends when it has made the links and set the rights.
const (
	groupKernel = 1
	groupUdev   = 2
)

type uevents struct {
	listen func() (*os.File, error)

	mu        sync.Mutex // guards the rest
	followers map[told]bool
	line      *os.File      // nil: not listening
	ended     chan struct{} // closed when nobody reads the line any more
}

func newUevents(listen func() (*os.File, error)) *uevents {
	return &uevents{listen: listen, followers: map[told]bool{}}
}

// follow has news told of each event. It reports false when the system does not let us listen.
func (u *uevents) follow(news told) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.line == nil {
		line, err := u.listen()
		if err != nil {
			return false
		}
		u.line, u.ended = line, make(chan struct{})
		go u.hear(u.line, u.ended)
	}
	u.followers[news] = true
	return true
}

// leave ends what follow began. The last to leave waits until nobody reads any more.
func (u *uevents) leave(news told) {
	line, ended := u.drop(news)
	if line != nil {
		_ = line.Close()
		<-ended
	}
}

func (u *uevents) drop(news told) (line *os.File, ended chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.followers, news)
	if len(u.followers) == 0 {
		line, u.line = u.line, nil
	}
	return line, u.ended
}

func (u *uevents) hear(line *os.File, ended chan struct{}) {
	defer close(ended)
	buf := make([]byte, 16<<10) // an event is 2 KB of environment at most, and udev's a little more
	for {
		n, err := line.Read(buf)
		switch {
		case errors.Is(err, unix.ENOBUFS): // some were dropped, so it is time to look
		case err != nil:
			return
		case !concerns(buf[:n]):
			continue
		}
		u.tell()
	}
}

func (u *uevents) tell() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for news := range u.followers {
		news.tell()
	}
}

// subsystems are those whose devices are read or written here. Batteries and disks send events, too.
var subsystems = [][]byte{
	[]byte("SUBSYSTEM=tty\x00"), []byte("SUBSYSTEM=hidraw\x00"), []byte("SUBSYSTEM=input\x00"), []byte("SUBSYSTEM=usb\x00"),
	[]byte("SUBSYSTEM=usbmisc\x00"), []byte("SUBSYSTEM=video4linux\x00"),
}

// concerns tells whether an event is of such a device. The kernel's and udev's messages hold their properties alike, behind different heads.
func concerns(event []byte) bool {
	for _, s := range subsystems {
		if bytes.Contains(event, s) {
			return true
		}
	}
	return false
}

func listen() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groupKernel | groupUdev}); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), "uevents"), nil
}
