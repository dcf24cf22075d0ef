package gate

import (
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Live is what a terminal last said of itself, since this hub runs.
type Live struct {
	Connected  bool
	LastReport time.Time // the hub's time of the last hello, report or records
	Queued     uint64    // records that it had not been told the outcome of
	Oldest     time.Time // when the oldest of them was made, by the terminal's trusted time; zero for none
	Version    string

	conn uint64 // number of the newest connection that it came in on
}

// Live gives what is known of a terminal; false when it has not come in since the hub runs.
func (g *Gate) Live(id voucher.TerminalID) (Live, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lives[id]
	if l == nil {
		return Live{}, false
	}
	return *l, true
}

// enter makes a connection the one of its terminal; an older one is sent away.
func (g *Gate) enter(c *conn) {
	hello := c.talk.Hello()
	g.mu.Lock()
	older := g.byTerminal[hello.Terminal]
	g.byTerminal[hello.Terminal] = c
	l := g.lives[hello.Terminal]
	if l == nil {
		l = &Live{}
		g.lives[hello.Terminal] = l
	}
	l.Connected, l.LastReport, l.Version, l.conn = true, g.now(), hello.Version, max(l.conn, c.no)
	g.mu.Unlock()
	g.log.Debug("terminal came in", "terminal", hello.Terminal, "from", c.from, "version", hello.Version)
	if older != nil {
		older.dismiss(replaced())
	}
}

// leave takes a terminal off the list of those that are here, unless a newer connection has taken this one's place.
func (g *Gate) leave(c *conn) {
	id := c.talk.Terminal()
	g.mu.Lock()
	defer g.mu.Unlock()
	if id != "" && g.byTerminal[id] == c {
		delete(g.byTerminal, id)
		g.lives[id].Connected = false
	}
}

// heard notes that a terminal spoke, and its report when it made one.
func (g *Gate) heard(c *conn, s *wire.Status) {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lives[c.talk.Terminal()]
	l.LastReport = now
	if s == nil {
		return
	}
	l.Queued, l.Oldest = s.Queued, time.Time{}
	if s.Oldest > 0 {
		l.Oldest = time.UnixMilli(s.Oldest)
	}
}
