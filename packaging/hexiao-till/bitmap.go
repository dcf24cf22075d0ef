package main

import (
	"encoding/binary"
	"errors"
)

// errBitmap: the bitmap is broken, or of a kind that no program puts on a clipboard any more.
var errBitmap = errors.New("the bitmap on the clipboard cannot be read")

// Headers of bitmaps, in bytes (wingdi.h), and how their pixels are kept.
const (
	fileHeader = 14  // BITMAPFILEHEADER
	infoHeader = 40  // BITMAPINFOHEADER
	v5Header   = 124 // BITMAPV5HEADER

	uncompressed = 0 // BI_RGB
	byMasks      = 3 // BI_BITFIELDS
)

// bitmapFile makes a BMP file of a bitmap as it lies on Windows' clipboard (CF_DIB): headers in the plainest form, which every reader knows. What
// a bitmap says of transparency is left out: screenshots have it zero, and would be invisible.
func bitmapFile(dib []byte) ([]byte, error) {
	if len(dib) < infoHeader {
		return nil, errBitmap
	}
	header, depth, colours := word(dib, 0), int(binary.LittleEndian.Uint16(dib[14:])), word(dib, 32)
	if header < infoHeader || header > v5Header || header > len(dib) || colours > 256 {
		return nil, errBitmap
	}
	palette := header
	switch word(dib, 16) {
	case uncompressed:
	case byMasks:
		if depth != 32 || len(dib) < infoHeader+12 || word(dib, 40) != 0xFF0000 || word(dib, 44) != 0xFF00 || word(dib, 48) != 0xFF {
			return nil, errBitmap
		}
		palette = max(header, infoHeader+12) // newer headers have the masks inside
	default:
		return nil, errBitmap
	}
	if colours == 0 && depth <= 8 {
		colours = 1 << depth
	}
	if depth > 8 {
		palette, colours = palette+4*colours, 0 // a hint for screens of 256 colours
	}
	if palette+4*colours > len(dib) {
		return nil, errBitmap
	}
	rest := dib[palette:]
	file := append(make([]byte, 0, fileHeader+infoHeader+len(rest)), "BM"...)
	for _, v := range []int{fileHeader + infoHeader + len(rest), 0, fileHeader + infoHeader + 4*colours, infoHeader} {
		file = binary.LittleEndian.AppendUint32(file, uint32(v))
	}
	file = append(file, dib[4:16]...) // width, height, planes, depth
	for _, v := range []int{uncompressed, 0, 0, 0, colours, 0} {
		file = binary.LittleEndian.AppendUint32(file, uint32(v))
	}
	return append(file, rest...), nil
}

func word(b []byte, at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
