package console

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// Plots are drawn in units of about a pixel, 460 wide: beside each other on a desk and on paper, and one below the other on
// a phone, where letters are then still ten pixels high. Colours are the style sheet's, by class, for light, dark and paper.
const plotWidth = 460.0

// drawing collects the elements of one plot.
type drawing struct {
	strings.Builder
	height float64
}

// num is a coordinate with at most one decimal.
func num(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		x = 0
	}
	return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64)
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, `<path class="%s" d="M%s %sL%s %s"/>`, class, num(x1), num(y1), num(x2), num(y2))
}

func (d *drawing) rect(class string, x, y, w, h float64) {
	if w > 0 && h > 0 {
		fmt.Fprintf(d, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"/>`, class, num(x), num(y), num(w), num(h))
	}
}

func (d *drawing) circle(class string, x, y, r float64) {
	fmt.Fprintf(d, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, num(x), num(y), num(r))
}

// text writes; anchor is start, middle or end.
func (d *drawing) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(d, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, num(x), num(y), html.EscapeString(s))
}

// marks draws many small shapes as one path: thousands of elements of their own would make the page slow. Those that would
// lie on each other are drawn once.
func (d *drawing) marks(class, shape string, at [][2]float64) {
	if len(at) == 0 {
		return
	}
	seen := make(map[string]bool, len(at))
	fmt.Fprintf(d, `<path class="%s" d="`, class)
	for _, p := range at {
		if where := num(p[0]) + " " + num(p[1]); !seen[where] {
			seen[where] = true
			d.WriteString("M" + where + shape)
		}
	}
	d.WriteString(`"/>`)
}

// The shapes of marks, drawn from their centre. A dot is a line without length and with round ends.
const (
	dot      = "h0"
	triangle = "m0-5l4.6 8h-9.2z"
	cross    = "m-4-4l8 8m0-8l-8 8"
	square   = "m-6-6h12v12h-12z"
)

// legend writes what the marks mean along the top.
func (d *drawing) legend(items ...[3]string) {
	x := 40.0
	for _, it := range items {
		class, shape, words := it[0], it[1], it[2]
		if shape == "" {
			d.rect(class, x-5, 6, 11, 11)
		} else {
			d.marks(class, shape, [][2]float64{{x, 12}})
		}
		d.text("small", "start", x+11, 16, words)
		x += 30 + width(words)
	}
}

// width is about how wide a text is: Chinese letters are twice as wide as others.
func width(s string) (w float64) {
	for _, r := range s {
		if r > 0x2e80 {
			w += 12
		} else {
			w += 6.3
		}
	}
	return w
}

// picture ends the drawing; title and desc are for those who cannot see it.
func (d *drawing) picture(id, title, desc string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="%[1]s-t %[1]s-d" viewBox="0 0 %[2]s %[3]s"><title id="%[1]s-t">%[4]s</title><desc id="%[1]s-d">%[5]s</desc>%[6]s</svg>`,
		id, num(plotWidth), num(d.height), html.EscapeString(title), html.EscapeString(desc), d.String()))
}

// blank is a plot of which nothing can be drawn, with a sentence that says why.
func blank(id, title, why string) template.HTML {
	d := &drawing{height: 90}
	d.rect("frame", 1, 1, plotWidth-2, 88)
	d.text("", "middle", plotWidth/2, 50, why)
	return d.picture(id, title, why)
}

// nice gives a round step (1, 2 or 5 times a power of ten) that cuts a range into at most n pieces; at least 1.
func nice(most float64, n int) float64 {
	step := 1.0
	for i := 0; most/step > float64(n); i++ {
		step *= []float64{2, 2.5, 2}[i%3]
	}
	return step
}
