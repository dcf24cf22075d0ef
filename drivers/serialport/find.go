package serialport

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"hexiao/drivers"
)

// finder gives the function that says where the device of the address is now. It looks at names only and opens nothing.
func finder(address string) (func() (string, error), error) {
	usb, isUSB, err := drivers.ParseUSB(address)
	switch {
	case err != nil:
		return nil, err
	case isUSB:
		return usbFinder(usb)
	case strings.TrimSpace(address) == "":
		return nil, errors.New("address of the port is empty: 请写串口路径或 usb:VID:PID / write the port's path or usb:VID:PID")
	}
	return func() (string, error) {
		if !portsAreFiles {
			return address, nil
		}
		if _, err := os.Stat(address); errors.Is(err, fs.ErrNotExist) {
			return "", drivers.Missing(address)
		}
		return address, nil
	}, nil
}
