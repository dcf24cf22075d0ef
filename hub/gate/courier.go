package gate

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// couriers is how many laws are fetched at once: the ledger answers a group of questions as fast as one.
const couriers = 64

// news gathers what has changed since the courier last looked.
type news struct {
	all       bool
	terminals map[voucher.TerminalID]bool
	merchants map[voucher.MerchantID]bool
	since     time.Time

	hello map[voucher.TerminalID]bool // must come again
	hub   bool                        // all must
}

// Changed is told by the ledger, after it is on disk, whose law may have changed. It never blocks.
func (g *Gate) Changed(c ledger.Change) {
	if c.Empty() {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.news.since.IsZero() {
		g.news = news{terminals: map[voucher.TerminalID]bool{}, merchants: map[voucher.MerchantID]bool{}, since: time.Now(),
			hello: map[voucher.TerminalID]bool{}}
	}
	g.news.hub = g.news.hub || c.Hub
	for _, id := range c.Hello {
		g.news.hello[id] = true
	}
	g.news.all = g.news.all || c.All
	for _, id := range c.Terminals {
		g.news.terminals[id] = true
	}
	for _, id := range c.Merchants {
		g.news.merchants[id] = true
	}
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// concerned takes the news, sends away those who must say hello again, and lists the other connections it concerns.
func (g *Gate) concerned() (list []*conn, since time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.news
	g.news = news{}
	for id, c := range g.byTerminal {
		if n.hub || n.hello[id] {
			c.dismiss(again(n.hub, g.o.Return))
			continue
		}
		if n.all || n.terminals[id] || n.merchants[c.merchant] {
			list = append(list, c)
		}
	}
	return list, n.since
}

// carry brings changed laws to the terminals that are here, until ctx ends (G12: within 2 s).
func (g *Gate) carry(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.changed:
		}
		list, since := g.concerned()
		if err := g.spread(ctx, list); err != nil {
			return err
		}
		if !since.IsZero() {
			g.metrics.carried(len(list), time.Since(since))
		}
	}
}

func (g *Gate) spread(ctx context.Context, list []*conn) error {
	var group errgroup.Group
	group.SetLimit(couriers)
	for _, c := range list {
		group.Go(func() error { return g.bring(ctx, c) })
	}
	return group.Wait()
}

// bring pushes the law to one terminal. Only a ledger that no longer answers is an error.
func (g *Gate) bring(ctx context.Context, c *conn) error {
	newer, err := c.talk.Law(ctx)
	if newer && err == nil && g.join() {
		go func() {
			defer g.sessions.Done()
			c.out.flush()
		}()
	}
	if errors.Is(err, ledger.ErrStopped) || ctx.Err() != nil {
		return err
	}
	return nil
}

// Connected lists the terminals that are here now, in order.
func (g *Gate) Connected() []voucher.TerminalID {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := make([]voucher.TerminalID, 0, len(g.byTerminal))
	for id := range g.byTerminal {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}
