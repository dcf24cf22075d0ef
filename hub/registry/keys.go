package registry

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"hexiao/hub/voucher"
	"hexiao/hub/wire"
)

// The files of a folder of keys.
const (
	identityFile = "identity.pem" // CA certificate and key, hub key, issuing key: made once, never made anew
	serverFile   = "server.pem"   // the certificate and key TLS is served with: made anew whenever it must be
)

// IssuingID is the key id that stands in codes signed with Keys.Issuing.
const IssuingID uint8 = 1

// ErrKeys is wrapped by every *KeyFileError: a file of keys is there and cannot be used. Nothing was changed.
var ErrKeys = errors.New("file of keys cannot be used")

// KeyFileError says which file, why, and what to do. It holds nothing of what is in the file.
type KeyFileError struct {
	Path string
	Text voucher.Text
}

// Error gives the sentence in both languages, with the file in front.
func (e *KeyFileError) Error() string {
	return fmt.Sprintf("%s: %s (%s)", e.Path, e.Text.En, e.Text.Zh)
}

// Unwrap makes errors.Is(err, ErrKeys) true.
func (e *KeyFileError) Unwrap() error { return ErrKeys }

// Keys is who this hub is: a CA of its own, whose hash stands in every enrolment token; the server certificate signed
// by it; the hub key, which signs laws, leases and acks; the issuing key, which signs voucher codes. All but the server
// certificate stay the same for the hub's life. Safe for concurrent use.
type Keys struct {
	dir     string
	ca      *x509.Certificate
	caKey   *ecdsa.PrivateKey
	hub     ed25519.PrivateKey
	issuing ed25519.PrivateKey
	names   names

	mu     sync.RWMutex // guards server
	server tls.Certificate
}

// OpenKeys reads the keys in dir, and makes dir (0700) and files (0600) at the first start. names are the DNS names and
// IP addresses by which terminals reach this hub, beside localhost, 127.0.0.1, ::1 and the host's own name, which are
// always in the certificate. The server certificate is made anew when fewer than 90 days of it remain, when the names
// are others than before, or when its file is missing.
//
// A file that is damaged, half-written, or readable by others is a *KeyFileError and stays as it is. Nothing here can
// make a lost identity again: terminals that trust the old one would have to enrol anew.
//
// The caller holds the hub's folder, so that no two processes make keys at once. It blocks for the disk.
func OpenKeys(dir string, hostNames []string, now time.Time) (*Keys, error) {
	want, err := wantedNames(hostNames)
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	k, err := readIdentity(dir)
	if errors.Is(err, fs.ErrNotExist) {
		k, err = makeIdentity(dir, now)
	}
	if err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	k.names = want
	if _, err := k.Renew(now); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	return k, nil
}

// ReadKeys reads the keys in dir and changes nothing, for a look from outside while a hub runs. Where no hub has
// started yet the error wraps fs.ErrNotExist; a file that cannot be used is a *KeyFileError.
func ReadKeys(dir string) (*Keys, error) {
	k, err := readIdentity(dir)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	if k.server, err = readServer(filepath.Join(dir, serverFile), k.ca); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return k, nil
}

// Renew makes the server certificate anew if it has to be, as OpenKeys does, and tells whether it did. A hub that runs
// for months calls it once a day and serves TLSCertificate through tls.Config.GetCertificate.
func (k *Keys) Renew(now time.Time) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	path := filepath.Join(k.dir, serverFile)
	server, err := readServer(path, k.ca)
	if err == nil && serves(server.Leaf, k.names, now) {
		k.server = server
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	server, err = k.makeServer(path, now)
	if err != nil {
		return false, fmt.Errorf("make server certificate: %w", err)
	}
	k.server = server
	return true, nil
}

// CA is the DER of the CA's certificate, as wire.EnrolReply carries it.
func (k *Keys) CA() []byte { return k.ca.Raw }

// CAHash is the SHA-256 of CA, as wire.Token carries it.
func (k *Keys) CAHash() [32]byte { return sha256.Sum256(k.ca.Raw) }

// TLSCertificate is the server certificate with the CA's behind it, so that a terminal that knows only the CA's hash
// can check the chain.
func (k *Keys) TLSCertificate() tls.Certificate {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.server
}

// Hub is the key that laws, leases, acks and pulses are signed with.
func (k *Keys) Hub() ed25519.PrivateKey { return k.hub }

// HubPublic is its public half, as wire.EnrolReply and the book's first entry carry it.
func (k *Keys) HubPublic() ed25519.PublicKey { return public(k.hub) }

// Ratchet is the key of the secrets by which the hub tells a terminal from a copy of it; made of the hub key, so that it is
// as old as the hub and in no file of its own.
func (k *Keys) Ratchet() []byte {
	key, err := hkdf.Key(sha256.New, k.hub.Seed(), nil, "hexiao ratchet 1", sha256.Size)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	return key
}

// Payers is the key that tills hash the names of paying accounts with: 32 bytes that follow from the hub's key, so that
// they stay when the hub is restored.
func (k *Keys) Payers() []byte {
	key, err := hkdf.Key(sha256.New, k.hub.Seed(), nil, "hexiao payers 1", sha256.Size)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	return key
}

// Issuing is the key that voucher codes are signed with, under the key id IssuingID.
func (k *Keys) Issuing() ed25519.PrivateKey { return k.issuing }

// IssuingPublic is its public half, as laws and the book's first entry carry it.
func (k *Keys) IssuingPublic() wire.Key { return wire.Key{ID: IssuingID, Public: public(k.issuing)} }

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }
