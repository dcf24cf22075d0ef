package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
)

// looked runs the doctor on a folder, on a machine that differs from this one.
func looked(t *testing.T, dir string, c config, change func(*pc)) []desk.Finding {
	t.Helper()
	p := &program{streams: streams{getenv: nothing, out: io.Discard}, data: dir}
	m := thisPC(nothing)
	m.step = time.Second / 2
	m.packageChanges = func(context.Context, string) ([]string, bool) { return nil, false }
	if change != nil {
		change(&m)
	}
	whole, err := c.checked()
	if err != nil {
		t.Fatal(err)
	}
	return newCheckup(p, m, whole, nil).examine(t.Context())
}

func nothing(string) string { return "" }

// names wants a finding that names a fault and its cure in both languages: each of the words, English ones before "|".
func names(t *testing.T, found []desk.Finding, check, state, words string) {
	t.Helper()
	en, zh, _ := strings.Cut(words, "|")
	for _, f := range found {
		if f.Check == check && f.State == state && hasAll(f.Text.En+" "+f.Next.En, en) && hasAll(f.Text.Zh+" "+f.Next.Zh, zh) {
			if state != desk.Fine && (f.Next.En == "" || f.Next.Zh == "") {
				t.Errorf("%s: no cure: %+v", check, f)
			}
			return
		}
	}
	var all bytes.Buffer
	json.NewEncoder(&all).Encode(found)
	t.Errorf("no %s that is %q and says %q in\n%s", check, state, words, strings.ReplaceAll(all.String(), "},{", "},\n{"))
}

func hasAll(text, words string) bool {
	for _, w := range strings.Split(words, ",") {
		if !strings.Contains(text, strings.TrimSpace(w)) {
			return false
		}
	}
	return true
}

// pointedAt has an enrolled folder look for its hub somewhere else.
func pointedAt(t *testing.T, dir, url string) {
	t.Helper()
	file := filepath.Join(dir, "identity.json")
	var identity map[string]any
	if err := json.Unmarshal([]byte(read(t, file)), &identity); err != nil {
		t.Fatal(err)
	}
	for key, value := range identity {
		if s, ok := value.(string); ok && strings.HasPrefix(s, "https://127.0.0.1") {
			identity[key] = url
		}
	}
	raw, err := json.Marshal(identity)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(raw))
}

// standIn answers as a hub with a certificate of ours, from one time to another, and a clock of its own.
func (h *hub) standIn(t *testing.T, from, to time.Time, answer http.HandlerFunc) string {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: from, NotAfter: to,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true}, h.ca, own.Public(), h.caKey)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{raw, h.ca.Raw}, PrivateKey: own}}}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// at answers everything with 200, at a time.
func at(when time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", when.UTC().Format(http.TimeFormat))
	}
}

func TestTheDoctorTellsWhatStandsBeforeTheHub(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name  string
		plant func(t *testing.T, h *hub) (url string)
		check string
		state string
		words string
	}{
		{"nothing at all", func(t *testing.T, h *hub) string { return h.URL }, "hub", desk.Fine, "answers, certificate is right|通"},
		{"the door opens", func(t *testing.T, h *hub) string { return h.URL }, "websocket", desk.Fine, "opens|通"},
		{"nobody listens", func(t *testing.T, h *hub) string { h.Close(); return h.URL }, "hub", desk.Bad, "refuses the connection, administrator, firewall|拒绝连接, 管理员"},
		{"somebody listens and never answers", func(t *testing.T, h *hub) string { return "https://" + silent(t) }, "hub", desk.Bad, "does not answer, time-out, firewalls|超时, 防火墙"},
		{"a log-in page without TLS", func(t *testing.T, h *hub) string { return strings.Replace(portal(t), "http:", "https:", 1) }, "hub", desk.Bad, "speaks no TLS, log in with a browser|不是加密连接, 认证页"},
		{"another server", func(t *testing.T, h *hub) string { return newHub(t).URL }, "hub", desk.Bad, `not the hub that this PC enrolled with, "hexiao test", log in with a browser, antivirus|不是本机登记的中心, 认证页, 杀毒`},
		{"our hub under another name", func(t *testing.T, h *hub) string { return strings.Replace(h.URL, "127.0.0.1", "localhost", 1) }, "hub", desk.Bad, "not for the name localhost, hub.toml|localhost, hub.toml"},
		{"a page at the address", func(t *testing.T, h *hub) string {
			return h.standIn(t, now.Add(-time.Minute), now.Add(time.Hour), http.NotFound)
		}, "hub", desk.Bad, "404, not as a hub, port|不像核销中心, 端口"},
		{"an expired certificate", func(t *testing.T, h *hub) string {
			return h.standIn(t, now.Add(-50*time.Minute), now.Add(-40*time.Minute), at(now))
		}, "certificate", desk.Bad, "has expired, restarts hexiao-hub|已过期, 重启 hexiao-hub"},
		{"this PC's clock is an hour ahead", func(t *testing.T, h *hub) string {
			return h.standIn(t, now.Add(-50*time.Minute), now.Add(-40*time.Minute), at(now.Add(-45*time.Minute)))
		}, "clock", desk.Bad, "off the hub's, set it right|与中心差, 自动对时"},
		{"and the certificate is right by the hub's clock", func(t *testing.T, h *hub) string {
			return h.standIn(t, now.Add(-50*time.Minute), now.Add(-40*time.Minute), at(now.Add(-45*time.Minute)))
		}, "certificate", desk.Worse, "0 days left, before|0 天"},
		{"this PC's clock is behind", func(t *testing.T, h *hub) string {
			return h.standIn(t, now.Add(-time.Minute), now.Add(time.Hour), at(now.Add(100*time.Second)))
		}, "clock", desk.Worse, "is -1m, off the hub's, set it right|与中心差 -1m, 自动对时"},
		{"websockets are refused", func(t *testing.T, h *hub) string {
			return h.standIn(t, now.Add(-time.Minute), now.Add(time.Hour), at(now))
		}, "websocket", desk.Bad, "does not open, 200 OK, Upgrade|不通, Upgrade"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, h := enrolled(t)
			pointedAt(t, dir, c.plant(t, h))
			names(t, looked(t, dir, config{}, nil), c.check, c.state, c.words)
		})
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// silent takes connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// portal sends everybody to its log-in page.
func portal(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.RedirectHandler("http://login.invalid/", http.StatusFound))
	t.Cleanup(s.Close)
	return s.URL
}

func TestTheDoctorTellsAMissingNameFromADeadLine(t *testing.T) {
	dir, _ := enrolled(t)
	p := &program{streams: streams{getenv: nothing}, data: dir}
	c := newCheckup(p, thisPC(nothing), config{}, nil)
	c.identify()
	h := &hubCall{checkup: c, url: mustURL(t, "https://hub.example.invalid:8443")}
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	names(t, []desk.Finding{h.failed(dial(&net.DNSError{Name: "hub.example.invalid", IsNotFound: true}))}, "dns", desk.Bad, "hub.example.invalid, no such name, DNS|没有这个名字, DNS")
	names(t, []desk.Finding{h.failed(dial(&net.DNSError{Name: "hub.example.invalid", IsTimeout: true}))}, "dns", desk.Bad, "no name server answers, router|域名服务器不回应, 路由器")
	names(t, []desk.Finding{h.failed(dial(os.ErrDeadlineExceeded))}, "hub", desk.Bad, "cannot be reached, port 8443, cable|连不上, 8443, 网线")
	names(t, []desk.Finding{h.failed(errors.New("something new"))}, "hub", desk.Bad, "something new, cable|something new, 网线")
}

func TestTheDoctorLooksAtProxies(t *testing.T) {
	dir, h := enrolled(t)
	set := func(env map[string]string) func(*pc) {
		return func(m *pc) { m.getenv = func(name string) string { return env[name] } }
	}
	none := looked(t, dir, config{}, nil)
	names(t, none, "proxy", desk.Fine, "no proxy|没有设置代理")
	dead := "http://user:geheim@" + strings.TrimPrefix(closed(t), "http://")
	// Go sends nothing of loopback through a proxy, so the hub has another name here.
	pointedAt(t, dir, strings.Replace(h.URL, "127.0.0.1", "hub.example.invalid", 1))
	found := looked(t, dir, config{}, set(map[string]string{"HTTPS_PROXY": dead}))
	names(t, found, "proxy", desk.Worse, "goes through the proxy, HTTPS_PROXY, NO_PROXY=hub.example.invalid|走代理, NO_PROXY=hub.example.invalid")
	names(t, found, "proxy", desk.Worse, "NO_PROXY lacks 127.0.0.1, add 127.0.0.1|没有 127.0.0.1")
	names(t, found, "hub", desk.Bad, "the proxy, cannot be reached, HTTPS_PROXY|代理, 连不上, HTTPS_PROXY")
	if raw, err := json.Marshal(found); err != nil || bytes.Contains(raw, []byte("geheim")) {
		t.Errorf("a password is told: %s", raw)
	}
	found = looked(t, dir, config{}, set(map[string]string{"https_proxy": dead, "no_proxy": "127.0.0.1, .invalid"}))
	names(t, found, "proxy", desk.Fine, "neither the hub nor this PC|不走代理")
}

// closed is an address at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

func TestTheDoctorLooksAtTimeAndZone(t *testing.T) {
	dir, _ := enrolled(t)
	lent(t, dir, 1)
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	in := func(zone *time.Location, synced bool) []desk.Finding {
		return looked(t, dir, config{}, func(m *pc) {
			m.local, m.synced = zone, func() (bool, bool) { return synced, true }
		})
	}
	names(t, in(shanghai, true), "zone", desk.Fine, "Asia/Shanghai|Asia/Shanghai")
	names(t, in(time.UTC, true), "zone", desk.Worse, "not the campaign's Asia/Shanghai, timedatectl set-timezone Asia/Shanghai|不同, timedatectl")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	names(t, in(berlin, true), "zone", desk.Worse, "set-timezone|set-timezone")

	names(t, looked(t, dir, config{}, func(m *pc) { // where it was as late in that winter, and an hour later in the summer after it
		m.now = func() time.Time { return time.Date(2015, 12, 15, 4, 0, 0, 0, time.UTC) }
		if m.local, err = time.LoadLocation("Asia/Ulaanbaatar"); err != nil {
			t.Fatal(err)
		}
	}), "zone", desk.Worse, "set-timezone|set-timezone")
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	j, err := journal.Open(dir, "T000001", journal.Options{Now: later})
	if err != nil {
		t.Fatal(err)
	}
	j.Hear(later()) // and then this PC's clock was set back
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	w := desk.NewWarning(desk.WarnClock, "", time.Time{})
	names(t, in(shanghai, true), desk.WarnClock, desk.Bad, w.Text.En+"|"+w.Text.Zh)
}

func TestTheDoctorTellsADeadAgentFromOneThatWasEnded(t *testing.T) {
	dir, _ := enrolled(t)
	lent(t, dir, 1)
	names(t, looked(t, dir, config{}, nil), "agent", desk.Worse, "does not run, systemctl start|没有运行, systemctl start")
	if _, err := desk.Token(dir); err != nil {
		t.Fatal(err)
	}
	if err := desk.Publish(dir, closed(t)); err != nil {
		t.Fatal(err)
	}
	names(t, looked(t, dir, config{}, nil), "agent", desk.Worse, "did not end by itself, power cut, systemctl start|不是正常结束, systemctl start")
	j, err := journal.Open(dir, "T000001", journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	names(t, looked(t, dir, config{}, nil), "agent", desk.Bad, "holds the journal, does not answer, systemctl restart|占着日志, systemctl restart")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := desk.Publish(dir, portal(t)); err != nil {
		t.Fatal(err)
	}
	names(t, looked(t, dir, config{}, nil), "agent", desk.Bad, "is not the agent, take another one|不是核销服务, 换一个")
}

// TestACheckThatHangsIsNamed: a disk or a driver that does not answer holds up nobody else.
func TestACheckThatHangsIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hung := make(chan struct{})
		defer close(hung)
		found := within(t.Context(), check{"disk", quick, func(context.Context) []desk.Finding { <-hung; return nil }})
		names(t, found, "disk", desk.Worse, "did not end within 5s, restart|5s 内没有做完, 重启")
	})
	c := newCheckup(&program{streams: streams{getenv: nothing}, data: t.TempDir()}, thisPC(nothing), config{}, nil)
	for _, one := range c.checks() {
		if one.limit+time.Second >= 15*time.Second {
			t.Errorf("%s may take %v", one.name, one.limit)
		}
	}
}

// TestTheDeskTellsWhatTheDoctorFinds: the same checks in a running agent.
func TestTheDeskTellsWhatTheDoctorFinds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scanner")
	newScanner(t, path)
	a, _ := atBench(t, "[[scanner]]\npath = \""+path+"\"\n[[scanner]]\npath = \"/dev/nothing-there\"\n")
	a.until(t, "the scanner", func(v desk.View) bool {
		return len(v.Scanners) == 2 && v.Scanners[1].Connected && v.Scanners[0].Problem.En != ""
	})
	found, err := a.Doctor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names(t, found, "agent", desk.Fine, "runs|运行")
	names(t, found, "journal", desk.Fine, "whole|完整")
	names(t, found, "queue", desk.Fine, "no record|没有待报")
	names(t, found, "scanner", desk.Fine, path+"|已连接")
	names(t, found, "scanner", desk.Bad, "/dev/nothing-there, plug|/dev/nothing-there, 插好")
	names(t, found, "hub", desk.Bad, "refuses|拒绝")
	names(t, found, "fsync", desk.Fine, "median|中位")
}

func TestTheDoctorWaitsForAScan(t *testing.T) {
	dir, _ := enrolled(t)
	names(t, []desk.Finding{scanned(t, dir, time.Minute)}, "scan", desk.Bad, "does not run, systemctl start|没有运行, systemctl start")
	path := filepath.Join(t.TempDir(), "scanner")
	master := newScanner(t, path)
	a := start(t, dir, "--scanner", path)
	a.until(t, "the scanner", func(v desk.View) bool { return len(v.Scanners) == 1 && v.Scanners[0].Connected })
	names(t, []desk.Finding{scanned(t, dir, time.Second/4)}, "scan", desk.Bad, "no scan came within 250ms, manual|没有读到, 说明书")

	said, in := io.Pipe()
	got := make(chan done, 1)
	go func() {
		out := &bytes.Buffer{}
		code := execute(t.Context(), []string{"doctor", "--data", dir, "--scan", "--scanner", path, "--lang", "zh"}, streams{getenv: nothing, out: io.MultiWriter(out, in), err: io.Discard})
		in.Close()
		got <- done{code, out.String(), ""}
	}()
	buf := make([]byte, 4096)
	for all := ""; !strings.Contains(all, "请扫一个码"); {
		n, err := said.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		all += string(buf[:n])
	}
	go io.Copy(io.Discard, said)
	if _, err := master.WriteString("281234567890123456\r"); err != nil {
		t.Fatal(err)
	}
	d := <-got
	if !strings.Contains(d.out, path+" 读到 18 字节") || strings.Contains(d.out, "281234567890123456") {
		t.Errorf("%s", d.out)
	}
}

func scanned(t *testing.T, dir string, wait time.Duration) desk.Finding {
	t.Helper()
	p := &program{streams: streams{getenv: nothing, out: io.Discard}, data: dir, json: true}
	return newCheckup(p, thisPC(nothing), config{}, nil).scanFor(t.Context(), wait)
}

// TestTheDoctorTellsWhoTookTheDesksDoor: "start the agent" alone would be a cure that fails.
func TestTheDoctorTellsWhoTookTheDesksDoor(t *testing.T) {
	dir, _ := enrolled(t)
	at := silent(t)
	names(t, looked(t, dir, config{Desk: at}, nil), "desk", desk.Bad, at+", another program, cannot start, ss -ltnp, netstat -ano, another port|"+at+", 别的程序, 启动不了, ss -ltnp, netstat -ano, 换一个端口")
	free := strings.TrimPrefix(closed(t), "http://")
	if found := looked(t, dir, config{Desk: free}, nil); slices.ContainsFunc(found, func(f desk.Finding) bool { return f.Check == "desk" }) {
		t.Errorf("nobody listens at %s: %+v", free, found)
	}
}
