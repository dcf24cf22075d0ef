package qrimage_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hexiao/drivers/qrimage"
)

// rung is one condition under which codes are read, and how many of tries must be, of each kind of code. A misread is a fault whatever the count. The
// counts are what was read in 2026-11, in a few hard places one less; the library alone reads none of the codes tilted by 25 degrees and more.
type rung struct {
	name           string
	make           func(t testing.TB, text string, modulePixels, i int) *image.Gray
	small, voucher int // at least, of tries
}

const tries = 6

// Kinds of code: payment codes are of version 1, which has no alignment pattern, at 7 pixels a module as in the table of 2026-11; vouchers
// are of version 7.
const (
	smallPixels   = 7
	voucherPixels = 4
)

func payment(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 9))
	text := []byte("28")
	for len(text) < 18 {
		text = append(text, byte('0'+r.IntN(10)))
	}
	return string(text)
}

// turn and axis are any angles, others for each try.
func turn(i int) float64 { return math.Mod(float64(i)*137.5, 360) }
func axis(i int) float64 { return math.Mod(float64(i)*53.1+11, 180) }

func tilted(degrees float64) func(testing.TB, string, int, int) *image.Gray {
	return func(t testing.TB, text string, pixels, i int) *image.Gray {
		return photo(drawn(t, text, pixels), turn(i), degrees, axis(i))
	}
}

// onTurned changes a code that is turned and a little tilted.
func onTurned(change func(g *image.Gray, i int) *image.Gray) func(testing.TB, string, int, int) *image.Gray {
	return func(t testing.TB, text string, pixels, i int) *image.Gray {
		return change(photo(drawn(t, text, pixels), turn(i), float64(i%3)*6, axis(i)), i)
	}
}

// atModule samples a code at so many pixels a module, by the pixel's whole area or by its centre.
func atModule(pixels float64, careless bool) func(testing.TB, string, int, int) *image.Gray {
	return func(t testing.TB, text string, _, i int) *image.Gray {
		code := drawn(t, text, 12)
		f := (pixels + 0.013*float64(i)) / 12
		if careless {
			return shrunk(code, f)
		}
		return resized(code, f)
	}
}

// resized makes each pixel of the area that it covers.
func resized(g *image.Gray, f float64) *image.Gray {
	w, h := int(float64(g.Rect.Dx())*f), int(float64(g.Rect.Dy())*f)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sum, n := 0, 0
			for v := float64(y) / f; v < float64(y+1)/f; v++ {
				for u := float64(x) / f; u < float64(x+1)/f; u++ {
					sum += int(at(g, int(u), int(v)))
					n++
				}
			}
			out.Pix[y*out.Stride+x] = byte(sum / n)
		}
	}
	return out
}

// larger is the picture blown up, with straight lines between its pixels.
func larger(g *image.Gray, f float64) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, int(float64(g.Rect.Dx())*f), int(float64(g.Rect.Dy())*f)))
	return changed(out, func(x, y int, _ byte) byte {
		u, v := (float64(x)+0.5)/f-0.5, (float64(y)+0.5)/f-0.5
		x0, y0 := int(math.Floor(u)), int(math.Floor(v))
		a, b := u-float64(x0), v-float64(y0)
		top := float64(at(g, x0, y0))*(1-a) + float64(at(g, x0+1, y0))*a
		low := float64(at(g, x0, y0+1))*(1-a) + float64(at(g, x0+1, y0+1))*a
		return byte(top*(1-b) + low*b)
	})
}

func squeezed(quality int) func(*image.Gray, int) *image.Gray {
	return func(g *image.Gray, _ int) *image.Gray {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, g, &jpeg.Options{Quality: quality}); err != nil {
			panic(err)
		}
		img, err := jpeg.Decode(&b)
		if err != nil {
			panic(err)
		}
		return img.(*image.Gray)
	}
}

func contrast(levels int) func(*image.Gray, int) *image.Gray {
	return func(g *image.Gray, i int) *image.Gray {
		return changed(g, func(_, _ int, v byte) byte { return byte(40+9*i) + byte(int(v)*levels/255) })
	}
}

// glare is a saturated blob over so much of the code, with a soft edge, away from the finder patterns at the code's middle.
func glare(share float64) func(*image.Gray, int) *image.Gray {
	return func(g *image.Gray, i int) *image.Gray {
		side := float64(g.Rect.Dx())
		r := 0.75 * side / 1.6 * math.Sqrt(share/math.Pi) // the margin is no part of the code
		cx, cy := side*(0.5+0.05*math.Cos(float64(i))), side*(0.5+0.05*math.Sin(float64(i)))
		return changed(g, func(x, y int, v byte) byte {
			d := math.Hypot(float64(x)-cx, float64(y)-cy)
			if d < r {
				return 255
			}
			return byte(min(255, float64(v)+255*max(0, 1-(d-r)/(r/5))))
		})
	}
}

func shaded(g *image.Gray, i int) *image.Gray {
	width := float64(g.Rect.Dx())
	s, c := math.Sincos(float64(i))
	return changed(g, func(x, y int, v byte) byte {
		along := (c*(float64(x)-width/2)+s*(float64(y)-width/2))/width + 0.5 // 0 to 1, more in the corners
		return byte(float64(v) * (1 - 0.95*max(0, min(1, along))))
	})
}

func inverted(g *image.Gray, _ int) *image.Gray {
	return changed(g, func(_, _ int, v byte) byte { return ^v })
}

// moire lays the grid of a screen's pixels over the picture, which beats with the camera's.
func moire(g *image.Gray, i int) *image.Gray {
	period := 2.2 + 0.11*float64(i)
	return noisy(changed(g, func(x, y int, v byte) byte {
		wave := 0.75 + 0.25*math.Cos(2*math.Pi*float64(x)/period)*math.Cos(2*math.Pi*float64(y)/(period*1.03))
		return byte(20 + 0.9*float64(v)*wave)
	}), 6, uint64(i))
}

// shaken is moved while it is taken, by so many pixels, in any direction.
func shaken(pixels int) func(*image.Gray, int) *image.Gray {
	return func(g *image.Gray, i int) *image.Gray {
		s, c := math.Sincos(float64(i) * 0.7)
		return changed(g, func(x, y int, _ byte) byte {
			sum := 0
			for k := range pixels {
				d := float64(k) - float64(pixels-1)/2
				sum += int(at(g, x+int(math.Round(d*c)), y+int(math.Round(d*s))))
			}
			return byte(sum / pixels)
		})
	}
}

// onPhone is a picture on the screen of a phone, seen from the side: a dark frame with rounded corners, lines of text above and below, on a
// counter full of other things.
func onPhone(degrees float64) func(testing.TB, string, int, int) *image.Gray {
	return func(t testing.TB, text string, pixels, i int) *image.Gray {
		code := drawn(t, text, pixels)
		side := code.Rect.Dx()
		scene := image.NewGray(image.Rect(0, 0, 2*side, 2*side))
		r := rand.New(rand.NewPCG(uint64(i), 4))
		draw.Draw(scene, scene.Rect, image.NewUniform(grey(110)), image.Point{}, draw.Src)
		for range 60 { // what lies about
			x, y := r.IntN(2*side), r.IntN(2*side)
			draw.Draw(scene, image.Rect(x, y, x+4+r.IntN(side/4), y+4+r.IntN(side/8)), image.NewUniform(grey(byte(r.IntN(256)))), image.Point{}, draw.Src)
		}
		phone := image.Rect(side/2-side/10, side/10, side*3/2+side/10, 2*side-side/10)
		draw.Draw(scene, phone, image.NewUniform(grey(15)), image.Point{}, draw.Src)
		draw.Draw(scene, phone.Inset(side/20), image.NewUniform(grey(235)), image.Point{}, draw.Src)
		for y := phone.Min.Y + side/12; y < phone.Max.Y-side/12; y += side / 16 {
			for x := phone.Min.X + side/10; x < phone.Max.X-side/10; x += 2 + r.IntN(8) {
				draw.Draw(scene, image.Rect(x, y, x+1+r.IntN(4), y+side/32), image.NewUniform(grey(40)), image.Point{}, draw.Src)
			}
		}
		draw.Draw(scene, code.Rect.Add(image.Pt(side/2, side/2)), code, image.Point{}, draw.Src)
		seen := photo(scene, float64(i*7%30)-15, degrees, 90)
		return noisy(blurred(seen, 1), 8, uint64(i))
	}
}

// dotted draws the modules as dots, as shops like it; finder patterns stay.
func dotted(t testing.TB, text string, pixels, i int) *image.Gray {
	const fine = 12
	code := drawn(t, text, fine)
	n := code.Rect.Dx()/fine - 8
	dots := changed(code, func(x, y int, v byte) byte {
		mx, my := x/fine-4, y/fine-4
		if mx < 7 && my < 7 || mx >= n-7 && my < 7 || mx < 7 && my >= n-7 {
			return v
		}
		if math.Hypot(float64(x%fine)-fine/2+0.5, float64(y%fine)-fine/2+0.5) > 0.45*fine {
			return 255
		}
		return v
	})
	return photo(resized(dots, float64(pixels)/fine), turn(i), float64(i%3)*6, axis(i))
}

// logo covers the middle of the code with a picture.
func logo(g *image.Gray, i int) *image.Gray {
	r := 0.11 * float64(g.Rect.Dx()) / 1.6
	c := float64(g.Rect.Dx()) / 2
	return changed(g, func(x, y int, v byte) byte {
		if d := math.Hypot(float64(x)-c, float64(y)-c); d < r {
			return byte(60 + int(d)*9%150)
		}
		return v
	})
}

func grey(v byte) color.Gray { return color.Gray{Y: v} }

var ladder = []rung{
	{"tilted by 10 degrees", tilted(10), 6, 6},
	{"tilted by 15", tilted(15), 6, 6},
	{"tilted by 20", tilted(20), 6, 6},
	{"tilted by 25", tilted(25), 6, 6},
	{"tilted by 30", tilted(30), 6, 6},
	{"tilted by 40", tilted(40), 6, 6},
	{"tilted by 50", tilted(50), 6, 6},
	{"tilted by 55", tilted(55), 6, 6},
	{"tilted by 60", tilted(60), 5, 5},
	{"on a phone", onPhone(0), 6, 6},
	{"on a phone from the side, 25 degrees", onPhone(25), 6, 6},
	{"on a phone from the side, 40 degrees", onPhone(40), 6, 6},
	{"on a phone from the side, 50 degrees", onPhone(50), 5, 4},
	{"3 pixels a module", atModule(3, false), 6, 6},
	{"2.5 pixels a module", atModule(2.5, false), 6, 6},
	{"2 pixels a module", atModule(2, false), 6, 6},
	{"1.8 pixels a module", atModule(1.8, false), 6, 6},
	{"1.5 pixels a module", atModule(1.5, false), 6, 6},
	{"2.3 pixels a module, sampled carelessly", atModule(2.3, true), 6, 6},
	{"1.7 pixels a module, sampled carelessly", atModule(1.7, true), 6, 6},
	{"2 pixels a module, blown up three times", func(t testing.TB, text string, p, i int) *image.Gray {
		return larger(atModule(2, false)(t, text, p, i), 3)
	}, 6, 6},
	{"blurred twice", onTurned(func(g *image.Gray, _ int) *image.Gray { return blurred(g, 2) }), 6, 6},
	{"blurred four times", onTurned(func(g *image.Gray, _ int) *image.Gray { return blurred(g, 4) }), 6, 6},
	{"blurred six times", onTurned(func(g *image.Gray, _ int) *image.Gray { return blurred(g, 6) }), 6, 6},
	{"shaken by 5 pixels", onTurned(shaken(5)), 6, 6},
	{"shaken by 8 pixels", onTurned(shaken(8)), 6, 2},
	{"noise of 40 grey levels", onTurned(func(g *image.Gray, i int) *image.Gray { return noisy(g, 40, uint64(i)) }), 6, 6},
	{"noise of 60", onTurned(func(g *image.Gray, i int) *image.Gray { return noisy(g, 60, uint64(i)) }), 6, 6},
	{"noise of 80", onTurned(func(g *image.Gray, i int) *image.Gray { return noisy(g, 80, uint64(i)) }), 5, 5},
	{"contrast of 40 grey levels", onTurned(contrast(40)), 6, 6},
	{"contrast of 20", onTurned(contrast(20)), 6, 6},
	{"contrast of 10", onTurned(contrast(10)), 5, 3},
	{"contrast of 40, noise of 8", onTurned(func(g *image.Gray, i int) *image.Gray { return noisy(contrast(40)(g, i), 8, uint64(i)) }), 6, 6},
	{"a shade of 95 percent", onTurned(shaded), 6, 6},
	{"light on dark", onTurned(inverted), 6, 6},
	{"light on dark, tilted by 40", func(t testing.TB, text string, p, i int) *image.Gray { return inverted(tilted(40)(t, text, p, i), i) }, 6, 6},
	{"mirrored", onTurned(func(g *image.Gray, _ int) *image.Gray {
		return changed(g, func(x, y int, _ byte) byte { return at(g, g.Rect.Dx()-1-x, y) })
	}), 6, 6},
	{"mirrored, tilted by 30", func(t testing.TB, text string, p, i int) *image.Gray {
		g := tilted(30)(t, text, p, i)
		return changed(g, func(x, y int, _ byte) byte { return at(g, g.Rect.Dx()-1-x, y) })
	}, 6, 6},
	{"no margin, on black", func(t testing.TB, text string, p, i int) *image.Gray {
		g := drawn(t, text, p)
		bare := g.SubImage(g.Rect.Inset(4 * p)).(*image.Gray)
		out := image.NewGray(image.Rect(0, 0, bare.Rect.Dx()+20+i, bare.Rect.Dy()+20+i))
		draw.Draw(out, out.Rect, image.NewUniform(grey(90)), image.Point{}, draw.Src)
		draw.Draw(out, bare.Rect.Sub(bare.Rect.Min).Add(image.Pt(10, 10)), bare, bare.Rect.Min, draw.Src)
		return out
	}, 6, 6},
	{"JPEG of quality 20", onTurned(squeezed(20)), 6, 6},
	{"JPEG of quality 8", onTurned(squeezed(8)), 6, 6},
	{"JPEG of quality 3", onTurned(squeezed(3)), 6, 6},
	{"moire of a screen", onTurned(moire), 6, 6},
	{"glare over 2 percent", onTurned(glare(0.02)), 6, 6},
	{"glare over 4 percent", onTurned(glare(0.04)), 6, 6},
	{"glare over 8 percent", onTurned(glare(0.08)), 2, 6},
	{"a logo in the middle", onTurned(logo), 4, 6},
	{"dots for modules", dotted, 6, 6},
}

func TestLadder(t *testing.T) {
	for _, r := range ladder {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			small := r.count(t, payment, smallPixels)
			large := r.count(t, func(i int) string { return voucherText(uint64(500 + i)) }, voucherPixels)
			t.Logf("%-45s %2d %2d", r.name, small, large)
			if small < r.small || large < r.voucher {
				t.Errorf("read %d payment codes and %d vouchers of %d, want %d and %d", small, large, tries, r.small, r.voucher)
			}
		})
	}
}

// count reads the codes of a rung and counts those that were read right. Anything else that is read is a misread.
func (r rung) count(t *testing.T, text func(i int) string, pixels int) int {
	right := 0
	for i := range tries {
		want := text(i)
		got, err := qrimage.Texts(r.make(t, want, pixels, i))
		switch {
		case err != nil:
			t.Error(err)
		case slices.Equal(got, []string{want}):
			right++
		case len(got) > 0:
			t.Errorf("misread no. %d: %q, want %q", i, got, want)
		}
	}
	return right
}

// Where no code is nothing may be read, however thoroughly it is looked for: a misread voucher is somebody's money.
// A frame of a camera is read as a picture is; a glance leaves out what takes long.
