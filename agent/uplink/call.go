package uplink

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// call is one connection: a Talk, its socket, and two goroutines. The one that called run writes, and does everything
// else; the other only reads.
type call struct {
	link   *Link
	conn   *websocket.Conn
	talk   *Talk
	frames chan []byte
	failed chan error // what ended the reading, once
	up     time.Time  // when the hub let us in, zero before
}

func newCall(l *Link, conn *websocket.Conn) *call {
	conn.SetReadLimit(wire.MaxDown)
	return &call{
		link: l, conn: conn, talk: NewTalk(l.id, l.journal, l.version),
		frames: make(chan []byte, 16), failed: make(chan error, 1),
	}
}

// goodbye is how long an end that was asked for may take on a line that does not take what is written.
const goodbye = time.Second

// run talks until the line breaks or ctx ends, and leaves no goroutine behind. It never returns nil.
func (c *call) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	over := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() { c.read(ctx) })
	others.Go(func() { c.hurry(ctx, over) })
	err := c.write(ctx)
	cancel()
	c.leave()
	close(over)
	others.Wait()
	return err
}

// hurry cuts the line when it is not over soon after ctx has ended: the writer may be stuck in a write.
func (c *call) hurry(ctx context.Context, over <-chan struct{}) {
	<-ctx.Done()
	patience := time.NewTimer(goodbye)
	defer patience.Stop()
	select {
	case <-over:
	case <-patience.C:
		c.cut()
	}
}

// read hands every frame over until one cannot be read; after that the connection must not be read again. It closes the
// socket then: nobody takes what the hub still writes, so the hub may no longer take what we write.
func (c *call) read(ctx context.Context) {
	for {
		c.conn.SetReadDeadline(time.Now().Add(readWait))
		kind, frame, err := c.conn.ReadMessage()
		if err == nil && kind != websocket.BinaryMessage {
			err = fmt.Errorf("%w: a text message", wire.ErrFrame)
		}
		if err != nil {
			c.failed <- err
			c.cut()
			return
		}
		select {
		case c.frames <- frame:
		case <-ctx.Done():
			return
		}
	}
}

// leave says goodbye, if the line still takes it, and closes; that ends the reader too.
func (c *call) leave() {
	end := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	c.conn.WriteControl(websocket.CloseMessage, end, time.Now().Add(goodbye))
	c.cut()
}

// cut closes the socket under TLS, whose own Close would try for 5 s to say goodbye to a hub that no longer reads.
func (c *call) cut() {
	line := c.conn.NetConn()
	if t, ok := line.(*tls.Conn); ok {
		line = t.NetConn()
	}
	line.Close()
}

// write is the owner: it takes frames in turn, sends what the journal has, and keeps the heartbeat.
func (c *call) write(ctx context.Context) error {
	status := time.NewTicker(statusEvery)
	defer status.Stop()
	hello := time.NewTimer(helloWait)
	defer hello.Stop()
	var soon <-chan time.Time // nil while the hub knows what is on this disk
	for {
		var out [][]byte
		var err error
		select {
		case <-ctx.Done():
			c.part()
			return ctx.Err()
		case err = <-c.failed:
			err = c.drain(err)
		case frame := <-c.frames:
			err = c.take(frame)
		case <-hello.C:
			if c.up.IsZero() {
				err = fmt.Errorf("no welcome: %w", os.ErrDeadlineExceeded)
			}
		case <-status.C:
			out, err = c.talk.Report()
		case <-soon:
			soon = nil
			out, err = c.talk.Report()
		case <-c.link.journal.Pending():
			out, err = c.talk.Pump()
		}
		if err == nil {
			err = c.send(out)
		}
		if soon == nil && c.talk.Untold() {
			soon = time.After(Soon)
		}
		c.tell()
		if err != nil {
			return err
		}
	}
}

// part tells the hub how the terminal leaves, as far as the line takes it.
func (c *call) part() {
	frame, err := c.talk.Parting()
	if err != nil || frame == nil {
		return
	}
	c.conn.SetWriteDeadline(time.Now().Add(goodbye))
	c.conn.WriteMessage(websocket.BinaryMessage, frame)
}

// tell says how the line stands since the hub let us in.
func (c *call) tell() {
	switch {
	case c.up.IsZero():
	case c.talk.Ready():
		c.link.tell(Line{Online: true})
	default:
		c.link.tell(Line{Problem: voucher.Text{Zh: "中心恢复过数据，正在等其他终端补报，暂时不能确认；额度内可以离线受理",
			En: "the hub was restored and waits for other tills, so it confirms nothing yet; within the limit the till accepts offline"}})
	}
}

// drain takes in what came before the line broke: answers that need not be asked for again, and perhaps a farewell,
// which is then the better reason.
func (c *call) drain(broken error) error {
	for {
		select {
		case frame := <-c.frames:
			if err := c.talk.Absorb(frame); err != nil {
				return err
			}
		default:
			return broken
		}
	}
}

// take does all that a frame asks for. What it brings is kept before anything else is sent.
func (c *call) take(frame []byte) error {
	out, err := c.talk.Take(frame)
	if err != nil {
		return err
	}
	if c.up.IsZero() && c.talk.Open() {
		c.up = time.Now()
		c.link.log.Debug("let in", "state", string(c.talk.state))
		c.link.tell(Line{Online: true})
	}
	return c.send(out)
}

// send writes frames, in order.
func (c *call) send(frames [][]byte) error {
	for _, frame := range frames {
		c.conn.SetWriteDeadline(time.Now().Add(writeWait))
		if err := c.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
			return c.broken(err)
		}
	}
	return nil
}

// broken finds out why a write failed: a hub that closes says why first, and the reader may just be reading it.
func (c *call) broken(err error) error {
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	select {
	case err = <-c.failed:
	case <-patience.C:
	}
	return c.drain(err)
}
