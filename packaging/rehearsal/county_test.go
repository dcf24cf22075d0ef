package rehearsal

import (
	"os"
	"reflect"
	"testing"

	"hexiao/hub/registry"
	"hexiao/hub/voucher"
)

// The county that is played is the one whose campaign ships with the hub.
func TestTheCountysCampaignIsTheOneThatShips(t *testing.T) {
	data, err := os.ReadFile("../hexiao-hub/lushan.toml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := registry.ReadCampaign("lushan.toml", data)
	if err != nil {
		t.Fatal(err)
	}
	got := countyCampaign(14)
	for i := range got.Phases {
		if !got.Phases[i].Start.Equal(want.Phases[i].Start) || !got.Phases[i].End.Equal(want.Phases[i].End) {
			t.Errorf("phase %d is from %s to %s, want %s to %s", i+1, got.Phases[i].Start, got.Phases[i].End, want.Phases[i].Start, want.Phases[i].End)
		}
		got.Phases[i].Start, got.Phases[i].End = want.Phases[i].Start, want.Phases[i].End
	}
	want.Payments = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it plays\n%+v\nand ships\n%+v", got, want)
	}
}

// Two days of a small county, with a bad line, crashes, copies and a cheat: each fen of the budget is accounted for. `make
// prove` plays all of it with everything that can go wrong.
func TestASmallCountyAddsUp(t *testing.T) {
	mix, err := ParseMix("cut,partition,halfopen,tillkill,tillpower,clock,clone,restore,cheat,suspend,decide")
	if err != nil {
		t.Fatal(err)
	}
	p := Play{Seed: 7, Faults: mix, Days: 2, Merchants: 12}
	r := Run(p)
	if r.Violation != nil {
		t.Fatalf("%s: %s", p.replay(), r.Violation)
	}
	k := r.County
	if k == nil || k.Budget != 1_000_000_00 || k.Redeemed+k.Unused+k.Open != k.Budget || k.Redeemed < k.Budget/10 || k.Open != 0 {
		t.Fatalf("%+v", k)
	}
	for _, pool := range k.Pools {
		if pool.Stock != pool.Redeemed+pool.Unused+pool.Other || pool.Phase > 2 || pool.Issued > pool.Stock || pool.Tier == voucher.TierID("") {
			t.Errorf("%+v", pool)
		}
	}
}

// Shops of a quiet county that turn vouchers into cash are found, and honest ones are left alone.
func TestTheDetectorFindsTheCountysOwners(t *testing.T) {
	none, err := ParseMix("none")
	if err != nil {
		t.Fatal(err)
	}
	p := Play{Seed: 3, Faults: none, Days: 2, Merchants: 60, Owners: true}
	r := Run(p)
	if r.Violation != nil {
		t.Fatalf("%s: %s", p.replay(), r.Violation)
	}
	if c := r.County.Cashout; c.Owners == 0 || c.False < 20 || c.Found*3 < c.Owners*2 || c.Accused > 1 {
		t.Fatalf("%+v", c)
	}
}
