package camera

import (
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"reflect"
	"strings"
	"time"
	"unsafe"

	"github.com/blackjack/webcam"
	"github.com/blackjack/webcam/ioctl"
	"golang.org/x/sys/unix"
	"hexiao/drivers"
)

const (
	buffers    = 4   // frames that the driver may fill while one is looked at; the library's own 256 are 470 MB at 1280x720
	instantMax = 100 // so many waits in a row that bring nothing and did not wait are a camera that is gone
)

// device is an open camera. It is used by one goroutine.
type device struct {
	cam      *webcam.Webcam
	as       format
	instants int
}

// open opens the camera, settles on a format and has it send frames.
func open(path string, want size) (source, error) {
	cam, err := webcam.Open(path)
	if err != nil {
		return nil, err
	}
	d := &device{cam: cam}
	if err := d.start(path, want); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

func (d *device) start(path string, want size) error {
	f, ok := choose(d.offers(), want)
	if !ok {
		return noFormat(path)
	}
	if _, _, _, err := d.cam.SetImageFormat(pixelFormat(f.code), uint32(f.width), uint32(f.height)); err != nil {
		return err
	}
	got, err := d.settled()
	if err != nil {
		return err
	}
	if _, known := layouts[got.code]; !known || got.width <= 0 || got.height <= 0 {
		return noFormat(path)
	}
	d.as = got
	if err := d.cam.SetBufferCount(buffers); err != nil {
		return err
	}
	return d.cam.StartStreaming()
}

func (d *device) offers() []offer {
	var all []offer
	for code := range d.cam.GetSupportedFormats() {
		o := offer{code: fourCC(uint32(code))}
		for _, s := range d.cam.GetSupportedFrameSizes(code) {
			if s.MaxWidth == 0 { // "continuous", whose bounds the library does not read
				continue
			}
			o.sizes = append(o.sizes, sizes{size{int(s.MinWidth), int(s.MinHeight)}, size{int(s.MaxWidth), int(s.MaxHeight)}, size{int(s.StepWidth), int(s.StepHeight)}})
		}
		all = append(all, o)
	}
	return all
}

// pixFormat is struct v4l2_format of linux/videodev2.h as far as it is about pictures.
type pixFormat struct {
	kind                                                uint32
	_                                                   [unsafe.Sizeof(uintptr(0)) - 4]byte // the union holds pointers
	width, height, code, field, bytesPerLine, sizeImage uint32
	_                                                   [200 - 24]byte
}

// settled asks for the format that the driver has made of what it was asked for. The library's SetImageFormat gives back the size it was called
// with, whatever the driver has set (v0.6.1), and rows may be longer than their pixels.
func (d *device) settled() (format, error) {
	f := pixFormat{kind: webcam.V4L2_BUF_TYPE_VIDEO_CAPTURE}
	getFormat := ioctl.IoRW(uintptr('V'), 4, unsafe.Sizeof(f))
	fd, err := d.descriptor()
	if err != nil {
		return format{}, err
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, getFormat, uintptr(unsafe.Pointer(&f))); errno != 0 {
		return format{}, fmt.Errorf("ask for the picture format: %w", errno)
	}
	return format{code: fourCC(f.code), size: size{int(f.width), int(f.height)}, stride: int(f.bytesPerLine)}, nil
}

// descriptor is the library's, which it keeps to itself. Opening the device once more would do, too, but some drivers let one in only.
func (d *device) descriptor() (uintptr, error) {
	fd := reflect.ValueOf(d.cam).Elem().FieldByName("fd")
	if !fd.IsValid() {
		return 0, errors.New("camera library has no field fd")
	}
	return uintptr(fd.Uint()), nil
}

// next implements source.
func (d *device) next(use func([]byte)) (bool, error) {
	began := time.Now()
	err := d.cam.WaitForFrame(1)
	if errors.As(err, new(*webcam.Timeout)) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	raw, index, err := d.cam.GetFrame()
	if errors.Is(err, unix.EAGAIN) {
		return false, d.nothing(began)
	}
	if err != nil {
		return false, err
	}
	d.instants = 0
	use(raw)
	return true, d.cam.ReleaseFrame(index)
}

// nothing counts waits that end at once though no frame is there.
func (d *device) nothing(began time.Time) error {
	if time.Since(began) < 10*time.Millisecond {
		d.instants++
	} else {
		d.instants = 0
	}
	if d.instants >= instantMax {
		return errors.New("camera answers without waiting")
	}
	return nil
}

func (d *device) format() format { return d.as }

// close gives everything back. What the library has mapped when a start fails it forgets (v0.6.1); kept, it would be seven megabytes of the
// system's memory with each of the tries that follow.
func (d *device) close() {
	v := reflect.ValueOf(d.cam).Elem()
	mapped, streaming := v.FieldByName("buffers"), v.FieldByName("streaming")
	if mapped.IsValid() && streaming.IsValid() && !streaming.Bool() {
		for i := range mapped.Len() {
			if b := mapped.Index(i).Bytes(); len(b) > 0 {
				_ = unix.Munmap(b)
			}
		}
	}
	_ = d.cam.Close()
}

func fourCC(code uint32) string {
	return string([]byte{byte(code), byte(code >> 8), byte(code >> 16), byte(code >> 24)})
}

func pixelFormat(code string) webcam.PixelFormat {
	return webcam.PixelFormat(uint32(code[0]) | bits.RotateLeft32(uint32(code[1]), 8) | bits.RotateLeft32(uint32(code[2]), 16) | bits.RotateLeft32(uint32(code[3]), 24))
}

// openProblem gives an error of opening a sentence with the cure.
func (c *Camera) openProblem(path string, err error) error {
	switch {
	case errors.As(err, new(drivers.Problem)):
		return err
	case is(err, unix.ENOENT), is(err, unix.ENODEV), is(err, unix.ENXIO), is(err, unix.EIO):
		return drivers.Missing(c.options.Address)
	case errors.Is(err, fs.ErrPermission), is(err, unix.EPERM):
		return drivers.Denied(path, drivers.GroupOf(path, "video"))
	case is(err, unix.EBUSY):
		return busy(path)
	case is(err, unix.ENOSPC):
		return noBandwidth(path)
	case is(err, unix.ENOTTY), is(err, unix.EISDIR), strings.Contains(err.Error(), "Not a video capture device"), strings.Contains(err.Error(), "streaming I/O"):
		return notACamera(path)
	case is(err, unix.EINVAL):
		return noFormat(path)
	}
	return fmt.Errorf("open %s: %w", path, err)
}

// is finds a system's error also where the library has kept its words only ("Failed to map request buffers: device or resource busy").
func is(err error, errno unix.Errno) bool {
	return errors.Is(err, errno) || strings.HasSuffix(err.Error(), ": "+errno.Error())
}
