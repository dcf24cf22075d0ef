package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"hexiao/drivers"
	"hexiao/drivers/serialport"
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

// portsThere names the USB serial ports that are plugged in.
func portsThere() (all []string) {
	found, err := serialport.List()
	if err != nil {
		return nil
	}
	for _, f := range found {
		all = append(all, strings.TrimSpace(f.Path+" "+f.USB.String()+" "+f.Product))
	}
	return all
}

func findUSB(kind string, usb drivers.USB) (string, error) {
	var paths []string
	if kind == "evdev" {
		paths = keyboards(usb)
		paths = paths[:min(len(paths), 1)] // a scanner may show several, for volume keys and the like; the same user may read all
	} else if found, err := serialport.List(); err == nil {
		for _, f := range found {
			if usb.Matches(f.USB.Vendor, f.USB.Product, f.USB.Serial) {
				paths = append(paths, f.Path)
			}
		}
	}
	return usb.Choose(paths)
}

// keyboards finds the event devices of a USB device.
func keyboards(usb drivers.USB) (paths []string) {
	events, _ := filepath.Glob("/sys/class/input/event*")
	for _, e := range events {
		read := func(name string) string {
			raw, _ := os.ReadFile(filepath.Join(e, "device", name))
			return strings.TrimSpace(string(raw))
		}
		if usb.Matches(read("id/vendor"), read("id/product"), read("uniq")) {
			paths = append(paths, filepath.Join("/dev/input", filepath.Base(e)))
		}
	}
	return paths
}
