package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"

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
	At         book.Position `cbor:"1,keyasint"` // of the entry before this one
	Head       []byte        `cbor:"2,keyasint"` // hash of the chain there, 32 bytes
	Generation []byte        `cbor:"3,keyasint"` // the hub's
	Sig        []byte        `cbor:"4,keyasint"` // over Bytes
}

// Bytes are what the seal's signature is over.
func (s *Sealed) Bytes() []byte {
	raw, err := wire.Marshal([]any{s.Generation, uint64(s.At), s.Head})
	if err != nil {
		panic(err) // a mistake in this function
	}
	return raw
}

// Genuine tells whether the hub with this public key has made the seal.
func (s *Sealed) Genuine(hub []byte) bool {
	return len(hub) == ed25519.PublicKeySize && wire.Verify(s.Bytes(), s.Sig, hub, ForSeal)
}

// MaybeSeal is false of an entry that cannot be a seal. It only looks for the bytes of the field's number, and so spares
// the decoding of nearly all others.
func MaybeSeal(body []byte) bool { return bytes.Contains(body, []byte{0x18, 30}) }

// seal puts a seal in front of a group when it is time, or when the hub stops.
func (d *draft) seal(head book.Hash, sign func([]byte) []byte) {
	s := Sealed{At: d.position, Head: head[:], Generation: d.hub.Generation}
	s.Sig = sign(s.Bytes())
	d.add(Entry{Seal: &s})
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
	for _, body := range d.bodies { // of the group before, not in the book yet
		head = head.Next(body)
	}
	d.seal(head, l.o.Seal)
}

// SealNow seals what is not sealed yet, for somebody who is about to audit or to copy the book.
func (l *Ledger) SealNow(ctx context.Context) error {
	return l.tell(ctx, func(d *draft) error {
		if l.o.Seal == nil || d.unsealed == 0 || d.hub == nil {
			return nil
		}
		l.sealNow(d)
		return nil
	})
}
