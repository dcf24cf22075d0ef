package voucher_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

func TestLeaseCover(t *testing.T) {
	tier := voucher.Tier{No: 1, Face: 10_00}
	lease := voucher.Lease{Serial: 1, Until: start.Add(time.Hour).UnixMilli(), Count: 3, Sum: 25_00, Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: 2}}}
	for _, c := range []struct {
		name  string
		lease voucher.Lease
		used  voucher.Use
		stock voucher.StockAt
		at    time.Time
		want  voucher.Reason
	}{
		{"unused", lease, voucher.Use{}, voucher.AtClaim, start, voucher.OK},
		{"no lease at all", voucher.Lease{}, voucher.Use{}, voucher.AtClaim, start, voucher.OfflineLimit},
		{"the count is used up", lease, voucher.Use{Count: 3}, voucher.AtClaim, start, voucher.OfflineLimit},
		{"the sum would be exceeded by one fen", lease, voucher.Use{Sum: 15_01}, voucher.AtClaim, start, voucher.OfflineLimit},
		{"the sum is just reached", lease, voucher.Use{Sum: 15_00}, voucher.AtClaim, start, voucher.OK},
		{"the last instant", lease, voucher.Use{}, voucher.AtClaim, start.Add(time.Hour - time.Millisecond), voucher.OK},
		{"the lease has ended", lease, voucher.Use{}, voucher.AtClaim, start.Add(time.Hour), voucher.OfflineLimit},
		{"a face value above the largest", voucher.Lease{Serial: 1, Until: lease.Until, Count: 3, Sum: 25_00, Face: 9_99}, voucher.Use{}, voucher.AtClaim, start, voucher.OfflineLimit},
		{"the pool's last unit", lease, voucher.Use{Count: 1, Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: 1}}}, voucher.AtRedemption, start, voucher.OK},
		{"the pool's units are used up", lease, voucher.Use{Count: 2, Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: 2}}}, voucher.AtRedemption, start, voucher.OutOfStock},
		{"units do not matter with stock at claim", lease, voucher.Use{Count: 2, Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: 2}}}, voucher.AtClaim, start, voucher.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.lease.Cover(c.used, 1, tier, c.stock, c.at); got != c.want {
				t.Fatalf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestALeaseIsNeverExceeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lease := voucher.Lease{Serial: 1, Until: start.Add(time.Hour).UnixMilli(),
			Count: rapid.Uint64Range(0, 20).Draw(t, "count"), Sum: voucher.Fen(rapid.Int64Range(0, 300_00).Draw(t, "sum")),
			Pools: []voucher.PoolUnits{{Phase: 1, Tier: 1, Units: rapid.Uint64Range(0, 9).Draw(t, "one")}, {Phase: 1, Tier: 2, Units: rapid.Uint64Range(0, 9).Draw(t, "two")}}}
		var used voucher.Use
		for range rapid.IntRange(1, 60).Draw(t, "scans") {
			tier := rapid.SampledFrom(campaign().Tiers).Draw(t, "tier")
			before := used
			if lease.Cover(used, 1, tier, voucher.AtRedemption, start) == voucher.OK {
				used = used.With(1, tier.No, tier.Face)
			}
			if used.Count > lease.Count || used.Sum > lease.Sum || voucher.Units(used.Pools, 1, tier.No) > voucher.Units(lease.Pools, 1, tier.No) {
				t.Fatalf("used %+v of %+v", used, lease)
			}
			if before.Count+1 == used.Count && voucher.Units(before.Pools, 1, tier.No)+1 != voucher.Units(used.Pools, 1, tier.No) {
				t.Fatal("With changed the use it was called on")
			}
		}
		if left, _ := lease.Left(used, start); used.Count < lease.Count && used.Sum < lease.Sum && left != lease.Count-used.Count {
			t.Fatalf("left %d of %d used %d", left, lease.Count, used.Count)
		}
		if left, sum := lease.Left(used, start.Add(2*time.Hour)); left != 0 || sum != 0 {
			t.Fatal("an ended lease has something left")
		}
	})
}
