// Package hidpos reads scanners in HID POS mode: USB devices of usage page 0x8C that send each code in reports of their own, so that no keyboard
// layout, input method or focus can touch it. It knows report descriptors and reports, and must not know what a code means. packaging/hexiao-agent
// makes one Device for each such scanner and runs it beside the terminal.
//
// Where each part of a report lies is read from the device's report descriptor; makers differ. Sources: HID Point of Sale Usage Tables 1.02
// (usb.org, 5 March 2001) and Device Class Definition for HID 1.11, section 6.2.2.
package hidpos

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"hexiao/drivers"
)

// Options describe one scanner.
type Options struct {
	Address string              // "usb:VID:PID[:SERIAL]", "usb-path:SOCKET" or on Linux "/dev/hidrawN"; required
	Device  string              // its name in scans and logs; empty means Address
	Framing drivers.Framing     // Repeat, Anyway and KeepAIM count; where a code ends the scanner says itself
	OnState func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log     *slog.Logger        // nil: silence
	Now     func() time.Time    // nil: time.Now
}

// Device is one scanner in HID POS mode.
type Device struct {
	options    Options
	usb        drivers.USB // empty when the address is a path
	attachment *drivers.Attachment
	repeats    atomic.Uint64
}

// New checks the options; it opens nothing. The error names the field that is wrong.
func New(options Options) (*Device, error) {
	usb, isUSB, err := drivers.ParseAddress(options.Address, "请写 usb:VID:PID 或 /dev/hidraw 路径 / write usb:VID:PID or a path such as /dev/hidraw0")
	if err != nil {
		return nil, err
	}
	if options.Device == "" {
		options.Device = options.Address
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	d := &Device{options: options, usb: usb}
	d.attachment = &drivers.Attachment{Place: options.Address, OnState: options.OnState, Log: options.Log, Now: options.Now}
	d.attachment.Find = finder(options.Address, usb, isUSB)
	return d, nil
}

// State is whether the scanner can be read now, and if not, why and what to do. Safe for concurrent use.
func (d *Device) State() drivers.State { return d.attachment.State() }

// Repeats counts the scans dropped because the same code had just been read. Safe for concurrent use.
func (d *Device) Repeats() uint64 { return d.repeats.Load() }

// notAScanner is the problem of a HID device that sends no codes in reports.
func notAScanner(place string, cause error) error {
	return drivers.Problem{
		Code: "not_a_scanner",
		ZH: fmt.Sprintf("%s 不是 HID POS 模式的扫码设备（%v）：请按说明书扫“USB HID POS / OPOS”设置码，或在配置里把 kind 改为 \"serial\"（串口）或键盘式（Linux 上 \"evdev\"，Windows 上 \"rawinput\"）",
			place, cause),
		EN: fmt.Sprintf("%s is no scanner in HID POS mode (%v): scan the set-up code \"USB HID POS\" or \"OPOS\" of its manual, "+
			"or write kind = \"serial\" in the config, or for one that types like a keyboard \"evdev\" on Linux and \"rawinput\" on Windows", place, cause),
	}
}
