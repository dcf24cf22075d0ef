package main

import (
	"bufio"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// seat is the right to be the one window of a user, at one display, before one desk. It is a locked file, which the
// system unlocks however the program ends, and beside it a socket, at which a second start asks the first to come to the
// front. Another display, or another desk, is another seat.
type seat struct {
	lock *os.File
	door net.Listener
}

func seatFile(folder, at string) string {
	h := fnv.New64a()
	io.WriteString(h, at)
	return filepath.Join(folder, strconv.FormatUint(h.Sum64(), 36))
}

// take takes the seat; nil when somebody has it.
func take(folder, at string) (*seat, error) {
	file := seatFile(folder, at)
	lock, err := os.OpenFile(file+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	free, err := tryLock(lock)
	if err != nil || !free {
		lock.Close()
		return nil, err
	}
	s := &seat{lock: lock}
	os.Remove(file + ".door") // of one that was killed
	if s.door, err = net.Listen("unix", file+".door"); err != nil {
		lock.Close()
		return nil, fmt.Errorf("open the door for a second start: %w", err)
	}
	if err = lock.Truncate(0); err == nil {
		_, err = lock.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	}
	if err != nil {
		s.leave()
		return nil, err
	}
	return s, nil
}

// leave gives the seat back.
func (s *seat) leave() {
	s.door.Close()
	s.lock.Close()
}

// The words at the door.
const (
	comeForward = "front"
	coming      = "coming"
)

// answer does what a second start asks for, until ctx ends.
func (s *seat) answer(ctx context.Context, forward func()) {
	if s == nil {
		return
	}
	defer context.AfterFunc(ctx, func() { s.door.Close() })()
	for {
		line, err := s.door.Accept()
		if err != nil {
			return
		}
		line.SetDeadline(time.Now().Add(time.Second))
		if word, _ := bufio.NewReader(line).ReadString('\n'); strings.TrimSpace(word) == comeForward {
			forward()
			fmt.Fprintln(line, coming)
		}
		line.Close()
	}
}

// deaf is how long a second start tries: the first one may just have begun, or just be ending.
const deaf = 3 * time.Second

// knock asks who has the seat to come to the front, and gives the exit code.
func knock(folder, at string, says io.Writer) int {
	file := seatFile(folder, at)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for late := time.Now().Add(deaf); time.Now().Before(late); <-again.C {
		if ask(file+".door") == nil {
			fmt.Fprintln(says, "核销窗口已经开着，已把它放到最前面。\nThe window is open already; it was brought to the front.")
			return done
		}
	}
	pid, _ := os.ReadFile(file + ".lock")
	fmt.Fprintf(says, "核销窗口已经开着（进程 %s），但没有回应；请关掉它再启动。\nThe window is open already (process %s) and does not answer; end it and start again.\n", pid, pid)
	return failed
}

func ask(door string) error {
	line, err := net.DialTimeout("unix", door, time.Second)
	if err != nil {
		return err
	}
	defer line.Close()
	line.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprintln(line, comeForward)
	word, err := bufio.NewReader(line).ReadString('\n')
	if err == nil && strings.TrimSpace(word) != coming {
		err = fmt.Errorf("it says %q", word)
	}
	return err
}
