package voucher

import (
	"time"
)

// StockAt says when a voucher draws its unit of stock.
type StockAt string

// With stock at claim (the seed) an issued voucher carries its unit and stays redeemable while valid; with stock at
// redemption more are issued than paid for, and the first used are the first served.
const (
	AtClaim      StockAt = "claim"
	AtRedemption StockAt = "redemption"
)

// Bearer says who bears what an offline acceptance loses.
type Bearer string

// The campaign says it beforehand, and the cashier is shown it with each provisional answer.
const (
	MerchantBears Bearer = "merchant"
	FundBears     Bearer = "fund"
)

// Scope says within what a person may have one voucher only (G4).
type Scope string

// The seed allows one per person, industry and issuing period.
const (
	PerTradeAndPhase Scope = "trade_and_phase"
	PerTierAndPhase  Scope = "tier_and_phase"
	Unlimited        Scope = "unlimited"
)

// Campaign is the law in force: everything both sides need to judge. It is applied whole; Revision counts the times.
type Campaign struct {
	ID       CampaignID      `cbor:"1,keyasint" json:"id"`
	Number   uint32          `cbor:"2,keyasint" json:"number"` // stands in codes; never 0
	Name     Text            `cbor:"3,keyasint" json:"name"`
	Area     Area            `cbor:"4,keyasint" json:"area"`
	Zone     string          `cbor:"5,keyasint" json:"zone"` // of civil dates, such as "Asia/Shanghai"
	Budget   Fen             `cbor:"6,keyasint" json:"budget_fen"`
	StockAt  StockAt         `cbor:"7,keyasint" json:"stock_at"`
	Person   Scope           `cbor:"8,keyasint" json:"person_scope"`
	Offline  Offline         `cbor:"9,keyasint" json:"offline"`
	Phases   []Phase         `cbor:"10,keyasint" json:"phases"`
	Tiers    []Tier          `cbor:"11,keyasint" json:"tiers"`
	Payments []PaymentScheme `cbor:"12,keyasint" json:"payments"`
	Revision uint32          `cbor:"13,keyasint" json:"revision"`
	Rules    []CaseRule      `cbor:"14,keyasint,omitempty" json:"case_rules,omitempty"` // how cases are proposed to be decided, before DefaultCaseRules
}

// Area is where the campaign holds: a GB/T 2260 code, and a boundary when the county has given one. Without a boundary
// the published list of merchants alone decides.
type Area struct {
	Code     string  `cbor:"1,keyasint" json:"code"`
	Name     Text    `cbor:"2,keyasint" json:"name"`
	Boundary []Place `cbor:"3,keyasint,omitempty" json:"boundary,omitempty"` // a polygon, WGS-84, at least 3 corners
}

// Offline is what a terminal may accept without the hub.
type Offline struct {
	Bears    Bearer        `cbor:"1,keyasint" json:"bears"`
	Reserve  Fen           `cbor:"2,keyasint" json:"reserve_fen"`   // set aside for offline losses; 0 with MerchantBears
	Count    uint32        `cbor:"3,keyasint" json:"lease_count"`   // most acceptances one lease may have open
	Sum      Fen           `cbor:"4,keyasint" json:"lease_sum_fen"` // most face value one lease may have open
	Face     Fen           `cbor:"5,keyasint" json:"face_fen"`      // largest single face value taken offline; 0: any
	Age      time.Duration `cbor:"6,keyasint" json:"lease_age_ns"`  // a lease stops the terminal so long after it was granted
	Patience time.Duration `cbor:"7,keyasint" json:"patience_ns"`   // how long a till waits for the hub; 1.5 s by default

	// Grace is how long after its phase's end an offline acceptance may arrive and be paid without a person's word; 0: for
	// ever.
	Grace time.Duration `cbor:"8,keyasint,omitempty" json:"grace_ns,omitempty"`
}

// Phase is one period of issue and use. A voucher of the phase is valid from Start until just before End.
type Phase struct {
	No     PhaseNo   `cbor:"1,keyasint" json:"no"`
	Start  time.Time `cbor:"2,keyasint" json:"start"`
	End    time.Time `cbor:"3,keyasint" json:"end"`
	Budget Fen       `cbor:"4,keyasint" json:"budget_fen"`
}

// Tier is one kind of voucher: so much off when so much is spent in such a shop.
type Tier struct {
	No        TierNo   `cbor:"1,keyasint" json:"no"`
	ID        TierID   `cbor:"2,keyasint" json:"id"`
	Trade     Trade    `cbor:"3,keyasint" json:"trade"`
	Face      Fen      `cbor:"4,keyasint" json:"face_fen"`
	Threshold Fen      `cbor:"5,keyasint" json:"threshold_fen"`
	Stock     []uint32 `cbor:"6,keyasint" json:"stock"` // vouchers per phase, in the order of Phases
}

// Phase finds a phase by its number.
func (c *Campaign) Phase(no PhaseNo) (Phase, bool) {
	for _, p := range c.Phases {
		if p.No == no {
			return p, true
		}
	}
	return Phase{}, false
}

// PhaseAt finds the phase that is running at an instant.
func (c *Campaign) PhaseAt(t time.Time) (Phase, bool) {
	for _, p := range c.Phases {
		if p.holds(t) {
			return p, true
		}
	}
	return Phase{}, false
}

func (p Phase) holds(t time.Time) bool { return !t.Before(p.Start) && t.Before(p.End) }

// Tier finds a tier by the number that stands in codes.
func (c *Campaign) Tier(no TierNo) (Tier, bool) {
	for _, t := range c.Tiers {
		if t.No == no {
			return t, true
		}
	}
	return Tier{}, false
}

// TierNamed finds a tier by its ID.
func (c *Campaign) TierNamed(id TierID) (Tier, bool) {
	for _, t := range c.Tiers {
		if t.ID == id {
			return t, true
		}
	}
	return Tier{}, false
}

// Stock is how many vouchers of a tier a phase has; 0 for a phase or tier that the campaign does not know.
func (c *Campaign) Stock(phase PhaseNo, tier TierNo) uint32 {
	t, _ := c.Tier(tier)
	for i, p := range c.Phases {
		if p.No == phase && i < len(t.Stock) {
			return t.Stock[i]
		}
	}
	return 0
}

// Moved is the campaign with all its phases moved so that the first one starts at an instant; lengths and gaps stay.
func (c Campaign) Moved(start time.Time) Campaign {
	if len(c.Phases) == 0 {
		return c
	}
	by := start.Sub(c.Phases[0].Start)
	phases := make([]Phase, len(c.Phases))
	for i, p := range c.Phases {
		p.Start, p.End = p.Start.Add(by), p.End.Add(by)
		phases[i] = p
	}
	c.Phases = phases
	return c
}

// Holds tells whether a place lies in the area: inside the boundary, or anywhere when none was given.
func (a Area) Holds(at Place) bool {
	if len(a.Boundary) == 0 {
		return true
	}
	inside := false
	for i, j := 0, len(a.Boundary)-1; i < len(a.Boundary); j, i = i, i+1 {
		p, q := a.Boundary[i], a.Boundary[j]
		if (p.Lat > at.Lat) != (q.Lat > at.Lat) &&
			at.Lon < (q.Lon-p.Lon)*(at.Lat-p.Lat)/(q.Lat-p.Lat)+p.Lon {
			inside = !inside
		}
	}
	return inside
}
