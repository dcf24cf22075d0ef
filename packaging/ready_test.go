package packaging

import (
	"context"
	"crypto/ed25519"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hexiao/agent/desk"
	"hexiao/agent/journal"
	"hexiao/agent/uplink"
	"hexiao/hub/office"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
	"hexiao/packaging/stage"
)

// TestReadyWithALongQueue starts a real agent on a journal with 100,000 records that no hub has answered (5,000 without
// HEXIAO_PROVE), after an orderly end and after kill -9: its desk must answer in under 3 s, accept at once, and have
// everything that was there before.
func TestReadyWithALongQueue(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	n, starts := size(100_000, 5_000), 10
	s := &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}
	hub, err := s.NewHub()
	check(t, err)
	more := queue(ctx, t, s, hub, "till", n)

	till, queued := s.Enrolled("till"), n
	var orderly, killed []time.Duration
	for i := range starts {
		began := time.Now()
		check(t, till.Run())
		v, err := till.Desk.Status(ctx)
		check(t, err)
		took := time.Since(began)
		if v.Queued != uint64(queued) {
			t.Errorf("start %d: %d records wait for the hub, it should be %d", i+1, v.Queued, queued)
		}
		a, err := till.Desk.Redeem(ctx, desk.Sale{Bill: 58_00, Code: more[i].Code})
		if err != nil || a.Answer != voucher.Provisional {
			t.Fatalf("start %d: %s %s, %v", i+1, a.Answer, a.Reason, err)
		}
		queued++
		if i%2 == 0 {
			killed = append(killed, took) // made ready after the kill at the end of the turn before, or after the journal was made
			check(t, till.Stop())
		} else {
			orderly = append(orderly, took)
			till.Kill()
		}
	}
	t.Logf("figures: agent with %d queued records ready: after kill -9 %s; after an orderly end %s", n, spread(killed[1:]), spread(orderly))
	for _, took := range append(orderly, killed...) {
		if proving() && took > 3*time.Second {
			t.Errorf("ready after %s", took)
		}
	}
	if _, err := s.Do(ctx, "hexiao-agent", "journal", "verify", "--data", till.Data()); err != nil {
		t.Error(err)
	}
}

// queue makes a till's folder whose journal holds n acceptances that no hub has heard of, and gives vouchers for more. The
// lease that covers so many is signed with the hub's key by the test: no hub lends as much.
func queue(ctx context.Context, t *testing.T, s *stage.Stage, hub *stage.Hub, name string, n int) []office.Voucher {
	t.Helper()
	p := openPast(ctx, t, hub.Data(), hub.Address, time.Now())
	p.begin(ctx, t, "testdata/large.toml", "hexiao-hub/merchants-sample.csv")
	var more []office.Voucher
	p.ask(ctx, t, "voucher.issue", office.WantVouchers{Tier: "supermarket-10", Count: 20}, &more)
	folder := filepath.Join(s.Folder, name)
	id := p.enrol(ctx, t, "M0001", hub.Address, folder)

	quick := quickFolder(t)
	j, err := journal.Open(quick, id.Terminal, journal.Options{})
	check(t, err)
	end := background(ctx, uplink.NewLink(uplink.Config{Identity: id, Journal: j, Version: "test"}).Run)
	until(ctx, t, "a law and a lease", func() bool { return j.State().Law != nil && j.State().Lease.Serial > 0 })
	end()
	lend(t, j, p.Keys.Hub(), n+len(more))
	for range n {
		_, reason, err := j.Accept(stranger(more[0]))
		if err != nil || reason != voucher.OK {
			t.Fatalf("%s, %v", reason, err)
		}
	}
	check(t, j.Close())
	p.end()
	check(t, move(quick, folder))
	return more
}

// lend gives a journal a lease for so many more.
func lend(t *testing.T, j *journal.Journal, hub ed25519.PrivateKey, more int) {
	t.Helper()
	l := j.State().Lease
	l.Serial++
	l.Count += uint64(more)
	l.Sum += voucher.Fen(more) * 10_00
	l.Until = time.Now().Add(24 * time.Hour).UnixMilli()
	raw, err := wire.Seal(l, hub, wire.ForLease)
	check(t, err)
	check(t, j.AdoptLease(raw, l))
}

// stranger is a sale like another one, of another voucher.
func stranger(like office.Voucher) voucher.Redemption {
	code, _ := voucher.ParseCode(like.Code)
	code.Body.Serial = voucher.Serial(rand.Uint64())
	return voucher.Redemption{Voucher: code.Body, Sight: code.Sight(), Bill: 58_00, Order: "20231211-0000001"}
}

// quickFolder is a folder in memory where there is one: to write 100,000 records one by one on a disk takes minutes.
func quickFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "hexiao-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// move copies the files of a folder into another, to the disk, and takes them away.
func move(from, to string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), raw, 0o600); err != nil {
			return err
		}
	}
	return os.RemoveAll(from)
}
