package console

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// box is where a plot with axes lies in its drawing.
type box struct{ left, top, right, bottom float64 }

var plotBox = box{left: 44, top: 28, right: plotWidth - 10, bottom: 232}

const plotHeight = 262

type billBand struct {
	below float64
	key   string
}

// billBands divide bills by how far they are above their thresholds, for the table.
var billBands = []billBand{{1, "band_below"}, {1.000001, "band_exact"}, {1.02, "band_2"}, {1.1, "band_10"}, {1.5, "band_50"}, {2, "band_100"}, {math.Inf(1), "band_more"}}

// billed is what can be drawn of a merchant's bills.
type billed struct {
	rows        []*Row
	n           split
	bands       []split
	first, last time.Time
	most        float64 // highest multiple of a threshold, at least 2
}

func (f *CaseFile) billed() billed {
	b := billed{bands: make([]split, len(billBands)), most: 2}
	for i := range f.Rows {
		r := &f.Rows[i]
		if r.Threshold <= 0 || r.Bill <= 0 {
			continue
		}
		if b.first.IsZero() || r.Time.Before(b.first) {
			b.first = r.Time
		}
		if r.Time.After(b.last) {
			b.last = r.Time
		}
		b.rows = append(b.rows, r)
		b.n.add(r)
		b.most = max(b.most, r.multiple())
		b.bands[slices.IndexFunc(billBands, func(band billBand) bool { return r.multiple() < band.below })].add(r)
	}
	return b
}

// multiple is the bill as a multiple of its threshold, for a picture and nothing else.
func (r *Row) multiple() float64 { return float64(r.Bill) / float64(r.Threshold) }

// bills shows each bill against its threshold.
func (t *teller) bills() figure {
	f := figure{ID: "bills", Title: t.say("bills_title")}
	b := t.billed()
	if unknown := len(t.Rows) - len(b.rows); unknown > 0 {
		f.Notes = append(f.Notes, t.say("bills_unknown", unknown))
	}
	if len(b.rows) == 0 {
		f.SVG = blank(f.ID, f.Title, t.say("bills_none"))
		return f
	}
	bare := b.bands[1].all() + b.bands[2].all()
	f.Notes = append([]string{t.say("bills_note", b.n.all(), bare, t.percent(float64(bare)/float64(b.n.all())))}, f.Notes...)
	f.SVG = t.scatter(&b).picture(f.ID, f.Title, f.Notes[0])
	f.Table.Head = []string{t.say("bill"), t.say("redemptions"), t.say("of_these_suspected")}
	for i, c := range b.bands {
		if i > 0 || c.all() > 0 {
			f.Table.Rows = append(f.Table.Rows, []string{t.say(billBands[i].key), strconv.Itoa(c.all()), strconv.Itoa(c.suspected)})
		}
	}
	return f
}

// lowest is the multiple at the bottom of the plot, so that what is at the threshold stands clear of the axis.
const lowest = 0.93

// scatter draws the bills over time, on a logarithmic scale.
func (t *teller) scatter(b *billed) *drawing {
	d, axis := &drawing{height: plotHeight}, newDates(b.first, b.last)
	high, low := math.Log(b.most*1.1), math.Log(lowest)
	y := func(multiple float64) float64 {
		return plotBox.bottom - (math.Log(max(multiple, lowest))-low)/(high-low)*(plotBox.bottom-plotBox.top)
	}
	for _, tick := range []float64{1, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000} {
		if tick > b.most*1.1 {
			break
		}
		if tick > 1 {
			d.line("grid", plotBox.left, y(tick), plotBox.right, y(tick))
		}
		d.text("tick", "end", plotBox.left-5, y(tick)+4, strconv.FormatFloat(tick, 'f', -1, 64)+"×")
	}
	axis.draw(d)
	d.line("limit", plotBox.left, y(1), plotBox.right, y(1))
	var plain, suspected [][2]float64
	for _, r := range b.rows {
		at := [2]float64{axis.x(r.Time), y(r.multiple())}
		if r.Suspected {
			suspected = append(suspected, at)
		} else {
			plain = append(plain, at)
		}
	}
	d.marks("dot", dot, plain)
	d.marks("bad", triangle, suspected)
	t.legendOf(d, [2]string{"dot", dot}, [2]string{"bad", triangle}, b.n, [3]string{"limit", "m-5 0h10", t.say("threshold")})
	return d
}

// dates is an axis of time along the bottom.
type dates struct {
	from, to time.Time
	days     int // from one tick to the next
}

// newDates begins and ends at midnights, so that a single hour has a day about it.
func newDates(first, last time.Time) dates {
	y, m, d := first.In(china).Date()
	a := dates{from: time.Date(y, m, d, 0, 0, 0, 0, china)}
	y, m, d = last.In(china).Date()
	a.to = time.Date(y, m, d+1, 0, 0, 0, 0, china)
	a.days = int(nice(a.to.Sub(a.from).Hours()/24, 8))
	return a
}

func (a dates) x(at time.Time) float64 {
	return plotBox.left + (plotBox.right-plotBox.left)*float64(at.Sub(a.from))/float64(a.to.Sub(a.from))
}

// draw writes the axis; days are named in their middle when each has a name, else at their beginning.
func (a dates) draw(d *drawing) {
	d.line("axis", plotBox.left, plotBox.bottom, plotBox.right, plotBox.bottom)
	for at, i := a.from, 0; at.Before(a.to); at, i = at.AddDate(0, 0, a.days), i+1 {
		x := a.x(at)
		d.line("grid", x, plotBox.top, x, plotBox.bottom)
		if a.days == 1 {
			x = a.x(at.Add(12 * time.Hour))
		}
		d.text("tick", "middle", x, plotBox.bottom+17, at.Format("01-02"))
	}
}
