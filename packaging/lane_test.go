package packaging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/drivers/qrimage"
	"hexiao/hub/office"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// laneAt waits until the lane test of a till is in a state, and where it runs, at a step.
func laneAt(t *testing.T, w *stage.Watcher, state, step string) {
	t.Helper()
	check(t, w.View(20*time.Second, "lane test "+state+" "+step, func(v desk.View) bool {
		if v.Lane == nil || v.Lane.State != state {
			return false
		}
		for _, s := range v.Lane.Steps {
			if s.Name == step {
				return s.State == desk.LaneNow
			}
		}
		return step == ""
	}))
}

// online waits until a till has the law and the line.
func online(t *testing.T, w *stage.Watcher) {
	t.Helper()
	check(t, w.View(20*time.Second, "the hub", func(v desk.View) bool { return v.Hub.Online && v.Merchant != "" }))
}

// begins begins a lane test and gives its code.
func begins(ctx context.Context, t *testing.T, c *cashier) string {
	t.Helper()
	_, err := c.till.Desk.BeginLane(ctx)
	check(t, err)
	laneAt(t, c.watch, desk.LaneRunning, desk.LaneScan)
	l, err := c.till.Desk.Lane(ctx)
	check(t, err)
	if texts, err := qrimage.Decode(bytes.NewReader(l.PNG)); err != nil || len(texts) != 1 || texts[0] != l.Code {
		t.Fatalf("the picture of the test's code reads as %q, %v", texts, err)
	}
	return l.Code
}

// scans scans a text at a till and gives the answer. The same text within a second is the same phone still lying there, and is
// scanned once more.
func scans(t *testing.T, c *cashier, text string) (a desk.Answer) {
	t.Helper()
	err := errors.New("not scanned")
	for n := 0; err != nil && n < 10; n++ {
		check(t, c.till.Scanner.Scan(text))
		a, err = c.watch.Answer(2 * time.Second)
	}
	check(t, err)
	return a
}

// hubSays reads one JSON object that a command of the hub prints.
func hubSays[T any](ctx context.Context, t *testing.T, hub *stage.Hub, args ...string) (out T) {
	t.Helper()
	raw, err := hub.Do(ctx, append(args, "--json")...)
	check(t, err)
	check(t, json.Unmarshal(raw, &out))
	return out
}

// TestATechnicianLeavesSure has a real scanner, agent and hub do a lane test, the code refused where it is no good, and the till
// accepted; the hub shows it for ever, and no money has moved.
func TestATechnicianLeavesSure(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	c, other := newCashier(ctx, t, s, hub, "till", "M0001"), newCashier(ctx, t, s, hub, "other", "M0002")
	online(t, c.watch)
	online(t, other.watch)
	before, err := hub.Do(ctx, "campaign", "show", "--json")
	check(t, err)

	code := begins(ctx, t, c)
	if a := scans(t, other, code); a.Answer != voucher.Refused || a.Reason != voucher.OtherTerminal {
		t.Errorf("at another till: %s %s", a.Answer, a.Reason)
	}
	if a := scans(t, c, "6901234567892"); a.Reason != voucher.GoodsBarcode {
		t.Errorf("goods during the test: %s", a.Reason)
	}
	a := scans(t, c, code)
	if a.Answer != voucher.Final || a.Face != 0 || a.Pay != 0 || a.Tier != voucher.LaneTierID {
		t.Fatalf("%+v", a)
	}
	laneAt(t, c.watch, desk.LanePassed, "")
	if again := scans(t, c, code); again.Answer != voucher.Refused || again.Reason != voucher.AlreadyRedeemed {
		t.Errorf("used twice: %s %s", again.Answer, again.Reason)
	}
	l, err := c.till.Desk.AcceptLane(ctx, desk.Acceptance{Technician: "王工", Note: "左边的扫码枪"})
	check(t, err)
	check(t, c.watch.View(20*time.Second, "the hub's word", func(v desk.View) bool { return v.Lane.Accepted != nil && v.Lane.Accepted.State == "acked" }))

	id := c.watch.Terminal()
	shown := hubSays[office.Terminal](ctx, t, hub, "terminal", "show", string(id))
	if h := shown.Acceptance; h == nil || h.Technician != "王工" || h.Note != "左边的扫码枪" || h.ID != l.Accepted.Record || h.Lane != a.Redemption || len(h.Fittings) != 1 || !h.Fittings[0].Connected || len(h.Steps) != 5 {
		t.Errorf("the hub shows %+v", h)
	}
	raw, err := hub.Do(ctx, "terminal", "list", "--json")
	check(t, err)
	if n := strings.Count(string(raw), `"accepted_at":"`); n != 1 || !strings.Contains(string(raw), `"accepted_at":null`) {
		t.Errorf("the list shows %s", raw)
	}
	if all := hubSays[store.HandoverRow](ctx, t, hub, "terminal", "acceptances"); !all.Honoured || all.Terminal != id {
		t.Errorf("%+v", all)
	}
	for _, args := range [][]string{{"terminal", "show", string(id)}, {"terminal", "acceptances"}, {"terminal", "acceptances", string(id)}} {
		text, err := hub.Do(ctx, args...)
		if err != nil || !strings.Contains(string(text), "王工") || !strings.Contains(string(text), a.Redemption) {
			t.Errorf("%v: %s, %v", args, text, err)
		}
	}
	if text, code, err := s.Try(ctx, "hexiao-hub", "terminal", "acceptances", "T999999", "--data", hub.Data()); err != nil || code != 1 || !strings.Contains(string(text), "no terminal") {
		t.Errorf("of a terminal that is not there: %d %s, %v", code, text, err)
	}
	if v := hubSays[store.VoucherRow](ctx, t, hub, "voucher", "show", a.Voucher); v.State != "redeemed" || v.Tier != voucher.LaneTierID || v.Redemption != a.Redemption {
		t.Errorf("%+v", v)
	}
	if m := hubSays[office.Merchant](ctx, t, hub, "merchant", "show", "M0001"); m.Redeemed != 0 || m.Face != 0 {
		t.Errorf("counted as money: %+v", m)
	}
	after, err := hub.Do(ctx, "campaign", "show", "--json")
	check(t, err)
	if string(after) != string(before) {
		t.Errorf("stock or money moved:\n%s%s", before, after)
	}
	bundle := filepath.Join(t.TempDir(), "bundle")
	for _, args := range [][]string{{"audit", "verify"}, {"audit", "export", "--out", bundle}, {"audit", "verify", "--bundle", bundle}} {
		if out, err := hub.Do(ctx, args...); err != nil {
			t.Errorf("%v: %s %v", args, out, err)
		}
	}
}

// TestALaneTestOutlivesKills kills the agent between all steps of a lane test, and the hub in the middle of it.
func TestALaneTestOutlivesKills(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	c := newCashier(ctx, t, s, hub, "till", "M0001")
	again := func() {
		t.Helper()
		c.till.Kill()
		check(t, c.start(ctx))
		online(t, c.watch)
	}
	online(t, c.watch)
	code := begins(ctx, t, c)
	again()
	if next := begins(ctx, t, c); next != code {
		t.Error("a code that was not used is given again, and was not")
	}
	a := scans(t, c, code)
	if a.Answer != voucher.Final {
		t.Fatalf("%+v", a)
	}
	again()
	laneAt(t, c.watch, desk.LanePassed, "")
	hub.Kill()
	if _, err := c.till.Desk.AcceptLane(ctx, desk.Acceptance{Technician: "王工"}); err == nil || !strings.Contains(err.Error(), "hub (") || strings.Contains(err.Error(), "scanner (") {
		t.Errorf("accepted while the hub is silent: %v", err)
	}
	l, err := c.till.Desk.AcceptLane(ctx, desk.Acceptance{Technician: "王工", Despite: []string{"hub"}})
	check(t, err)
	if l.Redemption != a.Redemption || l.Accepted.State != "waiting" {
		t.Errorf("%+v", l)
	}
	c.till.Kill()
	check(t, hub.Again())
	check(t, c.start(ctx))
	check(t, c.watch.View(30*time.Second, "the hub's word", func(v desk.View) bool {
		return v.Lane != nil && v.Lane.Accepted != nil && v.Lane.Accepted.State == "acked"
	}))
	if all := hubSays[store.HandoverRow](ctx, t, hub, "terminal", "acceptances"); !all.Honoured || all.Lane != a.Redemption || all.ID != l.Accepted.Record || len(all.Despite) != 1 {
		t.Errorf("%+v", all)
	}
	if out, err := hub.Do(ctx, "audit", "verify"); err != nil {
		t.Errorf("%s %v", out, err)
	}
}

// TestTheLaneTestWithoutAWindow does it from the command line: the code as a picture, a scanner, and the exit code.
func TestTheLaneTestWithoutAWindow(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	c := newCashier(ctx, t, s, hub, "till", "M0001")
	online(t, c.watch)
	picture := filepath.Join(t.TempDir(), "code.png")
	type ending struct {
		out  []byte
		code int
		err  error
	}
	ended := make(chan ending, 1)
	go func() {
		out, code, err := s.Try(ctx, "hexiao-agent", "lane", "--data", c.till.Data(), "--technician", "Li Si", "--png", picture)
		ended <- ending{out, code, err}
	}()
	laneAt(t, c.watch, desk.LaneRunning, desk.LaneScan)
	var texts []string
	for tick := time.NewTicker(20 * time.Millisecond); len(texts) == 0; <-tick.C {
		if raw, err := os.ReadFile(picture); err == nil {
			texts, _ = qrimage.Decode(bytes.NewReader(raw)) // it may be half written
		}
		check(t, ctx.Err())
	}
	check(t, c.till.Scanner.Scan(texts[0]))
	e := <-ended
	check(t, e.err)
	for _, want := range []string{"Read by ", "Redeemed (FINAL), in ", "Voided, in ", "Accepted by Li Si, record T000001-1-3"} {
		if !strings.Contains(string(e.out), want) {
			t.Errorf("%q is not said", want)
		}
	}
	if e.code != 0 || strings.Contains(string(e.out), texts[0]) {
		t.Errorf("exit code %d:\n%s", e.code, e.out)
	}
	if out, err := s.Do(ctx, "hexiao-agent", "status", "--data", c.till.Data()); err != nil || !strings.Contains(string(out), "accepted: by Li Si, ") || !strings.Contains(string(out), "the hub has it") {
		t.Errorf("the status says %s, %v", out, err)
	}
	hub.Kill()
	check(t, c.watch.View(30*time.Second, "silence", func(v desk.View) bool { return !v.Hub.Online }))
	out, code, err := s.Try(ctx, "hexiao-agent", "lane", "--data", c.till.Data(), "--wait", "1s")
	if check(t, err); code != 1 || !strings.Contains(string(out), "the hub") || !strings.Contains(string(out), "is ended") {
		t.Errorf("without the hub: exit code %d:\n%s", code, out)
	}
}
