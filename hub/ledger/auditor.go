package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Autograph is a signature that the book holds: what was signed, by whom, and what for.
type Autograph struct {
	At  book.Position // of the entry it stands in
	Of  string        // whose, in words
	Raw []byte
	Sig []byte
	Key []byte
	For wire.Purpose
}

// Audited is what an audit has gone through.
type Audited struct {
	Entries    int64       `json:"entries"`
	Records    int64       `json:"records"`
	Redeemed   int64       `json:"redeemed"`
	Sum        voucher.Fen `json:"redeemed_fen"`
	Leases     int64       `json:"leases"`
	Seals      int64       `json:"seals"`
	Signatures int64       `json:"signatures"`
	Cases      uint64      `json:"cases"`
	Unsealed   int         `json:"unsealed"` // entries behind the last seal
}

// Auditor goes through a book from its first entry and does again what the ledger did: each record a terminal sent is
// decided anew, with the same law, by the same code, at the hour the book gives, and what comes out must be what stands
// there, byte for byte. So it finds what no checksum can: an outcome, a sum, a lease or a case that the ledger would not
// have written. It is not safe for concurrent use.
//
// What persons decided must bear their signatures, as many as it needed. Other entries that follow from what people did, or
// from a terminal's hello, are folded as they are; the seals vouch for them.
type Auditor struct {
	state   *state
	verify  func(Autograph) error
	waiting []auditEntry // consequences whose cause stands behind them
	head    book.Hash
	done    Audited
	loose   map[voucher.TerminalID]book.Position // records that no signature has vouched for yet: the first of them
	status  *voucher.Merchant                    // what the entry before makes of a merchant, and the next must say; nil for nothing
}

type auditEntry struct {
	at   book.Position
	body []byte
	Entry
}

// ErrAudit is wrapped by every finding.
var ErrAudit = errors.New("the book does not hold what the ledger would have written")

// NewAuditor begins before the first entry. verify is handed every signature; it may check them elsewhere and say so
// later.
func NewAuditor(verify func(Autograph) error) *Auditor {
	return &Auditor{state: newState(), verify: verify, loose: map[voucher.TerminalID]book.Position{}}
}

func finding(at book.Position, format string, args ...any) error {
	return fmt.Errorf("entry %d: %w: %s", at, ErrAudit, fmt.Sprintf(format, args...))
}

// Add takes the next entry, whose place in the chain was checked. The error names the entry and wraps ErrAudit, or
// ErrEntry where it cannot be read.
func (a *Auditor) Add(e book.Entry) error {
	entry, err := DecodeEntry(e.Body)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.At, err)
	}
	before := a.head
	a.head = e.Hash
	a.done.Entries++
	if entry.At < a.state.at {
		return finding(e.At, "its hour is before that of the entry before it")
	}
	next := auditEntry{e.At, bytes.Clone(e.Body), entry}
	switch {
	case entry.Seal != nil:
		if err := a.sealed(e.At, entry.Seal, before); err != nil {
			return err
		}
	case entry.Received != nil:
		return a.decide(append(a.waiting, next), entry.Received)
	case entry.waits():
		a.waiting = append(a.waiting, next)
		if len(a.waiting) > maxWaiting {
			return finding(a.waiting[0].at, "a case about no record")
		}
		return nil
	}
	if err := a.settle(); err != nil {
		return err
	}
	return a.fold(next)
}

// maxWaiting is how many entries one record leads to at most: its case, and the state of its terminal.
const maxWaiting = 8

// waits tells whether an entry may be the consequence of a record that stands behind it: the case of a disputed
// acceptance is opened before the outcome that names it.
func (e *Entry) waits() bool {
	return e.Case != nil && len(e.Case.Raw) == 0 && !e.Case.Kind.AboutTerminal() && e.Case.Record.Number != 0 && e.Case.Sale == nil
}

// settle is called where a record should have come after a case and has not.
func (a *Auditor) settle() error {
	if len(a.waiting) > 0 {
		return finding(a.waiting[0].at, "a case about a record that does not follow")
	}
	return nil
}

// decide has the ledger decide a record again, and compares all that it writes with what stands in the book.
func (a *Auditor) decide(want []auditEntry, e *RecordReceived) error {
	a.waiting = nil
	last := want[len(want)-1]
	if err := a.signed(last.at, e); err != nil {
		return err
	}
	r, err := e.Record()
	if err != nil {
		return finding(last.at, "its record cannot be read: %v", err)
	}
	t := a.state.terminals[r.ID.Terminal]
	if t == nil {
		return finding(last.at, "record %s of a terminal that was never enrolled", r.ID)
	}
	d := &draft{state: a.state, time: time.UnixMilli(last.Entry.At), sign: func([]byte) []byte { return nil }}
	if r.Kind == 0 {
		r.Prev = t.head() // it does not say what it follows
	}
	in := incoming{Record: r, raw: e.Raw, sig: e.Sig, hash: wire.Hash(e.Raw)}
	if e.Proven {
		in.proof = &e.Outcome // taken over from a lost book; what it moves must follow from it all the same
	}
	out, err := d.record(t, t.life, in)
	if err = errors.Join(err, d.fault); err != nil {
		return finding(last.at, "%v", err)
	}
	if len(d.bodies) != len(want) {
		return finding(last.at, "record %s led to %d entries, the ledger would have written %d", r.ID, len(want), len(d.bodies))
	}
	for i, w := range want {
		if !bytes.Equal(w.body, d.bodies[i]) {
			return finding(w.at, "about record %s the ledger would have written something else (%s, %s)", r.ID, resultNames[out.Result], out.Reason)
		}
	}
	a.done.Records++
	if out.Result == voucher.Redeemed && (r.Sale == nil || !r.Sale.Voucher.Lane()) {
		a.done.Redeemed++
	}
	return nil
}

var resultNames = map[voucher.Result]string{voucher.Redeemed: "redeemed", voucher.Rejected: "rejected",
	voucher.Disputed: "disputed", voucher.Undone: "undone", voucher.Noted: "noted"}

// signed has the signature under a record checked: it vouches for all records of its terminal before it, because each
// holds the hash of the one before.
func (a *Auditor) signed(at book.Position, e *RecordReceived) error {
	r, err := e.Record()
	if err != nil {
		return finding(at, "its record cannot be read: %v", err)
	}
	id := r.ID.Terminal
	if len(e.Sig) == 0 {
		if _, loose := a.loose[id]; !loose {
			a.loose[id] = at
		}
		return nil
	}
	t := a.state.terminals[id]
	if t == nil {
		return finding(at, "record %s of a terminal that was never enrolled", r.ID)
	}
	delete(a.loose, id)
	hash := wire.Hash(e.Raw)
	return a.check(Autograph{at, "terminal " + string(id), hash[:], e.Sig, t.Key, wire.ForRecords})
}

func (a *Auditor) check(s Autograph) error {
	a.done.Signatures++
	if err := a.verify(s); err != nil {
		return finding(s.At, "the signature of %s: %v", s.Of, err)
	}
	return nil
}

// sealed compares a seal with the chain as it is here.
func (a *Auditor) sealed(at book.Position, s *Sealed, before book.Hash) error {
	if a.state.hub == nil || s.At != at-1 || !bytes.Equal(s.Head, before[:]) || !bytes.Equal(s.Generation, a.state.hub.Generation) {
		return finding(at, "the seal is of another book")
	}
	a.done.Seals++
	return a.check(Autograph{at, "the hub", s.Bytes(), s.Sig, a.state.hub.Key, ForSeal})
}

// fold takes an entry as it is, and checks what can be checked of it: a lease must be signed, within the campaign's limits
// and the stock (which apply checks), and the sum of all within the reserve.
func (a *Auditor) fold(e auditEntry) error {
	if e.Lease != nil {
		if err := a.leased(e.at, e.Lease); err != nil {
			return err
		}
	}
	if f := e.Found; f != nil && a.state.hub != nil {
		if err := a.check(Autograph{e.at, "the hub", f.Raw, f.Sig, a.state.hub.Key, wire.ForLease}); err != nil {
			return err
		}
	}
	if err := a.people(e.at, &e.Entry); err != nil {
		return err
	}
	if err := a.state.apply(&e.Entry); err != nil {
		return finding(e.at, "%v", err)
	}
	return nil
}

func (a *Auditor) leased(at book.Position, g *LeaseGranted) error {
	var l voucher.Lease
	if err := wire.Unmarshal(g.Raw, &l); err != nil {
		return finding(at, "its lease cannot be read: %v", err)
	}
	c, t := a.state.campaign, a.state.terminals[l.Terminal]
	if c == nil || t == nil || a.state.hub == nil {
		return finding(at, "a lease for nobody")
	}
	o := c.Offline
	open := max(0, l.Sum-t.used.Sum)
	switch {
	case l.Count > max(t.lease.Count, t.used.Count+uint64(o.Count)), l.Sum > max(t.lease.Sum, t.used.Sum+o.Sum):
		return finding(at, "lease %d of %s is beyond the campaign's limits", l.Serial, l.Terminal)
	case o.Bears == voucher.FundBears && open > t.open && a.state.committed()-t.open+open > o.Reserve:
		return finding(at, "with lease %d of %s all leases exceed the reserve", l.Serial, l.Terminal)
	}
	a.done.Leases++
	return a.check(Autograph{at, "the hub", g.Raw, g.Sig, a.state.hub.Key, wire.ForLease})
}

// End says what was gone through, when the book has been read to its end. Errors wrap ErrAudit.
func (a *Auditor) End() (Audited, error) {
	a.done.Sum, a.done.Cases, a.done.Unsealed = a.state.redeemed, a.state.cases, a.state.unsealed
	if err := a.settle(); err != nil {
		return a.done, err
	}
	for id, at := range a.loose {
		return a.done, finding(at, "no signature of terminal %s vouches for its newest records", id)
	}
	return a.done, nil
}

// Audit goes through a whole book. read is the book's Read.
func Audit(ctx context.Context, read func(context.Context, book.Position, func(book.Entry) error) error, verify func(Autograph) error) (Audited, error) {
	a := NewAuditor(verify)
	if err := read(ctx, 0, a.Add); err != nil {
		return a.done, err
	}
	return a.End()
}
