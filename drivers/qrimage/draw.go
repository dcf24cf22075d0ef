package qrimage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

const (
	quietZone       = 4 // modules of white all around that ISO/IEC 18004 asks for
	maxModulePixels = 100
)

// Draw makes a QR code of the text, with error correction M (15 % may be damaged), the white margin included, each module modulePixels pixels wide
// (1-100). Text of digits, capital letters and $%*+-./: and spaces takes the denser alphanumeric form: a voucher code becomes version 6 or 7.
// The error says that the text is empty or too long (2,331 bytes; 3,391 alphanumeric characters), or the module size is out of range.
func Draw(text string, modulePixels int) (image.Image, error) {
	if modulePixels < 1 || modulePixels > maxModulePixels {
		return nil, fmt.Errorf("draw QR code: module of %d pixels, want 1 to %d", modulePixels, maxModulePixels)
	}
	if text == "" {
		return nil, errors.New("draw QR code: empty text")
	}
	matrix, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]interface{}{
		gozxing.EncodeHintType_ERROR_CORRECTION: decoder.ErrorCorrectionLevel_M,
		gozxing.EncodeHintType_MARGIN:           quietZone,
	})
	if err != nil {
		return nil, fmt.Errorf("draw QR code of %d bytes: %w", len(text), err)
	}
	img := image.NewPaletted(image.Rect(0, 0, matrix.GetWidth()*modulePixels, matrix.GetHeight()*modulePixels), color.Palette{color.White, color.Black})
	for i := range img.Pix {
		if matrix.Get(i%img.Stride/modulePixels, i/img.Stride/modulePixels) {
			img.Pix[i] = 1
		}
	}
	return img, nil
}

// PNG is Draw as the bytes of a PNG picture.
func PNG(text string, modulePixels int) ([]byte, error) {
	img, err := Draw(text, modulePixels)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("write PNG: %w", err)
	}
	return b.Bytes(), nil
}
