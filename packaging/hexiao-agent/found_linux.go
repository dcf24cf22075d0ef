package main

import (
	"cmp"
	"path/filepath"
	"slices"

	"hexiao/agent/desk"
	"hexiao/drivers"
	"hexiao/drivers/camera"
	"hexiao/drivers/hidpos"
	"hexiao/drivers/serialport"
	"hexiao/drivers/wedge"
)

// devicesThere are all kinds that can be set up, in the order in which a technician is shown them.
var devicesThere = []kindOfDevice{
	{"serial", serialport.List, madeForCodes},
	{"hidpos", hidpos.List, always}, // its descriptor says that it is one
	{"evdev", wedge.List, madeForCodes},
	{desk.PrinterDevice, printers, always},
	{"camera", camera.List, always},
}

// scannerMakers are the USB vendor ids of makers of scanners; the udev rules of the package have the same list with its
// source, and a test compares them.
var scannerMakers = []string{"05E0", "05F9", "080C", "0536", "0C2E", "065A", "076D", "1EAB", "27DD"}

func madeForCodes(p drivers.Plugged) bool { return slices.Contains(scannerMakers, p.USB.Vendor) }

func always(drivers.Plugged) bool { return true }

// printers finds the printers on USB.
func printers() (all []drivers.Plugged, err error) {
	nodes, err := filepath.Glob("/sys/class/usbmisc/lp*")
	for _, node := range nodes {
		p := drivers.Plugged{Path: filepath.Join("/dev/usb", filepath.Base(node)), Product: drivers.Attribute(node, "name")}
		if device, err := filepath.EvalSymlinks(filepath.Join(node, "device")); err == nil {
			usb, name, _ := drivers.USBDevice(device)
			p.USB, p.Product = usb, cmp.Or(p.Product, name)
		}
		all = append(all, p)
	}
	return all, err
}
