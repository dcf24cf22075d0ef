package gate_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/gate"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestAChangedLawIsPushedAtOnce(t *testing.T) {
	h := open(t)
	l, other := h.till("M1", 1), h.till("M2", 2)
	l.enter()
	other.enter()
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		change func() error
		both   bool
		holds  func(m voucher.Merchant, state voucher.TerminalState, c voucher.Campaign) bool
	}{
		{"its merchant is suspended", func() error {
			return h.ledger.SetMerchantStatus(ctx, "M1", voucher.MerchantSuspended, "cash-out")
		}, false, func(m voucher.Merchant, _ voucher.TerminalState, _ voucher.Campaign) bool {
			return m.Status == voucher.MerchantSuspended
		}},
		{"its merchant is let in again", func() error { return h.ledger.SetMerchantStatus(ctx, "M1", voucher.MerchantActive, "cleared") }, false,
			func(m voucher.Merchant, _ voucher.TerminalState, _ voucher.Campaign) bool {
				return m.Status == voucher.MerchantActive
			}},
		{"the campaign changes", func() error {
			next := campaign()
			next.Name.En = "renamed"
			_, _, err := h.ledger.Apply(ctx, next)
			return err
		}, true, func(_ voucher.Merchant, _ voucher.TerminalState, c voucher.Campaign) bool {
			return c.Name.En == "renamed"
		}},
		{"it is frozen", func() error { return h.ledger.SetTerminal(ctx, l.id, voucher.TerminalFrozen, "fork") }, false,
			func(_ voucher.Merchant, s voucher.TerminalState, _ voucher.Campaign) bool {
				return s == voucher.TerminalFrozen
			}},
		{"it is revoked", func() error { return h.ledger.SetTerminal(ctx, l.id, voucher.TerminalRevoked, "stolen") }, false,
			func(_ voucher.Merchant, s voucher.TerminalState, _ voucher.Campaign) bool {
				return s == voucher.TerminalRevoked
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			h.must(c.change())
			law := l.pushed()
			took := time.Since(began)
			if !c.holds(law.Merchant, law.State, law.Campaign) {
				t.Fatalf("%+v", law)
			}
			if t.Logf("on the till after %v", took); took > 2*time.Second {
				t.Errorf("it took %v (G12)", took)
			}
			if c.both {
				other.pushed()
			}
		})
	}
	other.send(wire.Status{})
	expect[wire.Pulse](other) // and nothing before it of what does not concern it
	until(t, "six laws were looked up, no more", func() bool { return h.metric("hexiao_laws_pushed_total") == "6" })
}

func TestASlowReaderIsDroppedAndOthersGoOn(t *testing.T) {
	for _, c := range []struct {
		name string
		wait time.Duration
	}{
		{"because its queue is full", time.Minute},
		{"because it takes a frame too slowly", time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t, func(o *gate.Options) { o.WriteWait = c.wait })
			slow, other := h.till("M1", 1), h.till("M2", 2)
			slow.enter()
			other.enter()
			next := campaign()
			for i := range 80 { // a big law, again and again, until neither line nor queue holds any more
				next.Name.En = strings.Repeat(string(rune('a'+i%26)), 500_000)
				_, _, err := h.ledger.Apply(context.Background(), next)
				h.must(err)
				other.pushed()
				if live, _ := h.gate.Live(slow.id); !live.Connected {
					break
				}
			}
			until(t, "the slow one is dropped", func() bool { return h.metric(`hexiao_session_ends_total{why="slow"}`) == "1" })
			other.pulse()
		})
	}
}

func TestTheHubStopsInOrder(t *testing.T) {
	h := open(t, func(o *gate.Options) { o.Return = 3 * time.Second })
	in, silent := h.till("M1", 1), h.till("M2", 2)
	in.enter()
	silent.connect() // no hello yet
	in.record(voucher.Ask, h.issue(), 58_00)
	in.send(in.frame(0))
	in.ack()
	stopped := make(chan struct{})
	go func() { h.stop(); close(stopped) }()
	for _, l := range []*till{in, silent} {
		bye, code, err := l.farewell()
		if err != nil || bye.Fatal || bye.After < 1000 || bye.After >= 4000 || code != websocket.CloseServiceRestart {
			t.Errorf("%+v %d %v", bye, code, err)
		}
		l.ws.Close()
	}
	<-stopped
	if _, err := in.dial(nil); err == nil {
		t.Error("the hub still lets terminals in")
	}
	if live, _ := h.gate.Live(in.id); live.Connected {
		t.Error("a terminal is still said to be connected")
	}
}

func TestATerminalThatDoesNotListenCannotHoldUpTheEnd(t *testing.T) {
	h := open(t, func(o *gate.Options) { o.Grace, o.Linger, o.WriteWait = 300*time.Millisecond, time.Minute, time.Minute })
	l := h.till("M1", 1)
	l.enter() // and reads nothing any more
	began := time.Now()
	h.stop()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the end took %v", took)
	}
}

func TestLimitsOfConnections(t *testing.T) {
	for _, c := range []struct {
		limit  string
		change func(*gate.Options)
	}{
		{"address", func(o *gate.Options) { o.PerAddress = 3 }},
		{"total", func(o *gate.Options) { o.Connections = 3 }},
	} {
		t.Run(c.limit, func(t *testing.T) {
			h := open(t, c.change)
			tills := []*till{h.till("M1", 1), h.till("M1", 2), h.till("M1", 3)}
			h.http.CloseIdleConnections()
			until(t, "the enrolments' line is closed", func() bool {
				_, err := tills[0].dial(nil)
				if err != nil {
					return false
				}
				_, err = tills[1].dial(nil)
				if err == nil {
					_, err = tills[2].dial(nil)
				}
				if err != nil {
					tills[0].ws.Close()
					tills[1].ws.Close()
				}
				return err == nil
			})
			if _, err := (&till{h: h, t: t}).dial(nil); err == nil {
				t.Fatal("one too many came in")
			}
			tills[0].ws.Close()
			until(t, "there is room again", func() bool { _, err := tills[0].dial(nil); return err == nil })
		})
	}
}

func TestHealthAndMetrics(t *testing.T) {
	var trouble error
	h := open(t, func(o *gate.Options) {
		o.Ready = func() error { return trouble }
		o.Readings.ViewsBehind = func() float64 { return 7 }
	})
	l := h.till("M1", 1)
	l.enter()
	if h.get("/livez") != "ok\n" || h.get("/readyz") != "ok\n" {
		t.Error("not well")
	}
	var text string
	commits := func() string { return reading(text, "hexiao_commit_seconds_count") }
	until(t, "each group of a commit is counted", func() bool { // the hub may be committing still what the till's coming in led to
		text = h.get("/metrics")
		return commits() != "" && reading(text, `hexiao_group_requests_bucket{le="+Inf"}`) == commits()
	})
	for name, want := range map[string]string{
		"hexiao_terminals_connected":                 "1",
		"hexiao_views_behind_entries":                "7",
		"hexiao_leases_total":                        "1",
		`hexiao_enrolments_total{result="ok"}`:       "1",
		`hexiao_session_ends_total{why="bad_frame"}`: "",
	} {
		if got := reading(text, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if strings.Contains(text, string(l.id)) || strings.Contains(text, "M1") {
		t.Error("a terminal or merchant stands in the metrics")
	}
	trouble = errors.New("账簿写不进去 / the book cannot be written")
	r, err := h.http.Get("https://" + h.addr + "/readyz")
	h.must(err)
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusServiceUnavailable || !bytes.Contains(body, []byte("book")) {
		t.Errorf("%s %s", r.Status, body)
	}
}

func TestMetricsAreForThisMachineAndThoseNamed(t *testing.T) {
	for _, c := range []struct {
		name string
		from []netip.Prefix
		addr string
		want bool
	}{
		{"the machine itself", nil, "127.0.0.1:999", true},
		{"the machine itself by IPv6", nil, "[::1]:999", true},
		{"a stranger", nil, "203.0.113.5:999", false},
		{"somebody named", []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, "203.0.113.5:999", true},
		{"somebody named, seen through IPv6", []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, "[::ffff:203.0.113.5]:999", true},
		{"nobody knows who", nil, "pipe", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := gate.New(gate.Options{MetricsFrom: c.from})
			for _, path := range []string{"/metrics", "/readyz"} {
				w := new(recorder)
				q, _ := http.NewRequest("GET", path, nil)
				q.RemoteAddr = c.addr
				g.Handler().ServeHTTP(w, q)
				if got := w.status == 0 || w.status == http.StatusOK; got != c.want {
					t.Errorf("%s: %d", path, w.status)
				}
			}
		})
	}
}

// recorder is the least of a ResponseWriter.
type recorder struct {
	header http.Header
	status int
}

func (w *recorder) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}
func (w *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (w *recorder) WriteHeader(status int)      { w.status = status }
