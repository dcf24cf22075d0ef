package packaging

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hexiao/hub/voucher"
	"hexiao/packaging/stage"
)

// smallDisk mounts a disk of so many bytes on a folder, until the test ends.
func smallDisk(t *testing.T, folder, bytes string) {
	t.Helper()
	check(t, os.MkdirAll(folder, 0o755))
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size="+bytes); err != nil {
		if os.Getenv("CI") != "" && os.Getuid() == 0 && !errors.Is(err, syscall.EPERM) {
			t.Fatalf("mount a small disk: %v", err)
		}
		t.Skipf("SKIPPED: a disk of %s cannot be mounted here (%v)", bytes, err)
	}
	t.Cleanup(func() { syscall.Unmount(folder, 0) })
}

// TestAHubWithAFullDiskEndsAndLosesNothing puts a real hub's folder on a disk of 16 MiB, fills it, and issues vouchers until
// the book has no room. The hub must say so and end, tills must go on offline, and when there is room and the hub is
// started again nothing may be missing.
func TestAHubWithAFullDiskEndsAndLosesNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := &stage.Stage{Programs: "../build/bin", Folder: t.TempDir()}
	hub, err := s.NewHub()
	check(t, err)
	smallDisk(t, hub.Data(), "16m")
	check(t, hub.Again())
	t.Cleanup(func() { hub.Kill() })
	check(t, hub.Begin(ctx, "testdata/large.toml", "hexiao-hub/merchants-sample.csv"))
	issued, err := hub.Issue(ctx, "supermarket-10", 2_000, "")
	check(t, err)
	notes := newCashbook()
	c := newShop(ctx, t, s, hub, notes, "till", "M0001")
	home := serve(ctx, t, c, issued)

	until(ctx, t, "a sale", func() bool { return notes.answers(voucher.Final) > 0 })
	ballast := filepath.Join(hub.Data(), "ballast")
	fill(t, ballast)
	for range 50 { // a segment of 1 MiB and the next one have room for about 60,000 vouchers
		if _, err = hub.Issue(ctx, "supermarket-10", 5_000, ""); err != nil {
			break
		}
	}
	if err == nil {
		t.Fatal("the hub issues on a full disk as if there were no end to it")
	}
	select {
	case <-hub.Ended():
	case <-ctx.Done():
		t.Fatal("the hub goes on without its book")
	}
	if err := hub.Stop(); err == nil {
		t.Error("the hub ended as if all were well")
	}
	raw, err := os.ReadFile(filepath.Join(s.Folder, "hub.log"))
	check(t, err)
	said := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if last := said[len(said)-1]; !strings.HasPrefix(last, "hexiao-hub: ") || !strings.Contains(last, "a full disk?") || !strings.Contains(last, "磁盘已满") || !strings.Contains(last, hub.Data()) {
		t.Errorf("the hub's last words: %s", last)
	}
	offline := notes.answers(voucher.Provisional)
	until(ctx, t, "a sale without the hub", func() bool { return notes.answers(voucher.Provisional) > offline })

	check(t, os.Remove(ballast))
	check(t, hub.Again())
	final := notes.answers(voucher.Final)
	until(ctx, t, "a sale with the hub again", func() bool { return notes.answers(voucher.Final) > final })
	home()
	check(t, c.drained(ctx))
	v := notes.hold(ctx, t, hub)
	t.Logf("figures: hub with a full disk: %d acceptances shown %v, %d redeemed; %d lost, %d twice", v.shown, notes.count, v.redeemed, v.lost, v.twice)
}

// serve lets a cashier work at a shop until the function it gives is called.
func serve(ctx context.Context, t *testing.T, c *shop, vouchers []stage.Voucher) (home func()) {
	working := &clerk{shop: c, heap: &heap{unused: vouchers}, name: c.till.Name, rand: rand.New(rand.NewPCG(1, 1))}
	return background(ctx, func(ctx context.Context) error {
		err := working.work(ctx, 10*time.Millisecond)
		if err != nil {
			t.Error(err)
		}
		return err
	})
}
