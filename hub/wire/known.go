package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// Remember has Sign and Verify keep in mind, from now on and for the whole process, which signatures this process made
// or found to hold, so that Verify computes each of them once at most. It changes no answer: what is not known by its
// key, its purpose and all its bytes is computed, and what does not hold is never kept.
//
// It is for a process that plays the hub and the tills, where a signature is made once and looked at by many. Neither
// the hub nor a till calls it: what comes to them was made elsewhere, and comes once.
func Remember() { memory.CompareAndSwap(nil, new(known)) }

var memory atomic.Pointer[known] // nil: every signature is computed

// known is a place for each of the newest signatures that hold; of two in one place the later stays.
type known struct {
	mu     sync.Mutex // guards places
	places [1 << 15]digest
}

// digest is SHA-256 of a key, a signature and what it signs; the first two have fixed lengths.
type digest [sha256.Size]byte

func digestOf(signed, sig []byte, key ed25519.PublicKey) (d digest) {
	h := sha256.New()
	h.Write(key)
	h.Write(sig)
	h.Write(signed)
	h.Sum(d[:0])
	return d
}

func (k *known) place(d digest) *digest {
	return &k.places[binary.LittleEndian.Uint64(d[:])%uint64(len(k.places))]
}

func (k *known) keep(d digest) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*k.place(d) = d
}

func (k *known) has(d digest) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return *k.place(d) == d
}

// sign signs and keeps the signature: one by this key holds under its public half.
func (k *known) sign(what []byte, key ed25519.PrivateKey) []byte {
	sig := ed25519.Sign(key, what)
	k.keep(digestOf(what, sig, ed25519.PublicKey(key[ed25519.SeedSize:])))
	return sig
}

func (k *known) verify(what, sig []byte, key ed25519.PublicKey) bool {
	if len(sig) != ed25519.SignatureSize {
		return false
	}
	d := digestOf(what, sig, key)
	if k.has(d) {
		return true
	}
	holds := ed25519.Verify(key, what, sig)
	if holds {
		k.keep(d)
	}
	return holds
}
