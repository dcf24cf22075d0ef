package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrSignature: the bytes were not signed by that key for that purpose.
var ErrSignature = errors.New("signature does not hold")

// Purpose keeps a signature made for one thing from being taken for another.
type Purpose string

// The purposes.
const (
	ForHello   Purpose = "hexiao hello 1\x00"
	ForRecords Purpose = "hexiao records 1\x00"
	ForLaw     Purpose = "hexiao law 1\x00"
	ForLease   Purpose = "hexiao lease 1\x00"
	ForAck     Purpose = "hexiao ack 1\x00"
	ForPulse   Purpose = "hexiao pulse 1\x00"
	ForRecall  Purpose = "hexiao recall 1\x00"
	ForOrder   Purpose = "hexiao order 1\x00"
	ForSpent   Purpose = "hexiao spent 1\x00"
	ForLane    Purpose = "hexiao lane 1\x00"
)

// Signed is bytes and a signature over them.
type Signed struct {
	Raw []byte `cbor:"1,keyasint"`
	Sig []byte `cbor:"2,keyasint"`
}

// Seal encodes a body and signs it.
func Seal(body any, key ed25519.PrivateKey, p Purpose) (Signed, error) {
	raw, err := Marshal(body)
	if err != nil {
		return Signed{}, fmt.Errorf("seal %T: %w", body, err)
	}
	return Signed{raw, Sign(raw, key, p)}, nil
}

// Open verifies the signature over the bytes as received, then reads them into body. It returns ErrSignature, or an
// error that wraps ErrFrame.
func (s Signed) Open(body any, key ed25519.PublicKey, p Purpose) error {
	if !Verify(s.Raw, s.Sig, key, p) {
		return ErrSignature
	}
	return unmarshal(s.Raw, body)
}

// Peek reads the body without looking at the signature: for finding out whose key to use.
func (s Signed) Peek(body any) error { return unmarshal(s.Raw, body) }

// Sign signs bytes for a purpose.
func Sign(raw []byte, key ed25519.PrivateKey, p Purpose) []byte {
	what := append([]byte(p), raw...)
	if known := memory.Load(); known != nil {
		return known.sign(what, key)
	}
	return ed25519.Sign(key, what)
}

// Verify tells whether bytes were signed for a purpose.
func Verify(raw, sig []byte, key ed25519.PublicKey, p Purpose) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	what := append([]byte(p), raw...)
	if known := memory.Load(); known != nil {
		return known.verify(what, sig, key)
	}
	return ed25519.Verify(key, what, sig)
}

// Hash is a record's hash: SHA-256 of a purpose and its bytes as encoded at the till. The next record's Prev holds it.
func Hash(raw []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte("hexiao record 1\x00"))
	h.Write(raw)
	return [32]byte(h.Sum(nil))
}
