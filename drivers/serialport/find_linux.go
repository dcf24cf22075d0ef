package serialport

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
	"hexiao/drivers"
)

const portsAreFiles = true

const (
	sysTTY = "/sys/class/tty"
	devDir = "/dev"
)

// Found is a serial port that hangs on USB.
type Found = drivers.Plugged

// List gives the USB serial ports that are there now, by path. It reads /sys and opens no port: the library's own list would open and
// reset ports that others use.
func List() ([]Found, error) { return list(sysTTY, devDir) }

func list(sys, dev string) ([]Found, error) {
	entries, err := os.ReadDir(sys)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, e := range entries {
		device, err := filepath.EvalSymlinks(filepath.Join(sys, e.Name(), "device"))
		if err != nil {
			continue // consoles and ptys have no device behind them
		}
		if usb, name, ok := drivers.USBDevice(device); ok {
			found = append(found, Found{Path: filepath.Join(dev, e.Name()), USB: usb, Product: name})
		}
	}
	slices.SortFunc(found, func(a, b Found) int { return cmp.Compare(a.Path, b.Path) })
	return found, nil
}

func usbFinder(usb drivers.USB) (func() (string, error), error) {
	return drivers.Finder(usb.String(), usb, true, List), nil
}

// isGone tells the errors of a device file whose device has gone: the driver is still tidying up.
func isGone(err error) bool {
	return errors.Is(err, unix.ENXIO) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EIO)
}

// groupOf names the group that may open the port: dialout on Debian and Kylin, but plugdev or uucp elsewhere.
func groupOf(path string) string { return drivers.GroupOf(path, "dialout") }
