package qrimage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/bmp"
	"hexiao/drivers/qrimage"
	"pgregory.net/rapid"
)

func TestDrawnCodesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.StringMatching(`HX1[A-Z2-7]{120,160}`), rapid.StringMatching(`[0-9]{1,40}`), rapid.StringMatching(`[A-Za-z0-9/:.?=&]{1,300}`),
			rapid.StringMatching(`[芦山县消费券满减二十元]{1,60}`), rapid.StringN(1, 100, 300),
		).Draw(t, "text")
		b, err := qrimage.PNG(text, rapid.IntRange(1, 8).Draw(t, "module"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := qrimage.Decode(bytes.NewReader(b))
		if err != nil || !slices.Equal(got, []string{text}) {
			t.Fatalf("read %q, %v; want %q", got, err, text)
		}
	})
}

func TestDraw(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		modulePixels int
		modules      int
	}{
		{"a payment code is of version 1", smallCode, 3, 21},
		{"a voucher takes the alphanumeric form: version 6", voucherText(1), 5, 41},
		{"the same in lower case takes bytes: version 9", strings.ToLower(voucherText(1)), 1, 53},
	} {
		img, err := qrimage.Draw(c.text, c.modulePixels)
		if err != nil {
			t.Fatal(err)
		}
		side := (c.modules + 8) * c.modulePixels
		if img.Bounds() != image.Rect(0, 0, side, side) {
			t.Errorf("%s: %v, want %d pixels a side", c.name, img.Bounds(), side)
		}
		margin := 4 * c.modulePixels
		for i := range side {
			for _, p := range []image.Point{{i, margin - 1}, {margin - 1, i}, {i, side - margin}, {side - margin, i}} {
				if img.At(p.X, p.Y) != color.White {
					t.Fatalf("%s: margin is not white at %v", c.name, p)
				}
			}
		}
		if img.At(margin, margin) != color.Black || img.At(margin+7*c.modulePixels-1, margin) != color.Black {
			t.Errorf("%s: no finder pattern in the corner", c.name)
		}
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		modulePixels int
		says         string
	}{
		{"nothing to draw", "", 4, "empty"},
		{"modules of no pixels", "A", 0, "0 pixels"},
		{"modules as large as posters", "A", 101, "101 pixels"},
		{"more than a code holds", strings.Repeat("a", 2332), 1, "2332 bytes"},
	} {
		if _, err := qrimage.PNG(c.text, c.modulePixels); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want a sentence with %q", c.name, err, c.says)
		}
	}
	if _, err := qrimage.PNG(strings.Repeat("a", 2331), 1); err != nil {
		t.Errorf("as much as a code holds: %v", err)
	}
}

// painted is the picture in another kind of image.
func painted(into draw.Image, g *image.Gray) image.Image {
	draw.Draw(into, into.Bounds(), g, image.Point{}, draw.Src)
	return into
}

func TestTextsReadsEveryKindOfImage(t *testing.T) {
	g := drawn(t, smallCode, 4)
	r := g.Rect
	clear := image.NewNRGBA(r) // black ink on nothing
	for y := range r.Dy() {
		for x := range r.Dx() {
			clear.SetNRGBA(x, y, color.NRGBA{A: 255 - g.GrayAt(x, y).Y})
		}
	}
	ycc := image.NewYCbCr(r, image.YCbCrSubsampleRatio420)
	for i := range ycc.Y {
		ycc.Y[i] = at(g, i%ycc.YStride, i/ycc.YStride)
	}
	larger := page(400, 400, map[image.Point]*image.Gray{{150, 170}: g})
	part := image.Rect(150, 170, 150+r.Dx(), 170+r.Dy())
	for name, img := range map[string]image.Image{
		"grey": g, "RGBA": painted(image.NewRGBA(r), g), "NRGBA": painted(image.NewNRGBA(r), g), "paletted": painted(image.NewPaletted(r, palette.WebSafe), g),
		"grey 16": painted(image.NewGray16(r), g), "CMYK": painted(image.NewCMYK(r), g), "on transparent ground": clear, "YCbCr": ycc,
		"part of a grey one":  larger.SubImage(part),
		"part of an RGBA one": painted(image.NewRGBA(larger.Rect), larger).(*image.RGBA).SubImage(part),
		"part of a paletted":  painted(image.NewPaletted(larger.Rect, palette.Plan9), larger).(*image.Paletted).SubImage(part),
	} {
		t.Run(name, func(t *testing.T) { reads(t, img, smallCode) })
	}
}

// files is a picture in every format.
func files(t testing.TB, g image.Image) map[string][]byte {
	var p, j, f, b bytes.Buffer
	if err := errors.Join(png.Encode(&p, g), jpeg.Encode(&j, g, &jpeg.Options{Quality: 60}), gif.Encode(&f, g, nil), bmp.Encode(&b, g)); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"PNG": p.Bytes(), "JPEG": j.Bytes(), "GIF": f.Bytes(), "BMP": b.Bytes()}
}

// The picture was drawn by Draw and saved by a browser, for there is no encoder in Go.
func TestDecodeReadsWebP(t *testing.T) {
	b, err := os.ReadFile("testdata/code.webp")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := qrimage.Decode(bytes.NewReader(b)); err != nil || !slices.Equal(got, []string{smallCode}) {
		t.Errorf("read %q, %v", got, err)
	}
	for cut := range len(b) - 8 {
		if got, err := qrimage.Decode(bytes.NewReader(b[:cut])); !errors.Is(err, qrimage.ErrNoPicture) {
			t.Fatalf("%d of %d bytes: %q, %v", cut, len(b), got, err)
		}
	}
}

func TestDecodeReadsFiles(t *testing.T) {
	text := voucherText(6)
	for format, b := range files(t, drawn(t, text, 4)) {
		t.Run(format, func(t *testing.T) {
			if got, err := qrimage.Decode(iotest.OneByteReader(bytes.NewReader(b))); err != nil || !slices.Equal(got, []string{text}) {
				t.Errorf("read %q, %v", got, err)
			}
			for cut := 0; cut < len(b)-1; cut += 1 + len(b)/40 {
				if got, err := qrimage.Decode(bytes.NewReader(b[:cut])); !errors.Is(err, qrimage.ErrNoPicture) {
					t.Fatalf("%d of %d bytes: %q, %v", cut, len(b), got, err)
				}
			}
		})
	}
	for name, b := range files(t, page(200, 200, nil)) {
		if got, err := qrimage.Decode(bytes.NewReader(b)); err != nil || got == nil || len(got) != 0 {
			t.Errorf("a white %s: %q, %v; want an empty list", name, got, err)
		}
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		name string
		r    io.Reader
		want error
		says string
	}{
		{"nothing", strings.NewReader(""), qrimage.ErrNoPicture, "不是 PNG"},
		{"text", strings.NewReader("HX1AAA"), qrimage.ErrNoPicture, "not a PNG"},
		{"60,000 pixels square, by its header", io.MultiReader(bytes.NewReader(pngHeader(60000, 60000)), unread{t}), qrimage.ErrTooLarge, "60000 x 60000"},
		{"one row more than 50 megapixels", io.MultiReader(bytes.NewReader(pngHeader(10000, 5001)), unread{t}), qrimage.ErrTooLarge, "5000 万"},
		{"50 megapixels, and then nothing", bytes.NewReader(pngHeader(10000, 5000)), qrimage.ErrNoPicture, ""},
		{"a disk that fails at once", iotest.ErrReader(broken), broken, "read picture"},
		{"a disk that fails later", io.MultiReader(bytes.NewReader(files(t, drawn(t, smallCode, 4))["PNG"][:60]), iotest.ErrReader(broken)), broken, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := qrimage.Decode(c.r); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q, %v; want %v", got, err, c.want)
			}
		})
	}
	if _, err := qrimage.Texts(image.NewUniform(color.White)); !errors.Is(err, qrimage.ErrTooLarge) {
		t.Errorf("a picture without end: %v", err)
	}
}

// pngHeader is the beginning of a grey PNG picture of that size.
func pngHeader(width, height uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 0, 0, 0, 0)
	b := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(chunk)-4))
	return binary.BigEndian.AppendUint32(append(b, chunk...), crc32.ChecksumIEEE(chunk))
}

// unread is the rest of a file that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("read beyond the header")
	return 0, io.EOF
}

// FuzzDecode: whatever the file, there is a list or one of the named errors, and what was read can be drawn and read again.
func FuzzDecode(f *testing.F) {
	for _, b := range files(f, drawn(f, "HX1A", 1)) {
		f.Add(b)
		f.Add(b[:len(b)*2/3])
	}
	f.Add([]byte("HX1A"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height > 100_000 {
			return // slow, and no other code than for small ones
		}
		texts, err := qrimage.Decode(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, qrimage.ErrNoPicture) && !errors.Is(err, qrimage.ErrTooLarge) || texts != nil {
				t.Fatalf("%q, %v", texts, err)
			}
			return
		}
		for _, text := range texts {
			again, err := qrimage.Draw(text, 3)
			if err != nil {
				t.Fatalf("%q cannot be drawn: %v", text, err)
			}
			reads(t, again, text)
		}
	})
}

func BenchmarkTexts(b *testing.B) {
	text := voucherText(1)
	tilted := photo(drawn(b, text, 5), 33, 30, 20)
	for name, img := range map[string]image.Image{
		"straight 245x245":    drawn(b, text, 5),
		"tilted 392x392":      tilted,
		"tilted on 1280x720":  page(1280, 720, map[image.Point]*image.Gray{{400, 150}: tilted}),
		"no code on 1280x720": page(1280, 720, nil),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := qrimage.Texts(img); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPNG(b *testing.B) {
	text := voucherText(1)
	for b.Loop() {
		if _, err := qrimage.PNG(text, 6); err != nil {
			b.Fatal(err)
		}
	}
}
