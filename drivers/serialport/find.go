package serialport

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"hexiao/drivers"
)

// finder gives the function that says where the device of the address is now. It looks at names only and opens nothing: whatever
// is no device file is refused before it could be opened, since opening alone would wake a FIFO's reader.
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
		switch is, err := os.Stat(address); {
		case errors.Is(err, fs.ErrNotExist):
			return "", drivers.Missing(address)
		case err == nil && is.Mode()&os.ModeCharDevice == 0:
			return "", notAPort(address, errors.New("no device file"))
		}
		return address, nil
	}, nil
}
