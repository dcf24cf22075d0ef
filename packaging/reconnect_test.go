package packaging

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/ledger"
	"hexiao/hub/office"
	"hexiao/hub/wire"
	"hexiao/packaging/stage"
)

// TestReconnectAfterTheHubStarts has 300 terminals at a real hub (60 without HEXIAO_PROVE), each with TLS and a journal of
// its own. After an orderly restart and after kill -9 all must be in again within 60 s, and no second may hold more than
// half of them. Without HEXIAO_PROVE the lines are not left to stand for the 10 s that make them good ones, so that all
// may come at once, and only have to come.
func TestReconnectAfterTheHubStarts(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	n := size(300, 60)
	s := &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}
	hub, err := s.NewHub()
	check(t, err)
	f := newFleet(ctx, t, hub, n)
	check(t, hub.Again())
	t.Cleanup(func() { hub.Kill() })
	began := time.Now()
	t.Cleanup(f.run(ctx))
	f.report(ctx, t, "come in all at once", began)

	for _, c := range []struct {
		name string
		end  func() error
	}{
		{"back after kill -9", func() error { hub.Kill(); return nil }},
		{"back after an orderly restart", func() error { return hub.Stop() }},
	} {
		if proving() {
			stand(ctx, 11*time.Second)
		}
		f.forget()
		check(t, c.end())
		began := time.Now()
		check(t, hub.Again())
		t.Logf("the hub was ready after %s", time.Since(began).Round(time.Millisecond))
		if most := f.report(ctx, t, c.name, began); proving() && most > n/2 {
			t.Errorf("%d of %d were %s in one second", most, n, c.name)
		}
	}
}

// stand lets a time pass.
func stand(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// fleet is many terminals in one process.
type fleet struct {
	links []*uplink.Link

	mu sync.Mutex        // guards the rest
	in map[int]time.Time // when each came in
}

// newFleet enrols n terminals in the hub's folder before the hub runs: through its door one address may enrol one terminal
// every two seconds.
func newFleet(ctx context.Context, t *testing.T, hub *stage.Hub, n int) *fleet {
	t.Helper()
	p := openPast(ctx, t, hub.Data(), hub.Address, time.Now())
	defer p.end()
	p.begin(ctx, t, "testdata/large.toml", "hexiao-hub/merchants-sample.csv")
	ca, err := x509.ParseCertificate(p.Keys.CA())
	check(t, err)
	f, journals := &fleet{in: map[int]time.Time{}}, quickFolder(t)
	for i := range n {
		id := uplink.Identity{Hub: "https://" + hub.Address, HubKey: p.Keys.Hub().Public().(ed25519.PublicKey), CA: ca}
		p.admit(ctx, t, &id)
		j, err := journal.Open(filepath.Join(journals, string(id.Terminal)), id.Terminal, journal.Options{})
		check(t, err)
		t.Cleanup(func() { j.Close() })
		f.links = append(f.links, uplink.NewLink(uplink.Config{Identity: id, Journal: j, Version: "test", Notify: func(l uplink.Line) {
			if l.Online {
				f.arrived(i)
			}
		}}))
	}
	return f
}

// admit makes a terminal and its key without the gate.
func (p *past) admit(ctx context.Context, t *testing.T, id *uplink.Identity) {
	t.Helper()
	public, device, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	var token office.Token
	p.ask(ctx, t, "terminal.token", office.WantToken{Merchant: "M0001"}, &token)
	secret, err := wire.ParseToken(token.Token)
	check(t, err)
	hash := secret.Hash()
	made, err := p.Ledger.Enrol(ctx, ledger.Enrolment{Hash: hash, Key: public, Version: "test"})
	check(t, err)
	id.Terminal, id.Merchant, id.Device = made.ID, made.Merchant, device
}

// run brings all lines up until the function it gives is called.
func (f *fleet) run(ctx context.Context) (end func()) {
	life, over := context.WithCancel(ctx)
	var work sync.WaitGroup
	for _, l := range f.links {
		work.Go(func() { l.Run(life) })
	}
	return func() { over(); work.Wait() }
}

func (f *fleet) arrived(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.in[i] = time.Now()
}

func (f *fleet) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.in)
}

func (f *fleet) arrivals(since time.Time) []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []time.Duration
	for _, at := range f.in {
		all = append(all, at.Sub(since))
	}
	return all
}

// report waits until all are in, a minute at most, says when they came, and gives how many came in the fullest second.
func (f *fleet) report(ctx context.Context, t *testing.T, what string, since time.Time) (most int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	until(ctx, t, fmt.Sprintf("%d terminals to be %s", len(f.links), what), func() bool { return len(f.arrivals(since)) == len(f.links) })
	all := f.arrivals(since)
	seconds := map[int]int{}
	for _, took := range all {
		seconds[int(took/time.Second)]++
		most = max(most, seconds[int(took/time.Second)])
	}
	t.Logf("figures: terminals %s: %s; in each second %v", what, spread(all), seconds)
	return most
}
