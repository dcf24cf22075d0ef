package qrimage

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
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

// run climbs the ladder until every finder pattern seen on a rung belongs to a code that was read.
func (s *search) run() {
	for _, inverted := range []bool{false, true} {
		for _, scale := range scales(s.plane.width * s.plane.height) {
			p := s.plane.scaled(scale)
			if inverted {
				p = p.inverted()
			}
			if s.rung(p, scale) {
				return
			}
		}
		if len(s.finds) > 0 {
			return
		}
	}
}

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
	centres := s.unexplained(finderPatterns(m), scale)
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

func (s *search) unexplained(centres []*detector.FinderPattern, scale float64) []*detector.FinderPattern {
	var left []*detector.FinderPattern
	for _, c := range centres {
		if !s.explained(c, scale) {
			left = append(left, c)
		}
	}
	return left
}

// explained reports whether the pattern lies in a code that was read.
func (s *search) explained(c *detector.FinderPattern, scale float64) bool {
	for _, f := range s.finds {
		if f.area.holds(point{c.GetX() / scale, c.GetY() / scale}) {
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

// finderPatterns finds the squares that stand in three corners of every code. The library's own search stops at the first code.
func finderPatterns(m *gozxing.BitMatrix) []*detector.FinderPattern {
	finder := detector.NewFinderPatternFinder(m, nil)
	for y := detector.FinderPatternFinder_MIN_SKIP - 1; y < m.GetHeight(); y += detector.FinderPatternFinder_MIN_SKIP {
		crossRow(finder, m, y)
	}
	all := finder.GetPossibleCenters()
	var seenTwice []*detector.FinderPattern
	for _, c := range all {
		if c.GetCount() >= detector.FinderPatternFinder_CENTER_QUORUM {
			seenTwice = append(seenTwice, c)
		}
	}
	if len(seenTwice) >= 3 {
		return seenTwice
	}
	return all
}

// crossRow shows the finder every place of a row where black, white, black, white and black are as 1:1:3:1:1.
func crossRow(finder *detector.FinderPatternFinder, m *gozxing.BitMatrix, y int) {
	runs := make([]int, 5)
	state := 0 // which of the runs is being counted; the even ones are black
	for x := range m.GetWidth() {
		black := m.Get(x, y)
		switch {
		case black == (state%2 == 0):
			if state > 0 || black {
				runs[state]++
			}
		case state < 4:
			if state > 0 || runs[0] > 0 {
				state++
				runs[state]++
			}
		case detector.FinderPatternFinder_foundPatternCross(runs) && finder.HandlePossibleCenter(runs, y, x):
			clear(runs)
			state = 0
		default:
			runs[0], runs[1], runs[2], runs[3], runs[4] = runs[2], runs[3], runs[4], 1, 0
			state = 3
		}
	}
	if detector.FinderPatternFinder_foundPatternCross(runs) {
		finder.HandlePossibleCenter(runs, y, m.GetWidth())
	}
}

// hints make the library read undeclared bytes as Latin-1, which loses nothing, instead of guessing.
var hints = map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_CHARACTER_SET: "ISO-8859-1"}

func decode(bits *gozxing.BitMatrix) *common.DecoderResult {
	result, err := decoder.NewDecoder().Decode(bits, hints)
	if err != nil || result.GetText() == "" {
		return nil
	}
	return result
}
