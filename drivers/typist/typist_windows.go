package typist

import (
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"hexiao/drivers"
)

// Place is what the keyboard is called that codes would be typed on.
const Place = "SendInput"

// find says whether this program may type: a service has no one to type to.
func find() (string, error) {
	if drivers.Interactive() {
		return Place, nil
	}
	return "", drivers.Problem{
		Code: "unsupported",
		ZH:   "Windows 服务不能替键盘打字：请把 [pass_on] 的 to 改为串口（如 COM5），收银软件从那里读码；也可以不装服务，让收银员登录后运行 hexiao-agent run",
		EN: "A Windows service cannot type: set [pass_on] to a serial port, such as COM5, and have the POS read codes there; " +
			"or have hexiao-agent run started when the cashier logs in, instead of the service",
	}
}

var sendInput = windows.NewLazySystemDLL("user32.dll").NewProc("SendInput")

// keyInput is INPUT of winuser.h, of a keyboard; the union is as long as a mouse's.
type keyInput struct {
	kind    uint32
	_       uint32
	virtual uint16
	scan    uint16
	flags   uint32
	time    uint32
	_       uint32
	extra   uintptr
	_       [8]byte
}

const (
	inputKeyboard = 1

	keyUp       = 0x0002 // KEYEVENTF_KEYUP
	asCharacter = 0x0004 // KEYEVENTF_UNICODE

	virtualReturn = 0x0D
)

// sender types through SendInput. A program that runs as administrator does not hear one that does not, and Windows does not tell.
type sender struct{}

func openKeyboard() (device, error) {
	if err := sendInput.Find(); err != nil {
		return nil, fmt.Errorf("find SendInput: %w", err)
	}
	return sender{}, nil
}

// press types characters as such, so that neither the keyboard's layout, Caps Lock nor an input method plays a part. Enter is a key: programs
// that wait for it do not look for a character.
func (sender) press(s Stroke) error {
	down := keyInput{kind: inputKeyboard, scan: uint16(s.Char), flags: asCharacter}
	if s.Char == '\r' {
		down = keyInput{kind: inputKeyboard, virtual: virtualReturn, scan: s.Key}
	}
	up := down
	up.flags |= keyUp
	both := [2]keyInput{down, up}
	if n, _, err := sendInput.Call(uintptr(len(both)), uintptr(unsafe.Pointer(&both[0])), unsafe.Sizeof(down)); n != uintptr(len(both)) {
		return os.NewSyscallError("SendInput", err)
	}
	return nil
}

// caps does not matter to characters.
func (sender) caps() bool { return false }

// settle is for systems that have to get to know a new keyboard first.
func (sender) settle() time.Duration { return 0 }

func (sender) close() error { return nil }
