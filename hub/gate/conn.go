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

// conn is a session with a socket: the reader's goroutine reads, asks the ledger and writes its own answers; a law that
// changes is pushed into outbox by the courier.
type conn struct {
	gate    *Gate
	ws      *websocket.Conn
	from    string // remote address, for the log
	out     outbox
	session *Session // the reader's own
	pings   int      // since the last frame; the reader's own

	merchant voucher.MerchantID // set before the gate knows the connection, then only read

	mu  sync.Mutex // guards the rest
	end *Farewell  // asked for from outside: the reader says it and leaves
	law uint64     // newest revision that the terminal has or was sent
}

// maxPings is how many websocket pings a terminal may send between two frames. The heartbeat of this protocol is
// Status, so that more than a few are a flood.
const maxPings = 8

var errPings = errors.New("too many pings")

func newConn(g *Gate, ws *websocket.Conn, from string) *conn {
	c := &conn{gate: g, ws: ws, from: from}
	c.out.write, c.out.cut = c.write, c.cut
	ws.SetPingHandler(c.ping)
	return c
}

// serve holds the conversation and ends the connection. It blocks until both are done.
func (c *conn) serve(ctx context.Context) {
	defer c.cut()
	err := c.talk(ctx)
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

// talk reads until the line is gone or there is nothing more to say.
func (c *conn) talk(ctx context.Context) error {
	nonce := make([]byte, 32)
	rand.Read(nonce)
	c.session = NewSession(c.gate.o.Hub, nonce)
	if err := c.send(c.session.Challenge(c.gate.o.Generation, c.gate.now())); err != nil {
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
	if err := c.handle(ctx, frame); err != nil {
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

func (c *conn) handle(ctx context.Context, frame []byte) error {
	now := c.gate.now()
	ask, err := c.session.Hear(frame, now)
	switch {
	case err != nil:
		return err
	case ask.Identify != "":
		return c.greet(ctx, ask.Identify)
	case ask.Deliver != nil:
		return c.deliver(ctx, *ask.Deliver)
	}
	return c.heed(ctx, *ask.Report, now)
}

// greet answers a hello. The gate learns of the connection before the law is read, so that no change falls between.
func (c *conn) greet(ctx context.Context, id voucher.TerminalID) error {
	info, err := c.gate.o.Ledger.Terminal(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrUnknownTerminal):
		return c.session.Unknown()
	case err != nil:
		return fault(fmt.Errorf("look up %s: %w", id, err))
	}
	w, err := c.session.Welcome(info)
	if err != nil {
		return err
	}
	c.compare(info)
	if err := c.queue(w); err != nil {
		return err
	}
	hello := c.session.Hello()
	c.merchant, c.law = info.Merchant, hello.Law
	c.gate.enter(c)
	if err := c.freshLaw(ctx); err != nil {
		return err
	}
	if info.Grant != nil && info.Lease.Epoch == hello.Epoch && info.Lease.Serial > hello.Lease {
		if err := c.lease(info.Grant); err != nil {
			return err
		}
	}
	return c.topUp(ctx)
}

// compare looks for a disk that is older than the book, or another one. What it means is the ledger's to say when
// records come; here it is only brought to somebody's notice.
func (c *conn) compare(info ledger.TerminalInfo) {
	h := c.session.Hello()
	switch {
	case h.Epoch != info.Epoch:
		c.gate.log.Warn("terminal is in another epoch than the book", "terminal", h.Terminal, "epoch", h.Epoch, "book", info.Epoch)
	case h.Last < info.Last:
		c.gate.log.Warn("terminal has fewer records than the book: an older disk", "terminal", h.Terminal, "last", h.Last, "book", info.Last)
	case h.Last == info.Last && info.Last > 0 && string(h.Head) != string(info.Head):
		c.gate.log.Warn("terminal has another chain of records than the book", "terminal", h.Terminal, "last", h.Last)
	}
}

// freshLaw sends the law in force when it is newer than what the terminal has. Before a campaign there is none.
func (c *conn) freshLaw(ctx context.Context) error {
	body, err := c.gate.o.Ledger.Law(ctx, c.session.Terminal())
	if _, none := errors.AsType[*ledger.Refusal](err); none {
		return nil
	}
	if err != nil {
		return fault(fmt.Errorf("law for %s: %w", c.session.Terminal(), err))
	}
	_, err = c.tellLaw(body)
	return err
}

// tellLaw queues a law that is newer than what the terminal was sent, and tells whether it was. It never blocks on the
// line; anybody may call it once the gate knows the connection.
func (c *conn) tellLaw(body wire.LawBody) (bool, error) {
	c.gate.metrics.know(&body.Campaign)
	c.mu.Lock()
	newer := body.Revision > c.law
	if newer {
		c.law = body.Revision
	}
	c.mu.Unlock()
	if !newer {
		return false, nil
	}
	m, err := SealLaw(body, c.gate.o.Hub, c.gate.now())
	if err != nil {
		return false, fault(err)
	}
	return true, c.queue(m)
}

// deliver hands records to the ledger and acks what became of them.
func (c *conn) deliver(ctx context.Context, b ledger.Batch) error {
	began := time.Now()
	body, err := c.gate.o.Ledger.Receive(ctx, b)
	switch {
	case errors.Is(err, ledger.ErrRecord):
		return badFrame(err, "本机发送了不属于本终端或本期日志的记录", "this PC sent records of another terminal or another journal")
	case err != nil && !errors.Is(err, ledger.ErrGap):
		return fault(fmt.Errorf("receive %d records of %s: %w", len(b.Records), b.Terminal, err))
	}
	c.gate.metrics.received(b, body, c.session.Last(), time.Since(began))
	c.gate.heard(c, nil)
	ack, err := c.session.Ack(body, c.gate.now())
	if err == nil {
		err = c.queue(ack)
	}
	if err != nil || !drawsOnLease(b.Records) {
		return err
	}
	return c.topUp(ctx)
}

// drawsOnLease tells whether a lease could have become smaller: only then is it worth asking for a new one.
func drawsOnLease(records []*voucher.Record) bool {
	for _, r := range records {
		if r.Kind == voucher.Accept || r.Kind == voucher.Confirm || r.Kind == voucher.Surrender {
			return true
		}
	}
	return false
}

// heed takes a report and answers with the hub's time.
func (c *conn) heed(ctx context.Context, s wire.Status, now time.Time) error {
	c.gate.heard(c, &s)
	m, err := c.session.Pulse(now)
	if err == nil {
		err = c.queue(m)
	}
	if err != nil {
		return err
	}
	return c.topUp(ctx)
}

func (c *conn) topUp(ctx context.Context) error {
	grant, err := c.gate.o.Ledger.TopUp(ctx, c.session.Terminal())
	switch {
	case err != nil:
		return fault(fmt.Errorf("lease for %s: %w", c.session.Terminal(), err))
	case grant == nil:
		return nil
	}
	c.gate.metrics.leases.Inc()
	return c.lease(grant)
}

func (c *conn) lease(g *ledger.LeaseGranted) error {
	return c.queue(wire.Lease{Signed: wire.Signed{Raw: g.Raw, Sig: g.Sig}})
}

// queue puts a message behind those that wait. It never blocks; a full queue ends the connection.
func (c *conn) queue(m wire.Message) error {
	frame, err := wire.Encode(m)
	if err != nil {
		return fault(err)
	}
	return c.out.post(frame)
}

func (c *conn) send(m wire.Message) error {
	if err := c.queue(m); err != nil {
		return err
	}
	return c.out.flush()
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
	if c.send(f.Bye) != nil || c.out.finish() != nil {
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
	log := c.gate.log.With("terminal", c.session.Terminal(), "from", c.from, "why", string(why(err)))
	switch why(err) {
	case endFault:
		log.Error("session ended: the hub could not serve it", "err", err)
	case endBadFrame, endStranger, endReplaced, endSlow:
		log.Warn("session ended", "err", err)
	default:
		log.Debug("session ended", "err", err)
	}
}
