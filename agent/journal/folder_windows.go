package journal

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// noRoom are the errors of a full disk and a used-up quota.
var noRoom = []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED}

// badSector are the errors of a disk that cannot read what is on it.
var badSector = []error{windows.ERROR_CRC, windows.ERROR_SECTOR_NOT_FOUND, windows.ERROR_IO_DEVICE}

// tryLock takes the file's lock without waiting; ErrLocked when another has it. The lock belongs to the open file: it
// ends with the process, however that ends.
func tryLock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return nil, errors.Join(ErrLocked, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f.Close, nil
}

// abandon frees a file that somebody else locked and mapped.
func abandon(f *os.File) { f.Close() }

// rename returns when the new name is on disk, which is what the sync of a folder does elsewhere.
func rename(from, to string) error {
	f, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	t, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(f, t, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
}

// syncFolder does nothing: Windows has no sync of a folder, and rename needs none.
func syncFolder(string) error { return nil }
