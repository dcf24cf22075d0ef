package qrimage

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
)

const (
	cornerReach    = 10 // half modules that the corner is moved either way. 6 lose 3 of 600 test pictures, more than 10 win none (measured 2026-11)
	cornersDecoded = 40 // of the corners that look right. 12 lose 21 of the same pictures, 200 win none
)

// readSearching decodes a tilted code. Three patterns and a guessed fourth corner make a parallelogram, which a tilted code is not; so the corner is
// moved about until the two timing lines, which are black and white by turns, are read right. nil: not a code.
func (t triple) readSearching(m *gozxing.BitMatrix) *common.DecoderResult {
	for _, dimension := range near(t.dimension(m)) {
		for _, c := range t.corners(m, dimension) {
			bits, err := common.GridSampler_GetInstance().SampleGridWithTransform(m, dimension, dimension, t.transform(c.at, dimension))
			if err != nil {
				continue
			}
			if result := decode(bits); result != nil {
				return result
			}
		}
	}
	return nil
}

// near are the dimensions to try where one was measured, nearest first. A measure that is two per cent wrong is right for small codes only.
func near(measured int) []int {
	var all []int
	for _, off := range []int{0, 4, -4, 8, -8} {
		if d := measured + off; d >= 21 && d <= 177 && (off == 0 || measured >= 57) {
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
	right, down := tr.minus(tl).times(0.5/float64(dimension-7)), bl.minus(tl).times(0.5/float64(dimension-7))
	var likely []corner
	for i := -cornerReach; i <= cornerReach; i++ {
		for j := -cornerReach; j <= cornerReach; j++ {
			at := tr.plus(bl).minus(tl).plus(right.times(float64(i))).plus(down.times(float64(j)))
			if (sample{m, t.transform(at, dimension)}).timing(dimension) {
				likely = append(likely, corner{at, math.Hypot(float64(i), float64(j)) / 2})
			}
		}
	}
	slices.SortStableFunc(likely, func(a, b corner) int { return cmp.Compare(a.moved, b.moved) })
	return likely[:min(len(likely), cornersDecoded)]
}

// transform maps modules to pixels when the fourth corner is there.
func (t triple) transform(fourth point, dimension int) *common.PerspectiveTransform {
	far := float64(dimension) - 3.5
	return common.PerspectiveTransform_QuadrilateralToQuadrilateral(
		3.5, 3.5, far, 3.5, far, far, 3.5, far,
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
