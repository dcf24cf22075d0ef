package ledger

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

func TestAPaceIsHalvedInADayAndTellsASteadyRate(t *testing.T) {
	at := start
	var p pace
	p.add(1, at.UnixMilli())
	for _, c := range []struct {
		name        string
		after       time.Duration
		least, most int64 // in hundredths of a sale
	}{
		{"at once", 0, 100, 100},
		{"an hour later", time.Hour, 96, 98},
		{"a day later", 24 * time.Hour, 50, 50},
		{"two days later", 48 * time.Hour, 25, 25},
		{"ten years later", 87600 * time.Hour, 0, 0},
	} {
		if got := p.sold(1, at.Add(c.after)) * 100 / oneSale; got < c.least || got > c.most {
			t.Errorf("%s: %d hundredths of a sale", c.name, got)
		}
	}
	for range 24 * 10 { // three an hour for ten days
		at = at.Add(time.Hour)
		for range 3 {
			p.add(2, at.UnixMilli())
		}
	}
	if day := p.expect(2, at, 24*time.Hour); day < 70 || day > 74 {
		t.Errorf("72 a day are taken for %d", day)
	}
	if two := p.expect(0, at, 48*time.Hour); two < 140 || two > 148 {
		t.Errorf("144 in two days, of all tiers, are taken for %d", two)
	}
	if p.expect(3, at, 24*time.Hour) != 0 || p.lately(3, at) || !p.lately(2, at.Add(48*time.Hour)) {
		t.Error("of a tier that was never sold, or one that was")
	}
}

// However sales are told apart in time and order, the sum is never more than their number, and a late word on an old sale
// weighs what the sale would weigh by now.
func TestAPaceDoesNotDependOnWhenItIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfN(rapid.Int64Range(0, 200), 1, 30).Draw(t, "hours")
		now := start.Add(201 * time.Hour)
		var p, sorted pace
		for _, h := range hours {
			p.add(1, start.Add(time.Duration(h)*time.Hour).UnixMilli())
		}
		for h := int64(0); h <= 200; h++ {
			for _, x := range hours {
				if x == h {
					sorted.add(1, start.Add(time.Duration(h)*time.Hour).UnixMilli())
				}
			}
		}
		a, b, n := p.sold(1, now), sorted.sold(1, now), int64(len(hours))
		if a > n*oneSale || a-b > n*oneSale/1000 || b-a > n*oneSale/1000 {
			t.Fatalf("%d told as it happened, %d in this order, of %d sales", b, a, n)
		}
	})
}

// lent is what a terminal has open of a pool.
func (h *hub) lent(id voucher.TerminalID, tier voucher.TierNo) uint64 {
	h.t.Helper()
	info, err := h.Terminal(context.Background(), id)
	h.must(err)
	return voucher.Units(info.Lease.Pools, 1, tier) - voucher.Units(info.Used.Pools, 1, tier)
}

func (h *hub) topUp(id voucher.TerminalID) {
	h.t.Helper()
	_, err := h.TopUp(context.Background(), id)
	h.must(err)
}

// sells lets a till sell through the hub for some days, so many a day.
func (t *till) sells(days, daily int) {
	t.h.t.Helper()
	for range days {
		for range daily {
			t.ask(t.h.issue(1), 58_00)
		}
		t.sync()
		t.h.now = t.h.now.Add(24 * time.Hour)
	}
}

func large() voucher.Campaign {
	c := law(voucher.AtRedemption, 1000)
	c.Offline.Count, c.Offline.Sum = 40, 900_00
	return c
}

func TestALeaseFollowsTheTerminalsOwnSales(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(large())
	busy, idle := h.till("M1", 1), h.till("M2", 2)
	if n := h.lent(busy.id, 1); n != 40 {
		t.Fatalf("nothing is known of its sales yet, and it is lent %d", n)
	}
	surrender := func(a *till) {
		info, _ := h.Terminal(context.Background(), a.id)
		a.record(voucher.Record{Kind: voucher.Surrender, Lease: info.Lease.Serial})
		a.sync()
		h.topUp(a.id)
	}
	busy.sells(4, 8)
	surrender(busy)
	surrender(idle)
	if b, i := h.lent(busy.id, 1), h.lent(idle.id, 1); b < 10 || b > 18 || i != 2 {
		t.Fatalf("8 a day are lent %d, none are lent %d", b, i)
	}
	h.refold()
}

func TestTheLastUnitsGoSparinglyToThoseWhoSell(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	c := law(voucher.AtRedemption, 5)
	h.begin(c)
	first := h.till("M1", 1) // alone, and 5 are not scarce for one: it is lent half
	if n := h.lent(first.id, 1); n != 2 {
		t.Fatalf("%d", n)
	}
	sells, idle := h.till("M1", 2), h.till("M2", 3)
	if h.lent(sells.id, 1) != 0 || h.lent(idle.id, 1) != 0 {
		t.Fatal("3 units for three terminals are scarce")
	}
	sells.ask(h.issue(1), 58_00)
	sells.sync()
	h.now = h.now.Add(7 * time.Hour) // a quarter of the lease's age
	for _, a := range []*till{sells, idle} {
		h.topUp(a.id)
	}
	if s, i := h.lent(sells.id, 1), h.lent(idle.id, 1); s != 1 || i != 0 {
		t.Fatalf("who sold lately has %d, who did not %d", s, i)
	}
}

// However long the epoch and however small the share, a lease is filled again when a quarter of it is used.
func TestASmallLeaseIsFilledAgainAtOnce(t *testing.T) {
	c := bears(large(), 80_00)
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(c)
	a := h.till("M1", 1)
	h.till("M2", 2)
	for i := range 60 {
		info, err := h.Terminal(context.Background(), a.id)
		h.must(err)
		open := info.Lease.Sum - info.Used.Sum
		if open < 20_00 || h.lent(a.id, 1) < 20 {
			t.Fatalf("after %d sales it has %s and %d units", i, open, h.lent(a.id, 1))
		}
		a.record(voucher.Record{Kind: voucher.Accept, Sale: sale(h.issue(1), 58_00), Lease: info.Lease.Serial})
		if o := a.sync(); o.Result != voucher.Redeemed {
			t.Fatalf("%+v", o)
		}
		h.topUp(a.id)
	}
	info, err := h.Terminal(context.Background(), a.id)
	if err != nil || info.Lease.Serial > 60 {
		t.Fatalf("%v, %d leases for 60 sales", err, info.Lease.Serial)
	}
	before := info.Lease.Serial
	for range 10 {
		h.topUp(a.id)
	}
	if info, _ := h.Terminal(context.Background(), a.id); info.Lease.Serial != before {
		t.Fatal("it was lent another though it had used nothing")
	}
}

// report is a terminal's word that it has its newest lease, and what the hub answers.
func (h *hub) report(a *till) Reply {
	h.t.Helper()
	info, err := h.Terminal(context.Background(), a.id)
	h.must(err)
	r, err := h.Report(context.Background(), a.id, 1, wire.Status{Lease: info.Lease.Serial})
	h.must(err)
	return r
}

func TestRecall(t *testing.T) {
	low := func(h *hub, a, b *till) { // all free units are sold elsewhere
		for h.pools()["supermarket-10"].Free > 0 {
			b.ask(h.issue(1), 58_00)
			b.sync()
		}
	}
	for _, c := range []struct {
		name string
		law  voucher.Campaign
		play func(h *hub, a, b *till)
		want bool
	}{
		{"a pool with plenty", large(), func(h *hub, a, b *till) {}, false},
		{"a pool that runs low, and the terminal has sold nothing", law(voucher.AtRedemption, 40), low, true},
		{"a pool that runs low, and the terminal sells what it has", law(voucher.AtRedemption, 40), func(h *hub, a, b *till) {
			for range 7 {
				a.accept(h.issue(1), 58_00)
			}
			a.sync()
			low(h, a, b)
		}, false},
		{"a phase that is over", law(voucher.AtRedemption, 40), func(h *hub, a, b *till) { h.now = start.Add(7 * 24 * time.Hour) }, true},
		{"a phase that is over, with stock at claim", law(voucher.AtClaim, 40), func(h *hub, a, b *till) { h.now = start.Add(7 * 24 * time.Hour) }, false},
		{"a merchant who is suspended", law(voucher.AtClaim, 40), func(h *hub, a, b *till) {
			h.must(h.SetMerchantStatus(context.Background(), "M1", voucher.MerchantSuspended, "x"))
		}, true},
		{"a terminal that is revoked", law(voucher.AtClaim, 40), func(h *hub, a, b *till) {
			h.must(h.SetTerminal(context.Background(), a.id, voucher.TerminalRevoked, "x"))
		}, true},
		{"a terminal that was frozen by a person", law(voucher.AtClaim, 40), func(h *hub, a, b *till) {
			h.must(h.SetTerminal(context.Background(), a.id, voucher.TerminalFrozen, "x"))
		}, true},
		{"a terminal whose disk was copied: it cannot speak for the other", law(voucher.AtClaim, 40), func(h *hub, a, b *till) {
			a.ask(h.issue(1), 58_00)
			a.sync()
			other := *a
			other.raw, other.head = nil, [32]byte{}
			other.accept(h.issue(1), 58_00)
			_, err := h.Receive(context.Background(), other.batch(0, 1))
			h.must(err)
		}, false},
		{"a reserve that runs low, and the terminal has sold nothing", bears(law(voucher.AtClaim, 40), 330_00), func(h *hub, a, b *till) {
			h.now = h.now.Add(25 * time.Hour)
		}, true},
		{"a reserve with plenty", bears(law(voucher.AtClaim, 40), 4000_00), func(h *hub, a, b *till) { h.now = h.now.Add(25 * time.Hour) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, t.TempDir())
			defer func() { h.stop() }()
			h.begin(c.law)
			a, b := h.till("M1", 1), h.till("M2", 2)
			c.play(h, a, b)
			r := h.report(a)
			if (r.Recall != nil) != c.want {
				t.Fatalf("recalled: %v, want %v", r.Recall != nil, c.want)
			}
			if !c.want {
				return
			}
			if r.Grant != nil || r.Recall.Terminal != a.id || r.Recall.Epoch != 1 || r.Recall.Lease != 1 {
				t.Fatalf("%+v", r.Recall)
			}
			before := h.pools()["supermarket-10"]
			lent := int64(h.lent(a.id, 1))
			a.record(voucher.Record{Kind: voucher.Surrender, Lease: r.Recall.Lease})
			a.sync()
			if p := h.pools()["supermarket-10"]; p.Free != before.Free+lent || p.Leased != before.Leased-lent {
				t.Fatalf("%d given back: %+v, then %+v", lent, before, p)
			}
			for range 3 { // whatever it is lent then is not asked for again
				if r := h.report(a); r.Recall != nil {
					t.Fatalf("recalled again: %+v, with %d lent", r.Recall, h.lent(a.id, 1))
				}
			}
			h.refold()
		})
	}
}

// A lease granted while the surrender of the one before was on its way is not given back with it.
func TestASurrenderThatMeetsANewerLease(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(large())
	a := h.till("M1", 1)
	for range 12 {
		a.accept(h.issue(1), 58_00)
	}
	a.record(voucher.Record{Kind: voucher.Surrender, Lease: 1})
	_, err := h.Receive(context.Background(), a.batch(0, 12)) // the surrender is not there yet
	h.must(err)
	h.topUp(a.id)
	if info, _ := h.Terminal(context.Background(), a.id); info.Lease.Serial != 2 || h.lent(a.id, 1) != 40 {
		t.Fatalf("%+v", info.Lease)
	}
	a.sent = 12
	if o := a.sync(); o.Result != voucher.Rejected || h.lent(a.id, 1) != 40 {
		t.Fatalf("lease 1 was given back, 2 is in force: %+v, %d lent", o, h.lent(a.id, 1))
	}
	a.record(voucher.Record{Kind: voucher.Accept, Sale: sale(h.issue(1), 58_00), Lease: 2})
	a.record(voucher.Record{Kind: voucher.Surrender, Lease: 2})
	if o := a.sync(); o.Result != voucher.Noted || h.lent(a.id, 1) != 0 || h.pools()["supermarket-10"].Leased != 0 {
		t.Fatalf("%+v, %d lent", o, h.lent(a.id, 1))
	}
	a.record(voucher.Record{Kind: voucher.Accept, Sale: sale(h.issue(1), 58_00), Lease: 2})
	if o := a.sync(); o.Result != voucher.Disputed || o.Reason != voucher.OfflineLimit {
		t.Fatalf("accepted under what was given back: %+v", o)
	}
	h.refold()
}

// A terminal that is retired gives back whatever it was lent, a lease that is still on its way too, and is lent nothing
// any more.
func TestATerminalThatIsRetired(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(large())
	a := h.till("M1", 1)
	for range 12 {
		a.accept(h.issue(1), 58_00)
	}
	a.record(voucher.Record{Kind: voucher.Surrender, Lease: voucher.AllLeases})
	_, err := h.Receive(context.Background(), a.batch(0, 12)) // the surrender is not there yet
	h.must(err)
	h.topUp(a.id)
	a.sent = 12
	if o := a.sync(); o.Result != voucher.Noted || h.lent(a.id, 1) != 0 || h.pools()["supermarket-10"].Leased != 0 {
		t.Fatalf("%+v, %d lent", o, h.lent(a.id, 1))
	}
	for range 3 {
		h.now = h.now.Add(24 * time.Hour)
		h.topUp(a.id)
		if r := h.report(a); r.Grant != nil || r.Recall != nil || h.lent(a.id, 1) != 0 {
			t.Fatalf("lent again: %+v, %d lent", r, h.lent(a.id, 1))
		}
		h.refold()
	}
}

func TestTheReserveIsSharedAndNotFirstComeFirstServed(t *testing.T) {
	h := newHub(t, t.TempDir())
	defer func() { h.stop() }()
	h.begin(bears(law(voucher.AtClaim, 1000), 300_00))
	open := func(a *till) voucher.Fen {
		info, err := h.Terminal(context.Background(), a.id)
		h.must(err)
		return info.Lease.Sum - info.Used.Sum
	}
	a := h.till("M1", 1)
	b := h.till("M2", 2)
	if open(a) != 160_00 || open(b) != 140_00 {
		t.Fatalf("%s and %s: the first was alone, the second has what is left", open(a), open(b))
	}
	for h.report(a).Recall == nil {
		h.now = h.now.Add(time.Hour) // what is left is less than a tenth, and nobody sells
		if h.now.Sub(start) > 48*time.Hour {
			t.Fatal("never recalled")
		}
	}
	a.record(voucher.Record{Kind: voucher.Surrender, Lease: h.report(a).Recall.Lease})
	a.sync()
	h.topUp(a.id)
	if open(a) > 150_00 || h.reserve().Lent > 300_00 {
		t.Fatalf("%s, %+v", open(a), h.reserve())
	}
}
