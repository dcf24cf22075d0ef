package camera_test

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"slices"
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
