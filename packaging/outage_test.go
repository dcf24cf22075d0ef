package packaging

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// TestOutages plays two real tills with scanners on pseudo-terminals and 200 vouchers, twenty of them shown at both. The
// hub is killed with -9 three times in between, each agent once. Whatever a cashier was shown as accepted must be in the
// ledger exactly once: as the redemption of its voucher, or as a case that names it.
func TestOutages(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, hub := raise(ctx, t)
	issued, err := hub.Issue(ctx, "supermarket-10", 200, "")
	check(t, err)

	a, b := newCashier(ctx, t, s, hub, "left", "M0001"), newCashier(ctx, t, s, hub, "right", "M0002")
	a.vouchers, b.vouchers = issued[:110], issued[90:]
	var answers atomic.Int64
	var work sync.WaitGroup
	for _, c := range []*cashier{a, b} {
		work.Go(func() { c.serve(ctx, &answers) })
	}
	kill(ctx, t, hub, a, b, &answers)
	work.Wait()
	for _, c := range []*cashier{a, b} {
		check(t, c.failed)
		until(ctx, t, "an empty queue", func() bool { // asked now: the view that came before the last answer may say so already
			v, err := c.till.Desk.Status(ctx)
			return err == nil && v.Hub.Online && v.Queued == 0
		})
	}
	settled(ctx, t, hub, issued, a, b)
	for _, c := range []*cashier{a, b} {
		check(t, c.till.Stop())
	}
}

// raise starts a hub with the Lushan campaign and the sample's merchants, until the test ends.
func raise(ctx context.Context, t *testing.T) (*stage.Stage, *stage.Hub) {
	t.Helper()
	s := &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}
	hub, err := s.StartHub()
	if err != nil {
		t.Fatalf("%v (`make build` makes the programs)", err)
	}
	t.Cleanup(func() { hub.Stop() })
	check(t, hub.Begin(ctx, "hexiao-hub/lushan.toml", "hexiao-hub/merchants-sample.csv"))
	return s, hub
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kill kills the hub after 40, 120 and 200 answers and brings it back 15 answers later; each agent dies once between.
func kill(ctx context.Context, t *testing.T, hub *stage.Hub, a, b *cashier, answers *atomic.Int64) {
	t.Helper()
	reached := func(n int64) {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for answers.Load() < n {
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Fatalf("only %d answers in time, waited for %d; the cashiers stopped with %v and %v", answers.Load(), n, a.failed, b.failed)
			}
		}
	}
	for _, at := range []int64{40, 120, 200} {
		reached(at)
		hub.Kill()
		switch at {
		case 40:
			reached(at + 5)
			a.die <- struct{}{}
		case 120:
			reached(at + 5)
			b.die <- struct{}{}
		}
		reached(at + 15)
		check(t, hub.Again())
	}
}

// cashier scans her vouchers one after the other, and notes what she was shown.
type cashier struct {
	till     *stage.Till
	watch    *stage.Watcher
	vouchers []stage.Voucher
	shown    map[string]desk.Answer // accepted, by redemption
	lost     map[string]bool        // vouchers whose answer died with the agent
	die      chan struct{}
	failed   error
}

func newCashier(ctx context.Context, t *testing.T, s *stage.Stage, hub *stage.Hub, name, merchant string) *cashier {
	till, err := s.Enrol(ctx, hub, name, merchant)
	check(t, err)
	c := &cashier{till: till, shown: map[string]desk.Answer{}, lost: map[string]bool{}, die: make(chan struct{}, 1)}
	check(t, c.start(ctx))
	t.Cleanup(func() { till.Kill() })
	return c
}

func (c *cashier) start(ctx context.Context) error {
	if err := c.till.Run(); err != nil {
		return err
	}
	c.watch = c.till.Watch(ctx)
	return c.watch.View(stage.Patience, "the scanner", func(v desk.View) bool {
		return len(v.Scanners) == 1 && v.Scanners[0].Connected && v.Merchant != ""
	})
}

func (c *cashier) serve(ctx context.Context, answers *atomic.Int64) {
	for i := 0; i < len(c.vouchers) && c.failed == nil; {
		var done bool
		select {
		case <-c.die:
			done, c.failed = c.dieAmid(ctx, c.vouchers[i])
		default:
			done, c.failed = c.sell(ctx, c.vouchers[i])
		}
		answers.Add(1)
		if done {
			i++
		}
	}
}

// sell scans one voucher and tells whether the next customer may come; a till that could not reach the hub and had nothing
// left in its lease is tried again.
func (c *cashier) sell(ctx context.Context, v stage.Voucher) (bool, error) {
	a, err := c.answer(ctx, v)
	if err != nil {
		return false, err
	}
	switch {
	case a.Answer == voucher.Final || a.Answer == voucher.Provisional:
		if old, twice := c.shown[a.Redemption]; twice {
			return false, fmt.Errorf("redemption %s was shown for %s and for %s", a.Redemption, old.Voucher, a.Voucher)
		}
		c.shown[a.Redemption] = a
		return true, nil
	case a.Reason == voucher.AlreadyRedeemed:
		return true, nil
	case a.Reason == voucher.HubSilent || a.Reason == voucher.OfflineLimit:
		return false, c.watch.View(time.Minute, "the hub to come back", func(v desk.View) bool { return v.Hub.Online && v.Lease.Count > 0 })
	}
	return false, fmt.Errorf("voucher %s: %s %s", v.ID, a.Answer, a.Reason)
}

// answer scans a voucher until it is answered against its bill. A scan that an agent died upon lies in the line still and
// is read by the next one, before there is a bill; what she then scans within the second counts as the same scan, and
// nothing comes of it. So she does what a person does: she waits a little and scans again.
func (c *cashier) answer(ctx context.Context, v stage.Voucher) (desk.Answer, error) {
	for range 5 {
		if err := c.scan(ctx, v); err != nil {
			return desk.Answer{}, err
		}
		e, err := c.watch.Until(5*time.Second, "answer", func(e desk.Event) bool {
			return e.Answer != nil && !e.Answer.Replaced && e.Answer.Voucher == v.ID && e.Answer.Reason != voucher.BillMissing
		})
		if err == nil {
			return *e.Answer, nil
		}
	}
	return desk.Answer{}, fmt.Errorf("voucher %s was scanned five times and never answered", v.ID)
}

func (c *cashier) scan(ctx context.Context, v stage.Voucher) error {
	if err := c.till.Desk.SetBill(ctx, desk.Bill{Fen: 58_00, Source: "typed"}); err != nil {
		return err
	}
	return c.till.Scanner.Scan(v.Code)
}

// dieAmid kills the agent with a scan on its way, starts it again, and notes that nobody saw the answer.
func (c *cashier) dieAmid(ctx context.Context, v stage.Voucher) (bool, error) {
	if err := c.scan(ctx, v); err != nil {
		return false, err
	}
	c.till.Kill()
	c.lost[v.ID] = true
	return false, c.start(ctx)
}

// settled holds the ledger against what the cashiers were shown.
func settled(ctx context.Context, t *testing.T, hub *stage.Hub, issued []stage.Voucher, cashiers ...*cashier) {
	t.Helper()
	redeemed := map[string]string{} // redemption -> voucher
	for _, v := range issued {
		have, err := hub.Standing(ctx, v.ID)
		check(t, err)
		if have.State == "redeemed" {
			redeemed[have.Redemption] = v.ID
		}
	}
	disputed := cases(ctx, t, hub)
	shown, conflicts := 0, 0
	for _, c := range cashiers {
		for id, a := range c.shown {
			shown++
			inCase := disputed[id]
			if inCase {
				conflicts++
			}
			if (redeemed[id] == a.Voucher) == inCase {
				t.Errorf("%s was shown %s for voucher %s; the ledger has it as redeemed: %v, in a case: %v", id, a.Answer, a.Voucher, redeemed[id] == a.Voucher, inCase)
			}
		}
	}
	for id, v := range redeemed {
		if !seen(cashiers, id) && !anyLost(cashiers, v) {
			t.Errorf("the ledger has %s for voucher %s, which no cashier was shown", id, v)
		}
	}
	now, err := hub.Campaign(ctx)
	check(t, err)
	if now.Redeemed != voucher.Fen(len(redeemed))*10_00 {
		t.Errorf("the ledger pays %s yuan for %d vouchers of 10 yuan", now.Redeemed, len(redeemed))
	}
	for _, p := range now.Pools {
		if p.Stock != p.Free+p.Outstanding+p.Leased+p.Redeemed+p.Disputed+p.WrittenOff {
			t.Errorf("the stock does not add up: %+v", p)
		}
	}
	t.Logf("%d acceptances shown: %d redeemed, %d in cases; %d vouchers redeemed in all", shown, shown-conflicts, conflicts, len(redeemed))
}

func seen(cashiers []*cashier, redemption string) bool {
	for _, c := range cashiers {
		if _, ok := c.shown[redemption]; ok {
			return true
		}
	}
	return false
}

func anyLost(cashiers []*cashier, id string) bool {
	for _, c := range cashiers {
		if c.lost[id] {
			return true
		}
	}
	return false
}

// cases gives the records that are in a case.
func cases(ctx context.Context, t *testing.T, hub *stage.Hub) map[string]bool {
	t.Helper()
	out, err := hub.Do(ctx, "case", "list", "--json")
	check(t, err)
	in := map[string]bool{}
	for lines := json.NewDecoder(bytes.NewReader(out)); lines.More(); {
		var c struct {
			Record string `json:"record"`
		}
		check(t, lines.Decode(&c))
		if c.Record != "" { // of a case about cash-out
			in[c.Record] = true
		}
	}
	return in
}
