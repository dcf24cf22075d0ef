package registry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hexiao/hub/voucher"
)

const personSays = "hexiao: the key of a person who signs (SECRET; it belongs to that person and is kept nowhere else)"

var makePersonAnew = voucher.Text{
	Zh: "请用本人留存的副本替换；没有副本时以另一姓名重新登记（person add）",
	En: "put the person's own copy in its place; without one enter the person under another name (person add)",
}

// MakePersonKey makes the Ed25519 key of a person who signs decisions, in a new file (0600) with a checksum behind it, and
// gives its public half. A file that is there stays as it is; the error wraps fs.ErrExist then.
func MakePersonKey(path string) (ed25519.PublicKey, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	data := append([]byte(personSays+"\n"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(append(data, identitySum(data)...))
	if err = errors.Join(err, f.Sync(), f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return public, nil
}

// ReadPersonKey reads what MakePersonKey wrote. A file that is damaged, of another kind or readable by others is a
// *KeyFileError; where there is none the error wraps fs.ErrNotExist.
func ReadPersonKey(path string) (ed25519.PrivateKey, error) {
	data, err := readSecret(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read a person's key: %w", err)
		}
		return nil, err
	}
	at := bytes.LastIndex(data, []byte(sumLine))
	if at < 0 || string(data[at:]) != identitySum(data[:at]) || !bytes.HasPrefix(data, []byte(personSays)) {
		return nil, unusable(path, "不是人员的钥匙文件，或已损坏", "the file is no person's key, or is damaged", makePersonAnew)
	}
	block, _ := pem.Decode(data[:at])
	if block == nil {
		return nil, unusable(path, "不是人员的钥匙文件，或已损坏", "the file is no person's key, or is damaged", makePersonAnew)
	}
	key, err := parseKey[ed25519.PrivateKey](block.Bytes)
	if err != nil {
		return nil, unusable(path, "钥匙无法读取（"+err.Error()+"）", "the key cannot be read ("+err.Error()+")", makePersonAnew)
	}
	return key, nil
}
