package ledger

import (
	"crypto/ed25519"
	"fmt"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// CaseOpened is a matter that a person must decide. An entry with the number of a case that is already open adds to its
// evidence: the records of a copied disk come one after the other, and are one matter. What the rule looked at and what
// it proposed stand in the entry, so that a campaign applied later changes no case that is open.
type CaseOpened struct {
	Number   uint64               `cbor:"1,keyasint"`
	Kind     voucher.CaseKind     `cbor:"2,keyasint"`
	Terminal voucher.TerminalID   `cbor:"3,keyasint"`
	Record   voucher.RedemptionID `cbor:"4,keyasint"` // the redemption as the cashier knows it: of a Confirm, its Ask
	Winner   voucher.RedemptionID `cbor:"5,keyasint,omitzero"`
	Reason   voucher.Reason       `cbor:"6,keyasint"`
	Raw      []byte               `cbor:"7,keyasint,omitempty"` // of a second chain: the record, as it came

	From uint64 `cbor:"12,keyasint,omitempty"` // of a gap: the first record that the terminal's disk lacks
	To   uint64 `cbor:"13,keyasint,omitempty"` // the last that the hub has; 0: not known. What else was taken is not known either

	Rival    voucher.MerchantID `cbor:"20,keyasint,omitempty"` // whose terminal the winner is
	InLease  bool               `cbor:"21,keyasint,omitempty"` // the terminal's lease covered the acceptance
	SpentAge *int64             `cbor:"22,keyasint,omitempty"` // milliseconds, of the till's spent set when it accepted; nil when it had none
	Rule     *voucher.CaseRule  `cbor:"23,keyasint,omitempty"` // that proposes how to decide
	Of       uint64             `cbor:"24,keyasint,omitempty"` // the case about the terminal that this one is a part of, 0 for none

	// Sale is what a record of a second chain sold or confirmed: that chain is not in the book, so nobody could look it up.
	Sale *voucher.Redemption `cbor:"25,keyasint,omitempty"`
}

// matters is what the state knows of cases and of those who decide them.
type matters struct {
	dossiers map[uint64]*dossier
	signers  map[string]ed25519.PublicKey // persons who may sign, by name
	kept     voucher.Fen                  // of the loss reserve, for records that come late from leases that were written off
	claims   voucher.Fen                  // of open cases that only the loss reserve could pay
	paid     voucher.Fen                  // out of the loss reserve
}

func newMatters() matters {
	return matters{dossiers: map[uint64]*dossier{}, signers: map[string]ed25519.PublicKey{}}
}

// dossier is a case, as the entries have made it.
type dossier struct {
	CaseOpened
	opened   int64
	merchant voucher.MerchantID
	sale     *voucher.Redemption  // the disputed one; nil where none is
	raw      []byte               // the disputed record
	units    Draw                 // where its unit came from that is set aside as disputed; NoDraw for none
	claim    voucher.Fen          // kept of the loss reserve until it is decided
	proposed []Proposed           // what one person has signed and a second has not
	ruling   *CaseDecided         // nil while it is open
	undone   bool                 // it was paid by a unit, and voided later
	void     voucher.RedemptionID // what undid the sale at the counter before anybody had decided; zero for nothing
}

// Withdrawn is what the merchant is told of a sale that was undone before anybody had decided about it.
var Withdrawn = voucher.Text{Zh: "此笔已在终端撤销，无需支付。", En: "The sale was undone at the till; there is nothing to pay."}

// proposal is how the case is proposed to be decided: by its rule, unless its sale was undone meanwhile.
func (c *dossier) proposal() voucher.CaseRule {
	rule := *c.Rule
	if !c.void.IsZero() {
		rule.Propose, rule.Tell = voucher.Refuse, Withdrawn
	}
	return rule
}

// withdraw notes with an open case that its sale was undone at the counter.
func (s *state) withdraw(t *terminal, r *voucher.Record) {
	if l := t.disputed(r.Of); l != nil {
		if c := s.dossiers[l.outcome.Case]; c != nil && c.ruling == nil && len(c.Raw) == 0 {
			c.void = r.ID
		}
	}
}

// disputed is the link of a disputed sale: the sale itself or the Confirm of it; nil when there is none.
func (l *life) disputed(of uint64) *link {
	if of == 0 || of > uint64(len(l.chain)) {
		return nil
	}
	n := &l.chain[of-1]
	if n.sale == nil {
		return nil
	}
	if n.outcome.Result != voucher.Disputed && n.confirm != 0 {
		n = &l.chain[n.confirm-1]
	}
	if n.outcome.Result != voucher.Disputed {
		return nil
	}
	return n
}

// facts is what a rule looks at.
func (s *state) facts(c *CaseOpened, t *terminal) voucher.CaseFacts {
	f := voucher.CaseFacts{Kind: c.Kind, Reason: c.Reason, InLease: c.InLease, OneOwner: c.Rival == t.Merchant, SpentAge: -1}
	if s.campaign != nil {
		f.Bears = s.campaign.Offline.Bears
	}
	if c.SpentAge != nil {
		f.SpentAge = time.Duration(*c.SpentAge) * time.Millisecond
	}
	return f
}

// openCase gives a new case its number and the rule that proposes for it. One that had a number in a book that was lost
// keeps it when it is free.
func (d *draft) openCase(c CaseOpened) uint64 {
	if c.Number == 0 || d.dossiers[c.Number] != nil || d.inquiries[c.Number] != nil {
		c.Number = d.cases + 1
	}
	t := d.terminals[c.Terminal]
	if w := d.terminals[c.Winner.Terminal]; w != nil {
		c.Rival = w.Merchant
	}
	rule := d.campaign.Rule(d.facts(&c, t))
	c.Rule = &rule
	d.add(Entry{Case: &c})
	return c.Number
}

func (s *state) applyCase(e *CaseOpened) error {
	t := s.terminals[e.Terminal]
	if t == nil || s.inquiries[e.Number] != nil {
		return fmt.Errorf("case %d about unknown terminal %s, or about cash-out", e.Number, e.Terminal)
	}
	s.cases = max(s.cases, e.Number)
	c := s.dossiers[e.Number]
	if c == nil {
		c = &dossier{CaseOpened: *e, opened: s.at, merchant: t.Merchant, raw: e.Raw}
		if c.Rule == nil { // of a book from before there were rules
			rule := s.campaign.Rule(s.facts(e, t))
			c.Rule = &rule
		}
		s.dossiers[e.Number] = c
	}
	if e.Kind.AboutTerminal() && c.ruling == nil {
		t.fork = e.Number
	}
	if l := t.lifeOf(e.Record.Epoch); l != nil && e.Kind.AboutTerminal() {
		l.copied = true
	}
	if len(e.Raw) > 0 {
		return s.applyStray(t, e, c)
	}
	if l := t.lifeOf(e.Record.Epoch); e.Sale != nil && l != nil {
		c.sale = e.Sale // see amend.go
		l.forgive(e.Record.Number)
	}
	return nil
}

// applyStray keeps a record of a second chain, and the sale that its own case is about.
func (s *state) applyStray(t *terminal, e *CaseOpened, c *dossier) error {
	r, err := wire.DecodeRecord(e.Raw)
	if err != nil {
		r = &voucher.Record{ID: e.Record} // kept as it came
	}
	l := t.lifeOf(r.ID.Epoch)
	if l == nil {
		return fmt.Errorf("case %d: record %s of an unknown epoch", e.Number, r.ID)
	}
	l.strays[wire.Hash(e.Raw)] = &stray{prev: r.Prev, sale: r.Sale,
		outcome: voucher.Outcome{ID: r.ID, Result: voucher.Disputed, Reason: e.Reason, Winner: e.Winner, Case: e.Number, At: s.at}}
	c.sale = e.Sale
	return nil
}

// claimed notes with the case of a disputed acceptance what it is about, and whether money of the reserve must be kept
// for it: it was covered by a lease of a campaign whose fund bears such losses, and it has no unit.
func (s *state) claimed(e *RecordReceived, l *life, sale *voucher.Redemption) {
	c := s.dossiers[e.Outcome.Case]
	if e.Outcome.Result != voucher.Disputed || c == nil || sale == nil {
		return
	}
	c.raw, c.sale, c.units, c.merchant = e.Raw, sale, e.Units, e.Merchant
	released := l.written != nil && l.written.Release
	if c.InLease && !released && c.units == NoDraw && s.campaign.Offline.Bears == voucher.FundBears {
		c.claim = s.tier(sale.Voucher.Tier).Face
		s.claims += c.claim
	}
}

// stray is a record of a second chain of a terminal: a copied or restored disk.
type stray struct {
	prev    [32]byte
	sale    *voucher.Redemption // Ask, Accept
	outcome voucher.Outcome
}

// saleOf finds what a record of a second chain sold or confirms; nil when it did neither, or when the sale belongs to
// the first chain, which has its own word on it.
func (t *life) saleOf(r *voucher.Record) *voucher.Redemption {
	switch r.Kind {
	case voucher.Accept:
		return r.Sale
	case voucher.Confirm:
		at := r.Prev
		for n := r.ID.Number - 1; n > r.Of; n-- {
			b := t.strays[at]
			if b == nil { // from here back the chains are one
				return t.refused(r.Of)
			}
			at = b.prev
		}
		if b := t.strays[at]; b != nil {
			return b.sale
		}
		return t.refused(r.Of)
	}
	return nil
}

// refused is the sale of an ask that no Confirm has followed, and that was refused or taken back, as a copy does that was made
// in the middle of it; nil for anything else.
func (t *life) refused(of uint64) *voucher.Redemption {
	if of > uint64(len(t.chain)) {
		return nil
	}
	n := &t.chain[of-1]
	undone := n.outcome.Result == voucher.Redeemed && n.taken == nil && !t.lacks[of]
	if n.kind != voucher.Ask || n.confirm != 0 || n.outcome.Result != voucher.Rejected && !undone {
		return nil
	}
	return n.sale
}
