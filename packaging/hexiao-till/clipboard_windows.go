package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	openClipboard       = user32.NewProc("OpenClipboard")
	closeClipboard      = user32.NewProc("CloseClipboard")
	getClipboard        = user32.NewProc("GetClipboardData")
	clipboardHas        = user32.NewProc("IsClipboardFormatAvailable")
	registerClipboard   = user32.NewProc("RegisterClipboardFormatW")
	globalLock          = kernel32.NewProc("GlobalLock")
	globalUnlock        = kernel32.NewProc("GlobalUnlock")
	globalSize          = kernel32.NewProc("GlobalSize")
	errClipboardIsTaken = errors.New("another program holds the clipboard")
)

// bitmapOnClipboard is CF_DIB; Windows makes it of every other kind of bitmap.
const bitmapOnClipboard = 8

// clipboardPicture gives the picture on the clipboard as a PNG or BMP file, or nothing where there is none. While another program has the
// clipboard it tries again, until ctx ends.
func clipboardPicture(ctx context.Context) ([]byte, error) {
	runtime.LockOSThread() // which has it open
	defer runtime.UnlockOSThread()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for ok := uintptr(0); ok == 0; {
		if ok, _, _ = openClipboard.Call(0); ok != 0 {
			break
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, errClipboardIsTaken
		}
	}
	defer closeClipboard.Call()
	if png := clipboardKind("PNG"); png != 0 { // browsers and Office leave one
		if raw, err := onClipboard(png); err != nil || len(raw) > 0 {
			return raw, err
		}
	}
	raw, err := onClipboard(bitmapOnClipboard)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	return bitmapFile(raw)
}

// clipboardKind is the number of a kind that programs have agreed upon by name; 0 when there can be none.
func clipboardKind(name string) uintptr {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0
	}
	kind, _, _ := registerClipboard.Call(uintptr(unsafe.Pointer(text)))
	return kind
}

// onClipboard copies what lies there of a kind; nothing where there is nothing.
func onClipboard(kind uintptr) ([]byte, error) {
	if has, _, _ := clipboardHas.Call(kind); has == 0 {
		return nil, nil
	}
	handle, _, err := getClipboard.Call(kind)
	if handle == 0 {
		return nil, os.NewSyscallError("GetClipboardData", err)
	}
	at, _, err := globalLock.Call(handle)
	if at == 0 {
		return nil, os.NewSyscallError("GlobalLock", err)
	}
	defer globalUnlock.Call(handle)
	size, _, _ := globalSize.Call(handle)
	if size == 0 || size > 1<<30 {
		return nil, fmt.Errorf("the clipboard holds %d bytes", size)
	}
	raw := make([]byte, size)
	var copied uintptr // through the system: Go's rules know no pointer that is a number from elsewhere
	if err := windows.ReadProcessMemory(windows.CurrentProcess(), at, &raw[0], size, &copied); err != nil {
		return nil, os.NewSyscallError("ReadProcessMemory", err)
	}
	return raw[:copied], nil
}
