package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
)

// hubStep is how long each step to the hub may take: its name, the line, TLS, its word. Together they stay within longer.
const hubStep = 3 * time.Second

// certificateSoon is when a certificate's end is worth a word. The hub makes a new one 90 days before (hub/registry), but
// only when it is started.
const certificateSoon = 30 * 24 * time.Hour

// hubCall is one call to the hub, over TLS as the uplink would, and what was seen on the way.
type hubCall struct {
	*checkup
	url    *url.URL
	proxy  *url.URL // nil: none
	leaf   *x509.Certificate
	client *http.Transport
}

// errOtherHub: what answers has no certificate of the CA that this PC enrolled with.
var errOtherHub = errors.New("another hub")

// hub looks whether the hub can be reached, and with what exactly it fails where it cannot.
func (c *checkup) hub(ctx context.Context) []desk.Finding {
	if !c.enrolled {
		return nil
	}
	u, err := url.Parse(c.identity.Hub)
	if err != nil {
		return []desk.Finding{bad("hub", "中心地址 "+c.identity.Hub+" 不对", "the hub's address "+c.identity.Hub+" is wrong", "请重新入网（hexiao-agent enrol）", "enrol again (hexiao-agent enrol)")}
	}
	call := &hubCall{checkup: c, url: u}
	call.proxy, _ = c.proxy()(u)
	call.client = &http.Transport{
		Proxy:               http.ProxyURL(call.proxy),
		DialContext:         (&net.Dialer{Timeout: c.step}).DialContext,
		TLSHandshakeTimeout: c.step, ResponseHeaderTimeout: c.step, DisableKeepAlives: true,
		// The chain is looked at in verify, with the time left aside: whether clock or certificate is wrong, the hub itself says.
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, VerifyConnection: call.verify},
		TLSNextProto:    map[string]func(string, *tls.Conn) http.RoundTripper{}, // a websocket takes HTTP/1.1
	}
	began := time.Now()
	answer, err := call.get(ctx, "/livez", nil)
	if err != nil {
		return []desk.Finding{call.failed(err)}
	}
	answer.Body.Close()
	return call.met(ctx, answer, began, time.Since(began))
}

func (h *hubCall) get(ctx context.Context, path string, header http.Header) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url.JoinPath(path).String(), nil)
	if err != nil {
		return nil, err
	}
	for key, values := range header {
		r.Header[key] = values
	}
	return h.client.RoundTrip(r)
}

// verify looks at the certificate as it would have been at a time within its own life.
func (h *hubCall) verify(s tls.ConnectionState) error {
	h.leaf = s.PeerCertificates[0]
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), DNSName: h.url.Hostname(), CurrentTime: h.now()}
	o.Roots.AddCert(h.identity.CA)
	for _, c := range s.PeerCertificates[1:] {
		o.Intermediates.AddCert(c)
	}
	if o.CurrentTime.Before(h.leaf.NotBefore) {
		o.CurrentTime = h.leaf.NotBefore
	}
	if o.CurrentTime.After(h.leaf.NotAfter) {
		o.CurrentTime = h.leaf.NotAfter
	}
	if _, err := h.leaf.Verify(o); err != nil {
		return fmt.Errorf("%w: %w", errOtherHub, err)
	}
	return nil
}

// met is what to say when the hub, and nobody else, has answered.
func (h *hubCall) met(ctx context.Context, answer *http.Response, began time.Time, took time.Duration) (found []desk.Finding) {
	if answer.StatusCode != http.StatusOK {
		return []desk.Finding{bad("hub", fmt.Sprintf("%s 有回应（%s），但不像核销中心", h.url, answer.Status), fmt.Sprintf("%s answers (%s), but not as a hub", h.url, answer.Status),
			"请核对中心地址和端口；中间有反向代理的，请管理员检查", "check the hub's address and port; where a reverse proxy stands before it, its administrator should look")}
	}
	found = append(found, well("hub", fmt.Sprintf("%s 通，证书正确，%d 毫秒", h.url, took.Milliseconds()), fmt.Sprintf("%s answers, its certificate is right, %d ms", h.url, took.Milliseconds())))
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		found = append(found, worse("clock", "中心没有报时，时钟未核对", "the hub gave no time; the clock was not compared", "请自己核对本机时间", "compare this PC's time yourself"))
		date = h.now()
	} else {
		found = append(found, h.clock(date, took))
	}
	return append(found, h.certificate(date), h.door(ctx))
}

// clock compares this PC's clock with the hub's, which an HTTP answer gives to the second.
func (h *hubCall) clock(hub time.Time, took time.Duration) desk.Finding {
	off := h.now().Add(-took / 2).Sub(hub.Add(500 * time.Millisecond)).Round(time.Second)
	if off.Abs() <= journal.Slack {
		return well("clock", "本机时间与中心一致", "this PC's clock agrees with the hub's")
	}
	zh, en := fmt.Sprintf("本机时间与中心差 %v（本机 %s）", off, h.now().In(h.local).Format(time.DateTime)), fmt.Sprintf("this PC's clock is %v off the hub's (it says %s)", off, h.now().In(h.local).Format(time.DateTime))
	nextZh, nextEn := "请改成现在的时间并打开自动对时（Linux：timedatectl set-ntp true；Windows：w32tm /resync）；总是变慢的，请换主板电池", "set it right and switch on time synchronisation (on Linux: timedatectl set-ntp true; on Windows: w32tm /resync); if it keeps going wrong, change the board's battery"
	if off.Abs() > 10*time.Minute {
		return bad("clock", zh, en, nextZh, nextEn)
	}
	return worse("clock", zh, en, nextZh, nextEn)
}

// certificate looks at the life of the hub's certificate by the hub's own clock, so that a wrong one here is not called
// the certificate's fault.
func (h *hubCall) certificate(now time.Time) desk.Finding {
	const check = "certificate"
	until := h.leaf.NotAfter.In(h.local).Format(time.DateOnly)
	left := h.leaf.NotAfter.Sub(now)
	switch days := int(left.Hours() / 24); {
	case left < 0:
		return bad(check, "中心的证书已过期（"+until+"）", "the hub's certificate has expired ("+until+")",
			"请中心管理员重启 hexiao-hub，它会换新证书", "the hub's administrator restarts hexiao-hub, which makes a new one")
	case now.Before(h.leaf.NotBefore):
		return bad(check, "中心的证书还没生效", "the hub's certificate is not valid yet", "请中心管理员核对中心的时钟", "the hub's administrator checks the hub's clock")
	case left < certificateSoon:
		return worse(check, fmt.Sprintf("中心的证书还有 %d 天（%s）", days, until), fmt.Sprintf("the hub's certificate has %d days left (%s)", days, until),
			"请中心管理员在此之前重启 hexiao-hub，它会换新证书", "the hub's administrator restarts hexiao-hub before, which makes a new one")
	default:
		return well(check, fmt.Sprintf("中心的证书还有 %d 天（%s）", days, until), fmt.Sprintf("the hub's certificate has %d days left (%s)", days, until))
	}
}

// door knocks at the terminals' websocket: a proxy that lets pages through may still refuse it. Nothing is sent through.
func (h *hubCall) door(ctx context.Context) desk.Finding {
	const check = "websocket"
	answer, err := h.get(ctx, "/v1/terminal", http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"aGV4aWFvIGRvY3RvciA/Pw=="}}) // any 16 bytes, RFC 6455 section 4.1
	if err == nil {
		answer.Body.Close()
		if answer.StatusCode == http.StatusSwitchingProtocols {
			return well(check, "中心的终端入口（websocket）通", "the hub's door for terminals (websocket) opens")
		}
		err = errors.New(answer.Status)
	}
	return bad(check, "中心通，但终端入口（websocket）不通："+err.Error(), "the hub answers, but its door for terminals (websocket) does not open: "+err.Error(),
		"中间的代理或防火墙挡住了 websocket：请放行到中心的 Upgrade 连接", "a proxy or firewall on the way refuses websockets: let Upgrade connections to the hub through")
}

// failed says what exactly stands between this PC and the hub.
func (h *hubCall) failed(err error) desk.Finding {
	name, port := h.url.Hostname(), or(h.url.Port(), "443")
	unnamed, isName := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	timeout := interface{ Timeout() bool }(nil)
	switch late := errors.As(err, &timeout) && timeout.Timeout(); {
	case isOp && op.Op == "proxyconnect" || h.proxy != nil && isName:
		return bad("hub", "代理 "+h.proxy.Host+" 连不上："+err.Error(), "the proxy "+h.proxy.Host+" cannot be reached: "+err.Error(),
			"请核对 HTTPS_PROXY，或用 NO_PROXY="+name+" 让中心不走代理", "check HTTPS_PROXY, or have the hub left out of it with NO_PROXY="+name)
	case isName:
		return h.unnamed(unnamed)
	case errors.Is(err, errOtherHub):
		return h.otherHub(err)
	case noTLS:
		return bad("hub", fmt.Sprintf("%s:%s 有回应，但不是加密连接（TLS）", name, port), fmt.Sprintf("%s:%s answers, but speaks no TLS", name, port),
			"多半是上网认证页（请用浏览器登录网络）、路由器页面，或端口写错", "probably the log-in page of a network (log in with a browser), a router's page, or a wrong port")
	case errors.Is(err, syscall.ECONNREFUSED):
		return bad("hub", fmt.Sprintf("%s 拒绝连接（端口 %s）", name, port), fmt.Sprintf("%s refuses the connection (port %s)", name, port),
			"网络是通的；请问中心管理员 hexiao-hub 是否在运行，端口和防火墙对不对", "the network works; ask the hub's administrator whether hexiao-hub runs, and for port and firewall")
	case isOp && op.Op == "dial" && (late || isUnreachable(err)):
		return bad("hub", fmt.Sprintf("连不上 %s（端口 %s）：%s", name, port, err), fmt.Sprintf("%s cannot be reached (port %s): %v", name, port, err),
			"请检查网线、路由器和本机防火墙；其他网站能打开的，是端口 "+port+" 被挡了", "check the cable, the router and this PC's firewall; if other sites open, port "+port+" is blocked")
	case late || errors.Is(err, context.DeadlineExceeded):
		return bad("hub", fmt.Sprintf("连上了 %s:%s，但它不回应（超时）", name, port), fmt.Sprintf("%s:%s takes the connection, but does not answer (time-out)", name, port),
			"请核对端口，检查中间的防火墙；中心可能卡住，请问中心管理员", "check the port and firewalls on the way; the hub may hang, ask its administrator")
	}
	return bad("hub", fmt.Sprintf("连不上中心 %s：%v", h.url, err), fmt.Sprintf("the hub %s cannot be reached: %v", h.url, err),
		"请检查网线、路由器、防火墙和中心地址", "check the cable, the router, firewalls and the hub's address")
}

func isUnreachable(err error) bool {
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETDOWN)
}

func (h *hubCall) unnamed(e *net.DNSError) desk.Finding {
	why, whyEn := "没有这个名字", "there is no such name"
	if !e.IsNotFound {
		why, whyEn = "域名服务器不回应", "no name server answers"
	}
	return bad("dns", fmt.Sprintf("域名 %s 查不到地址：%s", e.Name, why), fmt.Sprintf("the name %s has no address: %s", e.Name, whyEn),
		"请检查网络和 DNS（/etc/resolv.conf、路由器），核对中心地址", "check the network and DNS (/etc/resolv.conf, the router) and the hub's address")
}

func (h *hubCall) otherHub(err error) desk.Finding {
	issuer := h.leaf.Issuer.CommonName
	if r := []rune(issuer); len(r) > 60 {
		issuer = string(r[:60])
	}
	if _, wrongName := errors.AsType[x509.HostnameError](err); wrongName {
		return bad("hub", fmt.Sprintf("中心的证书不包括 %s 这个名字", h.url.Hostname()), fmt.Sprintf("the hub's certificate is not for the name %s", h.url.Hostname()),
			"请中心管理员把这个名字加进 hub.toml 的 names 并重启", "the hub's administrator adds this name to names in hub.toml and restarts it")
	}
	return bad("hub", fmt.Sprintf("%s 不是本机登记的中心：证书由 %q 签发", h.url, issuer), fmt.Sprintf("%s is not the hub that this PC enrolled with: its certificate is from %q", h.url, issuer),
		"多半是上网认证页（请用浏览器登录网络）、会解密 HTTPS 的防火墙或杀毒软件（请放行中心），或地址换给了别的服务器（核对地址，必要时重新入网）",
		"probably the log-in page of a network (log in with a browser), a firewall or antivirus that opens HTTPS (let the hub pass), or the address belongs to another server now (check it; enrol again if need be)")
}

// proxy gives the proxy for an address as the agent's HTTP would choose it, out of this environment.
func (c *checkup) proxy() func(*url.URL) (*url.URL, error) {
	env := func(name string) string { return or(c.pc.getenv(name), c.pc.getenv(strings.ToLower(name))) }
	settings := httpproxy.Config{HTTPProxy: env("HTTP_PROXY"), HTTPSProxy: env("HTTPS_PROXY"), NoProxy: env("NO_PROXY")}
	return settings.ProxyFunc()
}

// proxies looks at the proxy settings of this environment; those of the service may be others, which it says itself
// through the desk. User and password of a proxy are not told.
func (c *checkup) proxies(context.Context) (found []desk.Finding) {
	const check = "proxy"
	var set []string
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		if c.pc.getenv(name) != "" || c.pc.getenv(strings.ToLower(name)) != "" {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return []desk.Finding{well(check, "没有设置代理", "no proxy is set")}
	}
	names := strings.Join(set, ", ")
	if u, err := url.Parse(c.identity.Hub); err == nil && c.enrolled {
		if p, err := c.proxy()(u); err != nil || p != nil {
			where := ""
			if p != nil {
				where = p.Host
			}
			found = append(found, worse(check, fmt.Sprintf("到中心的连接走代理 %s（%s）", where, names), fmt.Sprintf("the line to the hub goes through the proxy %s (%s)", where, names),
				"中心能直接连上的，请设 NO_PROXY="+u.Hostname()+"；代理必须放行 websocket", "if the hub can be reached directly, set NO_PROXY="+u.Hostname()+"; the proxy must let websockets through"))
		}
	}
	hosts := strings.Split(or(c.pc.getenv("NO_PROXY"), c.pc.getenv("no_proxy")), ",")
	for i := range hosts {
		hosts[i] = strings.TrimSpace(hosts[i])
	}
	if !slices.Contains(hosts, "127.0.0.1") && !slices.Contains(hosts, "*") {
		found = append(found, worse(check, "设置了代理（"+names+"），但 NO_PROXY 没有 127.0.0.1：收银软件到服务台的请求会走错", "a proxy is set ("+names+") and NO_PROXY lacks 127.0.0.1: what POS software asks the desk may go astray",
			"请在 NO_PROXY 里加上 127.0.0.1,localhost", "add 127.0.0.1,localhost to NO_PROXY"))
	}
	if len(found) == 0 {
		found = append(found, well(check, "设置了代理（"+names+"），中心和本机不走代理", "a proxy is set ("+names+"), and neither the hub nor this PC goes through it"))
	}
	return found
}
