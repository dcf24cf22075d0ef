package gate

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hexiao/hub/voucher"
)

// server is the HTTP side. Its deadlines end with the upgrade to a websocket; a session has its own.
func (g *Gate) server() *http.Server {
	return &http.Server{
		Handler:           g.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelDebug), // broken handshakes of port scanners
	}
}

// Handler is all paths, for Run and for tests without a socket.
func (g *Gate) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/terminal", g.terminal)
	mux.HandleFunc("POST /v1/enrol", g.enrol)
	mux.HandleFunc("GET /livez", g.livez)
	mux.Handle("GET /readyz", g.near(http.HandlerFunc(g.readyz)))
	mux.Handle("GET /metrics", g.near(promhttp.HandlerFor(g.metrics.registry, promhttp.HandlerOpts{})))
	return refuseBrowsers(mux)
}

// refuseBrowsers turns away whatever comes with an Origin: no terminal sends one, so it is a page in somebody's browser.
func refuseBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Values("Origin") != nil {
			http.Error(w, "这是终端的入口，浏览器不能使用 / this door is for terminals, not for browsers", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// near lets through the machine itself and those whom the configuration names.
func (g *Gate) near(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.isNear(remote(r)) {
			http.Error(w, "仅限本机，或配置项 metrics_from 所列的地址 / only for this machine and the addresses in metrics_from", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (g *Gate) isNear(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	for _, p := range g.o.MetricsFrom {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// remote is who asks; the zero address, which is near nobody, when that cannot be told.
func remote(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// livez says that the process answers. It touches no store.
func (g *Gate) livez(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) }

// readyz says whether the hub can serve terminals; if not, why.
func (g *Gate) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := g.o.Ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}

// terminal makes a websocket of the call and returns: the session goes on in a goroutine of its own, so that net/http's
// buffers and the stack that TLS has grown are given back (39 KiB for each connection become 13).
func (g *Gate) terminal(w http.ResponseWriter, r *http.Request) {
	if !g.join() {
		w.Header().Set("Retry-After", "5")
		writeJSON(w, http.StatusServiceUnavailable, voucher.Text{Zh: "中心正在停止，请稍后重试", En: "the hub is stopping; try again later"})
		return
	}
	defer g.sessions.Done() // net/http does not wait for a handler whose connection was taken over
	ws, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		g.log.Debug("no websocket", "from", r.RemoteAddr, "err", err)
		return
	}
	if c := newConn(g, ws, r.RemoteAddr); !g.admit(c) {
		c.cut()
	}
}

// join makes the end of the gate wait for the caller, who calls sessions.Done; false when the end has begun.
func (g *Gate) join() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closing {
		return false
	}
	g.sessions.Add(1)
	return true
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
