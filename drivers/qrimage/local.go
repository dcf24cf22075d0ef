package qrimage

import "github.com/makiuchi-d/gozxing"

// A third way to tell black from white, for what the other two leave out: the library's, which goes by the neighbourhood, takes whatever has less
// than 24 grey levels of contrast for paper, and a code on a dim screen may have ten in a picture that has all.
const (
	windowShare  = 12 // of the longer side is the neighbourhood
	windowLeast  = 24 // pixels
	blackerBy    = 2  // grey levels than the neighbourhood; noise, once it is smoothed, has less
	localAtLeast = 64 // pixels: in a smaller picture there is no neighbourhood
)

// localMatrix is the smoothed picture in black and white, each pixel compared with the mean of its neighbourhood; nil when it is too small.
func localMatrix(p plane) *gozxing.BitMatrix {
	if min(p.width, p.height) < localAtLeast {
		return nil
	}
	m, err := gozxing.NewBitMatrix(p.width, p.height)
	if err != nil {
		return nil
	}
	p = p.smoothed()
	sums, reach := p.sums(), max(windowLeast, max(p.width, p.height)/windowShare)/2
	stride := p.width + 1
	for y := range p.height {
		top, low := max(0, y-reach), min(p.height, y+reach+1)
		for x, v := range p.pix[y*p.width : (y+1)*p.width] {
			left, right := max(0, x-reach), min(p.width, x+reach+1)
			sum := sums[low*stride+right] - sums[low*stride+left] - sums[top*stride+right] + sums[top*stride+left]
			if (uint32(v)+blackerBy)*uint32((low-top)*(right-left)) < sum {
				m.Set(x, y)
			}
		}
	}
	return m
}

// sums holds at each corner between pixels what lies above and left of it. The numbers may run over; their differences are right.
func (p plane) sums() []uint32 {
	stride := p.width + 1
	sums := make([]uint32, stride*(p.height+1))
	for y := range p.height {
		row := uint32(0)
		for x, v := range p.pix[y*p.width : (y+1)*p.width] {
			row += uint32(v)
			sums[(y+1)*stride+x+1] = sums[y*stride+x+1] + row
		}
	}
	return sums
}

// smoothed weighs each pixel with its eight neighbours as 1-2-1 both ways. The edge stays as it is.
func (p plane) smoothed() plane {
	q := newPlane(p.width, p.height)
	copy(q.pix, p.pix)
	down := make([]int, p.width)
	for y := 1; y < p.height-1; y++ {
		above, here, below := p.pix[(y-1)*p.width:y*p.width], p.pix[y*p.width:(y+1)*p.width], p.pix[(y+1)*p.width:(y+2)*p.width]
		for x := range down {
			down[x] = int(above[x]) + 2*int(here[x]) + int(below[x])
		}
		to := q.pix[y*p.width : (y+1)*p.width]
		for x := 1; x < p.width-1; x++ {
			to[x] = byte((down[x-1] + 2*down[x] + down[x+1] + 8) / 16)
		}
	}
	return q
}
