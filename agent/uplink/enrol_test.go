package uplink_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/uplink"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// office is the hub's enrolment.
type office struct {
	authority
	t      *testing.T
	server *httptest.Server
	key    ed25519.PublicKey

	mu       sync.Mutex // guards the rest
	requests []wire.EnrolRequest
	owner    map[[32]byte][]byte // by token: the key that used it
	expired  bool
	answer   func(http.ResponseWriter) bool // takes the place of the good answer when it says so
}

func newOffice(t *testing.T) *office {
	o := &office{authority: newAuthority(t), t: t, owner: map[[32]byte][]byte{}, answer: func(http.ResponseWriter) bool { return false }}
	o.key, _, _ = ed25519.GenerateKey(rand.Reader)
	o.server = httptest.NewUnstartedServer(o)
	o.server.TLS = &tls.Config{Certificates: []tls.Certificate{o.leaf}}
	o.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.server.StartTLS()
	t.Cleanup(o.server.Close)
	return o
}

func (o *office) token() string { return wire.NewToken(o.hash()).Text() }

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var q wire.EnrolRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/enrol" {
		o.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	o.requests = append(o.requests, q)
	if !wire.Verify(q.Secret, q.Proof, q.Public, wire.ForEnrol) {
		o.t.Error("the proof does not hold")
	}
	token := wire.HashSecret(q.Secret)
	switch had := o.owner[token]; {
	case o.expired:
		o.refuse(w, "token_expired", "入网码已过期", "the token has expired")
	case had != nil && !bytes.Equal(had, q.Public):
		o.refuse(w, "token_used", "入网码已被使用", "the token was used")
	default:
		o.owner[token] = q.Public
		if !o.answer(w) {
			json.NewEncoder(w).Encode(wire.EnrolReply{Terminal: "T000007", Merchant: "M0001", Name: "山南超市", HubKey: o.key, CA: o.ca.Raw})
		}
	}
}

func (o *office) refuse(w http.ResponseWriter, code, zh, en string) {
	w.WriteHeader(http.StatusForbidden)
	json.NewEncoder(w).Encode(wire.EnrolRefusal{Code: code, Text: voucher.Text{Zh: zh, En: en}})
}

func enrol(t *testing.T, url, token, dir string) (uplink.Identity, error) {
	i, err := uplink.Enrol(t.Context(), url, token, dir, "1.2.3")
	if err == nil {
		return i, nil
	}
	secret := strings.TrimPrefix(token, "hxt1.")
	if raw, bad := base64.RawURLEncoding.DecodeString(secret); bad == nil && len(raw) > 52 {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString(raw[32:52])} {
			if strings.Contains(err.Error(), form) {
				t.Errorf("the token stands in the error: %v", err)
			}
		}
	}
	trouble, ok := errors.AsType[*uplink.Trouble](err)
	if !ok || trouble.Text.Zh == "" || trouble.Text.En == "" || !strings.Contains(err.Error(), trouble.Text.Zh) {
		t.Errorf("no sentence for a person: %v", err)
	}
	return i, err
}

func TestEnrolment(t *testing.T) {
	o, dir := newOffice(t), filepath.Join(t.TempDir(), "till")
	token := o.token()
	got, err := enrol(t, o.server.URL+"/", token, dir)
	must(t, err)
	if got.Terminal != "T000007" || got.Merchant != "M0001" || got.MerchantName != "山南超市" || got.Hub != o.server.URL || !got.HubKey.Equal(o.key) || !got.CA.Equal(o.ca) {
		t.Fatalf("%+v", got)
	}
	if q := o.requests[0]; !got.Device.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(q.Public)) || q.Version != "1.2.3" {
		t.Fatalf("%+v", q)
	}
	again, err := uplink.LoadIdentity(dir)
	must(t, err)
	if !again.Device.Equal(got.Device) || !again.HubKey.Equal(got.HubKey) || !again.CA.Equal(got.CA) || again.Terminal != got.Terminal || again.Hub != got.Hub {
		t.Fatalf("read again: %+v", again)
	}
	for _, name := range []string{"identity.json", "device.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v in the folder", entries)
	}

	if _, err := enrol(t, o.server.URL, o.token(), dir); !errors.Is(err, uplink.ErrEnrolled) || !strings.Contains(err.Error(), "T000007") {
		t.Errorf("second enrolment: %v", err)
	}
	if len(o.requests) != 1 {
		t.Error("a token was shown for a folder that is enrolled")
	}
}

func TestSecretIsNotSentToAnotherHub(t *testing.T) {
	ours, theirs := newOffice(t), newOffice(t)
	_, err := enrol(t, theirs.server.URL, ours.token(), t.TempDir())
	if !errors.Is(err, uplink.ErrOtherHub) || !strings.Contains(err.Error(), "this token is of another hub") {
		t.Error(err)
	}

	// One that shows our CA in its chain, behind a certificate that is not from it.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	self := &x509.Certificate{SerialNumber: big.NewInt(3), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &key.PublicKey, key)
	must(t, err)
	false1 := httptest.NewUnstartedServer(theirs)
	false1.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der, ours.ca.Raw}, PrivateKey: key}}}
	false1.Config.ErrorLog = log.New(io.Discard, "", 0)
	false1.StartTLS()
	defer false1.Close()
	if _, err := enrol(t, false1.URL, ours.token(), t.TempDir()); !errors.Is(err, uplink.ErrOtherHub) {
		t.Error(err)
	}
	if len(ours.requests)+len(theirs.requests) != 0 {
		t.Error("the secret was sent")
	}
}

func TestEnrolmentRefused(t *testing.T) {
	type change = func(o *office, token string)
	reply := func(status int, body string) change {
		return func(o *office, _ string) {
			o.answer = func(w http.ResponseWriter) bool {
				w.Header().Set("Location", "https://127.0.0.1:1/v1/enrol")
				w.WriteHeader(status)
				io.WriteString(w, body)
				return true
			}
		}
	}
	cases := []struct {
		name  string
		set   change
		token func(o *office) string
		url   func(string) string
		want  string
		is    error
	}{
		{name: "a token that was used on another PC", set: func(o *office, token string) {
			parsed, _ := wire.ParseToken(token)
			o.owner[parsed.Hash()] = []byte("another key")
		}, want: "the token was used", is: uplink.ErrRefused},
		{name: "an expired token", set: func(o *office, _ string) { o.expired = true }, want: "the token has expired", is: uplink.ErrRefused},
		{name: "half a token", token: func(o *office) string { return o.token()[:40] }, want: "lost a part", is: wire.ErrToken},
		{name: "no token", token: func(*office) string { return "" }, want: "copy it again", is: wire.ErrToken},
		{name: "http", url: func(u string) string { return strings.Replace(u, "https", "http", 1) }, want: "one looks like https://"},
		{name: "no address", url: func(string) string { return "" }, want: "no address of a hub"},
		{name: "an address with a page behind it", url: func(u string) string { return u + "/console/" }, want: "no address of a hub"},
		{name: "a name that is not in the certificate", url: func(u string) string { return strings.Replace(u, "127.0.0.1", "localhost", 1) }, want: "does not name localhost"},
		{name: "nobody there", url: func(string) string { return "https://127.0.0.1:1" }, want: "cannot be reached"},
		{name: "a redirect", set: reply(http.StatusTemporaryRedirect, ""), want: "not as a hub does"},
		{name: "a page that is no answer", set: reply(http.StatusOK, "<html>"), want: "not as a hub does"},
		{name: "an answer without a terminal", set: reply(http.StatusOK, "{}"), want: "not as a hub does"},
		{name: "an answer that names another CA", set: func(o *office, _ string) { o.ca = newAuthority(o.t).ca }, want: "not as a hub does"},
		{name: "a fault of the hub", set: reply(http.StatusInternalServerError, "oops"), want: "not as a hub does"},
		{name: "a hub that is busy and says so", set: reply(http.StatusTooManyRequests, `{"code":"too_many_requests","text":{"zh":"请稍后","en":"try again in a moment"}}`), want: "try again in a moment", is: uplink.ErrRefused},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o, dir := newOffice(t), t.TempDir()
			token, url := o.token(), o.server.URL
			if c.token != nil {
				token = c.token(o)
			}
			if c.url != nil {
				url = c.url(url)
			}
			if c.set != nil {
				c.set(o, token)
			}
			_, err := enrol(t, url, token, dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Fatalf("%v, want %q", err, c.want)
			}
			if _, err := uplink.LoadIdentity(dir); !errors.Is(err, uplink.ErrNotEnrolled) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestLostAnswerIsAskedForAgainWithTheSameKey(t *testing.T) {
	o, dir := newOffice(t), t.TempDir()
	token := o.token()
	o.answer = func(w http.ResponseWriter) bool {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			conn.Close()
		}
		return true
	}
	if _, err := enrol(t, o.server.URL, token, dir); err == nil {
		t.Fatal("no error for a lost answer")
	}
	o.mu.Lock()
	o.answer = func(http.ResponseWriter) bool { return false }
	o.mu.Unlock()
	i, err := enrol(t, o.server.URL, token, dir)
	must(t, err)
	if i.Terminal != "T000007" || len(o.requests) != 2 || !bytes.Equal(o.requests[0].Public, o.requests[1].Public) {
		t.Fatalf("%+v after %d requests", i, len(o.requests))
	}
}

func TestClockOutsideTheCertificateIsNamed(t *testing.T) {
	o := newOffice(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	old := &x509.Certificate{SerialNumber: big.NewInt(3), IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, old, old, &key.PublicKey, key)
	must(t, err)
	o.ca, err = x509.ParseCertificate(der)
	must(t, err)
	server := httptest.NewUnstartedServer(o)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	if _, err := enrol(t, server.URL, o.token(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "check this PC's date and time") {
		t.Fatal(err)
	}
}

func TestIdentityThatCannotBeUsed(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		name string
		harm func(t *testing.T, dir string)
		want string
	}{
		{"identity cut in half", func(t *testing.T, dir string) {
			raw, err := os.ReadFile(filepath.Join(dir, "identity.json"))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, "identity.json"), raw[:len(raw)/2], 0o600))
		}, "identity.json cannot be read"},
		{"identity of nobody", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "identity.json"), []byte("{}"), 0o600))
		}, "identity.json cannot be read"},
		{"key of another PC", func(t *testing.T, dir string) {
			other := t.TempDir()
			_, err := enrol(t, o.server.URL, o.token(), other)
			must(t, err)
			must(t, os.Rename(filepath.Join(other, "device.key"), filepath.Join(dir, "device.key")))
		}, "made with another device.key"},
		{"key that is none", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "device.key"), []byte("secret"), 0o600))
		}, "device.key cannot be read"},
		{"key gone", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "device.key"))) }, "device.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := enrol(t, o.server.URL, o.token(), dir)
			must(t, err)
			c.harm(t, dir)
			_, err = uplink.LoadIdentity(dir)
			if err == nil || errors.Is(err, uplink.ErrNotEnrolled) || !strings.Contains(err.Error(), c.want) {
				t.Fatal(err)
			}
			if _, err := uplink.Enrol(t.Context(), o.server.URL, o.token(), dir, ""); err == nil {
				t.Error("a damaged identity was written over")
			}
		})
	}
}
