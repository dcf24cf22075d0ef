package ledger

import (
	"hexiao/hub/book"
	"hexiao/hub/wire"
)

// sealEvery is how many entries may stand in the book without a seal while the hub runs; when it stops in order it seals
// what is left. At 174 bytes an entry it costs nothing (0.02 % more bytes and one signature).
const sealEvery = 4096

// ForSeal is the purpose of Sealed.Sig.
const ForSeal wire.Purpose = "hexiao seal 1\x00"

// Sealed is the hub's signature under the book as it stood before this entry. The chain alone shows that entries belong
// together, but whoever can write the files could make another chain; the seals are what that person cannot make. Behind
// the last one the terminals' own signatures, and the heads that their acks carry, bear witness.
type Sealed struct {
	At   book.Position `cbor:"1,keyasint"` // of the entry before this one
	Head []byte        `cbor:"2,keyasint"` // hash of the chain there, 32 bytes
	Sig  []byte        `cbor:"3,keyasint"` // over SealBytes
}

// SealBytes are what a seal's signature is over: the hub's generation, the position and the hash.
func SealBytes(generation []byte, at book.Position, head []byte) []byte {
	raw, err := wire.Marshal([]any{generation, uint64(at), head})
	if err != nil {
		panic(err) // a mistake in this function
	}
	return raw
}

// seal puts a seal in front of a group when it is time, or when the hub stops.
func (d *draft) seal(head book.Hash, sign func([]byte) []byte) {
	raw := SealBytes(d.hub.Generation, d.position, head[:])
	d.add(Entry{Seal: &Sealed{At: d.position, Head: head[:], Sig: sign(raw)}})
}

// sealLast seals what the last groups left unsealed.
func (l *Ledger) sealLast() error {
	if l.o.Seal == nil || l.state.unsealed == 0 || l.state.hub == nil {
		return nil
	}
	return l.commit([]*request{{func(d *draft) { l.sealNow(d) }, make(chan error, 1)}})
}

func (l *Ledger) sealNow(d *draft) {
	_, head := l.book.Head()
	d.seal(head, l.o.Seal)
}
