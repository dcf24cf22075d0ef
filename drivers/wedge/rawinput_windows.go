package wedge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// user32, which tells of keys (winuser.h).
var (
	user32          = windows.NewLazySystemDLL("user32.dll")
	createWindow    = user32.NewProc("CreateWindowExW")
	destroyWindow   = user32.NewProc("DestroyWindow")
	registerRaw     = user32.NewProc("RegisterRawInputDevices")
	getRawInput     = user32.NewProc("GetRawInputData")
	getRawDevice    = user32.NewProc("GetRawInputDeviceInfoW")
	waitForMessages = user32.NewProc("MsgWaitForMultipleObjectsEx")
	peekMessage     = user32.NewProc("PeekMessageW")
	dispatchMessage = user32.NewProc("DispatchMessageW")
	getKeyState     = user32.NewProc("GetKeyState")
)

const (
	messageOnly = ^uintptr(2) // HWND_MESSAGE, -3: a window that only hears

	ridevInputSink = 0x100 // keys come whoever has the focus
	ridevNotify    = 0x2000
	ridInput       = 0x1000_0003
	ridDeviceName  = 0x2000_0007
	rimKeyboard    = 1

	wmInput       = 0x00FF
	wmInputChange = 0x00FE
	deviceRemoved = 2

	vkCapital = 0x14
	anyInput  = 0x04FF // QS_ALLINPUT
	evenOld   = 4      // MWMO_INPUTAVAILABLE
)

// rawDevice is RAWINPUTDEVICE.
type rawDevice struct {
	page, usage uint16
	flags       uint32
	window      uintptr
}

// rawInput is RAWINPUT of a keyboard.
type rawInput struct {
	kind   uint32
	size   uint32
	device uintptr
	_      uintptr

	code, flags, _, virtual uint16
	_, _                    uint32
}

// message is MSG.
type message struct {
	window       uintptr
	what         uint32
	param, value uintptr
	_            uint32
	_, _, _      int32
}

// rawKey is a key of one keyboard, or that the keyboard has gone.
type rawKey struct {
	path        string
	code, flags uint16
	caps        bool // Caps Lock was on
	gone        bool
	at          time.Time
}

// ear hears every keyboard of this session for all who read one: Windows tells one window of a program. It hears while somebody listens.
type ear struct {
	mu        sync.Mutex // guards what follows
	listeners map[chan rawKey]string
	stop      context.CancelFunc
	ended     chan struct{}
}

var keyboards = &ear{listeners: map[chan rawKey]string{}}

// keysKept is how many keys wait for a reader that is late: more than the longest scan has.
const keysKept = 16 << 10

// listen gives the keys of one keyboard until leave is called.
func (e *ear) listen(path string) (keys chan rawKey, leave func(), err error) {
	keys = make(chan rawKey, keysKept)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.listeners) == 0 {
		if err := e.begin(); err != nil {
			return nil, nil, err
		}
	}
	e.listeners[keys] = path
	return keys, func() { e.leave(keys) }, nil
}

// begin starts to hear, on a thread of its own: a window belongs to the thread that made it.
func (e *ear) begin() error {
	ctx, stop := context.WithCancel(context.Background())
	begun, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		e.hear(ctx, begun)
	}()
	if err := <-begun; err != nil {
		stop()
		return err
	}
	e.stop, e.ended = stop, ended
	return nil
}

func (e *ear) leave(keys chan rawKey) {
	e.mu.Lock()
	delete(e.listeners, keys)
	last := len(e.listeners) == 0
	stop, ended := e.stop, e.ended
	e.mu.Unlock()
	if last {
		stop()
		<-ended
	}
}

// earTick is how long the end of listening may go unnoticed.
const earTick = 50 * time.Millisecond

func (e *ear) hear(ctx context.Context, begun chan<- error) {
	window, err := deafWindow()
	if err == nil {
		defer destroyWindow.Call(window)
		err = hearKeyboards(window)
	}
	begun <- err
	if err != nil {
		return
	}
	s := &hearing{ear: e, paths: map[uintptr]string{}}
	state, _, _ := getKeyState.Call(vkCapital)
	s.caps = state&1 != 0
	for ctx.Err() == nil {
		waitForMessages.Call(0, 0, uintptr(earTick.Milliseconds()), anyInput, evenOld)
		var m message
		for more := uintptr(1); more != 0; {
			const remove = 1
			if more, _, _ = peekMessage.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0, remove); more != 0 {
				s.take(m)
			}
		}
	}
}

// deafWindow makes a window that nobody sees; Windows' own class for plain texts does.
func deafWindow() (uintptr, error) {
	class, err := windows.UTF16PtrFromString("STATIC")
	if err != nil {
		return 0, err
	}
	window, _, err := createWindow.Call(0, uintptr(unsafe.Pointer(class)), 0, 0, 0, 0, 0, 0, messageOnly, 0, 0, 0)
	if window == 0 {
		return 0, os.NewSyscallError("CreateWindowEx", err)
	}
	return window, nil
}

func hearKeyboards(window uintptr) error {
	all := rawDevice{page: 1, usage: 6, flags: ridevInputSink | ridevNotify, window: window}
	if ok, _, err := registerRaw.Call(uintptr(unsafe.Pointer(&all)), 1, unsafe.Sizeof(all)); ok == 0 {
		return os.NewSyscallError("RegisterRawInputDevices", err)
	}
	return nil
}

// hearing is the thread's own.
type hearing struct {
	*ear
	paths map[uintptr]string
	caps  bool
}

func (s *hearing) take(m message) {
	switch m.what {
	case wmInput:
		s.input(m.value)
	case wmInputChange:
		if path, known := s.paths[m.value]; known && m.param == deviceRemoved {
			delete(s.paths, m.value)
			s.tell(rawKey{path: path, gone: true, at: time.Now()})
		} else if m.param != deviceRemoved {
			s.path(m.value) // while it is there: once it is gone nobody tells its name
		}
	}
	dispatchMessage.Call(uintptr(unsafe.Pointer(&m)))
}

func (s *hearing) input(handle uintptr) {
	var in rawInput
	const header = unsafe.Offsetof(in.code)
	size := uint32(unsafe.Sizeof(in))
	n, _, _ := getRawInput.Call(handle, ridInput, uintptr(unsafe.Pointer(&in)), uintptr(unsafe.Pointer(&size)), header)
	if int32(n) <= 0 || in.kind != rimKeyboard {
		return
	}
	if in.virtual == vkCapital {
		if in.flags&rawBreak == 0 {
			s.caps = !s.caps
		}
		return // its place is in caps, whoever pressed it
	}
	if path := s.path(in.device); path != "" { // what a program typed has no device
		s.tell(rawKey{path: path, code: in.code, flags: in.flags, caps: s.caps, at: time.Now()})
	}
}

// path is the name of a device, by which others open it; empty when it has none.
func (s *hearing) path(device uintptr) string {
	if path, known := s.paths[device]; known || device == 0 {
		return path
	}
	var name [512]uint16
	size := uint32(len(name))
	n, _, _ := getRawDevice.Call(device, ridDeviceName, uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&size)))
	path := ""
	if int32(n) > 0 {
		path = windows.UTF16ToString(name[:])
	}
	s.paths[device] = path
	return path
}

// tell gives a key to those who read its keyboard. One whose room is full is told later that keys were lost.
func (e *ear) tell(k rawKey) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for keys, path := range e.listeners {
		if !strings.EqualFold(path, k.path) {
			continue
		}
		select {
		case keys <- k:
		default:
			drop(keys)
			keys <- rawKey{path: k.path, code: rawOverrun, at: k.at}
		}
	}
}

// drop makes room: nobody can use the keys of a reader that is so late.
func drop(keys chan rawKey) {
	for range keysKept / 2 {
		select {
		case <-keys:
		default:
			return
		}
	}
}

var errUnplugged = errors.New("unplugged")

// notHeard is what is wrong when keyboards cannot be heard.
func notHeard(err error) error { return fmt.Errorf("hear keyboards: %w", err) }
