package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

const token = "0123456789abcdef"

// counter is a Counter by hand: it notes what it was asked and answers what it is told to.
type counter struct {
	mu    sync.Mutex
	asked []string
	sales []desk.Sale
	bills []desk.Bill
	view  desk.View
	hold  chan struct{} // a Redeem waits here when it is set
	wrong error

	readers map[chan desk.Event]context.Context
	changed *sync.Cond    // of mu: something was asked, or a reader came or went
	watched chan struct{} // one for each Watch, as far as there is room
}

func newCounter() *counter {
	c := &counter{readers: map[chan desk.Event]context.Context{}, watched: make(chan struct{}, 64)}
	c.changed = sync.NewCond(&c.mu)
	return c
}

// wait blocks until it is so; the test's own time limit ends it otherwise.
func (c *counter) wait(so func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !so() {
		c.changed.Wait()
	}
}

func (c *counter) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, what)
	c.changed.Broadcast()
}

func (c *counter) heard() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

func (c *counter) Redeem(ctx context.Context, s desk.Sale) desk.Answer {
	c.note("redeem")
	c.mu.Lock()
	c.sales = append(c.sales, s)
	hold := c.hold
	c.mu.Unlock()
	if hold != nil {
		<-hold
	}
	return desk.Answer{Answer: voucher.Final, Bill: s.Bill, Order: s.Order, Redemption: "T000001-1-1"}
}

func (c *counter) Scan(ctx context.Context, text, source string) error {
	c.note("scan " + text + " from " + source)
	return c.wrong
}

func (c *counter) Picture(ctx context.Context, texts []string, source string) error {
	c.note("picture " + strings.Join(texts, "+") + " from " + source)
	return c.wrong
}

func (c *counter) SetBill(ctx context.Context, b desk.Bill) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bills = append(c.bills, b)
	return c.wrong
}

func (c *counter) Void(ctx context.Context, id voucher.RedemptionID) desk.Answer {
	c.note("void " + id.String())
	return desk.Answer{Answer: voucher.Final, Redemption: id.String()}
}

func (c *counter) Day(ctx context.Context, day string) ([]desk.Line, error) {
	c.note("day " + day)
	if day == "yesterday" {
		return nil, desk.ErrDay
	}
	if day == "2023-12-11" {
		return []desk.Line{{Answer: desk.Answer{Answer: voucher.Final, Redemption: "T000001-1-1"}, State: "final"}}, nil
	}
	return nil, nil
}

func (c *counter) View() desk.View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

// Watch keeps two events for a reader and gives up one that lets them pile up.
func (c *counter) Watch(ctx context.Context) <-chan desk.Event {
	ch := make(chan desk.Event, 2)
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.view
	ch <- desk.Event{Type: desk.ViewEvent, View: &v}
	c.readers[ch] = ctx
	c.changed.Broadcast()
	select {
	case c.watched <- struct{}{}:
	default:
	}
	context.AfterFunc(ctx, func() { c.drop(ch) })
	return ch
}

func (c *counter) drop(ch chan desk.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.readers[ch]; there {
		delete(c.readers, ch)
		close(ch)
		c.changed.Broadcast()
	}
}

func (c *counter) tell(e desk.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for ch := range c.readers {
		select {
		case ch <- e:
		default:
			delete(c.readers, ch)
			close(ch)
		}
	}
}

func (c *counter) setView(change func(*desk.View)) {
	c.mu.Lock()
	change(&c.view)
	v := c.view
	c.mu.Unlock()
	c.tell(desk.Event{Type: desk.ViewEvent, View: &v})
}

func newDesk(t *testing.T, c *counter) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: c, Token: token, Log: slog.New(slog.DiscardHandler)}))
	t.Cleanup(s.Close)
	return s
}

func do(t *testing.T, method, url, body string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if change != nil {
		change(r)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

func TestWhoMayComeIn(t *testing.T) {
	for _, c := range []struct {
		name   string
		path   string
		change func(*http.Request)
		status int
	}{
		{"a program with the token", "/v1/status", nil, 200},
		{"localhost by name", "/v1/status", func(r *http.Request) { r.Host = "localhost:7373" }, 200},
		{"the IPv6 loopback", "/v1/status", func(r *http.Request) { r.Host = "[::1]:7373" }, 200},
		{"another name that was pointed at loopback", "/v1/status", func(r *http.Request) { r.Host = "evil.example:7373" }, 403},
		{"a name that only begins like loopback", "/v1/status", func(r *http.Request) { r.Host = "127.0.0.1.evil.example" }, 403},
		{"another machine's address", "/v1/status", func(r *http.Request) { r.Host = "192.168.1.5:7373" }, 403},
		{"no Host at all", "/v1/status", func(r *http.Request) { r.Host = " " }, 403},
		{"a foreign page", "/v1/status", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, 403},
		{"a page without an origin of its own", "/v1/status", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"a page of another program on this machine", "/v1/status", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403},
		{"our own page", "/v1/status", func(r *http.Request) { r.Header.Set("Origin", "http://"+r.URL.Host) }, 200},
		{"no token", "/v1/status", func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"a wrong token", "/v1/status", func(r *http.Request) { r.Header.Set("Authorization", "Bearer 0123456789abcdeF") }, 401},
		{"the token without its word", "/v1/status", func(r *http.Request) { r.Header.Set("Authorization", token) }, 401},
		{"the token in the query of something that is no stream", "/v1/status?token=" + token, func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		{"an address that is not there", "/v1/nothing", nil, 404},
		{"a path that climbs", "/v1/../../etc/passwd", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newDesk(t, newCounter())
			status, body := do(t, "GET", s.URL+c.path, "", c.change)
			if status == 307 || status == 301 {
				status = 404 // the mux cleans the path first, and then there is nothing
			}
			if status != c.status {
				t.Fatalf("status %d, want %d: %s", status, c.status, body)
			}
			if status == 401 || status == 403 {
				inBothLanguages(t, body)
			}
		})
	}
}

func TestAnEmptyTokenOpensNothing(t *testing.T) {
	s := httptest.NewServer(desk.NewServer(desk.Config{Counter: newCounter(), Log: slog.New(slog.DiscardHandler)}))
	defer s.Close()
	if status, _ := do(t, "GET", s.URL+"/v1/status", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }); status != 401 {
		t.Errorf("status %d", status)
	}
}

func TestBodies(t *testing.T) {
	long := strings.Repeat("x", 40<<10)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"a sale", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","order":"A-1"}`, 200, ""},
		{"a sale and who paid", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","payer":"` + strings.Repeat("账", 64) + `"}`, 200, ""},
		{"a sale without an order", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1"}`, 200, ""},
		{"an empty code is for the till to answer", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":""}`, 200, ""},
		{"the largest bill there is", "POST", "/v1/redemptions", `{"bill_fen":100000000,"code":"HX1"}`, 200, ""},
		{"a bill of nothing", "POST", "/v1/redemptions", `{"bill_fen":0,"code":"HX1"}`, 400, "more than 0"},
		{"a bill below zero", "POST", "/v1/redemptions", `{"bill_fen":-300,"code":"HX1"}`, 400, "more than 0"},
		{"a bill above a million yuan", "POST", "/v1/redemptions", `{"bill_fen":100000001,"code":"HX1"}`, 400, "1,000,000"},
		{"a bill that no number holds", "POST", "/v1/redemptions", `{"bill_fen":99999999999999999999999999,"code":"HX1"}`, 400, "1,000,000"},
		{"a bill that no number holds, below zero", "POST", "/v1/redemptions", `{"bill_fen":-99999999999999999999999999,"code":"HX1"}`, 400, "more than 0"},
		{"a bill with the letter O", "POST", "/v1/redemptions", `{"bill_fen":"5O","code":"HX1"}`, 400, "whole number of fen"},
		{"a bill as a text", "POST", "/v1/redemptions", `{"bill_fen":"5800","code":"HX1"}`, 400, "whole number of fen"},
		{"a bill with an exponent", "POST", "/v1/redemptions", `{"bill_fen":1e9,"code":"HX1"}`, 400, "whole number of fen"},
		{"a bill with a point", "POST", "/v1/redemptions", `{"bill_fen":58.5,"code":"HX1"}`, 400, "whole number of fen"},
		{"a bill that is null", "POST", "/v1/redemptions", `{"bill_fen":null,"code":"HX1"}`, 400, "whole number of fen"},
		{"no bill", "POST", "/v1/redemptions", `{"code":"HX1"}`, 400, "bill_fen is missing"},
		{"no code", "POST", "/v1/redemptions", `{"bill_fen":5800}`, 400, "code is missing"},
		{"a code that is a number", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":123}`, 400, "code must be a text"},
		{"a field of another name", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","discount":1}`, 400, `"discount" is not known`},
		{"a field in other letters", "POST", "/v1/redemptions", `{"BILL_FEN":1,"bill_fen":5800,"code":"HX1"}`, 400, `"BILL_FEN" is not known`},
		{"a field twice", "POST", "/v1/redemptions", `{"bill_fen":5800,"bill_fen":1,"code":"HX1"}`, 400, "given twice"},
		{"two objects", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1"}{}`, 400, "one JSON object"},
		{"half an object", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1"`, 400, "one JSON object"},
		{"a list", "POST", "/v1/redemptions", `[5800]`, 400, "one JSON object"},
		{"nothing", "POST", "/v1/redemptions", ``, 400, "one JSON object"},
		{"a payer of 65 characters", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","payer":"` + strings.Repeat("账", 65) + `"}`, 400, "64 characters"},
		{"a payer with a line break", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","payer":"a\nb"}`, 400, "control characters"},
		{"a payer that is a number", "PUT", "/v1/bill", `{"bill_fen":5800,"source":"pos","payer":2088}`, 400, "payer"},
		{"an order of 65 bytes", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","order":"` + strings.Repeat("a", 65) + `"}`, 400, "64 bytes"},
		{"an order that would open a printer's drawer", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"HX1","order":"\u001bp\u0000"}`, 400, "control characters"},
		{"a body that is too long", "POST", "/v1/redemptions", `{"bill_fen":5800,"code":"` + long + `"}`, 413, "too long"},
		{"a scan", "POST", "/v1/scans", `{"text":"HX1\r\n"}`, 202, ""},
		{"a scan without text", "POST", "/v1/scans", `{}`, 400, "text is missing"},
		{"a bill that the POS sets", "PUT", "/v1/bill", `{"bill_fen":5800,"source":"pos"}`, 200, ""},
		{"a bill that is cleared", "PUT", "/v1/bill", `{"bill_fen":0,"source":"typed"}`, 200, ""},
		{"a bill set below zero", "PUT", "/v1/bill", `{"bill_fen":-1,"source":"typed"}`, 400, "more than 0"},
		{"a bill from nowhere", "PUT", "/v1/bill", `{"bill_fen":5800,"source":"guess"}`, 400, "source must be"},
		{"a void", "POST", "/v1/redemptions/T000001-1-42/void", ``, 200, ""},
		{"a void of something that is no ID", "POST", "/v1/redemptions/42/void", ``, 400, "T000001-1-42"},
		{"a void with a field", "POST", "/v1/redemptions/T000001-1-42/void", `{"reason":"x"}`, 400, `"reason" is not known`},
		{"a day that is none", "GET", "/v1/redemptions?day=yesterday", ``, 400, "2023-12-11"},
		{"another method", "DELETE", "/v1/bill", ``, 405, "takes PUT only"},
		{"a plain GET of the event stream", "GET", "/v1/events", ``, 400, "websocket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newCounter()
			s := newDesk(t, k)
			status, body := do(t, c.method, s.URL+c.path, c.body, nil)
			if status != c.status {
				t.Fatalf("status %d, want %d: %s", status, c.status, body)
			}
			if c.says == "" {
				return
			}
			if said := inBothLanguages(t, body); !strings.Contains(said.En, c.says) {
				t.Errorf("%q does not say %q", said.En, c.says)
			}
			if len(k.sales)+len(k.bills) > 0 {
				t.Errorf("it went through all the same: %v %v", k.sales, k.bills)
			}
		})
	}
}

func inBothLanguages(t *testing.T, body string) voucher.Text {
	t.Helper()
	var said struct{ Error voucher.Text }
	if err := json.Unmarshal([]byte(body), &said); err != nil || said.Error.Zh == "" || said.Error.En == "" {
		t.Fatalf("no sentence in both languages: %s", body)
	}
	return said.Error
}

// The names in an answer are relied on by other people's programs.
func TestAnswerFields(t *testing.T) {
	s := newDesk(t, newCounter())
	_, body := do(t, "POST", s.URL+"/v1/redemptions", `{"bill_fen":5800,"code":"HX1"}`, nil)
	var fields map[string]any
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"answer", "reason", "redemption", "bill_fen", "face_fen", "pay_fen", "message", "next"} {
		if _, there := fields[name]; !there {
			t.Errorf("%s is missing in %s", name, body)
		}
	}
	if fields["answer"] != "FINAL" || fields["reason"] != "ok" {
		t.Errorf("%s", body)
	}
}

func TestListenTakesLoopbackOnly(t *testing.T) {
	for address, good := range map[string]bool{"127.0.0.1:0": true, "localhost:0": true, "127.0.0.2:0": true,
		"0.0.0.0:0": false, ":0": false, "192.168.1.5:0": false, "example.org:0": false, "[::]:0": false} {
		l, err := desk.Listen(address)
		if err == nil {
			l.Close()
		}
		if good && err != nil || !good && !errors.Is(err, desk.ErrNotLoopback) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// running starts Run on a real listener and gives the client and a way to end it.
func running(t *testing.T, k *counter) (client *desk.Client, stop func() <-chan error) {
	t.Helper()
	l, err := desk.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return runOn(t, k, l)
}

func runOn(t *testing.T, k *counter, l net.Listener) (client *desk.Client, stop func() <-chan error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- desk.NewServer(desk.Config{Counter: k, Token: token, Log: slog.New(slog.DiscardHandler)}).Run(ctx, l)
		close(ended)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return desk.NewClient("http://"+l.Addr().String(), token), func() <-chan error { cancel(); return ended }
}

func TestTheEndWaitsForTheAnswersThatAreDue(t *testing.T) {
	k := newCounter()
	k.hold, k.view = make(chan struct{}), desk.View{Busy: true}
	client, stop := running(t, k)
	events := client.Events(t.Context())
	if first := <-events; first.View == nil {
		t.Fatalf("the first event is %+v", first)
	}
	<-k.watched
	answered := make(chan desk.Answer, 1)
	go func() {
		a, err := client.Redeem(t.Context(), desk.Sale{Bill: 5800, Code: "HX1"})
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	k.wait(func() bool { return slices.Contains(k.asked, "redeem") })
	ended := stop()
	for err := error(nil); !errors.Is(err, desk.ErrUnreachable); { // until the door is shut for newcomers
		_, err = desk.NewClient(client.URL(), token).Status(t.Context())
	}
	close(k.hold)
	if a := <-answered; a.Answer != voucher.Final {
		t.Errorf("the sale that waited got %+v", a)
	}
	select {
	case <-k.watched: // the door itself looks when the scan is done
	case err := <-ended:
		t.Fatalf("ended with a scan still being dealt with: %v", err)
	}
	k.tell(desk.Event{Type: desk.AnswerEvent, Answer: &desk.Answer{Answer: voucher.Provisional}})
	k.setView(func(v *desk.View) { v.Busy = false })
	if e := <-events; e.Answer == nil || e.Answer.Answer != voucher.Provisional {
		t.Errorf("the window did not hear the last answer but %+v", e)
	}
	go func() {
		for range events {
		}
	}()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
