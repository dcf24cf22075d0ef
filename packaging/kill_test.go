package packaging

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// kills is how often the agents are killed, and as often the hub. `HEXIAO_KILLS=500` is the full run.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("HEXIAO_KILLS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("HEXIAO_KILLS is a number of kills, not %q", text)
	}
	return n
}

// TestKilledAgentsAndHubLoseNothing kills agents and hub with -9, in turn and together, while they work, while they start
// and while they catch up, and starts them again on the same folders. Whatever a cashier was shown as accepted must then be
// in the ledger exactly once, as the redemption of its voucher or as a case. A full run is played at two places at once,
// each with a hub and three shops, and half of the kills.
func TestKilledAgentsAndHubLoseNothing(t *testing.T) {
	n, places := kills(t), 1
	if n >= 100 {
		places = 2
	}
	sum := &rampages{took: map[string][]time.Duration{}, count: map[voucher.Answer]int{}}
	t.Run("places", func(t *testing.T) {
		for i := range places {
			t.Run(fmt.Sprint(i+1), func(t *testing.T) {
				t.Parallel()
				sum.add(rampage(t, (n+i)/places))
			})
		}
	})
	v := sum.verdict
	t.Logf("figures: %d kills of agents and %d of the hub: %d acceptances shown %v, %d vouchers redeemed, %d cases; %d lost, %d twice",
		sum.kills, sum.kills, v.shown, sum.count, v.redeemed, v.cases, v.lost, v.twice)
	for _, what := range []string{"agent", "hub"} {
		t.Logf("figures: %s ready again %s", what, spread(sum.took[what]))
	}
	if sum.kills != n {
		t.Errorf("%d kills were to be tried", n)
	}
}

// rampages is what came of the kills at all places.
type rampages struct {
	mu      sync.Mutex // guards the rest
	kills   int
	verdict verdict
	took    map[string][]time.Duration
	count   map[voucher.Answer]int
}

func (s *rampages) add(n int, k *killer, v verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kills += n
	s.verdict = verdict{s.verdict.shown + v.shown, s.verdict.redeemed + v.redeemed, s.verdict.cases + v.cases, s.verdict.lost + v.lost, s.verdict.twice + v.twice}
	for what, took := range k.took {
		s.took[what] = append(s.took[what], took...)
	}
	for answer, n := range k.book.count {
		s.count[answer] += n
	}
}

// rampage is one place and n kills there.
func rampage(t *testing.T, n int) (int, *killer, verdict) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute+time.Duration(n)*2*time.Second)
	defer cancel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed) // of the order of events; their moments are the machine's
	s := &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}
	hub, err := s.StartHub()
	check(t, err)
	t.Cleanup(func() { hub.Kill() })
	check(t, hub.Begin(ctx, "testdata/large.toml", "hexiao-hub/merchants-sample.csv"))

	notes, h := newCashbook(), &heap{}
	k := &killer{rand: rand.New(rand.NewPCG(seed, 0)), book: notes, hub: hub, took: map[string][]time.Duration{}}
	check(t, k.refill(ctx, h))
	for i, merchant := range []string{"M0001", "M0002", "M0001"} {
		c := newShop(ctx, t, s, hub, notes, fmt.Sprintf("till%d", i+1), merchant)
		k.shops = append(k.shops, c)
	}
	k.rampage(ctx, t, n, h)
	for _, c := range k.shops {
		if err := c.drained(ctx); err != nil {
			t.Error(err)
		}
	}
	v := notes.hold(ctx, t, hub)
	k.examine(ctx, t, s)
	if again := notes.hold(ctx, t, hub); again != v {
		t.Errorf("views made anew say %+v, those that lived through it %+v", again, v)
	}
	return n, k, v
}

// killer strikes.
type killer struct {
	rand  *rand.Rand
	book  *cashbook
	hub   *stage.Hub
	shops []*shop
	took  map[string][]time.Duration // from a start to ready
}

// rampage kills n agents and n times the hub while two cashiers work at each shop.
func (k *killer) rampage(ctx context.Context, t *testing.T, n int, h *heap) {
	t.Helper()
	working, rest := context.WithCancel(ctx)
	var work sync.WaitGroup
	for i, c := range k.shops {
		for j := range 2 {
			clerk := &clerk{shop: c, heap: h, name: fmt.Sprintf("%d%d", i, j), rand: rand.New(rand.NewPCG(k.rand.Uint64(), 0))}
			work.Go(func() {
				if err := clerk.work(working, 30*time.Millisecond); err != nil {
					t.Error(err)
				}
			})
		}
	}
	for range n {
		check(t, k.refill(ctx, h))
		if k.rand.IntN(8) == 0 {
			check(t, k.both(ctx))
			continue
		}
		check(t, k.agent(ctx))
		check(t, k.centre(ctx))
	}
	rest()
	work.Wait()
}

// refill issues vouchers while few are left: about fifty are used between two kills, more on a busy machine.
func (k *killer) refill(ctx context.Context, h *heap) error {
	const few, lot = 2_000, 2_000
	for h.left() < few {
		more, err := k.hub.Issue(ctx, "supermarket-10", lot, "")
		if err != nil {
			return err
		}
		h.put(more)
	}
	return nil
}

// pass lets some of a time go by.
func (k *killer) pass(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(time.Duration(k.rand.Int64N(int64(most))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// The most that goes by before a strike: an agent that has just been started has by then come in and drained, and the hub
// has folded, written and synced some dozens of groups.
const untilStrike = 150 * time.Millisecond

// stillborn is how long one start in eight is left before it is killed again: a start takes some 20 ms.
const stillborn = 25 * time.Millisecond

func (k *killer) agent(ctx context.Context) error {
	c := k.shops[k.rand.IntN(len(k.shops))]
	k.pass(ctx, untilStrike)
	c.kill()
	return k.openAgain(ctx, c)
}

// centre kills the hub: every other time while it answers cashiers, else while the agents still find back to it.
func (k *killer) centre(ctx context.Context) error {
	if k.rand.IntN(2) == 0 {
		k.busy(ctx)
	}
	k.pass(ctx, untilStrike)
	k.hub.Kill()
	return k.serveAgain(ctx)
}

// busy waits until the hub has answered a few sales at the counters, 2 s at most.
func (k *killer) busy(ctx context.Context) {
	tick, late := time.NewTicker(2*time.Millisecond), time.NewTimer(2*time.Second)
	defer tick.Stop()
	defer late.Stop()
	for enough := k.book.answers(voucher.Final) + 1 + k.rand.IntN(10); k.book.answers(voucher.Final) < enough; {
		select {
		case <-tick.C:
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// both kills both, either first, and starts them again in either order.
func (k *killer) both(ctx context.Context) error {
	c := k.shops[k.rand.IntN(len(k.shops))]
	k.pass(ctx, untilStrike)
	if k.rand.IntN(2) == 0 {
		c.kill()
		k.hub.Kill()
	} else {
		k.hub.Kill()
		c.kill()
	}
	if k.rand.IntN(2) == 0 {
		if err := k.serveAgain(ctx); err != nil {
			return err
		}
		return k.openAgain(ctx, c)
	}
	if err := k.openAgain(ctx, c); err != nil {
		return err
	}
	return k.serveAgain(ctx)
}

func (k *killer) openAgain(ctx context.Context, c *shop) error {
	if k.rand.IntN(8) == 0 {
		if err := c.till.Launch(); err != nil {
			return err
		}
		k.pass(ctx, stillborn)
		c.till.Kill()
	}
	began := time.Now()
	if err := c.till.Launch(); err != nil {
		return err
	}
	err := c.open(ctx)
	k.took["agent"] = append(k.took["agent"], time.Since(began))
	return err
}

func (k *killer) serveAgain(ctx context.Context) error {
	if k.rand.IntN(8) == 0 {
		if err := k.hub.Launch(); err != nil {
			return err
		}
		k.pass(ctx, stillborn)
		k.hub.Kill()
	}
	began := time.Now()
	err := k.hub.Again()
	k.took["hub"] = append(k.took["hub"], time.Since(began))
	return err
}

// examine ends everything, looks at every file, and starts the hub with views made anew.
func (k *killer) examine(ctx context.Context, t *testing.T, s *stage.Stage) {
	t.Helper()
	for _, c := range k.shops {
		check(t, c.till.Stop())
		if _, err := s.Do(ctx, "hexiao-agent", "journal", "verify", "--data", c.till.Data()); err != nil {
			t.Error(err)
		}
	}
	check(t, k.hub.Stop())
	if err := book.Verify(ctx, filepath.Join(k.hub.Data(), "book")); err != nil {
		t.Error(err)
	}
	views, err := filepath.Glob(filepath.Join(k.hub.Data(), "views.db*"))
	check(t, err)
	for _, file := range views {
		check(t, os.Remove(file))
	}
	check(t, k.hub.Again())
}

// spread says how some times lie.
func spread(took []time.Duration) string {
	if len(took) == 0 {
		return "never"
	}
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100].Round(100 * time.Microsecond) }
	return fmt.Sprintf("%d times: p50 %s, p99 %s, longest %s", len(took), at(50), at(99), at(100))
}
