package camera_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/camera"
)

func TestEveryFormatIsRead(t *testing.T) {
	g := scene(t, voucher)
	picture := jpegOf(t, g)
	colour := image.NewYCbCr(g.Rect, image.YCbCrSubsampleRatio422)
	copy(colour.Y, g.Pix)
	for i := range colour.Cb {
		colour.Cb[i], colour.Cr[i] = 90, 160
	}
	var coloured bytes.Buffer
	if err := jpeg.Encode(&coloured, colour, nil); err != nil {
		t.Fatal(err)
	}
	bare := camera.WithoutTables(coloured.Bytes())
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil || len(bare) == coloured.Len() {
		t.Fatal("the picture without tables has them")
	}
	uyvy, long := make([]byte, 2*len(g.Pix)), make([]byte, 0, (width+32)*height)
	for i, v := range g.Pix {
		uyvy[2*i], uyvy[2*i+1] = 90, v
	}
	for y := range height {
		long = append(append(long, g.Pix[y*width:(y+1)*width]...), bytes.Repeat([]byte{7}, 32)...)
	}
	for _, c := range []struct {
		name, code string
		stride     int
		raw        []byte
	}{
		{"YUYV", "YUYV", 0, yuyv(g)},
		{"UYVY", "UYVY", 0, uyvy},
		{"grey", "GREY", 0, g.Pix},
		{"grey in rows longer than its pixels", "GREY", width + 32, long},
		{"the last row without its rest", "GREY", width + 32, long[:len(long)-32]},
		{"NV12", "NV12", 0, append(slices.Clone(g.Pix), make([]byte, len(g.Pix)/2)...)},
		{"a grey JPEG", "MJPG", 0, picture},
		{"a coloured JPEG", "JPEG", 0, coloured.Bytes()},
		{"Motion JPEG without its tables", "MJPG", 0, bare},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.shape.Code, r.shape.Stride = c.code, c.stride
				r.shows(c.raw)
				r.start()
				r.pass(time.Second)
				r.stop()
				r.wants("a frame", voucher)
			})
		})
	}
}

func jpegOf(t *testing.T, g *image.Gray) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, g, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// enlarged is the picture with a margin at the right and below.
func enlarged(g *image.Gray) *image.Gray {
	large := image.NewGray(image.Rect(0, 0, g.Rect.Dx()+16, g.Rect.Dy()+16))
	draw.Draw(large, g.Rect, g, image.Point{}, draw.Src)
	return large
}

func TestFramesThatAreNotWholeAreLeftOut(t *testing.T) {
	good := yuyv(scene(t, voucher))
	for name, bad := range map[string][]byte{"empty": {}, "half": slices.Clip(good[:len(good)/2]), "one byte short": slices.Clip(good[:len(good)-1])} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				n := 0
				r.plays(func() ([]byte, error) {
					if n++; n%2 == 0 {
						return good, nil
					}
					return bad, nil
				})
				r.start()
				r.pass(2 * time.Second)
				r.stop()
				r.wants("every second frame", voucher)
				if slices.ContainsFunc(r.states, func(s drivers.State) bool { return s.Problem.Code != "" }) {
					t.Errorf("a bad frame is a lost camera: %+v", r.states)
				}
			})
		})
	}
	smaller, larger := jpegOf(t, image.NewGray(image.Rect(0, 0, width, height-8))), jpegOf(t, enlarged(scene(t, voucher)))
	for name, bad := range map[string][]byte{"a smaller picture": smaller, "a larger picture": larger, "no JPEG": good[:5000], "a marker and no more": {0xFF, 0xD8, 0xFF}, "a length beyond the end": {0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0xFF}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.shape.Code = "MJPG"
				r.shows(bad)
				r.start()
				r.pass(2 * time.Second)
				if len(r.states) != 1 || !r.State().Connected {
					t.Errorf("%+v", r.states)
				}
				r.stop()
				r.wants("broken JPEG")
			})
		})
	}
}

// A bit that turned over on a bad cable must not take the machine's memory.
func TestAFrameThatSaysToBeHugeTakesNoRoom(t *testing.T) {
	huge := jpegOf(t, scene(t, voucher))
	frame := bytes.Index(huge, []byte{0xFF, 0xC0}) // start of frame: length, precision, then height and width
	copy(huge[frame+5:], []byte{0x40, 0, 0x40, 0})
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.shape.Code = "MJPG"
		r.shows(huge)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r.start()
		r.pass(time.Second)
		r.stop()
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 100 {
			t.Errorf("%d MB taken for a frame of %d x %d", took, width, height)
		}
		r.wants("huge JPEG")
	})
}

func TestWhichFormatIsChosen(t *testing.T) {
	one := func(w, h int) [6]int { return [6]int{w, h, w, h, 0, 0} }
	all := [][6]int{one(640, 480), one(1920, 1080), one(1280, 720), one(320, 240)}
	for _, c := range []struct {
		name, mode, want string
		offers           []camera.Offer
		width, height    int
	}{
		{"the size that is read best", "", "YUYV", []camera.Offer{{"MJPG", all}, {"YUYV", all}}, 1280, 720},
		{"a size that was asked for", "640x480", "YUYV", []camera.Offer{{"MJPG", all}, {"YUYV", all}}, 640, 480},
		{"raw and smaller rather than a JPEG", "", "YUYV", []camera.Offer{{"MJPG", all}, {"YUYV", [][6]int{one(640, 480)}}}, 640, 480},
		{"a JPEG rather than raw and tiny", "", "MJPG", []camera.Offer{{"MJPG", all}, {"YUYV", [][6]int{one(176, 144)}}}, 1280, 720},
		{"a JPEG where there is nothing else", "", "MJPG", []camera.Offer{{"H264", all}, {"MJPG", all}}, 1280, 720},
		{"any size in steps", "", "GREY", []camera.Offer{{"GREY", [][6]int{{48, 32, 3840, 2160, 16, 8}}}}, 1280, 720},
		{"steps that miss the size", "", "NV12", []camera.Offer{{"NV12", [][6]int{{100, 100, 3840, 2160, 100, 100}}}}, 1200, 700},
		{"a camera that is smaller", "", "YUYV", []camera.Offer{{"YUYV", [][6]int{{48, 32, 640, 480, 2, 2}}}}, 640, 480},
		{"a driver that names no size", "", "YUYV", []camera.Offer{{"YUYV", nil}}, 1280, 720},
		{"no format that can be read", "", "", []camera.Offer{{"H264", all}, {"BA81", all}}, 0, 0},
		{"no format at all", "", "", nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, w, h, ok := camera.Choose(c.offers, c.mode)
			if code != c.want || w != c.width || h != c.height || ok != (c.want != "") {
				t.Errorf("%s %d x %d, %v", code, w, h, ok)
			}
		})
	}
}
