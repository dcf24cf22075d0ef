package uplink_test

import (
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestRecordsGoUpAtOnceAndAnswersComeBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		settled := 0
		r.journal.OnSettled(func(s []journal.Sale) { settled += len(s) })
		r.ask(1, 2)
		r.run(func() {
			synctest.Wait()
			r.agreed(2)
			began := time.Now()
			r.ask(3)
			synctest.Wait()
			r.agreed(3)
			if took := time.Since(began); took != 0 || settled != 3 {
				t.Errorf("%d sales were settled after %v of waiting", settled, took)
			}
			s := r.journal.State()
			if s.Law == nil || s.Law.Revision != 1 || s.Lease.Serial != 1 || !r.journal.Stamp().Sure {
				t.Errorf("law, lease or time did not arrive: %+v", s)
			}
			if l := r.last(); !l.Online || l.Problem != (voucher.Text{}) {
				t.Errorf("line: %+v", l)
			}
		})
		if l := r.last(); l.Online {
			t.Errorf("after the end: %+v", l)
		}
	})
}

func TestBacklogGoesUpInFullFramesAFewInFlight(t *testing.T) {
	var most, frames int
	slow := func(v *visit) {
		if !v.challenge() || !v.welcome() {
			return
		}
		var waiting []wire.Records
		v.talk(func(m wire.Message) bool {
			if recs, ok := m.(wire.Records); ok {
				frames++
				waiting = append(waiting, recs)
			} else {
				v.answer(m)
			}
			most = max(most, len(waiting))
			for len(waiting) == wire.MaxFlight || len(waiting) > 0 && frames == 11 {
				v.answer(waiting[0])
				waiting = waiting[1:]
			}
			return true
		})
	}
	bubble(t, func(t *testing.T, r *rig) {
		r.askMany(1, 1050)
		r.run(func() { synctest.Wait() })
		r.agreed(1050)
		if most != wire.MaxFlight || frames != 11 {
			t.Errorf("%d frames, at most %d in flight", frames, most)
		}
	}, slow)
}

func TestHeartbeatEveryTenSeconds(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() {
			synctest.Wait()
			r.ask(1)
			time.Sleep(65 * time.Second)
			synctest.Wait()
			if n := len(r.hub.statuses); n != 8 { // and one after the answer
				t.Errorf("%d reports in 65 s", n)
			}
		})
		if n := r.hub.visits; n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

func TestHubThatLostRecordsGetsThemAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.askMany(1, 5)
		r.run(func() { synctest.Wait() })
		r.agreed(5)
		r.hub.chain, r.hub.words = r.hub.chain[:2], r.hub.words[:2] // restored from a backup
		r.run(func() { synctest.Wait() })
		r.agreed(5)
		if r.hub.received != 8 {
			t.Errorf("%d records were sent", r.hub.received)
		}
	})
}

func TestHubGoneAndBack(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() {
			synctest.Wait()
			r.ask(1)
			time.Sleep(20 * time.Second)
			r.wires.set(true)
			r.hub.cutAll()
			synctest.Wait()
			if l := r.last(); l.Online {
				t.Errorf("line: %+v", l)
			}
			gone := r.last().Since
			r.askMany(2, 200)
			time.Sleep(time.Hour)
			synctest.Wait()
			if l := r.last(); l.Online || l.Since != gone || !strings.Contains(l.Problem.En, "cannot be reached") {
				t.Errorf("line after an hour: %+v", l)
			}
			r.wires.set(false)
			time.Sleep(30 * time.Second)
			synctest.Wait()
			r.agreed(201)
			if l := r.last(); !l.Online || !l.Since.After(gone) {
				t.Errorf("line: %+v", l)
			}
		})
	})
}

func TestAttemptsBackOffWithJitter(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.wires.set(true)
		r.run(func() { time.Sleep(2 * time.Minute); synctest.Wait() })
		want := []time.Duration{250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000} // half of each bound: Random gives 0.5
		for i, w := range r.wires.waits() {
			if i < len(want) && w != want[i]*time.Millisecond {
				t.Errorf("wait %d is %v, want %v ms", i+1, w, int64(want[i]))
			}
		}
		if n := len(r.wires.waits()); n < len(want) {
			t.Errorf("%d attempts", n+1)
		}
	})
}

// A hub that falls over is lost by all its terminals in the same instant: they must not be back in the same second.
func TestTerminalsComeBackSpreadOverSecondsToAHubThatFellOver(t *testing.T) {
	for _, random := range []float64{0, 0.25, 0.999} {
		bubble(t, func(t *testing.T, r *rig) {
			r.config.Random = func() float64 { return random }
			r.run(func() {
				time.Sleep(20 * time.Second)
				r.hub.cutAll()
				time.Sleep(10 * time.Second)
				synctest.Wait()
			})
			want := time.Duration(random * 5 * float64(time.Second))
			if w := r.wires.waits(); len(w) != 1 || w[0] != 20*time.Second+want {
				t.Errorf("at %v: waits %v, want %v after the line was lost", random, w, want)
			}
		})
	}
}

// The first is followed by another try, with our papers; the second is heeded.
func TestFatalFarewellIsHeededForFiveMinutes(t *testing.T) {
	revoked := func(v *visit) {
		v.send(wire.Bye{Text: voucher.Text{Zh: "本终端已注销", En: "this terminal is revoked"}, Fatal: true})
	}
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() { time.Sleep(5*time.Minute + 2*time.Second); synctest.Wait() })
		if w := r.wires.waits(); len(w) != 2 || w[0] > time.Second || w[1] < 5*time.Minute {
			t.Errorf("waits %v", w)
		}
		if p := r.lines[0].Problem; p.Zh != "本终端已注销" || p.En != "this terminal is revoked" {
			t.Errorf("told %+v", p)
		}
	}, revoked, revoked)
}

func TestLineCutAgainAndAgainIsNotTriedEverFaster(t *testing.T) {
	in := func(v *visit) { v.challenge(); v.welcome() }
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() { time.Sleep(20 * time.Second); synctest.Wait() })
		for i, w := range r.wires.waits() {
			if i >= 2 && w < time.Second || i < 2 && w != 250*time.Millisecond<<i {
				t.Errorf("waits %v", r.wires.waits())
			}
		}
		if n := len(r.wires.waits()); n < 4 {
			t.Errorf("%d attempts", n+1)
		}
	}, slices.Repeat([]func(*visit){in}, 10)...)
}

func TestLineThatComesBackAfterALongTimeIsTriedSoonAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() {
			r.wires.set(true)
			time.Sleep(time.Hour)
			r.wires.set(false)
			time.Sleep(time.Minute)
		})
		if w := r.wires.waits(); len(w) < 200 || w[len(w)-1] != time.Second || w[len(w)-2] != 15*time.Second {
			t.Errorf("waits %v", w)
		}
	}, func(v *visit) {
		v.challenge()
		v.welcome()
		v.next() // the report: the terminal knows that it is in
	})
}

// A disk that is full has no room a second later either, and each connection costs the hub an entry of its book for good.
func TestFullDiskDoesNotCallTheHubAgainAndAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		disk := new(journal.Memory)
		j, err := journal.Open("", till, journal.Options{Disk: disk})
		must(t, err)
		disk.SetFull(true)
		r.config.Journal = j
		r.run(func() { time.Sleep(5 * time.Minute) })
		if w := r.wires.waits(); len(w) < 5 || slices.Min(w) < 30*time.Second {
			t.Errorf("waits %v", w)
		}
		must(t, j.Close())
	})
}

func TestEndDuringEveryStage(t *testing.T) {
	hang := func(v *visit) { v.talk(func(wire.Message) bool { return true }) }
	deaf := func(v *visit) { v.challenge(); v.welcome(); time.Sleep(time.Minute) }
	refuse := func(r *rig) { r.wires.set(true) }
	mute := func(r *rig) {
		r.hub.door = func(_ http.ResponseWriter, q *http.Request) bool { <-q.Context().Done(); return false }
	}
	for _, c := range []struct {
		name string
		set  func(*rig)
		act  func(*visit)
		most time.Duration
	}{
		{"while the hub is away", refuse, nil, 0},
		{"while the hub does not answer the request", mute, nil, 0},
		{"before the challenge", nil, hang, 0},
		{"before the welcome", nil, func(v *visit) { v.challenge(); hang(v) }, 0},
		{"while the line is up", nil, (*visit).behave, 0},
		{"while the hub does not read", nil, deaf, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				if c.set != nil {
					c.set(r)
				}
				var asked time.Time
				r.run(func() { time.Sleep(time.Second); synctest.Wait(); asked = time.Now() })
				if took := time.Since(asked); took > c.most {
					t.Errorf("the end took %v", took)
				}
			}, c.act)
		})
	}
}

// TestOverRealSockets is the same line over loopback, and leaves no goroutine behind.
func TestOverRealSockets(t *testing.T) {
	before := runtime.NumGoroutine()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	h, id := newHub(t)
	h.script = []func(*visit){(*visit).behave}
	id.Hub = "https://" + ln.Addr().String()
	stop := h.serve(ln)
	j, err := journal.Open(t.TempDir(), till, journal.Options{})
	must(t, err)
	r := &rig{t: t, hub: h, journal: j}
	online := make(chan struct{})
	settled := make(chan struct{})
	left := 3
	j.OnSettled(func(s []journal.Sale) {
		if left -= len(s); left == 0 {
			close(settled)
		}
	})
	r.config = uplink.Config{Identity: id, Journal: j, Version: "test", Log: slog.New(slog.DiscardHandler), Notify: func(l uplink.Line) {
		if l.Online {
			close(online)
		}
	}}
	r.run(func() {
		<-online
		r.ask(1, 2, 3)
		<-settled
		r.agreed(3)
	})
	stop()
	must(t, j.Close())
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}
