package desk_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

func TestTheClientAsksForEverything(t *testing.T) {
	k := newCounter()
	k.view = desk.View{Terminal: "T000001", Queued: 3}
	c := desk.NewClient(newDesk(t, k).URL+"/", token)
	ctx := t.Context()
	a, err := c.Redeem(ctx, desk.Sale{Bill: 5800, Code: "HX1", Order: "A-1"})
	if err != nil || a.Answer != voucher.Final || a.Bill != 5800 || a.Order != "A-1" {
		t.Errorf("Redeem: %+v, %v", a, err)
	}
	id := voucher.RedemptionID{Terminal: "T000001", Epoch: 1, Number: 42}
	if a, err := c.Void(ctx, id); err != nil || a.Redemption != id.String() {
		t.Errorf("Void: %+v, %v", a, err)
	}
	if err := c.Scan(ctx, "HX1\r"); err != nil {
		t.Errorf("Scan: %v", err)
	}
	if err := c.SetBill(ctx, desk.Bill{Fen: 5800, Source: "typed"}); err != nil || !reflect.DeepEqual(k.bills, []desk.Bill{{Fen: 5800, Source: "typed"}}) {
		t.Errorf("SetBill: %v, %v", k.bills, err)
	}
	if lines, err := c.Day(ctx, "2023-12-11"); err != nil || len(lines) != 1 || lines[0].State != "final" || lines[0].Redemption != "T000001-1-1" {
		t.Errorf("Day: %+v, %v", lines, err)
	}
	if lines, err := c.Day(ctx, ""); err != nil || lines == nil || len(lines) != 0 {
		t.Errorf("Day of today: %+v, %v", lines, err)
	}
	if v, err := c.Status(ctx); err != nil || v.Terminal != "T000001" || v.Queued != 3 {
		t.Errorf("Status: %+v, %v", v, err)
	}
	want := []string{"redeem", "void T000001-1-42", "scan HX1\r from window", "day 2023-12-11", "day "}
	if got := k.heard(); !reflect.DeepEqual(got, want) {
		t.Errorf("the counter was asked %q, want %q", got, want)
	}
}

func TestTheClientTellsRefusalsFromSilence(t *testing.T) {
	k := newCounter()
	k.wrong = desk.ErrStopping
	s := newDesk(t, k)
	c := desk.NewClient(s.URL, token)
	refusal := new(desk.Error)
	if err := c.SetBill(t.Context(), desk.Bill{Fen: -1, Source: "typed"}); !errors.As(err, &refusal) || refusal.Status != 400 || refusal.Text.Zh == "" {
		t.Errorf("a bad bill: %v", err)
	}
	if err := c.Scan(t.Context(), "x"); !errors.As(err, &refusal) || refusal.Status != 503 {
		t.Errorf("an agent that stops: %v", err)
	}
	if _, err := desk.NewClient(s.URL, "wrong").Status(t.Context()); !errors.As(err, &refusal) || refusal.Status != 401 {
		t.Errorf("a wrong token: %v", err)
	}
	s.Close()
	if _, err := c.Status(t.Context()); !errors.Is(err, desk.ErrUnreachable) {
		t.Errorf("nothing there: %v", err)
	}
	other := httptest.NewServer(http.RedirectHandler("http://evil.example/", http.StatusFound))
	defer other.Close()
	if _, err := desk.NewClient(other.URL, token).Status(t.Context()); !errors.As(err, &refusal) || !strings.Contains(refusal.Text.En, "not the agent") {
		t.Errorf("another program at the address: %v", err)
	}
}

func TestEventsComeBackByThemselves(t *testing.T) {
	k := newCounter()
	l, err := desk.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := desk.NewClient("http://"+address, token).Events(ctx)
	if e := <-events; e.Gone == nil || e.Gone.Text.Zh == "" || e.Gone.Next.En == "" {
		t.Fatalf("no agent, and the first event is %+v", e)
	}
	for life := range 2 {
		if l, err = desk.Listen(address); err != nil {
			t.Fatal(err)
		}
		_, stop := runOn(t, k, l)
		if e := <-events; e.View == nil {
			t.Fatalf("life %d begins with %+v", life, e)
		}
		k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &desk.Answer{Answer: voucher.Final, Bill: 5800}})
		if e := <-events; e.Answer == nil || e.Answer.Bill != 5800 {
			t.Fatalf("life %d: %+v instead of the answer", life, e)
		}
		if err := <-stop(); err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Gone == nil {
			t.Fatalf("life %d is over, and there comes %+v", life, e)
		}
	}
	cancel()
	if _, open := <-events; open {
		t.Error("the channel stays open when its time is over")
	}
}

// POS software knows views and answers; scans are told to those only who ask for them.
func TestScansAreToldToThoseWhoAsk(t *testing.T) {
	k := newCounter()
	_, s := fullDesk(t, k, book{})
	events := desk.NewClient(s.URL, token).Events(t.Context())
	<-events
	plain, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+"/v1/events?token="+token, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.ReadMessage()
	h := desk.Hear("6901234567892", "left", nil, noon)
	k.tell(desk.Event{Type: desk.HeardEvent, Heard: &h})
	k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &desk.Answer{Bill: 1}})
	if e := <-events; e.Heard == nil || e.Heard.Device != h.Device || h.Kind != "goods_barcode" || h.Bytes != 13 || strings.Contains(h.Masked, "0123") {
		t.Errorf("%+v", e.Heard)
	}
	if _, raw, err := plain.ReadMessage(); err != nil || !strings.Contains(string(raw), `"answer"`) {
		t.Errorf("who did not ask hears %s, %v", raw, err)
	}
}

func TestEventsSayAWrongToken(t *testing.T) {
	e := <-desk.NewClient(newDesk(t, newCounter()).URL, "wrong").Events(t.Context())
	if e.Gone == nil || !strings.Contains(e.Gone.Text.En, "token") {
		t.Errorf("%+v", e)
	}
}

func TestTheStreamTakesItsTokenInTheQuery(t *testing.T) {
	s := newDesk(t, newCounter())
	status, _ := do(t, "GET", s.URL+"/v1/events?token="+token, "", func(r *http.Request) { r.Header.Del("Authorization") })
	if status != 400 { // no websocket handshake was sent: it got past the token
		t.Errorf("status %d", status)
	}
}

// A reader that takes nothing is given up, and the others hear every event.
func TestASlowReaderHarmsNobody(t *testing.T) {
	k := newCounter()
	s := newDesk(t, k)
	stuck := dialStuck(t, s.Listener.Addr().String())
	good := desk.NewClient(s.URL, token).Events(t.Context())
	<-good
	readers := func() int { k.mu.Lock(); defer k.mu.Unlock(); return len(k.readers) }
	k.wait(func() bool { return len(k.readers) == 2 })

	filler := strings.Repeat("x", 1<<20) // the kernel's buffers hold some megabytes between the two
	for i := 0; readers() == 2; i++ {
		bill := voucher.Fen(i + 1)
		k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &desk.Answer{Bill: bill, Message: voucher.Text{En: filler}}})
		if e := <-good; e.Answer == nil || e.Answer.Bill != bill {
			t.Fatalf("the good reader got %+v", e)
		}
		if i > 1000 {
			t.Fatal("the stuck reader was never given up")
		}
	}
	k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &desk.Answer{Bill: 1}})
	if e := <-good; e.Answer == nil {
		t.Errorf("afterwards the good reader got %+v", e)
	}
	stuck.Close()
}

// dialStuck opens an event stream by hand and never reads it.
func dialStuck(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	_, err = conn.Write([]byte("GET /v1/events HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + token +
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if status, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); err != nil || !strings.Contains(status, "101") {
		t.Fatalf("%q, %v", status, err)
	}
	return conn
}

func TestStreamsAreCounted(t *testing.T) {
	s := newDesk(t, newCounter())
	for range 32 {
		dialStuck(t, s.Listener.Addr().String())
	}
	status, body := do(t, "GET", s.URL+"/v1/events", "", nil)
	if status != 503 {
		t.Errorf("status %d: %s", status, body)
	}
}

func TestTheTokenIsMadeOnceAndReadableToOthers(t *testing.T) {
	dir := t.TempDir()
	if _, err := desk.ReadToken(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("before: %v", err)
	}
	first, err := desk.Token(dir)
	if err != nil || len(first) < 32 {
		t.Fatalf("%q, %v", first, err)
	}
	if again, err := desk.Token(dir); err != nil || again != first {
		t.Errorf("again: %q, %v", again, err)
	}
	file := filepath.Join(dir, "desk.token")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for _, damaged := range []string{"", strings.Repeat("\x00", len(first)), first[:len(first)-4], first[:7] + "\x00" + first[8:], "token token token token token token"} {
		if err := os.WriteFile(file, []byte(damaged), 0o644); err != nil {
			t.Fatal(err)
		}
		if after, err := desk.Token(dir); err != nil || len(after) != len(first) || after == first {
			t.Errorf("a file with %q gives %q, %v", damaged, after, err)
		}
	}
}

func TestFindTheDeskOfAFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := desk.Find(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("before: %v", err)
	}
	if _, err := desk.Token(dir); err != nil {
		t.Fatal(err)
	}
	if err := desk.Publish(dir, "http://127.0.0.1:7373"); err != nil {
		t.Fatal(err)
	}
	if c, err := desk.Find(dir); err != nil || c.URL() != "http://127.0.0.1:7373" {
		t.Errorf("%v, %v", c, err)
	}
	desk.Withdraw(dir)
	if _, err := desk.Find(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after: %v", err)
	}
}
