package uplink_test

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/wire"
)

// TestWhoeverIsNotTheHub is what a till says, and does not do, when something else answers than its hub.
func TestWhoeverIsNotTheHub(t *testing.T) {
	squeeze := func(w http.ResponseWriter, r *http.Request) bool {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return false
		}
		defer conn.Close()
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455, 1.3
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n"+
			"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
		return false
	}
	answers := func(status int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(status); return false }
	}
	for _, c := range []struct {
		name string
		set  func(r *rig)
		want string
	}{
		{"a hub of another CA", func(r *rig) { r.hub.authority = newAuthority(r.t) }, "is not the hub this PC enrolled with"},
		{"a page", func(r *rig) { r.hub.door = answers(http.StatusOK) }, "answers, but not as a hub"},
		{"a hub that stops", func(r *rig) { r.hub.door = answers(http.StatusServiceUnavailable) }, "answers, but not as a hub"},
		{"a hub that compresses unasked", func(r *rig) { r.hub.door = squeeze }, "cannot be read"},
		{"a hub under another name", func(r *rig) { r.config.Identity.Hub = "https://other.test:8443" }, "does not name other.test:8443"},
		{"an address that is none", func(r *rig) { r.config.Identity.Hub = "://" }, "cannot be reached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				c.set(r)
				stop := r.hub.serve(r.wires)
				defer func() { r.wires.Close(); stop(); must(t, r.journal.Close()) }()
				r.ask(1)
				r.run(func() { time.Sleep(time.Minute); synctest.Wait() })
				if l := r.lines[0]; l.Online || !strings.Contains(l.Problem.En, c.want) || l.Problem.Zh == "" || len(r.lines) != 1 {
					t.Errorf("told %+v", r.lines)
				}
				if len(r.hub.hellos) != 0 {
					t.Error("somebody was told who we are")
				}
			})
		})
	}
}

func TestClockOfTheYear1990IsHelpedByTrustedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		must(t, r.journal.Close())
		asleep := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
		j, err := journal.Open(t.TempDir(), till, journal.Options{Now: func() time.Time { return asleep }})
		must(t, err)
		r.journal, r.config.Journal = j, j
		stop := r.hub.serve(r.wires)
		defer func() { r.wires.Close(); stop(); must(t, j.Close()) }()
		r.run(func() { synctest.Wait() })
		if l := r.lines[0]; !strings.Contains(l.Problem.En, "check this PC's date and time (it says 1990-01-01") {
			t.Errorf("told %+v", r.lines)
		}
		j.Hear(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) // in an earlier life, say
		r.run(func() {
			synctest.Wait()
			if l := r.last(); !l.Online {
				t.Errorf("told %+v", r.lines)
			}
		})
	})
}

func TestFullDiskKeepsTheAnswersComing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		must(t, r.journal.Close())
		dir := t.TempDir()
		tight, err := journal.Open(dir, till, journal.Options{MaxSize: 128 << 10})
		must(t, err)
		r.journal, r.config.Journal = tight, tight
		stop := r.hub.serve(r.wires)
		n := uint64(0)
		for err == nil {
			n++
			_, err = tight.Ask(redemption(n))
		}
		if !errors.Is(err, journal.ErrFull) {
			t.Fatal(err)
		}
		r.run(func() { time.Sleep(time.Minute); synctest.Wait() })
		if !slices.ContainsFunc(r.lines, func(l uplink.Line) bool { return strings.Contains(l.Problem.En, "disk is full") && l.Problem.Zh != "" }) {
			t.Errorf("told %+v", r.lines)
		}
		if got := r.hub.count(func(h *hub) int { return len(h.chain) }); got == 0 {
			t.Error("a full disk kept records from going up")
		}
		must(t, tight.Close())

		roomy, err := journal.Open(dir, till, journal.Options{})
		must(t, err)
		r.journal, r.config.Journal = roomy, roomy
		defer func() { r.wires.Close(); stop(); must(t, roomy.Close()) }()
		r.run(func() { synctest.Wait() })
		r.agreed(int(n - 1))
	})
}

func TestReportSaysHowMuchWaits(t *testing.T) {
	mute := func(v *visit) {
		if !v.challenge() || !v.welcome() {
			return
		}
		v.talk(func(m wire.Message) bool {
			if _, ok := m.(wire.Status); ok {
				v.answer(m)
			}
			return true
		})
	}
	bubble(t, func(t *testing.T, r *rig) {
		made := time.Now()
		r.ask(1, 2, 3)
		time.Sleep(time.Second)
		r.run(func() { time.Sleep(15 * time.Second); synctest.Wait() })
		if len(r.hub.statuses) != 3 { // the last one when it ends
			t.Fatalf("%d reports", len(r.hub.statuses))
		}
		for i, want := range []uint32{0, 1, 1} { // the lease came after the first
			if s := r.hub.statuses[i]; s.Queued != 3 || s.Oldest != made.UnixMilli() || s.Lease != want {
				t.Errorf("report %d: %+v", i+1, s)
			}
		}
	}, mute)
}
