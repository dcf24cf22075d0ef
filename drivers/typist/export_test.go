package typist

import (
	"time"

	"hexiao/drivers"
)

// Hands are the keyboard of a test.
type Hands struct {
	Press func(Stroke) error
	Caps  func() bool
	Close func() error
}

func (h Hands) press(s Stroke) error  { return h.Press(s) }
func (h Hands) caps() bool            { return h.Caps() }
func (h Hands) settle() time.Duration { return time.Second }
func (h Hands) close() error          { return h.Close() }

// SetHands has the keyboard be the test's, wherever the test runs.
func (k *Keyboard) SetHands(open func() (Hands, error)) {
	k.open = func() (device, error) { return open() }
	k.attachment.Find = func() (string, error) { return Place, nil }
	k.attachment.Watch = func(string) drivers.Watch { return noWatch{} }
}

type noWatch struct{}

func (noWatch) Changed() <-chan struct{} { return nil }
func (noWatch) Pace() time.Duration      { return time.Second }
func (noWatch) Arm()                     {}
func (noWatch) Close()                   {}
