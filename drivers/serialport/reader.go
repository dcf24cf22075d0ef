package serialport

import (
	"context"

	"hexiao/drivers"
)

// Reader gives what comes in by a port as it comes, cut into nothing.
type Reader struct{ port *Port }

// NewReader checks the options, of which Device and Framing do not count; it opens nothing. The error names the field that is wrong.
func NewReader(o Options) (*Reader, error) {
	port, err := New(o)
	if err != nil {
		return nil, err
	}
	return &Reader{port}, nil
}

// Run reads until ctx ends, through any number of unplugs. It gives came the bytes of each read, at once and in order; they are came's until it
// returns. silent is called after each 40 ms in which nothing came. Both are called from one goroutine, and nothing is read meanwhile. Run
// returns as Port.Run does.
func (r *Reader) Run(ctx context.Context, came func([]byte), silent func()) error {
	r.port.attachment.Serve = func(ctx context.Context, path string, up func()) error {
		return r.port.serve(ctx, path, up, func(ctx context.Context, l *line) error { return r.read(ctx, l, came, silent) })
	}
	return r.port.attachment.Run(ctx)
}

// State is whether the port can be read now, and if not, why and what to do. Safe for concurrent use.
func (r *Reader) State() drivers.State { return r.port.State() }

func (r *Reader) read(ctx context.Context, l *line, came func([]byte), silent func()) error {
	buf := make([]byte, 4096)
	for {
		n, err := l.read(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return lost(r.port.options.Address, err)
		case n > 0:
			came(buf[:n])
		default:
			silent()
		}
	}
}
