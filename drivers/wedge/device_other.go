//go:build !linux && !windows

package wedge

import (
	"context"
	"errors"

	"hexiao/drivers"
)

// errLinuxOnly is what Run says on other systems.
var errLinuxOnly = errors.New("读取键盘式扫码枪只支持 Linux 和 Windows：请把扫码枪设置为串口（COM）模式，或在收银窗口中扫码 / " +
	"reading a keyboard scanner by its device works on Linux and Windows only: set the scanner to serial (COM) mode, or scan into the till window")

// Run returns errLinuxOnly at once.
func (d *Device) Run(context.Context, func(drivers.Scan)) error { return errLinuxOnly }

func finder(string, drivers.USB, bool) func() (string, error) {
	return func() (string, error) { return "", errLinuxOnly }
}
