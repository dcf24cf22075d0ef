package cashout

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"hexiao/hub/voucher"
)

func sortEvents(all []Event) {
	slices.SortStableFunc(all, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Arrived, b.Arrived), cmp.Compare(a.Kind, b.Kind))
	})
}

// stories are shops that a signal is for, and their honest twins. At least and at most are what the signal must bring.
var stories = []struct {
	name     string
	signal   Signal
	honest   bool // the merchant must stay below the cut
	declared bool
	tell     func(s *story) []sale
}{
	{"four accounts pay for forty people on many days", Payer, false, false, func(s *story) (all []sale) {
		for i, at := range s.times(40) {
			all = append(all, sale{shop: "M03", at: at, payer: fmt.Sprint("owner", i%4)})
		}
		return all
	}},
	{"a company pays for its canteen", Payer, true, false, func(s *story) (all []sale) {
		for d := range 10 {
			for i := range 8 {
				all = append(all, sale{shop: "M03", at: monday + int64(d)*day + 12*hour + int64(i)*40, payer: "company"})
			}
		}
		return all
	}},
	{"hosts of feasts pay for their tables", Payer, true, false, func(s *story) (all []sale) {
		for d := range 5 {
			for i := range 6 {
				all = append(all, sale{shop: "M03", at: monday + int64(d*2)*day + 18*hour + int64(i)*400, payer: fmt.Sprint("host", d)})
			}
		}
		return all
	}},
	{"accounts pay for people at three shops", Ring, false, false, func(s *story) (all []sale) {
		for i, at := range s.times(60) {
			all = append(all, sale{shop: fmt.Sprintf("M%02d", 3+i%3), at: at, payer: fmt.Sprint("ring", i%5)})
		}
		return all
	}},
	{"three phones claim in haste and come again and again", Phone, false, false, func(s *story) (all []sale) {
		for i, at := range s.times(30) {
			all = append(all, sale{shop: "M03", at: at, device: fmt.Sprint("farm", i%3), claimed: at - (monday - hour + int64(i/3*20+i%3*700))})
		}
		return all
	}},
	{"a village cadre claims for twenty and takes them along", Phone, true, false, func(s *story) (all []sale) {
		for i := range 20 {
			at := monday + 2*day + 9*hour + int64(i/7)*day + int64(i%7)*150
			all = append(all, sale{shop: "M03", at: at, device: "cadre", claimed: at - (monday + 10*hour + int64(i)*110)})
		}
		return all
	}},
	{"many phones claim at one spot and are spent here", ClaimSpot, false, false, func(s *story) (all []sale) {
		spot := far(2.3)
		for i, at := range s.times(40) {
			all = append(all, sale{shop: "M03", at: at, from: Place{spot.Lat + float64(i%3)*1e-5, spot.Lon}})
		}
		return all
	}},
	{"bills one upon the other at the threshold", Burst, false, false, func(s *story) (all []sale) {
		for d := range 4 {
			for i := range 15 {
				all = append(all, sale{shop: "M03", at: monday + int64(d*3)*day + 15*hour + int64(i)*25, bill: 5000})
			}
		}
		return all
	}},
	{"nearly every bill at its threshold, in every tier", Threshold, false, false, func(s *story) (all []sale) {
		for i, at := range s.times(150) {
			tier := []string{"supermarket-10", "supermarket-20", "supermarket-50"}[i%3]
			all = append(all, sale{shop: "M03", at: at, tier: tier, bill: thresholds[tier] + voucher.Fen(i%4*20)})
		}
		return all
	}},
	{"a set at the threshold of one tier", Threshold, true, false, func(s *story) (all []sale) {
		for i, at := range s.times(120) {
			if i%2 == 0 {
				all = append(all, sale{shop: "M03", at: at, tier: "supermarket-20", bill: 10000})
			} else {
				all = append(all, sale{shop: "M03", at: at})
			}
		}
		return all
	}},
	{"one bill rung up as four", Split, false, false, func(s *story) (all []sale) {
		for d, at := range s.times(12) {
			for i := range int64(4) {
				all = append(all, sale{shop: "M03", at: at + i*35, bill: 5000 + voucher.Fen(i*20), payer: fmt.Sprint("customer", d)})
			}
		}
		return all
	}},
	{"after the declared hours, when all are closed", Hours, false, true, func(s *story) (all []sale) {
		for i := range 30 {
			all = append(all, sale{shop: "M03", at: monday + int64(i/3)*day + 25*hour + int64(i%3*1700)})
		}
		return all
	}},
	{"a feast that lasted until three", Hours, true, true, func(s *story) (all []sale) {
		for i := range int64(8) {
			all = append(all, sale{shop: "M03", at: monday + 5*day + 25*hour + i*i*160})
		}
		return all
	}},
	{"a shop that declared an hour too little", Hours, true, true, func(s *story) (all []sale) {
		s.shop("M03").Close = 19
		return nil
	}},
	{"a terminal that works five kilometres off on some days", PlaceOf, false, true, func(s *story) (all []sale) {
		for _, at := range s.times(20) {
			all = append(all, sale{shop: "M03", at: at, fix: far(5)})
		}
		return all
	}},
	{"a shop with a wrong address", PlaceOf, true, true, func(s *story) []sale {
		real := s.shop("M03").Place
		s.fixes = map[string]Place{"M03": real}
		s.shop("M03").Place = far(4)
		return nil
	}},
	{"a van at five markets", PlaceOf, true, true, func(s *story) (all []sale) {
		for _, at := range s.times(120) {
			all = append(all, sale{shop: "M03", at: at, fix: far(2 + float64(at/day%5)), till: "van"})
		}
		return all
	}},
	{"claimed at the counter and used at once", Fresh, false, false, func(s *story) (all []sale) {
		for _, at := range s.times(60) {
			all = append(all, sale{shop: "M03", at: at, claimed: 90})
		}
		return all
	}},
	{"one person at two far shops within minutes", Travel, false, true, func(s *story) (all []sale) {
		s.shops = append(s.shops, Shop{Merchant: "FAR", Trade: voucher.Supermarket, Town: "T2", Place: far(30), Open: 7, Close: 21})
		for i, at := range s.times(30) {
			who := fmt.Sprint("tourist", i)
			all = append(all, sale{shop: "FAR", at: at, person: who}, sale{shop: "M03", at: at + 300, person: who})
		}
		return all
	}},
	{"the same bill over and over", Repeat, false, false, func(s *story) (all []sale) {
		for _, at := range s.times(80) {
			all = append(all, sale{shop: "M03", at: at, bill: 6843})
		}
		return all
	}},
	{"one every twenty minutes", Pace, false, false, func(s *story) (all []sale) {
		s.shops = append(s.shops, Shop{Merchant: "NEW", Trade: voucher.Supermarket, Town: "T1", Place: s.home(), Open: 7, Close: 21})
		for d := range 6 {
			for i := range 20 {
				all = append(all, sale{shop: "NEW", at: monday + int64(d)*day + 9*hour + int64(i)*1200})
			}
		}
		return all
	}},
	{"only the dearest vouchers", HighTier, false, false, func(s *story) (all []sale) {
		for _, at := range s.times(150) {
			all = append(all, sale{shop: "M03", at: at, tier: "supermarket-50"})
		}
		return all
	}},
}

// Each signal speaks against the shop it is for, and leaves its honest twin below the cut.
func TestSignalsAndTheirHonestTwins(t *testing.T) {
	for _, c := range stories {
		t.Run(c.signal.String()+": "+c.name, func(t *testing.T) {
			s := newStory(3)
			d := s.tell(t, c.declared, c.tell(s)...)
			m := d.known("M03")
			if m == nil || d.known("NEW") != nil {
				m = d.known("NEW")
			}
			if c.honest {
				if m.high >= d.rules.Cut {
					t.Errorf("score %.1f, the cut is %.1f: %v", m.high, d.rules.Cut, d.Explain(m.name).Parts)
				}
				return
			}
			if m.part[c.signal] < 1 {
				t.Errorf("brings %.2f: %v", m.part[c.signal], d.Explain(m.name))
			}
			if p := d.Explain(m.name).Parts; !slices.ContainsFunc(p, func(p Part) bool { return p.Signal == c.signal && len(p.Vouchers) > 0 && len(p.Marks) > 0 }) {
				t.Errorf("is not explained: %v", p)
			}
		})
	}
}

// The other shops of a story are honest, and none of them is told.
func TestOrdinaryShopsAreNotTold(t *testing.T) {
	for seed := range uint64(10) {
		for _, declared := range []bool{false, true} {
			s := newStory(seed)
			d := s.tell(t, declared)
			for _, m := range d.order {
				if m.redemptions > 0 && m.high >= d.rules.Cut {
					t.Errorf("seed %d: %s has %.1f: %v", seed, m.name, m.high, d.Explain(m.name).Parts)
				}
			}
		}
	}
}
