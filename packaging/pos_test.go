package packaging

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// example gives README's example in a language, as a file.
func example(t *testing.T, lang string) string {
	t.Helper()
	_, section, found := strings.Cut(text(t, "../README.md"), "\n## For POS software\n")
	section, _, _ = strings.Cut(section, "\n## ")
	m := regexp.MustCompile("(?s)\n```" + lang + "\n(.*?)\n```\n").FindStringSubmatch(section)
	if !found || m == nil {
		t.Fatalf("README has no example for POS software in %s", lang)
	}
	file := filepath.Join(t.TempDir(), "pos."+lang)
	check(t, os.WriteFile(file, []byte(m[1]+"\n"), 0o600))
	return file
}

// pos runs an example.
func pos(t *testing.T, till *stage.Till, program, file string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, append([]string{file}, args...)...)
	cmd.Env = append(os.Environ(), "DATA="+till.Data(), "PYTHONIOENCODING=utf-8")
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestREADMEsExamplesForPOSSoftwareWork takes both examples out of README and has them get each of the four answers from a
// real agent and hub, void, and list.
func TestREADMEsExamplesForPOSSoftwareWork(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	till := desksTill(ctx, t, s, hub, "till")
	issued, err := hub.Issue(ctx, "supermarket-10", 5, "")
	check(t, err)
	lang := map[string]string{"sh": "sh", "python3": "python"}
	for i, program := range []string{"sh", "python3"} {
		file := example(t, lang[program])
		run := func(want string, args ...string) string {
			t.Helper()
			out := pos(t, till, program, file, args...)
			if !regexp.MustCompile(`^(?s:` + want + `)$`).MatchString(out) {
				t.Errorf("%s %s: %q is not %q", program, args[0], out, want)
			}
			return out
		}
		order := program + "-1"
		sold := run(`T\d+-1-\d+: collect 4800 fen`, "sell", "5800", issued[i].Code, order)
		run(regexp.QuoteMeta(sold), "sell", "5800", issued[i].Code, order) // asked twice, answered the same
		run(`not redeemed \(below_threshold\): 此券满.*`, "sell", "4200", issued[2].Code, order+"b")
		run(`scan again \(goods_barcode\): 这是商品条码.*`, "sell", "5800", "6901234567892", order+"c")
		run(`the desk refused: bill_fen：.*大于 0.*`, "sell", "0", issued[2].Code, order+"d")
		id, _, _ := strings.Cut(sold, ":")
		run(`(?m).*^`+id+` 5800$.*`, "list")
		run(`FINAL: 已撤销.*`, "void", id)
	}
	hub.Kill()
	check(t, till.Watch(ctx).View(stage.Patience, "the silence of the hub", func(v desk.View) bool { return !v.Hub.Online }))
	for i, program := range []string{"sh", "python3"} {
		out := pos(t, till, program, example(t, lang[program]), "sell", "5800", issued[3+i].Code, program+"-off")
		if !strings.Contains(out, "collect 4800 fen; not yet confirmed, borne by: merchant") {
			t.Errorf("%s offline: %q", program, out)
		}
	}
}

// desksTill is an agent without a scanner, online and with a lease.
func desksTill(ctx context.Context, t *testing.T, s *stage.Stage, hub *stage.Hub, name string) *stage.Till {
	t.Helper()
	till, err := s.EnrolAt(ctx, hub, hub.Address, name, "M0001")
	check(t, err)
	check(t, till.Run())
	t.Cleanup(func() { till.Kill() })
	check(t, till.Watch(ctx).View(stage.Patience, "a lease", func(v desk.View) bool { return v.Hub.Online && v.Lease.Count > 0 }))
	return till
}

// TestTwoPOSAndHangingReadersHarmNobody has two programs sell at once while one reader of events hangs and others have
// died without a word: another reader hears every answer, none is lost, and the agent's memory stays where it was.
func TestTwoPOSAndHangingReadersHarmNobody(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	till := desksTill(ctx, t, s, hub, "till")
	token, err := desk.ReadToken(till.Data())
	check(t, err)
	for range 10 {
		hang(t, strings.TrimPrefix(till.Desk.URL(), "http://"), token)
	}
	const each = 100
	issued, err := hub.Issue(ctx, "supermarket-10", 2*each, "")
	check(t, err)
	before := resident(t, till.PID())
	events := till.Desk.Events(ctx)
	sold := make(chan string, 2*each)
	var group sync.WaitGroup
	for n := range 2 {
		group.Go(func() {
			for i := range each {
				at := time.Now()
				a, err := till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: issued[n*each+i].Code, Order: fmt.Sprintf("%d-%d", n, i)})
				if err != nil || a.Answer != voucher.Final && a.Answer != voucher.Provisional {
					t.Errorf("POS %d, sale %d: %s %s %v after %s", n, i, a.Answer, a.Reason, err, time.Since(at))
					return
				}
				sold <- a.Redemption
			}
		})
	}
	heard := map[string]bool{}
	for len(heard) < 2*each && !t.Failed() {
		select {
		case e := <-events:
			if e.Answer != nil && e.Answer.Redemption != "" {
				heard[e.Answer.Redemption] = true
			}
		case <-ctx.Done():
			t.Fatalf("%d of %d answers were heard", len(heard), 2*each)
		}
	}
	group.Wait()
	close(sold)
	for id := range sold {
		if !heard[id] {
			t.Errorf("%s was sold and not heard", id)
		}
	}
	if after := resident(t, till.PID()); after > before+32<<20 {
		t.Errorf("the agent grew from %d to %d MB", before>>20, after>>20)
	}
}

// hang opens an event stream and takes nothing from it any more, with as little room in between as the system gives.
func hang(t *testing.T, address, token string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	check(t, err)
	t.Cleanup(func() { c.Close() })
	check(t, c.(*net.TCPConn).SetReadBuffer(1))
	_, err = fmt.Fprintf(c, "GET /v1/events?token=%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", token, address)
	check(t, err)
	first := make([]byte, 12)
	if _, err := c.Read(first); err != nil || string(first) != "HTTP/1.1 101" {
		t.Fatalf("no stream: %q %v", first, err)
	}
}

// resident is the memory of a process, bytes.
func resident(t *testing.T, pid int) int {
	t.Helper()
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(text(t, fmt.Sprintf("/proc/%d/status", pid)))
	if m == nil {
		t.Fatal("the system does not say how large the agent is")
	}
	kb, err := strconv.Atoi(m[1])
	check(t, err)
	return kb << 10
}
