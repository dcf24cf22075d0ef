package serialport

import (
	"context"
	"log/slog"
	"time"

	"hexiao/drivers"
)

// WriterOptions describe a port that bytes go out by, as they come and for as long as the program runs.
type WriterOptions struct {
	Address  string              // as of Options; required
	Mode     string              // line settings; empty means DefaultMode
	Room     int                 // how many parcels may wait; 0 means 64
	Patience time.Duration       // how long the other end may take nothing; 0 means 2 s. The time that the bytes need at the line's speed comes on top
	OnState  func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log      *slog.Logger        // nil: silence
	Now      func() time.Time    // nil: time.Now
}

// Writer keeps a port open and sends what it is given. A device at the other end that takes nothing holds up nobody: what waits is bounded, and
// a write that hangs is left behind after its time, the port closed and opened anew.
type Writer struct {
	options    WriterOptions
	line       *Line
	attachment *drivers.Attachment
	box        *drivers.Outbox
}

// NewWriter checks the options; it opens nothing. The error names the field that is wrong.
func NewWriter(o WriterOptions) (*Writer, error) {
	line, err := NewLine(o.Address, o.Mode)
	if err != nil {
		return nil, err
	}
	if o.Room == 0 {
		o.Room = 64
	}
	if o.Patience == 0 {
		o.Patience = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := &Writer{options: o, line: line, box: drivers.NewOutbox(o.Room)}
	w.attachment = &drivers.Attachment{Place: o.Address, Find: line.find, Serve: w.serve, OnState: o.OnState, Log: o.Log, Now: o.Now}
	return w, nil
}

// Run sends until ctx ends, through any number of unplugs, and returns nil. It must not be called twice at the same time.
func (w *Writer) Run(ctx context.Context) error { return w.attachment.Run(ctx) }

// State is whether something can be sent now, and if not, why and what to do. Safe for concurrent use.
func (w *Writer) State() drivers.State { return w.attachment.State() }

// Send puts bytes in the queue, and reports whether there was room and the port is open. done is told once what became of them; it must not
// wait, and is nil when nobody wants to know. Bytes that have waited longer than the patience are not sent. Safe for concurrent use; it never
// waits.
func (w *Writer) Send(b []byte, done func(error)) bool {
	return w.box.Offer(drivers.Parcel{Bytes: b, Until: w.options.Now().Add(w.options.Patience), Done: done})
}

// Drop gives back what waits: the newest counts, and what is old would only be in its way.
func (w *Writer) Drop() { w.box.Empty(drivers.ErrLate) }

// lookEvery is how often a silent port is looked at: an unplug is seen by reading, and what the other end answers would fill the system's room.
const lookEvery = time.Second

func (w *Writer) serve(ctx context.Context, _ string, up func()) (err error) {
	c, err := w.line.Open()
	if err != nil {
		return err
	}
	defer c.Close()
	w.box.Open()
	defer func() { w.box.Shut(err) }()
	up()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	answer := make([]byte, 256)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-look.C:
			_, err = c.Read(answer)
		case p := <-w.box.Parcels():
			err = w.send(ctx, c, p)
		}
		if err != nil && ctx.Err() == nil { // a write that the end cut short is no fault of the port
			return err
		}
	}
	w.box.Shut(ctx.Err())
	return nil
}

func (w *Writer) send(ctx context.Context, c *Conn, p drivers.Parcel) error {
	if w.options.Now().After(p.Until) {
		p.Done(drivers.ErrLate)
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, w.options.Patience+w.onTheLine(len(p.Bytes)))
	defer cancel()
	_, err := c.Write(limited, p.Bytes)
	p.Done(err)
	return err
}

// onTheLine is how long so many bytes need at the line's speed, twice: a byte is ten or eleven bits, and adapters send in gulps.
func (w *Writer) onTheLine(bytes int) time.Duration {
	return 2 * 11 * time.Duration(bytes) * time.Second / time.Duration(w.line.mode.BaudRate)
}
