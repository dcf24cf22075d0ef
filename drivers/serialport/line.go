package serialport

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"time"

	"go.bug.st/serial"
	"hexiao/drivers"
)

const (
	lookAfter  = time.Second // a silent line is compared with its device file this often
	instantMax = 100         // so many empty reads in a row that did not wait are a dead port, seen after sleep on some adapters
)

// line is an open port. It is read and closed by one goroutine: the library closes the descriptor under a running read, whose next system call
// may then reach whatever file took the number.
type line struct {
	port     serial.Port
	path     string
	file     os.FileInfo // the device file when it was opened; nil where ports are no files
	timeout  time.Duration
	silent   time.Duration // since the device file was last looked at
	instants int
}

// openLine opens the port in its mode. The timeout is set once, before anybody reads: half the idle gap, so that silence is seen in time.
func (p *Port) openLine(path string) (*line, error) {
	idle := p.options.Framing.Idle
	if idle <= 0 {
		idle = drivers.DefaultIdle
	}
	return p.open.line(p.options.Address, path, p.mode, min(max(idle/2, 10*time.Millisecond), 100*time.Millisecond))
}

// opener opens ports: openPort, or what a test has in its place.
type opener func(path string, mode *serial.Mode) (serial.Port, error)

// line opens the port at the path. Its device file is looked at before, so that a link which points elsewhere meanwhile is seen later.
func (open opener) line(address, path string, mode *serial.Mode, timeout time.Duration) (*line, error) {
	l := &line{path: path, timeout: timeout}
	if portsAreFiles {
		l.file, _ = os.Stat(path)
	}
	port, err := open(path, mode)
	if err != nil {
		return nil, openProblem(address, path, err)
	}
	if err := port.SetReadTimeout(timeout); err != nil {
		return nil, errors.Join(fmt.Errorf("set read timeout: %w", err), port.Close())
	}
	l.port = port
	return l, nil
}

// read waits at most the timeout. Nothing and no error mean silence. An error means that the line is gone.
func (l *line) read(buf []byte) (int, error) {
	began := time.Now()
	n, err := l.guarded(buf)
	if n > 0 {
		l.instants = 0
		return n, nil
	}
	if err != nil {
		return 0, err
	}
	if time.Since(began) < l.timeout/2 {
		l.instants++
	} else {
		l.instants = 0
	}
	if l.instants >= instantMax {
		return 0, errors.New("port answers without waiting")
	}
	return 0, l.look()
}

// guarded turns a panic of the library into an error: Read indexes a bit set of 1024 descriptors.
func (l *line) guarded(buf []byte) (n int, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case runtime.Error:
			n, err = 0, descriptorLimit(l.path, r)
		default:
			n, err = 0, fmt.Errorf("serial library: %v", r)
		}
	}()
	return l.port.Read(buf)
}

// look compares the device file with the one that was opened, about once a second of silence: some drivers never tell that the device is
// gone, and a by-id link may point to another one by now.
func (l *line) look() error {
	l.silent += l.timeout
	if l.file == nil || l.silent < lookAfter {
		return nil
	}
	l.silent = 0
	file, err := os.Stat(l.path)
	if err != nil {
		return errors.New("device file is gone")
	}
	if !os.SameFile(file, l.file) {
		return errors.New("device file belongs to another device now")
	}
	return nil
}

func (l *line) close() { _ = l.port.Close() }

// lost is the problem of a line that stopped being readable. Only the reader itself closes a line, so the library's PortClosed is always an unplug.
func lost(address string, err error) error {
	var problem drivers.Problem
	var pe *serial.PortError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &pe) && pe.Code() == serial.PortClosed:
		err = errors.New("unplugged")
	}
	return drivers.Unplugged(address, err)
}

// openProblem gives the library's error a sentence with the cure.
func openProblem(address, path string, err error) error {
	var pe *serial.PortError
	errors.As(err, &pe)
	switch {
	case errors.Is(err, fs.ErrNotExist) || pe != nil && pe.Code() == serial.PortNotFound || isGone(err):
		return drivers.Missing(address)
	case errors.Is(err, fs.ErrPermission) || pe != nil && pe.Code() == serial.PermissionDenied:
		return drivers.Denied(path, groupOf(path))
	case errors.Is(err, syscall.EBUSY) || pe != nil && pe.Code() == serial.PortBusy:
		return drivers.Busy(path)
	case pe != nil && pe.Code() == serial.InvalidSerialPort:
		return notAPort(path, err)
	}
	return fmt.Errorf("open %s: %w", path, err)
}

func notAPort(path string, cause error) error {
	return drivers.Problem{
		Code: "not_a_scanner",
		ZH:   fmt.Sprintf("%s 不能按扫码枪串口使用（%v）：请核对配置中的地址和串口参数", path, cause),
		EN:   fmt.Sprintf("%s cannot be used as a scanner's serial port (%v): check the address and the line settings in the config", path, cause),
	}
}

func descriptorLimit(path string, cause error) error {
	return drivers.Problem{
		Code: "descriptor_limit",
		ZH:   fmt.Sprintf("本程序打开的文件过多，无法读取 %s（%v）：请重启本服务；如再次出现请联系技术人员", path, cause),
		EN:   fmt.Sprintf("This program has too many files open to read %s (%v): restart the service; if it comes back, call the technician", path, cause),
	}
}
