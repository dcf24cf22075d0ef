package gate_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/gate"
	"hexiao/hub/ledger"
	"hexiao/hub/registry"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

var generation = bytes.Repeat([]byte{0x9e}, 16)

// hub is a gate on loopback with real keys, a real ledger and a real book.
type hub struct {
	t      testing.TB
	gate   *gate.Gate
	ledger *ledger.Ledger
	keys   *registry.Keys
	addr   string
	http   *http.Client
	log    *diary
	serial voucher.Serial
	stop   func() // ends the gate and waits; called at the end of the test if not before
	now    func() time.Time
}

// open starts a hub with one campaign that runs now and two active merchants; change may adjust the gate's options.
func open(t testing.TB, change ...func(*gate.Options)) *hub {
	t.Helper()
	h := &hub{t: t, serial: 1, log: new(diary), now: time.Now}
	var err error
	if h.keys, err = registry.OpenKeys(t.TempDir(), nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	b, err := book.Open(t.TempDir(), book.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.ledger, err = ledger.Open(ctx, b, ledger.Options{
		Now:     func() time.Time { return h.now() },
		Sign:    func(raw []byte) []byte { return wire.Sign(raw, h.keys.Hub(), wire.ForLease) },
		Changed: func(c ledger.Change) { h.gate.Changed(c) },
		Grouped: func(n, m int, d time.Duration) { h.gate.Grouped(n, m, d) },
	})
	if err != nil {
		t.Fatal(err)
	}
	h.serve(ctx, change)
	done := make(chan error, 1)
	go func() { done <- h.ledger.Run(ctx) }()
	t.Cleanup(func() {
		h.stop()
		cancel()
		<-done
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		noneLeft(t)
	})
	h.begin()
	return h
}

func (h *hub) serve(ctx context.Context, change []func(*gate.Options)) {
	o := gate.Options{
		Ledger: h.ledger, Hub: h.keys.Hub(), Issuing: h.keys.Issuing(), CA: h.keys.CA(),
		Certificate: func() *tls.Certificate { c := h.keys.TLSCertificate(); return &c },
		Log:         slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Linger:      200 * time.Millisecond,
	}
	for _, f := range change {
		f(&o)
	}
	h.gate = gate.New(o)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.addr = ln.Addr().String()
	h.http = &http.Client{Transport: &http.Transport{TLSClientConfig: h.trust()}, Timeout: 10 * time.Second}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.gate.Run(ctx, ln) }()
	h.stop = func() {
		h.http.CloseIdleConnections()
		cancel()
		if err, first := <-done; first && err != nil {
			h.t.Errorf("the gate ended: %v", err)
		} else if first {
			close(done)
		}
	}
}

// noneLeft fails when a goroutine of the gate still runs after Run has returned.
func noneLeft(t testing.TB) {
	buf := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		_, frames, _ := strings.Cut(stack, "\n")
		if strings.HasPrefix(frames, "runtime.goexit") {
			continue // it has returned, and only its end is still to come
		}
		if strings.Contains(stack, "hub/gate.") {
			t.Errorf("a goroutine is left:\n%s", stack)
		}
	}
}

func (h *hub) trust() *tls.Config {
	pool := x509.NewCertPool()
	ca, err := x509.ParseCertificate(h.keys.CA())
	if err != nil {
		h.t.Fatal(err)
	}
	pool.AddCert(ca)
	return &tls.Config{RootCAs: pool}
}

func (h *hub) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func campaign() voucher.Campaign {
	start := time.Now().Add(-time.Hour).Truncate(time.Second)
	return voucher.Campaign{
		ID: "test", Number: 9, Name: voucher.Text{Zh: "测试", En: "test"}, Area: voucher.Area{Code: "410423"}, Zone: "Asia/Shanghai",
		Budget: 1_000_000_00, StockAt: voucher.AtClaim, Person: voucher.PerTradeAndPhase,
		Offline: voucher.Offline{Bears: voucher.MerchantBears, Count: 8, Sum: 200_00, Age: 24 * time.Hour, Patience: time.Second},
		Phases:  []voucher.Phase{{No: 1, Start: start, End: start.Add(7 * 24 * time.Hour), Budget: 700_000_00}},
		Tiers:   []voucher.Tier{{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 10_00, Threshold: 50_00, Stock: []uint32{1000}}},
	}
}

func (h *hub) begin() {
	ctx := context.Background()
	h.must(h.ledger.Found(ctx, ledger.HubMade{Generation: generation, Key: h.keys.HubPublic(), Issuing: h.keys.IssuingPublic()}))
	_, _, err := h.ledger.Apply(ctx, campaign())
	h.must(err)
	_, _, err = h.ledger.SetMerchants(ctx, []voucher.Merchant{
		{Code: "M1", Name: "鲁山超市", Trade: voucher.Supermarket, Status: voucher.MerchantActive},
		{Code: "M2", Name: "北街超市", Trade: voucher.Supermarket, Status: voucher.MerchantActive}})
	h.must(err)
}

func (h *hub) token(merchant voucher.MerchantID, life time.Duration) wire.Token {
	h.t.Helper()
	k := wire.NewToken(h.keys.CAHash())
	hash := k.Hash()
	h.must(h.ledger.MakeToken(context.Background(), ledger.TokenMade{Hash: hash[:], Merchant: merchant, Expires: h.now().Add(life).UnixMilli()}))
	return k
}

func (h *hub) issue() voucher.Code {
	h.t.Helper()
	code := voucher.Sign(voucher.Body{Key: registry.IssuingID, Campaign: 9, Phase: 1, Tier: 1, Serial: h.serial}, h.keys.Issuing())
	h.serial++
	h.must(h.ledger.Issue(context.Background(), ledger.VouchersIssued{Phase: 1, Tier: 1, Vouchers: []ledger.Issued{{Serial: code.Body.Serial, Sight: code.Sight()}}}))
	return code
}

// metric reads one line of /metrics, such as `hexiao_session_ends_total{why="silent"}`; "" when it is not there.
func (h *hub) metric(name string) string {
	h.t.Helper()
	return reading(h.get("/metrics"), name)
}

// reading finds one figure in what a hub said of itself at one moment.
func reading(text, name string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if v, ok := strings.CutPrefix(line, name+" "); ok {
			return v
		}
	}
	return ""
}

func (h *hub) get(path string) string {
	h.t.Helper()
	r, err := h.http.Get("https://" + h.addr + path)
	h.must(err)
	defer r.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(r.Body)
	h.must(err)
	if r.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %s %s", path, r.Status, b.String())
	}
	return b.String()
}

// until waits for something that another goroutine is about to do.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("in vain waited for: %s", what)
		}
	}
}

// diary is a log that may be read while it is written.
type diary struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(b)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

var errNoFarewell = errors.New("the line ended without a farewell")

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))
}
