package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// Line is a line between tills and a hub that can be cut, slow, or silent one way: a TCP proxy on loopback. What it does
// to bytes it does as a network does: none is lost from the middle of a connection that goes on. Every method but Run is
// safe for concurrent use and takes effect at once.
type Line struct {
	Address string // that tills dial
	to      string
	ln      net.Listener

	mu      sync.Mutex // guards the rest
	rand    *rand.Rand
	ways    [2]way
	cut     bool
	open    map[net.Conn]struct{}
	changed chan struct{} // closed when something was set
}

// way is one direction.
type way struct {
	rate   int           // bits per second; 0: as fast as it goes
	least  time.Duration // that a chunk takes
	most   time.Duration
	silent bool
	free   time.Time // when the line has carried what was put on it
}

// Direction of bytes on a line.
type Direction int

// The two directions.
const (
	Up   Direction = iota // to the hub
	Down                  // to the till
)

// chunk is how much is carried at a time: about what a packet holds.
const chunk = 1400

// NewLine makes a line to an address; nothing goes through before Run. The seed decides the delays.
func NewLine(to string, seed uint64) (*Line, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("lay a line to %s: %w", to, err)
	}
	return &Line{Address: ln.Addr().String(), to: to, ln: ln, rand: rand.New(rand.NewPCG(seed, 0)),
		open: map[net.Conn]struct{}{}, changed: make(chan struct{})}, nil
}

// Rate limits both directions to so many bits a second; 0 sets no limit.
func (l *Line) Rate(bits int) {
	l.set(func() { l.ways[Up].rate, l.ways[Down].rate = bits, bits })
}

// Delay keeps every chunk of a direction for a time between two, one after the other, so that it slows the line too.
func (l *Line) Delay(d Direction, least, most time.Duration) {
	l.set(func() { l.ways[d].least, l.ways[d].most = least, most })
}

// Silence holds back what comes in a direction; with false it goes on where it stopped.
func (l *Line) Silence(d Direction, silent bool) {
	l.set(func() { l.ways[d].silent = silent })
}

// Cut breaks all connections, and every new one at once until Mend.
func (l *Line) Cut() {
	l.set(func() {
		l.cut = true
		for c := range l.open {
			c.Close()
		}
	})
}

// Mend lets connections through again.
func (l *Line) Mend() { l.set(func() { l.cut = false }) }

func (l *Line) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	close(l.changed)
	l.changed = make(chan struct{})
}

// Run carries until ctx ends, then breaks everything. It blocks.
func (l *Line) Run(ctx context.Context) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(ctx, func() {
		l.ln.Close()
		l.Cut()
	})()
	for {
		c, err := l.ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("line to %s: %w", l.to, err)
		}
		calls.Go(func() { l.call(ctx, c) })
	}
}

// call carries one connection until either end closes it.
func (l *Line) call(ctx context.Context, till net.Conn) {
	defer l.drop(till)
	if !l.keep(till) {
		return
	}
	hub, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", l.to)
	if err != nil {
		return
	}
	defer l.drop(hub)
	if !l.keep(hub) {
		return
	}
	var up sync.WaitGroup
	up.Go(func() { l.carry(ctx, Up, hub, till) })
	l.carry(ctx, Down, till, hub)
	up.Wait()
}

func (l *Line) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = struct{}{}
	return !l.cut
}

func (l *Line) drop(c net.Conn) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// carry moves chunks one way. When it ends both connections are closed, so that the other way ends too.
func (l *Line) carry(ctx context.Context, d Direction, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, chunk)
	for {
		n, err := from.Read(buf)
		if n > 0 && (l.hold(ctx, d, n) != nil || write(to, buf[:n]) != nil) {
			return
		}
		if err != nil {
			return
		}
	}
}

func write(to io.Writer, chunk []byte) error {
	_, err := to.Write(chunk)
	return err
}

var errCut = errors.New("the line is cut")

// hold waits as long as a chunk is on its way.
func (l *Line) hold(ctx context.Context, d Direction, bytes int) error {
	for {
		l.mu.Lock()
		w, changed, cut := &l.ways[d], l.changed, l.cut
		silent, wait := w.silent, time.Duration(0)
		if !silent && !cut {
			wait = w.takes(time.Now(), bytes, l.rand)
		}
		l.mu.Unlock()
		switch {
		case cut:
			return errCut
		case silent:
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return pause(ctx, wait)
	}
}

// takes puts a chunk on the line and says how long it is on its way.
func (w *way) takes(now time.Time, bytes int, r *rand.Rand) time.Duration {
	if w.free.Before(now) {
		w.free = now
	}
	if w.rate > 0 {
		w.free = w.free.Add(time.Duration(bytes) * 8 * time.Second / time.Duration(w.rate))
	}
	wait := w.free.Sub(now) + w.least
	if w.most > w.least {
		wait += time.Duration(r.Int64N(int64(w.most - w.least)))
	}
	return wait
}

func pause(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
