package registry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// How long certificates last. A CA of 20 years outlives any campaign, so that no till has to be visited because of it.
// Servers' certificates of more than 825 days are refused by Apple's browsers even from a CA of one's own (Apple
// support 103769), which the console will meet; a year is the habit, and 90 days leave time for a hub that is seldom
// started anew.
const (
	caYears      = 20
	serverYears  = 1
	renewBefore  = 90 * 24 * time.Hour
	slowClock    = 24 * time.Hour // certificates hold from a day before, for PCs whose clock is behind
	serialLength = 128            // bits; RFC 5280 4.1.2.2 allows up to 20 bytes
)

// makeCA makes a certificate that signs itself. ECDSA on P-256, because every TLS stack in use knows it, down to
// Windows 7's; Ed25519 certificates are refused by Windows' own and by browsers. The key's own digits stand in the
// name, so that two hubs' certificates can be told apart in a browser's list.
func makeCA(now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial := newSerial()
	t := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "hexiao hub CA " + hex.EncodeToString(serial.Bytes()[:4])},
		NotBefore:             now.Add(-slowClock),
		NotAfter:              now.AddDate(caYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, nil, err
	}
	ca, err := x509.ParseCertificate(der)
	return ca, key, err
}

// newSerial is a random positive number of 16 bytes, the first of which is never 0.
func newSerial() *big.Int {
	var b [serialLength / 8]byte
	rand.Read(b[:])
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b[:])
}

// signServer makes a server certificate for the names, with a key of its own.
func (k *Keys) signServer(now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	until := now.AddDate(serverYears, 0, 0)
	if until.After(k.ca.NotAfter) {
		until = k.ca.NotAfter
	}
	t := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               pkix.Name{CommonName: "hexiao hub"},
		NotBefore:             now.Add(-slowClock),
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              k.names.dns,
		IPAddresses:           k.names.addresses(),
	}
	der, err := x509.CreateCertificate(rand.Reader, t, k.ca, key.Public(), k.caKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read the certificate just made: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, k.ca.Raw}, PrivateKey: key, Leaf: leaf}, nil
}

// serves tells whether a certificate will do. A clock that stands before its beginning is no reason for a new one:
// then the clock is wrong, and a certificate made by it would be wrong too.
func serves(leaf *x509.Certificate, want names, now time.Time) bool {
	return leaf.NotAfter.Sub(now) >= renewBefore && want.equal(namesOf(leaf.DNSNames, leaf.IPAddresses))
}
