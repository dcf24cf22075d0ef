package voucher_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"hexiao/hub/voucher"
)

func laneFacts() voucher.Facts {
	f := facts()
	f.At = start.Add(-30 * 24 * time.Hour) // before the campaign: that is when tills are installed
	f.Bill, f.Till, f.Standing = 0, "T000001", voucher.StandingIssued
	f.Voucher = voucher.NewLane(1, 9, "T000001", f.At.Add(voucher.LaneLife), 77)
	return f
}

func TestJudgeALaneVoucher(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*voucher.Facts)
		want   voucher.Reason
	}{
		{"before the campaign, without a bill", func(f *voucher.Facts) {}, voucher.OK},
		{"with a bill at hand", func(f *voucher.Facts) { f.Bill = 58_00 }, voucher.OK},
		{"in a shop of any trade", func(f *voucher.Facts) { f.Merchant.Trade = voucher.Fuel }, voucher.OK},
		{"outside the area, which is not what is tested", func(f *voucher.Facts) {
			f.Campaign.Area.Boundary = []voucher.Place{{Lat: 0, Lon: 0}, {Lat: 0, Lon: 1}, {Lat: 1, Lon: 0}}
			f.Place = &voucher.Place{Lat: 9, Lon: 9}
		}, voucher.OK},
		{"at a till that knows nothing of it", func(f *voucher.Facts) { f.Standing = voucher.StandingUnknown }, voucher.OK},
		{"a second before its end", func(f *voucher.Facts) { f.At = f.At.Add(voucher.LaneLife - time.Second) }, voucher.OK},
		{"at its end", func(f *voucher.Facts) { f.At = f.At.Add(voucher.LaneLife) }, voucher.Expired},
		{"at another till", func(f *voucher.Facts) { f.Till = "T000002" }, voucher.OtherTerminal},
		{"where nobody said who asks", func(f *voucher.Facts) { f.Till = "" }, voucher.OtherTerminal},
		{"used", func(f *voucher.Facts) { f.Standing = voucher.StandingRedeemed }, voucher.AlreadyRedeemed},
		{"never given out", func(f *voucher.Facts) { f.Standing = voucher.StandingAbsent }, voucher.UnknownVoucher},
		{"a signature that does not hold", func(f *voucher.Facts) { f.Genuine = false }, voucher.Forged},
		{"of another campaign", func(f *voucher.Facts) { f.Voucher.Campaign = 8 }, voucher.UnknownVoucher},
		{"at a frozen till", func(f *voucher.Facts) { f.Terminal = voucher.TerminalFrozen }, voucher.TerminalIsFrozen},
		{"at a revoked till", func(f *voucher.Facts) { f.Terminal = voucher.TerminalRevoked }, voucher.TerminalIsRevoked},
		{"in a shop that is suspended", func(f *voucher.Facts) { f.Merchant.Status = voucher.MerchantSuspended }, voucher.MerchantNotActive},
		{"the tier alone makes no lane voucher", func(f *voucher.Facts) { f.Voucher.Phase = 1 }, voucher.UnknownVoucher},
		{"nor does the phase", func(f *voucher.Facts) { f.Voucher.Tier = 1 }, voucher.UnknownVoucher},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := laneFacts()
			c.change(&f)
			if v := voucher.Judge(f); v.Reason != c.want || v.Face != 0 || v.Pay != 0 || v.Threshold != 0 {
				t.Errorf("%+v, want %s", v, c.want)
			}
		})
	}
	if v := voucher.Judge(laneFacts()); v.Tier.ID != voucher.LaneTierID || v.Phase.End.Sub(v.Phase.Start) != voucher.LaneLife {
		t.Errorf("%+v", v)
	}
}

func TestNoCampaignHasTheLanesTier(t *testing.T) {
	c := campaign()
	c.Tiers[0].No = voucher.LaneTier
	if len(c.Check()) == 0 {
		t.Error("tier 0 was let in")
	}
	c = campaign()
	c.Tiers[0].ID = voucher.LaneTierID
	if found := c.Check(); len(found) != 1 || found[0].Path != "tier[1].id" {
		t.Errorf("%v", found)
	}
}

func handover() voucher.Handover {
	return voucher.Handover{Technician: "王工", Note: "新装扫码枪", Version: "1.2", System: "linux/amd64",
		Fittings: []voucher.Fitting{{Kind: "scanner", Name: "左边", USB: "0C2E:0B61:A1", Connected: true}},
		Checks:   []voucher.Check{{Check: "disk", State: "ok"}}, Despite: []string{"printer"},
		Lane: voucher.RedemptionID{Terminal: "T000001", Epoch: 1, Number: 42}, Steps: []voucher.LaneTime{{Step: "scan", MS: 812}}}
}

func TestAHandoverThatIsNotWhole(t *testing.T) {
	if !handover().Whole() {
		t.Fatal("a good one is refused")
	}
	for name, change := range map[string]func(*voucher.Handover){
		"by nobody":              func(h *voucher.Handover) { h.Technician = "" },
		"by a space":             func(h *voucher.Handover) { h.Technician = " \u3000" },
		"a terminal's escape":    func(h *voucher.Handover) { h.Lane.Terminal = "T\x1b[2J" },
		"a terminal too long":    func(h *voucher.Handover) { h.Lane.Terminal = voucher.TerminalID(strings.Repeat("T", 49)) },
		"a time before it began": func(h *voucher.Handover) { h.Steps[0].MS = -1 },
		"of no redemption":       func(h *voucher.Handover) { h.Lane = voucher.RedemptionID{} },
		"an escape in the name":  func(h *voucher.Handover) { h.Technician = "a\x1b[2J" },
		"a line end in the note": func(h *voucher.Handover) { h.Note = "a\nb" },
		"text turned around":     func(h *voucher.Handover) { h.Note = "a\u202eb" },
		"no UTF-8":               func(h *voucher.Handover) { h.Version = "\xff" },
		"a name too long":        func(h *voucher.Handover) { h.Technician = strings.Repeat("王", voucher.MaxTechnician+1) },
		"too many devices":       func(h *voucher.Handover) { h.Fittings = make([]voucher.Fitting, 33) },
		"a device's escape":      func(h *voucher.Handover) { h.Fittings[0].USB = "\x00" },
		"a check's escape":       func(h *voucher.Handover) { h.Checks[0].State = "\x07" },
		"a step's":               func(h *voucher.Handover) { h.Steps[0].Step = "\x7f" },
		"despite":                func(h *voucher.Handover) { h.Despite[0] = "\r" },
	} {
		h := handover()
		if change(&h); h.Whole() {
			t.Errorf("%s is let in", name)
		}
	}
}

// Whatever people type, what is made plain of it is whole, and plain text stays as it is.
func TestAnyHandoverIsMadePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		h := handover()
		h.Technician, h.Note, h.Version, h.Fittings[0].Name, h.Checks[0].Check, h.Despite[0], h.Steps[0].Step = "a"+text, text, text, text, text, text, text
		p := h.Plain()
		if !p.Whole() || !utf8.ValidString(p.Note) {
			t.Fatalf("%+v", p)
		}
		if again := p.Plain(); again.Note != p.Note || again.Technician != p.Technician {
			t.Fatalf("%q is %q made plain again", p.Note, again.Note)
		}
	})
	if got := voucher.Plain(" 王\t工\x1b[31m \n（二） ", 64); got != "王 工 [31m （二）" {
		t.Errorf("%q", got)
	}
}
