package main

import (
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"

	"hexiao/drivers/qrimage"
	"hexiao/hub/voucher"
)

// pictured makes a picture again of what blocks has drawn, as a terminal with light text on a dark ground shows it.
func pictured(t *testing.T, text string) image.Image {
	t.Helper()
	rows := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	const size = 6
	wide := len([]rune(rows[0]))
	img := image.NewGray(image.Rect(0, 0, wide*size, 2*len(rows)*size))
	for y, row := range rows {
		cells := []rune(row)
		if len(cells) != wide {
			t.Fatalf("row %d has %d cells, the first %d", y, len(cells), wide)
		}
		for x, cell := range cells {
			for half := range 2 {
				if cell == '█' || cell == '▀' && half == 0 || cell == '▄' && half == 1 {
					at := image.Rect(x*size, (2*y+half)*size, (x+1)*size, (2*y+half+1)*size)
					draw.Draw(img, at, image.NewUniform(color.White), image.Point{}, draw.Src)
				}
			}
		}
	}
	return img
}

func TestACodeDrawnInTextIsRead(t *testing.T) {
	code := voucher.Code{}.Text() // as long as any, and worth nothing
	img, err := qrimage.Draw(code, 1)
	if err != nil {
		t.Fatal(err)
	}
	plain := qrBlocks(img, false)
	if texts, err := qrimage.Texts(pictured(t, plain)); err != nil || len(texts) != 1 || texts[0] != code {
		t.Errorf("read as %q, %v", texts, err)
	}
	rows := strings.Split(strings.TrimSuffix(plain, "\n"), "\n")
	if len(rows) > 50 || len([]rune(rows[0])) > 80 {
		t.Errorf("%d rows of %d cells: more than a terminal shows", len(rows), len([]rune(rows[0])))
	}
	coloured := strings.NewReplacer("\x1b[97;40m", "", "\x1b[0m", "").Replace(qrBlocks(img, true))
	if coloured != plain {
		t.Error("with colours it is another picture")
	}
}

func TestALaneTestThatCannotBegin(t *testing.T) {
	dir, h := enrolled(t)
	do(t, "lane").want(t, 2, "--data DIR is missing")
	do(t, "lane", "--data", dir, "now").want(t, 2, "one argument too many")
	do(t, "lane", "--data", dir).want(t, 1, "start it first")
	h.Close()
	start(t, dir)
	d := do(t, "lane", "--data", dir, "--wait", "300ms").want(t, 1, "is ended")
	d.want(t, 1, "The hub cannot be reached.")
	d.want(t, 1, "get the line up")
	doIn(t, "zh_CN.UTF-8", "lane", "--data", dir, "--wait", "300ms").want(t, 1, "联系不上中心")
	if d := do(t, "lane", "--data", dir, "--wait", "300ms", "--json"); !strings.Contains(d.out, `"state":"ended"`) || strings.Contains(d.out, "HX1") {
		t.Errorf("%s", d.out)
	}
}
