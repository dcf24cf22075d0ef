// Package qrimage finds QR codes in pictures and draws them. It knows pixels and texts, and must not know what a code means.
// packaging/hexiao-agent reads dropped and photographed vouchers with it, packaging/hexiao-hub draws the vouchers it issues.
//
// gozxing alone reads a code on a phone that is tilted by 20 degrees in 3 of 10 pictures. The ladder here (a search for finder patterns that bears
// tilt, a search for the corner that has none, three ways to tell black from white, several sizes, dark on light and light on dark) reads
// them up to 60 degrees (measured 2026-11; TestLadder has the conditions).
package qrimage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // a format that Decode reads
	_ "image/jpeg" // a format that Decode reads
	_ "image/png"  // a format that Decode reads
	"io"

	_ "golang.org/x/image/bmp"  // a format that Decode reads: Windows' clipboard
	_ "golang.org/x/image/webp" // a format that Decode reads: what browsers save
)

// MaxPixels is the largest picture that is looked at, in pixels: the largest photos of today's phones. Its pixels take up to 400 MB; of a
// progressive JPEG image/jpeg keeps all coefficients beside them, 4 bytes for each pixel and colour.
const MaxPixels = 50_000_000

// ErrTooLarge comes from Decode and Texts for a picture of more than MaxPixels; Decode then has read its header only.
var ErrTooLarge = errors.New("图片超过 5000 万像素，请缩小或截图后再试 / the picture has more than 50 megapixels; make it smaller or take a screenshot of it")

// ErrNoPicture comes from Decode for data that is no picture of a kind that Decode reads, or a damaged one.
var ErrNoPicture = errors.New("不是 PNG、JPEG、GIF、BMP 或 WebP 图片，或文件已损坏，请换一张图片 / not a PNG, JPEG, GIF, BMP or WebP picture, or a damaged one; try another picture")

// Decode reads a PNG, JPEG, GIF, BMP or WebP picture (of a GIF the first frame) and returns the texts of the QR codes in it, as Texts does. No code is no
// error. It reads r to the picture's end; errors of r other than an early end are returned as they are.
func Decode(r io.Reader) (texts []string, err error) {
	defer guard(&texts, &err)
	watched := &watchedReader{r: r}
	whole, err := looked(watched)
	if errors.Is(err, ErrTooLarge) {
		return nil, err
	}
	var img image.Image
	if err == nil {
		img, _, err = image.Decode(whole)
	}
	if err != nil {
		return nil, watched.blame(err)
	}
	return Texts(img)
}

// looked looks how large a picture is before its pixels are made, and gives the same picture, from its beginning. ErrTooLarge.
func looked(r io.Reader) (io.Reader, error) {
	var head bytes.Buffer
	config, format, err := image.DecodeConfig(io.TeeReader(r, &head))
	whole := io.MultiReader(&head, r)
	if err == nil && format == "webp" && !tooLarge(config.Width, config.Height) {
		var more bytes.Buffer
		config, err = webpFrame(io.TeeReader(whole, &more))
		whole = io.MultiReader(&more, whole)
	}
	if err == nil && tooLarge(config.Width, config.Height) {
		err = fmt.Errorf("%d x %d: %w", config.Width, config.Height, ErrTooLarge)
	}
	return whole, err
}

// Texts returns the texts of the QR codes in the picture, from top to bottom and left to right, each text once. Codes that are
// light on dark are looked for only where none is dark on light. It takes milliseconds for a clear code, a second and more for a large picture
// without one. Bytes without a declared charset are UTF-8, else GB18030; Shift_JIS where they hold kana, Latin-1 where they can be no Chinese.
func Texts(img image.Image) (texts []string, err error) {
	size := img.Bounds().Size()
	if tooLarge(size.X, size.Y) {
		return nil, fmt.Errorf("%d x %d: %w", size.X, size.Y, ErrTooLarge)
	}
	if size.X == 0 || size.Y == 0 {
		return []string{}, nil
	}
	defer guard(&texts, &err)
	s := search{plane: planeOf(img)}
	s.run()
	return s.texts(), nil
}

func tooLarge(width, height int) bool {
	return int64(width)*int64(height) > MaxPixels
}

// watchedReader remembers why reading failed: image formats hide it behind errors of their own.
type watchedReader struct {
	r      io.Reader
	failed error
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.failed = err
	}
	return n, err
}

func (w *watchedReader) blame(err error) error {
	if w.failed != nil {
		return fmt.Errorf("read picture: %w", w.failed)
	}
	return fmt.Errorf("%w (%v)", ErrNoPicture, err)
}

// Frame looks for QR codes in one frame of a camera: grey pixels, a byte each (Y of YUV will do), row after row. It is Texts for who looks many times
// a second: a glance is at the frame as it is, a thorough look also at other sizes and for codes light on dark, which takes about ten times as
// long. The pixels are not kept. The error says that the pixels are fewer than the size.
func Frame(grey []byte, width, height int, thorough bool) (texts []string, err error) {
	if width <= 0 || height <= 0 || len(grey) < width*height || tooLarge(width, height) {
		return nil, fmt.Errorf("look for QR codes: %d bytes are no frame of %d x %d", len(grey), width, height)
	}
	defer guard(&texts, &err)
	s := search{plane: plane{width, height, grey[:width*height]}}
	if thorough {
		s.run()
	} else {
		s.rung(s.plane, 1)
	}
	return s.texts(), nil
}

// guard turns a panic into an error: pictures come from strangers, and libraries index what they have read by what they believe to see in it.
func guard(texts *[]string, err *error) {
	if r := recover(); r != nil {
		*texts, *err = nil, fmt.Errorf("look for QR codes: %v", r)
	}
}
