package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hexiao/hub/voucher"
)

// A lane voucher (voucher.LaneTier) is decided as any other and moves nothing: it is of no pool, no person and no lease, is in
// no set of used vouchers, and what it redeemed is not given back by a void. See DESIGN.md.

// LaneIssued gives a terminal a lane voucher.
type LaneIssued struct {
	Terminal voucher.TerminalID `cbor:"1,keyasint"`
	Serial   voucher.Serial     `cbor:"2,keyasint"`
	Sight    voucher.Sight      `cbor:"3,keyasint"`
}

// LaneVoucher gives a terminal its lane voucher: the one that it was given before, while that is unused and has half its life
// left, so that asking again and again writes nothing. With any reason but OK there is none: the terminal or its merchant may
// not redeem, there is no campaign, or a restored hub decides nothing yet (HubSilent). chance is random; sign makes the code
// with the key that codes are signed with, the same for the same body. ErrUnknownTerminal.
func (l *Ledger) LaneVoucher(ctx context.Context, id voucher.TerminalID, chance uint32, sign func(voucher.Body) voucher.Code) (code voucher.Code, no voucher.Reason, err error) {
	err = l.tell(ctx, func(d *draft) (err error) {
		code, no, err = d.laneVoucher(id, chance, sign)
		return err
	})
	return code, no, err
}

func (d *draft) laneVoucher(id voucher.TerminalID, chance uint32, sign func(voucher.Body) voucher.Code) (voucher.Code, voucher.Reason, error) {
	t := d.terminals[id]
	if t == nil {
		return voucher.Code{}, voucher.OK, ErrUnknownTerminal
	}
	if no := d.laneless(t); no != voucher.OK {
		return voucher.Code{}, no, nil
	}
	body := func(serial voucher.Serial) voucher.Body {
		b := voucher.NewLane(d.hub.Issuing.ID, d.campaign.Number, id, d.time.Add(voucher.LaneLife), chance)
		if serial != 0 {
			b.Serial = serial
		}
		return b
	}
	if v := d.lanes[t.lane]; v != nil && v.standing == voucher.StandingIssued {
		b := body(t.lane)
		code := sign(b)
		if code.Sight() == v.Sight && b.LaneUntil().Sub(d.time) > voucher.LaneLife/2 { // else of another campaign or key
			return code, voucher.OK, nil
		}
	}
	if t.lanes.on(d.time.UnixMilli()) >= lanesADay {
		return voucher.Code{}, voucher.LaneLimit, nil
	}
	for d.numbers.Has(body(0).Serial) || d.lanes[body(0).Serial] != nil {
		chance++
	}
	code := sign(body(0))
	d.add(Entry{Lane: &LaneIssued{Terminal: id, Serial: code.Body.Serial, Sight: code.Sight()}})
	return code, voucher.OK, nil
}

// lanesADay is how many lane vouchers a terminal is given in a day (of UTC). Each is an entry of the book and about 200 bytes of
// memory for good, and an idle one is replaced each half hour, 48 a day: so whoever has a terminal's key writes no more than that
// many again and again.
const lanesADay = 100

// laneDay counts a terminal's lane vouchers of a day, or its handovers.
type laneDay struct {
	day   int64 // since 1970
	count int
}

func dayOf(ms int64) int64 { return hourOf(ms) / 24 }

// on is how many there were on the day of an instant.
func (l laneDay) on(ms int64) int {
	if l.day != dayOf(ms) {
		return 0
	}
	return l.count
}

// more is one more at an instant.
func (l laneDay) more(ms int64) laneDay { return laneDay{dayOf(ms), l.on(ms) + 1} }

// laneless is why a terminal gets no lane voucher; OK when it does.
func (d *draft) laneless(t *terminal) voucher.Reason {
	m := d.merchants[t.Merchant]
	switch {
	case d.recovering:
		return voucher.HubSilent
	case d.campaign == nil || d.hub == nil:
		return voucher.NoCampaign
	case t.standing() == voucher.TerminalRevoked:
		return voucher.TerminalIsRevoked
	case t.standing() != voucher.TerminalGood:
		return voucher.TerminalIsFrozen
	case m == nil || m.Status != voucher.MerchantActive:
		return voucher.MerchantNotActive
	}
	return voucher.OK
}

func (s *state) applyLane(e *LaneIssued) error {
	t := s.terminals[e.Terminal]
	if t == nil {
		return fmt.Errorf("a lane voucher of unknown terminal %s", e.Terminal)
	}
	if s.lanes[e.Serial] != nil {
		return fmt.Errorf("lane voucher %s is issued twice", e.Serial)
	}
	holder := voucher.NewLane(0, 0, e.Terminal, time.Time{}, 0).Holder
	s.lanes[e.Serial] = &issued{Issued: Issued{Serial: e.Serial, Sight: e.Sight, Holder: holder}, pool: pool{voucher.LanePhase, voucher.LaneTier}, standing: voucher.StandingIssued}
	t.lane, t.lanes = e.Serial, t.lanes.more(s.at)
	return nil
}

// find finds a voucher; nil when it was never issued.
func (s *state) find(b voucher.Body) *issued {
	if b.Lane() {
		return s.lanes[b.Serial]
	}
	return s.vouchers[b.Serial]
}

// laneAgain enters a lane voucher that a restored hub's book has lost, of a redemption that an earlier ack proves.
func (d *draft) laneAgain(t *terminal, sale *voucher.Redemption) {
	if d.lanes[sale.Voucher.Serial] == nil {
		d.add(Entry{Lane: &LaneIssued{Terminal: t.ID, Serial: sale.Voucher.Serial, Sight: sale.Sight}})
	}
}

// handed takes a technician's word that the till works. It is honoured when the redemption that it names is of a lane test that
// this terminal has passed, within the day; it stays on record in any case. No more than lanesADay of a day are looked at, because
// each may be large, and costs a look through the terminal's chain.
func (d *draft) handed(t *terminal, r *voucher.Record) voucher.Outcome {
	if t.handed.on(d.time.UnixMilli()) >= lanesADay {
		return voucher.Outcome{Result: voucher.Rejected, Reason: voucher.LaneLimit}
	}
	lane := r.Handover.Lane
	if e := t.lifeOf(lane.Epoch); lane.Terminal != t.ID || e == nil || !e.passed(lane.Number, madeAfter(r)) {
		return voucher.Outcome{Result: voucher.Rejected, Reason: voucher.UnknownVoucher}
	}
	return voucher.Outcome{Result: voucher.Noted}
}

// madeAfter is the latest instant that a record was certainly not made before: the till's trusted time, or where its clock had
// stood still, when it last heard the hub.
func madeAfter(r *voucher.Record) time.Time {
	if r.Sure {
		return time.UnixMilli(max(r.At, r.Heard))
	}
	return time.UnixMilli(r.Heard)
}

// handoverWithin is how old a lane test may be that a handover names. A till lets it be an hour (desk.LaneFresh); its clock may
// be off, and a test of last month says nothing of today.
const handoverWithin = 24 * time.Hour

// passed tells whether record n began a lane test that went the whole way, redeemed and voided, not long before.
func (e *life) passed(n uint64, before time.Time) bool {
	if n == 0 || n > uint64(len(e.chain)) {
		return false
	}
	l := &e.chain[n-1]
	if l.kind != voucher.Ask || !l.sale.Voucher.Lane() || l.outcome.Result != voucher.Redeemed {
		return false
	}
	i := slices.IndexFunc(e.chain[n:], func(v link) bool {
		return v.kind == voucher.Void && v.of == n && v.outcome.Result == voucher.Undone
	})
	return i >= 0 && before.Sub(time.UnixMilli(e.chain[n:][i].outcome.At)) <= handoverWithin
}
