//go:build !linux && !windows

package hidpos

import (
	"context"

	"hexiao/drivers"
)

// elsewhere says that no way was made yet to read such scanners on this system.
var elsewhere = drivers.Problem{
	Code: "unsupported",
	ZH:   "本系统暂不支持 HID POS 模式的扫码设备：请把扫码枪设置为串口（COM）模式，或在收银窗口中扫码",
	EN:   "Scanners in HID POS mode cannot be read on this system yet: set the scanner to serial (COM) mode, or scan into the till window",
}

// Run says in State what is so, and waits for ctx to end.
func (d *Device) Run(ctx context.Context, _ func(drivers.Scan)) error { return d.attachment.Run(ctx) }

func finder(string, drivers.USB, bool) func() (string, error) {
	return func() (string, error) { return "", elsewhere }
}

// List finds none.
func List() ([]drivers.Plugged, error) { return nil, nil }
