package journal

import (
	"fmt"
	"os"
	"sync"
)

// Steps is a system that counts what it is asked, and fails at one step.
type Steps struct {
	mu    sync.Mutex // guards everything below
	taken int
	at    int // the step that fails; 0 for none
	on    bool
	err   error
	Names []string
}

// In puts it into options.
func (s *Steps) In(o Options) Options {
	real := newSystem()
	o.sys = &system{
		open: func(path string, flag int) (file, error) {
			if err := s.step("open " + path); err != nil {
				return nil, err
			}
			f, err := real.open(path, flag)
			return &steppedFile{f, s}, err
		},
		openBolt: func(path string, flag int, mode os.FileMode) (*os.File, error) {
			if err := s.step("open " + path); err != nil {
				return nil, err
			}
			return real.openBolt(path, flag, mode)
		},
		rename: func(from, to string) error {
			return or(s.step("rename "+to), func() error { return real.rename(from, to) })
		},
		remove:     func(path string) error { return or(s.step("remove "+path), func() error { return real.remove(path) }) },
		syncFolder: func(dir string) error { return or(s.step("sync folder"), func() error { return real.syncFolder(dir) }) },
		before:     func() error { return s.step("before commit") },
		behind:     func() error { return s.step("behind commit") },
	}
	return o
}

func or(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

// FailAt makes the n-th step from now on fail; with on, all that come after it, too. 0 heals.
func (s *Steps) FailAt(n int, on bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.on, s.err = 0, on, err
	if n > 0 {
		s.at = s.taken + n
	}
}

// Failed tells whether the step that was to fail has been reached.
func (s *Steps) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at != 0 && s.taken >= s.at
}

func (s *Steps) step(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken++
	if s.at != 0 && (s.taken == s.at || s.on && s.taken > s.at) {
		s.Names = append(s.Names, name)
		return fmt.Errorf("%s: %w", name, s.err)
	}
	return nil
}

type steppedFile struct {
	file
	s *Steps
}

func (f *steppedFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.s.step("read"); err != nil {
		return 0, err
	}
	return f.file.ReadAt(b, at)
}

// WriteAt leaves a torn write behind when it fails.
func (f *steppedFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.s.step("write"); err != nil {
		n, _ := f.file.WriteAt(b[:len(b)/2], at)
		return n, err
	}
	return f.file.WriteAt(b, at)
}

func (f *steppedFile) Truncate(size int64) error {
	return or(f.s.step("truncate"), func() error { return f.file.Truncate(size) })
}

func (f *steppedFile) Sync() error { return or(f.s.step("sync"), f.file.Sync) }
