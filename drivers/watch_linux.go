package drivers

import (
	"path/filepath"
	"time"
)

// NewWatch gives a Watch of the address: the kernel's and udev's events for every device, and the folder for a path, since a link of udev's or
// a pseudo-terminal comes without an event of the kernel. Where neither may be watched it is a slow look and nothing else.
func NewWatch(address string) Watch {
	w := &watch{news: newTold()}
	w.events = kernel.follow(w.news)
	if filepath.IsAbs(address) {
		w.folder = watchFolder(address, w.news)
	}
	if !w.events && w.folder == nil {
		return alone{}
	}
	return w
}

type watch struct {
	news   told
	events bool    // the kernel's are heard
	folder *folder // nil: none
}

func (w *watch) Changed() <-chan struct{} { return w.news }

func (w *watch) Pace() time.Duration { return paceWatched }

func (w *watch) Arm() {
	if w.folder != nil {
		w.folder.arm()
	}
}

func (w *watch) Close() {
	if w.events {
		kernel.leave(w.news)
	}
	if w.folder != nil {
		w.folder.close()
	}
}
