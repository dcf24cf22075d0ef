package office

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"hexiao/hub/book"
	"hexiao/hub/ledger"
	"hexiao/hub/store"
	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// WantRecord asks for the record behind a redemption's number, as a paper slip bears it.
type WantRecord struct {
	ID    string `json:"id"`
	Chain string `json:"chain,omitempty"` // as on the slip, at least its first 8 digits; empty: it is not compared
}

// Record is a record in the book, with the hash that its terminal's chain has there.
type Record struct {
	store.RecordRow
	Chain string `json:"chain"` // 64 hexadecimal digits; a slip bears the first 12
}

// leastChain is how many digits of a chain are compared at least: fewer may be right by chance.
const leastChain = 8

// showRecord finds a record and derives its hash from the bytes in the book. A chain that is not the record's is a finding.
func (o *Office) showRecord(ctx context.Context, in WantRecord) (Record, error) {
	id, err := voucher.ParseRedemptionID(in.ID)
	if err != nil {
		return Record{}, refuse("bad_request", "这不是核销编号；核销编号形如 T000001-1-42", "this is no redemption ID; one looks like T000001-1-42")
	}
	chain := strings.ToLower(strings.Join(strings.Fields(in.Chain), ""))
	if chain != "" && (len(chain) < leastChain || len(chain) > 64 || strings.Trim(chain, "0123456789abcdef") != "") {
		return Record{}, refuse("bad_request", "链值是小票上的 12 位十六进制数，至少写前 8 位", "the chain is the 12 hexadecimal digits on the slip; give at least the first 8")
	}
	row, err := see(ctx, o, func(v *store.Store) (store.RecordRow, error) { return v.Record(ctx, id) },
		"账本里没有 "+id.String()+" 这条记录：终端也许还没有上报，也许小票是假的", "the book has no record "+id.String()+": its terminal may not have reported it yet, or the slip is false")
	if err != nil {
		return Record{}, err
	}
	r := Record{RecordRow: row}
	if r.Chain, err = o.hashAt(ctx, row.Position); err != nil {
		return Record{}, err
	}
	if !strings.HasPrefix(r.Chain, chain) {
		return Record{}, refuse("audit", fmt.Sprintf("小票的链值 %s 与账本不符：%s 在账本里是 %s。小票不是按这条记录打的", chain, id, r.Chain),
			fmt.Sprintf("the slip's chain %s is not the book's: %s has %s there. The slip was not made from this record", chain, id, r.Chain))
	}
	return r, nil
}

// hashAt is the hash of the record that stands at a place of the book.
func (o *Office) hashAt(ctx context.Context, at book.Position) (hash string, err error) {
	err = o.Book.Read(ctx, at-1, func(e book.Entry) error {
		entry, err := ledger.DecodeEntry(e.Body)
		switch {
		case err != nil:
			return err
		case e.At != at || entry.Received == nil:
			return fmt.Errorf("entry %d of the book is no record", e.At)
		}
		sum := wire.Hash(entry.Received.Raw)
		hash = hex.EncodeToString(sum[:])
		return errEnd
	})
	if errors.Is(err, errEnd) {
		return hash, nil
	}
	return "", err
}
