package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// done is what one command printed, and its exit code.
type done struct {
	code     int
	out, err string
}

// do runs one command in English.
func do(t *testing.T, args ...string) done {
	t.Helper()
	return doIn(t, "en_US.UTF-8", args...)
}

func doIn(t *testing.T, lang string, args ...string) done {
	t.Helper()
	var out, said bytes.Buffer
	env := func(name string) string {
		if name == "LANG" {
			return lang
		}
		return ""
	}
	code := execute(t.Context(), args, streams{getenv: env, in: strings.NewReader(""), out: &out, err: &said})
	return done{code, out.String(), said.String()}
}

func (d done) want(t *testing.T, code int, says string) done {
	t.Helper()
	if d.code != code || !strings.Contains(d.out+d.err, says) {
		t.Fatalf("exit %d, want %d and %q\nout: %s\nerr: %s", d.code, code, says, d.out, d.err)
	}
	return d
}

// hub is enough of a hub to enrol at, and to be found alive; it takes no terminal in.
type hub struct {
	*httptest.Server
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{}
	caKey, caCert := certificate(t, nil, nil)
	leafKey, leaf := certificate(t, caCert, caKey)
	h.ca, h.caKey = caCert, caKey
	hubKey := key("hub").Public().(ed25519.PublicKey)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/enrol", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(wire.EnrolReply{Terminal: "T000001", Merchant: "M0001", Name: "春来饭店", HubKey: hubKey, CA: caCert.Raw})
	})
	mux.HandleFunc("GET /livez", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /v1/terminal", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" {
			w.WriteHeader(http.StatusUpgradeRequired)
			return
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.WriteHeader(http.StatusSwitchingProtocols)
	})
	h.Server = httptest.NewUnstartedServer(mux)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw, caCert.Raw}, PrivateKey: leafKey}}}
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

// certificate makes a CA, or with one a server's certificate for loopback.
func certificate(t *testing.T, ca *x509.Certificate, by *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hexiao test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true,
	}
	if ca == nil {
		c.IsCA, c.KeyUsage, ca, by = true, x509.KeyUsageCertSign, c, own
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, ca, own.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return own, made
}

func key(of string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(of))
	return ed25519.NewKeyFromSeed(seed[:])
}

func (h *hub) token() string { return wire.NewToken(sha256.Sum256(h.ca.Raw)).Text() }

// enrolled is a folder that is a terminal of a hub.
func enrolled(t *testing.T) (dir string, h *hub) {
	t.Helper()
	h, dir = newHub(t), t.TempDir()
	do(t, "enrol", "--hub", h.URL, "--token", h.token(), "--data", dir).want(t, 0, "terminal T000001 of merchant M0001 (春来饭店)")
	return dir, h
}

// lent gives the folder a law, and a lease of so many.
func lent(t *testing.T, dir string, n uint64) {
	t.Helper()
	j, err := journal.Open(dir, "T000001", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	start, week := time.Now().Add(-time.Hour), 7*24*time.Hour
	law := wire.LawBody{
		Revision: 1, Terminal: "T000001", HubTime: time.Now().UnixMilli(),
		Keys:     []wire.Key{{ID: 1, Public: key("codes").Public().(ed25519.PublicKey)}},
		Merchant: voucher.Merchant{Code: "M0001", Name: "春来饭店", Trade: voucher.Dining, Status: voucher.MerchantActive},
		Campaign: voucher.Campaign{
			ID: "lushan", Number: 7, Name: voucher.Text{Zh: "冬日送暖", En: "Winter Warmth"}, Zone: "Asia/Shanghai",
			StockAt: voucher.AtClaim, Payments: voucher.DefaultPayments(),
			Offline: voucher.Offline{Bears: voucher.MerchantBears, Count: 10, Sum: 100_00, Age: week, Patience: 1500 * time.Millisecond},
			Phases:  []voucher.Phase{{No: 1, Start: start, End: start.Add(week)}},
			Tiers:   []voucher.Tier{{No: 1, ID: "dining-10", Trade: voucher.Dining, Face: 10_00, Threshold: 50_00, Stock: []uint32{100}}},
		},
	}
	lease := voucher.Lease{Terminal: "T000001", Epoch: 1, Serial: 1, Campaign: "lushan", Granted: time.Now().UnixMilli(),
		Until: time.Now().Add(time.Hour).UnixMilli(), Count: n, Sum: voucher.Fen(n) * 10_00}
	adopt(t, law, wire.ForLaw, func(raw wire.Signed) error { return j.AdoptLaw(raw, law) })
	adopt(t, lease, wire.ForLease, func(raw wire.Signed) error { return j.AdoptLease(raw, lease) })
	j.Hear(time.Now())
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

func adopt(t *testing.T, body any, p wire.Purpose, keep func(wire.Signed) error) {
	t.Helper()
	raw, err := wire.Seal(body, key("hub"), p)
	if err == nil {
		err = keep(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func code(serial voucher.Serial) string {
	return voucher.Sign(voucher.Body{Key: 1, Campaign: 7, Phase: 1, Tier: 1, Serial: serial}, key("codes")).Text()
}

// log keeps what a running agent says.
type said struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// started is an agent that runs in this process.
type started struct {
	*desk.Client
	log  *said
	stop func() int // ends it and gives its exit code
}

// start runs the agent and returns when it says that it is ready.
func start(t *testing.T, dir string, flags ...string) *started {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan int, 1)
	a := &started{log: &said{}}
	go func() {
		code := execute(ctx, append([]string{"run", "--data", dir, "--desk", "127.0.0.1:0"}, flags...),
			streams{getenv: func(string) string { return "" }, in: strings.NewReader(""), out: in, err: a.log})
		in.Close()
		ended <- code
	}()
	a.stop = func() int {
		cancel()
		code := <-ended
		ended <- code
		return code
	}
	t.Cleanup(func() { a.stop() })
	lines := bufio.NewReader(out)
	first, err := lines.ReadBytes('\n')
	var ready struct{ Desk string }
	if err != nil || json.Unmarshal(first, &ready) != nil || !strings.HasPrefix(ready.Desk, "http://127.0.0.1:") {
		t.Fatalf("instead of the ready line: %q, %v\n%s", first, err, a.log)
	}
	rest := make(chan string, 1)
	go func() {
		more, _ := io.ReadAll(lines)
		rest <- string(more)
	}()
	t.Cleanup(func() {
		a.stop()
		if more := <-rest; more != "" {
			t.Errorf("more than the ready line on standard output: %q", more)
		}
	})
	if a.Client, err = desk.Find(dir); err != nil || a.URL() != ready.Desk {
		t.Fatalf("%v, %v", a.Client, err)
	}
	return a
}
