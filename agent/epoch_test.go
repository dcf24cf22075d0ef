package agent_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// After the journal has begun anew, the same numbers name other sales: none is taken for the other.
func TestSalesOfAnEarlierEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1), Order: "A-1"})
		b.answer()
		old := got()
		if old.Answer != voucher.Final {
			t.Fatalf("%+v", old)
		}
		if err := b.journal.Renew(wire.OrderBody{Terminal: terminal, Epoch: 2}); err != nil {
			t.Fatal(err)
		}
		b.hub = newHub()
		b.hub.epoch = 2
		got = b.later(desk.Sale{Bill: 60_00, Code: code(2)})
		b.answer()
		fresh := got()
		if fresh.Answer != voucher.Final || fresh.Redemption == old.Redemption {
			t.Fatalf("%+v", fresh)
		}

		id, err := voucher.ParseRedemptionID(old.Redemption)
		if err != nil {
			t.Fatal(err)
		}
		a := b.Void(t.Context(), id)
		if a.Answer != voucher.Refused || !strings.Contains(a.Message.Zh, "重新编号以前") || !strings.Contains(a.Message.En, "begun anew") {
			t.Errorf("void of the old one: %+v", a)
		}
		id.Number = 99 // of which nothing is kept any more
		if a := b.Void(t.Context(), id); !strings.Contains(a.Message.Zh, "重新编号以前") {
			t.Errorf("void of one that is not kept: %+v", a)
		}
		id.Epoch = 3
		if a := b.Void(t.Context(), id); strings.Contains(a.Message.Zh, "重新编号以前") {
			t.Errorf("void of one that never was: %+v", a)
		}
		if s, _ := b.journal.Sale(1); s.State() != "final" || s.Redemption.Bill != 60_00 {
			t.Errorf("the new one is %+v", s)
		}
		lines, err := b.Day(t.Context(), "")
		if err != nil || len(lines) != 2 || lines[0].Redemption != old.Redemption || lines[0].State != "final" || lines[1].Redemption != fresh.Redemption {
			t.Errorf("the day: %+v, %v", lines, err)
		}
	})
}
