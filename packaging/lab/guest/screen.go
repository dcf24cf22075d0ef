//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What linux/videodev2.h numbers, and the sizes of its structs on a 64-bit kernel.
const (
	vidiocGetFormat  = 0xC0D05604
	vidiocSetFormat  = 0xC0D05605
	vidiocRequest    = 0xC0145608
	vidiocQuery      = 0xC0585609
	vidiocQueue      = 0xC058560F
	vidiocDequeue    = 0xC0585611
	vidiocStreamOn   = 0x40045612
	vidiocSetControl = 0xC008561C
	vidiocFindNext   = 0xC0445624
	nextControl      = 0x80000000

	videoCapture = 1
	videoOutput  = 2 // V4L2_BUF_TYPE_VIDEO_OUTPUT
	memoryMapped = 1
)

// screen is the output of the kernel's test camera (vivid): what is shown there, the camera sees, as through a cable.
type screen struct {
	cam, node string // the two ends
	out       *os.File
	as        videoFormat
	bufs      [][]byte
	ended     chan error

	mu      sync.Mutex // guards picture
	picture []byte
}

// vividModule has two ends: a camera with one S-Video input and a screen with one S-Video output. Its HDMI has 60 large pictures a second, which
// an emulated machine copies and looks at for seconds.
const vividModule = "vivid n_devs=1 node_types=0x101 num_inputs=1 input_types=0x2 num_outputs=1 output_types=0x0"

// newScreen loads the test camera and puts the cable between its ends.
func newScreen() (*screen, error) {
	if err := load(vividModule); err != nil {
		return nil, err
	}
	cam, err := videoNode("-vid-cap")
	if err != nil {
		return nil, err
	}
	node, err := videoNode("-vid-out")
	if err != nil {
		return nil, err
	}
	// Without a cable it would show coloured bars with writing on them, which takes a driver seconds to look through on this machine.
	const black, noText = 5, 2
	return &screen{cam: cam, node: node}, errors.Join(
		setControl(cam, "Test Pattern", black), setControl(cam, "OSD Text Mode", noText), setControl(cam, "Loop Video", 1))
}

func videoNode(suffix string) (string, error) {
	names, err := filepath.Glob("/sys/class/video4linux/video*/name")
	for _, file := range names {
		if b, err := os.ReadFile(file); err == nil && strings.HasSuffix(strings.TrimSpace(string(b)), suffix) {
			return "/dev/" + strings.Split(file, "/")[4], nil
		}
	}
	return "", errors.Join(err, fmt.Errorf("vivid shows no node that ends in %s", suffix))
}

// start shows a grey wall, in the format that the camera is read in: the cable carries no other.
func (s *screen) start() error {
	cam, err := openVideo(s.cam)
	if err != nil {
		return err
	}
	s.as, err = formatOf(cam, videoCapture)
	cam.Close()
	if err != nil {
		return err
	}
	if s.out, err = openVideo(s.node); err != nil {
		return err
	}
	if err := s.setFormat(); err != nil {
		return err
	}
	s.picture = s.as.frame(nil)
	return s.stream()
}

// stop ends the show.
func (s *screen) stop() {
	if s.out == nil {
		return
	}
	s.out.Close()
	if s.ended != nil {
		<-s.ended
	}
	for _, b := range s.bufs {
		_ = unix.Munmap(b)
	}
	s.out, s.bufs, s.ended = nil, nil, nil
}

// remove takes camera and screen away.
func (s *screen) remove() {
	s.stop()
	_ = unload("vivid")
}

// show puts a picture in the middle of the wall.
func (s *screen) show(img image.Image) {
	p := s.as.frame(img)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.picture = p
}

// dark says why nothing is shown any more, or nil.
func (s *screen) dark() error {
	select {
	case err := <-s.ended:
		s.ended <- err
		return fmt.Errorf("the test screen went dark: %w", err)
	default:
		return nil
	}
}

// openVideo opens a video node for calls that block: os.Open would ask it whether it can be polled, and being asked starts it.
func openVideo(node string) (*os.File, error) {
	fd, err := unix.Open(node, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", node, err)
	}
	return os.NewFile(uintptr(fd), node), nil
}

func (s *screen) setFormat() error {
	f := make([]byte, 208)
	put := binary.LittleEndian.PutUint32
	put(f, videoOutput)
	put(f[8:], uint32(s.as.wide))
	put(f[12:], uint32(s.as.high))
	copy(f[16:], s.as.code)
	put(f[20:], s.as.field)
	if err := with(s.out, vidiocSetFormat, f); err != nil {
		return fmt.Errorf("set the test screen's format: %w", err)
	}
	got, err := formatOf(s.out, videoOutput)
	if err == nil && got != s.as {
		err = fmt.Errorf("the test screen shows %v, the camera sees %v", got, s.as)
	}
	return err
}

// setControl sets one of a camera's settings by the name it shows.
func setControl(node, name string, value uint32) error {
	f, err := openVideo(node)
	if err != nil {
		return err
	}
	defer f.Close()
	for id := uint32(0); ; {
		q := make([]byte, 68)
		binary.LittleEndian.PutUint32(q, id|nextControl)
		if err := with(f, vidiocFindNext, q); err != nil {
			return fmt.Errorf("%s has no setting %q: %w", node, name, err)
		}
		id = binary.LittleEndian.Uint32(q)
		if string(bytes.TrimRight(q[8:40], "\x00")) == name {
			set := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, id), value)
			return with(f, vidiocSetControl, set)
		}
	}
}

// stream maps the kernel's buffers for pictures and starts to show them.
func (s *screen) stream() error {
	request := make([]byte, 20)
	put := binary.LittleEndian.PutUint32
	put(request, 2)
	put(request[4:], videoOutput)
	put(request[8:], memoryMapped)
	if err := with(s.out, vidiocRequest, request); err != nil {
		return fmt.Errorf("ask for buffers: %w", err)
	}
	for i := range binary.LittleEndian.Uint32(request) {
		b := buffer(i)
		if err := with(s.out, vidiocQuery, b); err != nil {
			return fmt.Errorf("look at buffer %d: %w", i, err)
		}
		offset, length := binary.LittleEndian.Uint32(b[64:]), binary.LittleEndian.Uint32(b[72:])
		mapped, err := unix.Mmap(int(s.out.Fd()), int64(offset), int(length), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		if err != nil {
			return fmt.Errorf("map buffer %d: %w", i, err)
		}
		s.bufs = append(s.bufs, mapped)
	}
	for i := range s.bufs {
		if err := s.queue(uint32(i)); err != nil {
			return err
		}
	}
	kind := binary.LittleEndian.AppendUint32(nil, videoOutput)
	if err := with(s.out, vidiocStreamOn, kind); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.run() }()
	return nil
}

// buffer is struct v4l2_buffer.
func buffer(index uint32) []byte {
	b := make([]byte, 88)
	binary.LittleEndian.PutUint32(b, index)
	binary.LittleEndian.PutUint32(b[4:], videoOutput)
	binary.LittleEndian.PutUint32(b[60:], memoryMapped)
	return b
}

func (s *screen) queue(index uint32) error {
	s.mu.Lock()
	n := copy(s.bufs[index], s.picture)
	s.mu.Unlock()
	b := buffer(index)
	binary.LittleEndian.PutUint32(b[8:], uint32(n))
	binary.LittleEndian.PutUint32(b[16:], s.as.field)
	if err := with(s.out, vidiocQueue, b); err != nil {
		return fmt.Errorf("show a frame: %w", err)
	}
	return nil
}

// run shows the picture frame after frame until the screen is stopped.
func (s *screen) run() error {
	for {
		b := buffer(0)
		if err := with(s.out, vidiocDequeue, b); err != nil {
			return err
		}
		if err := s.queue(binary.LittleEndian.Uint32(b)); err != nil {
			return err
		}
	}
}

// with is an ioctl with a struct.
func with(f *os.File, request uintptr, data []byte) error {
	return control(f, request, uintptr(unsafe.Pointer(&data[0])))
}
