package ledger

import (
	"errors"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Errors of Receive that the gate must tell apart.
var (
	// ErrUnknownTerminal: no such terminal was ever enrolled here.
	ErrUnknownTerminal = errors.New("unknown terminal")
	// ErrGap: the records do not follow what the ledger holds; the ack says where that ends. Nothing after the gap was taken.
	ErrGap = errors.New("records are missing before these")
	// ErrRecord: a record is not the terminal's own, or of another epoch.
	ErrRecord = errors.New("record of another terminal or epoch")
)

// Batch is records of one terminal as they came, in order and each linked to the one before: decoded (one that cannot be read is of no kind, and has number 0 when its
// place cannot be read either), their bytes, and the terminal's signature over the hash of the
// last one, which the gate has verified.
type Batch struct {
	Terminal voucher.TerminalID
	Records  []*voucher.Record
	Raw      [][]byte
	Sig      []byte
	Proof    *wire.AckBody // the ack that answered these very records before, verified with the hub's key; nil for none
}

// receive decides a batch in order.
func (d *draft) receive(b Batch) (wire.AckBody, error) {
	t := d.terminals[b.Terminal]
	if t == nil {
		return wire.AckBody{}, ErrUnknownTerminal
	}
	if len(b.Records) == 0 || t.lifeOf(b.Records[0].ID.Epoch) == nil {
		return wire.AckBody{}, ErrRecord
	}
	e := t.lifeOf(b.Records[0].ID.Epoch)
	records, ok := e.places(b)
	if !ok {
		return wire.AckBody{}, ErrRecord
	}
	ack, proofs := wire.AckBody{Terminal: t.ID, Epoch: e.epoch}, proven(b)
	var err error
	for i, in := range records {
		if proofs != nil {
			in.proof = proofs[i]
		}
		var out voucher.Outcome
		if out, err = d.record(t, e, in); err != nil {
			break
		}
		ack.Outcomes = append(ack.Outcomes, out)
		if e.holds(in.ID.Number, in.hash) {
			ack.Answered = in.hash[:] // those behind it, if any, are of a second chain
		}
	}
	if e == t.life {
		d.look(t)
	}
	head := e.head()
	ack.Last, ack.Head, ack.HubTime = uint64(len(e.chain)), head[:], d.time.UnixMilli()
	return ack, err
}

// incoming is one record of a batch.
type incoming struct {
	*voucher.Record
	raw, sig []byte
	hash     [32]byte
	proof    *voucher.Outcome // what an earlier ack of this hub says became of it; nil for nothing
}

// holds tells whether record n of the chain has the hash.
func (e *life) holds(n uint64, hash [32]byte) bool {
	return n > 0 && n <= uint64(len(e.chain)) && e.chain[n-1].hash == hash
}

// record decides one record, or finds what was decided: asked twice, answered the same (G7). Errors: ErrRecord, ErrGap,
// ErrRecovering; nothing was decided then.
func (d *draft) record(t *terminal, e *life, r incoming) (voucher.Outcome, error) {
	next := uint64(len(e.chain)) + 1
	switch {
	case r.ID.Terminal != t.ID || r.ID.Epoch != e.epoch:
		return voucher.Outcome{}, ErrRecord
	case e.holds(r.ID.Number, r.hash):
		return e.chain[r.ID.Number-1].outcome, nil
	case e.strays[r.hash] != nil:
		return e.strays[r.hash].outcome, nil
	case r.ID.Number > next && e.strays[r.Prev] == nil: // a second chain may be the longer one
		return voucher.Outcome{}, ErrGap
	case e != t.life || r.ID.Number != next || r.Prev != e.head():
		return d.stray(t, e, r), nil
	}
	if r.proof != nil && t.reported {
		d.loseTail(t.ID)
	}
	got := RecordReceived{Raw: r.raw, Sig: r.sig, Merchant: t.Merchant}
	switch {
	case r.proof != nil:
		got.Proven = true
		d.adopt(t, r, &got)
	case d.recovering:
		return voucher.Outcome{}, ErrRecovering
	default:
		got.Outcome, got.Units = d.judge(t, r.Record)
		got.Outcome.At = d.time.UnixMilli()
	}
	got.Outcome.ID = r.ID
	d.add(Entry{Received: &got})
	return got.Outcome, nil
}

// stray keeps a record of a second chain under the same IDs: a copied or restored disk. The terminal is frozen, both
// sides' records are kept, and a person decides about the terminal, and about each acceptance by itself.
func (d *draft) stray(t *terminal, e *life, r incoming) voucher.Outcome {
	number := t.fork
	if t.closed != nil && t.closed.Case != 0 {
		number = t.closed.Case // its copies are known, and a person has decided about them
	}
	c := CaseOpened{Kind: voucher.Fork, Terminal: t.ID, Record: about(r.Record), Reason: voucher.TerminalIsFrozen, Raw: r.raw}
	sale := e.saleOf(r.Record)
	if sale == nil {
		d.evidence(number, c)
	} else if number == 0 {
		d.openCase(CaseOpened{Kind: c.Kind, Terminal: c.Terminal, Record: c.Record, Reason: c.Reason})
	}
	if number == 0 && t.state == voucher.TerminalGood {
		d.setTerminal(t, voucher.TerminalFrozen, "two chains of records: a copied or restored disk")
	}
	if sale != nil {
		c.Kind, c.Of, c.Sale = voucher.Breach, max(number, t.fork), sale
		if reason, winner := d.unfrozen(t, sale, d.instant(r.Record)); d.forged(sale) {
			c.Reason = voucher.Forged
		} else if reason == voucher.AlreadyRedeemed {
			c.Kind, c.Reason, c.Winner = voucher.Conflict, reason, winner
		}
		c.SpentAge = spentAge(r.Record)
		d.openCase(c)
	}
	return e.strays[r.hash].outcome
}

// evidence adds to a case about a terminal, or opens it when the number is 0.
func (d *draft) evidence(number uint64, c CaseOpened) {
	if number == 0 {
		d.openCase(c)
		return
	}
	c.Number, c.Rule = number, d.dossiers[number].Rule
	d.add(Entry{Case: &c})
}

// unfrozen is what the law would say of a frozen terminal's sale if it were not frozen.
func (d *draft) unfrozen(t *terminal, sale *voucher.Redemption, at time.Time) (voucher.Reason, voucher.RedemptionID) {
	good, life := *t, *t.life
	good.state, life.closed, good.life = voucher.TerminalGood, nil, &life
	return d.law(&good, sale, at)
}

// judge gives what becomes of a new record, and where its unit comes from.
func (d *draft) judge(t *terminal, r *voucher.Record) (voucher.Outcome, Draw) {
	switch r.Kind {
	case 0:
		return d.unreadable(t, r), NoDraw
	case voucher.Ask:
		return d.ask(t, r)
	case voucher.Accept:
		return d.accepted(t, r, r.Sale)
	case voucher.Confirm:
		return d.confirm(t, r)
	case voucher.Reverse, voucher.Void:
		return d.undo(t, r)
	case voucher.Handed:
		return d.handed(t, r), NoDraw
	}
	return d.surrender(t, r), NoDraw
}

// ask is a sale that waits for the hub: judged now, with everything the hub knows.
func (d *draft) ask(t *terminal, r *voucher.Record) (voucher.Outcome, Draw) {
	reason, winner := d.law(t, r.Sale, d.time)
	if reason != voucher.OK {
		return voucher.Outcome{Result: voucher.Rejected, Reason: reason, Winner: winner}, NoDraw
	}
	if r.Sale.Voucher.Lane() {
		return voucher.Outcome{Result: voucher.Redeemed}, NoDraw
	}
	if d.campaign.StockAt == voucher.AtClaim {
		return voucher.Outcome{Result: voucher.Redeemed}, FromVoucher
	}
	if d.units(pool{r.Sale.Voucher.Phase, r.Sale.Voucher.Tier}).free == 0 {
		return voucher.Outcome{Result: voucher.Rejected, Reason: voucher.OutOfStock}, NoDraw
	}
	return voucher.Outcome{Result: voucher.Redeemed}, FromFree
}

// law calls the one place where the rules are written, with the hub's knowledge.
func (d *draft) law(t *terminal, sale *voucher.Redemption, at time.Time) (voucher.Reason, voucher.RedemptionID) {
	if d.campaign == nil {
		return voucher.NoCampaign, voucher.RedemptionID{}
	}
	f := voucher.Facts{Campaign: d.campaign, At: at, Voucher: sale.Voucher, Bill: sale.Bill, Terminal: t.standing(), Place: t.Place, Standing: voucher.StandingAbsent, Till: t.ID}
	if m := d.merchants[t.Merchant]; m != nil {
		f.Merchant = m.Merchant
	}
	var winner voucher.RedemptionID
	v := d.find(sale.Voucher)
	if v == nil {
		f.Genuine = true // no such voucher: "unknown" says more than "forged"
	} else {
		f.Standing, winner = v.standing, v.by
		f.Genuine = v.seen(sale)
	}
	reason := voucher.Judge(f).Reason
	if reason != voucher.AlreadyRedeemed {
		winner = voucher.RedemptionID{}
	}
	return reason, winner
}

// seen tells whether the till that made the sale has seen the voucher's whole code, and for what it is. A lane voucher's holder
// tag says whose it is, and a till's record of it could say anything.
func (v *issued) seen(sale *voucher.Redemption) bool {
	return (!sale.Voucher.Lane() || v.Holder == sale.Voucher.Holder) && v.Sight == sale.Sight && v.phase == sale.Voucher.Phase && v.tier == sale.Voucher.Tier
}

// forged tells whether a sale names a voucher whose code the till has never seen. It is asked before anything else about
// an acceptance: also the till of a merchant who is suspended must not use up a stranger's voucher.
func (d *draft) forged(sale *voucher.Redemption) bool {
	v := d.find(sale.Voucher)
	return v != nil && !v.seen(sale)
}

// undo takes back what a Reverse or Void is about. One that finds nothing to take back changes nothing. A Reverse says that
// nobody was shown the sale; of an epoch that was copied or put back no disk can say that: the other one may have shown it.
func (d *draft) undo(t *terminal, r *voucher.Record) (voucher.Outcome, Draw) {
	n := t.holder(r.Of)
	switch {
	case n == nil || r.Kind == voucher.Reverse && n.kind != voucher.Ask:
		return voucher.Outcome{Result: voucher.Noted}, NoDraw
	case r.Kind == voucher.Reverse && t.copied:
		return voucher.Outcome{Result: voucher.Noted, Reason: voucher.TerminalIsFrozen}, NoDraw
	}
	return voucher.Outcome{Result: voucher.Undone}, n.units
}

// surrender takes a lease back. Of a terminal that was copied nothing is: the other disk may have used what this one gives
// back.
func (d *draft) surrender(t *terminal, r *voucher.Record) voucher.Outcome {
	if t.copied || t.closed != nil || t.written != nil {
		return voucher.Outcome{Result: voucher.Rejected, Reason: voucher.TerminalIsFrozen}
	}
	if r.Lease != t.lease.Serial && r.Lease != voucher.AllLeases || r.Lease == 0 {
		return voucher.Outcome{Result: voucher.Rejected, Reason: voucher.OfflineLimit}
	}
	return voucher.Outcome{Result: voucher.Noted}
}
