package main

import (
	"cmp"
	"path/filepath"

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
