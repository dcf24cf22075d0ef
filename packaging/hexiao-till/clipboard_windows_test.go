package main

import (
	"bytes"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/sys/windows"
)

var (
	emptyClipboard = user32.NewProc("EmptyClipboard")
	setClipboard   = user32.NewProc("SetClipboardData")
	globalAlloc    = kernel32.NewProc("GlobalAlloc")
)

func TestAPictureOnTheClipboardIsTaken(t *testing.T) {
	leave(t)
	if raw, err := clipboardPicture(t.Context()); err != nil || raw != nil {
		t.Errorf("an empty clipboard gives %d bytes, %v", len(raw), err)
	}
	leave(t, dib(40, 32, 3, masks, 0, 0, 0xFF, 0, 0, 0xFF, 0, 0)...)
	raw, err := clipboardPicture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, err := bmp.Decode(bytes.NewReader(raw))
	if err != nil || m.Bounds().Dx() != 2 {
		t.Fatalf("%v, %v", m, err)
	}
}

// leave puts a bitmap on the clipboard, or nothing.
func leave(t *testing.T, dib ...byte) {
	t.Helper()
	if ok, _, err := openClipboard.Call(0); ok == 0 {
		t.Fatal(err)
	}
	defer closeClipboard.Call()
	emptyClipboard.Call()
	if len(dib) == 0 {
		return
	}
	const moveable = 2
	handle, _, _ := globalAlloc.Call(moveable, uintptr(len(dib)))
	at, _, _ := globalLock.Call(handle)
	var copied uintptr
	if err := windows.WriteProcessMemory(windows.CurrentProcess(), at, &dib[0], uintptr(len(dib)), &copied); err != nil {
		t.Fatal(err)
	}
	globalUnlock.Call(handle)
	if ok, _, err := setClipboard.Call(bitmapOnClipboard, handle); ok == 0 {
		t.Fatal(err)
	}
}
