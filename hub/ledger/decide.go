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

// spentAge is how old the till's spent set was when it accepted, in milliseconds; nil when it had none.
func spentAge(r *voucher.Record) *int64 {
	if r.SpentAt == 0 {
		return nil
	}
	age := max(0, r.At-r.SpentAt)
	return &age
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

// seen tells whether the till that made the sale has seen the voucher's whole code, and for what it is.
func (v *issued) seen(sale *voucher.Redemption) bool {
	return v.Sight == sale.Sight && v.phase == sale.Voucher.Phase && v.tier == sale.Voucher.Tier
}

// forged tells whether a sale names a voucher whose code the till has never seen. It is asked before anything else about
// an acceptance: also the till of a merchant who is suspended must not use up a stranger's voucher.
func (d *draft) forged(sale *voucher.Redemption) bool {
	v := d.find(sale.Voucher)
	return v != nil && !v.seen(sale)
}

// accepted is a sale that a cashier was already shown as PROVISIONAL, so it is never merely rejected: what does not hold
// is disputed, with a case.
func (d *draft) accepted(t *terminal, r *voucher.Record, sale *voucher.Redemption) (voucher.Outcome, Draw) {
	at := d.instant(r)
	reason, winner := d.law(t, sale, at)
	c := CaseOpened{Kind: voucher.Breach, Terminal: t.ID, Record: about(r), InLease: d.covered(t, r, sale, at), SpentAge: spentAge(r)}
	if reason == voucher.TerminalIsFrozen {
		if c.Of = t.fork; t.closed != nil {
			c.Kind, c.Of = voucher.Late, t.closed.Case
		}
		switch said, by := d.unfrozen(t, sale, at); {
		case said == voucher.AlreadyRedeemed:
			reason, winner = said, by
		case t.written != nil && said == voucher.OK:
			reason = voucher.WrittenOff
		case t.written != nil:
			c.Kind, reason = voucher.Breach, said
		}
	}
	switch {
	case d.forged(sale):
		reason, winner = voucher.Forged, voucher.RedemptionID{}
	case reason == voucher.AlreadyRedeemed:
		c.Kind = voucher.Conflict
	case reason == voucher.OK && !c.InLease:
		reason = voucher.OfflineLimit
	case reason == voucher.OK && d.uncertain(r, sale):
		c.Kind, reason = voucher.Clock, voucher.ClockUntrusted
	case reason == voucher.OK && d.tooLate(sale):
		c.Kind, reason = voucher.Late, voucher.Expired
	}
	draw := d.draw(t, sale)
	if reason == voucher.Forged && draw == FromVoucher {
		draw = NoDraw // the voucher is still its holder's
	}
	if reason == voucher.OK && draw != NoDraw {
		return voucher.Outcome{Result: voucher.Redeemed}, draw
	}
	if reason == voucher.OK {
		reason = voucher.OutOfStock
	}
	c.Winner, c.Reason = winner, reason
	return voucher.Outcome{Result: voucher.Disputed, Reason: reason, Winner: winner, Case: d.openCase(c)}, draw
}

// tooLate tells whether an acceptance comes longer after the end of its voucher's phase than the campaign pays without a
// person's word.
func (d *draft) tooLate(sale *voucher.Redemption) bool {
	phase, _ := d.campaign.Phase(sale.Voucher.Phase)
	grace := d.campaign.Offline.Grace
	return grace > 0 && d.time.After(phase.End.Add(grace))
}

// about is the redemption as the cashier knows it: of a Confirm, the ask's.
func about(r *voucher.Record) voucher.RedemptionID {
	id := r.ID
	if r.Kind == voucher.Confirm {
		id.Number = r.Of
	}
	return id
}

// instant is when an offline sale is taken to have been made: the till's trusted time, but never before what the till
// had last heard of the hub, nor after now.
func (d *draft) instant(r *voucher.Record) time.Time {
	at := max(r.At, r.Heard)
	if now := d.time.UnixMilli(); at > now {
		at = now
	}
	return time.UnixMilli(at)
}

// uncertain tells whether the till's clock could not be relied on and the phase began or ended somewhere between what it
// last heard and now: then nobody can say from the record alone whether the voucher was valid (G11).
func (d *draft) uncertain(r *voucher.Record, sale *voucher.Redemption) bool {
	if r.Sure {
		return false
	}
	phase, _ := d.campaign.Phase(sale.Voucher.Phase)
	crosses := func(edge time.Time) bool { return r.Heard < edge.UnixMilli() && edge.UnixMilli() <= d.time.UnixMilli() }
	return crosses(phase.Start) && r.Heard != 0 || crosses(phase.End)
}

// covered tells whether one of the terminal's leases covered the acceptance: its count and sum, its largest face value,
// and its hour. None covers a lane voucher, which is for the hub alone.
func (d *draft) covered(t *terminal, r *voucher.Record, sale *voucher.Redemption, at time.Time) bool {
	if r.Lease == 0 || int(r.Lease) > len(t.untils) || sale.Voucher.Lane() {
		return false
	}
	tier, _ := d.campaign.Tier(sale.Voucher.Tier)
	lease := t.lease
	lease.Until = t.untils[r.Lease-1]
	return lease.Cover(t.used, sale.Voucher.Phase, tier, d.campaign.StockAt, at) == voucher.OK
}

// draw finds the unit of an acceptance: carried by the voucher, or lent to the terminal. A lent unit is gone whatever the
// voucher was: the till has counted it.
func (d *draft) draw(t *terminal, sale *voucher.Redemption) Draw {
	if d.campaign == nil {
		return NoDraw
	}
	body, v := sale.Voucher, d.vouchers[sale.Voucher.Serial]
	switch {
	case d.campaign.StockAt == voucher.AtRedemption && voucher.Units(t.used.Pools, body.Phase, body.Tier) < voucher.Units(t.lease.Pools, body.Phase, body.Tier):
		return t.lent()
	case d.campaign.StockAt == voucher.AtClaim && v != nil && v.pool == (pool{body.Phase, body.Tier}) && v.standing == voucher.StandingIssued:
		return FromVoucher
	}
	return NoDraw
}

// lent is where a unit of the terminal's lease lies: with what is lent, or with what was written off of it; nowhere when
// that was released.
func (l *life) lent() Draw {
	switch {
	case l.written == nil:
		return FromLease
	case !l.written.Release:
		return FromWrittenOff
	}
	return NoDraw
}

// confirm is an asked sale that the till went on to show as PROVISIONAL. What the hub had redeemed stays as it is; what
// it had rejected is judged again as an acceptance, because the goods have left the shop.
func (d *draft) confirm(t *terminal, r *voucher.Record) (voucher.Outcome, Draw) {
	n := t.chain[r.Of-1]
	if n.kind != voucher.Ask || n.confirm != 0 {
		return voucher.Outcome{Result: voucher.Noted}, NoDraw
	}
	if n.outcome.Result == voucher.Redeemed {
		draw := NoDraw
		if lent := d.draw(t, n.sale); (n.units == FromFree || n.units == FromOwed) && (lent == FromLease || lent == FromWrittenOff) {
			draw = lent
		}
		return voucher.Outcome{Result: voucher.Noted}, draw
	}
	return d.accepted(t, r, n.sale)
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
