package drivers

import (
	"os"
	"path/filepath"
	"strings"
)

// USBDevice climbs from a device's folder in /sys, with all links resolved, to the USB device it belongs to: a printer hangs on the interface, a
// keyboard four folders deeper. It reports false for what hangs on no USB, or on a Bluetooth dongle that does. The name is what the device
// calls itself.
func USBDevice(folder string) (usb USB, name string, ok bool) {
	for dir := folder; len(dir) > 1 && filepath.Base(dir) != "bluetooth"; dir = filepath.Dir(dir) {
		if vendor := Attribute(dir, "idVendor"); vendor != "" {
			usb = USB{
				Vendor: strings.ToUpper(vendor), Product: strings.ToUpper(Attribute(dir, "idProduct")), Serial: Attribute(dir, "serial"),
				Socket: socketOf(dir),
			}
			return usb, Attribute(dir, "product"), true
		}
	}
	return USB{}, "", false
}

// socketOf names the socket as the kernel's usb_make_path does: the controller's name and the numbers of the ports on the way. The number
// of the bus is left out, since it depends on which controller was found first.
func socketOf(device string) string {
	ports := Attribute(device, "devpath")
	for dir := filepath.Dir(device); len(dir) > 1 && ports != ""; dir = filepath.Dir(dir) {
		if bus, ok := strings.CutPrefix(filepath.Base(dir), "usb"); ok && strings.Trim(bus, "0123456789") == "" {
			return filepath.Base(filepath.Dir(dir)) + "-" + ports
		}
	}
	return ""
}

// Attribute reads a file of /sys without the line's end; it is empty when there is none.
func Attribute(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
