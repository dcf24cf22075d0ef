package main

import (
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"

	"hexiao/drivers"
	"hexiao/drivers/hidpos"
	"hexiao/drivers/serialport"
	"hexiao/drivers/wedge"
)

func freeSpace(dir string) (bytes uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// mayOpen asks the system whether this user may open a device, without opening it.
func mayOpen(path string, write bool) error {
	mode := uint32(unix.R_OK)
	if write {
		mode |= unix.W_OK
	}
	if err := unix.Access(path, mode); err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}

// portsThere names the USB serial ports and the scanners in HID POS mode that are plugged in.
func portsThere() (all []string) {
	for _, list := range []func() ([]drivers.Plugged, error){serialport.List, hidpos.List} {
		found, _ := list() // none without such a folder in /sys
		for _, f := range found {
			all = append(all, strings.TrimSpace(f.Path+" "+f.USB.String()+" "+f.Product))
		}
	}
	return all
}

// findUSB finds the device that is set up by what stands in its USB descriptor, as the driver of its kind does.
func findUSB(kind string, usb drivers.USB) (string, error) {
	list := serialport.List
	switch kind {
	case "evdev":
		list = wedge.List
	case "hidpos":
		list = hidpos.List
	}
	there, err := list()
	if err != nil {
		return "", err
	}
	return usb.Pick(there)
}
