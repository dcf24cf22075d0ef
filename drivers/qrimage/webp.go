package qrimage

import (
	"image"
	"io"

	"golang.org/x/image/riff"
	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
)

// webpFrame reads a WebP file up to the size of the frame that will be decoded. The extended header (VP8X), which
// image.DecodeConfig goes by, says the size of a canvas; the decoder does not compare the two, and a file of 60 bytes that
// calls its canvas small may have a frame of 16,384 x 16,384, a gigabyte.
func webpFrame(r io.Reader) (image.Config, error) {
	_, chunks, err := riff.NewReader(r)
	for err == nil {
		var id riff.FourCC
		var size uint32
		var data io.Reader
		switch id, size, data, err = chunks.Next(); {
		case err != nil:
		case id == riff.FourCC{'V', 'P', '8', ' '}:
			d := vp8.NewDecoder()
			d.Init(data, int(size))
			h, err := d.DecodeFrameHeader()
			return image.Config{Width: h.Width, Height: h.Height}, err
		case id == riff.FourCC{'V', 'P', '8', 'L'}:
			return vp8l.DecodeConfig(data)
		}
	}
	return image.Config{}, err
}
