package qrimage

import (
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// mark is a place that looks like the square in three corners of every code: black, white, black, white, black as 1:1:3:1:1, whichever way it is
// crossed.
type mark struct {
	point
	size  float64 // pixels to a module, the mean of across and down
	count int     // how many rows showed it
}

func (m mark) pattern() *detector.FinderPattern { return detector.NewFinderPattern1(m.x, m.y, m.size) }

// everyRow is how many rows the search goes on by: of the smallest square that can be read at least one row is met.
const everyRow = 3

// marks finds the squares. The library's own search stops at the first code, and wants a square as high as it is wide within 40 %: tilted by 50
// degrees it is a third lower or more, and by 60 half as high.
func marks(m *gozxing.BitMatrix) []mark {
	f := finder{m: m, width: m.GetWidth()}
	for y := everyRow - 1; y < m.GetHeight(); y += everyRow {
		f.row(y)
	}
	var seenTwice []mark
	for _, k := range f.found {
		if k.count > 1 {
			seenTwice = append(seenTwice, k)
		}
	}
	if len(seenTwice) >= 3 {
		return seenTwice
	}
	return f.found
}

type finder struct {
	m     *gozxing.BitMatrix
	width int
	edges []int
	found []mark
}

// row looks at every place of a row whose lengths are right.
func (f *finder) row(y int) {
	f.edges = f.edges[:0]
	black := false
	for x := range f.width {
		if f.m.Get(x, y) != black {
			f.edges = append(f.edges, x)
			black = !black
		}
	}
	if black {
		f.edges = append(f.edges, f.width)
	}
	for e := f.edges; len(e) >= 6; e = e[2:] { // begins with a black run
		if runs := (lengths{e[1] - e[0], e[2] - e[1], e[3] - e[2], e[4] - e[3], e[5] - e[4]}); runs.square(2) {
			f.look(float64(e[2]+e[3])/2, y, float64(runs.total()))
		}
	}
}

// look crosses the place down, across again through the middle that this gives, and slantwise.
func (f *finder) look(x float64, y int, across float64) {
	down, ok := f.cross(int(x), y, 0, 1, 2)
	if !ok || down.total > 2.5*across || across > 2.5*down.total {
		return
	}
	middle := float64(y) + down.off
	again, ok := f.cross(int(x), int(middle), 1, 0, 2)
	if !ok {
		return
	}
	x = math.Floor(x) + again.off
	_, falling := f.cross(int(x), int(middle), 1, 1, 1.3)
	_, rising := f.cross(int(x), int(middle), 1, -1, 1.3)
	if falling || rising {
		f.add(mark{point{x, middle}, math.Sqrt(again.total*down.total) / 7, 1})
	}
}

// add joins what is the same square with what was found of it.
func (f *finder) add(k mark) {
	for i := range f.found {
		o := &f.found[i]
		if math.Abs(o.x-k.x) <= o.size && math.Abs(o.y-k.y) <= o.size && math.Abs(o.size-k.size) <= max(1, o.size/2) {
			n := float64(o.count)
			o.point = o.times(n).plus(k.point).times(1 / (n + 1))
			o.size = (o.size*n + k.size) / (n + 1)
			o.count++
			return
		}
	}
	f.found = append(f.found, k)
}

// crossing is a way through a square: its length in steps, and where the middle lies from where it began.
type crossing struct{ total, off float64 }

// cross goes both ways from a place in the middle of a square. It reports false where the lengths are not those of one.
func (f *finder) cross(x, y, dx, dy int, strict float64) (crossing, bool) {
	if !f.m.Get(x, y) {
		return crossing{}, false
	}
	back, fore := f.arm(x, y, -dx, -dy), f.arm(x, y, dx, dy)
	runs := lengths{back[2], back[1], back[0] + fore[0] + 1, fore[1], fore[2]}
	if !runs.square(strict) {
		return crossing{}, false
	}
	return crossing{float64(runs.total()), float64(fore[0]-back[0])/2 + 0.5}, true
}

// arm counts the steps on black, then on white, then on black. Outside of the picture all is white.
func (f *finder) arm(x, y, dx, dy int) (steps [3]int) {
	black := true
	for i := range steps {
		most := 4*(steps[0]+2) + 8 // no run of a square is longer than four times the half of its middle, by far
		for {
			x, y = x+dx, y+dy
			if f.m.Get(x, y) != black {
				break
			}
			if steps[i]++; i > 0 && steps[i] > most || x < 0 || y < 0 || x >= f.width || y >= f.m.GetHeight() {
				return [3]int{}
			}
		}
		if i > 0 {
			steps[i]++ // the step that ended the run before belongs to this one
		}
		black = !black
	}
	return steps
}

// lengths of five runs, black at both ends.
type lengths [5]int

func (l lengths) total() int { return l[0] + l[1] + l[2] + l[3] + l[4] }

// square tells whether they are as 1:1:3:1:1, each within a module divided by strict, the middle one within three times that.
func (l lengths) square(strict float64) bool {
	total := l.total()
	if total < 7 || l[0] == 0 || l[1] == 0 || l[3] == 0 || l[4] == 0 {
		return false
	}
	module := float64(total) / 7
	most := module / strict
	return math.Abs(module-float64(l[0])) < most && math.Abs(module-float64(l[1])) < most && math.Abs(3*module-float64(l[2])) < 3*most &&
		math.Abs(module-float64(l[3])) < most && math.Abs(module-float64(l[4])) < most
}
