package drivers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ParseAddress reads a device's address as ParseUSB does; what is no USB address is a path, or a name of the system's. write says in both
// languages what to write, for an address that is empty.
func ParseAddress(address, write string) (USB, bool, error) {
	if strings.TrimSpace(address) == "" {
		return USB{}, false, fmt.Errorf("device address is empty: %s", write)
	}
	return ParseUSB(address)
}

// Finder says where the device of an address that ParseAddress has read is now: a USB device among those that list gives, any other at its
// path. It opens nothing.
func Finder(address string, usb USB, isUSB bool, list func() ([]Plugged, error)) func() (string, error) {
	if !isUSB {
		return func() (string, error) { return AtPath(address) }
	}
	return func() (string, error) {
		there, err := list()
		if err != nil {
			return "", err
		}
		return usb.Pick(there)
	}
}

// AtPath gives the path when a device file is there, else the Problem Missing.
func AtPath(path string) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", missingAt(path)
	}
	return path, nil
}

// missingAt is Missing, but for what can never be there, such as COM3 away from Windows: no cable is to blame.
func missingAt(path string) Problem {
	if filepath.IsAbs(path) {
		return Missing(path)
	}
	return NewProblem("missing", path, "没有找到设备 %s：它不是完整的路径，请在配置里写 /dev 下的完整路径，或写 usb:VID:PID",
		"Device %s was not found: it is no whole path; write its whole path under /dev in the settings, or usb:VID:PID")
}
