package registry

import (
	"fmt"
	"math"
	"time"
	_ "time/tzdata" // so that a campaign's zone is known on a machine that has no list of zones (Windows, small containers)

	"hexiao/hub/voucher"
)

// usualPatience is how long a till waits for the hub when the campaign does not say (DESIGN section 3).
const usualPatience = 1500 * time.Millisecond

// ReadCampaign reads a campaign file, TOML in the form of packaging/hexiao-hub/lushan.toml; name is what the file is
// called in problems. It is taken whole or not at all: a key that is not known, a value of another form, and whatever
// Campaign.Check finds are all listed, each with its line, in a *FileError. The times are given in UTC.
func ReadCampaign(name string, data []byte) (voucher.Campaign, error) {
	d, values, err := readDocument(name, data)
	if err != nil {
		return voucher.Campaign{}, err
	}
	top := &table{document: d, values: values}
	c := top.campaign()
	for _, p := range c.Check() {
		if !d.told(p.Path) {
			d.add(d.line(p.Path), "", p.Text.Zh, p.Text.En)
		}
	}
	if err := d.err(); err != nil {
		return voucher.Campaign{}, err
	}
	return c, nil
}

func (t *table) campaign() voucher.Campaign {
	c := voucher.Campaign{
		ID:      voucher.CampaignID(t.id("id")),
		Number:  uint32(t.whole("number", 1, math.MaxUint32)),
		Name:    t.texts("name"),
		Zone:    t.zone("zone"),
		Budget:  t.yuan("budget_yuan", true),
		StockAt: voucher.StockAt(t.text("stock_at", true)),
		Person:  voucher.Scope(t.text("person_scope", true)),
	}
	if area, ok := t.inner("area"); ok {
		c.Area = area.area()
	}
	if offline, ok := t.inner("offline"); ok {
		c.Offline = offline.offline()
	}
	for _, p := range t.inners("phase", true) {
		c.Phases = append(c.Phases, p.phase())
	}
	for _, p := range t.inners("tier", true) {
		c.Tiers = append(c.Tiers, p.tier())
	}
	for _, p := range t.inners("payment_code", false) {
		c.Payments = append(c.Payments, p.payment())
	}
	if _, given := t.values["payment_code"]; !given {
		c.Payments = voucher.DefaultPayments()
	}
	for _, p := range t.inners("case_rule", false) {
		c.Rules = append(c.Rules, p.rule())
	}
	t.rest()
	return c
}

// zone reads the name of a time zone. "Local" and "" would be another zone on each machine.
func (t *table) zone(key string) string {
	name := t.text(key, true)
	if t.told(t.at(key)) {
		return name
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		t.wrong(key, fmt.Sprintf("%s 不是已知的时区，例如 \"Asia/Shanghai\"", quote(name)), fmt.Sprintf("%s is no time zone; one is \"Asia/Shanghai\"", quote(name)))
	}
	return name
}

func (t *table) area() voucher.Area {
	defer t.rest()
	return voucher.Area{Code: t.text("code", true), Name: t.texts("name"), Boundary: t.places("boundary")}
}

func (t *table) offline() voucher.Offline {
	defer t.rest()
	return voucher.Offline{
		Bears:    voucher.Bearer(t.text("bears", true)),
		Reserve:  t.yuan("reserve_yuan", true),
		Count:    uint32(t.whole("lease_count", 0, math.MaxUint32)),
		Sum:      t.yuan("lease_sum_yuan", true),
		Face:     t.yuan("face_yuan", false),
		Age:      t.lasting("lease_age", 0),
		Patience: t.lasting("patience", usualPatience),
		Grace:    t.length("grace"),
	}
}

func (t *table) phase() voucher.Phase {
	defer t.rest()
	return voucher.Phase{
		No:     voucher.PhaseNo(t.whole("no", 1, math.MaxUint8)),
		Start:  t.instant("start"),
		End:    t.instant("end"),
		Budget: t.yuan("budget_yuan", true),
	}
}

func (t *table) tier() voucher.Tier {
	defer t.rest()
	return voucher.Tier{
		No:        voucher.TierNo(t.whole("no", 1, math.MaxUint8)),
		ID:        voucher.TierID(t.id("id")),
		Trade:     voucher.Trade(t.text("trade", true)),
		Face:      t.yuan("face_yuan", true),
		Threshold: t.yuan("threshold_yuan", true),
		Stock:     t.counts("stock"),
	}
}

func (t *table) payment() voucher.PaymentScheme {
	defer t.rest()
	return voucher.PaymentScheme{
		Name:     t.id("name"),
		Title:    t.texts("title"),
		From:     t.text("from", true),
		To:       t.text("to", true),
		Shortest: int(t.whole("shortest", 1, 64)),
		Longest:  int(t.whole("longest", 1, 64)),
		Before:   t.text("before", false),
	}
}

// rule reads how cases of a kind are proposed to be decided; what is left out does not matter to it.
func (t *table) rule() voucher.CaseRule {
	defer t.rest()
	return voucher.CaseRule{
		Kind:     voucher.CaseKind(t.text("kind", true)),
		Reason:   t.reason("reason"),
		Bears:    voucher.Bearer(t.text("bears", false)),
		InLease:  t.yes("in_lease"),
		OneOwner: t.yes("one_owner"),
		Fresh:    t.length("fresh"),
		Propose:  voucher.CaseVerdict(t.text("propose", true)),
		Tell:     t.texts("tell"),
	}
}

// reason reads the fixed name of a reason; nil when it is left out.
func (t *table) reason(key string) *voucher.Reason {
	name := t.text(key, false)
	if name == "" || t.told(t.at(key)) {
		return nil
	}
	var r voucher.Reason
	if r.UnmarshalText([]byte(name)) != nil {
		t.wrong(key, fmt.Sprintf("%s 不是已知的原因，例如 \"already_redeemed\"", quote(name)), fmt.Sprintf("%s is no reason; one is \"already_redeemed\"", quote(name)))
	}
	return &r
}
