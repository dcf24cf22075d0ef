package qrimage_test

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"hexiao/drivers/qrimage"
)

// voucherText is a code as long as vouchers' are.
func voucherText(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1))
	text := []byte("HX1")
	for len(text) < 154 {
		text = append(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[r.IntN(32)])
	}
	return string(text)
}

// drawn is a code at so many pixels a module, in grey.
func drawn(t testing.TB, text string, modulePixels int) *image.Gray {
	img, err := qrimage.Draw(text, modulePixels)
	if err != nil {
		t.Fatal(err)
	}
	g := image.NewGray(img.Bounds())
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			g.Set(x, y, img.At(x, y))
		}
	}
	return g
}

// photo is the code as a camera sees it from four code widths away, turned in its plane and tilted by so many degrees about an axis in its plane.
func photo(code *image.Gray, turn, tilt, axis float64) *image.Gray {
	side := float64(code.Rect.Dx())
	size := int(1.6 * side)
	out := image.NewGray(image.Rect(0, 0, size, size))
	const rad = math.Pi / 180
	st, ct := math.Sincos(turn * rad)
	sa, ca := math.Sincos(axis * rad)
	si, ci := math.Sincos(tilt * rad)
	const eye, parts = 4.0, 2
	for y := range size {
		for x := range size {
			sum := 0
			for k := range parts * parts {
				// the ray through this part of the pixel, in code widths from the centre
				u := (float64(x) + (float64(k%parts)+0.5)/parts - float64(size)/2) / side
				v := (float64(y) + (float64(k/parts)+0.5)/parts - float64(size)/2) / side
				// in the axis' frame: a along it, b across it; the code's plane is at depth b*sin(tilt)
				a, b := u*ca+v*sa, -u*sa+v*ca
				across := b * eye / (eye*ci - b*si)
				depth := eye + across*si
				along := a * depth / eye
				p, q := along*ca-across*sa, along*sa+across*ca
				p, q = p*ct+q*st, -p*st+q*ct
				sum += int(at(code, int((p+0.5)*side), int((q+0.5)*side)))
			}
			out.Pix[y*size+x] = byte(sum / (parts * parts))
		}
	}
	return out
}

// at is a pixel, white outside the picture.
func at(g *image.Gray, x, y int) byte {
	if x < 0 || y < 0 || x >= g.Rect.Dx() || y >= g.Rect.Dy() {
		return 255
	}
	return g.Pix[y*g.Stride+x]
}

// changed is the picture with every pixel made anew.
func changed(g *image.Gray, pixel func(x, y int, v byte) byte) *image.Gray {
	out := image.NewGray(g.Rect)
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			out.Pix[y*out.Stride+x] = pixel(x, y, g.Pix[y*g.Stride+x])
		}
	}
	return out
}

// blurred is the picture after passes of a 3 x 3 mean.
func blurred(g *image.Gray, passes int) *image.Gray {
	for range passes {
		from := g
		g = changed(g, func(x, y int, _ byte) byte {
			sum := 0
			for k := range 9 {
				sum += int(at(from, x+k%3-1, y+k/3-1))
			}
			return byte(sum / 9)
		})
	}
	return g
}

// noisy is the picture with noise of that standard deviation, in grey levels.
func noisy(g *image.Gray, sigma float64, seed uint64) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 2))
	return changed(g, func(_, _ int, v byte) byte {
		return byte(max(0, min(255, float64(v)+sigma*r.NormFloat64())))
	})
}

// page is white paper with pictures laid on it.
func page(width, height int, lay map[image.Point]*image.Gray) *image.Gray {
	p := image.NewGray(image.Rect(0, 0, width, height))
	for i := range p.Pix {
		p.Pix[i] = 255
	}
	for where, g := range lay {
		for y := range g.Rect.Dy() {
			for x := range g.Rect.Dx() {
				p.Set(where.X+x, where.Y+y, color.Gray{Y: g.Pix[y*g.Stride+x]})
			}
		}
	}
	return p
}
