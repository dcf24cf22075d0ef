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
	lanes laneDay

	handed laneDay // its handovers, honoured or not

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
