package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

// HandoverRow is a technician's word that a terminal was left working.
type HandoverRow struct {
	Position book.Position      `json:"position"`
	ID       string             `json:"id"` // of the record in the terminal's chain
	Terminal voucher.TerminalID `json:"terminal"`
	Merchant voucher.MerchantID `json:"merchant"` // whose terminal it was then
	TillTime time.Time          `json:"till_time"`
	HubTime  time.Time          `json:"hub_time"` // of receipt
	Honoured bool               `json:"honoured"` // false: the hub finds no such lane test that passed that day
	Lane     string             `json:"lane"`     // the redemption of the lane voucher
	voucher.Handover
}

const selectHandover = `SELECT position, terminal, epoch, number, merchant, till_time, hub_time, honoured, lane, body FROM handover`

func scanHandover(r *sql.Rows) (h HandoverRow, err error) {
	id := voucher.RedemptionID{}
	var till, hub int64
	var body []byte
	if err = r.Scan(&h.Position, &id.Terminal, &id.Epoch, &id.Number, &h.Merchant, &till, &hub, &h.Honoured, &h.Lane, &body); err != nil {
		return h, err
	}
	h.ID, h.Terminal, h.TillTime, h.HubTime = id.String(), id.Terminal, instant(till), instant(hub)
	return h, json.Unmarshal(body, &h.Handover)
}

// Handovers lists them in the order of the book, of one terminal or, for "", of all.
func (s *Store) Handovers(ctx context.Context, of voucher.TerminalID) ([]HandoverRow, error) {
	all, err := list(ctx, s, scanHandover, selectHandover+` WHERE ? = '' OR terminal = ? ORDER BY position`, string(of), string(of))
	return all, asked(err, "acceptances", of)
}

// handed folds a handover; one too many of its day stands among the records only.
func (f *folding) handed(at book.Position, r *voucher.Record, e *ledger.RecordReceived) error {
	if e.Outcome.Reason == voucher.LaneLimit {
		return nil
	}
	body, err := json.Marshal(r.Handover)
	if err != nil {
		return err
	}
	return f.exec(`INSERT INTO handover (position, terminal, epoch, number, merchant, till_time, hub_time, honoured, lane, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		int64(at), string(r.ID.Terminal), int64(r.ID.Epoch), int64(r.ID.Number), string(e.Merchant), r.At, e.Outcome.At,
		e.Outcome.Result == voucher.Noted, r.Handover.Lane.String(), string(body))
}

// lane folds a lane voucher: it stands among the others, so that it can be shown. No stock of the campaign is in it.
func (f *folding) lane(e *ledger.LaneIssued, at int64) error {
	return f.exec(`INSERT INTO voucher (id, phase, tier, person, state, redemption, issued_at) VALUES (?, ?, ?, NULL, 'issued', '', ?) ON CONFLICT (id) DO NOTHING`,
		int64(e.Serial), int64(voucher.LanePhase), int64(voucher.LaneTier), at)
}
