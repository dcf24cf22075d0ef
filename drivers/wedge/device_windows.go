package wedge

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sys/windows"
	"hexiao/drivers"
)

// Run reads the scanner by Raw Input until ctx ends, through any number of unplugs, and gives every scan to emit, one at a time. It hears the
// keys below the input method and whoever has the focus, and it cannot keep them from other programs: what has the focus gets them, too.
// emit must come back when ctx ends. Run returns nil. It must not be called twice at the same time.
func (d *Device) Run(ctx context.Context, emit func(drivers.Scan)) error {
	d.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return d.serve(ctx, path, up, emit)
	}
	return d.attachment.Run(ctx)
}

func (d *Device) serve(ctx context.Context, path string, up func(), emit func(drivers.Scan)) error {
	keys, leave, err := keyboards.listen(path)
	if err != nil {
		return notHeard(err)
	}
	defer leave()
	up()
	return d.follow(ctx, keys, emit)
}

// rawIdle ends a scan that has no Enter behind it. Keys come through the message queues of two programs, and on a busy PC that late (as for the
// window, see Pace.Stall; seen under Wine at a load of 15).
const rawIdle = 300 * time.Millisecond

// follow makes scans of the keys until ctx ends or the scanner is unplugged.
func (d *Device) follow(ctx context.Context, keys <-chan rawKey, emit func(drivers.Scan)) error {
	framing := d.options.Framing
	if framing.Idle == 0 {
		framing.Idle = rawIdle
	}
	frames := drivers.NewFrames(d.options.Device, framing)
	s := &session{d: d, frames: frames, keys: newKeyboard(false), Teller: drivers.Teller{Emit: emit, Repeats: frames.Repeats, Count: &d.repeats}}
	silence := time.NewTicker(rawIdle / 4)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-silence.C:
			if len(keys) == 0 {
				s.Tell(s.frames.Flush(d.options.Now()))
			}
		case k := <-keys:
			if k.gone {
				s.Tell(s.frames.Break(d.options.Now()))
				return drivers.Unplugged(d.options.Address, errUnplugged)
			}
			s.take(k, d.options.Now())
		}
	}
}

// session is the reading of a device between plugging in and unplugging.
type session struct {
	drivers.Teller
	d      *Device
	frames *drivers.Frames
	keys   *keyboard
}

func (s *session) take(k rawKey, now time.Time) {
	s.keys.caps = k.caps
	for _, e := range fromSet1(k.code, k.flags) {
		typed, lost := s.keys.feed(e)
		if lost {
			s.d.options.Log.Warn("scanner keys were lost", "device", s.d.options.Device)
			s.Tell(s.frames.Lose(now))
			continue
		}
		s.Tell(s.frames.Add(typed, now))
	}
}

// interfaceKeyboard is the kind of all keyboards (GUID_DEVINTERFACE_KEYBOARD of ntddkbd.h).
var interfaceKeyboard = windows.GUID{Data1: 0x884b96c3, Data2: 0x56ef, Data3: 0x11d1, Data4: [8]byte{0xbc, 0x8c, 0x00, 0xa0, 0xc9, 0x14, 0x05, 0xdd}}

// deaf is the problem of a service, which no key reaches.
var deaf = drivers.Problem{
	Code: "unsupported",
	ZH:   "Windows 服务听不到键盘：请把扫码枪设置为串口（COM）或 USB HID POS 模式，或在收银窗口中扫码；也可以不装服务，让收银员登录后运行 hexiao-agent run",
	EN: "No keyboard reaches a Windows service: set the scanner to serial (COM) or USB HID POS mode, or scan into the till window; " +
		"or have hexiao-agent run started when the cashier logs in, instead of the service",
}

func finder(address string, usb drivers.USB, isUSB bool) func() (string, error) {
	find := drivers.Finder(address, usb, true, List)
	return func() (string, error) {
		switch {
		case !drivers.Interactive():
			return "", deaf
		case !isUSB: // an interface's name is no file
			return address, nil
		}
		return find()
	}
}

// List gives the devices that type like keyboards and are there now. It asks Windows' tree of devices and opens nothing.
func List() ([]drivers.Plugged, error) {
	all, err := drivers.Interfaces(interfaceKeyboard)
	if err != nil {
		return nil, err
	}
	var there []drivers.Plugged
	for path, node := range all {
		if usb, name, ok := node.USB(); ok {
			there = append(there, drivers.Plugged{Path: path, USB: usb, Product: name})
		}
	}
	slices.SortFunc(there, func(a, b drivers.Plugged) int { return cmp.Compare(a.Path, b.Path) })
	return there, nil
}
