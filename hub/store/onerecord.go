package store

import (
	"context"

	"hexiao/hub/voucher"
)

// Record gives one record by its ID, a redemption's number for one; ErrNotFound.
func (s *Store) Record(ctx context.Context, id voucher.RedemptionID) (RecordRow, error) {
	return one(ctx, s, scanRecord, "record", id.String(), selectRecord+` WHERE r.terminal = ? AND r.epoch = ? AND r.number = ?`,
		string(id.Terminal), int64(id.Epoch), int64(id.Number))
}
