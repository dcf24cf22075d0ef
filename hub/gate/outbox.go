package gate

import (
	"errors"
	"sync"
)

// queueFrames is how many frames may wait for a terminal. One that keeps to the protocol has at most wire.MaxFlight
// frames of records under way, each answered by an ack and perhaps a lease, and hears a law now and then.
const queueFrames = 32

// errSlow: the terminal does not read what it is sent.
var errSlow = errors.New("the terminal does not read what it is sent")

// outbox is the frames that wait for one connection, and the right to write them: whoever flushes first writes until
// the queue is empty, so that there is one writer at any time without a goroutine that waits all day (5 KiB for each
// of ten thousand idle terminals). Safe for concurrent use.
type outbox struct {
	write func(frame []byte) error // may block; never called twice at once
	cut   func()                   // ends the connection when no more can be written; must not block

	mu      sync.Mutex // guards the rest
	frames  [][]byte
	writing bool
	idle    chan struct{} // closed when the one who writes has ended; nil while nobody writes
	failed  error
}

// post queues a frame. It never blocks; errSlow when the queue is full, or the error that writing ended with.
func (o *outbox) post(frame []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.frames) >= queueFrames {
		o.fail(errSlow)
	}
	if o.failed != nil {
		return o.failed
	}
	o.frames = append(o.frames, frame)
	return nil
}

// flush writes what waits, and returns when nothing waits any more, at once when somebody else is writing.
func (o *outbox) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writing {
		return o.failed
	}
	o.writing, o.idle = true, make(chan struct{})
	for o.failed == nil && len(o.frames) > 0 {
		frame := o.frames[0]
		o.frames = o.frames[1:]
		o.mu.Unlock()
		err := o.write(frame)
		o.mu.Lock()
		if err != nil {
			o.fail(err)
		}
	}
	o.frames = nil
	o.writing = false
	close(o.idle)
	o.idle = nil
	return o.failed
}

// fail needs mu held. Whoever the cut wakes finds the reason set.
func (o *outbox) fail(err error) {
	if o.failed == nil {
		o.failed = err
		o.cut()
	}
}

// finish writes what waits and returns when it is written, also by somebody else.
func (o *outbox) finish() error {
	for {
		if err := o.flush(); err != nil {
			return err
		}
		o.mu.Lock()
		idle := o.idle
		o.mu.Unlock()
		if idle == nil {
			return nil
		}
		<-idle
	}
}

// failure is the error that writing ended with; nil while all is well.
func (o *outbox) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}
