package wedge

import (
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
	find := drivers.Finder(address, usb, isUSB, List)
	return func() (string, error) {
		path, err := find()
		if err != nil || isUSB { // List leaves ours out
			return path, err
		}
		return path, notOurs(path, sysInput)
	}
}

// notOurs refuses the path of the keyboard that we type on ourselves: event5 may be that one after a restart.
func notOurs(address, sys string) error {
	device, err := filepath.EvalSymlinks(address)
	if err == nil && drivers.Attribute(filepath.Join(sys, filepath.Base(device), "device"), "name") == Ours {
		return ours(address)
	}
	return nil
}

// ours is the problem of a config that names it.
func ours(path string) error {
	return drivers.NewProblem("not_a_scanner", path, "%s 是本程序自己的虚拟键盘，不是扫码枪：请改写扫码枪在 /dev/input/by-id 下的路径，它不会变号",
		"%s is this program's own virtual keyboard and no scanner: write the scanner's path under /dev/input/by-id, whose name stays the same")
}

// List gives the devices that have the keys of a code and are there now: a scanner may show several, for volume keys and the like. It reads /sys and
// opens nothing.
func List() ([]drivers.Plugged, error) { return list(sysInput, devInput) }

func list(sys, dev string) ([]drivers.Plugged, error) {
	events, err := filepath.Glob(filepath.Join(sys, "event*"))
	if err != nil {
		return nil, err
	}
	var there []drivers.Plugged
	for _, e := range events {
		device := filepath.Join(e, "device")
		if drivers.Attribute(device, "name") != Ours && types(drivers.Attribute(device, "capabilities/key")) {
			there = append(there, plugged(device, filepath.Join(dev, filepath.Base(e))))
		}
	}
	return there, nil
}

// plugged says what the input device is. Its ids stand in its own folder, also when it hangs on no USB; its socket stands above.
func plugged(device, path string) drivers.Plugged {
	p := drivers.Plugged{Path: path, Product: drivers.Attribute(device, "name"), USB: drivers.USB{
		Vendor:  strings.ToUpper(drivers.Attribute(device, "id/vendor")),
		Product: strings.ToUpper(drivers.Attribute(device, "id/product")),
		Serial:  drivers.Attribute(device, "uniq"),
	}}
	if folder, err := filepath.EvalSymlinks(device); err == nil {
		usb, _, _ := drivers.USBDevice(folder)
		p.USB.Socket = usb.Socket
	}
	return p
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
