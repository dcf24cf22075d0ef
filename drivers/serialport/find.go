package serialport

import (
	"errors"
	"os"

	"hexiao/drivers"
)

// finder gives the function that says where the device of the address is now. It looks at names only and opens nothing: whatever
// is no device file is refused before it could be opened, since opening alone would wake a FIFO's reader.
func finder(address string) (func() (string, error), error) {
	usb, isUSB, err := drivers.ParseAddress(address, "请写串口路径或 usb:VID:PID / write the port's path or usb:VID:PID")
	switch {
	case err != nil:
		return nil, err
	case isUSB:
		return usbFinder(usb)
	case portsAreFiles:
		return func() (string, error) { return atDevice(address) }, nil
	}
	return func() (string, error) { return address, nil }, nil
}

func atDevice(address string) (string, error) {
	path, err := drivers.AtPath(address)
	if err != nil {
		return "", err
	}
	if is, err := os.Stat(path); err == nil && is.Mode()&os.ModeCharDevice == 0 {
		return "", notAPort(address, errors.New("no device file"))
	}
	return path, nil
}
