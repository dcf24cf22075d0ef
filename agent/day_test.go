package agent_test

import (
	"reflect"
	"testing"
	"testing/synctest"

	"hexiao/agent/desk"
	"hexiao/hub/voucher"
)

// TestASaleIsFoundAsTheDaysListHasIt: slips are made of what one redemption is now, not of what it was.
func TestASaleIsFoundAsTheDaysListHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ready(t, false)
		sold := b.Redeem(t.Context(), desk.Sale{Bill: 58_00, Code: code(1), Order: "A-1"})
		if sold.Answer != voucher.Provisional {
			t.Fatalf("the sale is %s", brief(sold))
		}
		id, err := voucher.ParseRedemptionID(sold.Redemption)
		if err != nil {
			t.Fatal(err)
		}
		found := func(state string) {
			t.Helper()
			line, there, err := b.Sale(t.Context(), id)
			day, dayErr := b.Day(t.Context(), "")
			if err != nil || dayErr != nil || !there || line.State != state || len(day) != 1 || !reflect.DeepEqual(line, day[0]) {
				t.Errorf("%+v %v %v; the list has %+v %v", line, there, err, day, dayErr)
			}
		}
		found("provisional")
		b.Void(t.Context(), id)
		found("voided")
		id.Number += 7
		if line, there, err := b.Sale(t.Context(), id); there || err != nil {
			t.Errorf("a sale that never was: %+v %v", line, err)
		}
	})
}
