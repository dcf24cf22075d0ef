package drivers

import (
	"errors"
	"sync"
	"time"
)

// ErrLate is what became of a parcel that could not be sent in its time: a payment code that is typed much later pays another sale.
var ErrLate = errors.New("it waited too long")

// Outbox is what waits to go out by one device. Nobody who puts something in ever waits: it is taken or refused at once, and what was taken
// is answered for in any case, by Parcel.Done. The device's Run opens it, takes parcels one at a time in their order, and shuts it.
type Outbox struct {
	parcels chan Parcel

	mu   sync.Mutex // guards open, so that nothing gets in behind the last that Shut gives back
	open bool
}

// Parcel is one thing to be sent.
type Parcel struct {
	Bytes []byte
	Until time.Time   // when it is too late to begin
	Done  func(error) // told once: nil when the device has taken all of it. It should not wait, for nothing else is sent meanwhile; never nil here
}

// NewOutbox has room for so many parcels.
func NewOutbox(room int) *Outbox { return &Outbox{parcels: make(chan Parcel, room)} }

// Offer puts a parcel in. It reports false, and nothing will be told, when the device is away or the box is full.
func (o *Outbox) Offer(p Parcel) bool {
	if p.Done == nil {
		p.Done = func(error) {}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.open {
		return false
	}
	select {
	case o.parcels <- p:
		return true
	default:
		return false
	}
}

// Open lets parcels in.
func (o *Outbox) Open() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open = true
}

// Parcels gives them in their order.
func (o *Outbox) Parcels() <-chan Parcel { return o.parcels }

// Shut lets no more in and gives back what waits, with the reason.
func (o *Outbox) Shut(why error) {
	o.mu.Lock()
	o.open = false
	o.mu.Unlock()
	o.Empty(why)
}

// Empty gives back what waits, with the reason.
func (o *Outbox) Empty(why error) {
	for {
		select {
		case p := <-o.parcels:
			p.Done(why)
		default:
			return
		}
	}
}
