package typist_test

import (
	"context"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"hexiao/drivers"
	"hexiao/drivers/typist"
)

var (
	user32   = windows.NewLazySystemDLL("user32.dll")
	create   = user32.NewProc("CreateWindowExW")
	destroy  = user32.NewProc("DestroyWindow")
	focus    = user32.NewProc("SetForegroundWindow")
	peek     = user32.NewProc("PeekMessageW")
	trans    = user32.NewProc("TranslateMessage")
	dispatch = user32.NewProc("DispatchMessageW")
	text     = user32.NewProc("GetWindowTextW")
)

// TestWhatIsTypedArrives types into a field of Windows' own that has the focus, as a POS has one.
func TestWhatIsTypedArrives(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	field := edit(t)
	ready := make(chan bool, 10)
	k, err := typist.New(typist.Options{OnState: func(s drivers.State) { ready <- s.Connected }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	if !<-ready {
		t.Fatal(k.State().Problem)
	}
	done := make(chan error, 1)
	const code = "HX1-abc_69!01\"~"
	if !k.Type(code, func(err error) { done <- err }) {
		t.Fatal("not taken")
	}
	pump(t, field, code+"\r\n")
	if err := <-done; err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// edit is a field of several lines, in front.
func edit(t *testing.T) uintptr {
	t.Helper()
	class, err := windows.UTF16PtrFromString("EDIT")
	if err != nil {
		t.Fatal(err)
	}
	const overlapped, visible, manyLines, wantReturn = 0x00CF0000, 0x10000000, 0x0004, 0x1000
	field, _, err := create.Call(0, uintptr(unsafe.Pointer(class)), 0, overlapped|visible|manyLines|wantReturn, 10, 10, 600, 200, 0, 0, 0, 0)
	if field == 0 {
		t.Skip("NOT TESTED: there is no screen here:", err)
	}
	t.Cleanup(func() { destroy.Call(field) })
	focus.Call(field)
	return field
}

// pump lets the field work until it has the text.
func pump(t *testing.T, field uintptr, want string) {
	t.Helper()
	late := time.After(20 * time.Second)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		var message [64]byte
		for more := uintptr(1); more != 0; {
			if more, _, _ = peek.Call(uintptr(unsafe.Pointer(&message[0])), 0, 0, 0, 1); more != 0 {
				trans.Call(uintptr(unsafe.Pointer(&message[0])))
				dispatch.Call(uintptr(unsafe.Pointer(&message[0])))
			}
		}
		var held [256]uint16
		text.Call(field, uintptr(unsafe.Pointer(&held[0])), uintptr(len(held)))
		got := windows.UTF16ToString(held[:])
		if got == want {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("the field has %q, want %q", got, want)
		}
	}
}
