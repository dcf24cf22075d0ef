package rehearsal

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// tally is what the entries of the book add up to, written down a second time and apart from the ledger: by the rules of
// DESIGN.md, with a check of each rule where it applies. The ledger must come to the same.
type tally struct {
	w         *world
	hubKey    ed25519.PublicKey
	issuing   wire.Key
	campaign  *voucher.Campaign
	merchants map[voucher.MerchantID]*shop
	terminals map[voucher.TerminalID]*station
	vouchers  map[voucher.Serial]*paper
	persons   map[string]voucher.Serial
	pools     []*stock // in order of their first appearance
	cases     uint64
	told      []voucher.RedemptionID // whose outcomes have left the hub, in order
	redeemed  voucher.Fen
	at        int64
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
	epoch    uint32
	chain    []*ring
	unsigned int // records at the end of the chain that no signature vouches for yet
	leases   []voucher.Lease
	lent     voucher.Lease // totals in force
	used     voucher.Use
}

// ring is one record of a chain.
type ring struct {
	record  *voucher.Record
	hash    [32]byte
	outcome voucher.Outcome
	draw    ledger.Draw
	confirm uint64
	holds   *paper
}

// paper is one issued voucher.
type paper struct {
	ledger.Issued
	phase voucher.PhaseNo
	tier  voucher.TierNo
	used  bool
	by    voucher.RedemptionID
}

// stock is one pool.
type stock struct {
	phase                                                     voucher.PhaseNo
	tier                                                      voucher.TierNo
	stock, issued                                             int64
	free, outstanding, leased, redeemed, disputed, writtenOff int64
}

func newTally(w *world) *tally {
	return &tally{w: w, merchants: map[voucher.MerchantID]*shop{}, terminals: map[voucher.TerminalID]*station{},
		vouchers: map[voucher.Serial]*paper{}, persons: map[string]voucher.Serial{}}
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

// outcome is what the book says of a record; nil when it has none.
func (t *tally) outcome(id voucher.RedemptionID) *voucher.Outcome {
	s := t.terminals[id.Terminal]
	if s == nil || s.epoch != id.Epoch || id.Number == 0 || id.Number > uint64(len(s.chain)) {
		return nil
	}
	return &s.chain[id.Number-1].outcome
}

// take takes one entry.
func (t *tally) take(at uint64, e *ledger.Entry) {
	if e.At < t.at {
		t.w.fail("G11", "entry %d is of %d, the one before of %d", at, e.At, t.at)
	}
	t.at = e.At
	switch {
	case e.Hub != nil:
		t.hubKey, t.issuing = e.Hub.Key, e.Hub.Issuing
	case e.Campaign != nil:
		t.takeCampaign(&e.Campaign.Campaign)
	case e.Merchant != nil:
		t.takeMerchant(e.Merchant.Merchant)
	case e.Terminal != nil:
		t.terminals[e.Terminal.ID] = &station{id: e.Terminal.ID, merchant: e.Terminal.Merchant, key: e.Terminal.Key, place: e.Terminal.Place, epoch: 1}
	case e.State != nil:
		t.terminals[e.State.ID].state = e.State.State
	case e.Issued != nil:
		t.takeIssued(e.Issued)
	case e.Received != nil:
		t.takeReceived(e.Received)
	case e.Lease != nil:
		t.takeLease(e.Lease)
	case e.Case != nil:
		t.cases = max(t.cases, e.Case.Number)
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
		if p.issued > p.stock {
			t.w.fail("G2", "phase %d tier %d: %d issued of %d", e.Phase, e.Tier, p.issued, p.stock)
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

// takeLease checks a lease: the hub's signature, totals that only grow, and that it was there to be lent (G2).
func (t *tally) takeLease(e *ledger.LeaseGranted) {
	var l voucher.Lease
	if err := wire.Unmarshal(e.Raw, &l); err != nil || !wire.Verify(e.Raw, e.Sig, t.hubKey, wire.ForLease) {
		t.w.fail("G8", "a lease that the hub has not signed: %v", err)
		return
	}
	s := t.terminals[l.Terminal]
	if s == nil || l.Epoch != s.epoch || int(l.Serial) != len(s.leases)+1 || l.Count < s.lent.Count || l.Sum < s.lent.Sum {
		t.w.fail("G2", "lease %d of %s does not follow the one before", l.Serial, l.Terminal)
		return
	}
	for _, p := range l.Pools {
		more := int64(p.Units) - int64(voucher.Units(s.lent.Pools, p.Phase, p.Tier))
		x := t.pool(p.Phase, p.Tier)
		if more < 0 || more > x.free {
			t.w.fail("G2", "lease %d of %s lends %d of %d free units of phase %d tier %d", l.Serial, l.Terminal, more, x.free, p.Phase, p.Tier)
		}
		x.free -= more
		x.leased += more
	}
	s.leases, s.lent = append(s.leases, l), l
	if t.campaign.Offline.Bears == voucher.FundBears && t.open() > t.campaign.Offline.Reserve {
		t.w.fail("G2", "leases are open for %d fen, the reserve is %d", t.open(), t.campaign.Offline.Reserve)
	}
}

// open is what all leases may still accept, or may have accepted without the hub's knowing.
func (t *tally) open() (sum voucher.Fen) {
	for _, s := range t.terminals {
		sum += max(0, s.lent.Sum-s.used.Sum)
	}
	return sum
}

// granted tells whether the book has such a lease.
func (t *tally) granted(l *voucher.Lease) bool {
	s := t.terminals[l.Terminal]
	if s == nil || l.Serial == 0 || int(l.Serial) > len(s.leases) {
		return false
	}
	had := s.leases[l.Serial-1]
	return had.Count == l.Count && had.Sum == l.Sum && had.Until == l.Until && had.Epoch == l.Epoch
}

// takeReceived takes a record and what became of it.
func (t *tally) takeReceived(e *ledger.RecordReceived) {
	r, err := wire.DecodeRecord(e.Raw)
	if err != nil {
		t.w.fail("G9", "a record in the book that cannot be read: %v", err)
		return
	}
	s := t.terminals[r.ID.Terminal]
	if s == nil || !t.follows(s, r, e) {
		return
	}
	s.chain = append(s.chain, &ring{record: r, hash: wire.Hash(e.Raw), outcome: e.Outcome, draw: e.Units})
	s.unsigned++
	if len(e.Sig) > 0 {
		if !holdsKey(e.Raw, e.Sig, s.key) {
			t.w.fail("G8", "record %s is not signed by its terminal", r.ID)
		}
		s.unsigned = 0
	}
	t.apply(s, r, s.chain[len(s.chain)-1])
}

// follows checks number and hash of a record (G8), and that its outcome is its own.
func (t *tally) follows(s *station, r *voucher.Record, e *ledger.RecordReceived) bool {
	var prev [32]byte
	if n := len(s.chain); n > 0 {
		prev = s.chain[n-1].hash
	}
	if r.ID.Epoch != s.epoch || r.ID.Number != uint64(len(s.chain))+1 || r.Prev != prev || e.Outcome.ID != r.ID {
		t.w.fail("G8", "record %s does not follow number %d of epoch %d", r.ID, len(s.chain), s.epoch)
		return false
	}
	return true
}

func (t *tally) apply(s *station, r *voucher.Record, n *ring) {
	switch r.Kind {
	case voucher.Ask:
		t.judged(s, n, n.record.Sale, t.at)
		t.uses(s, n, n)
	case voucher.Accept:
		t.accepts(s, n, n)
	case voucher.Confirm:
		of := s.chain[r.Of-1]
		if of.record.Kind != voucher.Ask || of.confirm != 0 {
			return
		}
		of.confirm = r.ID.Number
		t.accepts(s, n, of)
	case voucher.Reverse, voucher.Void:
		t.undoes(s, n)
	case voucher.Surrender:
		t.surrenders(s, n)
	}
}

// accepts takes an acceptance: ring n, for the sale of ring of.
func (t *tally) accepts(s *station, n, of *ring) {
	body := of.record.Sale.Voucher
	if n.outcome.Result == voucher.Redeemed {
		t.covered(s, n, body)
	}
	s.used = s.used.With(body.Phase, body.Tier, t.tier(body.Tier).Face)
	if n.outcome.Result == voucher.Noted {
		if n.draw == ledger.FromLease { // the ask took a free unit, and the till then one of its lease: they change places
			p := t.pool(body.Phase, body.Tier)
			p.leased--
			p.free++
		}
		return
	}
	r := n.record
	t.judged(s, n, of.record.Sale, min(max(r.At, r.Heard), t.at))
	t.uses(s, n, of)
}

// covered checks that an acceptance which the fund pays lay inside the lease that it names (G2).
func (t *tally) covered(s *station, n *ring, b voucher.Body) {
	r := n.record
	if r.Lease == 0 || int(r.Lease) > len(s.leases) {
		t.w.fail("G2", "%s was accepted under lease %d, which was not granted", r.ID, r.Lease)
		return
	}
	face := t.tier(b.Tier).Face
	switch l := s.leases[r.Lease-1]; {
	case s.used.Count+1 > s.lent.Count, s.used.Sum+face > s.lent.Sum, s.lent.Face > 0 && face > s.lent.Face:
		t.w.fail("G2", "%s is paid and beyond lease %d", r.ID, r.Lease)
	case max(r.At, r.Heard) >= l.Until && t.at >= l.Until:
		t.w.fail("G11", "%s is paid and was accepted after its lease had ended", r.ID)
	case t.campaign.StockAt == voucher.AtRedemption && n.draw != ledger.FromLease:
		t.w.fail("G2", "%s is paid and took no unit of its lease", r.ID)
	}
}

// uses moves the unit and marks the voucher.
func (t *tally) uses(s *station, n, of *ring) {
	o, body := &n.outcome, of.record.Sale.Voucher
	if o.Result != voucher.Redeemed && o.Result != voucher.Disputed {
		return
	}
	if o.Result == voucher.Disputed && (o.Case == 0 || o.Case > t.cases) {
		t.w.fail("G6", "%s is disputed and has no case", o.ID)
	}
	v := t.vouchers[body.Serial]
	if v != nil && !v.used && (o.Result == voucher.Redeemed || o.Reason != voucher.Forged) {
		v.used, v.by, n.holds = true, of.record.ID, v
	}
	p := t.pool(body.Phase, body.Tier)
	if n.draw != ledger.NoDraw {
		switch n.draw {
		case ledger.FromVoucher:
			p.outstanding--
		case ledger.FromFree:
			p.free--
		case ledger.FromLease:
			p.leased--
		}
		if o.Result == voucher.Redeemed {
			p.redeemed++
		} else {
			p.disputed++
		}
	}
	if o.Result == voucher.Redeemed {
		t.redeemed += t.tier(body.Tier).Face
		if n.draw == ledger.NoDraw {
			t.w.fail("G2", "%s is paid without a unit", o.ID)
		}
	}
}

// undoes gives back what a Reverse or Void is about.
func (t *tally) undoes(s *station, n *ring) {
	if n.outcome.Result != voucher.Undone {
		return
	}
	of := s.chain[n.record.Of-1]
	h := of
	if h.holds == nil && of.confirm != 0 {
		h = s.chain[of.confirm-1]
	}
	if h.holds == nil || h.outcome.Result != voucher.Redeemed {
		t.w.fail("G6", "%s undoes %s, which holds nothing", n.record.ID, of.record.ID)
		return
	}
	v := h.holds
	p := t.pool(v.phase, v.tier)
	p.redeemed--
	if h.draw == ledger.FromVoucher {
		p.outstanding++
	} else {
		p.free++
	}
	t.redeemed -= t.tier(v.tier).Face
	v.used, v.by, h.holds = false, voucher.RedemptionID{}, nil
}

// surrenders frees what the lease has left.
func (t *tally) surrenders(s *station, n *ring) {
	if n.outcome.Result != voucher.Noted {
		return
	}
	for i := range s.lent.Pools {
		p := &s.lent.Pools[i]
		used := voucher.Units(s.used.Pools, p.Phase, p.Tier)
		if p.Units > used {
			x := t.pool(p.Phase, p.Tier)
			x.leased -= int64(p.Units - used)
			x.free += int64(p.Units - used)
			p.Units = used
		}
	}
	s.lent.Count, s.lent.Sum = min(s.lent.Count, s.used.Count), min(s.lent.Sum, s.used.Sum)
}

// judged checks an outcome against the law (G10): what is paid keeps every rule, and what is refused or disputed is so
// for a reason that holds.
func (t *tally) judged(s *station, n *ring, sale *voucher.Redemption, at int64) {
	o := &n.outcome
	truth := t.broken(s, sale, time.UnixMilli(at))
	if o.Result == voucher.Redeemed {
		for _, reason := range truth {
			t.w.fail("G10", "%s is paid against the law: %s", o.ID, reason)
		}
		return
	}
	for _, reason := range truth {
		if reason == o.Reason {
			return
		}
	}
	t.excused(s, n, sale)
}

// excused checks the reasons that are not the law's but of stock, lease and clock.
func (t *tally) excused(s *station, n *ring, sale *voucher.Redemption) {
	o, p := &n.outcome, t.pool(sale.Voucher.Phase, sale.Voucher.Tier)
	ok := false
	switch o.Reason {
	case voucher.OutOfStock:
		ok = t.campaign.StockAt == voucher.AtRedemption && (p.free == 0 || n.record.Kind != voucher.Ask)
	case voucher.Expired: // it came too late for its phase
		phase, _ := t.campaign.Phase(sale.Voucher.Phase)
		grace := t.campaign.Offline.Grace
		ok = n.record.Kind != voucher.Ask && grace > 0 && t.at > phase.End.Add(grace).UnixMilli()
	case voucher.OfflineLimit, voucher.ClockUntrusted:
		ok = n.record.Kind != voucher.Ask
	}
	if !ok {
		t.w.fail("G10", "%s is answered %s, which is not so", o.ID, o.Reason)
	}
}

// broken lists every rule that a sale breaks.
func (t *tally) broken(s *station, sale *voucher.Redemption, at time.Time) (rules []voucher.Reason) {
	add := func(broken bool, r voucher.Reason) {
		if broken {
			rules = append(rules, r)
		}
	}
	m, v, c := t.merchants[s.merchant], t.vouchers[sale.Voucher.Serial], t.campaign
	tier, known := c.Tier(sale.Voucher.Tier)
	phase, dated := c.Phase(sale.Voucher.Phase)
	add(s.state == voucher.TerminalRevoked, voucher.TerminalIsRevoked)
	add(s.state == voucher.TerminalFrozen, voucher.TerminalIsFrozen)
	add(m == nil || m.Status != voucher.MerchantActive, voucher.MerchantNotActive)
	add(v == nil || !known || !dated || sale.Voucher.Campaign != c.Number, voucher.UnknownVoucher)
	add(v != nil && (v.Sight != sale.Sight || v.phase != sale.Voucher.Phase || v.tier != sale.Voucher.Tier), voucher.Forged)
	add(v != nil && v.used, voucher.AlreadyRedeemed)
	add(m == nil || tier.Trade != m.Trade, voucher.WrongTrade)
	add(s.place != nil && !c.Area.Holds(*s.place), voucher.OutsideArea)
	add(at.Before(phase.Start), voucher.NotYetValid)
	add(!at.Before(phase.End), voucher.Expired)
	add(sale.Bill <= 0, voucher.BillMissing)
	add(sale.Bill < tier.Threshold, voucher.BelowThreshold)
	return rules
}

// compare holds the ledger's summary against the tally.
func (t *tally) compare(s *ledger.Summary) {
	for _, p := range s.Pools {
		tier, _ := t.campaign.TierNamed(p.Tier)
		x := t.pool(p.Phase, tier.No)
		mine := ledger.Pool{Phase: p.Phase, Tier: p.Tier, Stock: x.stock, Issued: x.issued, Free: x.free, Outstanding: x.outstanding,
			Leased: x.leased, Redeemed: x.redeemed, Disputed: x.disputed, WrittenOff: x.writtenOff}
		if mine != p {
			t.w.fail("G1", "the ledger has %+v, its entries add up to %+v", p, mine)
			return
		}
	}
	if s.Redeemed != t.redeemed || s.Cases != t.cases {
		t.w.fail("G13", "the ledger has redeemed %d fen in %d cases, its entries say %d and %d", s.Redeemed, s.Cases, t.redeemed, t.cases)
	}
}
