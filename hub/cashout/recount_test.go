package cashout

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hexiao/hub/voucher"
)

// county makes a stream of many shops whose customers share accounts, phones and homes, with voids and outages in it.
func county(seed uint64, shops []Shop) (all []Event) {
	r := rand.New(rand.NewPCG(seed, 1))
	now := int64(1_765_500_000)
	for i := range 6000 {
		shop := shops[r.IntN(len(shops))]
		now += r.Int64N(60)
		e := Event{Kind: Redeem, Time: now, Arrived: now, Voucher: fmt.Sprintf("V%05d", i), Person: Hash(fmt.Sprint("p", i)), Device: Hash(fmt.Sprint("d", r.IntN(4000))), Payer: Hash(fmt.Sprint("y", r.IntN(1500))),
			Trade: voucher.Dining, Tier: "dining-10", Face: 1000, Claimed: now - r.Int64N(7200), ClaimAt: Place{29.5 + r.Float64()/10, 115.9 + r.Float64()/10}, Merchant: shop.Merchant, Town: fmt.Sprint("t", r.IntN(3)),
			Terminal: shop.Merchant + "-1", Bill: 5000 + voucher.Fen(r.IntN(4)*r.IntN(1500)), Fix: Place{shop.Place.Lat + float64(r.IntN(9)/8)*0.02, shop.Place.Lon}}
		e.Key = Hash(e.Voucher)
		if r.IntN(3) == 0 {
			e.Tier, e.Face, e.Bill = "dining-50", 5000, e.Bill*4
		}
		all = append(all, e)
		if r.IntN(30) == 0 { // rung up anew
			e.Kind, e.Time, e.Arrived = Void, now+20, now+20
			all = append(all, e)
			e.Kind, e.Time, e.Arrived = Redeem, now+40, now+40
			all = append(all, e)
			now += 40
		}
	}
	return all
}

func TestAMerchantsOwnRowsGiveTheSameCounts(t *testing.T) {
	shops := make([]Shop, 40)
	for i := range shops {
		shops[i] = Shop{Merchant: fmt.Sprintf("M%02d", i), Trade: voucher.Dining, Town: "t0", Place: Place{29.5 + float64(i)/400, 115.95}, Open: 8, Close: 20}
	}
	events := county(1, shops)
	d := New(DefaultRules(), shops)
	for i := range events {
		e := events[i]
		if _, fault := d.Observe(&e); fault.Skipped() {
			t.Fatal(fault)
		}
	}
	compared := map[Signal]int{}
	for i := range shops {
		name := shops[i].Merchant
		own := slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.Merchant != name })
		seen, counts := recounted(&shops[i], own)
		if whole := d.Explain(name); seen != whole.Seen || seen == 0 {
			t.Fatalf("%s: %d redemptions, %d in the whole stream", name, seen, whole.Seen)
		}
		for _, c := range counts {
			if want := d.marksOf(d.known(name), c.Signal); !slices.Equal(c.Marks, want) {
				t.Errorf("%s, %s: from its own rows %v, in the whole stream %v: a signal that looks at others is not ownSignals'", name, c.Signal, c.Marks, want)
			}
			compared[c.Signal] += len(c.Marks)
		}
	}
	for _, s := range []Signal{Fresh, HighTier, Threshold, PlaceOf} {
		if compared[s] == 0 {
			t.Errorf("%s was never compared", s)
		}
	}
}

// recounted is what all of a merchant's events give.
func recounted(shop *Shop, events []Event) (seen int, all []Counts) {
	n := 0
	Recount(DefaultRules(), shop, events, func(now int, counts func() []Counts) bool {
		if n++; n == len(events) {
			seen, all = now, counts()
		}
		return false
	})
	return seen, all
}

func TestRecountSaysWhatItCannotCount(t *testing.T) {
	if seen, counts := recounted(nil, nil); seen != 0 || counts != nil {
		t.Error(seen, counts)
	}
	e := Event{Kind: Redeem, Time: 1_765_500_000, Arrived: 1_765_500_000, Voucher: "V1", Key: Hash("V1"), Merchant: "M1", Tier: "a tier that the rules do not know", Face: 1000, Bill: 5000, Trade: voucher.Dining}
	_, counts := recounted(nil, []Event{e})
	var signals []Signal
	for _, c := range counts {
		signals = append(signals, c.Signal)
	}
	if !slices.Equal(signals, []Signal{Fresh, HighTier}) {
		t.Error(signals)
	}
}
