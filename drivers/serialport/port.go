// Package serialport reads scanners on a serial line, which today is nearly always USB (CDC-ACM or an adapter). It knows ports and bytes, and
// must not know what a code means. packaging/hexiao-agent makes one Port for each scanner and runs it beside the terminal.
//
// Everything here that looks overcautious answers a trap measured in go.bug.st/serial v1.8.0 (2026-11): closing a port while it is read can
// make the read land in another file, its Read panics on descriptors from 1024 on, its port list opens and resets ports that others use, an
// unplug and a Close of one's own look the same, and changing the timeout while reading is a race.
package serialport

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.bug.st/serial"
	"hexiao/drivers"
)

// Options describe one scanner.
type Options struct {
	Address string              // "/dev/serial/by-id/...", "/dev/ttyACM0", "COM3", "usb:VID:PID[:SERIAL]" or "usb-path:SOCKET"; required
	Device  string              // its name in scans and logs; empty means Address
	Mode    string              // line settings as in "9600 8N1"; empty means DefaultMode. CDC-ACM scanners ignore them
	Framing drivers.Framing     // how its codes are told apart; the zero value is right for nearly all
	OnState func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log     *slog.Logger        // nil: silence
	Now     func() time.Time    // nil: time.Now
}

// Port is one scanner on a serial line.
type Port struct {
	options    Options
	mode       *serial.Mode
	attachment *drivers.Attachment
	repeats    atomic.Uint64

	open     opener
	patience time.Duration // how long the end waits for a read that does not return
}

// New checks the options; it opens nothing. The error names the field that is wrong.
func New(options Options) (*Port, error) {
	mode, err := parseMode(options.Mode)
	if err != nil {
		return nil, err
	}
	find, err := finder(options.Address)
	if err != nil {
		return nil, err
	}
	if options.Device == "" {
		options.Device = options.Address
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	p := &Port{options: options, mode: mode, open: openPort, patience: 2 * time.Second}
	p.attachment = &drivers.Attachment{
		Place: options.Address, Find: find, OnState: options.OnState, Log: options.Log, Now: options.Now,
	}
	return p, nil
}

// Run reads the scanner until ctx ends, through any number of unplugs, and gives every scan to emit, one at a time. While emit blocks nothing
// is read, and the system keeps 4 KB; emit must come back when ctx ends. Run returns nil, or an error when reading did not end within 2 s of
// ctx and was left behind. It must not be called twice at the same time.
func (p *Port) Run(ctx context.Context, emit func(drivers.Scan)) error {
	p.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return p.serve(ctx, path, up, func(ctx context.Context, l *line) error { return p.read(ctx, l, emit) })
	}
	return p.attachment.Run(ctx)
}

// State is whether the scanner can be read now, and if not, why and what to do. Safe for concurrent use.
func (p *Port) State() drivers.State { return p.attachment.State() }

// Repeats counts the scans dropped because the same code had just been read. Safe for concurrent use.
func (p *Port) Repeats() uint64 { return p.repeats.Load() }

// serve opens the port and has it read in a goroutine of its own, for one reason only: a read that never comes back (another program took
// the bytes that woke it) must not keep the program from ending.
func (p *Port) serve(ctx context.Context, path string, up func(), read func(context.Context, *line) error) error {
	l, err := p.openLine(path)
	if err != nil {
		return err
	}
	up()
	done := make(chan error, 1)
	go func() {
		err := read(ctx, l)
		l.close()
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	limit := time.NewTimer(p.patience)
	defer limit.Stop()
	select {
	case <-done:
		return nil
	case <-limit.C:
		return fmt.Errorf("read scanner %s: reading did not end within %v and was left behind", path, p.patience)
	}
}

// read hands the line's bytes to Frames until ctx ends or the line is lost. A read that times out proves that the line was silent.
func (p *Port) read(ctx context.Context, l *line, emit func(drivers.Scan)) error {
	frames := drivers.NewFrames(p.options.Device, p.options.Framing)
	teller := drivers.Teller{Emit: emit, Repeats: frames.Repeats, Count: &p.repeats}
	buf := make([]byte, 4096)
	for {
		n, err := l.read(buf)
		now := p.options.Now()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			teller.Tell(frames.Break(now))
			return lost(p.options.Address, err)
		case n > 0:
			teller.Tell(frames.Add(buf[:n], now))
		default:
			teller.Tell(frames.Flush(now))
		}
	}
}
