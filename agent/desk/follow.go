package desk

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/voucher"
)

// The client's wait between two tries: anything up to firstWait, doubled with each failure up to lastWait. The agent is
// on the same machine and has few windows, so a cashier need not wait long after it has come back.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// Events gives the agent's events until ctx ends, when the channel is closed. It connects again by itself. When that
// fails there is one GoneEvent (another one if the reason changes), and the next ViewEvent ends that state. It starts
// one goroutine, which ends with ctx. Whoever reads slowly loses nothing until the agent gives him up (see
// Counter.Watch); the View after that bears the newest answer.
func (c *Client) Events(ctx context.Context) <-chan Event {
	to := make(chan Event)
	go func() {
		defer close(to)
		since, told := time.Now(), voucher.Text{}
		for failures := 0; ctx.Err() == nil; failures++ {
			err, good := c.follow(ctx, to)
			if good { // a line that was given up or broke: try again before alarming anybody
				failures, since, told = 0, time.Now(), voucher.Text{}
			} else if e := gone(err, since); e.Gone.Text != told {
				told = e.Gone.Text
				give(ctx, to, e)
			}
			pause(ctx, failures)
		}
	}()
	return to
}

// follow reads one connection until it ends; good means that at least one event came.
func (c *Client) follow(ctx context.Context, to chan<- Event) (err error, good bool) {
	dialer := websocket.Dialer{NetDialContext: (&net.Dialer{Timeout: 3 * time.Second}).DialContext, HandshakeTimeout: headerWait}
	conn, answer, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(c.base, "http")+eventsPath+"?heard=1",
		http.Header{"Authorization": {"Bearer " + c.token}})
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
			err = c.take(answer, nil)
		}
		return err, false
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetReadLimit(4 << 20)
	conn.SetPingHandler(func(data string) error {
		conn.SetReadDeadline(time.Now().Add(readWait))
		return conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeWait))
	})
	for {
		conn.SetReadDeadline(time.Now().Add(readWait))
		_, raw, err := conn.ReadMessage()
		if err != nil {
			return err, good
		}
		var e Event
		if json.Unmarshal(raw, &e) != nil || e.View == nil && e.Answer == nil && e.Heard == nil {
			continue // a kind of event of a later version
		}
		good = true
		if !give(ctx, to, e) {
			return ctx.Err(), good
		}
	}
}

func give(ctx context.Context, to chan<- Event, e Event) bool {
	select {
	case to <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// gone says why there is no agent: it refused us, or nothing is there.
func gone(err error, since time.Time) Event {
	g := Gone{Since: since,
		Text: voucher.Text{Zh: "联系不上本机的核销服务。", En: "The agent on this PC cannot be reached."},
		Next: voucher.Text{Zh: "请稍等；一分钟后还是这样，请重启电脑或联系技术支持。", En: "Wait a little; if it stays so for a minute, restart the PC or call support."}}
	if refusal := new(Error); errors.As(err, &refusal) {
		g.Text = refusal.Text
		g.Next = voucher.Text{Zh: "请联系技术支持。", En: "Call support."}
	}
	return Event{Type: GoneEvent, Gone: &g}
}

func pause(ctx context.Context, failures int) {
	longest := min(lastWait, firstWait<<min(failures, 10))
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
