package registry_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hexiao/hub/registry"
)

var noon = time.Date(2023, 12, 11, 12, 0, 0, 0, time.UTC)

func openKeys(t *testing.T, dir string, at time.Time, names ...string) *registry.Keys {
	t.Helper()
	k, err := registry.OpenKeys(dir, names, at)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeysAreMadeOnceAndStayTheSame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	made := openKeys(t, dir, noon)
	again := openKeys(t, dir, noon.Add(time.Hour))
	if made.CAHash() != again.CAHash() || made.CAHash() != sha256.Sum256(made.CA()) {
		t.Error("the CA changed from one start to the next, or its hash is not that of its DER")
	}
	if !made.Hub().Equal(again.Hub()) || !made.Issuing().Equal(again.Issuing()) {
		t.Error("a key changed from one start to the next")
	}
	if !bytes.Equal(made.Ratchet(), again.Ratchet()) || len(made.Ratchet()) != 32 || bytes.Equal(made.Ratchet(), made.Hub().Seed()) {
		t.Error("the ratchet's key is not one of its own, made of the hub key")
	}
	if made.Hub().Equal(made.Issuing()) {
		t.Error("hub key and issuing key are the same")
	}
	if !made.HubPublic().Equal(made.Hub().Public()) {
		t.Error("the hub key's public half is another's")
	}
	if p := made.IssuingPublic(); p.ID != registry.IssuingID || !made.Issuing().Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(p.Public)) {
		t.Error("the issuing key's public half is another's")
	}
	if !bytes.Equal(made.TLSCertificate().Certificate[0], again.TLSCertificate().Certificate[0]) {
		t.Error("the server certificate was made anew without need")
	}
}

func TestKeyFilesAreForTheirOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps no such bits")
	}
	dir := filepath.Join(t.TempDir(), "keys")
	openKeys(t, dir, noon)
	want := map[string]fs.FileMode{".": 0o700, "identity.pem": 0o600, "server.pem": 0o600}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			t.Fatal(err)
		}
		info, err := d.Info()
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(dir, path)
		if mode, known := want[name]; !known || info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, want %o (known: %v)", name, info.Mode().Perm(), mode, known)
		}
		return nil
	})

	if err := os.Chmod(filepath.Join(dir, "identity.pem"), 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := registry.OpenKeys(dir, nil, noon)
	if !errors.Is(err, registry.ErrKeys) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("an identity that others may read: %v", err)
	}
}

// A terminal trusts the CA alone and asks for the hub by one of its names.
func TestTerminalsTrustTheServerByTheCA(t *testing.T) {
	k := openKeys(t, t.TempDir(), noon, "hub.lushan.example", "192.0.2.7", "*.county.example")
	roots := x509.NewCertPool()
	ca, err := x509.ParseCertificate(k.CA())
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(ca)
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "hub.lushan.example", "192.0.2.7", "till.county.example"} {
		if err := handshake(k.TLSCertificate(), &tls.Config{RootCAs: roots, ServerName: name, Time: func() time.Time { return noon }}); err != nil {
			t.Errorf("asked for as %s: %v", name, err)
		}
	}
	if err := handshake(k.TLSCertificate(), &tls.Config{RootCAs: roots, ServerName: "other.example", Time: func() time.Time { return noon }}); err == nil {
		t.Error("served under a name that is not the hub's")
	}
	other := x509.NewCertPool()
	otherCA, _ := x509.ParseCertificate(openKeys(t, t.TempDir(), noon).CA())
	other.AddCert(otherCA)
	if err := handshake(k.TLSCertificate(), &tls.Config{RootCAs: other, ServerName: "localhost", Time: func() time.Time { return noon }}); err == nil {
		t.Error("trusted by a terminal of another hub")
	}
	if n := len(k.TLSCertificate().Certificate); n != 2 {
		t.Errorf("the chain has %d certificates; an agent that knows the CA's hash only needs the CA in it", n)
	}
}

func handshake(server tls.Certificate, client *tls.Config) error {
	here, there := net.Pipe()
	defer here.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s := tls.Server(there, &tls.Config{Certificates: []tls.Certificate{server}})
		s.Handshake()
		s.Close()
	}()
	c := tls.Client(here, client)
	err := c.Handshake()
	if err == nil {
		_, err = io.Copy(io.Discard, c)
	}
	here.Close()
	<-done
	return err
}

func TestServerCertificateIsMadeAnewWhenItMustBe(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		says  string
		after time.Duration
		names []string
		anew  bool
	}{
		{"a day later it is the same", day, []string{"a.example", "b.example"}, false},
		{"the names in another order are the same names", 0, []string{"B.example", "a.example", "a.example."}, false},
		{"276 days later 90 remain of a leap year", 276 * day, []string{"a.example", "b.example"}, false},
		{"277 days later 89 remain", 277 * day, []string{"a.example", "b.example"}, true},
		{"two years later it has ended", 730 * day, []string{"a.example", "b.example"}, true},
		{"a name was added", 0, []string{"a.example", "b.example", "c.example"}, true},
		{"a name was taken away", 0, []string{"a.example"}, true},
		{"an address was added", 0, []string{"a.example", "b.example", "192.0.2.7"}, true},
		{"a clock set back ten years does not make a certificate that has ended", -3650 * day, []string{"a.example", "b.example"}, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			dir := t.TempDir()
			first := openKeys(t, dir, noon, "a.example", "b.example")
			second := openKeys(t, dir, noon.Add(c.after), c.names...)
			anew := !bytes.Equal(first.TLSCertificate().Certificate[0], second.TLSCertificate().Certificate[0])
			if anew != c.anew {
				t.Errorf("made anew: %v, want %v", anew, c.anew)
			}
			if first.CAHash() != second.CAHash() {
				t.Error("the CA changed too")
			}
			leaf := second.TLSCertificate().Leaf
			if at := noon.Add(c.after); c.anew && (at.Before(leaf.NotBefore) || leaf.NotAfter.Sub(at) < 360*day) {
				t.Errorf("the new one holds from %s to %s", leaf.NotBefore, leaf.NotAfter)
			}
		})
	}
}

func TestALongRunningHubRenewsItsCertificate(t *testing.T) {
	k := openKeys(t, t.TempDir(), noon)
	before := k.TLSCertificate().Certificate[0]
	if anew, err := k.Renew(noon.AddDate(0, 1, 0)); anew || err != nil {
		t.Errorf("after a month: anew %v, %v", anew, err)
	}
	if anew, err := k.Renew(noon.AddDate(0, 11, 0)); !anew || err != nil {
		t.Errorf("after eleven months: anew %v, %v", anew, err)
	}
	if bytes.Equal(before, k.TLSCertificate().Certificate[0]) {
		t.Error("the old certificate is still served")
	}
}

func TestDamagedKeyFilesAreNamedAndLeftAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	openKeys(t, dir, noon)
	for _, file := range []string{"identity.pem", "server.pem"} {
		whole, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			says string
			data []byte
		}{
			{"empty, as a full disk leaves it", nil},
			{"half written", whole[:len(whole)/2]},
			{"zeros, as a power cut leaves it", make([]byte, len(whole))},
			{"a letter changed in a key", changed(whole)},
			{"something else", []byte("hello\n")},
		} {
			t.Run(file+" "+c.says, func(t *testing.T) {
				path := filepath.Join(dir, file)
				put(t, path, c.data)
				defer put(t, path, whole)
				for _, open := range []func() (*registry.Keys, error){
					func() (*registry.Keys, error) { return registry.OpenKeys(dir, nil, noon) },
					func() (*registry.Keys, error) { return registry.ReadKeys(dir) },
				} {
					_, err := open()
					if !errors.Is(err, registry.ErrKeys) || !strings.Contains(err.Error(), path) {
						t.Errorf("not named: %v", err)
					}
				}
				if now, _ := os.ReadFile(path); !bytes.Equal(now, c.data) {
					t.Error("the file was replaced")
				}
			})
		}
	}
	openKeys(t, dir, noon)
}

// changed swaps one letter in the middle of the last PEM block for another of its alphabet.
func changed(whole []byte) []byte {
	data := slices.Clone(whole)
	at := bytes.LastIndex(data, []byte("-----BEGIN ")) + 60
	if data[at] == 'A' {
		data[at] = 'B'
	} else {
		data[at] = 'A'
	}
	return data
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestALostServerCertificateIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	k := openKeys(t, dir, noon)
	if err := os.Remove(filepath.Join(dir, "server.pem")); err != nil {
		t.Fatal(err)
	}
	if openKeys(t, dir, noon).CAHash() != k.CAHash() {
		t.Error("the CA changed too")
	}
}

func TestALostIdentityIsNotMadeAnew(t *testing.T) {
	dir := t.TempDir()
	openKeys(t, dir, noon)
	if err := os.Remove(filepath.Join(dir, "identity.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.OpenKeys(dir, nil, noon); !errors.Is(err, registry.ErrKeys) {
		t.Errorf("a hub that lost its identity got another: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "identity.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is an identity again: %v", err)
	}
}

func TestAServerCertificateOfAnotherHubIsNamed(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	openKeys(t, dir, noon)
	openKeys(t, other, noon)
	foreign, err := os.ReadFile(filepath.Join(other, "server.pem"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "server.pem"), foreign)
	if _, err := registry.OpenKeys(dir, nil, noon); !errors.Is(err, registry.ErrKeys) {
		t.Errorf("a foreign certificate: %v", err)
	}
}

func TestAFirstStartCutOffBeginsAgain(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "identity.pem.new"), []byte("half a k"))
	openKeys(t, dir, noon)
	if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadKeysMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := registry.ReadKeys(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("where no hub has started: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
	made := openKeys(t, dir, noon)
	read, err := registry.ReadKeys(dir)
	if err != nil || read.CAHash() != made.CAHash() || !bytes.Equal(read.TLSCertificate().Certificate[0], made.TLSCertificate().Certificate[0]) {
		t.Errorf("read other keys than were made, or none: %v", err)
	}
}

func TestNamesThatNoCertificateCanCarryAreRefused(t *testing.T) {
	for _, name := range []string{"", "https://hub.example", "hub.example:8443", "鲁山.example", "a b", "-a.example", "a..b", "fe80::1%eth0", "*", strings.Repeat("a", 64)} {
		if _, err := registry.OpenKeys(t.TempDir(), []string{name}, noon); err == nil || !strings.Contains(err.Error(), "DNS name") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNoKeyInAnError(t *testing.T) {
	dir := t.TempDir()
	openKeys(t, dir, noon)
	whole, err := os.ReadFile(filepath.Join(dir, "identity.pem"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "identity.pem"), changed(whole))
	_, err = registry.OpenKeys(dir, nil, noon)
	for line := range strings.Lines(string(whole)) {
		if line = strings.TrimSpace(line); len(line) > 20 && err != nil && strings.Contains(err.Error(), line) {
			t.Errorf("the error quotes the file: %v", err)
		}
	}
}
