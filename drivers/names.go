package drivers

import "strings"

// FromWindows reads the name that Windows gives a device ("USB\VID_0C2E&PID_0B61\1234", its instance id). It reports false for one that
// tells no USB ids. Serial stays empty where Windows made the name up itself, which it marks with "&", and where the name is a part's of
// a device: then the device above has it.
func FromWindows(instance string) (USB, bool) {
	parts := strings.Split(strings.ToUpper(instance), `\`)
	if len(parts) < 2 {
		return USB{}, false
	}
	if parts[0] == "FTDIBUS" {
		return fromFTDI(parts[1])
	}
	vendor, okVendor := after(parts[1], "VID_")
	product, okProduct := after(parts[1], "PID_")
	if !okVendor || !okProduct {
		return USB{}, false
	}
	usb := USB{Vendor: vendor, Product: product}
	if own := parts[len(parts)-1]; parts[0] == "USB" && len(parts) == 3 && !strings.Contains(own, "&") {
		usb.Serial = instance[len(instance)-len(own):] // in the case that it has
	}
	return usb, true
}

// fromFTDI reads the name of a port of FTDI's driver, "VID_0403+PID_6001+A50285BIA": the serial number with the port's letter behind it.
func fromFTDI(name string) (USB, bool) {
	parts := strings.Split(name, "+")
	if len(parts) < 2 {
		return USB{}, false
	}
	vendor, okVendor := after(parts[0], "VID_")
	product, okProduct := after(parts[1], "PID_")
	usb := USB{Vendor: vendor, Product: product}
	if len(parts) == 3 && len(parts[2]) > 1 {
		usb.Serial = parts[2][:len(parts[2])-1]
	}
	return usb, okVendor && okProduct
}

// after gives the four hexadecimal digits behind a mark.
func after(s, mark string) (string, bool) {
	_, rest, ok := strings.Cut(s, mark)
	if !ok || len(rest) < 4 || !isHex4(rest[:4]) {
		return "", false
	}
	return rest[:4], true
}

// WindowsInstance gives the instance id in the path by which a device is opened on Windows, `\\?\HID#VID_05E0&PID_1200#7&1&0&0000#{...}`;
// empty when it is none.
func WindowsInstance(path string) string {
	name, ok := strings.CutPrefix(path, `\\?\`)
	if !ok {
		return ""
	}
	if at := strings.LastIndex(name, "#{"); at >= 0 {
		name = name[:at]
	}
	return strings.ReplaceAll(name, "#", `\`)
}

// WindowsSocket makes a socket's address of Windows' location path, "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USBMI(1)": the device's, not one
// of its parts'. It is empty for a device that hangs on no USB.
func WindowsSocket(location string) string {
	location, _, _ = strings.Cut(location, "#USBMI(")
	if !strings.Contains(location, "#USB(") {
		return ""
	}
	return location
}
