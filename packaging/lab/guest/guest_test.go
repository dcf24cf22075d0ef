//go:build linux

package main

import (
	"bytes"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
)

func TestThePrinterTellsQuestionsFromPaper(t *testing.T) {
	const all = "\x1b@\x10\x04\x01slip\x10\x04\x04\x1d!\x11\x1dr\x01\x10 end"
	for cut := range len(all) {
		p := &paper{out: true}
		answers := append(p.take([]byte(all[:cut])), p.take([]byte(all[cut:]))...)
		if want := []byte{escposFine, escposFine | escposNoEnd, 0}; !bytes.Equal(answers, want) {
			t.Errorf("cut at %d: answered % x, want % x", cut, answers, want)
		}
		if got, want := p.printed.String(), "\x1b@slip\x1d!\x11\x10 end"; got != want {
			t.Errorf("cut at %d: printed %q, want %q", cut, got, want)
		}
	}
}

func TestReportsOfACode(t *testing.T) {
	for text, want := range map[string][]int{"": nil, "1": {1}, strings.Repeat("x", 56): {56}, strings.Repeat("x", 113): {56, 56, 1}} {
		var lengths []int
		for i, r := range posReports(text) {
			lengths = append(lengths, int(r[1]))
			if more := r[posLength-1] == 1; len(r) != posLength || r[0] != 2 || more != (i < len(want)-1) {
				t.Errorf("%d characters: report %d is % x", len(text), i, r)
			}
		}
		if !slices.Equal(lengths, want) {
			t.Errorf("%d characters: reports of %v, want %v", len(text), lengths, want)
		}
	}
}

func TestKeysOfACode(t *testing.T) {
	for c, want := range map[byte]key{
		'1': {2, 30, false}, '0': {11, 39, false}, 'a': {30, 4, false}, 'A': {30, 4, true}, 'z': {44, 29, false}, 'P': {25, 19, true}, '\r': {28, 40, false},
	} {
		if got, err := keyOf(c); err != nil || got != want {
			t.Errorf("%q is %v (%v), want %v", c, got, err, want)
		}
	}
	if k, err := keyOf('€' & 0xFF); err == nil {
		t.Errorf("it types what has no key: %v", k)
	}
}

func TestAPictureStandsInTheMiddleOfTheWall(t *testing.T) {
	img := image.NewGray(image.Rect(10, 10, 12, 12))
	img.SetGray(10, 10, color.Gray{Y: 255})
	for code, want := range map[string]string{
		"GREY": "\x96\x96\x96\x96\x96\x8f\x10\x96\x96\x10\x10\x96\x96\x96\x96\x96",
		"UYVY": "\x80\x96\x80\x96\x80\x96\x80\x96\x80\x96\x80\x8f\x80\x10\x80\x96\x80\x96\x80\x10\x80\x10\x80\x96\x80\x96\x80\x96\x80\x96\x80\x96",
	} {
		v := videoFormat{code: code, wide: 4, high: 4, stride: 4 * lightAt[code].step, size: len(want)}
		if got := string(v.frame(img)); got != want {
			t.Errorf("%s: % x, want % x", code, got, want)
		}
	}
}
