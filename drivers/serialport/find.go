package serialport

import "hexiao/drivers"

// finder gives the function that says where the device of the address is now. It looks at names only and opens nothing.
func finder(address string) (func() (string, error), error) {
	usb, isUSB, err := drivers.ParseAddress(address, "请写串口路径或 usb:VID:PID / write the port's path or usb:VID:PID")
	switch {
	case err != nil:
		return nil, err
	case isUSB:
		return usbFinder(usb)
	case portsAreFiles:
		return func() (string, error) { return drivers.AtPath(address) }, nil
	}
	return func() (string, error) { return address, nil }, nil
}
