package camera_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/camera"
	"hexiao/drivers/qrimage"
)

const (
	width, height = 320, 240
	between       = 33 * time.Millisecond
)

const voucher = "HX1AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDGNBVGY3TQOJ2HM6D2PR7"

// scene is a grey picture before the camera: codes side by side on a wall, or the wall alone.
func scene(t testing.TB, texts ...string) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, width, height))
	draw.Draw(g, g.Rect, image.NewUniform(color.Gray{Y: 200}), image.Point{}, draw.Src)
	for i, text := range texts {
		code, err := qrimage.Draw(text, 3)
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(g, code.Bounds().Add(image.Pt(5+160*i, 40)), code, image.Point{}, draw.Src)
	}
	return g
}

// yuyv is a frame of a scene as most cameras send it.
func yuyv(g *image.Gray) []byte {
	raw := make([]byte, 2*len(g.Pix))
	for i, v := range g.Pix {
		raw[2*i], raw[2*i+1] = v, 128
	}
	return raw
}

// rig is a camera of which a test says what stands before it. It runs in a bubble of synctest.
type rig struct {
	*camera.Camera
	t      *testing.T
	mu     sync.Mutex             // guards the next two
	frame  func() ([]byte, error) // the next one; nil bytes: none comes
	opened func() error           // what becomes of an opening
	shape  camera.Fake            // of the frames
	closed int
	scans  []drivers.Scan
	groups [][]drivers.Scan
	states []drivers.State
	end    context.CancelFunc
	ended  chan error
}

func newRig(t *testing.T, change func(*camera.Options)) *rig {
	r := &rig{t: t, ended: make(chan error, 1), opened: func() error { return nil }, shape: camera.Fake{Code: "YUYV", Width: width, Height: height}}
	o := camera.Options{Address: "/dev/video0", Device: "eye", OnState: func(s drivers.State) { r.states = append(r.states, s) }}
	if change != nil {
		change(&o)
	}
	c, err := camera.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.SetOpen(func() (*camera.Fake, error) {
		if err := locked(r, func() func() error { return r.opened })(); err != nil {
			return nil, err
		}
		f := r.shape
		f.Next, f.Close = r.next, func() { r.closed++ }
		return &f, nil
	})
	r.Camera = c
	return r
}

func (r *rig) next(use func([]byte)) (bool, error) {
	time.Sleep(between)
	raw, err := locked(r, func() func() ([]byte, error) { return r.frame })()
	if raw == nil || err != nil {
		return false, err
	}
	use(raw)
	return true, nil
}

func locked[A any](r *rig, f func() A) A {
	r.mu.Lock()
	defer r.mu.Unlock()
	return f()
}

// plays says what frames come from now on.
func (r *rig) plays(frame func() ([]byte, error)) {
	locked(r, func() bool { r.frame = frame; return true })
}

// opens says what becomes of the next openings.
func (r *rig) opens(as func() error) { locked(r, func() bool { r.opened = as; return true }) }

// shows puts something before the camera for good.
func (r *rig) shows(raw []byte) { r.plays(func() ([]byte, error) { return raw, nil }) }

func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.end = cancel
	go func() { r.ended <- r.Run(ctx, func(s drivers.Scan) { r.scans = append(r.scans, s) }) }()
}

func (r *rig) stop() {
	r.t.Helper()
	r.end()
	if err := <-r.ended; err != nil {
		r.t.Error(err)
	}
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) texts() []string {
	var all []string
	for _, s := range r.scans {
		all = append(all, s.Text)
	}
	return all
}

func (r *rig) wants(when string, texts ...string) {
	r.t.Helper()
	if got := r.texts(); !slices.Equal(got, texts) {
		r.t.Errorf("%s: %d scans, want %d", when, len(got), len(texts))
	}
}

func TestACodeThatStaysInViewIsOneScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wall, code := yuyv(scene(t)), yuyv(scene(t, voucher))
		r := newRig(t, nil)
		r.shows(wall)
		r.start()
		r.pass(time.Second)
		r.wants("a wall")
		r.shows(code)
		r.pass(time.Second)
		r.wants("a code", voucher)
		if s := r.scans[0]; s.Device != "eye" || s.Symbology != "]Q1" || s.At.IsZero() || s.Damaged {
			t.Errorf("%v", s)
		}
		r.pass(time.Minute)
		r.wants("a minute later", voucher)

		began := time.Now()
		r.plays(func() ([]byte, error) { // a hand that shakes: seen for a third of each second
			if time.Since(began)%time.Second < time.Second/3 {
				return code, nil
			}
			return wall, nil
		})
		r.pass(time.Minute)
		r.wants("in a hand that shakes", voucher)
		if r.Repeats() < 50 {
			t.Errorf("%d repeats were counted", r.Repeats())
		}
		r.shows(wall)
		r.pass(camera.DefaultRepeat + time.Second)
		r.shows(code)
		r.pass(time.Second)
		r.wants("shown anew", voucher, voucher)
		r.stop()
	})
}

// A sticker on the counter is read once, however many hands pass before it.
func TestACodeThatBelongsToThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		var mu sync.Mutex
		var inSight []string
		sees := func(texts ...string) {
			mu.Lock()
			defer mu.Unlock()
			inSight = texts
		}
		r.SetRead(func([]byte, int, int, bool) ([]string, error) {
			mu.Lock()
			defer mu.Unlock()
			return inSight, nil
		})
		r.shows(yuyv(scene(t)))
		sees("sticker")
		r.start()
		r.pass(4 * time.Minute)
		sees()
		r.pass(5 * time.Second)
		sees("sticker")
		r.pass(6 * time.Minute)
		r.wants("in the first minutes", "sticker", "sticker")
		for range 10 { // customers
			sees("voucher")
			r.pass(5 * time.Second)
			sees("sticker")
			r.pass(5 * time.Second)
			sees("sticker", "voucher")
			r.pass(10 * time.Second)
			sees("sticker")
			r.pass(10 * time.Second)
		}
		if n := len(r.scans); n != 22 {
			t.Errorf("%d scans, want two of the sticker and twice ten of the voucher", n)
		}
		r.scans = nil
		sees()
		r.pass(11 * time.Minute)
		sees("sticker")
		r.pass(time.Second)
		r.wants("put there again", "sticker")
		r.stop()
	})
}

func TestTwoCodesInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, two := yuyv(scene(t, voucher)), yuyv(scene(t, "283456789012345678"))
		r := newRig(t, nil)
		r.shows(one)
		r.start()
		for range 3 { // within the time in which each is the same scan
			r.shows(two)
			r.pass(time.Second)
			r.shows(one)
			r.pass(time.Second)
		}
		r.stop()
		got := r.texts()
		slices.Sort(got)
		if !slices.Equal(got, []string{"283456789012345678", voucher}) {
			t.Errorf("%d scans", len(got))
		}
	})
}

func TestSeveralCodesInOneFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		both := yuyv(scene(t, "283456789012345678", "6212345678901234567"))
		apart := newRig(t, nil)
		apart.shows(both)
		apart.start()
		apart.pass(2 * time.Second)
		apart.wants("one by one", "283456789012345678", "6212345678901234567")
		apart.stop()

		var r *rig
		r = newRig(t, func(o *camera.Options) {
			o.Together = func(_ context.Context, s []drivers.Scan) { r.groups = append(r.groups, s) }
		})
		r.shows(both)
		r.start()
		r.pass(2 * time.Second)
		r.wants("together")
		if len(r.groups) != 1 || len(r.groups[0]) != 2 || r.groups[0][1].Text != "6212345678901234567" {
			t.Errorf("%d groups", len(r.groups))
		}
		r.shows(yuyv(scene(t, voucher)))
		r.pass(time.Second)
		r.wants("one alone", voucher)
		r.stop()
	})
}

func TestEveryFormatIsRead(t *testing.T) {
	g := scene(t, voucher)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, g, nil); err != nil {
		t.Fatal(err)
	}
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
		{"a grey JPEG", "MJPG", 0, picture.Bytes()},
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

func TestFramesThatAreNotWholeAreLeftOut(t *testing.T) {
	good := yuyv(scene(t, voucher))
	for name, bad := range map[string][]byte{"empty": {}, "half": good[:len(good)/2], "one byte short": good[:len(good)-1]} {
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
			})
		})
	}
	for name, bad := range map[string][]byte{"no JPEG": good[:5000], "a marker and no more": {0xFF, 0xD8, 0xFF}, "a length beyond the end": {0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0xFF}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				r.shape.Code = "MJPG"
				r.shows(bad)
				r.start()
				r.pass(2 * time.Second)
				if !r.State().Connected {
					t.Errorf("%+v", r.State())
				}
				r.stop()
				r.wants("broken JPEG")
			})
		})
	}
}

func TestACodeLightOnDarkIsReadInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dark := scene(t, voucher)
		for i := range dark.Pix {
			dark.Pix[i] = ^dark.Pix[i]
		}
		r := newRig(t, nil)
		r.shows(yuyv(dark))
		r.start()
		r.pass(time.Second)
		r.stop()
		r.wants("dark mode", voucher)
	})
}

// The camera must not make the till slow: what it may spend is counted in looks, and in the time that they take.
func TestHowOftenFramesAreLookedAt(t *testing.T) {
	wall, hand := yuyv(scene(t)), yuyv(scene(t, voucher))
	for _, c := range []struct {
		name        string
		moves       bool
		takes       time.Duration
		least, most int // looks in the second ten seconds
		thorough    int // of them at most
	}{
		{"nothing moves", false, 0, 18, 20, 2},
		{"something moves", true, 0, 60, 80, 20},
		{"a slow PC", true, 300 * time.Millisecond, 9, 12, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				n, looks, thoroughly := 0, 0, 0
				r.plays(func() ([]byte, error) {
					if n++; c.moves && n/15%2 == 0 {
						return hand, nil
					}
					return wall, nil
				})
				r.SetRead(func(_ []byte, _, _ int, thorough bool) ([]string, error) {
					time.Sleep(c.takes)
					looks++
					if thorough {
						thoroughly++
					}
					return nil, nil
				})
				r.start()
				r.pass(10 * time.Second)
				looks, thoroughly = 0, 0
				r.pass(10 * time.Second)
				if looks < c.least || looks > c.most || thoroughly > c.thorough || thoroughly == 0 {
					t.Errorf("%d looks, %d thorough", looks, thoroughly)
				}
				r.stop()
			})
		})
	}
}

func TestPluggedAndUnpluggedAHundredTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := yuyv(scene(t, "283456789012345678"))
		r := newRig(t, func(o *camera.Options) { o.Repeat = time.Millisecond })
		r.start()
		for i := range 100 {
			r.opens(func() error { return nil })
			r.shows(code)
			r.pass(5 * time.Second)
			if !r.State().Connected || len(r.scans) == 0 {
				t.Fatalf("plugged in for the %d. time: %+v, %d scans", i+1, r.State(), len(r.scans))
			}
			r.scans = nil
			r.opens(func() error { return drivers.Missing("/dev/video0") })
			r.plays(func() ([]byte, error) { return nil, errors.New("no such device") })
			r.pass(time.Second)
			if s := r.State(); s.Connected || s.Problem.Code != "missing" {
				t.Fatalf("unplugged: %+v", s)
			}
		}
		r.stop()
		if r.closed != 100 {
			t.Errorf("closed %d times", r.closed)
		}
		if r.states[0].Problem.Code == "" && !r.states[0].Connected || !slices.ContainsFunc(r.states, func(s drivers.State) bool { return s.Problem.Code == "lost" }) {
			t.Errorf("%d states, the first %+v", len(r.states), r.states[0])
		}
	})
}

func TestACameraThatSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.plays(func() ([]byte, error) { return nil, nil })
		r.start()
		r.pass(6 * time.Second)
		s := r.State()
		if s.Connected || s.Problem.Code != "no_frames" || !strings.Contains(s.Problem.EN, "/dev/video0") || !strings.Contains(s.Problem.ZH, "拔下重插") {
			t.Errorf("%+v", s)
		}
		for _, s := range r.states {
			if s.Connected {
				t.Error("it was said to be connected")
			}
		}
		r.shows(yuyv(scene(t, voucher)))
		r.pass(10 * time.Second)
		r.wants("when it sends", voucher)
		r.plays(func() ([]byte, error) { return nil, nil })
		r.pass(6 * time.Second)
		if s := r.State(); s.Connected || s.Problem.Code != "no_frames" {
			t.Errorf("when it stops: %+v", s)
		}
		r.stop()
	})
}

func TestAPanicOfTheLibraryIsALostCamera(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		n := 0
		r.plays(func() ([]byte, error) {
			if n++; n == 3 {
				panic("slice bounds out of range [:614400] with capacity 0")
			}
			return yuyv(scene(t)), nil
		})
		r.start()
		r.pass(5 * time.Second)
		if !r.State().Connected || !slices.ContainsFunc(r.states, func(s drivers.State) bool { return s.Problem.Code == "lost" }) {
			t.Errorf("%+v", r.states)
		}
		r.stop()
	})
}

func TestACameraThatDoesNotLetGo(t *testing.T) {
	for _, where := range []string{"opening", "reading"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stuck := make(chan struct{})
				r := newRig(t, nil)
				r.plays(func() ([]byte, error) { <-stuck; return nil, nil })
				if where == "opening" {
					r.opens(func() error { <-stuck; return nil })
				}
				r.start()
				r.pass(time.Second)
				began := time.Now()
				r.end()
				if err := <-r.ended; err == nil || !strings.Contains(err.Error(), "left behind") || time.Since(began) != r.Patience() {
					t.Errorf("%v after %v", err, time.Since(began))
				}
				close(stuck)
				r.pass(time.Second) // it comes to an end all the same
			})
		})
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		o    camera.Options
		says string
	}{
		{"no address", camera.Options{}, "address is empty"},
		{"half a USB address", camera.Options{Address: "usb:046D"}, "usb:VID:PID"},
		{"a mode of a serial line", camera.Options{Address: "/dev/video0", Mode: "9600 8N1"}, "1280x720"},
		{"a size beyond all cameras", camera.Options{Address: "/dev/video0", Mode: "99999x1"}, "160-4096"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := camera.New(c.o); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
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

// BenchmarkIdle is what a camera costs before which nothing happens: a look at a wall with some noise, of which there are two in a second.
func BenchmarkIdle(b *testing.B) {
	for _, s := range [][2]int{{640, 480}, {1280, 720}} {
		grey := make([]byte, s[0]*s[1])
		for i := range grey {
			grey[i] = byte(120 + i*7919%13)
		}
		for name, thorough := range map[string]bool{"glance": false, "thorough": true} {
			b.Run(name, func(b *testing.B) {
				b.SetBytes(int64(len(grey)))
				for b.Loop() {
					if _, err := qrimage.Frame(grey, s[0], s[1], thorough); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
