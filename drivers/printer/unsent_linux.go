package printer

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent is how many bytes of a connection the other side has not acknowledged.
func unsent(c net.Conn) (n int, err error) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return 0, nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0, err
	}
	asked := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	if asked != nil {
		return 0, asked
	}
	return n, err
}
