package qrimage_test

import (
	"image"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// damaged is a code of digits in which so many of the codewords along the right edge, of two modules by four each, are turned over.
func damaged(t *testing.T, text string, level decoder.ErrorCorrectionLevel, words int) *image.Gray {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]interface{}{
		gozxing.EncodeHintType_ERROR_CORRECTION: level, gozxing.EncodeHintType_MARGIN: 4})
	if err != nil {
		t.Fatal(err)
	}
	const pixels = 6
	side := m.GetWidth()
	for i := range words {
		m.Flip(side-5-2*(i/3), side-5-4*(i%3))
	}
	g := image.NewGray(image.Rect(0, 0, side*pixels, side*pixels))
	return changed(g, func(x, y int, _ byte) byte {
		if m.Get(x/pixels, y/pixels) {
			return 0
		}
		return 255
	})
}

// What the smallest codes have for correction is not all for correction (ISO/IEC 18004, table 9, note b): with the rest a damaged code is known
// from another one.
func TestNoMoreIsCorrectedThanIsSure(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		level decoder.ErrorCorrectionLevel
		sure  int
	}{
		{"version 1-L", payment(1), decoder.ErrorCorrectionLevel_L, 2},
		{"version 1-M", payment(2) + "123456", decoder.ErrorCorrectionLevel_M, 4},
		{"version 1-M, much of it padding", payment(2), decoder.ErrorCorrectionLevel_M, 5},
		{"version 2-L", payment(4) + payment(5) + payment(6), decoder.ErrorCorrectionLevel_L, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			reads(t, damaged(t, c.text, c.level, c.sure), c.text)
			reads(t, damaged(t, c.text, c.level, c.sure+1))
			reads(t, mirrored(damaged(t, c.text, c.level, c.sure)), c.text)
			reads(t, mirrored(damaged(t, c.text, c.level, c.sure+1)))
		})
	}
}

func mirrored(g *image.Gray) *image.Gray {
	return changed(g, func(x, y int, _ byte) byte { return at(g, g.Rect.Dx()-1-x, y) })
}
