package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"testing"

	"hexiao/hub/wire"
)

// flipped is the bytes with one bit turned.
func flipped(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

func TestRememberChangesNoAnswer(t *testing.T) {
	raw := []byte("what the hub has said")
	sig := wire.Sign(raw, key, wire.ForAck)
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{4}, 32)).Public().(ed25519.PublicKey)
	cases := []struct {
		name string
		raw  []byte
		sig  []byte
		key  ed25519.PublicKey
		as   wire.Purpose
		hold bool
	}{
		{"as it was signed", raw, sig, public, wire.ForAck, true},
		{"one bit of the bytes turned", flipped(raw, 3), sig, public, wire.ForAck, false},
		{"one bit of the signature turned", raw, flipped(sig, 40), public, wire.ForAck, false},
		{"for another purpose", raw, sig, public, wire.ForLaw, false},
		{"by another key", raw, sig, other, wire.ForAck, false},
		{"a byte of the signature missing", raw, sig[:63], public, wire.ForAck, false},
		{"a byte moved from the signature to the purpose", raw, sig[:63], public, wire.Purpose(sig[63:]) + wire.ForAck, false},
		{"a byte behind the signature", raw, append(slices.Clone(sig), 0), public, wire.ForAck, false},
		{"no signature", raw, nil, public, wire.ForAck, false},
		{"no key", raw, sig, nil, wire.ForAck, false},
		{"nothing signed", nil, sig, public, wire.ForAck, false},
	}
	ask := func(t *testing.T) {
		for _, c := range cases {
			if wire.Verify(c.raw, c.sig, c.key, c.as) != c.hold {
				t.Errorf("%s: holds %t", c.name, !c.hold)
			}
		}
	}
	t.Run("before", ask)
	wire.Remember()
	t.Run("before it has signed", ask)
	for _, when := range []string{"signed", "signed again"} {
		if again := wire.Sign(raw, key, wire.ForAck); !bytes.Equal(again, sig) {
			t.Errorf("%s: in another way", when)
		}
		t.Run(when, ask)
	}
}
