package journal

import (
	"errors"
	"os"
	"path/filepath"
)

// MakeFolder makes a folder for a journal, and the folders above it where they are missing, and returns when their names
// are on disk: what is synced inside a folder whose own name is not can go with it in a power cut. Of a folder that is
// there already nothing is changed.
func MakeFolder(dir string, mode os.FileMode) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := MakeFolder(above, mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil {
		return err
	}
	return syncFolder(above)
}

// WriteFile writes a small file beside a journal that only the agent's user can read, whole or not at all, and returns
// when it is on disk under its name. A name that ends in ".new" is what a power cut may have left of one; the next call
// takes it away. Errors: ErrFull, or what the system said; what the file held before is still there then.
func WriteFile(path string, data []byte) error {
	part := path + ".new"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return full(err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return full(errors.Join(err, os.Remove(part)))
	}
	if err := rename(part, path); err != nil {
		return full(err)
	}
	return full(syncFolder(filepath.Dir(path)))
}
