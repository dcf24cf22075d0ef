//go:build !linux && !windows

package wedge

import (
	"context"
	"errors"

	"hexiao/drivers"
)

// ErrLinuxOnly is what Run says on other systems.
var ErrLinuxOnly = errors.New("独占读取键盘式扫码枪只支持 Linux：请把扫码枪设置为串口（COM）模式，或在收银窗口中扫码 / " +
	"reading a keyboard scanner alone works on Linux only: set the scanner to serial (COM) mode, or scan into the till window")

// Run returns ErrLinuxOnly at once.
func (d *Device) Run(context.Context, func(drivers.Scan)) error { return ErrLinuxOnly }

func finder(string, drivers.USB, bool) func() (string, error) {
	return func() (string, error) { return "", ErrLinuxOnly }
}
