package desk_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// pipes is a listener whose lines have no buffer at all, so that a reader that takes nothing stops its writer at once.
// With it the desk runs in a bubble of synctest, where hours cost nothing.
type pipes struct {
	calls chan net.Conn
	shut  context.Context
	close context.CancelFunc
}

func newPipes() *pipes {
	p := &pipes{calls: make(chan net.Conn)}
	p.shut, p.close = context.WithCancel(context.Background())
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.shut.Done():
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7373} }

func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.calls <- there
	return here
}

// open runs a desk on pipes until the test has ended.
func openDesk(t *testing.T, k *counter) *pipes {
	t.Helper()
	p := newPipes()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		desk.NewServer(desk.Config{Counter: k, Token: token, Log: slog.New(slog.DiscardHandler)}).Run(ctx, p)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return p
}

func (p *pipes) listen(t *testing.T) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return p.dial(), nil }}
	conn, _, err := dialer.Dial("ws://127.0.0.1:7373/v1/events?token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// numb opens an event stream and then takes nothing: a program that hangs.
func (p *pipes) numb(t *testing.T) net.Conn {
	t.Helper()
	c := p.dial()
	fmt.Fprintf(c, "GET /v1/events?token=%s HTTP/1.1\r\nHost: 127.0.0.1:7373\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", token)
	answer, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("no stream: %v %v", answer, err)
	}
	return c
}

// dead opens an event stream and takes what comes, but never says a word again: a line whose other end is gone, with a
// system in between that still takes the bytes.
func (p *pipes) dead(t *testing.T) net.Conn {
	t.Helper()
	c := p.numb(t)
	go func() {
		for buf := make([]byte, 4096); ; {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	}()
	return c
}

func (k *counter) reading() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.readers)
}

// TestASlowReaderAndADeadOneHarmNobody opens both kinds, many of each, while another reader follows a hundred answers:
// it hears each at the very moment, a POS sells meanwhile, and the others are given up within their time.
func TestASlowReaderAndADeadOneHarmNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newCounter()
		p := openDesk(t, k)
		good := p.listen(t)
		defer good.Close()
		for range 8 {
			defer p.numb(t).Close()
			defer p.dead(t).Close()
		}
		answers := make(chan desk.Answer, 100)
		go func() {
			defer close(answers)
			for {
				var e desk.Event
				if good.ReadJSON(&e) != nil {
					return
				}
				if e.Answer != nil {
					answers <- *e.Answer
				}
			}
		}()
		synctest.Wait()
		for i := range 100 {
			now := standing(fmt.Sprintf("T000001-1-%d", i+1), voucher.Final)
			said := time.Now()
			k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &now})
			if got := <-answers; got.Redemption != now.Redemption || !time.Now().Equal(said) {
				t.Fatalf("%s was heard as %s after %s", now.Redemption, got.Redemption, time.Since(said))
			}
			if status := sell(t, p); status != 200 || !time.Now().Equal(said) {
				t.Fatalf("a sale got %d after %s", status, time.Since(said))
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if n := k.reading(); n != 1 {
			t.Errorf("%d readers are kept, and only one reads", n)
		}
	})
}

// TestAStreamThatNobodyTellsAnythingEndsToo: without events the pings find out.
func TestAStreamThatNobodyTellsAnythingEndsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newCounter()
		p := openDesk(t, k)
		defer p.numb(t).Close()
		defer p.dead(t).Close()
		synctest.Wait()
		time.Sleep(45 * time.Second)
		synctest.Wait()
		if n := k.reading(); n != 0 {
			t.Errorf("%d readers are kept after 45 s without a word", n)
		}
	})
}

// TestSeatsComeBack: streams of dead programs do not shut out those of live ones for longer than it takes to notice.
func TestSeatsComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := openDesk(t, newCounter())
		for range 32 {
			defer p.dead(t).Close()
		}
		synctest.Wait()
		dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return p.dial(), nil }}
		if _, answer, err := dialer.Dial("ws://127.0.0.1:7373/v1/events?token="+token, nil); err == nil || answer.StatusCode != 503 {
			t.Errorf("a seat too many: %v", err)
		}
		time.Sleep(45 * time.Second)
		synctest.Wait()
		p.listen(t).Close()
	})
}

// sell is a POS's sale.
func sell(t *testing.T, p *pipes) int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return p.dial(), nil }}}
	r, err := http.NewRequest("POST", "http://127.0.0.1:7373/v1/redemptions", strings.NewReader(`{"bill_fen":5800,"code":"HX1"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}
