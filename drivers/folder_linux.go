package drivers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// changes are what may make a path appear, disappear or become readable. Right after a device came udev changes its group and mode.
const changes = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_MOVED_FROM | unix.IN_DELETE | unix.IN_ATTRIB | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF

// folder watches the folder of a path, or the nearest one above it that is there: /dev/serial/by-id comes with the first device.
type folder struct {
	path  string
	parts []string // the names on the way to the path
	news  told
	file  *os.File // inotify
	watch int      // the watch that stands; -1: none
	ended chan struct{}
}

// watchFolder gives nil when the system has no watches left.
func watchFolder(path string, news told) *folder {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil
	}
	path = filepath.Clean(path)
	f := &folder{path: path, parts: strings.Split(path, "/"), news: news, file: os.NewFile(uintptr(fd), "inotify"), watch: -1, ended: make(chan struct{})}
	go f.hear()
	f.arm()
	return f
}

// arm watches the nearest folder, and looks again once that stands: the next one may have come in between.
func (f *folder) arm() {
	for range f.parts {
		dir, ok := f.nearest()
		if below := f.below(dir); !ok || below == f.path || !exists(below) {
			return
		}
	}
}

// nearest watches the deepest folder that can be watched.
func (f *folder) nearest() (dir string, ok bool) {
	for dir = filepath.Dir(f.path); ; dir = filepath.Dir(dir) {
		if watch, err := f.add(dir); err == nil {
			f.keep(watch)
			return dir, true
		}
		if dir == "/" {
			return dir, false
		}
	}
}

// below is the next step from the folder towards the path.
func (f *folder) below(dir string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(f.path, dir), "/")
	first, _, _ := strings.Cut(rest, "/")
	return filepath.Join(dir, first)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (f *folder) add(dir string) (watch int, err error) {
	return watch, f.control(func(fd int) { watch, err = unix.InotifyAddWatch(fd, dir, changes|unix.IN_ONLYDIR) }, &err)
}

// keep lets go of the watch that stood before, of a folder further up.
func (f *folder) keep(watch int) {
	if f.watch >= 0 && f.watch != watch {
		var err error // gone already with its folder
		_ = f.control(func(fd int) { _, err = unix.InotifyRmWatch(fd, uint32(f.watch)) }, &err)
	}
	f.watch = watch
}

func (f *folder) control(do func(fd int), failed *error) error {
	conn, err := f.file.SyscallConn()
	if err != nil {
		return err
	}
	if err := conn.Control(func(fd uintptr) { do(int(fd)) }); err != nil {
		return err
	}
	return *failed
}

func (f *folder) hear() {
	defer close(f.ended)
	buf := make([]byte, 16<<10)
	for {
		n, err := f.file.Read(buf)
		if err != nil {
			return
		}
		if slices.ContainsFunc(named(buf[:n]), f.onTheWay) {
			f.news.tell()
		}
	}
}

// onTheWay tells whether a change of this name may matter; no name means the folder itself.
func (f *folder) onTheWay(name string) bool { return name == "" || slices.Contains(f.parts, name) }

func (f *folder) close() {
	_ = f.file.Close()
	<-f.ended
}
