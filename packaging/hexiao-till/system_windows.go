package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/windows"
)

// defaultToken is where the agent's service leaves the desk's token.
func defaultToken(getenv func(string) string) string {
	data := getenv("ProgramData")
	if data == "" {
		data = `C:\ProgramData`
	}
	return filepath.Join(data, "hexiao", "desk.token")
}

// What helps a PC whose graphics cannot draw the window.
const (
	graphicsZH = "请安装显卡厂商的驱动程序（不要用“Microsoft 基本显示适配器”），不要在远程桌面里打开"
	graphicsEN = `Install the graphics maker's own driver (not "Microsoft Basic Display Adapter"), and do not open it through Remote Desktop`
)

var (
	kernel32       = windows.NewLazySystemDLL("kernel32.dll")
	attachConsole  = kernel32.NewProc("AttachConsole")
	imm32          = windows.NewLazySystemDLL("imm32.dll")
	immDisableIME  = imm32.NewProc("ImmDisableIME")
	everyThread    = ^uintptr(0)
	parentsConsole = ^uintptr(0)
)

// withoutInputMethod keeps an input method from taking the letters of a scan; a cashier types no Chinese here. It must be
// called before the first window.
func withoutInputMethod() error {
	if err := immDisableIME.Find(); err != nil {
		return err
	}
	immDisableIME.Call(everyThread) // false where there is no input method at all
	return nil
}

// speakers are the program's outputs. A program with a window has none of its own: they go where its starter pointed them,
// else to the console it was started in, else what it said is shown when it ends in failure.
func speakers(getenv func(string) string) (out, complaints io.Writer) {
	if kind, err := windows.GetFileType(windows.Handle(os.Stderr.Fd())); err == nil && kind != windows.FILE_TYPE_UNKNOWN {
		return os.Stdout, os.Stderr
	}
	if ok, _, _ := attachConsole.Call(parentsConsole); ok != 0 {
		if console, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
			return console, console
		}
	}
	s := &shown{}
	if folder, err := ownFolder(getenv); err == nil {
		s.log, _ = os.Create(filepath.Join(folder, "till.log")) // for support, as far back as the last start
	}
	return s, s
}

// shown keeps what the program says to people, for a box with it; all lines go to a file for support. It is safe for
// concurrent use.
type shown struct {
	mu   sync.Mutex // guards said
	said bytes.Buffer
	log  *os.File // nil: there is no room for one
}

// sayable is how much of it a box has room for, in bytes.
const sayable = 4 << 10

// Write implements io.Writer.
func (s *shown) Write(text []byte) (int, error) {
	if s.log != nil {
		s.log.Write(text)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !bytes.HasPrefix(text, []byte("time=")) && s.said.Len()+len(text) <= sayable { // slog's lines are for support
		s.said.Write(text)
	}
	return len(text), nil
}

// last implements lastWord's other side: the box, until it is closed.
func (s *shown) last(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := windows.UTF16PtrFromString(s.said.String())
	if code == done || code == pageInstead || s.said.Len() == 0 || err != nil {
		return
	}
	title, _ := windows.UTF16PtrFromString("hexiao-till 消费券核销")
	windows.MessageBox(0, text, title, windows.MB_ICONWARNING|windows.MB_SETFOREGROUND)
}
