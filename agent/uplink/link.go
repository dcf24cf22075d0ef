package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// How long things may take. Agreed with the gate: a Status every 10 s is the heartbeat, and half a minute without any
// frame means that the line is dead.
const (
	dialWait    = 10 * time.Second // TCP, TLS and the websocket's handshake
	helloWait   = 5 * time.Second  // from then until the hub lets us in
	readWait    = 30 * time.Second
	writeWait   = 10 * time.Second
	statusEvery = 10 * time.Second
)

// Line is how the line to the hub stands.
type Line struct {
	Online  bool
	Since   time.Time    // trusted time when it became so
	Problem voucher.Text // why it is not online and what to do; empty when it is
}

// Config of a Link. Identity, Journal and Version are needed.
type Config struct {
	Identity Identity
	Journal  *journal.Journal
	Version  string                                                            // of the program
	Log      *slog.Logger                                                      // nil: nothing is logged
	Notify   func(Line)                                                        // told of each change, from Run's goroutine; must not block for long. nil: nobody is
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error) // nil: a net.Dialer
	Random   func() float64                                                    // in [0, 1), for the jitter; nil: math/rand/v2
}

// Link is the line to the hub.
type Link struct {
	id      Identity
	journal *journal.Journal
	version string
	log     *slog.Logger
	notify  func(Line)
	dialer  websocket.Dialer // but for NetDialContext
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	address string
	host    string

	back     backoff
	stranger bool // the hub does not know us, or says so
	line     Line // as last told
	told     bool
}

// NewLink makes a line that is not up yet; Run keeps it up.
func NewLink(c Config) *Link {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Notify == nil {
		c.Notify = func(Line) {}
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	l := &Link{
		id: c.Identity, journal: c.Journal, version: c.Version, log: c.Log, notify: c.Notify, dial: c.Dial, back: backoff{random: c.Random},
		dialer: websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: dialWait, ReadBufferSize: 4096, WriteBufferSize: 4096},
	}
	if u, err := url.Parse(c.Identity.Hub); err == nil {
		l.host = u.Host
		l.address = (&url.URL{Scheme: "wss", Host: u.Host}).JoinPath(terminalPath).String()
	}
	roots := x509.NewCertPool()
	if c.Identity.CA != nil {
		roots.AddCert(c.Identity.CA)
	}
	// Trusted time, because a PC that starts in the year 2000 must be able to ask the hub what time it is.
	now := func() time.Time { return c.Journal.Stamp().At }
	l.dialer.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Time: now}
	return l
}

// Run keeps the line up until ctx ends, and then returns nil. It must not be called twice at the same time.
func (l *Link) Run(ctx context.Context) error {
	for {
		wait := l.once(ctx)
		if ctx.Err() != nil {
			l.tell(Line{})
			return nil
		}
		again := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			again.Stop()
			return nil
		case <-again.C:
		}
	}
}

// once brings the line up, holds it as long as it lasts, and says how long to wait before the next time.
func (l *Link) once(ctx context.Context) (wait time.Duration) {
	up, err := l.connect(ctx)
	if ctx.Err() != nil {
		return 0
	}
	lasted := time.Duration(0)
	if !up.IsZero() {
		lasted = time.Since(up)
		l.back.good(lasted)
		l.stranger = false
	}
	if errors.Is(err, ErrRenewed) {
		return 0
	}
	t := explain(err, l.host, l.journal.Stamp().Wall)
	l.tell(Line{Problem: t.Text})
	l.log.Debug("line is down", "err", err)
	if bye, ok := Farewell(err); ok {
		return l.sentAway(bye, up)
	}
	if errors.Is(err, journal.ErrFull) || errors.Is(err, journal.ErrBroken) {
		return l.back.after(wire.Bye{After: ownTrouble.Milliseconds()})
	}
	if lasted >= goodLine {
		return l.back.lost()
	}
	return l.back.next()
}

// sentAway is how long to wait after a farewell. A hub that says for the first time that it will not have us is shown our
// papers soon, for it may have lost them; after that, trying again is of little use.
func (l *Link) sentAway(bye wire.Bye, up time.Time) time.Duration {
	if first := !l.stranger; bye.Fatal && up.IsZero() {
		l.stranger = true
		bye.Fatal = !first
	}
	return l.back.after(bye)
}

// connect dials and talks. up is when the hub let us in, zero when it did not.
func (l *Link) connect(ctx context.Context) (up time.Time, err error) {
	conn, r, err := l.open(ctx)
	if err != nil {
		return time.Time{}, refusal(r, err)
	}
	c := newCall(l, conn)
	if l.stranger {
		c.talk.ShowPapers()
	}
	if r.Header.Get("Sec-WebSocket-Extensions") != "" {
		// gorilla/websocket v1.5.3 takes compression that it did not offer; inflated bytes would pass the read limit.
		c.cut()
		return time.Time{}, fmt.Errorf("%w: extensions nobody offered", wire.ErrFrame)
	}
	err = c.run(ctx)
	return c.up, err
}

// open makes the websocket. gorilla/websocket v1.5.3 does not look at ctx while it waits for the answer to its request,
// so the socket is closed under it when ctx ends.
func (l *Link) open(ctx context.Context) (*websocket.Conn, *http.Response, error) {
	free := func() bool { return true }
	defer func() { free() }()
	d := l.dialer
	d.NetDialContext = func(dialing context.Context, network, addr string) (net.Conn, error) {
		conn, err := l.dial(dialing, network, addr)
		if err == nil {
			free = context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
	return d.DialContext(ctx, l.address, nil)
}

// refusal adds the status of an answer that was no websocket.
func refusal(r *http.Response, err error) error {
	if r == nil {
		return err
	}
	return fmt.Errorf("status %s: %w", r.Status, err)
}

// tell passes a change of the line on.
func (l *Link) tell(line Line) {
	if l.told && line.Online == l.line.Online && line.Problem == l.line.Problem {
		return
	}
	line.Since = l.line.Since
	if !l.told || line.Online != l.line.Online {
		line.Since = l.journal.Stamp().At
		l.log.Info("line to the hub", "online", line.Online, "problem", line.Problem.En)
	}
	l.line, l.told = line, true
	l.notify(line)
}
