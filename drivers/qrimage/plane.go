package qrimage

import (
	"image"
	"image/color"

	"github.com/makiuchi-d/gozxing"
)

// plane is a picture in grey, a byte for each pixel.
type plane struct {
	width, height int
	pix           []byte
}

func newPlane(width, height int) plane {
	return plane{width, height, make([]byte, width*height)}
}

// planeOf makes grey of a picture; what is transparent counts as white paper. The formats that pictures come in have short ways, because
// image.At costs more than finding the code.
func planeOf(img image.Image) plane {
	b := img.Bounds()
	p := newPlane(b.Dx(), b.Dy())
	switch img := img.(type) {
	case *image.Gray:
		p.copyRows(img.Pix, img.Stride)
	case *image.YCbCr:
		p.copyRows(img.Y[img.YOffset(b.Min.X, b.Min.Y):], img.YStride)
	case *image.Paletted:
		p.copyRows(img.Pix, img.Stride)
		var greys [256]byte
		for i, c := range img.Palette {
			greys[i] = grey(c)
		}
		for i, index := range p.pix {
			p.pix[i] = greys[index]
		}
	case *image.RGBA:
		p.each(func(x, y int) byte {
			at := y*img.Stride + 4*x
			return luma(uint32(img.Pix[at]), uint32(img.Pix[at+1]), uint32(img.Pix[at+2]), uint32(img.Pix[at+3]))
		})
	case *image.NRGBA:
		p.each(func(x, y int) byte {
			at := y*img.Stride + 4*x
			a := uint32(img.Pix[at+3])
			return luma(uint32(img.Pix[at])*a/255, uint32(img.Pix[at+1])*a/255, uint32(img.Pix[at+2])*a/255, a)
		})
	default:
		p.each(func(x, y int) byte { return grey(img.At(b.Min.X+x, b.Min.Y+y)) })
	}
	return p
}

func (p plane) copyRows(from []byte, stride int) {
	for y := range p.height {
		copy(p.pix[y*p.width:(y+1)*p.width], from[y*stride:])
	}
}

func (p plane) each(grey func(x, y int) byte) {
	for y := range p.height {
		row := p.pix[y*p.width : (y+1)*p.width]
		for x := range row {
			row[x] = grey(x, y)
		}
	}
}

func grey(c color.Color) byte {
	r, g, b, a := c.RGBA()
	return luma(r>>8, g>>8, b>>8, a>>8)
}

// luma weighs premultiplied colours (ITU-R BT.601) and lays them on white.
func luma(r, g, b, a uint32) byte {
	return byte((299*r+587*g+114*b)/1000 + 255 - a)
}

// light is the picture as it is, or light on dark.
func (p plane) light(inverted bool) plane {
	if !inverted {
		return p
	}
	q := newPlane(p.width, p.height)
	for i, v := range p.pix {
		q.pix[i] = ^v
	}
	return q
}

// scaled is the picture in another size, with a triangle filter that is as wide as a pixel of the coarser of the two.
func (p plane) scaled(factor float64) plane {
	if factor == 1 {
		return p
	}
	width, height := max(1, int(float64(p.width)*factor)), max(1, int(float64(p.height)*factor))
	columns, rows := taps(width, p.width), taps(height, p.height)
	across := newPlane(width, p.height)
	for y := range p.height {
		from, to := p.pix[y*p.width:(y+1)*p.width], across.pix[y*width:(y+1)*width]
		for x, t := range columns {
			sum := 1 << 15
			for i, w := range t.weights {
				sum += w * int(from[t.from+i])
			}
			to[x] = byte(sum >> 16)
		}
	}
	q := newPlane(width, height)
	sums := make([]int, width)
	for y, t := range rows {
		for x := range sums {
			sums[x] = 1 << 15
		}
		for i, w := range t.weights {
			for x, v := range across.pix[(t.from+i)*width : (t.from+i+1)*width] {
				sums[x] += w * int(v)
			}
		}
		for x, sum := range sums {
			q.pix[y*width+x] = byte(sum >> 16)
		}
	}
	return q
}

// tap says of which pixels, in 1/65536, a pixel of the other size is made.
type tap struct {
	from    int
	weights []int
}

func taps(to, from int) []tap {
	ratio := float64(from) / float64(to)
	reach := max(1, ratio)
	all := make([]tap, to)
	for i := range all {
		centre := (float64(i)+0.5)*ratio - 0.5
		first, last := max(0, int(centre-reach+1)), min(from-1, int(centre+reach))
		total := 0.0
		raw := make([]float64, 0, last-first+1)
		for j := first; j <= last; j++ {
			w := max(0, 1-abs(float64(j)-centre)/reach)
			raw = append(raw, w)
			total += w
		}
		all[i] = tap{first, make([]int, len(raw))}
		for j, w := range raw {
			all[i].weights[j] = int(w / total * 65536)
		}
	}
	return all
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// binarizers are the two ways to tell black from white: by the neighbourhood, for shade and glare, and by the whole picture, for blur and noise.
var binarizers = []func(gozxing.LuminanceSource) gozxing.Binarizer{gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer}

// matrix is the picture in black and white; nil when it has too little contrast to tell.
func (p plane) matrix(binarizer func(gozxing.LuminanceSource) gozxing.Binarizer) *gozxing.BitMatrix {
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.width, p.height, 0, 0, p.width, p.height, false)
	if err != nil {
		return nil
	}
	m, err := binarizer(source).GetBlackMatrix()
	if err != nil {
		return nil
	}
	return m
}
