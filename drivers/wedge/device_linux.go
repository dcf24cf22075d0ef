package wedge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"hexiao/drivers"
)

// wordSize is the size of a kernel long, as an input event's time is made of.
const wordSize = strconv.IntSize / 8

// Run reads the scanner until ctx ends, through any number of unplugs, and gives every scan to emit, one at a time. While the device is held no
// other program gets its keys. emit must come back when ctx ends. Run returns nil. It must not be called twice at the same time.
func (d *Device) Run(ctx context.Context, emit func(drivers.Scan)) error {
	d.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return d.serve(ctx, path, up, emit)
	}
	return d.attachment.Run(ctx)
}

func (d *Device) serve(ctx context.Context, path string, up func(), emit func(drivers.Scan)) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return openProblem(d.options.Address, path, err)
	}
	k, err := controls(f)
	if err != nil {
		_ = f.Close()
		return openProblem(d.options.Address, path, err)
	}
	return d.attend(ctx, f, k, up, emit)
}

// attend reads an opened device until ctx ends or it is lost, and closes it, which lets it go.
func (d *Device) attend(ctx context.Context, f *os.File, k keyControls, up func(), emit func(drivers.Scan)) error {
	defer f.Close()
	err := d.read(ctx, f, k, up, emit)
	if err == nil || errors.As(err, new(drivers.Problem)) {
		return err
	}
	return drivers.Unplugged(d.options.Address, err)
}

// keyControls is what the kernel answers about a device.
type keyControls struct {
	grab    func() error // EBUSY when another program has grabbed it
	release func() error
	held    func() (bool, error) // whether any key is down
	caps    bool                 // the caps-lock light at opening
}

// read takes the events until ctx ends or the device is lost. Events from before the grab reached every program and are left to them. It calls
// up once nobody else has grabbed the device: a device that is busy is not connected, not even for a moment.
func (d *Device) read(ctx context.Context, f *os.File, controls keyControls, up func(), emit func(drivers.Scan)) error {
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	frames := drivers.NewFrames(d.options.Device, d.options.Framing)
	s := &session{d: d, frames: frames, keys: newKeyboard(controls.caps), missed: drivers.NewFrames(d.options.Device, drivers.Framing{}),
		Teller: drivers.Teller{Emit: emit, Repeats: frames.Repeats, Count: &d.repeats}}
	tick := d.tick()
	buf := make([]byte, 64*(2*wordSize+8))
	if err := s.hold(controls); err != nil {
		return err
	}
	up()
	for held := 0; ; {
		_ = f.SetReadDeadline(time.Now().Add(tick))
		if ctx.Err() != nil {
			return nil
		}
		n, err := f.Read(buf[held:])
		now := d.options.Now()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.Tell(s.frames.Flush(now))
		case err != nil:
			s.Tell(s.frames.Break(now))
			return err
		}
		events, rest := cutEvents(buf[:held+n], wordSize)
		held = copy(buf, rest)
		s.take(events, now)
		if err := s.hold(controls); err != nil {
			return err
		}
	}
}

// tick is how long a read waits: half the idle gap, so that silence is seen in time.
func (d *Device) tick() time.Duration {
	idle := d.options.Framing.Idle
	if idle <= 0 {
		idle = drivers.DefaultIdle
	}
	return min(max(idle/2, 10*time.Millisecond), 100*time.Millisecond)
}

// session is the reading of a device between plugging in and unplugging.
type session struct {
	drivers.Teller
	d       *Device
	frames  *drivers.Frames
	keys    *keyboard
	grabbed bool
	missed  *drivers.Frames // what went to all programs before the grab
}

// hold grabs the device once no key is down. A key that is down at the grab would stay down for ever for the other programs, since its release
// came to us alone (python-evdev issue 4).
func (s *session) hold(c keyControls) error {
	if s.grabbed {
		return nil
	}
	if down, err := c.held(); err != nil || down {
		return err
	}
	if err := c.grab(); err != nil {
		if errors.Is(err, syscall.EBUSY) {
			return drivers.Busy(s.d.options.Address)
		}
		return fmt.Errorf("grab: %w", err)
	}
	down, err := c.held()
	if err != nil {
		return err
	}
	if down { // pressed in between
		return c.release()
	}
	s.grabbed = true
	if _, underWay := s.missed.Deadline(); underWay { // the rest of that code must not pass for a whole one
		now := s.d.options.Now()
		s.Tell(s.frames.Lose(now))
	}
	return nil
}

func (s *session) take(events []event, now time.Time) {
	for _, e := range events {
		typed, lost := s.keys.feed(e)
		switch {
		case !s.grabbed:
			s.missed.Add(typed, now)
		case lost:
			s.d.options.Log.Warn("scanner keys dropped by the system", "device", s.d.options.Device)
			s.Tell(s.frames.Lose(now))
		default:
			s.Tell(s.frames.Add(typed, now))
		}
	}
}

func openProblem(address, path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) || errors.Is(err, syscall.ENXIO):
		return drivers.Missing(address)
	case errors.Is(err, fs.ErrPermission):
		return drivers.Denied(path, drivers.GroupOf(path, "input"))
	case errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EINVAL):
		return drivers.NewProblem("not_a_scanner", path, "%s 不是输入设备：键盘式扫码枪请写 /dev/input 下的路径；串口扫码枪请改用串口方式",
			"%s is no input device: write a path under /dev/input for a keyboard scanner, or set a serial scanner up as serial")
	}
	return fmt.Errorf("open %s: %w", path, err)
}
