package uplink_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
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
	dir     string
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
	r := &rig{t: t, dir: dir, hub: h, wires: newWires(), journal: j}
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

// reopen starts the till anew on its disk.
func (r *rig) reopen() {
	r.t.Helper()
	must(r.t, r.journal.Close())
	r.start()
}

// backup is the till's disk as it is now.
func (r *rig) backup() fs.FS {
	r.t.Helper()
	old, err := os.MkdirTemp("", "backup")
	must(r.t, err)
	r.t.Cleanup(func() { os.RemoveAll(old) })
	must(r.t, r.journal.Close())
	must(r.t, os.CopyFS(old, os.DirFS(r.dir)))
	r.start()
	return os.DirFS(old)
}

// putBack brings the till's disk back to a backup.
func (r *rig) putBack(old fs.FS) {
	r.t.Helper()
	must(r.t, r.journal.Close())
	must(r.t, os.RemoveAll(r.dir))
	must(r.t, os.CopyFS(r.dir, old))
	r.start()
}

func (r *rig) start() {
	r.t.Helper()
	j, err := journal.Open(r.dir, till, journal.Options{})
	must(r.t, err)
	r.journal, r.config.Journal = j, j
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
