package journal

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// Verify reads the whole file again: bbolt's own check, each record's place in the chain, and that memory holds the same.
// It blocks the journal for as long. Errors wrap ErrDamaged and name the file.
func (j *Journal) Verify() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return ErrClosed
	}
	if err := j.disk.check(); err != nil {
		return err
	}
	f, err := refold(j.disk, j.fold.owner.Terminal)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(f.summary(), j.fold.summary()) {
		return fmt.Errorf("%s: %w: it holds other things than memory", j.disk, ErrDamaged)
	}
	return nil
}

// summary is the fold without what may differ by the way it was reached.
func (f *fold) summary() any {
	type all struct {
		f     fold
		sales []Sale
		held  map[voucher.Serial]uint64
		spent []byte
	}
	a := all{f: *f, held: map[voucher.Serial]uint64{}}
	for serial, s := range f.held {
		a.held[serial] = s.number
	}
	for _, s := range f.sales {
		a.sales = append(a.sales, f.public(s))
	}
	a.spent, _ = f.spent.set.Bytes()
	a.f.spent.set = wire.Numbers{}
	a.f.stored, a.f.entries, a.f.sales, a.f.held = tip{}, nil, nil, nil
	return a
}

// line is one record for people and other programs. It has no sight and no holder tag: nothing of a code.
type line struct {
	Number  uint64          `json:"number"`
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	At      time.Time       `json:"at"`
	Heard   *time.Time      `json:"heard,omitempty"`
	Wall    time.Time       `json:"wall_clock"`
	Sure    bool            `json:"sure"`
	Voucher string          `json:"voucher,omitempty"`
	Phase   voucher.PhaseNo `json:"phase,omitempty"`
	Tier    voucher.TierNo  `json:"tier,omitempty"`
	Bill    voucher.Fen     `json:"bill_fen,omitempty"`
	Source  string          `json:"bill_source,omitempty"` // "pos", "display" or "typed"
	Order   string          `json:"order,omitempty"`
	Payer   string          `json:"payer,omitempty"` // a keyed hash
	Of      uint64          `json:"of,omitempty"`
	Lease   uint32          `json:"lease,omitempty"`
	Prev    string          `json:"prev"`

	Handover *voucher.Handover `json:"handover,omitempty"`
	Proof    string            `json:"lane,omitempty"` // of a handover: the redemption of the lane voucher

	Hash    string `json:"hash"`
	Outcome *said  `json:"outcome"`
}

// said is the hub's word on a record.
type said struct {
	Result string         `json:"result"`
	Reason voucher.Reason `json:"reason"`
	Winner string         `json:"winner,omitempty"`
	Case   uint64         `json:"case,omitempty"`
	At     time.Time      `json:"at"`
}

var kindNames = map[voucher.Kind]string{
	voucher.Ask: "ask", voucher.Accept: "accept", voucher.Confirm: "confirm",
	voucher.Reverse: "reverse", voucher.Void: "void", voucher.Surrender: "surrender", voucher.Handed: "handover",
}

var resultNames = map[voucher.Result]string{
	voucher.Redeemed: "redeemed", voucher.Rejected: "rejected", voucher.Disputed: "disputed",
	voucher.Undone: "undone", voucher.Noted: "noted",
}

// Export writes every record and the hub's word on it as one JSON object a line. There is no code in it, and nothing a
// code could be made from.
func (j *Journal) Export(w io.Writer) error {
	out := json.NewEncoder(w)
	for after := uint64(0); ; {
		lines, err := j.lines(after, 500)
		if err != nil || len(lines) == 0 {
			return err
		}
		for _, l := range lines {
			if err := out.Encode(l); err != nil {
				return err
			}
			after = l.Number
		}
	}
}

// lines makes some lines; the lock is not held while they are written to whoever reads.
func (j *Journal) lines(after uint64, most int) ([]line, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []line
	for n := max(after, j.fold.base.Number) + 1; n <= j.fold.tip.Number && len(lines) < most; n++ {
		raw, err := j.raw(n)
		if err != nil {
			return nil, err
		}
		r, err := wire.DecodeRecord(raw)
		if err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
		l := lineOf(r)
		hash := wire.Hash(raw)
		l.Hash = hex.EncodeToString(hash[:])
		if o := j.fold.outcome(n); o != nil {
			l.Outcome = saidOf(o)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func lineOf(r *voucher.Record) line {
	l := line{
		Number: r.ID.Number, ID: r.ID.String(), Kind: kindNames[r.Kind], At: r.Time().UTC(),
		Wall: time.UnixMilli(r.WallClock).UTC(), Sure: r.Sure, Of: r.Of, Lease: r.Lease, Prev: hex.EncodeToString(r.Prev[:]),
	}
	if r.Heard != 0 {
		at := time.UnixMilli(r.Heard).UTC()
		l.Heard = &at
	}
	if l.Handover = r.Handover; l.Handover != nil {
		l.Proof = l.Handover.Lane.String()
	}
	if s := r.Sale; s != nil {
		l.Voucher, l.Phase, l.Tier = s.Voucher.Serial.String(), s.Voucher.Phase, s.Voucher.Tier
		l.Bill, l.Source, l.Order = s.Bill, s.Source.String(), s.Order
		if s.Payer != (voucher.Payer{}) {
			l.Payer = hex.EncodeToString(s.Payer[:])
		}
	}
	return l
}

func saidOf(o *voucher.Outcome) *said {
	s := &said{Result: resultNames[o.Result], Reason: o.Reason, Case: o.Case, At: time.UnixMilli(o.At).UTC()}
	if !o.Winner.IsZero() {
		s.Winner = o.Winner.String()
	}
	return s
}
