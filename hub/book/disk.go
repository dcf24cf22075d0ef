package book

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Disk is the folder of a book. A folder of the operating system is the one in use; a rehearsal brings another, which
// loses power, fills up and fails as real ones do and cannot be made to.
type Disk interface {
	Names() ([]string, error)
	Open(name string, write bool) (File, error)
	Create(name string) (File, error) // empty, to be written
	Rename(from, to string) error
	Remove(name string) error
	Sync() error             // makes created, renamed and removed names durable
	Path(name string) string // for errors
}

// File is one file of a Disk.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Sync() error // makes the contents durable, and the length if it has changed
}

type folder string

func (d folder) Path(name string) string { return filepath.Join(string(d), name) }

func (d folder) Names() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

func (d folder) Open(name string, write bool) (File, error) {
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	return d.file(name, flag)
}

func (d folder) Create(name string) (File, error) {
	return d.file(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d folder) file(name string, flag int) (File, error) {
	f, err := os.OpenFile(d.Path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d folder) Rename(from, to string) error { return rename(d.Path(from), d.Path(to)) }

func (d folder) Remove(name string) error { return os.Remove(d.Path(name)) }

func (d folder) Sync() error {
	if err := syncFolder(string(d)); err != nil {
		return fmt.Errorf("sync folder %s: %w", string(d), err)
	}
	return nil
}

// makeFolder makes dir and its parents, and their names durable.
func makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(parent)
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Sync() error { return datasync(f.File) }
