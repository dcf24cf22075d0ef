//go:build !windows

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// ownFolder is a folder of this user's alone that does not outlive the session: in XDG_RUNTIME_DIR, else below /tmp, where
// somebody else may have made one of that name.
func ownFolder(getenv func(string) string) (string, error) {
	folder := filepath.Join(os.TempDir(), "hexiao-till-"+strconv.Itoa(os.Getuid()))
	if session := getenv("XDG_RUNTIME_DIR"); session != "" {
		folder = filepath.Join(session, "hexiao-till")
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	var is unix.Stat_t
	if err := unix.Lstat(folder, &is); err != nil {
		return "", err
	}
	if is.Mode&unix.S_IFMT != unix.S_IFDIR || is.Mode&0o077 != 0 || int(is.Uid) != os.Getuid() {
		return "", fmt.Errorf("%s is not a folder of this user's alone; remove it", folder)
	}
	return folder, nil
}

// tryLock locks a file until it is closed; false when another process has locked it.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
