package camera

import "hexiao/drivers"

// OpenProblem is the problem of a camera that could not be opened.
func OpenProblem(err error) error {
	c := &Camera{options: Options{Address: "/dev/video0"}}
	return c.openProblem("/dev/video0", err)
}

// TryOpen opens a path as a camera.
func TryOpen(path string) error {
	s, err := open(path, size{640, 480})
	if err == nil {
		s.close()
		return nil
	}
	c := &Camera{options: Options{Address: path}}
	return c.openProblem(path, err)
}

// FindIn finds a camera in another folder.
func FindIn(address, sys string) (string, error) {
	usb, _, err := drivers.ParseUSB(address)
	if err != nil {
		return "", err
	}
	return drivers.Finder(address, usb, true, func() ([]drivers.Plugged, error) { return ListIn(sys) })()
}

// ListIn is List in another folder.
func ListIn(sys string) ([]drivers.Plugged, error) { return list(sys, devDir) }
