package uplink

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"hexiao/hub/voucher"
)

// Identity is what enrolment gave a PC.
type Identity struct {
	Terminal     voucher.TerminalID
	Merchant     voucher.MerchantID
	MerchantName string
	Hub          string             // URL, such as "https://hub.example:8443"
	HubKey       ed25519.PublicKey  // that law, leases and acks are signed with
	CA           *x509.Certificate  // that the hub's certificate must come from
	Device       ed25519.PrivateKey // never leaves the PC
}

// LogValue shows no key.
func (i Identity) LogValue() slog.Value {
	return slog.GroupValue(slog.String("terminal", string(i.Terminal)), slog.String("merchant", string(i.Merchant)), slog.String("hub", i.Hub))
}

// The files of the folder. Both are readable by the agent's own user only.
const (
	identityFile = "identity.json"
	deviceFile   = "device.key" // PKCS #8 in PEM
)

// stored is identity.json.
type stored struct {
	Terminal voucher.TerminalID `json:"terminal"`
	Merchant voucher.MerchantID `json:"merchant"`
	Name     string             `json:"merchant_name"`
	Hub      string             `json:"hub"`
	HubKey   []byte             `json:"hub_key"`
	CA       []byte             `json:"ca"`     // DER
	Device   []byte             `json:"device"` // public half of device.key
}

// LoadIdentity reads what Enrol wrote into the folder. ErrNotEnrolled when there is nothing; any other error names the
// file and says that it must not be mended by hand.
func LoadIdentity(dir string) (Identity, error) {
	path := filepath.Join(dir, identityFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Identity{}, trouble(ErrNotEnrolled, fmt.Sprintf("目录 %s 尚未入网；请先运行 hexiao-agent enrol", dir),
			fmt.Sprintf("folder %s is not enrolled; run hexiao-agent enrol first", dir))
	}
	if err != nil {
		return Identity{}, err
	}
	var s stored
	if err := json.Unmarshal(raw, &s); err != nil {
		return Identity{}, unreadable(path, err)
	}
	key := filepath.Join(dir, deviceFile)
	device, err := readDevice(key)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Identity{}, unreadable(key, err)
	case err != nil:
		return Identity{}, err
	}
	return s.identity(path, device)
}

func unreadable(path string, cause error) *Trouble {
	return trouble(cause, fmt.Sprintf("%s 无法读取；请勿手工修改，把该目录换名后重新入网", path),
		fmt.Sprintf("%s cannot be read; do not mend it by hand, rename the folder and enrol again", path))
}

func (s stored) identity(path string, device ed25519.PrivateKey) (Identity, error) {
	ca, err := x509.ParseCertificate(s.CA)
	switch {
	case err != nil:
		return Identity{}, unreadable(path, err)
	case s.Terminal == "" || len(s.HubKey) != ed25519.PublicKeySize:
		return Identity{}, unreadable(path, errors.New("it is not whole"))
	case !bytes.Equal(s.Device, device.Public().(ed25519.PublicKey)):
		return Identity{}, unreadable(path, errors.New("it was made with another "+deviceFile))
	}
	if _, err := hubURL(s.Hub); err != nil {
		return Identity{}, unreadable(path, err)
	}
	return Identity{Terminal: s.Terminal, Merchant: s.Merchant, MerchantName: s.Name, Hub: s.Hub, HubKey: s.HubKey, CA: ca, Device: device}, nil
}

// device gives the folder's device key, and makes it when there is none. It is on disk before anything is sent: an
// enrolment whose answer was lost is repeated with the same key.
func device(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, deviceFile)
	key, err := readDevice(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	_, key, err = ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, keep(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func readDevice(path string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, unreadable(path, errors.New("it holds no key"))
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, unreadable(path, err)
	}
	key, ok := any.(ed25519.PrivateKey)
	if !ok {
		return nil, unreadable(path, errors.New("it holds a key of another kind"))
	}
	return key, nil
}

// keep writes a file that only the agent's user can read, whole or not at all, and returns when it is on disk.
func keep(path string, raw []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes.NewReader(raw))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".new"))
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // has no sync of a folder
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
