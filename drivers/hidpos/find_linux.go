package hidpos

import (
	"os"
	"path/filepath"
	"strings"

	"hexiao/drivers"
)

const (
	sysHidraw = "/sys/class/hidraw"
	devDir    = "/dev"
)

func finder(address string, usb drivers.USB, isUSB bool) func() (string, error) {
	return drivers.Finder(address, usb, isUSB, List)
}

// List gives the scanners in HID POS mode that are there now. It reads /sys, where report descriptors stand for everybody, and opens nothing.
func List() ([]drivers.Plugged, error) { return list(sysHidraw, devDir) }

func list(sys, dev string) ([]drivers.Plugged, error) {
	nodes, err := filepath.Glob(filepath.Join(sys, "hidraw*"))
	if err != nil {
		return nil, err
	}
	var there []drivers.Plugged
	for _, node := range nodes {
		device := filepath.Join(node, "device")
		descriptor, err := os.ReadFile(filepath.Join(device, "report_descriptor"))
		if err != nil {
			continue // it has just gone
		}
		if _, err := parse(descriptor); err == nil {
			there = append(there, plugged(device, filepath.Join(dev, filepath.Base(node))))
		}
	}
	return there, nil
}

// plugged reads what the kernel says of a HID device.
func plugged(device, path string) drivers.Plugged {
	p := drivers.Plugged{Path: path}
	for line := range strings.Lines(drivers.Attribute(device, "uevent")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "HID_ID":
			p.USB.Vendor, p.USB.Product = ids(value)
		case "HID_NAME":
			p.Product = value
		case "HID_UNIQ":
			p.USB.Serial = value
		case "HID_PHYS":
			p.USB.Socket = socket(value)
		}
	}
	return p
}

// ids reads "0003:00000C2E:00000B61": bus, vendor, product.
func ids(value string) (vendor, product string) {
	parts := strings.Split(value, ":")
	if len(parts) != 3 || len(parts[1]) < 4 || len(parts[2]) < 4 {
		return "", ""
	}
	return strings.ToUpper(parts[1][len(parts[1])-4:]), strings.ToUpper(parts[2][len(parts[2])-4:])
}

// socket reads "usb-0000:00:14.0-1.4/input0", which the kernel writes as drivers.USB.Socket has it.
func socket(phys string) string {
	path, ok := strings.CutPrefix(phys, "usb-")
	if !ok {
		return ""
	}
	path, _, _ = strings.Cut(path, "/")
	return path
}
