package ledger

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"hexiao/hub/voucher"
)

const secretBytes = 16

// Secret is the ratchet's secret of one tick, 16 bytes. It is made anew from the key whenever it is needed, so that the
// hub keeps none; it does not depend on the hub's generation, so that a hub put back to an older state still knows what
// it has given out. Pure, and safe for concurrent use.
func (l *Ledger) Secret(id voucher.TerminalID, epoch uint32, turn, tick uint64) []byte {
	return secret(l.o.Ratchet, id, epoch, turn, tick)
}

func secret(key []byte, id voucher.TerminalID, epoch uint32, turn, tick uint64) []byte {
	b := append(make([]byte, 0, 64), "hexiao ratchet 1\x00"...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(id)))
	b = append(b, id...)
	b = binary.BigEndian.AppendUint32(b, epoch)
	b = binary.BigEndian.AppendUint64(b, turn)
	b = binary.BigEndian.AppendUint64(b, tick)
	mac := hmac.New(sha256.New, key)
	mac.Write(b)
	return mac.Sum(nil)[:secretBytes]
}
