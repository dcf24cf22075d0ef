package gate

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// conn is a talk with a socket: the reader's goroutine reads, has the talk deal with it and writes its answers; a law that
// changes is pushed into outbox by the courier.
type conn struct {
	gate  *Gate
	ws    *websocket.Conn
	from  string // remote address, for the log
	out   outbox
	talk  *Talk  // the reader's own, but for its Law
	pings int    // since the last frame; the reader's own
	no    uint64 // counts the connections of the gate; set before it serves

	merchant voucher.MerchantID // set before the gate knows the connection, then only read

	mu  sync.Mutex // guards the rest
	end *Farewell  // asked for from outside: the reader says it and leaves
}

// maxPings is how many websocket pings a terminal may send between two frames. The heartbeat of this protocol is
// Status, so that more than a few are a flood.
const maxPings = 8

var errPings = errors.New("too many pings")

func newConn(g *Gate, ws *websocket.Conn, from string) *conn {
	c := &conn{gate: g, ws: ws, from: from}
	c.out.write, c.out.cut = c.write, c.cut
	nonce := make([]byte, 32)
	rand.Read(nonce)
	c.talk = NewTalk(TalkOptions{
		Ledger: g.o.Ledger, Hub: g.o.Hub, Issuing: g.o.Issuing, Nonce: nonce, Send: c.out.post, Log: g.log, Now: g.now, Return: g.o.Return,
		Overtaken: c.overtaken, Entered: c.entered, Heard: c.heard, Received: g.metrics.received, Granted: g.metrics.leases.Inc, Ruled: g.metrics.know,
	})
	ws.SetPingHandler(c.ping)
	return c
}

// overtaken tells whether a connection that was made after this one has come in as the same terminal.
func (c *conn) overtaken() bool {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	l := c.gate.lives[c.talk.Terminal()]
	return l != nil && l.conn > c.no
}

// entered makes the connection known to the gate.
func (c *conn) entered(info ledger.TerminalInfo) {
	c.merchant = info.Merchant
	c.gate.enter(c)
}

func (c *conn) heard(report *wire.Status) { c.gate.heard(c, report) }

// serve holds the conversation and ends the connection. It blocks until both are done.
func (c *conn) serve(ctx context.Context) {
	defer c.cut()
	err := c.converse(ctx)
	if failed := c.out.failure(); failed != nil && asFarewell(err) == nil {
		err = failed // the reader only saw that the line was cut; this is why
	}
	c.gate.leave(c)
	c.gate.metrics.ended(why(err))
	c.report(err)
	if f := asFarewell(err); f != nil {
		c.say(f)
	} else if why(err) == endBadFrame {
		c.linger() // the websocket library has sent its own close frame
	}
}

// converse reads until the line is gone or there is nothing more to say.
func (c *conn) converse(ctx context.Context) error {
	if err := c.talk.Begin(); err != nil {
		return err
	}
	if err := c.out.flush(); err != nil {
		return err
	}
	patience := c.gate.o.HelloWait
	for {
		frame, err := c.read(patience)
		if err == nil {
			err = apart(func() error { return c.answer(ctx, frame) })
		}
		if err != nil {
			return err
		}
		patience = c.gate.o.ReadWait
	}
}

// apart calls f in a goroutine of its own and waits for it. Signatures and CBOR grow a stack to 8 KiB and more, and it
// never shrinks below twice what the reader needs; so the reader, which waits all day, keeps a small one.
func apart(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return <-done
}

func (c *conn) answer(ctx context.Context, frame []byte) error {
	if err := c.talk.Hear(ctx, frame); err != nil {
		return err
	}
	return c.out.flush()
}

// read waits for one frame. A farewell asked for from outside comes back as the error.
func (c *conn) read(patience time.Duration) ([]byte, error) {
	if err := c.await(patience); err != nil {
		return nil, err
	}
	kind, r, err := c.ws.NextReader()
	var frame []byte
	if err == nil {
		frame, err = io.ReadAll(io.LimitReader(r, wire.MaxUp+1))
	}
	if f := c.ending(); f != nil {
		return nil, f
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	case kind != websocket.BinaryMessage:
		return nil, badText()
	case len(frame) > wire.MaxUp:
		return nil, tooLarge()
	}
	c.pings = 0
	return frame, nil
}

// await sets the deadline, unless a farewell was asked for: that one has set its own.
func (c *conn) await(patience time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end != nil {
		return c.end
	}
	return c.ws.SetReadDeadline(time.Now().Add(patience))
}

func (c *conn) ending() *Farewell {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// dismiss asks the reader to say farewell and leave. It does not wait; the first farewell holds.
func (c *conn) dismiss(f *Farewell) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.end == nil {
		c.end = f
		c.ws.SetReadDeadline(time.Unix(1, 0))
	}
}

func (c *conn) ping(data string) error {
	if c.pings++; c.pings > maxPings {
		return errPings
	}
	err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	if timedOut(err) {
		return nil // somebody is writing: that shows the terminal more than a pong would
	}
	return err
}

func (c *conn) write(frame []byte) error {
	c.ws.SetWriteDeadline(time.Now().Add(c.gate.o.WriteWait))
	err := c.ws.WriteMessage(websocket.BinaryMessage, frame)
	if timedOut(err) {
		err = fmt.Errorf("%w: %w", errSlow, err)
	}
	return err
}

// say is the end of a good conversation: the reason, the websocket's close frame, and a moment for the terminal to read
// both. Closing at once while bytes of the terminal are still unread would reset the line and take the reason away.
func (c *conn) say(f *Farewell) {
	frame, err := wire.Encode(f.Bye)
	if err != nil || c.out.post(frame) != nil || c.out.finish() != nil {
		return
	}
	if c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(f.code, string(f.why)), time.Now().Add(c.gate.o.WriteWait)) == nil {
		c.linger()
	}
}

// linger reads away what the terminal still sends, until it closes, for a moment at most.
func (c *conn) linger() {
	line := c.ws.NetConn()
	line.SetReadDeadline(time.Now().Add(c.gate.o.Linger))
	io.Copy(io.Discard, io.LimitReader(line, 4*wire.MaxUp))
}

// cut closes the socket under TLS and websocket. It never blocks, and wakes whoever reads or writes.
func (c *conn) cut() {
	line := c.ws.NetConn()
	if t, ok := line.(*tls.Conn); ok {
		line = t.NetConn()
	}
	line.Close()
}

// timedOut looks for a deadline in an error; the websocket library hides os.ErrDeadlineExceeded.
func timedOut(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

// why sorts the end of a conversation for the metrics.
func why(err error) ending {
	f := asFarewell(err)
	switch {
	case f != nil:
		return f.why
	case errors.Is(err, errSlow):
		return endSlow
	case timedOut(err):
		return endSilent
	case errors.Is(err, errPings), brokeProtocol(err):
		return endBadFrame
	}
	return endLost
}

// brokeProtocol tells whether the websocket library itself refused what came: its errors for that have no type.
func brokeProtocol(err error) bool {
	_, closed := errors.AsType[*websocket.CloseError](err)
	_, line := errors.AsType[net.Error](err)
	return err != nil && !closed && !line && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed)
}

// report logs the end of a conversation, as loudly as somebody must hear of it.
func (c *conn) report(err error) {
	log := c.gate.log.With("terminal", c.talk.Terminal(), "from", c.from, "why", string(why(err)))
	switch why(err) {
	case endFault:
		log.Error("session ended: the hub could not serve it", "err", err)
	case endBadFrame, endStranger, endReplaced, endSlow:
		log.Warn("session ended", "err", err)
	default:
		log.Debug("session ended", "err", err)
	}
}
