package drivers

import (
	"fmt"
	"strings"
)

// USB is a device named by what is written in its USB descriptor, or by the socket it sits in; never by the number the system gave it, which
// changes with every replug.
type USB struct {
	Vendor, Product string // four hexadecimal digits, upper case; empty: any
	Serial          string // empty: any
	Socket          string // as in "0000:00:14.0-1.4": the controller, and the way through its hubs as Linux writes it; empty: any
}

const (
	byIDs    = "usb:"
	bySocket = "usb-path:"
)

// ParseUSB reads "usb:VID:PID" or "usb:VID:PID:SERIAL", with hexadecimal ids of four digits, or "usb-path:SOCKET" for one of two equal scanners
// without serial numbers. It reports false, without an error, for an address that begins with neither.
func ParseUSB(address string) (USB, bool, error) {
	if socket, ok := strings.CutPrefix(address, bySocket); ok {
		return parseSocket(address, socket)
	}
	rest, ok := strings.CutPrefix(address, byIDs)
	if !ok {
		return USB{}, false, nil
	}
	parts := strings.SplitN(rest, ":", 3)
	if len(parts) < 2 || !isHex4(parts[0]) || !isHex4(parts[1]) {
		return USB{}, true, fmt.Errorf("device address %q: 应写成 usb:VID:PID 或 usb:VID:PID:序列号（VID、PID 为四位十六进制）/ "+
			"write usb:VID:PID or usb:VID:PID:SERIAL with ids of four hexadecimal digits, such as usb:0C2E:0B61", address)
	}
	usb := USB{Vendor: strings.ToUpper(parts[0]), Product: strings.ToUpper(parts[1])}
	if len(parts) == 3 {
		usb.Serial = parts[2]
	}
	return usb, true, nil
}

func parseSocket(address, socket string) (USB, bool, error) {
	if socket == "" || strings.ContainsAny(socket, "/ \t") {
		return USB{}, true, fmt.Errorf("device address %q: 应写成 usb-path:插口，例如 usb-path:0000:00:14.0-1.4 / "+
			"write usb-path:SOCKET, such as usb-path:0000:00:14.0-1.4", address)
	}
	return USB{Socket: socket}, true, nil
}

// Matches reports whether a device with these ids is the one that is meant. Ids may be in either case.
func (u USB) Matches(vendor, product, serial string) bool {
	return (u.Vendor == "" || strings.EqualFold(u.Vendor, vendor)) && (u.Product == "" || strings.EqualFold(u.Product, product)) &&
		(u.Serial == "" || u.Serial == serial)
}

// Is reports whether the device that was found is the one that is meant.
func (u USB) Is(found USB) bool {
	return u.Matches(found.Vendor, found.Product, found.Serial) && (u.Socket == "" || u.Socket == found.Socket)
}

// String is the address in its usual form.
func (u USB) String() string {
	switch {
	case u.Vendor == "" && u.Socket != "":
		return bySocket + u.Socket
	case u.Serial != "":
		return byIDs + u.Vendor + ":" + u.Product + ":" + u.Serial
	}
	return byIDs + u.Vendor + ":" + u.Product
}

// Plugged is a device that is there now.
type Plugged struct {
	Path    string // "/dev/ttyACM0"; changes with every replug
	USB     USB
	Product string // what the device calls itself, or empty
}

// Pick gives the path of the only one that is meant, or the Problem that there is none, or that there are several, and how to tell them apart.
func (u USB) Pick(there []Plugged) (string, error) {
	var meant []Plugged
	for _, p := range there {
		if u.Is(p.USB) {
			meant = append(meant, p)
		}
	}
	switch len(meant) {
	case 0:
		return "", Missing(u.String())
	case 1:
		return meant[0].Path, nil
	}
	return "", u.ambiguous(meant)
}

// ambiguous says which addresses tell the devices apart: their serial numbers where each has its own, else their sockets.
func (u USB) ambiguous(meant []Plugged) Problem {
	serials := map[string]bool{}
	for _, p := range meant {
		serials[p.USB.Serial] = true
	}
	bySerial := len(serials) == len(meant) && !serials[""]
	var paths, list []string
	apart := map[USB]bool{}
	for _, p := range meant {
		address := USB{Socket: p.USB.Socket}
		if bySerial || p.USB.Socket == "" {
			address = USB{Vendor: p.USB.Vendor, Product: p.USB.Product, Serial: p.USB.Serial}
		}
		apart[address] = true
		paths, list = append(paths, p.Path), append(list, p.Path+" = "+address.String())
	}
	if len(apart) < len(meant) {
		return u.parted(strings.Join(paths, ", "))
	}
	said := strings.Join(list, ", ")
	return Problem{
		Code: "ambiguous",
		ZH:   fmt.Sprintf("有多个设备符合 %s：请在配置里改写其中一个的地址（%s）；没有序列号的，按插口（usb-path:）区分，以后不要换插口", u, said),
		EN: fmt.Sprintf("Several devices match %s: write the address of the one that is meant (%s); those without a serial number are told apart by "+
			"their socket (usb-path:), and must stay in it", u, said),
	}
}

// parted is the problem of devices that no USB address tells apart, such as the two ports of one cradle.
func (u USB) parted(paths string) Problem {
	return Problem{
		Code: "ambiguous",
		ZH: fmt.Sprintf("符合 %s 的有几个端口，USB 地址分不开（%s）：请在配置里改写送出条码的那一个的路径，Linux 上用 /dev/serial/by-id、/dev/input/by-id 等文件夹下的名字，它不会变号",
			u, paths),
		EN: fmt.Sprintf("Several ports match %s, and no USB address tells them apart (%s): write the path of the one that sends the codes; on Linux its name "+
			"in /dev/serial/by-id, /dev/input/by-id or the like, which stays the same", u, paths),
	}
}

func isHex4(s string) bool {
	return len(s) == 4 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}
