package camera_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/drivers"
	"hexiao/drivers/camera"
	"hexiao/drivers/qrimage"
)

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
		least, most int64 // looks in the second ten seconds
		thorough    int64 // of them at most
	}{
		{"nothing moves", false, 0, 18, 20, 2},
		{"something moves", true, 0, 60, 80, 20},
		{"a slow PC", true, 300 * time.Millisecond, 9, 12, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				n := 0
				var looks, thoroughly atomic.Int64
				r.plays(func() ([]byte, error) {
					if n++; c.moves && n/15%2 == 0 {
						return hand, nil
					}
					return wall, nil
				})
				r.SetRead(func(_ []byte, _, _ int, thorough bool) ([]string, error) {
					time.Sleep(c.takes)
					looks.Add(1)
					if thorough {
						thoroughly.Add(1)
					}
					return nil, nil
				})
				r.start()
				r.pass(10 * time.Second)
				looks.Store(0)
				thoroughly.Store(0)
				r.pass(10 * time.Second)
				if all, deep := looks.Load(), thoroughly.Load(); all < c.least || all > c.most || deep > c.thorough || deep == 0 {
					t.Errorf("%d looks, %d thorough", all, deep)
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
