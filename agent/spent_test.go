package agent_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// What was used elsewhere before an outage is refused during it, in words that fit; while the hub answers, its word alone
// counts.
func TestAVoucherUsedElsewhereBeforeTheOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		var n wire.Numbers
		n.Add(1)
		raw, err := n.Bytes()
		if err == nil {
			err = b.journal.AdoptSpent(wire.SpentBody{Campaign: "lushan", To: 7, At: time.Now().UnixMilli(), Add: raw})
		}
		if err != nil {
			t.Fatal(err)
		}
		a := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1)})
		if a.Answer != voucher.Refused || a.Reason != voucher.AlreadyRedeemed || !strings.Contains(a.Message.Zh, "别处") {
			t.Errorf("%+v", a)
		}
		b.Line(true, time.Now(), voucher.Text{})
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		time.Sleep(patience)
		if a := got(); a.Reason != voucher.AlreadyRedeemed || !strings.Contains(a.Message.En, "another till") {
			t.Errorf("a hub that keeps silent: %+v", a)
		}
		b.answer() // the till took it back
		got = b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		b.answer()
		if a := got(); a.Answer != voucher.Final {
			t.Errorf("the hub says otherwise: %+v", a)
		}
	})
}

// The hub redeems a sale, its word is lost, and the set of used vouchers that comes down next has that very sale in it: it is
// taken back, and nobody says that the voucher was used elsewhere.
func TestASaleIsNotTakenForAnotherTills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, true)
		got := b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		var n wire.Numbers
		n.Add(1)
		raw, err := n.Bytes()
		if err == nil {
			err = b.journal.AdoptSpent(wire.SpentBody{Campaign: "lushan", To: 7, At: time.Now().UnixMilli(), Add: raw})
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(patience)
		if a := got(); a.Answer != voucher.Refused || a.Reason != voucher.HubSilent {
			t.Errorf("%+v", a)
		}
		b.answer()
		got = b.later(desk.Sale{Bill: 58_00, Code: code(1)})
		b.answer()
		if a := got(); a.Answer != voucher.Final {
			t.Errorf("asked again: %+v", a)
		}
	})
}
