//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What linux/uinput.h and linux/input.h number.
const (
	uiSetEvBit  = 0x40045564
	uiSetKeyBit = 0x40045565
	uiDevSetup  = 0x405C5503
	uiDevCreate = 0x5501
	eviocGrab   = 0x40044590

	evSyn, evKey = 0, 1
	busUSB       = 3
)

// inputEvent is struct input_event of a 64-bit kernel.
type inputEvent struct {
	Seconds, Micros int64
	Kind, Code      uint16
	Value           int32
}

const inputEventSize = 24

// typewriter is a keyboard that the guest plays through uinput.
type typewriter struct {
	file *os.File
	node string // /dev/input/eventN
}

// newTypewriter plugs in a keyboard with that name and those USB ids. Two may not share a name.
func newTypewriter(ctx context.Context, name string, vendor, product uint16) (*typewriter, error) {
	f, err := os.OpenFile("/dev/uinput", os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	t := &typewriter{file: f}
	if err := t.create(name, vendor, product); err != nil {
		f.Close()
		return nil, fmt.Errorf("make keyboard %s: %w", name, err)
	}
	t.node, err = inputNode(ctx, name)
	return t, err
}

func (t *typewriter) create(name string, vendor, product uint16) error {
	var setup [92]byte // struct uinput_setup
	binary.LittleEndian.PutUint16(setup[0:], busUSB)
	binary.LittleEndian.PutUint16(setup[2:], vendor)
	binary.LittleEndian.PutUint16(setup[4:], product)
	copy(setup[8:87], name)
	err := control(t.file, uiSetEvBit, evKey)
	for code := uintptr(1); code < 120; code++ {
		err = errors.Join(err, control(t.file, uiSetKeyBit, code))
	}
	return errors.Join(err, control(t.file, uiDevSetup, uintptr(unsafe.Pointer(&setup[0]))), control(t.file, uiDevCreate, 0))
}

// inputNode waits until the input device of that name is there and udev has made it ready.
func inputNode(ctx context.Context, name string) (node string, err error) {
	err = until(ctx, func() bool {
		names, _ := filepath.Glob("/sys/class/input/event*/device/name")
		for _, file := range names {
			if b, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(b)) == name {
				node = "/dev/input/" + strings.Split(file, "/")[4]
				return ready(node)
			}
		}
		return false
	})
	if err != nil {
		err = fmt.Errorf("no input device %q comes: %w", name, err)
	}
	return node, err
}

// keyEvery is a scanner's usual pace (NCR's default is 1 ms); the kernel keeps 64 events for each reader, 16 keys or less.
const keyEvery = 2 * time.Millisecond

// write types the text as a scanner does, key by key. The last key's events are in the kernel when it returns.
func (t *typewriter) write(text string) error {
	tick := time.NewTicker(keyEvery)
	defer tick.Stop()
	for i := range len(text) {
		if i > 0 {
			<-tick.C
		}
		if err := t.burst(text[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// burst types the text all at once, faster than anybody reads.
func (t *typewriter) burst(text string) error {
	var all []inputEvent
	for i := range len(text) {
		k, err := keyOf(text[i])
		if err != nil {
			return err
		}
		all = append(all, k.events()...)
	}
	return t.send(all)
}

// send hands the kernel events.
func (t *typewriter) send(events []inputEvent) error {
	return binary.Write(t.file, binary.LittleEndian, events)
}

// events are those of pressing and releasing the key.
func (k key) events() []inputEvent {
	press, release := inputEvent{Kind: evKey, Code: k.code, Value: 1}, inputEvent{Kind: evKey, Code: k.code}
	report := inputEvent{Kind: evSyn}
	if !k.shift {
		return []inputEvent{press, report, release, report}
	}
	return []inputEvent{{Kind: evKey, Code: codeShift, Value: 1}, report, press, report, release, report, {Kind: evKey, Code: codeShift}, report}
}

// unplug draws the keyboard.
func (t *typewriter) unplug() { t.file.Close() }

// control is an ioctl.
func control(f *os.File, request, argument uintptr) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	if err := conn.Control(func(fd uintptr) { _, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, request, argument) }); err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}
