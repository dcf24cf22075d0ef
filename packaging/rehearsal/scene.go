package rehearsal

import (
	"cmp"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"hexiao/hub/voucher"
)

// scene is what a seed draws before anything happens: a small campaign, who takes part, and who comes to which counter
// when.
type scene struct {
	start     time.Time
	span      time.Duration // of the chaos
	campaign  voucher.Campaign
	merchants []voucher.Merchant
	seats     []seat
	notes     []*note
	visits    []visit
	county    bool          // the whole one, see county.go
	silent    time.Duration // how long either end waits for a word
	longest   time.Duration // that a fault lasts at most
	crowd     int           // how many times as many faults there are as for a few tills

	hubKey, issuing ed25519.PrivateKey
	ratchet         []byte
	payers          []byte // key of voucher.Payer

	owners []voucher.MerchantID // of shops that turn vouchers into cash, see owners.go
}

// seat is one terminal: whose it is and where it stands.
type seat struct {
	merchant voucher.MerchantID
	place    *voucher.Place
	device   ed25519.PrivateKey
	token    []byte
}

// note is one voucher, in its holder's hand.
type note struct {
	code   voucher.Code
	text   string
	person []byte // who may have it, nil for nobody in particular
	issued bool   // the hub has said so

	claimed time.Duration // when it is asked for; 0: as the play draws

	device []byte         // that it is claimed with; nil where nobody says
	place  *voucher.Place // where that is
}

// visit is one customer at one counter.
type visit struct {
	at    time.Duration
	seat  int
	text  string // what is scanned
	note  *note  // nil for what is no voucher of this campaign
	bill  voucher.Fen
	pos   bool          // through POS software, with an order number; else scanned against a bill that was typed
	again bool          // POS software asks a second time, as after a lost answer
	void  time.Duration // the sale is undone so long after it was accepted; 0: not
	payer string        // as the POS names the account; "" where it does not
	owner bool          // nobody comes: the shopkeeper rings it up
}

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

const yuan voucher.Fen = 100

// drawScene draws the whole scene of a seed; terminals and scans bound it when they are not 0.
func drawScene(seed uint64, terminals, scans int) *scene {
	c := stream(seed, "scene")
	s := &scene{start: time.Date(2023, 12, 11, 0, 0, 0, 0, beijing), span: c.span(3*time.Hour, 60*time.Hour), crowd: 1}
	s.silent, s.longest = max(45*time.Second, s.span/25), max(2*time.Second, s.span/6)
	s.hubKey = ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize))
	s.issuing = ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize))
	s.ratchet = c.read(32)
	count := c.between(60, 300)
	s.drawSeats(c, terminals)
	s.drawCampaign(c, count)
	s.drawNotes(c, count)
	s.drawVisits(stream(seed, "visits"), count)
	if scans > 0 {
		s.visits = s.visits[:min(scans, len(s.visits))]
	}
	return s
}

func (s *scene) drawSeats(c chance, most int) {
	trades := []voucher.Trade{voucher.Supermarket, voucher.Supermarket, voucher.Dining}
	shops := c.between(1, 5)
	for i := range shops {
		s.merchants = append(s.merchants, voucher.Merchant{Code: voucher.MerchantID(fmt.Sprintf("M%04d", i+1)), Name: fmt.Sprintf("商户 %d", i+1),
			Trade: trades[i%len(trades)], Township: "鲁阳街道", Status: voucher.MerchantActive})
	}
	for i := range max(2, shops+c.IntN(4)) {
		x := seat{merchant: s.merchants[i%shops].Code, device: ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize)), token: c.read(20)}
		if c.in(50) {
			x.place = &voucher.Place{Lat: 33.74 + float64(i)/1000, Lon: 112.9}
		}
		s.seats = append(s.seats, x)
	}
	if most > 0 {
		s.seats = s.seats[:min(most, len(s.seats))]
	}
}

func (s *scene) drawCampaign(c chance, scans int) {
	part := func(hundredths int) time.Time {
		return s.start.Add(s.span * time.Duration(hundredths) / 100).Truncate(time.Second)
	}
	g := voucher.Campaign{ID: "rehearsal", Number: 7, Name: voucher.Text{Zh: "演练", En: "Rehearsal"}, Zone: "Asia/Shanghai",
		Area: voucher.Area{Code: "410423", Name: voucher.Text{Zh: "鲁山县", En: "Lushan"}}, Revision: 0,
		Person: pick(c, voucher.PerTradeAndPhase, voucher.PerTierAndPhase, voucher.Unlimited), StockAt: pick(c, voucher.AtClaim, voucher.AtRedemption)}
	if c.in(30) {
		g.Area.Boundary = []voucher.Place{{Lat: 33, Lon: 112}, {Lat: 33, Lon: 113}, {Lat: 33.742, Lon: 113}, {Lat: 33.742, Lon: 112}}
	}
	g.Offline = voucher.Offline{Bears: voucher.MerchantBears, Count: uint32(c.between(2, 14)), Sum: yuan * voucher.Fen(c.between(60, 400)),
		Age: c.span(20*time.Minute, 36*time.Hour), Patience: c.span(time.Second, 3*time.Second)}
	if c.in(50) {
		g.Offline.Bears = voucher.FundBears
		g.Offline.Reserve = yuan * voucher.Fen(c.between(0, 1500))
	}
	if c.in(20) {
		g.Offline.Face = 20 * yuan
	}
	if c.in(40) {
		g.Offline.Grace = c.span(10*time.Minute, s.span/2)
	}
	g.Phases = []voucher.Phase{{No: 1, Start: part(2), End: part(c.between(40, 55))}, {No: 2, Start: part(c.between(55, 65)), End: part(c.between(85, 99))}}
	g.Tiers = []voucher.Tier{
		{No: 1, ID: "supermarket-10", Trade: voucher.Supermarket, Face: 10 * yuan, Threshold: 50 * yuan},
		{No: 2, ID: "supermarket-50", Trade: voucher.Supermarket, Face: 50 * yuan, Threshold: 200 * yuan},
		{No: 3, ID: "dining-20", Trade: voucher.Dining, Face: 20 * yuan, Threshold: 100 * yuan},
	}
	per := max(4, scans/len(g.Phases)/len(g.Tiers))
	for i := range g.Tiers {
		for j := range g.Phases {
			stock := uint32(max(1, per*c.between(30, 130)/100))
			g.Tiers[i].Stock = append(g.Tiers[i].Stock, stock)
			g.Phases[j].Budget += g.Tiers[i].Face * voucher.Fen(stock)
		}
	}
	for _, p := range g.Phases {
		g.Budget += p.Budget
	}
	g.Budget += g.Offline.Reserve
	s.campaign = g
}

// drawNotes draws the vouchers that people will hold: as many as the stock allows where it is drawn at claim, more than
// are paid for where it is drawn at redemption.
func (s *scene) drawNotes(c chance, scans int) {
	per := max(4, scans/len(s.campaign.Phases)/len(s.campaign.Tiers))
	low := map[uint32]bool{}
	for _, p := range s.campaign.Phases {
		for _, t := range s.campaign.Tiers {
			n := per
			if s.campaign.StockAt == voucher.AtClaim {
				n = min(n, int(t.Stock[p.No-1]))
			}
			for range n {
				serial := c.Uint64()
				for low[uint32(serial)] {
					serial = c.Uint64()
				}
				low[uint32(serial)] = true
				x := &note{}
				body := voucher.Body{Key: 1, Campaign: s.campaign.Number, Phase: p.No, Tier: t.No, Serial: voucher.Serial(serial)}
				if c.in(15) {
					x.person = s.drawPerson(c)
					copy(body.Holder[:], x.person)
				}
				x.code = voucher.Sign(body, s.issuing)
				x.text = x.code.Text()
				s.notes = append(s.notes, x)
			}
		}
	}
}

// drawPerson is somebody who claims a voucher: now and then one who has claimed before.
func (s *scene) drawPerson(c chance) []byte {
	if len(s.notes) > 0 && c.in(50) {
		if before := pick(c, s.notes...); before.person != nil {
			return before.person
		}
	}
	return c.read(32)
}

// drawVisits draws who comes when. People come in bursts, so that a short outage meets somebody.
func (s *scene) drawVisits(c chance, count int) {
	bursts := make([]time.Duration, max(3, count/10))
	for i := range bursts {
		bursts[i] = time.Duration(c.Int64N(int64(s.span)))
	}
	byTrade := map[voucher.Trade][]int{}
	for i, x := range s.seats {
		t := s.trade(x.merchant)
		byTrade[t] = append(byTrade[t], i)
	}
	unused := slices.Clone(s.notes)
	c.Shuffle(len(unused), func(i, j int) { unused[i], unused[j] = unused[j], unused[i] })
	var used []*note
	for range count {
		v := visit{at: pick(c, bursts...) + c.span(time.Second, 4*time.Minute), pos: c.in(60)}
		if c.in(6) {
			v.void = c.span(2*time.Second, time.Hour)
		}
		v.again = v.pos && c.in(8)
		s.present(c, &v, &unused, &used, byTrade)
		s.visits = append(s.visits, v)
	}
	slices.SortStableFunc(s.visits, func(a, b visit) int { return cmp.Compare(a.at, b.at) })
}

// present draws what a customer shows: mostly a fresh voucher in its phase, sometimes one that was shown before, or what
// should not be shown at all.
func (s *scene) present(c chance, v *visit, unused, used *[]*note, byTrade map[voucher.Trade][]int) {
	kind := c.IntN(100)
	v.seat = c.IntN(len(s.seats))
	switch {
	case kind >= 96:
		v.text, v.bill = s.strange(c), yuan*voucher.Fen(c.between(1, 300))
		return
	case kind >= 82 && len(*used) > 0:
		v.note = pick(c, *used...)
	case len(*unused) > 0:
		v.note = s.fresh(c, v.at, unused)
		*used = append(*used, v.note)
	default:
		v.note = pick(c, *used...)
	}
	tier, _ := s.campaign.Tier(v.note.code.Body.Tier)
	if shops := byTrade[tier.Trade]; len(shops) > 0 && !c.in(3) {
		v.seat = pick(c, shops...)
	}
	v.text = v.note.text
	v.bill = tier.Threshold + voucher.Fen(c.IntN(5000))
	if c.in(4) {
		v.bill = tier.Threshold - voucher.Fen(pick(c, 1, c.between(1, 500)))
	}
	if c.in(5) {
		v.bill = tier.Threshold // to the fen
	}
}

// fresh takes a voucher that nobody has shown yet, mostly one of the phase that runs.
func (s *scene) fresh(c chance, at time.Duration, unused *[]*note) *note {
	i := 0
	if p, running := s.campaign.PhaseAt(s.start.Add(at)); running && !c.in(5) {
		for j, n := range *unused {
			if n.code.Body.Phase == p.No {
				i = j
				break
			}
		}
	}
	n := (*unused)[i]
	*unused = slices.Delete(*unused, i, i+1)
	return n
}

// strange is a code that must never be taken.
func (s *scene) strange(c chance) string {
	n := pick(c, s.notes...)
	body := n.code.Body
	switch c.IntN(7) {
	case 0: // made with another key
		return voucher.Sign(body, ed25519.NewKeyFromSeed(c.read(ed25519.SeedSize))).Text()
	case 1: // good, but never issued
		body.Serial = voucher.Serial(binary.BigEndian.Uint64(c.read(8)))
		return voucher.Sign(body, s.issuing).Text()
	case 2: // another campaign's
		body.Campaign++
		return voucher.Sign(body, s.issuing).Text()
	case 3: // of a worthier tier, under the same serial
		body.Tier = 2
		return voucher.Sign(body, s.issuing).Text()
	case 4: // half a code
		return n.text[:80]
	case 5: // a payment code
		return "281234567890123456"
	}
	return "6901234567892" // a barcode
}

func (s *scene) trade(id voucher.MerchantID) voucher.Trade {
	for _, m := range s.merchants {
		if m.Code == id {
			return m.Trade
		}
	}
	return ""
}
