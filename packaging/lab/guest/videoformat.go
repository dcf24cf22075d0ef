//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"os"
)

// videoFormat is how a node's pictures lie in memory.
type videoFormat struct {
	code       string // "YUYV"
	wide, high int
	stride     int    // bytes from row to row
	size       int    // bytes in all
	field      uint32 // whether the rows come in order or by halves, as videodev2.h numbers it
}

// formatOf asks a video node how its pictures are.
func formatOf(f *os.File, kind uint32) (videoFormat, error) {
	b := make([]byte, 208)
	binary.LittleEndian.PutUint32(b, kind)
	if err := with(f, vidiocGetFormat, b); err != nil {
		return videoFormat{}, fmt.Errorf("ask %s for its format: %w", f.Name(), err)
	}
	at := func(i int) int { return int(binary.LittleEndian.Uint32(b[i:])) }
	return videoFormat{string(b[16:20]), at(8), at(12), at(24), at(28), uint32(at(20))}, nil
}

// lightAt says where the light of a pixel lies: each so many bytes, from an offset. What is not light is colour, and follows or lies between.
var lightAt = map[string]struct{ step, offset int }{
	"GREY": {1, 0}, "NV12": {1, 0}, "NV21": {1, 0}, "YU12": {1, 0}, "YV12": {1, 0},
	"YUYV": {2, 0}, "YVYU": {2, 0}, "UYVY": {2, 1}, "VYUY": {2, 1},
}

// frame makes a frame of a picture in the middle of a grey wall; nil is the wall alone. A format that is not in lightAt gives the wall, too.
func (v videoFormat) frame(img image.Image) []byte {
	const wall, noColour = 150, 128
	frame := bytes.Repeat([]byte{noColour}, v.size)
	if img == nil {
		img = image.NewGray(image.Rectangle{})
	}
	in := img.Bounds()
	left, top := (v.wide-in.Dx())/2, (v.high-in.Dy())/2
	light, ok := lightAt[v.code]
	for y := range v.high {
		for x := range v.wide {
			if !ok {
				break
			}
			bright := byte(wall)
			if p := image.Pt(x-left, y-top).Add(in.Min); p.In(in) {
				r, _, _, _ := img.At(p.X, p.Y).RGBA()
				bright = 16 + byte(r>>8)/2
			}
			frame[y*v.stride+light.step*x+light.offset] = bright
		}
	}
	return frame
}
