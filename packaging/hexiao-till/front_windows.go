package main

import (
	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

// placing asks user32.
type placing struct{}

var (
	user32              = windows.NewLazySystemDLL("user32.dll")
	showWindow          = user32.NewProc("ShowWindow")
	isIconic            = user32.NewProc("IsIconic")
	setForegroundWindow = user32.NewProc("SetForegroundWindow")
)

func handle(context any) uintptr {
	w, _ := context.(driver.WindowsWindowContext)
	return w.HWND
}

func (placing) aside(window uintptr) error {
	if err := showWindow.Find(); err != nil {
		return err
	}
	showWindow.Call(window, windows.SW_MINIMIZE) // tells whether it was visible before
	return nil
}

func (placing) back(window uintptr, person bool) error {
	if err := isIconic.Find(); err != nil {
		return err
	}
	iconic, _, _ := isIconic.Call(window)
	if iconic != 0 {
		showWindow.Call(window, windows.SW_RESTORE)
	}
	if iconic != 0 || person {
		setForegroundWindow.Call(window) // the system may only let the taskbar blink
	}
	return nil
}
