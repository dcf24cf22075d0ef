package camera

import (
	"path/filepath"

	"hexiao/drivers"
)

const (
	sysVideo = "/sys/class/video4linux"
	devDir   = "/dev"
)

// List gives the cameras that are there now, on USB or not. It reads /sys and opens none.
func List() ([]drivers.Plugged, error) { return list(sysVideo, devDir) }

func list(sys, dev string) ([]drivers.Plugged, error) {
	nodes, err := filepath.Glob(filepath.Join(sys, "video*"))
	if err != nil {
		return nil, err
	}
	var there []drivers.Plugged
	for _, n := range nodes {
		// A camera has a second node that gives no pictures but figures about them; the one with the pictures is the first.
		if index := drivers.Attribute(n, "index"); index != "0" && index != "" {
			continue
		}
		p := drivers.Plugged{Path: filepath.Join(dev, filepath.Base(n)), Product: drivers.Attribute(n, "name")}
		if device, err := filepath.EvalSymlinks(filepath.Join(n, "device")); err == nil {
			p.USB, _, _ = drivers.USBDevice(device)
		}
		there = append(there, p)
	}
	return there, nil
}

func finder(address string, usb drivers.USB, isUSB bool) func() (string, error) {
	return drivers.Finder(address, usb, isUSB, List)
}
