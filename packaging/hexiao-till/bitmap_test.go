package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/color"
	"testing"

	"golang.org/x/image/bmp"
)

// dib lays out a bitmap of 2 x 1 pixels, red and green, as it lies on a clipboard.
func dib(header, depth int, compression uint32, between []byte, pixels ...byte) []byte {
	b := make([]byte, header)
	binary.LittleEndian.PutUint32(b, uint32(header))
	binary.LittleEndian.PutUint32(b[4:], 2)
	binary.LittleEndian.PutUint32(b[8:], 1)
	binary.LittleEndian.PutUint16(b[12:], 1)
	binary.LittleEndian.PutUint16(b[14:], uint16(depth))
	binary.LittleEndian.PutUint32(b[16:], compression)
	return append(append(b, between...), pixels...)
}

var masks = []byte{0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0}

// inside puts the masks where newer headers have them.
func inside(b []byte) []byte {
	copy(b[40:], masks)
	binary.LittleEndian.PutUint32(b[52:], 0xFF000000)
	return b
}

func TestBitmapsOfTheClipboard(t *testing.T) {
	red, green := []byte{0, 0, 0xFF, 0}, []byte{0, 0xFF, 0, 0} // of a screenshot: nothing says that they can be seen
	both := append(append([]byte{}, red...), green...)
	palette := make([]byte, 4*256)
	copy(palette, both)
	few := dib(40, 8, 0, both, 0, 1, 0, 0)
	binary.LittleEndian.PutUint32(few[32:], 2)
	for name, b := range map[string][]byte{
		"24 bits":                            dib(40, 24, 0, nil, 0, 0, 0xFF, 0, 0xFF, 0, 0, 0),
		"32 bits":                            dib(40, 32, 0, nil, both...),
		"32 bits with masks behind":          dib(40, 32, 3, masks, both...),
		"32 bits with masks inside, as V5":   inside(dib(124, 32, 3, nil, both...)),
		"a palette":                          dib(40, 8, 0, palette, 0, 1, 0, 0),
		"a palette of two":                   few,
		"32 bits, V5, without masks of note": dib(124, 32, 0, nil, both...),
	} {
		t.Run(name, func(t *testing.T) {
			file, err := bitmapFile(b)
			if err != nil {
				t.Fatal(err)
			}
			m, err := bmp.Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			for x, want := range []color.RGBA{{0xFF, 0, 0, 0xFF}, {0, 0xFF, 0, 0xFF}} {
				if got := color.RGBAModel.Convert(m.At(x, 0)); got != want {
					t.Errorf("pixel %d is %v, want %v", x, got, want)
				}
			}
		})
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "half a header": make([]byte, 30), "a header longer than all": dib(40, 32, 0, nil)[:39],
		"a header of no size": make([]byte, 40), "compressed": dib(40, 8, 1, palette, 0), "odd masks": dib(40, 32, 3, make([]byte, 12), both...),
		"masks cut off": dib(40, 32, 3, nil), "a palette cut off": dib(40, 8, 0, both),
	} {
		if _, err := bitmapFile(b); !errors.Is(err, errBitmap) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
