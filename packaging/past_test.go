package packaging

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hexiao/agent/uplink"
	"hexiao/hub/gate"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
)

// past is a hub in this process that lives at another time: what a test needs to have happened before today is played
// with it, on the folder and at the address of the real hub that comes after.
type past struct {
	*office.Office
	dir, address string
	clock        *clock
	end          func()
}

// clock is an hour that the test sets. Safe for concurrent use.
type clock struct{ ms atomic.Int64 }

func newClock(at time.Time) *clock {
	c := new(clock)
	c.set(at)
	return c
}

func (c *clock) now() time.Time       { return time.UnixMilli(c.ms.Load()) }
func (c *clock) set(at time.Time)     { c.ms.Store(at.UnixMilli()) }
func (c *clock) pass(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// mono is the clock as a monotonic one.
func (c *clock) mono() time.Duration { return time.Duration(c.ms.Load()) * time.Millisecond }

// openPast founds a hub in a folder and serves it at an address until end is called or the test ends.
func openPast(ctx context.Context, t *testing.T, dir, address string, at time.Time) *past {
	t.Helper()
	p := &past{dir: dir, address: address, clock: newClock(at)}
	o, err := office.Open(ctx, dir, office.Settings{Now: p.clock.now})
	check(t, err)
	p.Office = o
	p.run(ctx, t)
	t.Cleanup(p.end)
	return p
}

// run starts the ledger and the gate.
func (p *past) run(ctx context.Context, t *testing.T) {
	t.Helper()
	life, over := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { p.Ledger.Run(life) })
	check(t, p.Begin(ctx))
	ln, err := net.Listen("tcp", p.address)
	check(t, err)
	g := gate.New(gate.Options{Ledger: p.Ledger, Hub: p.Keys.Hub(), CA: p.Keys.CA(), Now: p.clock.now,
		Certificate: func() *tls.Certificate { c := p.Keys.TLSCertificate(); return &c }})
	served, leave := context.WithCancel(life)
	var door sync.WaitGroup
	door.Go(func() { g.Run(served, ln) })
	p.end = sync.OnceFunc(func() {
		leave()
		door.Wait()
		over()
		work.Wait()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// ask does one operation of the office.
func (p *past) ask(ctx context.Context, t *testing.T, name string, in, out any) {
	t.Helper()
	raw, err := json.Marshal(in)
	check(t, err)
	answer, err := p.Do(ctx, name, raw)
	check(t, err)
	if out != nil {
		check(t, json.Unmarshal(answer, out))
	}
}

// begin applies a campaign whose first phase began an hour before the hub's time, and imports merchants.
func (p *past) begin(ctx context.Context, t *testing.T, campaign, merchants string) {
	t.Helper()
	raw, err := os.ReadFile(campaign)
	check(t, err)
	start := p.clock.now().Add(-time.Hour).Format(time.RFC3339)
	p.ask(ctx, t, "campaign.apply", office.ApplyCampaign{File: office.File{Name: campaign, Data: raw}, Start: start}, nil)
	raw, err = os.ReadFile(merchants)
	check(t, err)
	p.ask(ctx, t, "merchant.import", office.File{Name: merchants, Data: raw}, nil)
}

// enrol makes a folder a terminal of a merchant, which reaches the hub at an address.
func (p *past) enrol(ctx context.Context, t *testing.T, merchant voucher.MerchantID, address, dir string) uplink.Identity {
	t.Helper()
	var token office.Token
	p.ask(ctx, t, "terminal.token", office.WantToken{Merchant: merchant}, &token)
	id, err := uplink.Enrol(ctx, "https://"+address, token.Token, dir, "test")
	check(t, err)
	return id
}

// background runs something until the function it gives is called, for the first time or again.
func background(ctx context.Context, run func(context.Context) error) (end func()) {
	life, over := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { run(life) })
	return func() { over(); work.Wait() }
}

// until waits until something is so.
func until(ctx context.Context, t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(errors.Join(errors.New("waited in vain for "+what), ctx.Err()))
		}
	}
}
