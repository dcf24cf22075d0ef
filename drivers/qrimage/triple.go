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

// triple is three marks that may belong to one code.
type triple struct {
	topLeft, topRight, bottomLeft mark
	distortion                    float64 // how far from half a square, 0 is exact
}

// triples are the likely threes among the marks, the least distorted first.
func triples(marks []mark) []triple {
	if len(marks) > patternsKept {
		marks = slices.Clone(marks)
		slices.SortStableFunc(marks, func(a, b mark) int { return cmp.Compare(b.count, a.count) })
		marks = marks[:patternsKept]
	}
	var all []triple
	for i, a := range marks {
		for j, b := range marks[i+1:] {
			if !alike(a, b) {
				continue
			}
			for _, c := range marks[i+j+2:] {
				for _, t := range [3]triple{{topLeft: a, topRight: b, bottomLeft: c}, {topLeft: b, topRight: c, bottomLeft: a}, {topLeft: c, topRight: a, bottomLeft: b}} {
					if t.likely() {
						all = append(all, t)
					}
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b triple) int { return cmp.Compare(a.distortion, b.distortion) })
	return all
}

func alike(a, b mark) bool { return max(a.size, b.size) <= 1.6*min(a.size, b.size) }

// likely reports false for what no code looks like, even tilted by 60 degrees: sizes that differ by more than 1.6, sides that differ by more than
// 2.6, an angle far from 90 degrees, or a side shorter or longer than codes have. Which corner is the one between the others is not told by
// the longest side: tilted that far a code may be narrower there than its own sides are. It puts the others in order.
func (t *triple) likely() bool {
	if !alike(t.topLeft, t.bottomLeft) || !alike(t.topRight, t.bottomLeft) || !alike(t.topLeft, t.topRight) {
		return false
	}
	right, down := t.topRight.minus(t.topLeft.point), t.bottomLeft.minus(t.topLeft.point)
	across, along := right.length(), down.length()
	leg := (across + along) / 2
	modules := leg * 3 / (t.topLeft.size + t.topRight.size + t.bottomLeft.size)
	cosine := (right.x*down.x + right.y*down.y) / (across * along)
	if modules < 9 || modules > 180 || max(across, along) > 2.6*min(across, along) || math.Abs(cosine) > 0.68 {
		return false
	}
	if right.cross(down) < 0 { // as a code lies that is not mirrored
		t.topRight, t.bottomLeft = t.bottomLeft, t.topRight
	}
	t.distortion = math.Abs(cosine) + math.Abs(across-along)/leg
	return true
}

// read decodes the code as the library sees it: by the alignment pattern if it finds one, else as a parallelogram. nil: not a code.
func (t triple) read(m *gozxing.BitMatrix) *common.DecoderResult {
	info := detector.NewFinderPatternInfo(t.bottomLeft.pattern(), t.topLeft.pattern(), t.topRight.pattern())
	detected, err := detector.NewDetector(m).ProcessFinderPatternInfo(info)
	if err != nil {
		return nil
	}
	return decode(detected.GetBits())
}

// area is about where the code lies: the parallelogram of the patterns, half a pattern wider all around.
func (t triple) area() quad {
	tl, tr, bl := t.topLeft.point, t.topRight.point, t.bottomLeft.point
	right, down := tr.minus(tl), bl.minus(tl)
	margin := 4 * (t.topLeft.size + t.topRight.size + t.bottomLeft.size) / 3
	r, d := right.times(margin/right.length()), down.times(margin/down.length())
	br := tr.plus(down)
	return quad{tl.minus(r).minus(d), tr.plus(r).minus(d), br.plus(r).plus(d), bl.minus(r).plus(d)}
}

type point struct{ x, y float64 }

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
