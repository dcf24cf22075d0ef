package packaging

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// proving is the full size of a test that is small otherwise. Without HEXIAO_PROVE=1 a time that a test measures is only
// reported: a machine that does other things must not make it fail.
func proving() bool { return os.Getenv("HEXIAO_PROVE") != "" }

// size is a count for the full run and one for every day.
func size(full, usual int) int {
	if proving() {
		return full
	}
	return usual
}

// TestDrainAfterThreeDays lets a till accept 5,000 vouchers (500 without HEXIAO_PROVE) over 72 hours without a hub. When
// the line is back, at 1 Mbit/s, its queue must be empty within 30 s, and every sale in the ledger. The hours before today
// are played with a hub in this process and a journal, both on a clock of the test; today with the real programs.
func TestDrainAfterThreeDays(t *testing.T) {
	const offline = 72 * time.Hour
	for _, line := range []struct {
		name string
		bits int
	}{{"over loopback", 0}, {"over a line of 1 Mbit/s", 1_000_000}} {
		t.Run(line.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			d := newDrain(ctx, t)
			sales := d.offline(ctx, t, size(5_000, 500), offline)
			d.past.end()

			check(t, d.hub.Again())
			t.Cleanup(func() { d.hub.Kill() })
			till := d.stage.Enrolled("till")
			d.line.Rate(line.bits)
			began := time.Now()
			check(t, till.Run())
			t.Cleanup(func() { till.Kill() })
			watching, enough := context.WithCancel(ctx)
			defer enough()
			check(t, till.Watch(watching).View(2*time.Minute, "an empty queue", func(v desk.View) bool { return v.Hub.Online && v.Queued == 0 }))
			took := time.Since(began)
			d.redeemed(ctx, t, sales)
			t.Logf("figures: %d sales of %s drained %s in %s", len(sales), offline, line.name, took.Round(10*time.Millisecond))
			if proving() && took > 30*time.Second {
				t.Errorf("the queue was empty after %s", took)
			}
		})
	}
}

// drain is a hub, a till that has sold some vouchers online, and the line between them.
type drain struct {
	stage    *stage.Stage
	hub      *stage.Hub
	line     *stage.Line
	past     *past
	journal  *journal.Journal
	quick    string // where the journal lies until the till runs
	identity uplink.Identity
	vouchers []office.Voucher
}

// salesBefore is how much a till sells online beforehand: what it is lent for an outage follows from that.
const salesBefore = 2_000

func newDrain(ctx context.Context, t *testing.T) *drain {
	t.Helper()
	d := &drain{stage: &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}}
	var err error
	d.hub, err = d.stage.NewHub()
	check(t, err)
	d.line, err = stage.NewLine(d.hub.Address, 1)
	check(t, err)
	t.Cleanup(background(ctx, d.line.Run))

	d.past = openPast(ctx, t, d.hub.Data(), d.hub.Address, time.Now().Add(-5*24*time.Hour))
	d.past.begin(ctx, t, "testdata/large.toml", "hexiao-hub/merchants-sample.csv")
	d.past.ask(ctx, t, "voucher.issue", office.WantVouchers{Tier: "supermarket-10", Count: size(5_000, 500) + salesBefore}, &d.vouchers)
	folder := filepath.Join(d.stage.Folder, "till")
	d.identity = d.past.enrol(ctx, t, "M0001", d.line.Address, folder)
	d.quick = quickFolder(t)
	d.journal, err = journal.Open(d.quick, d.identity.Terminal, journal.Options{Now: d.past.clock.now, Mono: d.past.clock.mono})
	check(t, err)
	t.Cleanup(func() { d.journal.Close() })
	return d
}

// offline sells online until the lease covers n sales, then sells those over a time without the hub, and closes the
// journal. It gives the redemption of each voucher.
func (d *drain) offline(ctx context.Context, t *testing.T, n int, over time.Duration) map[string]string {
	t.Helper()
	for before := 0; d.covered() < n; before += 100 {
		if before >= salesBefore {
			t.Fatalf("after %d sales online the lease covers %d", before, d.covered())
		}
		d.online(ctx, t, 100)
	}
	start := time.Now().Add(-over)
	d.past.clock.set(start)
	sales := map[string]string{}
	for i := range n {
		d.past.clock.set(start.Add(over * time.Duration(i) / time.Duration(n)))
		v := d.take()
		s, reason, err := d.journal.Accept(redemption(t, v, i))
		if err != nil || reason != voucher.OK {
			t.Fatalf("sale %d offline: %s, %v", i, reason, err)
		}
		sales[v.ID] = s.ID.String()
	}
	if s := d.journal.State(); s.Queued != uint64(n) {
		t.Fatalf("%d sales offline, %d wait for the hub", n, s.Queued)
	}
	check(t, d.journal.Close())
	check(t, move(d.quick, filepath.Join(d.stage.Folder, "till")))
	return sales
}

func (d *drain) covered() int {
	s := d.journal.State()
	count, _ := s.Lease.Left(s.Used, d.past.clock.now())
	return int(count)
}

func (d *drain) take() office.Voucher {
	v := d.vouchers[0]
	d.vouchers = d.vouchers[1:]
	return v
}

// online sells some vouchers within an hour, and comes in again so that the hub may lend more.
func (d *drain) online(ctx context.Context, t *testing.T, n int) {
	t.Helper()
	d.past.clock.pass(time.Hour)
	end := background(ctx, uplink.NewLink(uplink.Config{Identity: d.identity, Journal: d.journal, Version: "test"}).Run)
	defer func() { end() }()
	until(ctx, t, "the law", func() bool { return d.journal.State().Law != nil })
	for i := range n {
		_, err := d.journal.Ask(redemption(t, d.take(), i))
		check(t, err)
	}
	serial := d.journal.State().Lease.Serial
	until(ctx, t, "the hub's word", func() bool { return d.journal.State().Queued == 0 })
	end()
	end = background(ctx, uplink.NewLink(uplink.Config{Identity: d.identity, Journal: d.journal, Version: "test"}).Run)
	if d.covered() < size(5_000, 500) {
		until(ctx, t, "another lease", func() bool { return d.journal.State().Lease.Serial > serial })
	}
}

// redeemed looks for each sale in the ledger: none missing, none in a case, and the sums right.
func (d *drain) redeemed(ctx context.Context, t *testing.T, sales map[string]string) {
	t.Helper()
	var ids []string
	for id := range sales {
		ids = append(ids, id)
	}
	standings, err := d.hub.Standings(ctx, ids)
	check(t, err)
	for id, by := range sales {
		if have := standings[id]; have.State != "redeemed" || have.Redemption != by {
			t.Errorf("voucher %s was taken by %s; the ledger has it %s by %q", id, by, have.State, have.Redemption)
		}
	}
	cases, err := d.hub.Cases(ctx)
	check(t, err)
	if len(cases) > 0 {
		t.Errorf("%d cases, the first: %+v", len(cases), cases[0])
	}
}

// redemption is a voucher used at a counter.
func redemption(t *testing.T, v office.Voucher, order int) voucher.Redemption {
	t.Helper()
	code, err := voucher.ParseCode(v.Code)
	check(t, err)
	return voucher.Redemption{Voucher: code.Body, Sight: code.Sight(), Bill: 58_00, Order: fmt.Sprint(order)}
}
