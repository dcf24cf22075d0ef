package camera

import (
	"time"

	"hexiao/drivers"
)

// Fake is a camera of a test: frames of a format, given by Next as source's next does.
type Fake struct {
	Code                  string
	Width, Height, Stride int
	Next                  func(use func(raw []byte)) (bool, error)
	Close                 func()
}

func (f *Fake) next(use func([]byte)) (bool, error) { return f.Next(use) }

func (f *Fake) format() format {
	return format{code: f.Code, size: size{f.Width, f.Height}, stride: f.Stride}
}

func (f *Fake) close() {
	if f.Close != nil {
		f.Close()
	}
}

// SetOpen has the camera found at a path and opened by a test.
func (c *Camera) SetOpen(open func() (*Fake, error)) {
	c.attachment.Watch = func(string) drivers.Watch { return still{} }
	c.attachment.Find = func() (string, error) { return "/dev/video0", nil }
	c.open = func(string, size) (source, error) {
		f, err := open()
		if err != nil {
			return nil, err
		}
		return f, nil
	}
}

// SetRead has frames read by a test.
func (c *Camera) SetRead(read func(grey []byte, width, height int, thorough bool) ([]string, error)) {
	c.read = read
}

// Patience is how long the end waits.
func (c *Camera) Patience() time.Duration { return c.patience }

// Offer is what a camera offers in one format: sizes as least, most and step, six numbers.
type Offer struct {
	Code  string
	Sizes [][6]int
}

// Choose is choose with plain values.
func Choose(offers []Offer, mode string) (code string, width, height int, ok bool) {
	var all []offer
	for _, o := range offers {
		of := offer{code: o.Code}
		for _, s := range o.Sizes {
			of.sizes = append(of.sizes, sizes{size{s[0], s[1]}, size{s[2], s[3]}, size{s[4], s[5]}})
		}
		all = append(all, of)
	}
	want, err := parseSize(mode)
	if err != nil {
		return "", 0, 0, false
	}
	f, ok := choose(all, want)
	return f.code, f.width, f.height, ok
}

// WithoutTables takes the Huffman tables out of a JPEG.
func WithoutTables(raw []byte) []byte {
	for {
		at, found := segment(raw, huffmanTables)
		if !found {
			return raw
		}
		raw = append(append([]byte(nil), raw[:at]...), raw[at+2+int(raw[at+2])<<8+int(raw[at+3]):]...)
	}
}

// still tells of nothing: what happens in a bubble is found by looking.
type still struct{}

func (still) Changed() <-chan struct{} { return nil }
func (still) Pace() time.Duration      { return 250 * time.Millisecond }
func (still) Arm()                     {}
func (still) Close()                   {}
