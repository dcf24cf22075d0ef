package main

import (
	"hexiao/drivers"

	"golang.org/x/sys/windows"
)

func freeSpace(dir string) (bytes uint64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	return bytes, windows.GetDiskFreeSpaceEx(name, &bytes, nil, nil)
}

// mayOpen says yes: ports are no files on Windows, and whether one may be opened shows only when it is.
func mayOpen(string, bool) error { return nil }

func portsThere() []string { return nil }

func findUSB(_ string, usb drivers.USB) (string, error) { return usb.Choose(nil) }
