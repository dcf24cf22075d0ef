package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/serialport"
)

// wayTo reads an address. What is neither on the network nor a kernel's printer file is a serial port.
func wayTo(to, mode string) (way, error) {
	rest, onNet := strings.CutPrefix(to, "tcp:")
	switch {
	case to == "":
		return nil, errors.New(`printer address is empty: 请写 to，例如 /dev/usb/lp0、COM3 或 tcp:192.168.1.50:9100 / write to, such as /dev/usb/lp0, COM3 or tcp:192.168.1.50:9100`)
	case (onNet || isFile(to)) && mode != "":
		return nil, fmt.Errorf("printer %s: 只有串口打印机才有 mode / only a serial printer has a mode", to)
	case onNet:
		return netWay(rest)
	case isFile(to):
		return fileWay(to)
	}
	l, err := serialport.NewLine(to, mode)
	if err != nil {
		return nil, fmt.Errorf("printer %s: %w", to, err)
	}
	return &serialWay{to, l}, nil
}

// isFile tells the kernel's printer files, /dev/usb/lp0 and /dev/lp0.
func isFile(to string) bool {
	digits, ok := strings.CutPrefix(path.Base(to), "lp")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// netPort is where printers listen for bytes that are to be printed as they are.
const netPort = "9100"

func netWay(rest string) (way, error) {
	host, port, err := net.SplitHostPort(rest)
	if err != nil && !strings.Contains(rest, ":") {
		host, port, err = rest, netPort, nil
	}
	if n, no := strconv.Atoi(port); err != nil || host == "" || no != nil || n < 1 || n > 65535 {
		return nil, fmt.Errorf("printer address %q: 应写成 tcp:地址:端口，例如 tcp:192.168.1.50:9100 / write tcp:HOST:PORT, such as tcp:192.168.1.50:9100", "tcp:"+rest)
	}
	return &tcpWay{place: "tcp:" + rest, address: net.JoinHostPort(host, port)}, nil
}

// tcpWay leads to a printer on the network.
type tcpWay struct{ place, address string }

func (w *tcpWay) find() error { return nil }

// dialWait is less than a page's patience: a printer that is off is said to be so.
const dialWait = 4 * time.Second

func (w *tcpWay) open(ctx context.Context) (line, error) {
	d := net.Dialer{Timeout: dialWait}
	conn, err := d.DialContext(ctx, "tcp", w.address)
	if err != nil {
		return nil, unreachable(w.place)
	}
	return &tcpLine{w.place, conn}, nil
}

type tcpLine struct {
	place string
	conn  net.Conn
}

// until has what blocks on the connection end with ctx.
func (l *tcpLine) until(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })
}

func (l *tcpLine) write(ctx context.Context, b []byte) (int, error) {
	defer l.until(ctx)()
	n, err := l.conn.Write(b)
	if err == nil {
		err = l.settle(ctx)
	}
	return n, l.said(ctx, err)
}

func (l *tcpLine) said(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return stuck(l.place)
	}
	return lost(l.place)
}

// settle waits until the printer's side of the network has everything.
func (l *tcpLine) settle(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := unsent(l.conn)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *tcpLine) read(ctx context.Context, b []byte, within time.Duration) (int, error) {
	_ = l.conn.SetReadDeadline(time.Now().Add(within))
	defer l.until(ctx)()
	n, err := l.conn.Read(b)
	if isTimeout(err) {
		err = nil
	}
	return n, l.said(ctx, err)
}

func isTimeout(err error) bool {
	late, ok := errors.AsType[net.Error](err)
	return ok && late.Timeout()
}

func (l *tcpLine) trouble() (drivers.Problem, bool) { return drivers.Problem{}, false }

func (l *tcpLine) close() { _ = l.conn.Close() }

// serialWay leads to a printer on a serial line.
type serialWay struct {
	place string
	line  *serialport.Line
}

func (w *serialWay) find() error { return w.line.Find() }

func (w *serialWay) open(context.Context) (line, error) {
	c, err := w.line.Open()
	if err != nil {
		return nil, err
	}
	return &serialLine{c}, nil
}

type serialLine struct{ *serialport.Conn }

func (l *serialLine) write(ctx context.Context, b []byte) (int, error) { return l.Write(ctx, b) }

func (l *serialLine) read(ctx context.Context, b []byte, within time.Duration) (int, error) {
	for until := time.Now().Add(within); ; {
		n, err := l.Read(b)
		if n > 0 || err != nil || ctx.Err() != nil || !time.Now().Before(until) {
			return n, err
		}
	}
}

func (l *serialLine) trouble() (drivers.Problem, bool) { return drivers.Problem{}, false }

func (l *serialLine) close() { l.Close() }
