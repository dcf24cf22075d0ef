package typist

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"hexiao/drivers"
)

// Options say how codes are typed.
type Options struct {
	End     string              // after each code: "enter", or "none" for nothing; empty means "enter"
	OnState func(drivers.State) // told of every change, from Run's goroutine; nil: nobody wants to know
	Log     *slog.Logger        // nil: silence
	Now     func() time.Time    // nil: time.Now
}

const (
	// gap lies between keys: a reader that sleeps meanwhile loses nothing (measured 2026-11 with evdev: at once, 19 keys lost all but 2-14; 4 ms
	// apart, none), and programs that tell scans from fingers by pace allow 30-50 ms.
	gap = 4 * time.Millisecond
	// room is for codes that wait while another is typed: more than a person scans in two seconds.
	room = 32
	// patience is how long a code may wait before it is typed. A payment code that comes later may land in another sale.
	patience = 2 * time.Second
)

// Keyboard types.
type Keyboard struct {
	options    Options
	attachment *drivers.Attachment
	box        *drivers.Outbox
	open       func() (device, error) // openKeyboard, of this system
}

// device is a keyboard of the system's, made by us.
type device interface {
	press(s Stroke) error // the key goes down and up again, with Shift where it says so
	caps() bool           // whether Caps Lock is on
	settle() time.Duration
	close() error
}

// New checks the options; it opens nothing.
func New(o Options) (*Keyboard, error) {
	if o.End != "" && o.End != "enter" && o.End != "none" {
		return nil, fmt.Errorf(`end %q: 须为 enter 或 none / it is "enter" or "none"`, o.End)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &Keyboard{options: o, box: drivers.NewOutbox(room), open: openKeyboard}
	k.attachment = &drivers.Attachment{Place: Place, Find: find, Serve: k.serve, OnState: o.OnState, Log: o.Log, Now: o.Now}
	return k, nil
}

// Run keeps the keyboard there and types until ctx ends, and returns nil. It must not be called twice at the same time.
func (k *Keyboard) Run(ctx context.Context) error { return k.attachment.Run(ctx) }

// State is whether something can be typed now, and if not, why and what to do. Safe for concurrent use.
func (k *Keyboard) State() drivers.State { return k.attachment.State() }

// Type has a text typed, and reports whether that will be tried: not when it has no keys (Strokes), when the keyboard is away, or when too much
// waits. done is told once what became of it, nil when all of its keys were pressed; nothing else is sent until it returns; nil when nobody wants to know.
// Who has the focus hears the keys, and nobody can tell whether he understands them. Safe for concurrent use; it never waits.
func (k *Keyboard) Type(text string, done func(error)) bool {
	if _, typable := Strokes(text); !typable {
		return false
	}
	return k.box.Offer(drivers.Parcel{Bytes: []byte(text), Until: k.options.Now().Add(patience), Done: done})
}

func (k *Keyboard) serve(ctx context.Context, _ string, up func()) (err error) {
	d, err := k.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if !pause(ctx, d.settle()) {
		return nil
	}
	k.box.Open()
	defer func() { k.box.Shut(errors.Join(err, ctx.Err())) }()
	up()
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-k.box.Parcels():
			err := k.send(ctx, d, p)
			p.Done(err)
			if err != nil && !errors.Is(err, drivers.ErrLate) && ctx.Err() == nil {
				return err
			}
		}
	}
}

// send types one code. An end in the middle of it ends it at once: the rest would come to nothing.
func (k *Keyboard) send(ctx context.Context, d device, p drivers.Parcel) error {
	if k.options.Now().After(p.Until) {
		return drivers.ErrLate
	}
	strokes, _ := Strokes(string(p.Bytes))
	if k.options.End != "none" {
		strokes = append(strokes, enter())
	}
	caps := d.caps()
	for _, s := range strokes {
		if caps && s.letter() {
			s.Shift = !s.Shift
		}
		if err := d.press(s); err != nil {
			return fmt.Errorf("press a key: %w", err)
		}
		if !pause(ctx, gap) {
			return ctx.Err()
		}
	}
	return nil
}

// pause reports whether the time has passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
