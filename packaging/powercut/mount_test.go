//go:build linux

package powercut_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hexiao/packaging/powercut"
)

// touch does to a disk whatever the programs do to theirs, and reads it again; and it tries what they must not do,
// because it would go by the recorder.
func touch(folder string, _ *script) error {
	at := func(name string) string { return filepath.Join(folder, name) }
	f, err := os.OpenFile(at("a"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	long := bytes.Repeat([]byte("0123456789abcdef"), 300<<10/16)
	_, err1 := f.WriteAt([]byte("hello"), 0)
	_, err2 := f.WriteAt(long, 4096)
	err3 := unix.Fdatasync(int(f.Fd()))
	_, err4 := f.WriteAt([]byte("J"), 0)
	if err := errors.Join(err1, err2, err3, err4, mapped(f), f.Truncate(1<<20), f.Truncate(6), f.Close()); err != nil {
		return err
	}
	err = errors.Join(os.Mkdir(at("d"), 0o700), os.Rename(at("a"), at("d/b")), syncFolder(at("d")), syncFolder(folder),
		os.WriteFile(at("c"), []byte("one"), 0o600), os.WriteFile(at("c"), []byte("two"), 0o600), appendTo(at("c"), " and three"))
	if err != nil {
		return err
	}
	for name, want := range map[string]string{"d/b": "Jello\x00", "c": "two and three"} {
		if got, err := os.ReadFile(at(name)); err != nil || string(got) != want {
			return fmt.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if err := errors.Join(os.Remove(at("c")), forbidden(at("d/b"), at("x"))); err != nil {
		return err
	}
	if os.Remove(at("d")) == nil {
		return errors.New("a folder that is not empty was removed")
	}
	return nil
}

// mapped looks at the file through memory, as bbolt does.
func mapped(f *os.File) error {
	m, err := unix.Mmap(int(f.Fd()), 0, 8192, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	if string(m[:5]) != "Jello" || string(m[4096:4100]) != "0123" {
		err = fmt.Errorf("through the map the file holds %q and %q", m[:5], m[4096:4100])
	}
	return errors.Join(err, unix.Munmap(m))
}

func appendTo(path, more string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, more)
	return errors.Join(err, f.Close())
}

// forbidden tries what changes a disk in ways that are not recorded.
func forbidden(from, to string) error {
	for name, try := range map[string]func() error{
		"a link":          func() error { return os.Link(from, to) },
		"a symbolic link": func() error { return os.Symlink(from, to) },
		"a pipe":          func() error { return syscall.Mkfifo(to, 0o600) },
		"an exchange":     func() error { return unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE) },
		"a reservation": func() error {
			f, err := os.OpenFile(from, os.O_RDWR, 0)
			if err != nil {
				return nil
			}
			defer f.Close()
			return unix.Fallocate(int(f.Fd()), 0, 0, 1<<20)
		},
	} {
		if try() == nil {
			return fmt.Errorf("%s was made, and nothing was recorded", name)
		}
	}
	return nil
}

func TestRecorderWritesDownAllThatIsDone(t *testing.T) {
	needDisk(t)
	rec := record(t, "touch", 0, nil)
	want := []string{"make a", "write a 0+5", "write a 4096+131072", "write a 135168+131072", "write a 266240+45056", "sync a", "write a 0+1", "size a 1048576",
		"size a 6", "make folder d", "rename d/b from a", "sync folder d", "sync folder ", "make c", "write c 0+3", "size c 0", "write c 0+3",
		"write c 3+10", "remove c"}
	var got []string
	for i := range rec.Log.Events {
		got = append(got, rec.Log.Events[i].String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%q, want\n%q", got, want)
	}
}

func TestRecorderShowsWhatADiskHeldBefore(t *testing.T) {
	needDisk(t)
	rec := record(t, "touch", 0, nil)
	rec.Log.Events = append(rec.Log.Events, powercut.Event{Kind: powercut.Sync, File: 2})
	base, _ := rec.Log.CutAt(len(rec.Log.Events), rand.New(rand.NewPCG(1, 1)))
	if again := record(t, "look", 0, base); len(again.Log.Events) != 0 {
		t.Errorf("looking at a disk changed it: %v", again.Log.Events)
	}
}

// look finds what touch has left.
func look(folder string, _ *script) error {
	if got, err := os.ReadFile(filepath.Join(folder, "d", "b")); err != nil || string(got) != "Jello\x00" {
		return fmt.Errorf("d/b holds %q, %v", got, err)
	}
	return nil
}
