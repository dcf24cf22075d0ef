package serialport

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"go.bug.st/serial"
	"hexiao/drivers"
)

// Line is a serial port that something is written to, such as a printer. It is opened for as long as there is something to
// write, so that the POS can use the same device in between.
type Line struct {
	address string
	mode    *serial.Mode
	find    func() (string, error)
	open    opener
	stuck   atomic.Int32 // writers that were left behind and have not come back
}

// NewLine checks an address and a mode as New does (an empty mode is DefaultMode); it opens nothing.
func NewLine(address, mode string) (*Line, error) {
	parsed, err := parseMode(mode)
	if err != nil {
		return nil, err
	}
	find, err := finder(address)
	if err != nil {
		return nil, err
	}
	return &Line{address: address, mode: parsed, find: find, open: openPort}, nil
}

// Find says whether the port is there: a drivers.Problem when it is not. It opens nothing.
func (l *Line) Find() error {
	_, err := l.find()
	return err
}

// answerWait is how long one Read waits.
const answerWait = 50 * time.Millisecond

// Open opens the port for one owner. The error is a drivers.Problem as of a Port. While a writer of before hangs in the
// system, the problem is "stuck" and nothing is opened, so that never more than one hangs.
func (l *Line) Open() (*Conn, error) {
	if l.stuck.Load() > 0 {
		return nil, errStuck(l.address)
	}
	path, err := l.find()
	if err != nil {
		return nil, err
	}
	opened, err := l.open.line(l.address, path, l.mode, answerWait)
	if err != nil {
		return nil, err
	}
	return &Conn{of: l, line: opened}, nil
}

func errStuck(address string) error {
	return drivers.NewProblem("stuck", address, "%s 写不进去：对面的设备不收数据，请检查它是否开机、连接线和流控设置",
		"Nothing can be written to %s: the device at its other end takes no data; check that it is on, its cable and its flow control")
}

// Conn is the port while it is open. It belongs to one goroutine.
type Conn struct {
	of   *Line
	line *line
	left bool // the writer was left behind, and closes the port when it comes back
}

// Write writes everything and waits until the port has sent it, or ctx ends. It says how many bytes the system took. The
// library knows no deadline for writing (go.bug.st/serial v1.8.0), so a writer that hangs is left behind with the port, and
// the error is the problem "stuck"; the Conn is of no use any more then.
func (c *Conn) Write(ctx context.Context, b []byte) (int, error) {
	if c.left {
		return 0, errStuck(c.of.address)
	}
	var taken atomic.Int64
	done := make(chan error, 1)
	left, port := new(atomic.Bool), c.line.port
	c.of.stuck.Add(1)
	go func() {
		err := writeAll(port, b, &taken)
		c.of.stuck.Add(-1)
		if left.Swap(true) { // nobody waits for it any more
			_ = port.Close()
		}
		done <- err
	}()
	select {
	case err := <-done:
		return int(taken.Load()), wrote(c.of.address, err)
	case <-ctx.Done():
	}
	if left.Swap(true) { // it came back just now
		err := <-done
		return int(taken.Load()), wrote(c.of.address, err)
	}
	c.left = true
	return int(taken.Load()), errStuck(c.of.address)
}

// piece is how much is given to the system at once: what it took before it hung is known to so many bytes.
const piece = 256

func writeAll(port serial.Port, b []byte, taken *atomic.Int64) error {
	for len(b) > 0 {
		n, err := port.Write(b[:min(piece, len(b))])
		taken.Add(int64(max(n, 0)))
		if err == nil && n <= 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return port.Drain()
}

func wrote(address string, err error) error {
	if err == nil {
		return nil
	}
	return lost(address, err)
}

// Read gives what the device has answered; it waits 50 ms for something. Nothing and no error mean silence.
func (c *Conn) Read(b []byte) (int, error) {
	if c.left {
		return 0, errStuck(c.of.address)
	}
	n, err := c.line.read(b)
	return n, wrote(c.of.address, err)
}

// Close closes the port, or leaves that to a writer that hangs in it.
func (c *Conn) Close() {
	if !c.left {
		c.line.close()
	}
}
