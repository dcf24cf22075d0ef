package qrimage_test

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"hexiao/drivers/qrimage"
)

// room is what a camera sees where no code is: areas of light and shade, things with edges, print, noise.
func room(width, height int, seed uint64) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, width, height))
	r := rand.New(rand.NewPCG(seed, 3))
	fx, fy := 2+3*r.Float64(), 2+3*r.Float64()
	g = changed(g, func(x, y int, _ byte) byte {
		return byte(128 + 60*math.Sin(fx*float64(x)/float64(width))*math.Cos(fy*float64(y)/float64(height)))
	})
	for range 120 {
		w, h := 2+r.IntN(width/6), 2+r.IntN(height/6)
		x0, y0, v := r.IntN(width), r.IntN(height), byte(r.IntN(256))
		for y := y0; y < min(height, y0+h); y++ {
			for x := x0; x < min(width, x0+w); x++ {
				if r.IntN(9) > 0 || w > 40 {
					g.Pix[y*g.Stride+x] = v
				}
			}
		}
	}
	for range height / 30 { // lines of print
		x0, y0, h := r.IntN(width), r.IntN(height), 3+r.IntN(9)
		for x := x0; x < min(width, x0+width/3); x += 1 + r.IntN(h) {
			for y := y0; y < min(height, y0+h); y++ {
				g.Pix[y*g.Stride+x] = 20
			}
		}
	}
	return noisy(g, 5, seed)
}

// withCode lays a voucher's code, tilted a little, into a third of the room.
func withCode(t testing.TB, g *image.Gray) *image.Gray {
	code := photo(drawn(t, voucherText(900), max(3, g.Rect.Dy()/160)), 20, 15, 40)
	at := image.Pt((g.Rect.Dx()-code.Rect.Dx())/2, (g.Rect.Dy()-code.Rect.Dy())/2)
	return changed(g, func(x, y int, v byte) byte {
		p := image.Pt(x, y).Sub(at)
		if p.In(code.Rect) {
			return code.GrayAt(p.X, p.Y).Y
		}
		return v
	})
}

// BenchmarkFrame prints what one frame costs: a glance as a camera takes eight of in a second, and the whole ladder, which every fourth frame and each
// dropped picture climbs. Of what is looked at without a code the costs are those of a camera before which nothing is.
func BenchmarkFrame(b *testing.B) {
	for _, size := range [][2]int{{640, 480}, {1280, 720}, {4000, 3000}} {
		empty := room(size[0], size[1], 7)
		for name, g := range map[string]*image.Gray{"code": withCode(b, empty), "none": empty} {
			for look, thorough := range map[string]bool{"glance": false, "ladder": true} {
				b.Run(fmt.Sprintf("%dx%d/%s/%s", size[0], size[1], name, look), func(b *testing.B) {
					for b.Loop() {
						texts, err := qrimage.Frame(g.Pix, size[0], size[1], thorough)
						if err != nil || (len(texts) == 1) != (name == "code") {
							b.Fatal(texts, err)
						}
					}
					b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/frame")
				})
			}
		}
	}
}
