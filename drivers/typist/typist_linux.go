package typist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"hexiao/drivers"
	"hexiao/drivers/wedge"
)

// Place is where the kernel makes keyboards (linux/uinput.h; UI_DEV_SETUP since 4.5).
const Place = "/dev/uinput"

// The requests and codes of linux/uinput.h and input-event-codes.h, for the architectures of asm-generic/ioctl.h.
const (
	uiSetEvBit  = 0x40045564 // _IOW('U', 100, int)
	uiSetKeyBit = 0x40045565
	uiSetLEDBit = 0x40045569
	uiDevSetup  = 0x405c5503 // _IOW('U', 3, struct uinput_setup)
	uiDevCreate = 0x5501     // _IO('U', 1)

	evSyn, evKey, evLED = 0x00, 0x01, 0x11
	ledCapsL            = 1
	busVirtual          = 0x06
	nameSize            = 80
)

func find() (string, error) {
	if _, err := os.Stat(Place); errors.Is(err, fs.ErrNotExist) {
		return "", drivers.Problem{
			Code: "missing",
			ZH:   "系统没有 " + Place + "，无法模拟键盘：请执行 modprobe uinput，并在 /etc/modules-load.d/uinput.conf 写一行 uinput；若提示没有该模块，请把 [pass_on] 的 to 改为串口",
			EN:   "This system has no " + Place + ", so nothing can be typed: run modprobe uinput, and write a line uinput into /etc/modules-load.d/uinput.conf; if there is no such module, set [pass_on] to a serial port",
		}
	}
	return Place, nil
}

// virtual is a keyboard made through uinput. What stands on its file is what the system tells a keyboard: its lights.
type virtual struct {
	file *os.File
	lit  bool // Caps Lock
}

func openKeyboard() (device, error) {
	f, err := os.OpenFile(Place, os.O_RDWR|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, denied()
	case err != nil:
		return nil, err
	}
	if err := create(f); err != nil {
		return nil, errors.Join(fmt.Errorf("make a keyboard: %w", err), f.Close())
	}
	return &virtual{file: f}, nil
}

// denied names the rule that is missing: who may type may do anything, so no package brings it.
func denied() error {
	group := "hexiao-agent"
	if g, err := user.LookupGroupId(strconv.Itoa(os.Getegid())); err == nil {
		group = g.Name
	}
	rule := fmt.Sprintf(`KERNEL=="uinput", GROUP="%s", MODE="0660", OPTIONS+="static_node=uinput"`, group)
	const file = "/etc/udev/rules.d/71-hexiao-type.rules"
	return drivers.Problem{
		Code: "permission",
		ZH:   fmt.Sprintf("没有权限模拟键盘（%s）：请把这一行写进 %s，然后重启电脑：%s", Place, file, rule),
		EN:   fmt.Sprintf("No permission to type (%s): write this line into %s and restart the PC: %s", Place, file, rule),
	}
}

// create makes the keyboard: every key that Strokes knows, Shift, and the light of Caps Lock.
func create(f *os.File) error {
	type bit struct{ request, value int }
	bits := []bit{{uiSetEvBit, evKey}, {uiSetEvBit, evLED}, {uiSetLEDBit, ledCapsL}, {uiSetKeyBit, int(wedge.ShiftKey)}}
	for c := byte(0); c < 0x7F; c++ {
		if key, _, known := wedge.KeyOf(c); known {
			bits = append(bits, bit{uiSetKeyBit, int(key)})
		}
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for _, b := range bits {
			if failed = unix.IoctlSetInt(int(fd), uint(b.request), b.value); failed != nil {
				return
			}
		}
		setup := identity()
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uiDevSetup, uintptr(unsafe.Pointer(&setup[0]))); errno != 0 {
			failed = errno
			return
		}
		failed = unix.IoctlSetInt(int(fd), uiDevCreate, 0)
	})
	return errors.Join(err, failed)
}

// identity is a struct uinput_setup: bus, vendor, product, version, name, and effects of none.
func identity() [8 + nameSize + 4]byte {
	var b [8 + nameSize + 4]byte
	for i, v := range []uint16{busVirtual, 0, 0, 1} {
		binary.NativeEndian.PutUint16(b[2*i:], v)
	}
	copy(b[8:8+nameSize-1], wedge.Ours)
	return b
}

// settle: a desktop hears of a new keyboard through udev and opens it then; what is typed before is typed nowhere.
func (v *virtual) settle() time.Duration { return time.Second }

// press writes the whole stroke at once: the kernel hands it on in this order.
func (v *virtual) press(s Stroke) error {
	var b []byte
	if s.Shift {
		b = appendKey(b, wedge.ShiftKey, 1)
	}
	b = appendKey(appendKey(b, s.Key, 1), s.Key, 0)
	if s.Shift {
		b = appendKey(b, wedge.ShiftKey, 0)
	}
	_, err := v.file.Write(b)
	return err
}

// appendKey adds a key event and its report.
func appendKey(b []byte, key uint16, value int32) []byte {
	return appendEvent(appendEvent(b, evKey, key, value), evSyn, 0, 0)
}

// wordSize is the size of a kernel long; an event's time is two of them, and the kernel sets it.
const wordSize = strconv.IntSize / 8

func appendEvent(b []byte, kind, code uint16, value int32) []byte {
	b = append(b, make([]byte, 2*wordSize)...)
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, code)
	return binary.NativeEndian.AppendUint32(b, uint32(value))
}

// caps reads what the system has said of the lights since it was last asked. It does not wait.
func (v *virtual) caps() bool {
	const size = 2*wordSize + 8
	buf := make([]byte, 64*size)
	for {
		_ = v.file.SetReadDeadline(time.Now().Add(time.Millisecond))
		n, err := v.file.Read(buf)
		for e := buf[:n-n%size]; len(e) > 0; e = e[size:] {
			if fields := e[2*wordSize:]; binary.NativeEndian.Uint16(fields) == evLED && binary.NativeEndian.Uint16(fields[2:]) == ledCapsL {
				v.lit = binary.NativeEndian.Uint32(fields[4:]) != 0
			}
		}
		if n == 0 || err != nil {
			return v.lit
		}
	}
}

// close takes the keyboard away: the kernel does when the last file is closed.
func (v *virtual) close() error { return v.file.Close() }
