package uplink_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// wires is a listener whose connections are pipes: inside a bubble of testing/synctest all waiting then is virtual.
type wires struct {
	calls chan net.Conn
	done  chan struct{}
	once  sync.Once

	mu    sync.Mutex // guards the rest
	down  bool
	dials []time.Time
}

func newWires() *wires { return &wires{calls: make(chan net.Conn), done: make(chan struct{})} }

func (w *wires) Accept() (net.Conn, error) {
	select {
	case c := <-w.calls:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *wires) Close() error   { w.once.Do(func() { close(w.done) }); return nil }
func (w *wires) Addr() net.Addr { return &net.TCPAddr{} }

func (w *wires) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, time.Now())
	down := w.down
	w.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	near, far := net.Pipe()
	select {
	case w.calls <- far:
		return near, nil
	case <-w.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *wires) set(down bool) { w.mu.Lock(); w.down = down; w.mu.Unlock() }

// waits are the pauses between attempts.
func (w *wires) waits() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var waits []time.Duration
	for i := 1; i < len(w.dials); i++ {
		waits = append(waits, w.dials[i].Sub(w.dials[i-1]))
	}
	return waits
}

// rig is a till's journal and its line to a hub.
type rig struct {
	t       *testing.T
	hub     *hub
	wires   *wires
	journal *journal.Journal
	config  uplink.Config

	mu    sync.Mutex // guards lines
	lines []uplink.Line
}

// bubble runs a test in virtual time, with a hub that follows the script.
func bubble(t *testing.T, do func(t *testing.T, r *rig), script ...func(*visit)) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, script...)
		stop := r.hub.serve(r.wires)
		defer func() {
			r.wires.Close()
			stop()
			must(t, r.journal.Close())
		}()
		do(t, r)
	})
}

func newRig(t *testing.T, script ...func(*visit)) *rig {
	h, id := newHub(t)
	h.script = script
	dir, err := os.MkdirTemp("/dev/shm", "uplink") // a disk tells nothing here, and thousands of syncs take long
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	j, err := journal.Open(dir, till, journal.Options{})
	must(t, err)
	r := &rig{t: t, hub: h, wires: newWires(), journal: j}
	r.config = uplink.Config{
		Identity: id, Journal: j, Version: "test", Dial: r.wires.dial, Random: func() float64 { return 0.5 },
		Notify: func(l uplink.Line) { r.mu.Lock(); r.lines = append(r.lines, l); r.mu.Unlock() },
	}
	return r
}

// run holds the line up during do, and then ends it.
func (r *rig) run(do func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := uplink.NewLink(r.config).Run(ctx); err != nil {
			r.t.Errorf("run: %v", err)
		}
	})
	defer running.Wait()
	defer cancel()
	do()
}

func (r *rig) ask(serials ...uint64) {
	r.t.Helper()
	for _, serial := range serials {
		_, err := r.journal.Ask(redemption(serial))
		must(r.t, err)
	}
}

func redemption(serial uint64) voucher.Redemption {
	b := voucher.Body{Key: 1, Campaign: 7, Phase: 1, Tier: 1, Serial: voucher.Serial(serial)}
	return voucher.Redemption{Voucher: b, Bill: 5800}
}

func (r *rig) askMany(from, n uint64) {
	for serial := from; serial < from+n; serial++ {
		r.ask(serial)
	}
}

// agreed checks that hub and journal hold the same chain, and that every record is answered.
func (r *rig) agreed(n int) {
	r.t.Helper()
	s := r.journal.State()
	held := r.hub.count(func(h *hub) int { return len(h.chain) })
	if s.Last != uint64(n) || s.Queued != 0 || s.Settled != s.Last || held != n {
		r.t.Fatalf("journal %+v, the hub has %d records; want %d", s, held, n)
	}
	for i, raw := range r.journal.Unsettled(0, n) {
		if string(raw) != string(r.hub.chain[i]) {
			r.t.Fatalf("record %d differs", i+1)
		}
	}
}

// last is the newest word on the line.
func (r *rig) last() uplink.Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) == 0 {
		return uplink.Line{}
	}
	return r.lines[len(r.lines)-1]
}

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
		})
		if n := len(r.hub.statuses); n != 7 {
			t.Errorf("%d reports in 65 s", n)
		}
		if n := r.hub.visits; n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestFaults puts one fault into the first connections; afterwards the hub behaves, and everything must agree.
func TestFaults(t *testing.T) {
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signedBy := func(key ed25519.PrivateKey, act func(*visit)) func(*visit) {
		return func(v *visit) {
			h := hub{authority: v.hub.authority, t: v.hub.t, key: key, device: v.hub.device, law: v.hub.law, lease: v.hub.lease, judge: v.hub.judge}
			act(&visit{hub: &h, ws: v.ws})
		}
	}
	inside := func(do func(v *visit)) func(*visit) { // once the terminal is in
		return func(v *visit) {
			if v.challenge() && v.welcome() {
				do(v)
			}
		}
	}
	onRecords := func(do func(v *visit, m wire.Records)) func(*visit) {
		return inside(func(v *visit) {
			v.talk(func(m wire.Message) bool {
				recs, ok := m.(wire.Records)
				if !ok {
					v.answer(m)
					return true
				}
				do(v, recs)
				return false
			})
		})
	}
	raw := func(frame ...byte) func(*visit) {
		return inside(func(v *visit) {
			v.ws.WriteMessage(websocket.BinaryMessage, frame)
			v.next()
			v.next()
		})
	}
	cases := []struct {
		name    string
		script  []func(*visit)
		problem string // a word of what the till is told; empty: any
		within  time.Duration
	}{
		{"the line is cut before the challenge", []func(*visit){func(*visit) {}}, "was cut", 2 * time.Second},
		{"the line is cut after the hello", []func(*visit){func(v *visit) { v.challenge() }}, "was cut", 2 * time.Second},
		{"the line is cut before the records are taken", []func(*visit){onRecords(func(v *visit, m wire.Records) {})}, "was cut", 2 * time.Second},
		{"the records are taken, and the ack is lost", []func(*visit){onRecords(func(v *visit, m wire.Records) { v.record(m) })}, "was cut", 2 * time.Second},
		{"the ack is lost three times", []func(*visit){
			onRecords(func(v *visit, m wire.Records) { v.record(m) }), onRecords(func(v *visit, m wire.Records) { v.record(m) }), onRecords(func(v *visit, m wire.Records) { v.record(m) }),
		}, "was cut", 5 * time.Second},
		{"the ack is cut in the middle", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			frame, _ := wire.Encode(wire.Ack{Signed: v.seal(v.record(m), wire.ForAck)})
			head := binary.BigEndian.AppendUint16([]byte{0x82, 126}, uint16(len(frame)))
			v.ws.NetConn().Write(append(head, frame[:len(frame)/2]...))
		})}, "was cut", 2 * time.Second},
		{"the hub does not answer the hello", []func(*visit){func(v *visit) { v.challenge(); v.next() }}, "does not answer", 7 * time.Second},
		{"the hub says nothing at all", []func(*visit){func(v *visit) { v.next() }}, "does not answer", 7 * time.Second},
		{"the hub falls silent", []func(*visit){inside(func(v *visit) { v.talk(func(wire.Message) bool { return true }) })}, "does not answer", 35 * time.Second},
		{"everything is signed by another key", []func(*visit){signedBy(wrong, (*visit).behave)}, "not signed", 2 * time.Second},
		{"the ack is signed by another key", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			ack := v.record(m)
			s, _ := wire.Seal(ack, wrong, wire.ForAck)
			v.send(wire.Ack{Signed: s})
			v.next()
		})}, "not signed", 2 * time.Second},
		{"a pulse's signature is put under an ack", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			v.send(wire.Ack{Signed: v.seal(v.record(m), wire.ForPulse)})
			v.next()
		})}, "not signed", 2 * time.Second},
		{"garbage", []func(*visit){raw(0xff, 0xff, 0xff)}, "cannot be read", 2 * time.Second},
		{"an empty frame", []func(*visit){raw()}, "cannot be read", 2 * time.Second},
		{"a text message", []func(*visit){inside(func(v *visit) { v.ws.WriteMessage(websocket.TextMessage, []byte("hello")); v.next() })}, "cannot be read", 2 * time.Second},
		{"a frame beyond the limit", []func(*visit){inside(func(v *visit) { v.ws.WriteMessage(websocket.BinaryMessage, make([]byte, wire.MaxDown+1)); v.next() })}, "cannot be read", 3 * time.Second},
		{"a second challenge", []func(*visit){func(v *visit) { v.challenge(); v.challenge() }}, "cannot be read", 2 * time.Second},
		{"a challenge that is too short to be one", []func(*visit){func(v *visit) { v.send(wire.Challenge{Nonce: []byte("sign this")}); v.next() }}, "cannot be read", 2 * time.Second},
		{"a farewell that asks for a minute", []func(*visit){func(v *visit) {
			v.send(wire.Bye{Text: voucher.Text{Zh: "重启", En: "restarting"}, After: 60_000})
		}}, "restarting", 62 * time.Second},
		{"an ack that answers nothing", []func(*visit){onRecords(func(v *visit, m wire.Records) {
			v.send(wire.Ack{Signed: v.seal(wire.AckBody{Terminal: till, Epoch: 1, HubTime: time.Now().UnixMilli()}, wire.ForAck)})
			v.next()
		})}, "", 2 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.askMany(1, 30)
				r.run(func() {
					time.Sleep(c.within)
					synctest.Wait()
					r.agreed(30)
					if l := r.last(); !l.Online {
						t.Errorf("line: %+v", l)
					}
				})
				if !slices.ContainsFunc(r.lines, func(l uplink.Line) bool {
					return !l.Online && strings.Contains(l.Problem.En, c.problem) && (l.Problem.Zh != "" || c.problem == "")
				}) {
					t.Errorf("nobody was told of %q: %+v", c.problem, r.lines)
				}
			}, c.script...)
		})
	}
}

func TestHowLongASilentHubIsWaitedFor(t *testing.T) {
	const jitter = 250 * time.Millisecond // half of the first bound
	silent := func(v *visit) { v.talk(func(wire.Message) bool { return true }) }
	for _, c := range []struct {
		name string
		act  func(*visit)
		want time.Duration
	}{
		{"for its challenge", silent, 5*time.Second + jitter},
		{"for its welcome", func(v *visit) { v.challenge(); silent(v) }, 5*time.Second + jitter},
		{"for any word, once we are in", func(v *visit) { v.challenge(); v.welcome(); silent(v) }, 30*time.Second + jitter},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.run(func() { time.Sleep(time.Minute); synctest.Wait() })
				if w := r.wires.waits(); len(w) != 1 || w[0] != c.want {
					t.Errorf("waits %v, want %v", w, c.want)
				}
			}, c.act)
		})
	}
}

func TestNothingUnsignedIsAdopted(t *testing.T) {
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	var evil []func(*visit)
	for _, say := range []func(v *visit) wire.Message{
		func(v *visit) wire.Message { return wire.Law{Signed: v.forged(v.hub.law, wrong, wire.ForLaw)} },
		func(v *visit) wire.Message { return wire.Lease{Signed: v.forged(v.hub.lease, wrong, wire.ForLease)} },
		func(v *visit) wire.Message { return wire.Lease{Signed: v.forged(v.hub.lease, v.hub.key, wire.ForLaw)} },
		func(v *visit) wire.Message {
			return wire.Pulse{Signed: v.forged(wire.PulseBody{HubTime: 1 << 45}, wrong, wire.ForPulse)}
		},
		func(v *visit) wire.Message {
			good := v.forged(v.hub.law, v.hub.key, wire.ForLaw)
			good.Raw[len(good.Raw)/2] ^= 1
			return wire.Law{Signed: good}
		},
	} {
		evil = append(evil, func(v *visit) {
			if v.challenge() {
				v.send(wire.Welcome{})
				v.send(say(v))
				v.talk(func(wire.Message) bool { return true })
			}
		})
	}
	silent := func(v *visit) { v.next() }
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() {
			time.Sleep(20 * time.Second)
			synctest.Wait()
			if got := r.hub.count(func(h *hub) int { return h.visits }); got <= len(evil) {
				t.Errorf("only %d connections", got)
			}
		})
		if s := r.journal.State(); s.Law != nil || s.Lease.Serial != 0 {
			t.Errorf("adopted: %+v", s)
		}
		if s := r.journal.Stamp(); !s.Heard.IsZero() {
			t.Errorf("believed: %+v", s)
		}
	}, append(evil, slices.Repeat([]func(*visit){silent}, 50)...)...)
}

func (v *visit) forged(body any, key ed25519.PrivateKey, p wire.Purpose) wire.Signed {
	s, err := wire.Seal(body, key, p)
	must(v.hub.t, err)
	return s
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

func TestDiskOlderThanTheHubSendsNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		welcome wire.Welcome
	}{
		{"the hub has more", wire.Welcome{Last: 3, Head: make([]byte, 32)}},
		{"the hub has as many, but others", wire.Welcome{Last: 2, Head: make([]byte, 32)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.ask(1, 2)
				r.run(func() { time.Sleep(299 * time.Second); synctest.Wait() })
				if r.hub.received != 0 || r.hub.visits != 1 {
					t.Errorf("%d records sent in %d connections", r.hub.received, r.hub.visits)
				}
				if p := r.lines[0].Problem; !strings.Contains(p.En, "older than what the hub has") || p.Zh == "" {
					t.Errorf("told %+v", r.lines)
				}
			}, func(v *visit) {
				if v.challenge() {
					v.send(c.welcome)
					v.talk(func(m wire.Message) bool { v.answer(m); return true })
				}
			})
		})
	}
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

func TestFatalFarewellIsHeededForFiveMinutes(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.run(func() { time.Sleep(5*time.Minute + time.Second); synctest.Wait() })
		if w := r.wires.waits(); len(w) != 1 || w[0] < 5*time.Minute {
			t.Errorf("waits %v", w)
		}
		if p := r.lines[0].Problem; p.Zh != "本终端已注销" || p.En != "this terminal is revoked" {
			t.Errorf("told %+v", p)
		}
	}, func(v *visit) {
		v.challenge()
		v.send(wire.Bye{Text: voucher.Text{Zh: "本终端已注销", En: "this terminal is revoked"}, Fatal: true})
	})
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
