package hidpos

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
	"hexiao/drivers"
)

// interfaceHID is the kind of all HID collections (HidD_GetHidGuid gives it).
var interfaceHID = windows.GUID{Data1: 0x4d1e55b2, Data2: 0xf16f, Data3: 0x11cf, Data4: [8]byte{0x88, 0xcb, 0x00, 0x11, 0x11, 0x00, 0x00, 0x30}}

// posUsage marks a bar code scanner's collection among its hardware ids: usage page 0x8C. Scanners give themselves usage 0x01 or 0x02.
const posUsage = "HID_DEVICE_UP:008C"

// finder says where the device of the address is now. It opens nothing: an interface's name is no file, and is found out by opening it.
func finder(address string, usb drivers.USB, isUSB bool) func() (string, error) {
	if !isUSB {
		return func() (string, error) { return address, nil }
	}
	return drivers.Finder(address, usb, true, List)
}

// List gives the scanners in HID POS mode that are there now. It asks Windows' tree of devices and opens nothing.
func List() ([]drivers.Plugged, error) {
	all, err := drivers.Interfaces(interfaceHID)
	if err != nil {
		return nil, err
	}
	var there []drivers.Plugged
	for path, node := range all {
		if !slices.ContainsFunc(node.HardwareIDs(), func(id string) bool { return strings.HasPrefix(strings.ToUpper(id), posUsage) }) {
			continue
		}
		if usb, name, ok := node.USB(); ok {
			there = append(there, drivers.Plugged{Path: path, USB: usb, Product: name})
		}
	}
	slices.SortFunc(there, func(a, b drivers.Plugged) int { return cmp.Compare(a.Path, b.Path) })
	return there, nil
}
