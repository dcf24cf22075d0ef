package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// Remember has Sign and Verify keep in mind, from now on and for the whole process, which signatures this process made
// or found to hold, so that each of them is computed once at most. It changes no answer: what is not known by its key,
// its purpose and all its bytes is computed, and what does not hold is never kept.
//
// It is for a process that plays the hub and the tills, where a signature is made once and looked at by many. Neither
// the hub nor a till calls it: what comes to them was made elsewhere, and comes once.
func Remember() { memory.CompareAndSwap(nil, new(known)) }

var memory atomic.Pointer[known] // nil: every signature is computed

// known is a place for each of the newest signatures that hold, and for the newest that were made; of two in one place
// the later stays.
type known struct {
	mu    sync.Mutex // guards what follows
	holds [1 << 15]digest
	made  [1 << 12]made
}

// made is a signature, and the digest of the key and of what it signs: it is the same each time (RFC 8032).
type made struct {
	of  digest
	sig []byte
}

// digest is SHA-256.
type digest [sha256.Size]byte

// digestOf is the digest of a key, a signature or none, and what is signed; the first two have fixed lengths.
func digestOf(key, sig, what []byte) (d digest) {
	h := sha256.New()
	h.Write(key)
	h.Write(sig)
	h.Write(what)
	h.Sum(d[:0])
	return d
}

// place is one of so many places.
func (d digest) place(of int) int { return int(binary.LittleEndian.Uint64(d[:]) % uint64(of)) }

func (k *known) keep(d digest) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.holds[d.place(len(k.holds))] = d
}

func (k *known) has(d digest) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.holds[d.place(len(k.holds))] == d
}

// sign signs what was not signed before, and keeps the signature: one by this key holds under its public half.
func (k *known) sign(what []byte, key ed25519.PrivateKey) []byte {
	of := digestOf(key, nil, what)
	if sig := k.again(of); sig != nil {
		return sig
	}
	sig := ed25519.Sign(key, what)
	k.keep(digestOf(key[ed25519.SeedSize:], sig, what))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.made[of.place(len(k.made))] = made{of, bytes.Clone(sig)}
	return sig
}

// again is a signature that was made before; nil for none.
func (k *known) again(of digest) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := &k.made[of.place(len(k.made))]; m.of == of {
		return bytes.Clone(m.sig)
	}
	return nil
}

func (k *known) verify(what, sig []byte, key ed25519.PublicKey) bool {
	if len(sig) != ed25519.SignatureSize {
		return false
	}
	d := digestOf(key, sig, what)
	if k.has(d) {
		return true
	}
	holds := ed25519.Verify(key, what, sig)
	if holds {
		k.keep(d)
	}
	return holds
}
