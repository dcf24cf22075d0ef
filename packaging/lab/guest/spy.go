//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// spies are two others who would get a scanner's keys if it were not read alone: a second reader of the same input device, and whoever sits
// at the console tty1.
type spies struct {
	second *os.File    // the input device again
	tty    *os.File    // raw
	marker *typewriter // an honest keyboard: what it types must arrive at tty1
}

// spyOn opens both. The marker keyboard is plugged in already.
func spyOn(node string, marker *typewriter) (*spies, error) {
	second, err := os.OpenFile(node, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	tty, err := openRaw("/dev/tty1")
	if err != nil {
		second.Close()
		return nil, err
	}
	s := &spies{second, tty, marker}
	_, _, err = s.heard() // what others typed before
	return s, err
}

func (s *spies) close() {
	s.second.Close()
	s.tty.Close()
}

// heard gives what reached the two since they were last asked: the number of keys pressed, and tty1's characters. It is exact: input
// events are handed to all readers before write returns to who typed them, and tty1 has got all that came before the marker.
func (s *spies) heard() (keys int, text string, err error) {
	keys, err = pressed(s.second)
	if err != nil {
		return 0, "", err
	}
	const mark = 'z'
	if err := s.marker.write(string(mark)); err != nil {
		return 0, "", err
	}
	one := make([]byte, 1)
	for {
		if _, err := s.tty.Read(one); err != nil {
			return keys, text, fmt.Errorf("tty1: %w", err)
		}
		if one[0] == mark {
			return keys, text, nil
		}
		text += string(one)
	}
}

// silent wants neither to have heard anything.
func (s *spies) silent() (string, error) {
	keys, text, err := s.heard()
	if err == nil && (keys > 0 || text != "") {
		err = fmt.Errorf("a second reader got %d keys, tty1 %q", keys, text)
	}
	return "second reader 0 keys, tty1 0 characters", err
}

// pressed counts the presses that wait in an input device, which was opened not to block.
func pressed(f *os.File) (n int, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	b := make([]byte, 64*inputEventSize)
	for {
		var got int
		if failed := conn.Control(func(fd uintptr) { got, err = unix.Read(int(fd), b) }); failed != nil {
			return n, failed
		}
		switch {
		case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENODEV):
			return n, nil
		case err != nil:
			return n, err
		}
		for e := b[:got]; len(e) >= inputEventSize; e = e[inputEventSize:] {
			if binary.LittleEndian.Uint16(e[16:]) == evKey && binary.LittleEndian.Uint32(e[20:]) == 1 {
				n++
			}
		}
	}
}

// grabbed reports whether somebody reads the input device alone.
func grabbed(node string) (bool, error) {
	f, err := os.Open(node)
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = control(f, eviocGrab, 1)
	if errors.Is(err, syscall.EBUSY) {
		return true, nil
	}
	return false, err
}
