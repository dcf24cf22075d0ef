//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package desk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// isFull tells the errors of a full disk, a used-up quota and a limit on file size.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// permit gives a new file its mode.
func permit(f *os.File, mode fs.FileMode) error { return f.Chmod(mode) }

// giveTo gives a file to whom its folder belongs: what an administrator leaves there as root, the agent must read.
func giveTo(path, dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	return os.Chown(path, int(owner.Uid), int(owner.Gid))
}
