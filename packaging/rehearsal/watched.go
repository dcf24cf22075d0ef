package rehearsal

import (
	"maps"
	"slices"

	"hexiao/hub/book"
	"hexiao/hub/cashout"
	"hexiao/hub/ledger"
	room "hexiao/hub/office"
	"hexiao/hub/voucher"
)

// watched folds the book into what the cash-out detector of a hub sees, and checks that it is what happened: the redemptions
// that stand at the end are those that the fund pays for, each once.
func (w *world) watched() {
	if w.found != nil {
		return
	}
	t := w.audit.tally
	standing := map[string]voucher.RedemptionID{}
	var sum voucher.Fen
	alerted := map[voucher.MerchantID]bool{}
	detector := cashout.New(cashout.DefaultRules(), nil)
	events := room.NewEvents(detector.Declare, func(s *room.Sight) {
		switch s.Kind {
		case cashout.Redeem:
			if was, stands := standing[s.Voucher]; stands {
				w.fail("G3", "voucher %s is used by %s, and by %s before that was undone", s.Voucher, s.Redemption, was)
			}
			standing[s.Voucher] = s.Redemption
			sum += s.Face
		case cashout.Void:
			if standing[s.Voucher] != s.Redemption {
				w.fail("G3", "voucher %s was used by %s, and %s is undone", s.Voucher, standing[s.Voucher], s.Redemption)
			}
			delete(standing, s.Voucher)
			sum -= s.Face
		}
		e := s.Event
		a, fault := detector.Observe(&e)
		if a != nil && a.Level == cashout.LevelAlert {
			alerted[voucher.MerchantID(a.Merchant)] = true
		}
		if fault.Skipped() {
			w.fail("G3", "the detector left out an event about voucher %s: %s", s.Voucher, fault)
		}
	})
	err := w.hub.book.Read(background, 0, func(e book.Entry) error {
		entry, err := ledger.DecodeEntry(e.Body)
		if err == nil {
			err = events.Add(e.At, &entry)
		}
		return err
	})
	if err != nil {
		w.fail("G6", "what the cash-out detector sees: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(standing)) {
		id := standing[name]
		serial, _ := voucher.ParseSerial(name)
		if p := t.vouchers[serial]; p == nil || (!p.used || p.by != id) && !t.ruledFor(id) {
			w.fail("G3", "the cash-out detector sees voucher %s used by %s, and the book has %+v", name, id, p)
		}
	}
	w.compare(alerted, standing)
	if t.campaign != nil && t.campaign.StockAt == voucher.AtClaim && sum != t.redeemed {
		w.fail("G13", "the cash-out detector sees %s yuan redeemed, the book has %s", sum, t.redeemed)
	}
}

// ruledFor tells whether persons have decided to pay a sale, as they may also for a voucher that another had used.
func (t *tally) ruledFor(id voucher.RedemptionID) bool {
	for _, m := range t.cases {
		if m != nil && m.Record == id && m.ruling != nil && m.ruling.Verdict == voucher.Pay {
			return true
		}
	}
	return false
}

// compare counts who was found.
func (w *world) compare(alerted map[voucher.MerchantID]bool, standing map[string]voucher.RedemptionID) {
	w.cashout = Found{Owners: len(w.scene.owners)}
	for _, m := range w.scene.merchants {
		switch owner := slices.Contains(w.scene.owners, m.Code); {
		case owner && alerted[m.Code]:
			w.cashout.Found++
		case alerted[m.Code]:
			w.cashout.Accused++
		}
	}
	for i := range w.scene.visits {
		v := &w.scene.visits[i]
		if !v.owner {
			continue
		}
		at := w.audit.tally.terminals[standing[v.note.code.Body.Serial.String()].Terminal]
		if at != nil && at.merchant == w.scene.seats[v.seat].merchant {
			w.cashout.False++
		}
	}
}
