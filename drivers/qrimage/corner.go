package qrimage

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

const (
	cornerReach    = 10 // half modules that the corner of small codes is moved either way. 6 lose 3 of 600 test pictures, more than 10 win none (measured 2026-11)
	largeFrom      = 61 // modules have codes that are large: of fewer the corner is exact enough
	alignReach     = 4  // modules
	cornersDecoded = 40 // of the corners that look right. 12 lose 21 of the same pictures, 200 win none
)

// readSearching decodes a tilted code. Three patterns and a guessed fourth corner make a parallelogram, which a tilted code is not; so the corner is
// moved about until the two timing lines, which are black and white by turns, are read right. nil: not a code.
func (t triple) readSearching(m *gozxing.BitMatrix) *common.DecoderResult {
	for _, dimension := range near(t.dimension(m)) {
		for _, c := range t.corners(m, dimension) {
			if result := t.sampled(m, c.at, dimension); result != nil {
				return result
			}
		}
	}
	return nil
}

// sampled decodes the code with its fourth corner there.
func (t triple) sampled(m *gozxing.BitMatrix, fourth point, dimension int) *common.DecoderResult {
	transform := t.transform(fourth, dimension)
	if dimension >= largeFrom {
		if aligned := t.aligned(m, transform, dimension); aligned != nil {
			transform = aligned
		}
	}
	bits, err := common.GridSampler_GetInstance().SampleGridWithTransform(m, dimension, dimension, transform)
	if err != nil {
		return nil
	}
	return decode(bits)
}

// aligned is the transform by the last alignment pattern, looked for where the other transform sees it; nil when it is not there.
func (t triple) aligned(m *gozxing.BitMatrix, roughly *common.PerspectiveTransform, dimension int) *common.PerspectiveTransform {
	last := float64(dimension) - 6.5
	seen := []float64{last, last}
	roughly.TransformPoints(seen)
	size := (t.topRight.size + t.bottomLeft.size) / 2
	x, y, side := max(0, int(seen[0]-alignReach*size)), max(0, int(seen[1]-alignReach*size)), int(2*alignReach*size)
	side = min(side, m.GetWidth()-x, m.GetHeight()-y)
	if side < int(3*size) {
		return nil
	}
	found, err := detector.NewAlignmentPatternFinder(m, x, y, side, side, size, nil).Find()
	if err != nil {
		return nil
	}
	return t.through(point{found.GetX(), found.GetY()}, last, dimension)
}

// near are the dimensions to try where one was measured, nearest first: the measure is wrong by a fifteenth at most.
func near(measured int) []int {
	var all []int
	for _, off := range []int{0, 4, -4, 8, -8} {
		if d := measured + off; d >= 21 && d <= 177 && 15*max(off, -off) <= measured {
			all = append(all, d)
		}
	}
	return all
}

// corner is a place for the centre of the missing fourth pattern.
type corner struct {
	at    point
	moved float64 // modules away from the parallelogram's corner
}

// corners are the places whose timing lines are right, nearest first.
func (t triple) corners(m *gozxing.BitMatrix, dimension int) []corner {
	tl, tr, bl := t.topLeft.point, t.topRight.point, t.bottomLeft.point
	step, reach := 0.5, cornerReach
	if dimension >= largeFrom { // the alignment pattern is looked for from there
		step, reach = float64(dimension)/60, cornerReach/2
	}
	right, down := tr.minus(tl).times(step/float64(dimension-7)), bl.minus(tl).times(step/float64(dimension-7))
	var likely []corner
	for i := -reach; i <= reach; i++ {
		for j := -reach; j <= reach; j++ {
			at := tr.plus(bl).minus(tl).plus(right.times(float64(i))).plus(down.times(float64(j)))
			if (sample{m, t.transform(at, dimension)}).timing(dimension) {
				likely = append(likely, corner{at, step * math.Hypot(float64(i), float64(j))})
			}
		}
	}
	slices.SortStableFunc(likely, func(a, b corner) int { return cmp.Compare(a.moved, b.moved) })
	return likely[:min(len(likely), cornersDecoded)]
}

// transform maps modules to pixels when the fourth corner is there.
func (t triple) transform(fourth point, dimension int) *common.PerspectiveTransform {
	return t.through(fourth, float64(dimension)-3.5, dimension)
}

// through is transform by a place that lies so many modules right and down.
func (t triple) through(fourth point, modules float64, dimension int) *common.PerspectiveTransform {
	far := float64(dimension) - 3.5
	return common.PerspectiveTransform_QuadrilateralToQuadrilateral(
		3.5, 3.5, far, 3.5, modules, modules, 3.5, far,
		t.topLeft.x, t.topLeft.y, t.topRight.x, t.topRight.y, fourth.x, fourth.y, t.bottomLeft.x, t.bottomLeft.y)
}

// dimension estimates how many modules the code is wide: 21, 25, ... 177; 0 when a pattern has no clear edge. The patterns are measured along
// the sides, at both ends, since perspective makes one end smaller.
func (t triple) dimension(m *gozxing.BitMatrix) int {
	tl, tr, bl := t.topLeft.point, t.topRight.point, t.bottomLeft.point
	modules := (modulesBetween(m, tl, tr) + modulesBetween(m, tl, bl)) / 2
	if math.IsNaN(modules) {
		return 0
	}
	return 4*int(math.Round((modules+7-17)/4)) + 17
}

func modulesBetween(m *gozxing.BitMatrix, a, b point) float64 {
	density := (1/ring(m, a, b) + 1/ring(m, b, a)) / 2
	return b.minus(a).length() * density
}

// ring measures a module in the finder pattern around from, in the direction of to: it is 3.5 modules to the pattern's outer edge.
func ring(m *gozxing.BitMatrix, from, to point) float64 {
	way := to.minus(from)
	step := way.times(0.25 / way.length())
	changes, black := 0, true
	for p, n := from, 0; n < 4*int(way.length()); n++ {
		if m.Get(int(p.x), int(p.y)) != black {
			changes, black = changes+1, !black
		}
		if changes == 3 {
			return p.minus(from).length() / 3.5
		}
		p = p.plus(step)
	}
	return math.NaN()
}

// sample reads single modules through a transform.
type sample struct {
	m         *gozxing.BitMatrix
	transform *common.PerspectiveTransform
}

func (s sample) black(x, y int) bool {
	at := [2]float64{float64(x) + 0.5, float64(y) + 0.5}
	s.transform.TransformPoints(at[:])
	return s.m.Get(int(at[0]), int(at[1]))
}

// timing reports whether both timing lines are right in four of five modules. It gives up early, since most places are wrong.
func (s sample) timing(dimension int) bool {
	wrongRight, wrongDown, most := 0, 0, (dimension-16)/5
	for i := 8; i < dimension-8; i++ {
		black := i%2 == 0
		if s.black(i, 6) != black {
			wrongRight++
		}
		if s.black(6, i) != black {
			wrongDown++
		}
		if wrongRight > most || wrongDown > most {
			return false
		}
	}
	return true
}
