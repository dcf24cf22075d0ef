package journal

import (
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
