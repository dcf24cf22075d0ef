//go:build !linux && !windows

package serialport

import (
	"errors"

	"hexiao/drivers"
)

// On macOS ports are files, but nothing of ours runs there.
const portsAreFiles = true

// errNoUSB: there is no way to find a port by its USB ids here that was tried on a real PC.
var errNoUSB = errors.New("usb: 地址只支持 Linux 和 Windows，请改写端口的路径 / usb: addresses work on Linux and Windows only; write the port's path")

func usbFinder(drivers.USB) (func() (string, error), error) { return nil, errNoUSB }

func isGone(error) bool { return false }

func groupOf(string) string { return "dialout" }
