package main

import (
	"cmp"
	"path/filepath"
	"slices"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/hidpos"
	"hexiao/drivers/serialport"
	"hexiao/drivers/wedge"
)

// devicesThere are all kinds that can be set up, in the order in which a technician is shown them.
var devicesThere = []kindOfDevice{
	{"serial", serialport.List, madeForCodes},
	{"hidpos", hidpos.List, always}, // its descriptor says that it is one
	{"evdev", wedge.List, madeForCodes},
	{desk.PrinterDevice, func() ([]drivers.Plugged, error) { return inClass("usbmisc", "lp*", "usb") }, always},
	{"camera", func() ([]drivers.Plugged, error) { return inClass("video4linux", "video*", "") }, always},
}

// scannerMakers are the USB vendor ids of makers of scanners; the udev rules of the package have the same list with its
// source, and a test compares them.
var scannerMakers = []string{"05E0", "05F9", "080C", "0536", "0C2E", "065A", "076D", "1EAB", "27DD"}

func madeForCodes(p drivers.Plugged) bool { return slices.Contains(scannerMakers, p.USB.Vendor) }

func always(drivers.Plugged) bool { return true }

// inClass finds the devices of a class of /sys.
func inClass(class, names, folder string) (all []drivers.Plugged, err error) {
	nodes, err := filepath.Glob(filepath.Join("/sys/class", class, names))
	for _, node := range nodes {
		if index := drivers.Attribute(node, "index"); index != "" && index != "0" {
			continue // a camera's second node gives figures instead of pictures
		}
		p := drivers.Plugged{Path: filepath.Join("/dev", folder, filepath.Base(node)), Product: drivers.Attribute(node, "name")}
		if device, err := filepath.EvalSymlinks(filepath.Join(node, "device")); err == nil {
			usb, name, _ := drivers.USBDevice(device)
			p.USB, p.Product = usb, cmp.Or(p.Product, name)
		}
		all = append(all, p)
	}
	return all, err
}
