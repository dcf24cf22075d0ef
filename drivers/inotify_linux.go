package drivers

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// inotifyHead is the size of a Linux struct inotify_event before its name: watch, mask, cookie and the name's length, four bytes each.
const inotifyHead = 16

// named gives the names in the events that were read from inotify; an empty one is of the folder itself, or of events that were dropped. That a
// watch is over (IN_IGNORED) is no news: we let go of it ourselves, or were told why just before.
func named(b []byte) (names []string) {
	for len(b) >= inotifyHead {
		mask, size := binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
		b = b[inotifyHead:]
		if uint64(size) > uint64(len(b)) {
			return names
		}
		name, _, _ := bytes.Cut(b[:size], []byte{0})
		if mask&unix.IN_IGNORED == 0 {
			names = append(names, string(name))
		}
		b = b[size:]
	}
	return names
}
