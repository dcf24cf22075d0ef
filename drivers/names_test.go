package drivers_test

import (
	"testing"

	"hexiao/drivers"
)

func TestNamesThatWindowsGives(t *testing.T) {
	for _, c := range []struct {
		name, instance string
		want           drivers.USB
		usb            bool
	}{
		{"a scanner with a serial number", `USB\VID_0C2E&PID_0B61\18123B00f7`, drivers.USB{Vendor: "0C2E", Product: "0B61", Serial: "18123B00f7"}, true},
		{"one without, whose name Windows made up", `USB\VID_0C2E&PID_0B61\6&1a2b3c4d&0&3`, drivers.USB{Vendor: "0C2E", Product: "0B61"}, true},
		{"a part of a device", `USB\VID_05E0&PID_1701&MI_00\7&2f0e&0&0000`, drivers.USB{Vendor: "05E0", Product: "1701"}, true},
		{"a HID collection", `HID\VID_05E0&PID_1200&MI_01&Col02\8&17&0&0001`, drivers.USB{Vendor: "05E0", Product: "1200"}, true},
		{"small letters", `hid\vid_05e0&pid_1200\7&1&0&0000`, drivers.USB{Vendor: "05E0", Product: "1200"}, true},
		{"an FTDI adapter", `FTDIBUS\VID_0403+PID_6001+A50285BIA\0000`, drivers.USB{Vendor: "0403", Product: "6001", Serial: "A50285BI"}, true},
		{"a port on the mainboard", `ACPI\PNP0501\0`, drivers.USB{}, false},
		{"a port over Bluetooth", `BTHENUM\{00001101-0000-1000-8000-00805f9b34fb}_LOCALMFG&0000\7&1&0&000000000000_00000000`, drivers.USB{}, false},
		{"a broken id", `USB\VID_0C2&PID_0B61\1`, drivers.USB{}, false},
		{"nothing", "", drivers.USB{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if usb, ok := drivers.FromWindows(c.instance); usb != c.want || ok != c.usb {
				t.Errorf("%+v, %v; want %+v, %v", usb, ok, c.want, c.usb)
			}
		})
	}
}

func TestPathsAndPlacesOfWindows(t *testing.T) {
	for path, want := range map[string]string{
		`\\?\HID#VID_05E0&PID_1200#7&1f&0&0000#{4d1e55b2-f16f-11cf-88cb-001111000030}`:             `HID\VID_05E0&PID_1200\7&1f&0&0000`,
		`\\?\hid#vid_05e0&pid_1200&mi_01&col02#8&17&0&0001#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`: `hid\vid_05e0&pid_1200&mi_01&col02\8&17&0&0001`,
		"COM3": "",
	} {
		if got := drivers.WindowsInstance(path); got != want {
			t.Errorf("%s: instance %q, want %q", path, got, want)
		}
	}
	for location, want := range map[string]string{
		"PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USB(1)":          "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USB(1)",
		"PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USB(1)#USBMI(1)": "PCIROOT(0)#PCI(1400)#USBROOT(0)#USB(4)#USB(1)",
		"PCIROOT(0)#PCI(1F00)#ACPI(UAR1)":                        "",
		"":                                                       "",
	} {
		if got := drivers.WindowsSocket(location); got != want {
			t.Errorf("%s: socket %q, want %q", location, got, want)
		}
		if usb, isUSB, err := drivers.ParseUSB("usb-path:" + want); want != "" && (err != nil || !isUSB || usb.Socket != want) {
			t.Errorf("the address usb-path:%s is read as %+v, %v", want, usb, err)
		}
	}
}
