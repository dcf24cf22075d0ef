package packaging

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"strings"

	"hexiao/drivers/qrimage"
)

// onlyDigits is what a Chinese input method leaves of a code: the letters wait in its own window.
func onlyDigits(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, code)
}

func fullWidth(code string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, code)
}

// azerty is what a PC that is set to a French keyboard makes of a scanner that types as on an American one: with Shift held
// for capitals the letters change places, and figures without Shift are accents.
func azerty(code string) string {
	return strings.NewReplacer("A", "Q", "Q", "A", "W", "Z", "Z", "W", "M", "?", "1", "&", "2", "é", "3", "\"", "4", "'", "5", "(", "6", "-", "7", "è").Replace(code)
}

func oneWrong(code string) string {
	other := byte('A')
	if code[80] == other {
		other = 'B'
	}
	return code[:80] + string(other) + code[81:]
}

func (c *counterTop) qr(text string) image.Image {
	c.t.Helper()
	img, err := qrimage.Draw(text, 6)
	check(c.t, err)
	return img
}

func (c *counterTop) png(img image.Image) []byte {
	c.t.Helper()
	var b bytes.Buffer
	check(c.t, png.Encode(&b, img))
	return b.Bytes()
}

// grey is a copy that can be drawn on.
func grey(img image.Image) *image.Gray {
	g := image.NewGray(img.Bounds())
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
	return g
}

func negative(img image.Image) image.Image {
	g := grey(img)
	for i := range g.Pix {
		g.Pix[i] = 255 - g.Pix[i]
	}
	return g
}

// tilted is the picture as an eye four of its widths away sees it when its upper edge is bent back by so many degrees.
func tilted(img image.Image, degrees float64) image.Image {
	const eye = 4
	from, sin, cos := grey(img), math.Sin(degrees*math.Pi/180), math.Cos(degrees*math.Pi/180)
	side := from.Rect.Dx()
	out := image.NewGray(from.Rect)
	for y := range side {
		for x := range side {
			u, v := float64(x)/float64(side)-0.5, float64(y)/float64(side)-0.5
			b := v * eye / (eye*cos + v*sin) // where the line of sight meets the plane
			a := u * (eye - b*sin) / eye
			p, q := int((a+0.5)*float64(side)), int((b+0.5)*float64(side))
			out.SetGray(x, y, color.Gray{Y: 200})
			if (image.Point{X: p, Y: q}).In(from.Rect) {
				out.SetGray(x, y, from.GrayAt(p, q))
			}
		}
	}
	return out
}

// glare puts a white spot on the middle, which covers that share of the picture.
func glare(img image.Image, share float64) image.Image {
	g := grey(img)
	side := float64(g.Rect.Dx())
	radius := side * math.Sqrt(share/math.Pi)
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			if math.Hypot(float64(x)-side/2, float64(y)-side/2) < radius {
				g.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return g
}

// sideBySide is a screen with two codes on it.
func sideBySide(a, b image.Image) image.Image {
	w := a.Bounds().Dx()
	out := image.NewGray(image.Rect(0, 0, w+b.Bounds().Dx()+60, max(a.Bounds().Dy(), b.Bounds().Dy())+40))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, a.Bounds().Add(image.Pt(20, 20)), a, image.Point{}, draw.Src)
	draw.Draw(out, b.Bounds().Add(image.Pt(w+40, 20)), b, image.Point{}, draw.Src)
	return out
}
