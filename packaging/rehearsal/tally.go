package rehearsal

import (
	"crypto/ed25519"
	"fmt"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// tally is what the entries of the book add up to, written down a second time and apart from the ledger: by the rules of
// DESIGN.md, with a check of each rule where it applies. The ledger must come to the same.
type tally struct {
	w          *world
	hub        *ledger.HubMade
	recovering bool
	campaign   *voucher.Campaign
	merchants  map[voucher.MerchantID]*shop
	terminals  map[voucher.TerminalID]*station // looked up only
	stations   []*station                      // the same, in order
	vouchers   map[voucher.Serial]*paper
	persons    map[string]voucher.Serial
	pools      []*stock // in order of their first appearance
	cases      []*matter
	open       int                    // cases that wait for a decision
	told       []voucher.RedemptionID // whose outcomes have left the hub, in order
	redeemed   voucher.Fen
	owed       map[voucher.MerchantID]voucher.Fen // what of it each merchant is owed; looked up, and in sums added up
	claims     voucher.Fen                        // kept of the reserve for cases that are open
	paid       voucher.Fen                        // out of the reserve
	at         int64
}

// shop is a merchant and since when it stands as it does.
type shop struct {
	voucher.Merchant
	spells []spell
}

type spell struct {
	from   int64 // the hub's time
	status voucher.MerchantStatus
}

// station is a terminal.
type station struct {
	id       voucher.TerminalID
	merchant voucher.MerchantID
	key      ed25519.PublicKey
	place    *voucher.Place
	state    voucher.TerminalState
	*era     // the one that runs
	eras     []*era
	matter   *matter // the open case about its copies
	reported bool
	excused  bool
}

// era is one epoch of a terminal.
type era struct {
	epoch     uint32
	chain     []*ring
	unsigned  int // records at the end of the chain that no signature vouches for yet
	leases    map[uint32]voucher.Lease
	lent      voucher.Lease // totals in force
	used      voucher.Use
	turn      uint64
	confirmed uint64 // newest turn that is known to be on the terminal's disk
	closed    *ledger.EpochClosed
	copied    bool
	written   *ledger.WrittenOff
	strays    map[[32]byte]*matter
}

func newEra(epoch uint32) *era {
	return &era{epoch: epoch, leases: map[uint32]voucher.Lease{}, strays: map[[32]byte]*matter{}}
}

// ring is one record of a chain.
type ring struct {
	record  *voucher.Record
	hash    [32]byte
	outcome voucher.Outcome
	draw    ledger.Draw
	lacks   bool // it was proven, and what it took is not there yet
	confirm uint64
	holds   *paper
	undone  bool
	paid    bool // it was disputed, and a person has decided that a unit pays for it
}

// paper is one issued voucher.
type paper struct {
	ledger.Issued
	phase voucher.PhaseNo
	tier  voucher.TierNo
	used  bool
	by    voucher.RedemptionID
	lane  voucher.TerminalID // whose lane voucher it is; "" for one of the campaign
}

// matter is a case.
type matter struct {
	*ledger.CaseOpened
	merchant voucher.MerchantID
	sale     *voucher.Redemption
	draw     ledger.Draw // where the unit came from that is set aside
	claim    voucher.Fen
	signed   []ledger.Proposed
	ruling   *ledger.CaseDecided
	void     bool // its sale was undone at the counter before anybody had decided
}

// proposal is how the case is to be decided by one person's word.
func (m *matter) proposal() voucher.CaseVerdict {
	if m.void {
		return voucher.Refuse
	}
	return m.Rule.Propose
}

// stock is one pool.
type stock struct {
	phase                                                     voucher.PhaseNo
	tier                                                      voucher.TierNo
	stock, issued                                             int64
	free, outstanding, leased, redeemed, disputed, writtenOff int64
	owed                                                      int64
}

// even lets what is free pay first what a restored hub owes.
func (p *stock) even() {
	back := min(p.free, p.owed)
	p.free, p.owed = p.free-back, p.owed-back
}

func newTally(w *world) *tally {
	return &tally{w: w, merchants: map[voucher.MerchantID]*shop{}, terminals: map[voucher.TerminalID]*station{},
		vouchers: map[voucher.Serial]*paper{}, persons: map[string]voucher.Serial{}, owed: map[voucher.MerchantID]voucher.Fen{}}
}

// owe adds to what a merchant is owed.
func (t *tally) owe(id voucher.MerchantID, fen voucher.Fen) {
	t.redeemed += fen
	t.owed[id] += fen
}

func (t *tally) pool(phase voucher.PhaseNo, tier voucher.TierNo) *stock {
	for _, p := range t.pools {
		if p.phase == phase && p.tier == tier {
			return p
		}
	}
	p := &stock{phase: phase, tier: tier}
	t.pools = append(t.pools, p)
	return p
}

func (t *tally) tier(no voucher.TierNo) voucher.Tier {
	if t.campaign == nil {
		return voucher.Tier{}
	}
	tier, _ := t.campaign.Tier(no)
	return tier
}

// era finds an epoch of the terminal; nil when there is none.
func (s *station) eraOf(epoch uint32) *era {
	for _, e := range s.eras {
		if e.epoch == epoch {
			return e
		}
	}
	return nil
}

// ring finds a record; nil when the book has none under that number.
func (t *tally) ring(id voucher.RedemptionID) *ring {
	s := t.terminals[id.Terminal]
	if s == nil {
		return nil
	}
	if e := s.eraOf(id.Epoch); e != nil && id.Number > 0 && id.Number <= uint64(len(e.chain)) {
		return e.chain[id.Number-1]
	}
	return nil
}

// outcome is what the book says of a record; nil when it has none.
func (t *tally) outcome(id voucher.RedemptionID) *voucher.Outcome {
	if n := t.ring(id); n != nil {
		return &n.outcome
	}
	return nil
}

// confirmation is the outcome of the record that confirmed a sale; nil when there is none.
func (t *tally) confirmation(id voucher.RedemptionID) *voucher.Outcome {
	n := t.ring(id)
	if n == nil || n.confirm == 0 {
		return nil
	}
	id.Number = n.confirm
	return t.outcome(id)
}

// take takes one entry.
func (t *tally) take(at uint64, e *ledger.Entry) {
	if e.At < t.at {
		t.w.fail("G11", "entry %d is of %d, the one before of %d", at, e.At, t.at)
	}
	t.at = e.At
	switch {
	case e.Hub != nil:
		t.takeHub(e.Hub)
	case e.Campaign != nil:
		t.takeCampaign(&e.Campaign.Campaign)
	case e.Merchant != nil:
		t.takeMerchant(e.Merchant.Merchant)
	case e.Issued != nil:
		t.takeIssued(e.Issued)
	case e.Received != nil:
		t.takeReceived(e.Received)
	case e.Lease != nil:
		t.takeLease(e.Lease)
	case e.Found != nil:
		t.takeFound(e.Found)
	case e.Case != nil:
		t.takeCase(e.Case)
	case e.Proposed != nil:
		t.takeProposed(e.Proposed)
	case e.Decided != nil:
		t.takeDecided(e.Decided)
	case e.Written != nil:
		t.takeWritten(e.Written)
	case e.Amended != nil:
		t.takeAmended(e.Amended)
	case e.Lane != nil:
		t.takeLane(e.Lane)
	default:
		t.takeTerminal(e)
	}
}

// grouped looks at what must hold between two groups.
func (t *tally) grouped() {
	for _, s := range t.stations {
		if s.unsigned > 0 {
			n := s.chain[len(s.chain)-1]
			t.w.fail("G8", "%d records of %s have no signature, the last is of kind %d and %s", s.unsigned, s.id, n.record.Kind, word(&n.outcome))
		}
		if s.matter != nil && s.state == voucher.TerminalGood && s.closed == nil {
			t.w.fail("G7", "%s goes on while case %d about its copies is open", s.id, s.matter.Number)
		}
	}
	if t.campaign == nil {
		return
	}
	if o := t.campaign.Offline; o.Bears == voucher.FundBears && t.committed() > o.Reserve {
		t.w.fail("G2", "%d fen are promised out of a reserve of %d: %d paid, %d claimed, %d lent or kept", t.committed(), o.Reserve, t.paid, t.claims, t.lentSum())
	}
}

// committed is what the reserve is spent on or kept for.
func (t *tally) committed() voucher.Fen { return t.paid + t.claims + t.lentSum() }

// lentSum is what all leases may still accept, or may have accepted without the hub's knowing.
func (t *tally) lentSum() (sum voucher.Fen) {
	for _, s := range t.stations {
		for _, e := range s.eras {
			if e.written == nil || !e.written.Release {
				sum += max(0, e.lent.Sum-e.used.Sum)
			}
		}
	}
	return sum
}

func (t *tally) takeHub(h *ledger.HubMade) {
	first := t.hub == nil
	t.hub = h
	if first {
		return
	}
	t.recovering = true
	for _, s := range t.stations {
		s.reported, s.excused = false, s.state == voucher.TerminalRevoked
	}
}

func (t *tally) takeCampaign(c *voucher.Campaign) {
	t.campaign = c
	for _, p := range c.Phases {
		for _, tier := range c.Tiers {
			s, now := t.pool(p.No, tier.No), int64(c.Stock(p.No, tier.No))
			s.free += now - s.stock
			s.stock = now
		}
	}
}

func (t *tally) takeMerchant(m voucher.Merchant) {
	s := t.merchants[m.Code]
	if s == nil {
		s = &shop{}
		t.merchants[m.Code] = s
	}
	s.Merchant = m
	s.spells = append(s.spells, spell{t.at, m.Status})
}

// takeIssued checks that stock at claim is never issued beyond the stock (G2), and that nobody has two (G4).
func (t *tally) takeIssued(e *ledger.VouchersIssued) {
	p, n := t.pool(e.Phase, e.Tier), int64(len(e.Vouchers))
	p.issued += n
	if t.campaign.StockAt == voucher.AtClaim {
		p.free -= n
		p.outstanding += n
		if p.issued > p.stock || p.free < 0 {
			t.w.fail("G2", "phase %d tier %d: %d issued of %d, %d free", e.Phase, e.Tier, p.issued, p.stock, p.free)
		}
	}
	for _, v := range e.Vouchers {
		if t.vouchers[v.Serial] != nil {
			t.w.fail("G3", "voucher %s was issued twice", v.Serial)
		}
		t.vouchers[v.Serial] = &paper{Issued: v, phase: e.Phase, tier: e.Tier}
	}
	if len(e.Person) > 0 && t.campaign.Person != voucher.Unlimited {
		scope := fmt.Sprint(e.Phase, t.tier(e.Tier).Trade)
		if t.campaign.Person == voucher.PerTierAndPhase {
			scope = fmt.Sprint(e.Phase, e.Tier)
		}
		key := scope + string(e.Person)
		if old, has := t.persons[key]; has || n != 1 {
			t.w.fail("G4", "one person has vouchers %s and %s", old, e.Vouchers[0].Serial)
		}
		t.persons[key] = e.Vouchers[0].Serial
	}
}

// compare holds the ledger's summary against the tally.
func (t *tally) compare(s *ledger.Summary) {
	for _, p := range s.Pools {
		tier, _ := t.campaign.TierNamed(p.Tier)
		x := t.pool(p.Phase, tier.No)
		x.even()
		mine := ledger.Pool{Phase: p.Phase, Tier: p.Tier, Stock: x.stock, Issued: x.issued, Free: x.free, Outstanding: x.outstanding,
			Leased: x.leased, Redeemed: x.redeemed, Disputed: x.disputed, WrittenOff: x.writtenOff, Owed: x.owed, Stranded: p.Stranded}
		if mine != p {
			t.w.fail("G1", "the ledger has %+v, its entries add up to %+v", p, mine)
			return
		}
	}
	if s.Redeemed != t.redeemed || s.Cases != uint64(len(t.cases)) || s.Open != t.open {
		t.w.fail("G13", "the ledger has redeemed %d fen and has %d cases, %d open; its entries say %d, %d, %d", s.Redeemed, s.Cases, s.Open, t.redeemed, len(t.cases), t.open)
	}
	if s.Reserve.Paid != t.paid || s.Reserve.Claimed != t.claims || s.Reserve.Kept+s.Reserve.Lent != t.lentSum() {
		t.w.fail("G2", "the ledger has of its reserve %+v, its entries say %d paid, %d claimed, %d lent or kept", s.Reserve, t.paid, t.claims, t.lentSum())
	}
}
