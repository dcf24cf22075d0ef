package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrIdentity: the bytes are no identity of a hub, or a damaged one.
var ErrIdentity = errors.New("not the identity of a hub, or damaged (不是中心的身份文件，或已损坏)")

// Identity is the file that makes this hub what it is, CA and keys, for a backup. Secret.
func (k *Keys) Identity() ([]byte, error) { return k.identity() }

// CheckIdentity tells whether bytes are a whole identity; the error wraps ErrIdentity. It quotes nothing of them.
func CheckIdentity(data []byte) error {
	blocks, ok := splitIdentity(data)
	if !ok {
		return ErrIdentity
	}
	if err := new(Keys).take(blocks); err != nil {
		return fmt.Errorf("%w: %w", ErrIdentity, err)
	}
	return nil
}

// WriteIdentity puts an identity into a folder of keys that has none, and makes the folder. Errors wrap ErrIdentity or
// fs.ErrExist, or are the disk's.
func WriteIdentity(dir string, data []byte) error {
	if err := CheckIdentity(data); err != nil {
		return err
	}
	path := filepath.Join(dir, identityFile)
	if exists(path) {
		return &fs.PathError{Op: "write", Path: path, Err: fs.ErrExist}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writeSecret(path, data); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}
