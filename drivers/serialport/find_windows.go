package serialport

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"hexiao/drivers"
)

// Ports are no files here.
const portsAreFiles = false

// classPorts is the class of serial and parallel ports (GUID_DEVCLASS_PORTS of devguid.h).
var classPorts = windows.GUID{Data1: 0x4d36e978, Data2: 0xe325, Data3: 0x11ce, Data4: [8]byte{0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}}

// Found is a serial port that hangs on USB.
type Found = drivers.Plugged

// List gives the USB serial ports that are there now, by their number. It asks Windows' tree of devices and opens no port.
func List() ([]Found, error) {
	set, err := windows.SetupDiGetClassDevsEx(&classPorts, "", 0, windows.DIGCF_PRESENT, 0, "")
	if err != nil {
		return nil, fmt.Errorf("list serial ports: %w", err)
	}
	defer set.Close()
	var found []Found
	for i := 0; ; i++ {
		device, err := set.EnumDeviceInfo(i)
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			break
		}
		if err != nil {
			continue // it has just gone
		}
		name := portName(set, device)
		if usb, product, ok := drivers.Node(device.DevInst).USB(); ok && strings.HasPrefix(name, "COM") {
			found = append(found, Found{Path: name, USB: usb, Product: product})
		}
	}
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(len(a.Path), len(b.Path)), cmp.Compare(a.Path, b.Path)) // COM3 before COM10
	})
	return found, nil
}

// portName is the port's name, "COM3", which its driver left in the registry; empty when it left none.
func portName(set windows.DevInfo, device *windows.DevInfoData) string {
	handle, err := set.OpenDevRegKey(device, windows.DICS_FLAG_GLOBAL, 0, windows.DIREG_DEV, windows.KEY_QUERY_VALUE)
	if err != nil {
		return ""
	}
	key := registry.Key(handle)
	defer key.Close()
	name, _, err := key.GetStringValue("PortName")
	if err != nil {
		return ""
	}
	return strings.ToUpper(name)
}

func usbFinder(usb drivers.USB) (func() (string, error), error) {
	return drivers.Finder(usb.String(), usb, true, List), nil
}

// isGone tells the errors of a port whose device has gone: the driver is still tidying up.
func isGone(err error) bool {
	return errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_DEVICE_NOT_CONNECTED) || errors.Is(err, windows.ERROR_GEN_FAILURE) ||
		errors.Is(err, windows.ERROR_NO_SUCH_DEVICE)
}

// groupOf names no group: Windows has none for ports, and a port that is refused is another program's.
func groupOf(string) string { return "Users" }
