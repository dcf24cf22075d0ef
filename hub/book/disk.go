package book

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// disk is the folder of a book. folder is the one in use; the tests have another, which loses power, fills up and
// fails as real ones do and cannot be made to.
type disk interface {
	names() ([]string, error)
	open(name string, write bool) (file, error)
	create(name string) (file, error) // empty, to be written
	rename(from, to string) error
	remove(name string) error
	sync() error             // makes created, renamed and removed names durable
	path(name string) string // for errors
}

// file is one file of a disk.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	size() (int64, error)
	sync() error // makes the contents durable, and the length if it has changed
}

type folder string

func (d folder) path(name string) string { return filepath.Join(string(d), name) }

func (d folder) names() ([]string, error) {
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

func (d folder) open(name string, write bool) (file, error) {
	flag := os.O_RDONLY
	if write {
		flag = os.O_RDWR
	}
	return d.file(name, flag)
}

func (d folder) create(name string) (file, error) {
	return d.file(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d folder) file(name string, flag int) (file, error) {
	f, err := os.OpenFile(d.path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d folder) rename(from, to string) error { return rename(d.path(from), d.path(to)) }

func (d folder) remove(name string) error { return os.Remove(d.path(name)) }

func (d folder) sync() error {
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

func (f osFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) sync() error { return datasync(f.File) }
