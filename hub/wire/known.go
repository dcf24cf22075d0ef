package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
)

// Remember has Sign keep in mind, from now on and for the whole process, which signatures it has made, so that none of
// them is made again and Verify need not compute what this process has signed itself. It changes no answer: whatever
// differs in its key, its purpose, its bytes or its signature is computed, and what does not hold was never kept. A key's
// halves are taken to belong together, as crypto/ed25519 makes them.
//
// It is for a process that plays the hub and the tills, where a signature is made once and looked at by many. Neither
// the hub nor a till calls it: what comes to them was made elsewhere.
func Remember() { memory.CompareAndSwap(nil, new(known)) }

var memory atomic.Pointer[known] // nil: every signature is computed

// known is a place for each of the newest signatures that were made; of two in one place the later stays.
type known struct {
	mu     sync.Mutex // guards places
	places [1 << 17]made
}

type made struct {
	of   [sha256.Size]byte // the public key and what is signed
	seed [ed25519.SeedSize]byte
	sig  [ed25519.SignatureSize]byte
}

// find gives a copy of what is kept in the place for this, and its digest.
func (k *known) find(what []byte, key ed25519.PublicKey) (m made, of [sha256.Size]byte) {
	of = sha256.Sum256(slices.Concat(key, what))
	k.mu.Lock()
	defer k.mu.Unlock()
	return *k.place(of), of
}

func (k *known) place(of [sha256.Size]byte) *made {
	return &k.places[binary.LittleEndian.Uint64(of[:])%uint64(len(k.places))]
}

func (k *known) sign(what []byte, key ed25519.PrivateKey) []byte {
	m, of := k.find(what, ed25519.PublicKey(key[ed25519.SeedSize:]))
	if m.of == of && bytes.Equal(m.seed[:], key[:ed25519.SeedSize]) {
		return m.sig[:] // the same each time (RFC 8032)
	}
	sig := ed25519.Sign(key, what)
	k.mu.Lock()
	defer k.mu.Unlock()
	*k.place(of) = made{of, [ed25519.SeedSize]byte(key), [ed25519.SignatureSize]byte(sig)}
	return sig
}

func (k *known) verify(what, sig []byte, key ed25519.PublicKey) bool {
	m, of := k.find(what, key)
	return m.of == of && bytes.Equal(m.sig[:], sig) || ed25519.Verify(key, what, sig)
}
