package qrimage

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// patternsKept bounds the work on a picture that is full of false patterns: of 60 there are 34,220 threes.
const patternsKept = 60

// triple is three finder patterns that may belong to one code.
type triple struct {
	topLeft, topRight, bottomLeft *detector.FinderPattern
	distortion                    float64 // how far from half a square, 0 is exact
}

// triples are the likely threes among the patterns, the least distorted first.
func triples(patterns []*detector.FinderPattern) []triple {
	if len(patterns) > patternsKept {
		patterns = slices.Clone(patterns)
		slices.SortStableFunc(patterns, func(a, b *detector.FinderPattern) int { return cmp.Compare(b.GetCount(), a.GetCount()) })
		patterns = patterns[:patternsKept]
	}
	var all []triple
	for i, a := range patterns {
		for j, b := range patterns[i+1:] {
			for _, c := range patterns[i+j+2:] {
				if t, ok := newTriple(a, b, c); ok {
					all = append(all, t)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b triple) int { return cmp.Compare(a.distortion, b.distortion) })
	return all
}

// newTriple orders three patterns. It reports false for what no code looks like, even tilted by 50 degrees: sizes that differ by more than
// 1.6, sides that differ by more than 1.8, an angle far from 90 degrees, or a side shorter or longer than codes have.
func newTriple(a, b, c *detector.FinderPattern) (triple, bool) {
	sizes := []float64{a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize(), c.GetEstimatedModuleSize()}
	if slices.Max(sizes) > 1.6*slices.Min(sizes) {
		return triple{}, false
	}
	bottomLeft, topLeft, topRight := gozxing.ResultPoint_OrderBestPatterns(a, b, c)
	right, down := pointOf(topRight).minus(pointOf(topLeft)), pointOf(bottomLeft).minus(pointOf(topLeft))
	across, along := right.length(), down.length()
	leg := (across + along) / 2
	modules := leg * 3 / (sizes[0] + sizes[1] + sizes[2])
	cosine := (right.x*down.x + right.y*down.y) / (across * along)
	if modules < 9 || modules > 180 || max(across, along) > 1.8*min(across, along) || math.Abs(cosine) > 0.7 {
		return triple{}, false
	}
	return triple{
		topLeft: topLeft.(*detector.FinderPattern), topRight: topRight.(*detector.FinderPattern), bottomLeft: bottomLeft.(*detector.FinderPattern),
		distortion: math.Abs(cosine) + math.Abs(across-along)/leg,
	}, true
}

// read decodes the code as the library sees it: by the alignment pattern if it finds one, else as a parallelogram. nil: not a code.
func (t triple) read(m *gozxing.BitMatrix) *common.DecoderResult {
	info := detector.NewFinderPatternInfo(t.bottomLeft, t.topLeft, t.topRight)
	detected, err := detector.NewDetector(m).ProcessFinderPatternInfo(info)
	if err != nil {
		return nil
	}
	return decode(detected.GetBits())
}

// area is about where the code lies: the parallelogram of the patterns, half a pattern wider all around.
func (t triple) area() quad {
	tl, tr, bl := pointOf(t.topLeft), pointOf(t.topRight), pointOf(t.bottomLeft)
	right, down := tr.minus(tl), bl.minus(tl)
	margin := 4 * (t.topLeft.GetEstimatedModuleSize() + t.topRight.GetEstimatedModuleSize() + t.bottomLeft.GetEstimatedModuleSize()) / 3
	r, d := right.times(margin/right.length()), down.times(margin/down.length())
	br := tr.plus(down)
	return quad{tl.minus(r).minus(d), tr.plus(r).minus(d), br.plus(r).plus(d), bl.minus(r).plus(d)}
}

type point struct{ x, y float64 }

func pointOf(p gozxing.ResultPoint) point { return point{p.GetX(), p.GetY()} }

func (p point) plus(q point) point    { return point{p.x + q.x, p.y + q.y} }
func (p point) minus(q point) point   { return point{p.x - q.x, p.y - q.y} }
func (p point) times(f float64) point { return point{p.x * f, p.y * f} }
func (p point) length() float64       { return math.Hypot(p.x, p.y) }
func (p point) cross(q point) float64 { return p.x*q.y - p.y*q.x }

// quad is four corners in order around.
type quad [4]point

func (q quad) scaled(f float64) quad {
	for i := range q {
		q[i] = q[i].times(f)
	}
	return q
}

// holds reports whether the point lies inside: on the same side of all four sides.
func (q quad) holds(p point) bool {
	left, right := 0, 0
	for i, corner := range q {
		if q[(i+1)%4].minus(corner).cross(p.minus(corner)) < 0 {
			left++
		} else {
			right++
		}
	}
	return left == 0 || right == 0
}

func (q quad) top() float64  { return min(q[0].y, q[1].y, q[2].y, q[3].y) }
func (q quad) left() float64 { return min(q[0].x, q[1].x, q[2].x, q[3].x) }
