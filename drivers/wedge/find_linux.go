package wedge

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hexiao/drivers"
)

const (
	sysInput = "/sys/class/input"
	devInput = "/dev/input"
)

// finder says where the device of the address is now. It opens nothing.
func finder(address string, usb drivers.USB, isUSB bool) func() (string, error) {
	if isUSB {
		return func() (string, error) { return findUSB(usb, sysInput, devInput) }
	}
	return func() (string, error) {
		if _, err := os.Stat(address); errors.Is(err, fs.ErrNotExist) {
			return "", drivers.Missing(address)
		}
		return address, nil
	}
}

// findUSB looks for the event device of the scanner that has the keys of a code: a scanner may show several devices, for volume keys and the like.
func findUSB(usb drivers.USB, sys, dev string) (string, error) {
	events, err := filepath.Glob(filepath.Join(sys, "event*"))
	if err != nil {
		return "", err
	}
	var paths []string
	for _, e := range events {
		device := filepath.Join(e, "device")
		vendor, product := attribute(device, "id/vendor"), attribute(device, "id/product")
		if usb.Matches(vendor, product, attribute(device, "uniq")) && types(attribute(device, "capabilities/key")) {
			paths = append(paths, filepath.Join(dev, filepath.Base(e)))
		}
	}
	return usb.Choose(paths)
}

// types reports whether the bit map of keys, as /sys shows it, holds 1 and Enter. The last word holds the lowest keys.
func types(keys string) bool {
	words := strings.Fields(keys)
	if len(words) == 0 {
		return false
	}
	low, err := strconv.ParseUint(words[len(words)-1], 16, 64)
	const needed = 1<<key1 | 1<<keyEnter
	return err == nil && low&needed == needed
}

func attribute(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
