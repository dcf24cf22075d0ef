package ledger

import (
	"bytes"

	"hexiao/hub/book"
	"hexiao/hub/wire"
)

// people checks what persons have decided and signed: whoever holds the hub's key and forges an entry still lacks theirs.
func (a *Auditor) people(at book.Position, e *Entry) error {
	if want := a.status; want != nil {
		if a.status = nil; e.Merchant == nil || e.Merchant.Merchant.Code != want.Code || e.Merchant.Merchant.Status != want.Status {
			return finding(at, "merchant %s should be %s by the step before, and nothing says so", want.Code, want.Status)
		}
	}
	switch {
	case e.Proposed != nil && e.Proposed.Terminal != "":
		return a.autograph(at, e.Proposed.By, ForWriteOff)
	case e.Proposed != nil && a.state.inquiries[e.Proposed.Case] != nil:
		return a.autograph(at, e.Proposed.By, ForStep)
	case e.Proposed != nil:
		return a.autograph(at, e.Proposed.By, ForDecision)
	case e.Decided != nil:
		return a.decided(at, e.Decided)
	case e.Written != nil:
		return a.wroteOff(at, e.Written)
	case e.Suspected != nil:
		return a.suspected(at, e)
	case e.Stepped != nil:
		return a.stepped(at, e.Stepped)
	case e.Merchant != nil:
		return a.admitted(at, &e.Merchant.Merchant)
	}
	return nil
}

// autograph has a person's signature checked, with the key that the book has of that person.
func (a *Auditor) autograph(at book.Position, by Signature, purpose wire.Purpose) error {
	key := a.state.signers[by.Name]
	if key == nil {
		return finding(at, "%s signed, who was never entered", by.Name)
	}
	return a.check(Autograph{at, "person " + by.Name, by.Signed.Raw, by.Signed.Sig, key, purpose})
}

// decided looks whether as many persons have signed just that decision as it needed, and whether what is paid comes out of
// where the ledger would have taken it.
func (a *Auditor) decided(at book.Position, e *CaseDecided) error {
	c := a.state.dossiers[e.Case]
	if c == nil || c.ruling != nil || !e.Verdict.Fits(c.Kind) || len(e.By) == 0 {
		return finding(at, "case %d cannot be decided so", e.Case)
	}
	if e.Verdict != c.proposal().Propose && !twoPersons(e.By) {
		return finding(at, "case %d is decided against its rule without two persons", e.Case)
	}
	for _, by := range e.By {
		if by.Console {
			continue
		}
		var body DecisionBody
		if wire.Unmarshal(by.Signed.Raw, &body) != nil || body.Case != e.Case || body.Verdict != e.Verdict || body.Reason != e.Reason || !bytes.Equal(body.Generation, a.state.hub.Generation) {
			return finding(at, "%s has signed another decision than that of case %d", by.Name, e.Case)
		}
		if err := a.autograph(at, by, ForDecision); err != nil {
			return err
		}
	}
	from, err := a.state.source(c, e.Verdict)
	if err != nil || from != e.From || from != NoDraw && e.Paid != a.state.face(c) || from == NoDraw && e.Paid != 0 {
		return finding(at, "case %d is paid otherwise than the ledger would have paid it", e.Case)
	}
	return nil
}

func twoPersons(by []Signature) bool {
	return len(by) == 2 && by[0].Name != by[1].Name && !by[0].Console && !by[1].Console
}

// wroteOff looks whether two persons have signed just that write-off, knowing the terminal's newest record.
func (a *Auditor) wroteOff(at book.Position, e *WrittenOff) error {
	t := a.state.terminals[e.Terminal]
	if t == nil || !twoPersons(e.By) {
		return finding(at, "terminal %s is written off without two persons", e.Terminal)
	}
	for _, by := range e.By {
		var body WriteOffBody
		head := t.head()
		if wire.Unmarshal(by.Signed.Raw, &body) != nil || body.Terminal != e.Terminal || body.Epoch != e.Epoch || body.Release != e.Release || body.Reason != e.Reason ||
			!bytes.Equal(body.Generation, a.state.hub.Generation) || body.Last != uint64(len(t.chain)) || !bytes.Equal(body.Head, head[:]) {
			return finding(at, "%s has signed another write-off than that of terminal %s", by.Name, e.Terminal)
		}
		if err := a.autograph(at, by, ForWriteOff); err != nil {
			return err
		}
	}
	return nil
}
