package packaging

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// A till that took vouchers offline is retired: nothing is lost, and what it was lent is free again.
func TestRetire(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	issued, err := hub.Issue(ctx, "supermarket-10", 3, "")
	check(t, err)
	till, err := s.EnrolAt(ctx, hub, hub.Address, "till", "M0001")
	check(t, err)
	check(t, till.Run())
	watch := till.Watch(ctx)
	check(t, watch.View(time.Minute, "a lease", func(v desk.View) bool { return v.Hub.Online && v.Lease.Count > 0 }))

	retire := func(args ...string) (out string, err error) {
		raw, err := s.Do(ctx, "hexiao-agent", append([]string{"retire", "--data", till.Data(), "--json", "--lang", "en"}, args...)...)
		return string(raw), err
	}
	if out, err := retire(); err == nil || !strings.Contains(err.Error(), "another hexiao-agent") {
		t.Fatalf("while the agent runs: %s, %v", out, err)
	}
	hub.Kill()
	for _, v := range issued {
		a, err := till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: v.Code})
		check(t, err)
		if a.Answer != voucher.Provisional {
			t.Fatalf("%+v", a)
		}
	}
	check(t, till.Stop())
	if out, err := retire("--wait", "2s"); err == nil || !strings.Contains(out, `"done":false`) || !strings.Contains(err.Error(), "do not make the PC anew") {
		t.Fatalf("without the hub: %s, %v", out, err)
	}
	check(t, hub.Again())
	out, err := retire()
	check(t, err)
	var r struct {
		Terminal    string
		Done, Lease bool
		Queued      uint64
	}
	check(t, json.Unmarshal([]byte(out), &r))
	if !r.Done || r.Lease || r.Queued != 0 {
		t.Fatalf("%s", out)
	}
	for _, v := range issued {
		standing, err := hub.Standing(ctx, v.ID)
		check(t, err)
		if standing.State != "redeemed" {
			t.Errorf("voucher %s is %s", v.ID, standing.State)
		}
	}
	row, err := hub.Do(ctx, "terminal", "list", "--json")
	check(t, err)
	var listed struct {
		Queued uint64
		Lease  struct{ Count uint64 }
	}
	check(t, json.Unmarshal(row, &listed))
	if listed.Queued != 0 || listed.Lease.Count != 0 {
		t.Errorf("the hub lists %s", row)
	}
}
