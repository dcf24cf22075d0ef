package gate

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// Options are what a gate is given. Ledger, Hub, CA and Certificate are needed; the zero value of any other
// stands for what is said beside it.
type Options struct {
	Ledger      *ledger.Ledger
	Hub         ed25519.PrivateKey      // signs laws, acks and pulses
	CA          []byte                  // DER; given to those who enrol
	Issuing     ed25519.PrivateKey      // signs lane vouchers; nil: terminals get none
	Certificate func() *tls.Certificate // asked at each handshake, so that a renewed one is served

	Log      *slog.Logger     // silence
	Now      func() time.Time // time.Now
	Ready    func() error     // of /readyz: nil when the hub can serve; always ready
	Readings Readings         // figures of other rooms for /metrics; none

	Connections int            // at most, in all; 20,000 (a process may open 65,536 files on Debian 12 under systemd's unit)
	PerAddress  int            // at most, from one IPv4 address or IPv6 /64; 1,000, because a county's shops may share one carrier's address
	MetricsFrom []netip.Prefix // who may read /metrics and /readyz beside the machine itself; nobody

	HelloWait time.Duration // for the hello after the handshake; 5 s
	ReadWait  time.Duration // for the next frame; 45 s, more than four of a terminal's reports
	WriteWait time.Duration // for one frame to go out; 10 s
	Linger    time.Duration // for a terminal to read why it is sent away; 1 s
	Grace     time.Duration // for all to leave at the end; 5 s
	Return    time.Duration // over which terminals come back after a restart; 10 s
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	orElse(&o.Connections, 20_000)
	orElse(&o.PerAddress, 1_000)
	orElse(&o.HelloWait, 5*time.Second)
	orElse(&o.ReadWait, 45*time.Second)
	orElse(&o.WriteWait, 10*time.Second)
	orElse(&o.Linger, time.Second)
	orElse(&o.Grace, 5*time.Second)
	orElse(&o.Return, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	return o
}

func orElse[T comparable](p *T, otherwise T) {
	var zero T
	if *p == zero {
		*p = otherwise
	}
}

// Gate lets terminals in. Make it with New, run it once with Run; all other methods are safe for concurrent use.
type Gate struct {
	o        Options
	log      *slog.Logger
	now      func() time.Time
	metrics  *metrics
	upgrader websocket.Upgrader
	enrols   *limiter      // per address
	allEnrol *limiter      // of everybody together
	changed  chan struct{} // capacity 1: there is news

	life     context.Context // of sessions; set by Run before it serves
	sessions sync.WaitGroup

	mu         sync.Mutex // guards the rest
	conns      map[*conn]struct{}
	made       uint64 // connections so far
	byTerminal map[voucher.TerminalID]*conn
	lives      map[voucher.TerminalID]*Live
	news       news
	closing    bool
}

// New makes a gate; it starts nothing.
func New(o Options) *Gate {
	o = o.withDefaults()
	g := &Gate{
		o: o, log: o.Log, now: o.Now,
		enrols:     newLimiter(30, 2*time.Second),
		allEnrol:   newLimiter(200, 50*time.Millisecond),
		changed:    make(chan struct{}, 1),
		conns:      map[*conn]struct{}{},
		byTerminal: map[voucher.TerminalID]*conn{},
		lives:      map[voucher.TerminalID]*Live{},
	}
	g.upgrader = websocket.Upgrader{
		HandshakeTimeout: o.WriteWait,
		// Every connection keeps its read buffer, so that it is only as large as a report; what is larger is read past it.
		// Write buffers go round.
		ReadBufferSize: 256, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{},
		CheckOrigin: func(*http.Request) bool { return true }, // refuseBrowsers has looked already, at every path
	}
	g.metrics = newMetrics(g)
	return g
}

// Run serves on the listener, with TLS, until ctx ends; then it tells every terminal when to come back, waits for the
// answers that are under way, and closes. It blocks; it returns nil after an orderly end.
func (g *Gate) Run(ctx context.Context, ln net.Listener) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	g.life = life
	server := g.server()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return g.carry(ctx) })
	group.Go(func() error {
		err := server.Serve(tls.NewListener(g.limit(ln), g.tls()))
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("serve terminals on %s: %w", ln.Addr(), err)
	})
	group.Go(func() error {
		<-ctx.Done()
		g.drain(server)
		return nil
	})
	err := group.Wait()
	g.sessions.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// drain sends everybody away and waits, for the grace at most.
func (g *Gate) drain(server *http.Server) {
	g.mu.Lock()
	g.closing = true
	n := len(g.conns)
	for c := range g.conns {
		c.dismiss(draining(g.o.Return))
	}
	g.mu.Unlock()
	g.log.Info("terminals are sent away: the hub stops", "terminals", n)
	ctx, cancel := context.WithTimeout(context.Background(), g.o.Grace)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		server.Close()
	}
	left := make(chan struct{})
	go func() { g.sessions.Wait(); close(left) }()
	select {
	case <-left:
		return
	case <-ctx.Done():
	}
	g.mu.Lock()
	for c := range g.conns {
		c.cut()
	}
	g.mu.Unlock()
	<-left
}

// admit takes a new connection into the list, unless the gate is closing; start runs it.
func (g *Gate) admit(c *conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing {
		return false
	}
	g.made++
	c.no = g.made
	g.conns[c] = struct{}{}
	g.sessions.Go(func() {
		defer g.forget(c)
		c.serve(g.life)
	})
	return true
}

func (g *Gate) forget(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
}

// tls is what terminals are met with: 1.2 for what may stand between, and HTTP/1.1 only, because the websocket needs it.
func (g *Gate) tls() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return g.o.Certificate(), nil },
	}
}
