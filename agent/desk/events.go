package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

const (
	eventsPath = "/v1/events"
	maxStreams = 32 // a window, a page or two, a POS: more is a program that forgets to close

	writeWait = 10 * time.Second // a reader that takes nothing for so long is given up
	pingEvery = 15 * time.Second
	readWait  = 40 * time.Second // two pings and some
)

// Origin and token were looked at before; compression is off, because a small frame can then hide a large one.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: headerWait,
	CheckOrigin:      func(*http.Request) bool { return true },
	Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
		refuse(w, *refused(status, "这里要用 websocket 连接。", "This address speaks websocket."))
	},
}

// stream sends every event to one reader until either side ends. A reader that is too slow is given up: by the Counter,
// which closes the channel, or by the write deadline. Both end in a close frame "try again later".
func (s *Server) stream(w http.ResponseWriter, r *http.Request) {
	select {
	case s.seats <- struct{}{}:
		defer func() { <-s.seats }()
	default:
		refuse(w, *refused(http.StatusServiceUnavailable, "事件连接太多。", "Too many event streams are open."))
		return
	}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	s.events.Add(1)
	defer s.events.Done()

	ctx, cancel := context.WithCancel(s.life)
	defer cancel()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		defer cancel()
		listen(conn)
	}()
	s.send(ctx, conn, r.URL.Query().Get("heard") == "1")
	conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseTryAgainLater, ""), time.Now().Add(time.Second))
	conn.Close()
	<-heard
}

// send is the socket's only writer of messages. When ctx ends it still sends what the Counter had put in the channel. Scans
// as they come in are for those who ask: POS software that was written before there was such an event goes on as it did.
func (s *Server) send(ctx context.Context, conn *websocket.Conn, scans bool) {
	events := s.counter.Watch(ctx)
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case e, open := <-events:
			if !open {
				return
			}
			if e.Heard != nil && !scans {
				continue
			}
			if e.Answer != nil {
				s.slips.given(*e.Answer)
			}
			conn.SetWriteDeadline(time.Now().Add(writeWait))
			if conn.WriteJSON(e) != nil {
				return
			}
		case <-ping.C:
			if conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)) != nil {
				return
			}
		}
	}
}

// listen is the socket's only reader: it hears pongs and the end. Nothing is expected from the other side.
func listen(conn *websocket.Conn) {
	conn.SetReadLimit(1 << 10)
	conn.SetReadDeadline(time.Now().Add(readWait))
	conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(readWait)) })
	for {
		if _, _, err := conn.NextReader(); err != nil {
			return
		}
	}
}
