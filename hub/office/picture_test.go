package office_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/hub/cashout"
	"hexiao/hub/office"
)

func TestAPictureHoldsWhatAPersonMustSee(t *testing.T) {
	stream := append(crook(), row("void", "A039", "2026-12-12T11:20:00+08:00"), row("redeem", "B001", "2026-12-12T11:21:00+08:00", "merchant", `"M2"`))
	shop := cashout.Shop{Merchant: "M1", Town: "Guling", Place: cashout.Place{Lat: 29.551, Lon: 115.981}, Open: 12, Close: 20}
	found := map[string]*office.Picture{"M1": {}, "M2": {}, "M3": {}}
	r := office.Replay{Stream: strings.NewReader(strings.Join(stream, "\n")), Shops: []cashout.Shop{shop}, Alerts: io.Discard, Gather: found, Now: time.Now}
	if _, err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	crook, honest, nobody := found["M1"], found["M2"], found["M3"]
	if len(crook.Rows) != 40 || len(honest.Rows) != 40 || crook.Shop != shop || crook.High < crook.Cut || crook.Why == nil || crook.Until == 0 {
		t.Fatalf("%d and %d rows, %+v", len(crook.Rows), len(honest.Rows), crook.Why)
	}
	suspected := 0
	for i, row := range crook.Rows {
		if row.Suspected {
			suspected++
		}
		if want := i == 39; (row.Voided != 0) != want || row.Threshold != 5000 || row.Event.Voucher == "" {
			t.Errorf("row %d: %+v", i, row)
		}
		if i > 5 && !slices.Contains(row.Signals, cashout.Threshold) {
			t.Errorf("row %d is at its threshold, and speaks by %v", i, row.Signals)
		}
	}
	if suspected < 30 || crook.Rows[0].Suspected {
		t.Errorf("%d of the crook's rows are suspected, the first of them: %t", suspected, crook.Rows[0].Suspected)
	}
	for _, row := range honest.Rows {
		if row.Suspected {
			t.Errorf("%s of the honest shop is suspected: %v", row.Event.Voucher, row.Signals)
		}
	}
	if crook.PeerHours[11] != 40 || honest.PeerHours[11] != 40 { // each other's
		t.Errorf("peers' hours %v and %v", crook.PeerHours, honest.PeerHours)
	}
	if nobody.Why != nil || len(nobody.Rows) != 0 || nobody.Cut == 0 {
		t.Errorf("%+v", nobody)
	}
}
