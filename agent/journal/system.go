package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// file is an open file of the folder.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
	Stat() (fs.FileInfo, error)
}

// system is what the files ask of the system they lie on. A test puts one in its place whose steps fail.
type system struct {
	open       func(path string, flag int) (file, error)
	openBolt   func(path string, flag int, mode os.FileMode) (*os.File, error)
	rename     func(from, to string) error // returns when the new name is on disk, together with syncFolder
	remove     func(path string) error
	syncFolder func(dir string) error

	// Within bbolt nothing can be put in the system's place. The first fails its transaction before the commit, the
	// second says that a commit failed which did reach the disk.
	before, behind func() error
}

func newSystem() *system {
	return &system{
		open:     func(path string, flag int) (file, error) { return os.OpenFile(path, flag, 0o600) },
		openBolt: os.OpenFile,
		rename:   rename, remove: os.Remove, syncFolder: syncFolder, before: fine, behind: fine,
	}
}

func fine() error { return nil }

// replace gives a file that is whole and synced the name of the one that it comes after.
func (s *system) replace(from, to string) error {
	if err := s.rename(from, to); err != nil {
		return err
	}
	return s.syncFolder(filepath.Dir(to))
}

// setAside renames a file that cannot be used, so that a person can look at it; it is never deleted. The new name is
// returned; it is empty when there was no such file.
func (s *system) setAside(path string, now time.Time) (string, error) {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	at := path + ".bad-" + now.UTC().Format("20060102T150405Z")
	to := at
	for n := 2; ; n++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return to, s.replace(path, to)
		}
		to = fmt.Sprintf("%s-%d", at, n)
	}
}

// clear removes a file that was never finished.
func (s *system) clear(path string) error {
	if err := s.remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
