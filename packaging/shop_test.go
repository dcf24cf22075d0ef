package packaging

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// shop is a till whose cashiers work through the desk, as a POS does. Its agent is killed and started again under them.
type shop struct {
	till *stage.Till
	book *cashbook

	mu    sync.Mutex
	desk  *desk.Client  // nil while no agent runs
	fresh chan struct{} // closed when there is another desk
	deaf  context.CancelFunc
}

func newShop(ctx context.Context, t *testing.T, s *stage.Stage, hub *stage.Hub, book *cashbook, name, merchant string) *shop {
	t.Helper()
	till, err := s.EnrolAt(ctx, hub, hub.Address, name, merchant)
	check(t, err)
	c := &shop{till: till, book: book, fresh: make(chan struct{}), deaf: func() {}}
	check(t, till.Launch())
	t.Cleanup(func() { till.Kill() })
	check(t, c.open(ctx))
	watching, enough := context.WithCancel(ctx)
	defer enough()
	check(t, till.Watch(watching).View(stage.Patience, "a lease", func(v desk.View) bool { return v.Hub.Online && v.Lease.Count > 0 }))
	return c
}

// open waits for the agent that was launched, until it answers. Then the cashiers go on, and what the desk's events tell
// of earlier acceptances is written into the book.
func (c *shop) open(ctx context.Context) error {
	if err := c.till.Await(); err != nil {
		return err
	}
	if _, err := c.till.Desk.Status(ctx); err != nil {
		return fmt.Errorf("%s is ready and does not answer: %w", c.till.Name, err)
	}
	events, deaf := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.desk, c.deaf = c.till.Desk, deaf
	close(c.fresh)
	c.fresh = make(chan struct{})
	go c.listen(c.desk.Events(events))
	return nil
}

func (c *shop) listen(events <-chan desk.Event) {
	for e := range events {
		if e.Answer != nil && e.Answer.Replaced {
			c.book.replace(*e.Answer)
		}
	}
}

// kill ends the agent as a power cut does.
func (c *shop) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.till.Kill()
	c.deaf()
	c.desk = nil
}

// find waits for an agent.
func (c *shop) find(ctx context.Context) (*desk.Client, error) {
	for {
		c.mu.Lock()
		found, fresh := c.desk, c.fresh
		c.mu.Unlock()
		if found != nil {
			return found, nil
		}
		select {
		case <-fresh:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// drained waits until the hub has had a word on everything.
func (c *shop) drained(ctx context.Context) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	w := c.till.Watch(ctx)
	return w.View(time.Minute, "an empty queue of "+c.till.Name, func(v desk.View) bool { return v.Hub.Online && v.Queued == 0 })
}

// clerk is a cashier at a shop. She takes a new voucher from the heap most of the time, and now and then one that was shown to
// somebody before, at this shop or another.
type clerk struct {
	shop *shop
	heap *heap
	rand *rand.Rand
	name string
}

// heap is the vouchers in customers' hands.
type heap struct {
	mu     sync.Mutex
	unused []stage.Voucher
	used   []stage.Voucher
}

// next takes a voucher; false when there are no more.
func (h *heap) next(r *rand.Rand) (stage.Voucher, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.used) > 0 && r.IntN(8) == 0 {
		return h.used[r.IntN(len(h.used))], true
	}
	if len(h.unused) == 0 {
		return stage.Voucher{}, false
	}
	v := h.unused[0]
	h.unused = h.unused[1:]
	return v, true
}

func (h *heap) left() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.unused)
}

func (h *heap) put(more []stage.Voucher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unused = append(h.unused, more...)
}

// back puts a voucher back: among the used ones when it was accepted, else for another try.
func (h *heap) back(v stage.Voucher, accepted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if accepted {
		h.used = append(h.used, v)
	} else {
		h.unused = append(h.unused, v)
	}
}

// work sells until ctx ends, with a breath between customers.
func (c *clerk) work(ctx context.Context, breath time.Duration) error {
	for n := 0; ; n++ {
		rest := time.NewTimer(time.Duration(c.rand.ExpFloat64() * float64(breath)))
		select {
		case <-rest.C:
		case <-ctx.Done():
			return nil
		}
		v, more := c.heap.next(c.rand)
		if !more {
			return fmt.Errorf("%s has no more vouchers after %d sales", c.name, n)
		}
		if err := c.sell(ctx, v, fmt.Sprintf("%s-%d", c.name, n)); err != nil {
			return err
		}
	}
}

// sell sells until there is an answer. A POS whose agent died asks again for the same order, every other time; else nobody
// knows what became of it.
func (c *clerk) sell(ctx context.Context, v stage.Voucher, order string) error {
	c.shop.book.offer(v)
	for {
		door, err := c.shop.find(ctx)
		if err != nil {
			return nil
		}
		a, err := door.Redeem(context.WithoutCancel(ctx), desk.Sale{Bill: 58_00, Code: v.Code, Order: order})
		if err == nil {
			accepted := c.shop.book.note(v, a)
			c.heap.back(v, accepted || a.Reason == voucher.AlreadyRedeemed)
			return nil
		}
		c.shop.book.died(v)
		if c.rand.IntN(2) == 0 {
			c.heap.back(v, false)
			return nil
		}
	}
}

// patient gives an agent another patience with the hub than the campaign's, so that a machine that does other things does
// not make PROVISIONAL of what a test wants FINAL.
func patient(t *testing.T, till *stage.Till, patience string) {
	t.Helper()
	check(t, os.WriteFile(filepath.Join(till.Data(), "agent.toml"), []byte("patience = \""+patience+"\"\n"), 0o600))
}
