package gate

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// everybody is the key of a limiter that does not tell callers apart.
var everybody = netip.IPv4Unspecified()

// maxAddresses is how many addresses a limiter remembers; those with nothing to remember are forgotten first.
const maxAddresses = 4096

// limiter lets each address do burst things at once and then one every interval (a leaky bucket, kept as the instant
// when it will be empty). Safe for concurrent use.
type limiter struct {
	burst    time.Duration
	interval time.Duration

	mu   sync.Mutex // guards full
	full map[netip.Addr]time.Time
}

func newLimiter(burst int, interval time.Duration) *limiter {
	return &limiter{burst: time.Duration(burst) * interval, interval: interval, full: map[netip.Addr]time.Time{}}
}

// take asks for one; 0 is yes, anything else how long to wait before asking again.
func (l *limiter) take(a netip.Addr, now time.Time) time.Duration {
	a = network(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	until := l.full[a]
	if until.Before(now) {
		until = now
	}
	if until = until.Add(l.interval); until.Sub(now) > l.burst {
		return until.Sub(now) - l.burst
	}
	if len(l.full) >= maxAddresses {
		l.sweep(now)
	}
	l.full[a] = until
	return 0
}

// sweep forgets the addresses whose bucket is empty; if all are busy, all of them: better to be too kind to a few than to
// refuse everybody.
func (l *limiter) sweep(now time.Time) {
	for a, until := range l.full {
		if until.Before(now) {
			delete(l.full, a)
		}
	}
	if len(l.full) >= maxAddresses {
		clear(l.full)
	}
}

// network is whom an address counts for: an IPv6 customer has a whole /64.
func network(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// limited is a listener that closes at once what is one too many, in all or from one address. It looks before TLS, so
// that a flood costs no handshakes.
type limited struct {
	net.Listener
	gate *Gate

	mu   sync.Mutex // guards the rest
	open int
	from map[netip.Addr]int
}

func (g *Gate) limit(ln net.Listener) net.Listener {
	return &limited{Listener: ln, gate: g, from: map[netip.Addr]int{}}
}

// Accept waits for a connection that may stay.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		a, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil {
			c.Close()
			continue
		}
		from := network(a.Addr())
		if why := l.enter(from); why != "" {
			l.gate.metrics.turned.WithLabelValues(why).Inc()
			c.Close()
			continue
		}
		return &counted{Conn: c, list: l, from: from}, nil
	}
}

func (l *limited) enter(from netip.Addr) (why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.open >= l.gate.o.Connections:
		return "total"
	case l.from[from] >= l.gate.o.PerAddress:
		return "address"
	}
	l.open++
	l.from[from]++
	l.gate.metrics.connections.Set(float64(l.open))
	return ""
}

func (l *limited) leave(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[from]--; l.from[from] == 0 {
		delete(l.from, from)
	}
	l.gate.metrics.connections.Set(float64(l.open))
}

// counted is a connection that is taken off the count when it is closed.
type counted struct {
	net.Conn
	list *limited
	from netip.Addr
	once sync.Once
}

// Close closes the connection; a second Close counts nothing.
func (c *counted) Close() error {
	c.once.Do(func() { c.list.leave(c.from) })
	return c.Conn.Close()
}
