package qrimage_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"hexiao/drivers/qrimage"
)

// reads reports an error when the picture does not hold exactly these texts in this order.
func reads(t *testing.T, img image.Image, want ...string) {
	t.Helper()
	got, err := qrimage.Texts(img)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
}

// smallCode is of version 1, which has no alignment pattern: the hardest to read when tilted.
const smallCode = "283456789012345678"

func TestTextsReadsTiltedCodes(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		modulePixels int
		blur         int
		tilts        []float64
	}{
		{"a payment code", smallCode, 7, 0, []float64{10, 20, 30, 40}},
		{"a voucher", voucherText(1), 4, 0, []float64{10, 20, 30, 40}},
		{"a voucher whose alignment pattern is blurred away", voucherText(1), 4, 4, []float64{20, 30}},
	} {
		code := drawn(t, c.text, c.modulePixels)
		for _, tilt := range c.tilts {
			t.Run(fmt.Sprintf("%s tilted by %g degrees", c.name, tilt), func(t *testing.T) {
				for i := range 8 {
					reads(t, blurred(photo(code, float64(37*i), tilt, float64(53*i)), c.blur), c.text)
				}
			})
		}
	}
}

func TestTextsReadsPoorPictures(t *testing.T) {
	text := voucherText(2)
	straight, turned := drawn(t, text, 4), photo(drawn(t, text, 4), 33, 0, 0)
	tilted, small := photo(drawn(t, text, 5), 37, 20, 53), photo(drawn(t, smallCode, 4), 37, 20, 53)
	width := turned.Rect.Dx()
	cases := []struct {
		name string
		img  image.Image
		want string
	}{
		{"one pixel a module", drawn(t, text, 1), text},
		{"turned by 33 degrees", turned, text},
		{"turned by 90 degrees", photo(straight, 90, 0, 0), text},
		{"upside down", photo(straight, 180, 0, 0), text},
		{"mirrored", changed(straight, func(x, y int, _ byte) byte { return at(straight, straight.Rect.Dx()-1-x, y) }), text},
		{"light on dark", changed(straight, func(_, _ int, v byte) byte { return ^v }), text},
		{"light on dark, turned and tilted", changed(tilted, func(_, _ int, v byte) byte { return ^v }), text},
		{"blurred", blurred(turned, 4), text},
		{"small, blurred and tilted", blurred(small, 5), smallCode},
		{"noisy", noisy(turned, 40, 1), text},
		{"noisy and tilted", noisy(tilted, 60, 0), text},
		{"a dim screen: 24 grey levels of contrast", changed(turned, func(_, _ int, v byte) byte { return 60 + byte(int(v)*24/255) }), text},
		{"a shade across the picture", changed(turned, func(x, _ int, v byte) byte { return byte(int(v) * (width - 9*x/10) / width) }), text},
		{"glare over the corner without a finder pattern", changed(straight, func(x, y int, v byte) byte {
			if math.Hypot(float64(x-140), float64(y-140)) < 11 {
				return 255
			}
			return v
		}), text},
		{"2.3 pixels a module, which beat with the pixels", shrunk(drawn(t, text, 7), 2.3/7), text},
		{"no white margin", straight.SubImage(image.Rect(16, 16, straight.Rect.Dx()-16, straight.Rect.Dy()-16)), text},
		{"a photo of eight megapixels", noisy(page(3264, 2448, map[image.Point]*image.Gray{{1200, 900}: photo(drawn(t, text, 14), 15, 20, 40)}), 12, 3), text},
		{"a noisy photo that a code fills, 40 pixels a module", noisy(drawn(t, text, 40), 70, 3), text},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { reads(t, c.img, c.want) })
	}
}

// shrunk samples the picture at its pixels' centres, without any filter, as a careless screenshot does.
func shrunk(g *image.Gray, factor float64) *image.Gray {
	size := int(float64(g.Rect.Dx()) * factor)
	out := image.NewGray(image.Rect(0, 0, size, size))
	for i := range out.Pix {
		out.Pix[i] = at(g, int((float64(i%size)+0.5)/factor), int((float64(i/size)+0.5)/factor))
	}
	return out
}

func TestTextsReadsSeveralCodes(t *testing.T) {
	one, two, three := voucherText(3), voucherText(4), smallCode
	t.Run("in reading order, in different sizes", func(t *testing.T) {
		reads(t, page(900, 700, map[image.Point]*image.Gray{
			{20, 30}: drawn(t, one, 3), {500, 200}: photo(drawn(t, two, 3), 20, 20, 70), {60, 450}: drawn(t, three, 5),
		}), one, two, three)
	})
	t.Run("the same code twice is one text", func(t *testing.T) {
		reads(t, page(500, 250, map[image.Point]*image.Gray{{10, 10}: drawn(t, three, 4), {250, 60}: drawn(t, three, 5)}), three)
	})
	t.Run("tilted each in its own way, one of them hard to see", func(t *testing.T) {
		lay := map[image.Point]*image.Gray{}
		var want []string
		for i, view := range [][3]float64{{10, 5, 0}, {200, 30, 80}, {320, 24, 352}, {75, 12, 40}} {
			text := voucherText(uint64(20 + i))
			lay[image.Pt(20+280*(i%2), 20+280*(i/2))] = photo(drawn(t, text, 3), view[0], view[1], view[2])
			want = append(want, text)
		}
		got, err := qrimage.Texts(noisy(page(600, 600, lay), 15, 1))
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("read %d of 4: %v", len(got), err)
		}
	})
	t.Run("among forty squares that look like finder patterns", func(t *testing.T) {
		p := page(1000, 1000, map[image.Point]*image.Gray{{400, 410}: drawn(t, one, 4)})
		r := rand.New(rand.NewPCG(1, 1))
		for range 40 {
			x, y := r.IntN(960), r.IntN(960)
			if x > 360 && x < 610 && y > 370 && y < 620 {
				continue
			}
			for i, v := range []uint8{255, 0, 255, 0} { // rings, from outside in
				ring := image.Rect(x+4*i, y+4*i, x+36-4*i, y+36-4*i)
				draw.Draw(p, ring, image.NewUniform(color.Gray{Y: v}), image.Point{}, draw.Src)
			}
		}
		reads(t, p, one)
	})
	t.Run("a printed sheet of thirty vouchers", func(t *testing.T) {
		lay := map[image.Point]*image.Gray{}
		var want []string
		for i := range 30 {
			text := voucherText(uint64(100 + i))
			lay[image.Pt(10+160*(i%5), 10+160*(i/5))] = drawn(t, text, 3)
			want = append(want, text)
		}
		reads(t, page(820, 980, lay), want...)
	})
}

func TestTextsFindsNothingWhereNothingIs(t *testing.T) {
	code := drawn(t, voucherText(5), 4)
	for name, img := range map[string]image.Image{
		"white":        page(300, 200, nil),
		"one pixel":    page(1, 1, nil),
		"no pixel":     image.NewGray(image.Rectangle{}),
		"no width":     image.NewRGBA(image.Rect(0, 0, 0, 5)),
		"noise":        noisy(page(320, 240, nil), 60, 1),
		"lines":        changed(page(300, 200, nil), func(x, _ int, _ byte) byte { return byte(x / 7 % 2 * 255) }),
		"half a code":  code.SubImage(image.Rect(0, 0, code.Rect.Dx(), code.Rect.Dy()/2)),
		"no contrast":  changed(code, func(_, _ int, v byte) byte { return 128 + v/128 }),
		"half covered": changed(code, func(x, _ int, v byte) byte { return v | byte(255*(x/(code.Rect.Dx()/2))) }),
	} {
		t.Run(name, func(t *testing.T) { reads(t, img) })
	}
}

// coded draws a text in the charset with a declaration, or the bytes of a text as they are without one.
func coded(t *testing.T, text, charset string) image.Image {
	hints := map[gozxing.EncodeHintType]interface{}{gozxing.EncodeHintType_MARGIN: 4}
	if charset != "" {
		hints[gozxing.EncodeHintType_CHARACTER_SET] = charset
	} else {
		usual := encoder.Encoder_DEFAULT_BYTE_MODE_ENCODING
		encoder.Encoder_DEFAULT_BYTE_MODE_ENCODING = charmap.ISO8859_1
		defer func() { encoder.Encoder_DEFAULT_BYTE_MODE_ENCODING = usual }()
		latin, err := charmap.ISO8859_1.NewDecoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		text = latin
	}
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 300, 300, hints)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTextsReadsCharsets(t *testing.T) {
	const chinese = "芦山消费券满50减20，每人限领1张"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, text, charset, want string }{
		{"undeclared GBK", gbk, "", chinese},
		{"undeclared UTF-8", chinese, "", chinese},
		{"undeclared Shift_JIS", "Google \x83\x82\x83o\x83C\x83\x8B\r\nhttp://google.jp", "", "Google モバイル\r\nhttp://google.jp"},
		{"undeclared Shift_JIS with more kanji", "N:\x91\xAA\x8E\x8E\x83A\x83J\x83E\x83\x93\x83g;", "", "N:測試アカウント;"},
		{"undeclared Latin-1", "M\xFCnchen, caf\xE9", "", "München, café"},
		{"undeclared Latin-1 that is no GB18030", "caf\xE9", "", "café"},
		{"undeclared GBK with rare characters", "\x83|\x83r\x82\x80", "", "億價個"},
		{"undeclared GBK with a name", "\xD6\xEC\xE9F\xBB\xF9", "", "朱镕基"},
		{"declared UTF-8", chinese, "UTF-8", chinese},
		{"declared GB18030", chinese, "GB18030", chinese},
		{"declared Latin-1", "café ÄÖÜ", "ISO-8859-1", "café ÄÖÜ"},
		{"declared Shift_JIS", "クーポン abc", "Shift_JIS", "クーポン abc"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { reads(t, coded(t, c.text, c.charset), c.want) })
	}
}

// The more modules a code has, the less exactly their number is measured: of two hundred one more or less is another version.
func TestTextsReadsLargeCodes(t *testing.T) {
	for i, bytes := range []int{300, 500, 700, 1000, 1300, 1600, 2000, 2300} {
		t.Run(fmt.Sprint(bytes, " bytes"), func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat("http://e.cn/?q=", 200)[:bytes]
			reads(t, noisy(blurred(photo(drawn(t, text, 3), turn(i), 3, axis(i)), 1), 8, uint64(i)), text)
			reads(t, noisy(blurred(photo(drawn(t, text, 4), turn(i), 20, axis(i)), 1), 8, uint64(i)), text)
		})
	}
}
