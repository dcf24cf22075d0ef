package qrimage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"hexiao/drivers/qrimage"
)

// lying is a WebP file of one colour, whose extended header speaks of a canvas of 10 x 10.
func lying(side uint32) []byte {
	chunk := func(id string, data ...byte) []byte {
		out := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(data)))
		out = append(out, data...)
		return append(out, make([]byte, len(data)%2)...)
	}
	size := binary.LittleEndian.AppendUint32(nil, (side-1)|(side-1)<<14)
	// no transform, no cache, one group (a bit 0 each); five codes of one symbol (bits 1 0 0 0): a pixel then takes no bit at all
	frame := append(append([]byte{0x2f}, size...), 0x88, 0x88, 0x08, 0)
	body := append([]byte("WEBP"), chunk("VP8X", 0, 0, 0, 0, 9, 0, 0, 9, 0, 0)...)
	return chunk("RIFF", append(body, chunk("VP8L", frame...)...)...)
}

// TestAPictureIsNoLargerThanItSays: what it takes up is known before its pixels are made.
func TestAPictureIsNoLargerThanItSays(t *testing.T) {
	if texts, err := qrimage.Decode(bytes.NewReader(lying(10))); err != nil || len(texts) != 0 {
		t.Fatalf("of the size that it says: %v, %v", texts, err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := qrimage.Decode(bytes.NewReader(lying(8000)))
	runtime.ReadMemStats(&after)
	if !errors.Is(err, qrimage.ErrTooLarge) {
		t.Errorf("64 megapixels behind a header of 100: %v", err)
	}
	if made := after.TotalAlloc - before.TotalAlloc; made > 1<<20 {
		t.Errorf("%d bytes were made to find that out", made)
	}
}
