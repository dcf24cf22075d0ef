//go:build !linux && !windows

package serialport

import (
	"errors"
	"runtime"

	"hexiao/drivers"
)

// On Windows ports are no files; on macOS they are, but nothing of ours runs there.
const portsAreFiles = runtime.GOOS != "windows"

// errNoUSB: there is no way to find a port by its USB ids here that was tried on a real PC.
var errNoUSB = errors.New("usb: 地址目前只支持 Linux，请改写端口名（如 COM3）/ usb: addresses work on Linux only; write the port's name, such as COM3")

func usbFinder(drivers.USB) (func() (string, error), error) { return nil, errNoUSB }

func isGone(error) bool { return false }

func groupOf(string) string { return "dialout" }
