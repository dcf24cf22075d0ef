package book_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"hexiao/hub/book"
)

// TestRealFullDisk fills a tmpfs of 2 MiB, which has room for the first segment and not for the second. It needs a mount
// namespace of its own; TestFullDiskStopsBeforeAnythingIsHarmed does the same everywhere on a disk in memory.
func TestRealFullDisk(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "BOOK_TEST_ROLE=fill", "BOOK_TEST_DIR="+t.TempDir())
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	said, err := c.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) || strings.HasPrefix(string(said), "mount:") {
		t.Skipf("SKIPPED: this system allows no user namespace with a tmpfs: %v %s", err, said)
	}
	if err != nil || string(said) != "ok\n" {
		t.Errorf("%s%v", said, err)
	}
}

// fillDisk runs in the other process.
func fillDisk(dir string) error {
	if err := syscall.Mount("book", dir, "tmpfs", 0, "size=2m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	kept, err := appendUntilFull(dir)
	if !errors.Is(err, book.ErrBroken) || !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is full: %w", err)
	}
	if err := contains(dir, kept); err != nil {
		return fmt.Errorf("while the disk is full: %w", err)
	}
	if err := syscall.Mount("book", dir, "tmpfs", syscall.MS_REMOUNT, "size=20m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	b, err := book.Open(dir, book.Options{})
	if err != nil {
		return err
	}
	for range kept { // as much again, which needs the second segment
		if _, err := b.Append(numbered(kept + 1)); err != nil {
			return err
		}
		kept++
	}
	if err := b.Close(); err != nil {
		return err
	}
	return contains(dir, kept)
}

func appendUntilFull(dir string) (kept book.Position, err error) {
	b, err := book.Open(dir, book.Options{})
	if err != nil {
		return 0, err
	}
	defer b.Close()
	for {
		last, err := b.Append(numbered(kept + 1))
		if err != nil {
			return kept, err
		}
		kept = last
	}
}

func contains(dir string, entries book.Position) error {
	b, err := book.Open(dir, book.Options{})
	if err != nil {
		return err
	}
	defer b.Close()
	if at, _ := b.Head(); at != entries {
		return fmt.Errorf("%d entries of %d", at, entries)
	}
	return b.Read(background, 0, func(e book.Entry) error {
		if !bytes.Equal(e.Body, numbered(e.At)) {
			return fmt.Errorf("entry %d is %q", e.At, e.Body)
		}
		return nil
	})
}
