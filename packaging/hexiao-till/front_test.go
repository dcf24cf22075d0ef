//go:build !windows

package main

import (
	"image"
	"os/exec"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"hexiao/agent/desk"
)

// manage starts a window manager on a display, and waits until it manages.
func (x *xvfb) manage(t testing.TB) {
	t.Helper()
	cmd := exec.Command(needed(t, "openbox"), "--sm-disable")
	cmd.Env = []string{"DISPLAY=" + x.display, "HOME=" + t.TempDir(), "LANG=C.UTF-8"}
	check(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := xgb.NewConnDisplay(x.display)
	check(t, err)
	defer line.Close()
	s := &server{line: line, root: xproto.Setup(line).DefaultScreen(line).Root}
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.Now().Add(20 * time.Second); !s.managed(); <-again.C {
		if time.Now().After(late) {
			t.Fatal("openbox does not manage the display")
		}
	}
}

// idle waits until the window is there and ready for a scan.
func idle(t testing.TB, x *xvfb, p *till) {
	t.Helper()
	x.until(t, p.ended, "a window ready for a scan", func(m *image.NRGBA) bool { return share(m, idleGround) > 0.2 })
}

func away(t testing.TB, x *xvfb, p *till) {
	t.Helper()
	x.until(t, p.ended, "a screen without the window", func(m *image.NRGBA) bool {
		for _, g := range grounds {
			if share(m, g.ground) > 0.01 {
				return false
			}
		}
		return share(m, idleGround) < 0.01
	})
}

// stays checks that the window stays away for a while.
func stays(t *testing.T, x *xvfb, p *till, while time.Duration) {
	t.Helper()
	over := time.NewTimer(while)
	defer over.Stop()
	<-over.C
	m, err := x.Look()
	check(t, err)
	if share(m, grounds[final].ground) > 0.01 || share(m, idleGround) > 0.01 {
		t.Error("the window comes back without a reason")
	}
}

func TestF12PutsTheWindowAsideAndAnswersBringItBack(t *testing.T) {
	t.Run("a window", func(t *testing.T) { putsAside(t, "--fullscreen=false") })
	t.Run("the whole screen", func(t *testing.T) { putsAside(t, "--fullscreen=true") })
}

func putsAside(t *testing.T, full string) {
	x := openDisplay(t)
	x.manage(t)
	h := newHands(t, x)
	counter := newCounter()
	p := open(t, x, append(counter.serve(t), full)...)
	idle(t, x, p)
	h.hit(keyF12)
	h.sync()
	away(t, x, p)

	counter.answer(grounds[final].answer)
	stays(t, x, p, time.Second)
	counter.answer(grounds[refused].answer)
	see(t, x, p, "REFUSED, after a FINAL that nobody need look at", grounds[refused].ground, grounds[refused].ink)

	h.hit(keyF12)
	h.sync()
	away(t, x, p)
	second := program(t.Context(), []string{"DISPLAY=" + x.display}, p.Args[1:]...)
	if code := second.code(); code != done {
		t.Errorf("a second start: exit code %d:\n%s", code, second.says.String())
	}
	second.tells(t, "已经开着", "open already")
	see(t, x, p, "the window, after a second start", grounds[refused].ground, grounds[refused].ink)
	p.stop(t)
}

// Where there is no window manager there is no taskbar either, so that a window that was hidden would be lost.
func TestWithoutAWindowManagerF12PutsTheWindowBehindOthers(t *testing.T) {
	x := openDisplay(t)
	h := newHands(t, x)
	counter := newCounter()
	p := open(t, x, counter.serve(t)...)
	idle(t, x, p)
	h.cover()
	away(t, x, p)
	second := program(t.Context(), []string{"DISPLAY=" + x.display}, p.Args[1:]...)
	if code := second.code(); code != done {
		t.Errorf("a second start: exit code %d:\n%s", code, second.says.String())
	}
	idle(t, x, p)
	h.hit(keyF12)
	h.sync()
	away(t, x, p)
	counter.answer(grounds[provisional].answer)
	see(t, x, p, "PROVISIONAL before the other window", grounds[provisional].ground, grounds[provisional].ink)
	p.stop(t)
}

func (c *counter) answer(a desk.Answer) {
	a.At = time.Now()
	c.tell(desk.Event{Type: desk.AnswerEvent, Answer: new(a.Say(desk.Details{}))})
}

func TestTheSeat(t *testing.T) {
	folder := t.TempDir()
	first, err := take(folder, ":0 desk")
	if err != nil || first == nil {
		t.Fatal(first, err)
	}
	if second, err := take(folder, ":0 desk"); second != nil || err != nil {
		t.Errorf("taken twice: %v, %v", second, err)
	}
	if other, err := take(folder, ":1 desk"); other == nil {
		t.Errorf("another display's seat: %v", err)
	} else {
		other.leave()
	}
	first.leave()
	again, err := take(folder, ":0 desk")
	if again == nil {
		t.Fatalf("after it was left: %v", err)
	}
	again.leave()
}
