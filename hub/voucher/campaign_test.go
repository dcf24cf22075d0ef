package voucher_test

import (
	"strings"
	"testing"
	"time"

	"hexiao/hub/voucher"
)

func TestCheckNamesThePlace(t *testing.T) {
	if p := campaign().Check(); len(p) != 0 {
		t.Fatalf("a good campaign: %v", p)
	}
	for _, c := range []struct {
		name, path string
		change     func(*voucher.Campaign)
	}{
		{"no id", "id", func(c *voucher.Campaign) { c.ID = "" }},
		{"number 0", "number", func(c *voucher.Campaign) { c.Number = 0 }},
		{"a name in one language", "name", func(c *voucher.Campaign) { c.Name.En = "" }},
		{"an area code of five digits", "area.code", func(c *voucher.Campaign) { c.Area.Code = "41042" }},
		{"a negative budget", "budget_yuan", func(c *voucher.Campaign) { c.Budget = -1 }},
		{"stock drawn at the full moon", "stock_at", func(c *voucher.Campaign) { c.StockAt = "moon" }},
		{"a reserve though the merchant bears", "offline.reserve_yuan", func(c *voucher.Campaign) { c.Offline.Reserve = 1 }},
		{"nobody bears the loss", "offline.bears", func(c *voucher.Campaign) { c.Offline.Bears = "" }},
		{"a lease of no time", "offline.lease_age", func(c *voucher.Campaign) { c.Offline.Age = 0 }},
		{"no patience", "offline.patience", func(c *voucher.Campaign) { c.Offline.Patience = 0 }},
		{"no phases", "phase", func(c *voucher.Campaign) { c.Phases = nil }},
		{"phases that overlap by a second", "phase[2].start", func(c *voucher.Campaign) { c.Phases[1].Start = c.Phases[0].End.Add(-time.Second) }},
		{"a phase that ends before it starts", "phase[1].end", func(c *voucher.Campaign) { c.Phases[0].End = c.Phases[0].Start }},
		{"phases numbered from 0", "phase[1].no", func(c *voucher.Campaign) { c.Phases[0].No = 0 }},
		{"a negative phase sum", "phase[1].budget_yuan", func(c *voucher.Campaign) { c.Phases[0].Budget = -1 }},
		{"phases above the budget", "budget_yuan", func(c *voucher.Campaign) { c.Phases[0].Budget = 70_000_01 }},
		{"stock above a phase's sum", "phase[1].budget_yuan", func(c *voucher.Campaign) { c.Tiers[0].Stock[0] = 7000 }},
		{"a negative face value", "tier[1].face_yuan", func(c *voucher.Campaign) { c.Tiers[0].Face = -1 }},
		{"a threshold below the face value", "tier[1].threshold_yuan", func(c *voucher.Campaign) { c.Tiers[0].Threshold = 9_99 }},
		{"an unknown trade", "tier[2].trade", func(c *voucher.Campaign) { c.Tiers[1].Trade = "casino" }},
		{"a tier's number twice", "tier[2].no", func(c *voucher.Campaign) { c.Tiers[1].No = 1 }},
		{"a tier's id twice", "tier[2].id", func(c *voucher.Campaign) { c.Tiers[1].ID = c.Tiers[0].ID }},
		{"stock for one phase only", "tier[1].stock", func(c *voucher.Campaign) { c.Tiers[0].Stock = c.Tiers[0].Stock[:1] }},
		{"a payment prefix that is no number", "payment_code[1].from", func(c *voucher.Campaign) {
			c.Payments = []voucher.PaymentScheme{{Name: "x", Title: voucher.Text{Zh: "某", En: "x"}, From: "a", To: "b", Shortest: 16, Longest: 18}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := campaign()
			c.change(bad)
			for _, p := range bad.Check() {
				if p.Path == c.path && p.Text.Zh != "" && p.Text.En != "" {
					return
				}
			}
			t.Fatalf("%s is not named: %v", c.path, bad.Check())
		})
	}
}

func TestDefaultPaymentsAreInOrder(t *testing.T) {
	c := campaign()
	c.Payments = voucher.DefaultPayments()
	if p := c.Check(); len(p) != 0 {
		t.Fatal(p)
	}
	for _, p := range c.Payments {
		if strings.HasPrefix("HX1", strings.ToUpper(p.Before)) && p.Before != "" {
			t.Fatalf("%s could swallow voucher codes", p.Name)
		}
	}
}

func TestMovedKeepsLengthsAndGaps(t *testing.T) {
	c := campaign()
	at := start.Add(1000 * time.Hour)
	moved := c.Moved(at)
	if !moved.Phases[0].Start.Equal(at) || moved.Phases[1].Start.Sub(moved.Phases[0].Start) != 14*24*time.Hour || moved.Phases[1].End.Sub(moved.Phases[1].Start) != 7*24*time.Hour {
		t.Fatal(moved.Phases)
	}
	if !c.Phases[0].Start.Equal(start) {
		t.Fatal("the campaign it was called on has moved too")
	}
}

func TestRedemptionIDReadsBack(t *testing.T) {
	id := voucher.RedemptionID{Terminal: "T000001", Epoch: 1, Number: 42}
	if back, err := voucher.ParseRedemptionID(id.String()); back != id || err != nil {
		t.Fatal(back, err)
	}
	for _, bad := range []string{"", "T000001", "T000001-0-1", "T000001-1-0", "-1-1", "T-1-2-3", "T-x-1"} {
		if _, err := voucher.ParseRedemptionID(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
