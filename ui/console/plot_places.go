package console

import (
	"math"
	"slices"
	"strconv"
)

// displaced is how far from the shop a terminal's fix is shown, in metres: rough fixes are off by some hundreds
// (the detector's mark "home" ends at 350).
const displaced = 350

// plane turns positions into metres east and north of a centre, good enough within a county.
type plane struct{ lat, lon float64 }

func (p plane) of(at Point) [2]float64 {
	return [2]float64{(at.Lon - p.lon) * 111320 * math.Cos(p.lat*math.Pi/180), (at.Lat - p.lat) * 111320}
}

func far(at [2]float64) float64 { return math.Hypot(at[0], at[1]) }

// centre is the shop as registered, else the middle of its terminals' fixes, else of the places of claims.
func (f *CaseFile) centre() (c plane, from string) {
	if f.Shop != nil {
		return plane{f.Shop.Lat, f.Shop.Lon}, "shop"
	}
	for _, from := range []string{"fixes", "claims"} {
		var lat, lon []float64
		for i := range f.Rows {
			at := f.Rows[i].Fix
			if from == "claims" {
				at = f.Rows[i].ClaimAt
			}
			if at != nil {
				lat, lon = append(lat, at.Lat), append(lon, at.Lon)
			}
		}
		if len(lat) > 0 {
			slices.Sort(lat)
			slices.Sort(lon)
			return plane{lat[len(lat)/2], lon[len(lon)/2]}, from
		}
	}
	return plane{}, ""
}

// spread is what the map shows, in metres from its centre.
type spread struct {
	plain, suspected, fixes [][2]float64
	home, noFix, noClaim    int // fixes at the shop; redemptions without a fix, without a place of claim
	claims                  []float64
	bands                   []split
	fixBands                []int
}

// rings are the distances of the table, in metres.
var rings = []float64{500, 1000, 2000, 5000, 10000, 20000, 50000, math.Inf(1)}

func ringOf(m float64) int { return slices.IndexFunc(rings, func(r float64) bool { return m <= r }) }

func (t *teller) spread(p plane) spread {
	s := spread{bands: make([]split, len(rings)), fixBands: make([]int, len(rings))}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.Fix == nil {
			s.noFix++
		} else if at := p.of(*r.Fix); far(at) > displaced {
			s.fixes = append(s.fixes, at)
			s.fixBands[ringOf(far(at))]++
		} else {
			s.home++
			s.fixBands[0]++
		}
		if r.ClaimAt == nil {
			s.noClaim++
			continue
		}
		at := p.of(*r.ClaimAt)
		s.claims = append(s.claims, far(at))
		s.bands[ringOf(far(at))].add(r)
		if r.Suspected {
			s.suspected = append(s.suspected, at)
		} else {
			s.plain = append(s.plain, at)
		}
	}
	return s
}

// reach is how far the map goes: to nine tenths of what is to be seen, so that a few claims from other provinces do not
// make it useless; what lies beyond is shown at the edge.
func (s *spread) reach() float64 {
	most := 500.0
	for _, group := range [][][2]float64{append(slices.Clone(s.plain), s.suspected...), s.fixes} {
		var all []float64
		for _, at := range group {
			all = append(all, far(at))
		}
		if slices.Sort(all); len(all) > 0 {
			most = max(most, all[(len(all)-1)*9/10])
		}
	}
	return most * 1.08
}

// places shows where vouchers were claimed and where the terminals were, about the shop.
func (t *teller) places() figure {
	f := figure{ID: "places", Title: t.say("places_title")}
	p, from := t.centre()
	if from == "" {
		f.SVG = blank(f.ID, f.Title, t.say("places_none"))
		return f
	}
	s := t.spread(p)
	if from != "shop" {
		f.Notes = append(f.Notes, t.say("places_"+from))
	}
	if len(s.claims) > 0 {
		slices.Sort(s.claims)
		f.Notes = append(f.Notes, t.say("places_note", len(s.claims), t.metres(s.claims[len(s.claims)/2])))
	}
	f.Notes = append(f.Notes, t.fixNote(&s))
	if s.noFix > 0 && s.noFix < len(t.Rows) {
		f.Notes = append(f.Notes, t.say("fixes_unknown", s.noFix))
	}
	if s.noClaim > 0 {
		f.Notes = append(f.Notes, t.say("places_unclaimed", s.noClaim))
	}
	edge := t.chart(&f, &s, from)
	if edge > 0 {
		f.Notes = append(f.Notes, t.say("places_edge", edge))
	}
	f.Table.Head = []string{t.say("distance"), t.say("claims"), t.say("of_these_suspected"), t.say("fixes")}
	below := 0.0
	for i, r := range rings {
		name := t.say("beyond", t.metres(below))
		if !math.IsInf(r, 1) {
			name = t.metres(below) + " – " + t.metres(r)
		}
		f.Table.Rows = append(f.Table.Rows, []string{name, strconv.Itoa(s.bands[i].all()), strconv.Itoa(s.bands[i].suspected), strconv.Itoa(s.fixBands[i])})
		below = r
	}
	return f
}

func (t *teller) fixNote(s *spread) string {
	switch known := s.home + len(s.fixes); {
	case known == 0:
		return t.say("fixes_none")
	case len(s.fixes) == 0:
		return t.say("fixes_home", known)
	default:
		return t.say("fixes_away", len(s.fixes), known, displaced)
	}
}

// chart draws the map and says how many marks lie beyond its edge.
func (t *teller) chart(f *figure, s *spread, from string) (edge int) {
	const top, size = 28.0, 400.0
	d := &drawing{height: top + size + 8}
	half := size / 2
	x0, y0 := plotWidth/2, top+half
	reach := s.reach()
	scale := half / reach
	d.rect("frame", x0-half, top, size, size)
	step := nice(reach, 4)
	for r := step; r <= reach; r += step {
		d.circle("ring", x0, y0, r*scale)
		d.text("small", "middle", x0, max(y0-r*scale-3, top+12), t.metres(r))
	}
	d.line("grid", x0-half, y0, x0+half, y0)
	d.line("grid", x0, top, x0, top+size)
	place := func(all [][2]float64) [][2]float64 {
		out := make([][2]float64, len(all))
		for i, at := range all {
			x, y := at[0]*scale, -at[1]*scale
			if over := max(math.Abs(x), math.Abs(y)) / (half - 5); over > 1 {
				x, y = x/over, y/over
				edge++
			}
			out[i] = [2]float64{x0 + x, y0 + y}
		}
		return out
	}
	d.marks("dot", dot, place(s.plain))
	d.marks("bad", triangle, place(s.suspected))
	d.marks("fix", cross, place(s.fixes))
	d.marks("shop", square, [][2]float64{{x0, y0}})
	more := [][3]string{{"shop", square, t.say("centre_" + from)}}
	if len(s.fixes) > 0 {
		more = append(more, [3]string{"fix", cross, t.say("fix")})
	}
	d.text("small", "end", x0+half-6, top+16, t.say("north"))
	t.legendOf(d, [2]string{"dot", dot}, [2]string{"bad", triangle}, split{len(s.plain), len(s.suspected)}, more...)
	f.SVG = d.picture(f.ID, f.Title, t.list(f.Notes))
	return edge
}
