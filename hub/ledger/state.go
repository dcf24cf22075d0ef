package ledger

import (
	"fmt"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// state is what the entries of the book add up to. Only apply changes it.
type state struct {
	position  book.Position // of the newest entry
	at        int64         // its time, milliseconds since 1970
	unsealed  int           // entries since the last seal
	hub       *HubMade
	campaign  *voucher.Campaign
	lawAt     book.Position // when the campaign was last applied
	merchants map[voucher.MerchantID]*merchant
	terminals map[voucher.TerminalID]*terminal
	tokens    map[[32]byte]*token
	vouchers  map[voucher.Serial]*issued
	lanes     map[voucher.Serial]*issued // lane vouchers
	persons   map[person]struct{}
	pools     map[pool]*units
	numbers   wire.Numbers // of all vouchers
	spent     spentLog
	cases     uint64 // number of the newest case
	redeemed  voucher.Fen
	open      voucher.Fen             // of all leases: what terminals may still accept, or may have accepted without our knowing
	peers     map[voucher.Trade]int64 // terminals in good standing per trade; nil when it must be counted anew

	matters
	suspicions
	recovery
}

type merchant struct {
	voucher.Merchant
	setAt book.Position
}

type token struct {
	TokenMade
	usedBy voucher.TerminalID
}

type pool struct {
	phase voucher.PhaseNo
	tier  voucher.TierNo
}

// units are one pool's (G1): stock = free + outstanding + leased + redeemed + disputed + writtenOff - owed.
type units struct {
	stock, issued                                             int64
	free, outstanding, leased, redeemed, disputed, writtenOff int64
	owed                                                      int64 // by a restored hub, see check
}

// issued is one voucher.
type issued struct {
	Issued
	pool
	standing voucher.Standing
	disputed bool                 // used, but not to be paid before a person has decided
	by       voucher.RedemptionID // what used it
}

// person is somebody who has a voucher, within the campaign's scope (G4).
type person struct {
	hash  [32]byte
	phase voucher.PhaseNo
	scope string
}

// terminal is one till as the hub knows it.
type terminal struct {
	TerminalEnrolled
	setAt book.Position
	state voucher.TerminalState
	since int64 // enrolled then, milliseconds since 1970
	heard int64 // last hello, record or report, milliseconds since 1970; reports are not folded
	pace  pace
	lane  voucher.Serial // its newest lane voucher; 0 for none

	proposed []Proposed       // to write it off, signed by one person
	fork     uint64           // the open case about its copies, 0 for none
	*life                     // of the epoch that runs
	past     map[uint32]*life // of closed epochs: what became of their records is kept for good (G7)

	reported bool  // in this generation of the hub
	awaited  bool  // the recovery waits for it
	owes     *owed // what it must show before it has reported; not folded
}

// life is one epoch of a terminal's journal.
type life struct {
	epoch   uint32
	chain   []link // record n is chain[n-1]; every record ever received, for good (G7)
	lease   voucher.Lease
	grant   *LeaseGranted
	untils  []int64             // of lease n: untils[n-1]
	used    voucher.Use         // of its leases, as far as its records have come
	open    voucher.Fen         // face value its leases have left, as far as its records have come
	strays  map[[32]byte]*stray // records of a second chain, by hash
	retired bool                // it has given back every lease and wants no other
	copied  bool                // there has been a case about copies of it: it cannot speak for all that its lease was used for
	written *WrittenOff         // two persons have written off what its lease had left
	unread  map[[32]byte]uint64 // number of each record that could not be read, by hash; nil for none
	lacks   map[uint64]bool     // records that were taken over without what they took; nil for none
	closed  *EpochClosed        // a person has decided, and the terminal is to begin another; nil while it runs

	turn      uint64 // newest that was begun
	confirmed uint64 // newest that is known to be on the terminal's disk
	tick      uint64 // of that turn, the newest that is known to be there; not folded
}

func newLife(epoch uint32) *life { return &life{epoch: epoch, strays: map[[32]byte]*stray{}} }

// link is one record of a terminal's chain and what became of it.
type link struct {
	hash    [32]byte
	outcome voucher.Outcome
	kind    voucher.Kind
	of      uint64
	sale    *voucher.Redemption // Ask, Accept
	units   Draw
	confirm uint64  // of an Ask: the number of its Confirm
	taken   *issued // the voucher this record used, until it is undone
	paid    bool    // it was disputed, and a person has decided that a unit pays for it
}

func newState() *state {
	return &state{
		merchants: map[voucher.MerchantID]*merchant{},
		terminals: map[voucher.TerminalID]*terminal{},
		tokens:    map[[32]byte]*token{},
		vouchers:  map[voucher.Serial]*issued{},
		lanes:     map[voucher.Serial]*issued{},
		persons:   map[person]struct{}{},
		pools:     map[pool]*units{},
		matters:   newMatters(),

		suspicions: newSuspicions(),
	}
}

func (s *state) now() time.Time { return time.UnixMilli(s.at) }

// head is the hash of the terminal's newest record, zero when there is none.
func (t *life) head() [32]byte {
	if len(t.chain) == 0 {
		return [32]byte{}
	}
	return t.chain[len(t.chain)-1].hash
}

// apply folds one entry. An error means that the entry does not fit what came before: the book is not of this program's
// making, or the program has a fault; either way it must stop.
func (s *state) apply(e *Entry) error {
	s.position++
	s.at = max(s.at, e.At)
	s.unsealed++
	switch {
	case e.Hub != nil:
		s.applyHub(e.Hub)
	case e.Campaign != nil:
		s.applyCampaign(&e.Campaign.Campaign)
	case e.Merchant != nil:
		s.merchants[e.Merchant.Merchant.Code] = &merchant{e.Merchant.Merchant, s.position}
		s.peers = nil
	case e.Token != nil:
		s.tokens[[32]byte(e.Token.Hash)] = &token{TokenMade: *e.Token}
	case e.Terminal != nil:
		return s.applyTerminal(e.Terminal)
	case e.State != nil:
		return s.applyTerminalState(e.State)
	case e.Issued != nil:
		return s.applyIssued(e.Issued)
	case e.Received != nil:
		return s.applyReceived(e.Received)
	case e.Lease != nil:
		return s.applyLease(e.Lease)
	case e.Case != nil:
		return s.applyCase(e.Case)
	case e.Seal != nil:
		s.unsealed = 0
	case e.Person != nil:
		s.signers[e.Person.Name] = e.Person.Key
	case e.Proposed != nil:
		return s.applyProposed(e.Proposed)
	case e.Decided != nil:
		return s.applyDecided(e.Decided)
	case e.Written != nil:
		return s.applyWritten(e.Written)
	case e.Suspected != nil:
		return s.applySuspected(e.Suspected)
	case e.Stepped != nil:
		return s.applyStepped(e.Stepped)
	case e.Lane != nil:
		return s.applyLane(e.Lane)
	}
	return s.applyIdentity(e)
}

// applyIdentity folds what is about who speaks.
func (s *state) applyIdentity(e *Entry) error {
	switch {
	case e.Met != nil:
		return s.applyMet(e.Met)
	case e.Confirmed != nil:
		return s.applyConfirmed(e.Confirmed)
	case e.Closed != nil:
		return s.applyClosed(e.Closed)
	case e.Began != nil:
		return s.applyBegan(e.Began)
	case e.Reported != nil:
		return s.applyReported(e.Reported)
	case e.Recovered != nil:
		s.recovering = false
	case e.Found != nil:
		return s.applyFound(e.Found)
	case e.Amended != nil:
		return s.applyAmended(e.Amended)
	}
	return nil
}

func (s *state) applyCampaign(c *voucher.Campaign) {
	for _, p := range c.Phases {
		for _, t := range c.Tiers {
			s.units(pool{p.No, t.No})
		}
	}
	for at, u := range s.pools {
		stock := int64(c.Stock(at.phase, at.tier))
		u.free += stock - u.stock
		u.stock = stock
	}
	s.campaign, s.lawAt = c, s.position
}

func (s *state) units(p pool) *units {
	if s.pools[p] == nil {
		s.pools[p] = &units{}
	}
	return s.pools[p]
}

// tier finds a tier; the zero tier when there is none, as for a record that a false terminal made up.
func (s *state) tier(no voucher.TierNo) voucher.Tier {
	if s.campaign == nil {
		return voucher.Tier{}
	}
	t, _ := s.campaign.Tier(no)
	return t
}

func (s *state) applyTerminal(e *TerminalEnrolled) error {
	t := &terminal{TerminalEnrolled: *e, setAt: s.position, since: s.at, life: newLife(1), past: map[uint32]*life{}, reported: len(e.Token) > 0}
	if len(e.Token) > 0 {
		k := s.tokens[[32]byte(e.Token)]
		if k == nil {
			return fmt.Errorf("terminal %s enrols without a token", e.ID)
		}
		k.usedBy = e.ID
		s.enrolled++
	}
	if s.terminals[e.ID] != nil {
		return fmt.Errorf("terminal %s enrols twice", e.ID)
	}
	s.terminals[e.ID], s.peers = t, nil
	s.await(t)
	return nil
}

// life finds an epoch that an entry is about.
func (s *state) life(id voucher.TerminalID, epoch uint32) (*life, error) {
	if t := s.terminals[id]; t != nil {
		if l := t.lifeOf(epoch); l != nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("epoch %d of terminal %s is not known", epoch, id)
}

func (s *state) applyTerminalState(e *TerminalSet) error {
	t := s.terminals[e.ID]
	if t == nil {
		return fmt.Errorf("state of unknown terminal %s", e.ID)
	}
	t.state, t.setAt, s.peers = e.State, s.position, nil
	if t.state == voucher.TerminalRevoked {
		s.excuse(t)
	}
	return nil
}

func (s *state) applyIssued(e *VouchersIssued) error {
	at, n := pool{e.Phase, e.Tier}, int64(len(e.Vouchers))
	u := s.units(at)
	u.issued += n
	if s.campaign.StockAt == voucher.AtClaim {
		u.free -= n
		u.outstanding += n
	}
	all := make([]uint32, 0, n)
	for _, v := range e.Vouchers {
		s.vouchers[v.Serial] = &issued{Issued: v, pool: at, standing: voucher.StandingIssued}
		all = append(all, wire.NumberOf(v.Serial))
	}
	s.numbers.Add(all...)
	if len(e.Person) > 0 {
		s.persons[s.person(e.Person, at)] = struct{}{}
	}
	return u.check(at)
}

// person is who may have one voucher only in the campaign's scope; never asked where the scope is unlimited.
func (s *state) person(hash []byte, at pool) person {
	who := person{phase: at.phase}
	copy(who.hash[:], hash)
	tier := s.tier(at.tier)
	who.scope = string(tier.Trade)
	if s.campaign.Person == voucher.PerTierAndPhase {
		who.scope = string(tier.ID)
	}
	return who
}

func (s *state) applyLease(e *LeaseGranted) error {
	var l voucher.Lease
	if err := wire.Unmarshal(e.Raw, &l); err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	t := s.terminals[l.Terminal]
	if t == nil || l.Epoch != t.epoch || l.Serial != t.lease.Serial+1 {
		return fmt.Errorf("lease %d of terminal %s does not follow the one before", l.Serial, l.Terminal)
	}
	return s.lends(t, l, e, false)
}

// lends puts a lease in the place of the one it follows; before says that it was granted before the hub was restored.
func (s *state) lends(t *terminal, l voucher.Lease, e *LeaseGranted, before bool) error {
	for _, p := range l.Pools {
		at := pool{p.Phase, p.Tier}
		if err := s.units(at).lend(at, t.more(p), before); err != nil {
			return err
		}
	}
	t.lease, t.grant = l, e
	t.untils = append(t.untils, l.Until)
	s.reopen(t.life)
	return nil
}

// applyReceived adds a record to its terminal's chain and moves the units it took or gave back.
func (s *state) applyReceived(e *RecordReceived) error {
	r, err := e.Record()
	if err != nil {
		return err
	}
	t := s.terminals[r.ID.Terminal]
	if t == nil || r.ID.Epoch != t.epoch || r.ID.Number != uint64(len(t.chain))+1 || r.Kind != 0 && r.Prev != t.head() {
		return fmt.Errorf("record %s does not follow the one before", r.ID)
	}
	out := e.Outcome
	out.ID.Terminal = t.ID // one string for all its records
	n := link{hash: wire.Hash(e.Raw), outcome: out, kind: r.Kind, of: r.Of, sale: r.Sale, units: e.Units}
	t.chain = append(t.chain, n)
	t.heard = s.at
	s.count(t, r, e)
	if e.Lacks {
		t.lack(r.ID.Number)
	}
	bare := e.Lacks && e.Outcome.Result == voucher.Redeemed
	switch r.Kind {
	case 0:
		t.keepUnread(n.hash)
	case voucher.Ask:
		if !bare {
			return s.take(t, r.ID.Number, r.ID.Number)
		}
	case voucher.Accept, voucher.Confirm:
		s.claimed(e, t.life, t.sold(r))
		return s.applyAccepted(t, r, bare)
	case voucher.Reverse, voucher.Void:
		s.withdraw(t, r)
		return s.giveBack(t, r, e.Proven)
	case voucher.Surrender:
		t.retired = t.retired || r.Lease == voucher.AllLeases && n.outcome.Result == voucher.Noted
		if r.Lease < t.lease.Serial || e.Proven && (t.written != nil || t.closed != nil || t.copied) {
			return nil // of a lost book: the lease has a successor that was found before, or another word was spoken on what it had left
		}
		return s.applySurrender(t)
	}
	return nil
}

// applyAccepted counts the lease's use and moves the unit.
func (s *state) applyAccepted(t *terminal, r *voucher.Record, bare bool) error {
	of, n := r.ID.Number, &t.chain[r.ID.Number-1]
	if r.Kind == voucher.Confirm {
		of = r.Of
		if t.chain[of-1].kind != voucher.Ask || t.chain[of-1].confirm != 0 {
			return nil // noted: it confirms no sale, or one that was confirmed before
		}
		t.chain[of-1].confirm = r.ID.Number
	}
	body := t.chain[of-1].sale.Voucher
	tier := s.tier(body.Tier)
	t.used = t.used.With(body.Phase, body.Tier, tier.Face)
	s.reopen(t.life)
	if (bare || n.outcome.Result == voucher.Noted) && n.units != NoDraw {
		return s.units(pool{body.Phase, body.Tier}).swap(pool{body.Phase, body.Tier}, n.units)
	}
	if bare {
		return nil
	}
	return s.take(t, r.ID.Number, of)
}

// sold is the sale of a record, or of the ask that it confirms; nil when there is none.
func (t *life) sold(r *voucher.Record) *voucher.Redemption {
	if r.Kind == voucher.Confirm {
		return t.chain[r.Of-1].sale
	}
	return r.Sale
}

// take moves the unit that record n took for the sale of record of, and marks the voucher used.
func (s *state) take(t *terminal, n, of uint64) error {
	l := &t.chain[n-1]
	if l.outcome.Result != voucher.Redeemed && l.outcome.Result != voucher.Disputed {
		return nil
	}
	return s.takes(t.ID, t.life, n, of, l.units)
}

func (s *state) takes(id voucher.TerminalID, e *life, n, of uint64, from Draw) error {
	l, body := &e.chain[n-1], e.chain[of-1].sale.Voucher
	disputed := l.outcome.Result == voucher.Disputed
	if v := s.find(body); v != nil && v.standing == voucher.StandingIssued && l.outcome.Uses() {
		v.standing, v.disputed = voucher.StandingRedeemed, disputed
		v.by = voucher.RedemptionID{Terminal: id, Epoch: e.epoch, Number: of}
		l.taken = v
		if !body.Lane() {
			s.spent.note(s.position, v, false)
		}
	}
	if !disputed {
		tier := s.tier(body.Tier)
		s.redeemed += tier.Face
	}
	if from == NoDraw {
		return nil
	}
	at := pool{body.Phase, body.Tier}
	return s.units(at).use(at, from, disputed)
}

// giveBack undoes a redemption: the voucher is good again and its unit goes back where it belongs.
func (s *state) giveBack(t *terminal, r *voucher.Record, proven bool) error {
	if t.chain[r.ID.Number-1].outcome.Result != voucher.Undone {
		return nil
	}
	n := t.holder(r.Of)
	if n == nil && proven {
		t.forgive(r.Of) // what it undid could not be taken over as it was
		return nil
	}
	if n == nil {
		return errNothing(r.ID)
	}
	return s.release(n)
}

func errNothing(id voucher.RedemptionID) error { return fmt.Errorf("record %s undoes nothing", id) }

// release takes from a link what it holds. A lane voucher is of one use: a void proves that voiding works, and gives nothing back.
func (s *state) release(n *link) error {
	if n.taken.pool == (pool{voucher.LanePhase, voucher.LaneTier}) {
		n.taken = nil
		return nil
	}
	v, u := n.taken, s.units(n.taken.pool)
	u.redeemed--
	if n.units == FromVoucher {
		u.outstanding++
	} else {
		u.free++
	}
	tier := s.tier(v.tier)
	s.redeemed -= tier.Face
	v.standing, v.by, n.taken = voucher.StandingIssued, voucher.RedemptionID{}, nil
	if n.paid {
		n.paid, s.dossiers[n.outcome.Case].undone = false, true
	}
	s.spent.note(s.position, v, true)
	return u.check(v.pool)
}

// holder is the link that holds a redeemed voucher for the sale of record of: the sale itself, or the Confirm of it; nil
// when nothing is held.
func (t *life) holder(of uint64) *link {
	if of == 0 || of > uint64(len(t.chain)) {
		return nil
	}
	n := &t.chain[of-1]
	if n.taken == nil && n.confirm != 0 {
		n = &t.chain[n.confirm-1]
	}
	if n.taken == nil || n.outcome.Result != voucher.Redeemed && !n.paid {
		return nil
	}
	return n
}

// applySurrender frees what the lease has left: its totals become what was used.
func (s *state) applySurrender(t *terminal) error {
	if t.chain[len(t.chain)-1].outcome.Result != voucher.Noted {
		return nil
	}
	for i, p := range t.lease.Pools {
		left := int64(p.Units) - int64(voucher.Units(t.used.Pools, p.Phase, p.Tier))
		if left <= 0 {
			continue
		}
		u := s.units(pool{p.Phase, p.Tier})
		u.leased -= left
		u.free += left
		t.lease.Pools[i].Units -= uint64(left)
		if err := u.check(pool{p.Phase, p.Tier}); err != nil {
			return err
		}
	}
	t.lease.Count, t.lease.Sum = min(t.lease.Count, t.used.Count), min(t.lease.Sum, t.used.Sum)
	t.grant = nil // as it was signed it says more than the terminal may have now
	s.reopen(t.life)
	return nil
}

// more is how many units of a pool a lease with these totals has left beyond those that the one in force has.
func (l *life) more(p voucher.PoolUnits) int64 {
	old := p
	old.Units = voucher.Units(l.lease.Pools, p.Phase, p.Tier)
	return l.unused(p) - l.unused(old)
}

// reopen brings the open sums up to date after a terminal's lease or use has changed.
func (s *state) reopen(l *life) {
	all := &s.open
	if l.written != nil {
		all = &s.kept
	}
	*all -= l.open
	if l.open = max(0, l.lease.Sum-l.used.Sum); l.written != nil && l.written.Release {
		l.open = 0
	}
	*all += l.open
}
