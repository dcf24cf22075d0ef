package qrimage_test

import (
	"image"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hexiao/drivers/qrimage"
)

func TestNothingIsReadWhereNoCodeIs(t *testing.T) {
	kinds := map[string]func(seed uint64) *image.Gray{
		"rooms": func(seed uint64) *image.Gray { return room(320, 240, seed) },
		"modules without finder patterns": func(seed uint64) *image.Gray {
			r := rand.New(rand.NewPCG(seed, 5))
			g, module := page(240, 240, nil), 3+int(seed%5)
			for y := module; y < 240-module; y += module {
				for x := module; x < 240-module; x += module {
					if r.IntN(2) == 0 {
						draw.Draw(g, image.Rect(x, y, x+module, y+module), image.Black, image.Point{}, draw.Src)
					}
				}
			}
			return g
		},
		"squares in squares": func(seed uint64) *image.Gray {
			r := rand.New(rand.NewPCG(seed, 6))
			g := noisy(page(320, 240, nil), 20, seed)
			for range 12 {
				side := 7 * (2 + r.IntN(6))
				at := image.Pt(r.IntN(320-side), r.IntN(240-side))
				for i, v := range []uint8{0, 255, 0} {
					in := i * side / 7
					draw.Draw(g, image.Rect(in, in, side-in, side-in).Add(at), image.NewUniform(grey(v)), image.Point{}, draw.Src)
				}
			}
			return g
		},
		"codes of which the timing is covered": func(seed uint64) *image.Gray {
			g := drawn(t, voucherText(seed), 4)
			return changed(photo(g, turn(int(seed)), 10, axis(int(seed))), func(x, y int, v byte) byte {
				if d := math.Hypot(float64(x)-0.8*float64(g.Rect.Dx()), float64(y)-0.8*float64(g.Rect.Dx())); d < 0.3*float64(g.Rect.Dx()) {
					return 255
				}
				return v
			})
		},
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(50) {
				if got, err := qrimage.Texts(kind(seed)); err != nil || len(got) > 0 {
					t.Errorf("no. %d: %q, %v", seed, got, err)
				}
			}
		})
	}
}

func TestFrame(t *testing.T) {
	code := drawn(t, smallCode, 5)
	dark := inverted(code, 0)
	w, h := code.Rect.Dx(), code.Rect.Dy()
	for _, c := range []struct {
		name     string
		grey     []byte
		thorough bool
		want     []string
	}{
		{"a glance", code.Pix, false, []string{smallCode}},
		{"a thorough look", code.Pix, true, []string{smallCode}},
		{"a glance at light on dark", dark.Pix, false, []string{}},
		{"a thorough look at light on dark", dark.Pix, true, []string{smallCode}},
		{"more bytes than pixels", append(slices.Clone(code.Pix), 1, 2, 3), false, []string{smallCode}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.grey)
			if got, err := qrimage.Frame(c.grey, w, h, c.thorough); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v", got, err)
			}
			if !slices.Equal(before, c.grey) {
				t.Error("the pixels were changed")
			}
		})
	}
	for _, size := range [][2]int{{w, h + 1}, {0, h}, {w, -1}, {1 << 20, 1 << 20}} {
		if _, err := qrimage.Frame(code.Pix, size[0], size[1], true); err == nil {
			t.Errorf("%d x %d was taken", size[0], size[1])
		}
	}
}
