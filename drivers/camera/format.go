package camera

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"strconv"
	"strings"
	"sync"
)

// DefaultMode is the size that is asked for: a voucher's code that fills a third of the picture's width has about 8 pixels to a module then, and
// a look costs a few milliseconds.
const DefaultMode = "1280x720"

// size is a picture's size in pixels.
type size struct{ width, height int }

func parseSize(mode string) (size, error) {
	if mode == "" {
		mode = DefaultMode
	}
	w, h, ok := strings.Cut(strings.ToLower(strings.TrimSpace(mode)), "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || width < 160 || height < 120 || width > 4096 || height > 4096 {
		return size{}, fmt.Errorf("camera mode %q: 应写成如 1280x720（宽 160-4096，高 120-4096）/ write it as in 1280x720 (width 160-4096, height 120-4096)", mode)
	}
	return size{width, height}, nil
}

// format is how the pictures of a camera come.
type format struct {
	code   string // the four characters that Video4Linux calls it by
	stride int    // bytes from row to row; 0: the rows follow each other
	size
}

// layout says where the grey of a pixel lies in a format; the colours, which may follow the greys of all pixels, are left alone.
type layout struct {
	step, offset int     // bytes
	aversion     float64 // against taking it: a JPEG has to be decoded, which costs more than looking for codes
	jpeg         bool
}

// layouts are the formats that can be read.
var layouts = map[string]layout{
	"GREY": {step: 1}, "Y800": {step: 1}, "NV12": {step: 1}, "NV21": {step: 1}, "YU12": {step: 1}, "YV12": {step: 1},
	"YUYV": {step: 2}, "YVYU": {step: 2}, "UYVY": {step: 2, offset: 1}, "VYUY": {step: 2, offset: 1},
	"MJPG": {jpeg: true, aversion: 1.2}, "JPEG": {jpeg: true, aversion: 1.2},
}

// offer is a format and the sizes that it comes in.
type offer struct {
	code  string
	sizes []sizes
}

// sizes are all from least to most in steps; step 0 and equal ends mean one size.
type sizes struct{ least, most, step size }

// choose takes the offer nearest to the size that is wanted. It reports false when there is none that can be read.
func choose(offers []offer, want size) (format, bool) {
	var best format
	lowest := math.Inf(1)
	for _, o := range offers {
		l, known := layouts[o.code]
		if !known {
			continue
		}
		all := o.sizes
		if len(all) == 0 { // the driver does not tell; it will take what it likes
			all = []sizes{{want, want, size{}}}
		}
		for _, s := range all {
			at := s.nearest(want)
			if at.width < 160 || at.height < 120 {
				continue
			}
			far := math.Abs(math.Log(float64(at.width*at.height)/float64(want.width*want.height))) + l.aversion
			if far < lowest {
				lowest, best = far, format{code: o.code, size: at}
			}
		}
	}
	return best, best.code != ""
}

func (s sizes) nearest(want size) size {
	return size{within(want.width, s.least.width, s.most.width, s.step.width), within(want.height, s.least.height, s.most.height, s.step.height)}
}

func within(want, least, most, step int) int {
	got := min(max(want, least), most)
	if step > 1 {
		got -= (got - least) % step
	}
	return got
}

// luma makes grey of a frame, in the room of grey where that is enough. It reports false for a frame that is not whole: cameras send some when
// they start, and when a cable is bad.
func (f format) luma(grey, raw []byte) ([]byte, bool) {
	if cap(grey) < f.width*f.height {
		grey = make([]byte, f.width*f.height)
	}
	grey = grey[:f.width*f.height]
	l := layouts[f.code]
	if l.jpeg {
		return grey, f.fromJPEG(grey, raw)
	}
	stride := f.stride
	if stride == 0 {
		stride = l.step * f.width
	}
	if len(raw) < stride*(f.height-1)+l.step*f.width {
		return grey, false
	}
	for y := range f.height {
		from, to := raw[y*stride:y*stride+l.step*f.width], grey[y*f.width:(y+1)*f.width]
		if l.step == 1 {
			copy(to, from)
			continue
		}
		for x := range to {
			to[x] = from[l.step*x+l.offset]
		}
	}
	return grey, true
}

func (f format) fromJPEG(grey, raw []byte) bool {
	said, err := jpeg.DecodeConfig(bytes.NewReader(raw)) // first, for Decode takes room for whatever size a broken frame says that it has
	if err != nil || said.Width != f.width || said.Height != f.height {
		return false
	}
	img, err := jpeg.Decode(bytes.NewReader(withTables(raw)))
	if err != nil {
		return false
	}
	var pix []byte
	var stride int
	switch img := img.(type) {
	case *image.YCbCr:
		pix, stride = img.Y, img.YStride
	case *image.Gray:
		pix, stride = img.Pix, img.Stride
	default:
		return false
	}
	for y := range f.height {
		copy(grey[y*f.width:(y+1)*f.width], pix[y*stride:])
	}
	return true
}

// The markers of a JPEG that matter here (ITU-T T.81, table B.1).
const (
	startOfImage  = 0xD8
	huffmanTables = 0xC4
	startOfScan   = 0xDA
)

// withTables gives a frame of Motion JPEG the Huffman tables that its cameras leave out, because they are always the same (T.81, annex K.3).
func withTables(raw []byte) []byte {
	at, has := segment(raw, huffmanTables)
	if has || at == 0 {
		return raw
	}
	whole := append(make([]byte, 0, len(raw)+len(usualTables())), raw[:at]...)
	whole = append(whole, usualTables()...)
	return append(whole, raw[at:]...)
}

// segment finds a marker before the picture's data begins, and the length of what lies before it; not finding it, it gives where the data begins, or
// 0 when that is not found either.
func segment(raw []byte, marker byte) (at int, found bool) {
	if len(raw) < 4 || raw[0] != 0xFF || raw[1] != startOfImage {
		return 0, false
	}
	for at = 2; at+4 <= len(raw) && raw[at] == 0xFF; {
		if raw[at+1] == marker {
			return at, true
		}
		if raw[at+1] == startOfScan {
			return at, false
		}
		at += 2 + int(raw[at+2])<<8 + int(raw[at+3])
	}
	return 0, false
}

// usualTables are those that Go's encoder writes, too.
var usualTables = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420), nil); err != nil {
		panic(err)
	}
	raw := b.Bytes()
	at, _ := segment(raw, huffmanTables)
	return raw[at : at+2+int(raw[at+2])<<8+int(raw[at+3])]
})
