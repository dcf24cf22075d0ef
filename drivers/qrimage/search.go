package qrimage

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
)

const (
	triplesTried    = 200 // sets of three finder patterns that are decoded as they stand, for each matrix
	triplesSearched = 20  // of those that failed, how many have their fourth corner searched
)

// search looks for codes on all rungs of the ladder.
type search struct {
	plane plane
	finds []find
}

// find is a code that was read, and where, in pixels of the whole picture.
type find struct {
	text string
	area quad
}

// run climbs the ladder until every mark seen on a rung belongs to a code that was read: each size in the two ways of the library, then a size in
// which much fits into little, by the neighbourhood's mean; and all of it light on dark.
func (s *search) run() {
	sizes := map[float64]plane{}
	for _, inverted := range []bool{false, true} {
		for _, scale := range scales(s.plane.width * s.plane.height) {
			if _, made := sizes[scale]; !made {
				sizes[scale] = s.plane.scaled(scale)
			}
			if s.rung(sizes[scale].light(inverted), scale) {
				return
			}
		}
		scale := min(1, math.Sqrt(localPixels/float64(max(1, s.plane.width*s.plane.height))))
		if m := localMatrix(s.plane.scaled(scale).light(inverted)); m != nil && s.look(m, scale) || len(s.finds) > 0 {
			return
		}
	}
}

// localPixels is how large a picture is looked at by its neighbourhoods.
const localPixels = 1_000_000

// rung looks at the picture in one size. It reports whether there is nothing left to look for.
func (s *search) rung(p plane, scale float64) bool {
	for _, b := range binarizers {
		if m := p.matrix(b); m != nil && s.look(m, scale) {
			return true
		}
	}
	return false
}

// scales are the sizes in which a picture of so many pixels is looked at. Fine patterns that beat with the pixels are read in a size beside the
// true one; photos of today have more pixels to a module than the finder likes.
func scales(pixels int) []float64 {
	switch {
	case pixels < 100_000:
		return []float64{1, 0.75, 1.5, 3}
	case pixels < 2_000_000:
		return []float64{1, 0.75, 1.5}
	}
	return []float64{1, math.Sqrt(2_000_000 / float64(pixels)), math.Sqrt(500_000 / float64(pixels))}
}

// look reads the codes in a matrix. It reports whether there is nothing left to look for.
func (s *search) look(m *gozxing.BitMatrix, scale float64) bool {
	centres := s.unexplained(marks(m), scale)
	tried, searched := 0, 0
	for _, t := range triples(centres) {
		if tried == triplesTried {
			break
		}
		if s.explained(t.topLeft, scale) || s.explained(t.topRight, scale) || s.explained(t.bottomLeft, scale) {
			continue
		}
		tried++
		result := t.read(m)
		if result == nil && searched < triplesSearched {
			searched++
			result = t.readSearching(m)
		}
		if result != nil {
			s.finds = append(s.finds, find{textOf(result), t.area().scaled(1 / scale)})
		}
	}
	return len(s.finds) > 0 && len(s.unexplained(centres, scale)) == 0
}

func (s *search) unexplained(centres []mark, scale float64) []mark {
	var left []mark
	for _, c := range centres {
		if !s.explained(c, scale) {
			left = append(left, c)
		}
	}
	return left
}

// explained reports whether the pattern lies in a code that was read.
func (s *search) explained(c mark, scale float64) bool {
	for _, f := range s.finds {
		if f.area.holds(c.times(1 / scale)) {
			return true
		}
	}
	return false
}

// texts are the finds in reading order, each text once.
func (s *search) texts() []string {
	slices.SortStableFunc(s.finds, func(a, b find) int {
		return cmp.Or(cmp.Compare(a.area.top(), b.area.top()), cmp.Compare(a.area.left(), b.area.left()))
	})
	texts := []string{}
	for _, f := range s.finds {
		if !slices.Contains(texts, f.text) {
			texts = append(texts, f.text)
		}
	}
	return texts
}
