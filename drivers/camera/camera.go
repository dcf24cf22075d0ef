// Package camera reads QR codes that are held before a camera, frame by frame. It knows cameras, pictures and texts, and must not know what a code
// means. packaging/hexiao-agent makes one Camera for each that is set up and runs it beside the terminal. It works on Linux (Video4Linux); elsewhere
// a dropped or pasted picture takes its place.
//
// Only QR codes are looked for: what looks like a bar code in the noise of a camera is mostly none.
package camera

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/qrimage"
)

// DefaultRepeat is how long a code must have been out of sight to be read anew. A phone in a hand is lost for a second now and then: it shakes,
// it reflects the lamp, the camera looks for its focus.
const DefaultRepeat = 3 * time.Second

// Options describe one camera.
type Options struct {
	Address string              // "/dev/video0", a path under /dev/v4l/by-id, "usb:VID:PID[:SERIAL]" or "usb-path:SOCKET"; required
	Device  string              // its name in scans and logs; empty means Address
	Mode    string              // the size to ask for, as in "1280x720"; empty means DefaultMode. The nearest that the camera offers is taken
	Repeat  time.Duration       // a code seen again within this time is the same scan; 0 means DefaultRepeat
	OnState func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log     *slog.Logger        // nil: silence
	Now     func() time.Time    // nil: time.Now

	// Together is given the scans of one frame that shows several new codes, in reading order, in place of emit: which of them is meant
	// is not for a driver to say. nil: each goes to emit.
	Together func(context.Context, []drivers.Scan)
}

// Camera is one camera.
type Camera struct {
	options    Options
	want       size
	attachment *drivers.Attachment
	repeats    atomic.Uint64

	open     func(path string, want size) (source, error)
	read     func(grey []byte, width, height int, thorough bool) ([]string, error) // qrimage.Frame
	patience time.Duration                                                         // how long the end waits for a camera that does not let go
}

// source is a camera that sends frames.
type source interface {
	// next waits about a second for a frame at most and gives it to use, whose bytes hold until use returns. It reports false when none came.
	next(use func(raw []byte)) (bool, error)
	format() format
	close()
}

// New checks the options; it opens nothing. The error names the field that is wrong.
func New(options Options) (*Camera, error) {
	usb, isUSB, err := drivers.ParseAddress(options.Address, "请写摄像头路径（如 /dev/video0）或 usb:VID:PID / write the camera's path, such as /dev/video0, or usb:VID:PID")
	if err != nil {
		return nil, err
	}
	want, err := parseSize(options.Mode)
	if err != nil {
		return nil, err
	}
	if options.Device == "" {
		options.Device = options.Address
	}
	if options.Repeat == 0 {
		options.Repeat = DefaultRepeat
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	c := &Camera{options: options, want: want, open: open, read: qrimage.Frame, patience: 2 * time.Second}
	c.attachment = &drivers.Attachment{Place: options.Address, OnState: options.OnState, Log: options.Log, Now: options.Now}
	c.attachment.Find = finder(options.Address, usb, isUSB)
	return c, nil
}

// Run reads the camera until ctx ends, through any number of unplugs, and gives every scan to emit, one at a time. While emit blocks nothing is
// looked at; emit must come back when ctx ends. Run returns nil, or an error when the camera did not let go within 2 s of ctx and was left
// behind. It must not be called twice at the same time.
func (c *Camera) Run(ctx context.Context, emit func(drivers.Scan)) error {
	c.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return c.serve(ctx, path, up, emit)
	}
	return c.attachment.Run(ctx)
}

// State is whether the camera can be read now, and if not, why and what to do. Safe for concurrent use.
func (c *Camera) State() drivers.State { return c.attachment.State() }

// Repeats counts how often a code was seen that had been read already. Safe for concurrent use.
func (c *Camera) Repeats() uint64 { return c.repeats.Load() }

// serve has the camera opened and read in a goroutine of its own: a USB camera that is half gone can hold up an opening or a reading for as
// long as it likes, and must not keep the program from ending.
func (c *Camera) serve(ctx context.Context, path string, up func(), emit func(drivers.Scan)) error {
	first, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- c.session(ctx, path, func() { close(first) }, emit) }()
	for seen := first; ; {
		select {
		case <-seen:
			up()
			seen = nil
		case err := <-done:
			return err
		case <-ctx.Done():
			return c.letGo(path, done)
		}
	}
}

func (c *Camera) letGo(path string, done <-chan error) error {
	limit := time.NewTimer(c.patience)
	defer limit.Stop()
	select {
	case <-done:
		return nil
	case <-limit.C:
		return fmt.Errorf("read camera %s: it did not let go within %v and was left behind", path, c.patience)
	}
}

// session opens the camera and looks at its frames until ctx ends or the camera is lost. It calls first when the first frame has come: a camera
// that opens and sends nothing is not connected.
func (c *Camera) session(ctx context.Context, path string, first func(), emit func(drivers.Scan)) error {
	s, err := c.open(path, c.want)
	if err != nil {
		return c.openProblem(path, err)
	}
	defer s.close()
	w := c.newWatch(s.format(), emit)
	for came := false; ; {
		got, err := guarded(s, w.frame)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return c.lost(err)
		case got && !came:
			came = true
			first()
		}
		if w.silent() {
			return noFrames(c.options.Address)
		}
		w.look(ctx)
	}
}

// guarded turns a panic of the library, which trusts what the driver says of its buffers, into an error.
func guarded(s source, use func([]byte)) (got bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			got, err = false, fmt.Errorf("camera library: %v", r)
		}
	}()
	return s.next(use)
}
