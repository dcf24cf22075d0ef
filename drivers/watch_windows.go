package drivers

import (
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// cmFilter is CM_NOTIFY_FILTER of cfgmgr32.h; its union is as long as its longest part, an instance id.
type cmFilter struct {
	size     uint32
	flags    uint32
	kind     uint32
	reserved uint32
	which    [idMost]uint16
}

const everyInterface = 1 // CM_NOTIFY_FILTER_FLAG_ALL_INTERFACE_CLASSES; kind 0 is device interfaces

// NewWatch gives a Watch of the address: the configuration manager tells of every device that comes or goes, whatever its kind, also to a
// service. Where it does not (it came with Windows 8), it is a slow look and nothing else.
func NewWatch(string) Watch {
	if cmRegister.Find() != nil || cmUnregister.Find() != nil {
		return alone{}
	}
	w := &watch{news: newTold()}
	w.key = followers.add(w.news)
	filter := cmFilter{flags: everyInterface}
	filter.size = uint32(unsafe.Sizeof(filter))
	code, _, _ := cmRegister.Call(uintptr(unsafe.Pointer(&filter)), w.key, followers.callback(), uintptr(unsafe.Pointer(&w.handle)))
	if code != 0 {
		followers.remove(w.key)
		return alone{}
	}
	return w
}

type watch struct {
	news   told
	key    uintptr // by which the system's call finds it
	handle uintptr
}

func (w *watch) Changed() <-chan struct{} { return w.news }

func (w *watch) Pace() time.Duration { return paceWatched }

func (w *watch) Arm() {}

// Close implements Watch; no call of the system's is under way when it returns.
func (w *watch) Close() {
	cmUnregister.Call(w.handle)
	followers.remove(w.key)
}

// followers are those whom the system's call is for. The call carries a number, since no pointer of Go's may lie with the system.
var followers = following{all: map[uintptr]told{}}

type following struct {
	once sync.Once
	call uintptr

	mu   sync.Mutex // guards what follows
	next uintptr
	all  map[uintptr]told
}

// callback is what the system calls, on a thread of its own. There is one for all: Windows' callbacks are never given back.
func (f *following) callback() uintptr {
	f.once.Do(func() {
		f.call = windows.NewCallback(func(_, key, _, _, _ uintptr) uintptr {
			f.mu.Lock()
			defer f.mu.Unlock()
			if news, ok := f.all[key]; ok {
				news.tell()
			}
			return 0
		})
	})
	return f.call
}

func (f *following) add(news told) uintptr {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	f.all[f.next] = news
	return f.next
}

func (f *following) remove(key uintptr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.all, key)
}
