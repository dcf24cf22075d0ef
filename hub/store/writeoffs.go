package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/voucher"
)

func (f *folding) written(at book.Position, e *ledger.WrittenOff, when int64) error {
	return f.exec(`INSERT INTO writeoff (position, terminal, epoch, release, why, by, at, units, sum_fen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		int64(at), string(e.Terminal), int64(e.Epoch), e.Release, e.Reason, signers(e.By), when,
		int64(ledger.Stranded{Units: e.Units}.Count()), int64(e.Sum))
}

// signers are the names of those who signed.
func signers(all []ledger.Signature) string {
	names := make([]string, len(all))
	for i, by := range all {
		names[i] = by.Name
	}
	return strings.Join(names, ", ")
}

// WriteOffRow is a write-off of a terminal's leases.
type WriteOffRow struct {
	Terminal voucher.TerminalID `json:"terminal"`
	Epoch    uint32             `json:"epoch"` // this one and all before it
	Release  bool               `json:"release"`
	Reason   string             `json:"reason"`
	By       string             `json:"by"`
	At       time.Time          `json:"at"`
	Units    int64              `json:"units"`
	Sum      voucher.Fen        `json:"sum_fen"`
}

// WriteOffs lists the write-offs of a terminal, of all for an empty one, in the order of the book.
func (s *Store) WriteOffs(ctx context.Context, id voucher.TerminalID) ([]WriteOffRow, error) {
	all, err := list(ctx, s, func(r *sql.Rows) (w WriteOffRow, err error) {
		var at int64
		err = r.Scan(&w.Terminal, &w.Epoch, &w.Release, &w.Reason, &w.By, &at, &w.Units, &w.Sum)
		w.At = instant(at)
		return w, err
	}, `SELECT terminal, epoch, release, why, by, at, units, sum_fen FROM writeoff WHERE ? = '' OR terminal = ? ORDER BY position`, string(id), string(id))
	return all, asked(err, "write-offs", id)
}
