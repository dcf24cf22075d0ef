package hidpos

import (
	"time"

	"hexiao/drivers"
)

// Errors for the tests outside.
var (
	ErrNotPOS = errNotPOS
	ErrBroken = errBroken
)

// Parsed is a report descriptor that was read.
type Parsed struct{ l layout }

// Parse is parse.
func Parse(descriptor []byte) (Parsed, error) {
	l, err := parse(descriptor)
	return Parsed{l}, err
}

// Wakes tells whether there is a feature report 254 of one byte.
func (p Parsed) Wakes() bool { return p.l.wakes }

// Joiner is a joiner that nobody reads a device for.
type Joiner struct{ join joiner }

// NewJoiner gives one for reports of that layout.
func NewJoiner(p Parsed, framing drivers.Framing) *Joiner {
	return &Joiner{joiner{layout: p.l, codes: drivers.NewCodes("counter", framing)}}
}

// Add is add.
func (j *Joiner) Add(b []byte, now time.Time) []drivers.Scan { return j.join.add(b, now) }

// Empty says that there is no report to be read.
func (j *Joiner) Empty() { j.join.queue.empty() }

// Flush is flush.
func (j *Joiner) Flush(now time.Time) []drivers.Scan { return j.join.flush(now) }

// Unplugged is unplugged.
func (j *Joiner) Unplugged(now time.Time) []drivers.Scan { return j.join.unplugged(now) }
