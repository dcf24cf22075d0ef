//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"hexiao/packaging/lab/line"
)

// seeLimit is the longest that one row may take: half a minute on a machine that emulates every instruction is a failure, not slowness.
const seeLimit = 30 * time.Second

// host is the line to the world outside the machine.
type host struct {
	file  *os.File
	lines *bufio.Reader
}

// openHost opens the serial port that the host listens to, without any of what a terminal does to bytes.
func openHost(port string) (*host, error) {
	f, err := openRaw(port)
	if err != nil {
		return nil, fmt.Errorf("line to the host: %w", err)
	}
	return &host{f, bufio.NewReaderSize(f, 1<<16)}, nil
}

// openRaw opens a terminal device, its bytes untouched and without echo.
func openRaw(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	settings, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err == nil {
		settings.Iflag, settings.Oflag, settings.Lflag = 0, 0, 0
		settings.Cflag |= unix.CS8 | unix.CLOCAL | unix.CREAD
		settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 1, 0
		err = unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, settings)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (h *host) say(m line.Message) error {
	_, err := h.file.Write(line.Encode(m))
	return err
}

func (h *host) done(scenarios int) error {
	return h.say(line.Message{Done: &line.Done{Scenarios: scenarios}})
}

// ask has the host do something and waits until it is done.
func (h *host) ask(a line.Ask) ([]byte, error) {
	if err := h.say(line.Message{Ask: &a}); err != nil {
		return nil, err
	}
	b, err := h.lines.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	said, err := line.Decode(b)
	switch {
	case err != nil:
		return nil, err
	case said.Answer == nil:
		return nil, errors.New("the host did not answer")
	case said.Answer.Error != "":
		return said.Answer.Data, errors.New(said.Answer.Error)
	}
	return said.Answer.Data, nil
}

// lab plays one scenario after the other. Its goroutine is the only one that speaks to the host.
type lab struct {
	host    *host
	device  string
	failed  bool     // a row of this scenario did: the rest of it would only repeat that
	undoing []func() // at the end of the scenario, last first
}

func (l *lab) begin(device string) { l.device, l.failed = device, false }

// later has undo run at the end of the scenario, whatever happens.
func (l *lab) later(undo func()) { l.undoing = append(l.undoing, undo) }

func (l *lab) end() {
	for i := len(l.undoing) - 1; i >= 0; i-- {
		l.undoing[i]()
	}
	l.undoing = nil
}

// see lets an event happen and makes it a row: do brings the event about and returns what was seen of it, or an error. After a row that
// failed the others of the scenario are left out.
func (l *lab) see(event string, do func(ctx context.Context) (string, error)) {
	if l.failed {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), seeLimit)
	defer cancel()
	began := time.Now()
	seen, err := do(ctx)
	row := line.Row{Device: l.device, Event: event, Seen: seen, Took: time.Since(began)}
	if err != nil {
		l.failed, row.Failed, row.Seen = true, true, err.Error()
	}
	if err := l.host.say(line.Message{Row: &row}); err != nil {
		fmt.Println("guest: line to the host:", err)
	}
}

// until looks every few milliseconds whether something has come true.
func until(ctx context.Context, is func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// pause lets time pass.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
