package gate_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hexiao/hub/gate"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// BenchmarkIdleTerminals prints what one idle terminal costs the hub's process: heap and stacks, after hello, law, lease
// and one report. The terminals live in another process, so that only the hub's side is counted; HEXIAO_IDLE is how many
// there are (1,000 when not set; a process may open 20,000 files here).
func BenchmarkIdleTerminals(b *testing.B) {
	if addr := os.Getenv("HEXIAO_IDLE_ADDR"); addr != "" {
		beTerminals(b, addr, idleCount())
		return
	}
	for b.Loop() {
		idle(b, idleCount())
	}
}

func idleCount() int {
	if n, err := strconv.Atoi(os.Getenv("HEXIAO_IDLE")); err == nil {
		return n
	}
	return 1000
}

func idle(b *testing.B, n int) {
	h := open(b, func(o *gate.Options) { o.Connections, o.PerAddress, o.HelloWait = n+10, n+10, time.Minute })
	l := h.till("M1", 1)
	for i := range n {
		h.enrolDirectly("M1", byte(i))
	}
	before := used()
	cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkIdleTerminals$", "-test.benchtime=1x")
	cmd.Env = append(os.Environ(), "HEXIAO_IDLE_ADDR="+h.addr, "HEXIAO_IDLE="+strconv.Itoa(n))
	in, err := cmd.StdinPipe()
	h.must(err)
	out, err := cmd.StdoutPipe()
	h.must(err)
	cmd.Stderr = os.Stderr
	h.must(cmd.Start())
	defer cmd.Wait()
	defer in.Close()
	defer h.stop()
	for s := bufio.NewScanner(out); s.Scan() && s.Text() != "all in"; {
	}
	go io.Copy(io.Discard, out)
	after := used()
	if got := len(h.gate.Connected()); got != n {
		b.Fatalf("%d of %d are in", got, n)
	}
	b.ReportMetric(float64(after-before)/float64(n), "B/terminal")
	l.enter()
	began := time.Now()
	h.must(h.ledger.SetTerminal(b.Context(), l.id, voucher.TerminalFrozen, ""))
	l.pushed()
	b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms/push-one")
	began = time.Now()
	next := campaign()
	next.Name.En = "renamed"
	_, _, err = h.ledger.Apply(b.Context(), next)
	h.must(err)
	until(b, "all have been told", func() bool { return h.metric("hexiao_laws_pushed_total") == strconv.Itoa(n+2) })
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/push-all")
}

// enrolDirectly makes a terminal without the enrolment call, which is limited.
func (h *hub) enrolDirectly(merchant voucher.MerchantID, seed byte) {
	h.t.Helper()
	k := h.token(merchant, time.Hour)
	_, err := h.ledger.Enrol(context.Background(), ledger.Enrolment{Hash: k.Hash(), Key: key(seed).Public().(ed25519.PublicKey)})
	h.must(err)
}

// beTerminals is the other process: n terminals that come in, report once, and then only read.
func beTerminals(b *testing.B, addr string, n int) {
	d := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}}
	for i := range n {
		ws, _, err := d.Dial("wss://"+addr+"/v1/terminal", nil)
		if err != nil {
			b.Fatal(err)
		}
		l := &till{t: b, h: &hub{t: b}, ws: ws, id: voucher.TerminalID(fmt.Sprintf("T%06d", i+2)), key: key(byte(i))}
		l.greet(l.hello(expect[wire.Challenge](l)))
		expect[wire.Welcome](l)
		expect[wire.Law](l)
		expect[wire.Lease](l)
		l.send(wire.Status{})
		expect[wire.Pulse](l)
		ws.SetReadDeadline(time.Time{})
		go func() {
			for {
				if _, _, err := ws.ReadMessage(); err != nil {
					return
				}
			}
		}()
	}
	fmt.Println("all in")
	io.Copy(io.Discard, os.Stdin)
}

// used is the heap that is in use and the stacks, after two collections: the second shrinks stacks that the first found large.
func used() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
