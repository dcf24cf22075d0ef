package drivers

import (
	"fmt"
	"strings"
)

// USB is a device named by what is written in its USB descriptor, not by the socket it sits in or the number the system gave it: those
// change with every replug.
type USB struct {
	Vendor, Product string // four hexadecimal digits, upper case
	Serial          string // empty: any
}

// ParseUSB reads "usb:VID:PID" or "usb:VID:PID:SERIAL", with hexadecimal ids of four digits. It reports false, without an error, for an address
// that does not begin with "usb:".
func ParseUSB(address string) (USB, bool, error) {
	rest, ok := strings.CutPrefix(address, "usb:")
	if !ok {
		return USB{}, false, nil
	}
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) < 2 || !isHex4(parts[0]) || !isHex4(parts[1]) {
		return USB{}, true, fmt.Errorf("scanner address %q: 应写成 usb:VID:PID 或 usb:VID:PID:序列号（VID、PID 为四位十六进制）/ "+
			"write usb:VID:PID or usb:VID:PID:SERIAL with ids of four hexadecimal digits, such as usb:0C2E:0B61", address)
	}
	usb := USB{Vendor: strings.ToUpper(parts[0]), Product: strings.ToUpper(parts[1])}
	if len(parts) == 3 {
		usb.Serial = parts[2]
	}
	return usb, true, nil
}

// Matches reports whether a device with these ids is the one that is meant. Ids may be in either case.
func (u USB) Matches(vendor, product, serial string) bool {
	return strings.EqualFold(u.Vendor, vendor) && strings.EqualFold(u.Product, product) && (u.Serial == "" || u.Serial == serial)
}

// String is the address in its usual form.
func (u USB) String() string {
	s := "usb:" + u.Vendor + ":" + u.Product
	if u.Serial != "" {
		s += ":" + u.Serial
	}
	return s
}

// Choose gives the only path of those that match, or the Problem that there is none, or that there are several.
func (u USB) Choose(paths []string) (string, error) {
	switch len(paths) {
	case 0:
		return "", Missing(u.String())
	case 1:
		return paths[0], nil
	}
	list := strings.Join(paths, ", ")
	return "", Problem{
		Code: "ambiguous",
		ZH:   fmt.Sprintf("有多个设备符合 %s（%s）：请在配置里写上序列号 usb:VID:PID:序列号，或写 /dev/serial/by-path、/dev/input/by-path 下的路径", u, list),
		EN: fmt.Sprintf("Several devices match %s (%s): add the serial number to the address, usb:VID:PID:SERIAL, "+
			"or use its path under /dev/serial/by-path or /dev/input/by-path", u, list),
	}
}

func isHex4(s string) bool {
	return len(s) == 4 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
